//! `trusted-source-abuse`: a source that may relay, or a user of the host itself, sends what it should not.
//!
//! Newsletters and mailing lists send much, too. So a burst alone is an `info`; what makes it more is what goes with it:
//! mail that comes back, sender domains that are not ours, and HELO names that are many. An address that shows many HELO
//! names and foreign sender domains is no machine but a gateway or the bridge of a container network: it makes everybody
//! behind it trusted, the way most real open relays are born today.

mod findings;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::outflow::{Outflow, goes_out};
use super::recent::Recent;
use super::settings::{Tuned, settings};
use super::spell::{Hit, Spell};
use super::usual::Usual;
use super::watched::{self, Watchable, Watched};
use super::{Detector, Seen, Setup};
use crate::aggregate::Reuse;
use crate::learn::{self, Verdict, Whose};
use crate::model::{Attempt, Authority, Direction, EventTime, Finding, Measure, Proof, Severity, Site, SnapshotError, Subject, SubjectKind, caseless_hash, decode, domain_of, encode};

const ID: &str = "trusted-source-abuse";

settings! {
    /// Seconds in which everything is counted together.
    window_seconds: Seconds = 3600,
    /// Recipients elsewhere that are a burst.
    recipients: Total = 200,
    /// Recipients whose mail came back, if that is at least `bounce_share` of a hundred.
    bounces: Total = 20,
    /// See `bounces`.
    bounce_share: Percent = 25,
    /// Sender domains that are not stated to be ours.
    sender_domains: Different = 10,
    /// Recipient domains. Below, mail to domains of unknown ownership may all be for us.
    recipient_domains: Different = 10,
    /// HELO names of one address.
    helo_names: Different = 5,
}

/// A user of the host: its number, or its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
struct UserId([u8; MAX_USER]);

/// `LOGIN_NAME_MAX` of POSIX is at least 9, of Linux 256; useradd(8) takes 32 characters.
const MAX_USER: usize = 32;

/// What one sender did.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Usage {
    spell: Spell,
    outflow: Outflow,
    senders: Recent,
    recipient_domains: Recent,
    helo: Recent,
    /// When mail last went to a domain that is known not to be ours.
    known_elsewhere: Option<EventTime>,
    /// Whether its recipients are more than is usual.
    verdict: Verdict,
}

impl Reuse for Usage {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Usage {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spell
    }
}

/// What speaks against a sender now.
#[derive(Debug, Default)]
struct Signs {
    recipients: u64,
    burst: bool,
    bounced: Option<u64>,
    senders: Option<usize>,
    helo: Option<usize>,
}

#[derive(Debug)]
pub(super) struct TrustedSourceAbuse {
    settings: Tuned<Settings>,
    site: Site,
    sources: Watched<IpAddr, Usage>,
    users: Watched<UserId, Usage>,
    usual: Usual,
}

impl TrustedSourceAbuse {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            site: setup.site.clone(),
            sources: Watched::new(setup.memory),
            users: Watched::new(setup.memory),
            usual: Usual::new(Measure::Recipients, &[SubjectKind::Ip, SubjectKind::LocalUser], setup),
        }
    }

    fn is_stated(&self, domain: &[u8]) -> bool {
        let lists = [&self.site.local_domains, &self.site.relay_domains];
        lists.into_iter().flatten().flatten().any(|ours| ours.as_bytes().eq_ignore_ascii_case(domain))
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in self.sources.take_unsaid() {
            find.extend(self.source_finding(source));
        }
        for user in self.users.take_unsaid() {
            find.extend(self.user_finding(user));
        }
    }
}

/// Counts what `attempt` tells of `usage`; how grave that is now, if it is anything.
fn weigh(
    usage: &mut Usage,
    attempt: &Attempt<'_>,
    settings: &Settings,
    sender_is_ours: bool,
) -> Option<Severity> {
    let now = attempt.told;
    let begin = now.plus_seconds(-settings.window_seconds);
    usage.outflow.count(attempt, settings.window_seconds);
    if attempt.first {
        if attempt.direction == Direction::Outbound {
            usage.known_elsewhere = Some(now);
        }
        see(&mut usage.recipient_domains, attempt.recipient.and_then(domain_of), now, begin);
        see(&mut usage.helo, attempt.helo, now, begin);
        if !sender_is_ours {
            see(&mut usage.senders, attempt.sender.and_then(domain_of), now, begin);
        }
    }
    Signs::of(usage, settings, now).severity()
}

