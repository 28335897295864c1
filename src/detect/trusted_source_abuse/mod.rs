//! `trusted-source-abuse`: a source that may relay, or a user of the host itself, sends what it should not.
//!
//! Newsletters and mailing lists send much, too. So a burst alone is an `info`; what makes it more is what goes with it:
//! mail that comes back, sender domains that are not ours, and HELO names that are many. An address that shows many HELO
//! names and foreign sender domains is no machine but a gateway or the bridge of a container network: it makes everybody
//! behind it trusted, the way most real open relays are born today.
//!
//! Recipients, messages, sender domains and HELO names are compared with what is usual for this sender at this hour, once that is learned.

mod findings;
mod names;
mod usage;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::outflow::goes_out;
use super::settings::{Tuned, settings};
use super::spell::Hit;
use super::usual::Usual;
use super::watched::{self, Watched};
use super::{Detector, Seen, Setup};
use crate::learn::{self, Whose};
use crate::model::{
    Authority, EventTime, Finding, Proof, SnapshotError, Subject, SubjectKind, caseless_hash, decode, encode,
};
use usage::{Norms, Usage};

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

/// One sender, as he is judged.
struct Whom<'w> {
    whose: Whose,
    subject: &'w dyn Fn() -> Subject,
    settings: &'w Settings,
    /// The sender of this attempt is in a domain of ours, or in none.
    sends_as_us: bool,
}

#[derive(Debug)]
pub(super) struct TrustedSourceAbuse {
    settings: Tuned<Settings>,
    sources: Watched<IpAddr, Usage>,
    users: Watched<UserId, Usage>,
    norms: Norms,
}

impl TrustedSourceAbuse {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            sources: Watched::new(setup.memory),
            users: Watched::new(setup.memory),
            norms: Norms::new(setup),
        }
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

impl Detector for TrustedSourceAbuse {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        if !goes_out(attempt) {
            return;
        }
        let now = attempt.told;
        let sends_as_us = || attempt.sender_domain().is_none() || attempt.is_sent_as_stated();
        let hit = Hit { time: now, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        match attempt.authority {
            Some(Authority::TrustedNetwork) => {
                let Some(ip) = attempt.client_ip else { return };
                let settings = self.settings.ip(ip);
                let whom = Whom { whose: Whose::Ip(ip), subject: &|| Subject::ip(ip), settings, sends_as_us: sends_as_us() };
                let usage = self.sources.subject(ip, now);
                let Some(severity) = usage.weigh(attempt, &whom, &mut self.norms) else { return };
                let so_far = usage.outflow.so_far(now, settings.window_seconds);
                if self.sources.is_graver(ip, severity, &hit, so_far) {
                    find.extend(self.source_finding(ip));
                }
            }
            Some(Authority::LocalSubmission) => {
                let Some(user) = attempt.uid.and_then(UserId::of) else { return };
                let (settings, subject) = (self.settings.account(user.name()), || Subject::local_user(user.name()));
                let whose = Whose::Named(SubjectKind::LocalUser, caseless_hash(user.name()));
                let whom = Whom { whose, subject: &subject, settings, sends_as_us: sends_as_us() };
                let usage = self.users.subject(user, now);
                let Some(severity) = usage.weigh(attempt, &whom, &mut self.norms) else { return };
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

    fn usual(&mut self) -> Vec<&mut Usual> {
        self.norms.each().into()
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.sources.state(), self.users.state(), self.norms.state()))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sources, users, norms): State = decode(ID, VERSION, snapshot)?;
        self.sources.restore(sources);
        self.users.restore(users);
        self.norms.restore(norms);
        Ok(())
    }
}

const VERSION: u32 = 4;

type State = (watched::State<IpAddr, Usage>, watched::State<UserId, Usage>, [Option<learn::State>; 4]);
