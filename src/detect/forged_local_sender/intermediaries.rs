//! Who sends as us from outside and may: forwarders, mailing lists, services that write for us. Learned, by network.
//!
//! A network becomes known once it has done so on several days over some weeks, each with few senders and none of them refused.
//! What is graver than an `info` makes all of that worth nothing, so no attack makes itself known. Who is not known yet never
//! drives out who is, however many there are.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Reuse, Table};
use crate::detect::Setup;
use crate::detect::recent::Recent;
use crate::model::{
    Attempt, Conduct, EventTime, IntermediaryKind, KnownIntermediary, Learned, Network, Outcome, Ruling, Verb,
    caseless_hash,
};

/// Days on which it must have sent as us: a newsletter of each week takes a month.
const DAYS: u32 = 5;
/// Networks that are known at once in the usual memory, and such as may become so.
const MOST_KNOWN: usize = 1_000;
const MOST_CANDIDATES: usize = 2_000;
/// Who did not send as us for eight weeks is forgotten, so that what comes each month is not.
const KEPT_SECONDS: i64 = 8 * 7 * DAY_SECONDS;
const DAY_SECONDS: i64 = 86_400;

/// A network that sends as us.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Intermediary {
    conduct: Conduct,
    /// Its different senders of ours, in the window.
    senders: Recent,
}

impl Reuse for Intermediary {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

/// Networks that send as us.
#[derive(Debug)]
pub(super) struct Intermediaries {
    known: Table<Network, Intermediary>,
    candidates: Table<Network, Intermediary>,
    /// Days from the first to the last day that counts.
    days: i64,
}

/// A snapshot of [`Intermediaries`].
#[derive(Serialize, Deserialize)]
pub(super) struct State<E>(Vec<E>);

/// What [`Intermediaries::restore`] takes.
pub(super) type Restored = State<(Network, Intermediary, EventTime)>;

impl Intermediaries {
    /// Nobody is known yet; `None` where nothing is to be learned.
    pub(super) fn new(setup: &Setup<'_>) -> Option<Self> {
        let table = |most| Table::new(setup.memory.room(most), KEPT_SECONDS);
        let settings = setup.learn?;
        Some(Self { known: table(MOST_KNOWN), candidates: table(MOST_CANDIDATES), days: settings.days })
    }

    /// Learns from mail as `sender`, in a window of so many seconds in which `many` senders are too many. Whether that is what is
    /// known of its network.
    pub(super) fn expect(&mut self, network: Network, sender: u64, attempt: &Attempt<'_>, window: i64, many: usize) -> bool {
        let now = attempt.told;
        let is_known = self.known.find(&network).is_some();
        let table = if is_known { &mut self.known } else { &mut self.candidates };
        let slot = table.find_or_insert(network, now);
        let Intermediary { conduct, senders } = &mut table[slot];
        let begin = now.plus_seconds(-window);
        senders.see(&sender, now, begin);
        let is_well = attempt.outcome != Outcome::Rejected && senders.since(begin) < many;
        judge(conduct, day_of(now), is_well);
        if is_well && day_of(now) == conduct.last_day.0 {
            conduct.senders.see(sender);
            attempt.recipient.iter().for_each(|recipient| conduct.recipients.see(caseless_hash(recipient)));
        }
        if !is_known && conduct.days >= DAYS && conduct.last_day.0 - conduct.since >= self.days {
            conduct.is_known = true;
            let intermediary = std::mem::take(&mut table[slot]);
            self.put(network, intermediary, now);
        }
        is_well && self.known.find(&network).is_some()
    }