fn see(recent: &mut Recent, name: Option<&[u8]>, now: EventTime, begin: EventTime) {
    if let Some(name) = name {
        recent.see(&caseless_hash(name), now, begin);
    }
}

impl UserId {
    /// None for a name that no system has.
    fn of(name: &[u8]) -> Option<Self> {
        let mut id = [0; MAX_USER];
        id.get_mut(..name.len())?.copy_from_slice(name);
        Some(Self(id))
    }

    fn name(&self) -> &[u8] {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(MAX_USER);
        &self.0[..end]
    }
}

impl Signs {
    fn of(usage: &mut Usage, settings: &Settings, now: EventTime) -> Self {
        let window = settings.window_seconds;
        let begin = now.plus_seconds(-window);
        let recipients = usage.outflow.recipients(now, window);
        let elsewhere = usage.known_elsewhere.is_some_and(|time| time >= begin)
            || usage.recipient_domains.since(begin) >= settings.recipient_domains;
        let many = |seen: &Recent, enough: usize| Some(seen.since(begin)).filter(|&count| count >= enough && elsewhere);
        Self {
            recipients,
            burst: usage.verdict.is_too_much(|| recipients >= settings.recipients),
            bounced: usage.outflow.bounced(now, window, settings.bounces, settings.bounce_share),
            senders: many(&usage.senders, settings.sender_domains),
            helo: many(&usage.helo, settings.helo_names),
        }
    }

    /// Many machines behind one address.
    fn is_gateway(&self) -> bool {
        self.senders.is_some() && self.helo.is_some()
    }

    fn severity(&self) -> Option<Severity> {
        let signs = [self.bounced.is_some(), self.senders.is_some(), self.helo.is_some()];
        match (signs.iter().filter(|&&holds| holds).count(), self.burst) {
            (0, false) => None,
            (0, true) | (1, false) => Some(Severity::Info),
            (1, true) | (2, false) => Some(Severity::Warning),
            _ => Some(Severity::Critical),
        }
    }
}

impl Detector for TrustedSourceAbuse {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        if !goes_out(attempt) {
            return;
        }
        let now = attempt.told;
        let sender_is_ours = || attempt.sender.and_then(domain_of).is_none_or(|domain| self.is_stated(domain));
        let hit = Hit { time: now, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        match attempt.authority {
            Some(Authority::TrustedNetwork) => {
                let Some(ip) = attempt.client_ip else { return };
                let (settings, ours) = (self.settings.ip(ip), sender_is_ours());
                let usage = self.sources.subject(ip, now);
                let whose = Whose::Ip(ip);
                if attempt.first {
                    usage.verdict = self.usual.count(whose, || Subject::ip(ip), now, settings.recipients);
                }
                let Some(severity) = weigh(usage, attempt, settings, ours) else { return };
                usage.spell.patience = usage.verdict.patience();
                if severity > Severity::Info {
                    self.usual.exclude(whose);
                }
                let so_far = usage.outflow.so_far(now, settings.window_seconds);
                if self.sources.is_graver(ip, severity, &hit, so_far) {
                    find.extend(self.source_finding(ip));
                }
            }
            Some(Authority::LocalSubmission) => {
                let Some(user) = attempt.uid.and_then(UserId::of) else { return };
                let (settings, ours) = (self.settings.account(user.name()), sender_is_ours());
                let usage = self.users.subject(user, now);
                let whose = Whose::Named(SubjectKind::LocalUser, caseless_hash(user.name()));
                if attempt.first {
                    let subject = || Subject::local_user(user.name());
                    usage.verdict = self.usual.count(whose, subject, now, settings.recipients);
                }
                let Some(severity) = weigh(usage, attempt, settings, ours) else { return };
                usage.spell.patience = usage.verdict.patience();
                if severity > Severity::Info {
                    self.usual.exclude(whose);
                }
                let so_far = usage.outflow.so_far(now, settings.window_seconds);
                if self.users.is_graver(user, severity, &hit, so_far) {
                    find.extend(self.user_finding(user));
                }
            }
            _ => return,
        }
        if self.sources.is_crowded() || self.users.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.sources.expire(now);
        self.users.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn usual(&mut self) -> Option<&mut Usual> {
        Some(&mut self.usual)
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.sources.state(), self.users.state(), self.usual.state()))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sources, users, usual): State = decode(ID, VERSION, snapshot)?;
        self.sources.restore(sources);
        self.users.restore(users);
        self.usual.restore(usual);
        Ok(())
    }
}

const VERSION: u32 = 2;

type State = (watched::State<IpAddr, Usage>, watched::State<UserId, Usage>, Option<learn::State>);
