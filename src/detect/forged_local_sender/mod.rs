//! `forged-local-sender`: somebody sends as one of us who is not.
//!
//! *Outside*: a client without authority brings mail to us with an envelope sender in a domain that is known to be ours.
//! Forwarders (mail of ours that comes back from where it was forwarded), mailing lists that keep the sender, and services that write in our name do the
//! same, with few senders each: that is an `info`, until they are known (`intermediaries.rs`). Many different senders within an hour, or refusals because of the
//! sender, are more. *Inside*: a login or a trusted machine is refused because it may not use its sender. The null sender is
//! nobody's.

mod findings;
mod intermediaries;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::account::AccountId;
use super::rate::Rate;
use super::recent::Recent;
use super::settings::{Tuned, settings};
use super::spell::{Hit, News, Spell};
use super::spike::Spike;
use super::watched::{self, Watchable, Watched};
use super::{Detector, Seen, Setup};
use crate::aggregate::{Distinct, Reuse};
use crate::model::{
    Attempt, Authority, Class, EventTime, Finding, IntermediaryKind, Learned, Network, Outcome, Proof, Ruling,
    SnapshotError, caseless_hash, decode, encode,
};
use intermediaries::Intermediaries;

const ID: &str = "forged-local-sender";

settings! {
    /// Seconds in which senders of one source, account or machine are counted together.
    window_seconds: Seconds = 3600,
    /// Different senders of ours from one source outside that are worth a word.
    source_senders: Different = 1,
    /// Different senders of ours from one source outside that no forwarder has (`warning` instead of `info`).
    warning_senders: Different = 10,
    /// Refusals of one source outside because of such senders, from which on it is no accident (`warning`).
    warning_refusals: Total = 5,
    /// Refusals of an account or a trusted machine that are more than a slip.
    account_refusals: Threshold = 3,
    /// Different senders that it may not use, from which on it is no misconfigured mail program (`warning`).
    account_senders: Different = 5,
}

/// RFC 5321, section 4.5.3.1: 64 octets of local part, an @, 255 of domain. Longer is no address.
const MAX_ADDRESS: usize = 320;
/// Hits of a source outside that are told apart in a window.
const MAX_HITS: usize = 32;

/// Who uses a sender that is not its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
enum Who {
    /// A client without authority.
    Outside(IpAddr),
    /// A trusted machine.
    Machine(IpAddr),
    /// A login that succeeded.
    Account(AccountId),
}

/// The senders that somebody used.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Senders {
    spike: Spike,
    different: Recent,
    /// Refused because of them, by the window.
    refused: Rate,
    /// It is a matter for a `warning`.
    grave: bool,
    /// How many were refused in this spell.
    refused_so_far: u64,
    /// All of them. Counted, not named: a client wrote them.
    all: Distinct,
    /// What its network was known as before it became one.
    was: Option<IntermediaryKind>,
    /// Name of the account, where it is one.
    account: Box<[u8]>,
}

impl Reuse for Senders {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Senders {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spike.spell
    }
}

#[derive(Debug)]
pub(super) struct ForgedLocalSender {
    settings: Tuned<Settings>,
    senders: Watched<Who, Senders>,
    /// `None` where nothing is to be learned.
    intermediaries: Option<Intermediaries>,
}