    /// What a network does is graver than an info: it must earn its name anew, unless somebody has approved it. What it was known as.
    pub(super) fn distrust(&mut self, network: Network, now: EventTime) -> Option<IntermediaryKind> {
        let known = self.known.find(&network).map(|slot| &mut self.known[slot]);
        let kind = known.as_ref().map(|known| known.conduct.kind());
        let slot = self.candidates.find(&network);
        let intermediary = known.or_else(|| slot.map(|slot| &mut self.candidates[slot]))?;
        let (conduct, day) = (&mut intermediary.conduct, day_of(now));
        // What earlier runs have judged is not judged again.
        if day < conduct.last_day.0 {
            return kind;
        }
        conduct.last_day = (day, false);
        conduct.days = 0;
        if !conduct.is_approved {
            *conduct = Conduct { last_day: conduct.last_day, ..Conduct::default() };
            let intermediary = std::mem::take(intermediary);
            self.put(network, intermediary, now);
        }
        kind
    }

    /// Puts what is known of a network where it belongs.
    fn put(&mut self, network: Network, intermediary: Intermediary, seen: EventTime) {
        let (to, from) = if intermediary.conduct.is_known {
            (&mut self.known, &mut self.candidates)
        } else {
            (&mut self.candidates, &mut self.known)
        };
        if let Some(slot) = from.find(&network) {
            from.remove(slot);
        }
        let slot = to.find_or_insert(network, seen);
        to[slot] = intermediary;
    }

    /// Lets go of those who did nothing for long.
    pub(super) fn expire(&mut self, now: EventTime) {
        while let Some(slot) = self.candidates.expired(now) {
            self.candidates.remove(slot);
        }
        while let Some(slot) = self.known.expired(now) {
            if self.known[slot].conduct.is_approved {
                self.known.touch(slot, now);
            } else {
                self.known.remove(slot);
            }
        }
    }

    pub(super) fn teach(&mut self, learned: &Learned) {
        for KnownIntermediary { network, last_seen, conduct } in &learned.intermediaries {
            let intermediary = Intermediary { conduct: conduct.clone(), ..Intermediary::default() };
            self.put(*network, intermediary, *last_seen);
        }
    }

    /// Somebody says something of them: of those who have sent as us.
    pub(super) fn rule(&mut self, ruling: &Ruling) {
        for table in [&mut self.known, &mut self.candidates] {
            let named = |network: Network| ruling.about.names_network(network);
            let slots = table.slots().into_iter().filter(|&slot| named(table.key(slot))).collect::<Vec<_>>();
            match ruling.verb {
                Verb::Approve => slots.iter().for_each(|&slot| table[slot].conduct.approve()),
                Verb::Forget => slots.iter().for_each(|&slot| table.remove(slot)),
            }
        }
        for slot in self.candidates.slots() {
            if self.candidates[slot].conduct.is_known {
                let (network, seen) = (self.candidates.key(slot), self.candidates.touched(slot));
                let intermediary = std::mem::take(&mut self.candidates[slot]);
                self.put(network, intermediary, seen);
            }
        }
    }

    pub(super) fn learned(&self) -> impl Iterator<Item = KnownIntermediary> {
        self.entries().into_iter().map(|(&network, intermediary, last_seen)| KnownIntermediary {
            network,
            last_seen,
            conduct: intermediary.conduct.clone(),
        })
    }

    pub(super) fn state(&self) -> impl Serialize {
        State(self.entries())
    }

    /// Takes back a snapshot. What was taught before and is not in it stays known.
    pub(super) fn restore(&mut self, state: Restored) {
        for (network, intermediary, seen) in state.0 {
            self.put(network, intermediary, seen);
        }
    }

    fn entries(&self) -> Vec<(&Network, &Intermediary, EventTime)> {
        [self.known.entries(), self.candidates.entries()].concat()
    }
}

/// One more of a day, which counts until something is wrong. Days that were judged by earlier runs are not judged again.
fn judge(conduct: &mut Conduct, day: i64, is_well: bool) {
    let (last, was_well) = conduct.last_day;
    if day > last {
        conduct.last_day = (day, is_well);
        conduct.days += u32::from(is_well);
        if conduct.days == 1 && is_well {
            conduct.since = day;
        }
    } else if day == last && was_well && !is_well {
        conduct.last_day = (day, false);
        conduct.days = conduct.days.saturating_sub(1);
    }
}

fn day_of(time: EventTime) -> i64 {
    time.seconds().div_euclid(DAY_SECONDS)
}
