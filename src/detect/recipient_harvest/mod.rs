//! `recipient-harvest`: somebody tries names, to learn which recipients exist.
//!
//! Counts *different* unknown recipients per source, and per network (/24, /64) where several of its addresses try a few
//! each: one stale address that is tried again and again, by a mailing list or after a 4xx reply, counts once a day.
//! VRFY and EXPN count each time. Whoever also writes to recipients that exist, and mostly to those, has an old list:
//! that is no harvest. Unknown recipients of the null sender are bounces of mail that somebody forged, or callouts: they
//! count, but never cost more than an `info`.

mod findings;

use std::hash::Hash;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::day::{DAY_SECONDS, Day};
use super::recent::Recent;
use super::settings::{Tuned, settings};
use super::spell::{Hit, News, Spell};
use super::spike::Spike;
use super::spread::Spread;
use super::untold::{Untold, VRFY};
use super::watched::{self, Watchable, Watched};
use super::{Detector, Seen, Setup};
use crate::aggregate::Reuse;
use crate::model::{
    Authority, Class, Event, EventTime, Field, Finding, Kind, Mta, Network, Outcome, Proof,
    SnapshotError, Stage, decode, encode,
};

const ID: &str = "recipient-harvest";

settings! {
    /// Seconds in which unknown recipients of one source are counted together.
    window_seconds: Seconds = 600,
    /// Different unknown recipients of one source that are more than a typing mistake.
    source_recipients: Threshold = 5,
    /// The same within a day: who tries one every half hour.
    day_recipients: Total = 50,
    /// Seconds in which unknown recipients of many sources are counted together.
    spread_seconds: Seconds = 3600,
    /// Different unknown recipients of one network, from at least `network_sources` of its addresses.
    network_recipients: Different = 10,
    /// See `network_recipients`.
    network_sources: Threshold = 5,
    /// Addresses of one network that tried unknown recipients within a day, few each.
    network_day_sources: Different = 20,
    /// How many hundredths of the recipients must be unknown. Fewer, and it is an old list.
    unknown_percent: Percent = 50,
    /// Unknown recipients from which on it is more than background noise (`warning` instead of `info`).
    warning_recipients: Total = 100,
}

/// Names tried by one subject.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Guesses {
    spike: Spike,
    /// Those of a day, by a source.
    day: Day,
    /// Those of a day, by many.
    spread: Spread,
    /// Unknown recipients, each once a day.
    unknown: Recent,
    /// Recipients that exist, since the first unknown one.
    existing: Recent,
    /// How many guesses of this spell were bounces and callouts.
    bounces: u64,
    /// How many were VRFY or EXPN.
    probes: u64,
    /// VRFY that lines of their own told.
    vrfy: Untold,
}

impl Reuse for Guesses {
    fn reuse(&mut self) {
        self.spike.reuse();
        self.day.reuse();
        self.spread.reuse();
        self.unknown.clear();
        self.existing.clear();
        (self.bounces, self.probes, self.vrfy) = (0, 0, Untold::default());
    }
}

impl Watchable for Guesses {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spike.spell
    }
}

impl Guesses {
    /// Whether names that do not exist are most of what is tried.
    fn are_mostly_unknown(&self, begin: EventTime, settings: &Settings) -> bool {
        let (unknown, existing) = (self.unknown.since(begin) as u64, self.existing.since(begin) as u64);
        unknown * 100 >= settings.unknown_percent * (unknown + existing)
    }

    /// Remembers of which kind a guess was; it is the first that counts if `anew`.
    fn note(&mut self, how: How, anew: bool) {
        if anew {
            (self.bounces, self.probes) = (0, 0);
        }
        self.bounces += u64::from(how == How::Bounce);
        self.probes += u64::from(how == How::Probe);
    }
}

/// How a name was tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// As a recipient.
    Recipient,
    /// As a recipient of the null sender.
    Bounce,
    /// By VRFY or EXPN.
    Probe,
}

#[derive(Debug)]
pub(super) struct RecipientHarvest {
    settings: Tuned<Settings>,
    sources: Watched<IpAddr, Guesses>,
    networks: Watched<Network, Guesses>,
}