impl ForgedLocalSender {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self { settings, senders: Watched::new(setup.memory), intermediaries: Intermediaries::new(setup) }
    }

    /// What holds for `who`, whose account has this name if it is one.
    fn settings_of(&self, who: Who, account: &[u8]) -> &Settings {
        match who {
            Who::Outside(ip) | Who::Machine(ip) => self.settings.ip(ip),
            Who::Account(_) => self.settings.account(account),
        }
    }

    fn used(&mut self, who: Who, sender: &[u8], attempt: &Attempt<'_>, find: &mut Vec<Finding>) {
        let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &|| Proof::of_entry(attempt) };
        let account = attempt.auth_user.unwrap_or_default();
        let settings = self.settings_of(who, account).clone();
        let (window, begin) = (settings.window_seconds, hit.time.plus_seconds(-settings.window_seconds));
        let most = if matches!(who, Who::Outside(_)) { MAX_HITS } else { settings.account_refusals };
        let senders = self.senders.subject(who, hit.time);
        if !senders.spike.count(&hit, None, window, most) {
            return;
        }
        if senders.spike.begins_anew() {
            (senders.grave, senders.refused_so_far) = (false, 0);
        }
        let sender = caseless_hash(sender);
        senders.different.see(&sender, hit.time, begin);
        if attempt.outcome == Outcome::Rejected {
            senders.refused.add(1, hit.time, window);
            senders.refused_so_far += 1;
        }
        let different = senders.different.since(begin);
        let (enough, grave) = match who {
            Who::Outside(_) => (
                different >= settings.source_senders,
                different >= settings.warning_senders
                    || senders.refused.within(hit.time, window) >= settings.warning_refusals,
            ),
            Who::Machine(_) | Who::Account(_) => {
                (senders.spike.recent() >= settings.account_refusals, different >= settings.account_senders)
            }
        };
        let is_expected = match (who, &mut self.intermediaries) {
            (Who::Outside(ip), Some(intermediaries)) => {
                intermediaries.expect(Network::of(ip), sender, attempt, window, settings.warning_senders)
            }
            _ => false,
        };
        if !enough || is_expected && !grave {
            return;
        }
        if matches!(who, Who::Account(_)) && *senders.account != *account {
            senders.account = Box::from(account);
        }
        // A forwarder forwards all day.
        let news = senders.spike.go_on_all_day(&hit);
        if news == News::Begun {
            // What was expected before is no part of it.
            (senders.all, senders.was) = (senders.different.distinct(begin), None);
        } else {
            senders.all.insert(&Recent::key(&sender));
        }
        senders.grave = grave || senders.grave && news != News::Begun;
        if senders.grave
            && let (Who::Outside(ip), Some(intermediaries)) = (who, &mut self.intermediaries)
        {
            senders.was = intermediaries.distrust(Network::of(ip), hit.time).or(senders.was);
        }
        if self.senders.is_urgent(who, news) {
            find.extend(self.finding(who));
        }
        if self.senders.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for who in self.senders.take_unsaid() {
            find.extend(self.finding(who));
        }
    }
}

impl Detector for ForgedLocalSender {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        let outside = attempt.client_ip.map(Who::Outside);
        let who = match (attempt.outcome, attempt.class) {
            // What is put off may be taken later.
            (Outcome::Rejected, _) if attempt.reply_code.is_some_and(|code| code < 500) => return,
            (Outcome::Rejected, Some(Class::SenderMismatch)) => match attempt.authority {
                Some(Authority::Authenticated) => {
                    let name = attempt.auth_user.filter(|name| !name.is_empty() && name.len() <= MAX_ADDRESS);
                    name.map(|name| Who::Account(AccountId::of(name)))
                }
                Some(Authority::TrustedNetwork) => attempt.client_ip.map(Who::Machine),
                // The server knows whose it is.
                _ => outside,
            },
            (Outcome::Rejected, Some(Class::SenderPolicy)) if attempt.sender_is_ours => outside,
            (Outcome::Rejected | Outcome::Denied, _) => return,
            _ if attempt.first
                && attempt.sender_is_ours
                && attempt.authority == Some(Authority::RecipientIsLocal) =>
            {
                outside
            }
            _ => return,
        };
        let sender = attempt.sender.filter(|sender| !sender.is_empty());
        if let (Some(who), Some(sender)) = (who, sender) {
            self.used(who, &sender[..sender.len().min(MAX_ADDRESS)], attempt, find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.senders.expire(now);
        if let Some(intermediaries) = &mut self.intermediaries {
            intermediaries.expire(now);
        }
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn teach(&mut self, learned: &Learned) {
        if let Some(intermediaries) = &mut self.intermediaries {
            intermediaries.teach(learned);
        }
    }

    fn rule(&mut self, ruling: &Ruling, _now: EventTime) {
        if let Some(intermediaries) = &mut self.intermediaries {
            intermediaries.rule(ruling);
        }
    }

    fn learned(&mut self, learned: &mut Learned) {
        learned.intermediaries.extend(self.intermediaries.iter().flat_map(Intermediaries::learned));
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let intermediaries = self.intermediaries.as_ref().map(Intermediaries::state);
        encode(ID, VERSION, &(self.senders.state(), intermediaries))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (senders, intermediaries): State = decode(ID, VERSION, snapshot)?;
        self.senders.restore(senders);
        if let (Some(known), Some(state)) = (&mut self.intermediaries, intermediaries) {
            known.restore(state);
        }
        Ok(())
    }
}

const VERSION: u32 = 3;

type State = (watched::State<Who, Senders>, Option<intermediaries::Restored>);