impl RecipientHarvest {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self { settings, sources: Watched::new(setup.memory), networks: Watched::new(setup.memory) }
    }

    /// `source` tried `name`.
    fn guessed(
        &mut self,
        hit: &Hit<'_>,
        source: IpAddr,
        name: &(impl Hash + ?Sized),
        how: How,
        find: &mut Vec<Finding>,
    ) {
        let (now, settings) = (hit.time, self.settings.ip(source));
        let (day, begin) = (now.plus_seconds(-DAY_SECONDS), now.plus_seconds(-settings.window_seconds));
        let enough = settings.source_recipients;
        let guesses = self.sources.subject(source, now);
        if guesses.unknown.see(name, now, day)
            && guesses.spike.count(hit, None, settings.window_seconds, enough)
        {
            let of_day = guesses.day.count(now, how != How::Bounce);
            guesses.note(how, of_day == 1 && guesses.spike.spell.trigger.is_none());
            let news = if guesses.spike.recent() >= enough && guesses.are_mostly_unknown(begin, settings) {
                guesses.day.forget();
                guesses.spike.go_on(hit)
            } else if guesses.day.is_enough(settings.day_recipients, settings.warning_recipients)
                && guesses.are_mostly_unknown(day, settings)
            {
                guesses.day.go_on(&mut guesses.spike.spell, hit)
            } else {
                News::Unsaid
            };
            if self.sources.is_urgent(source, news) {
                find.extend(self.source_finding(source));
            }
        }
        // A source that fires itself is not counted again for its network.
        self.guessed_in_network(hit, source, name, how, enough.saturating_sub(1).max(1), find);
    }

    fn guessed_in_network(
        &mut self,
        hit: &Hit<'_>,
        source: IpAddr,
        name: &(impl Hash + ?Sized),
        how: How,
        share: usize,
        find: &mut Vec<Finding>,
    ) {
        let (now, network) = (hit.time, Network::of(source));
        let settings = self.settings.network(network);
        let guesses = self.networks.subject(network, now);
        if !guesses.unknown.see(name, now, now.plus_seconds(-DAY_SECONDS))
            || !guesses.spike.count_share(hit, source, settings.spread_seconds, share)
        {
            return;
        }
        guesses.note(how, guesses.spike.begins_anew());
        guesses.spread.count(&source, now);
        guesses.day.count(now, how != How::Bounce);
        let (begin, day) = (now.plus_seconds(-settings.spread_seconds), now.plus_seconds(-DAY_SECONDS));
        let news = if guesses.spike.is_wide(settings.network_recipients, settings.network_sources)
            && guesses.are_mostly_unknown(begin, settings)
        {
            guesses.spread.forget();
            guesses.spike.go_on(hit)
        } else if guesses.spread.is_wide(settings.network_day_sources, now)
            && guesses.are_mostly_unknown(day, settings)
        {
            guesses.spread.go_on(&mut guesses.spike.spell, hit)
        } else {
            return;
        };
        if self.networks.is_urgent(network, news) {
            find.extend(self.network_finding(network));
        }
    }

    /// VRFY or EXPN, so often.
    fn probed(&mut self, event: &Event<'_>, source: IpAddr, times: u64, find: &mut Vec<Finding>) {
        let proof = || Some(Proof::new(event.origin(), event.time(), event.host(), event.line()));
        let hit = Hit { time: event.time(), mta: event.mta().unwrap_or(Mta::Postfix), proof: &proof };
        let origin = event.origin();
        for time in 0..times {
            let probe = (origin.file.0, origin.offset, time);
            self.guessed(&hit, source, &probe, How::Probe, find);
        }
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in self.sources.take_unsaid() {
            find.extend(self.source_finding(source));
        }
        for network in self.networks.take_unsaid() {
            find.extend(self.network_finding(network));
        }
    }

    fn say_if_crowded(&mut self, find: &mut Vec<Finding>) {
        if self.sources.is_crowded() || self.networks.is_crowded() {
            self.say_unsaid(find);
        }
    }
}

impl Detector for RecipientHarvest {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Abuse, Kind::Reject, Kind::Disconnect, Kind::Other]
    }

    fn event(&mut self, event: &Event<'_>, find: &mut Vec<Finding>) {
        let is_probe = matches!(event.stage(), Some(Stage::Vrfy | Stage::Expn));
        let is_postfix = event.mta() == Some(Mta::Postfix);
        let (Some(source), true) = (event.client_ip(), is_probe || event.kind() == Kind::Disconnect) else {
            return;
        };
        match event.kind() {
            Kind::Disconnect => {
                let counts = event.get(Field::Commands).filter(|_| is_postfix).unwrap_or_default();
                if let all @ 1.. = VRFY.of(counts) {
                    let untold = self.sources.subject(source, event.time()).vrfy.of(all);
                    self.probed(event, source, untold, find);
                }
            }
            // The attempt that it is counts, if the recipient is unknown; the end of the session tells of it again.
            Kind::Reject if is_postfix => self.sources.subject(source, event.time()).vrfy.told(),
            _ => self.probed(event, source, 1, find),
        }
        self.say_if_crowded(find);
    }

    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        let Some(source) = attempt.client_ip else { return };
        match (attempt.outcome, attempt.authority) {
            (Outcome::Rejected, Some(Authority::None))
                if attempt.class == Some(Class::UnknownRecipient) && attempt.auth_user.is_none() =>
            {
                let Some(recipient) = attempt.recipient else { return };
                let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &|| Proof::of(attempt) };
                let how =
                    if attempt.sender.is_some_and(<[u8]>::is_empty) { How::Bounce } else { How::Recipient };
                self.guessed(&hit, source, recipient, how, find);
                self.say_if_crowded(find);
            }
            (_, Some(Authority::RecipientIsLocal)) if attempt.first => {
                let recipient = attempt.original_recipient.or(attempt.recipient).unwrap_or_default();
                let day = attempt.told.plus_seconds(-DAY_SECONDS);
                if let Some(guesses) = self.sources.get_mut(&source) {
                    guesses.existing.see(recipient, attempt.told, day);
                }
                if let Some(guesses) = self.networks.get_mut(&Network::of(source)) {
                    guesses.existing.see(recipient, attempt.told, day);
                }
            }
            _ => {}
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.sources.expire(now);
        self.networks.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.sources.state(), self.networks.state()))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sources, networks): State = decode(ID, VERSION, snapshot)?;
        self.sources.restore(sources);
        self.networks.restore(networks);
        Ok(())
    }
}

const VERSION: u32 = 3;

type State = (watched::State<IpAddr, Guesses>, watched::State<Network, Guesses>);
