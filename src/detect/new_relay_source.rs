//! `new-relay-source`: somebody relays who never did before.
//!
//! A trusted address that starts to send mail out, or an account that does so from a network where it was never at home.
//! What is usual is learned from the log itself, silently, for the first days. It is an `info`: people buy phones and
//! travel; read beside another alert about the same subject it tells when things began.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::account::{self, AccountId, Accounts, LoginName, MAX_NAME};
use super::outflow::goes_out;
use super::settings::{Tuned, settings};
use super::spell::{Hit, Spell, Words};
use super::watched::{self, Watchable, Watched};
use super::{Detector, Seen, Setup};
use crate::aggregate::{Reuse, Table};
use crate::model::{
    About, Authority, EventTime, Finding, KnownSource, Learned, Network, Proof, Ruling, Severity, SnapshotError, Subject, Verb,
    decode, encode,
};

const ID: &str = "new-relay-source";

settings! {
    /// Days from the beginning of the log in which sources are learned and nothing is said.
    learn_days: Days = 7,
    /// Networks (/24, /64) that an account may have been in to be one that stays where it is.
    networks: Few = 2,
}

const DAY: i64 = 86_400;
/// Sources known at once, in the usual memory.
const MAX_SOURCES: usize = 20_000;
/// A source that did not relay for a month is new again.
const KEPT_SECONDS: i64 = 30 * DAY;

/// A trusted address that relays.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// Somebody said that it is right: it is never forgotten.
    is_approved: bool,
}

impl Reuse for Known {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

/// What is new about one subject.
#[derive(Debug, Default, Serialize, Deserialize)]
struct News {
    spell: Spell,
    name: Box<[u8]>,
    /// The network it relayed from last.
    network: Option<Network>,
}

impl Reuse for News {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for News {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spell
    }
}

#[derive(Debug)]
pub(super) struct NewRelaySource {
    settings: Tuned<Settings>,
    /// When the log began.
    begun: Option<EventTime>,
    known_sources: Table<IpAddr, Known>,
    known_accounts: Accounts,
    sources: Watched<IpAddr, News>,
    accounts: Watched<AccountId, News>,
}

impl NewRelaySource {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            begun: None,
            known_sources: Table::new(setup.memory.room(MAX_SOURCES), KEPT_SECONDS),
            known_accounts: Accounts::new(setup.memory),
            sources: Watched::new(setup.memory),
            accounts: Watched::new(setup.memory),
        }
    }

    fn is_learned(&self, settings: &Settings, now: EventTime) -> bool {
        self.begun.is_some_and(|begun| now.seconds_since(begun) >= settings.learn_days * DAY)
    }

    fn trusted(&mut self, ip: IpAddr, hit: &Hit<'_>, find: &mut Vec<Finding>) {
        if let Some(known) = self.known_sources.find(&ip) {
            self.known_sources.touch(known, hit.time);
            return;
        }
        self.known_sources.find_or_insert(ip, hit.time);
        if !self.is_learned(self.settings.ip(ip), hit.time) {
            return;
        }
        self.sources.subject(ip, hit.time);
        if self.sources.is_graver(ip, Severity::Info, hit, (1, hit.time)) {
            find.extend(self.source_finding(ip));
        }
    }

    fn logged_in(&mut self, account: LoginName<'_>, ip: IpAddr, hit: &Hit<'_>, find: &mut Vec<Finding>) {
        let (name, id) = account;
        let settings = self.settings.account(name);
        // An account that was never used is one that was set up; one that has been in many networks roams.
        let is_settled = (1..=settings.networks).contains(&self.known_accounts.homes(id));
        let is_news =
            !self.known_accounts.at_home(Some(id), ip) && is_settled && self.is_learned(settings, hit.time);
        // At home, too: whoever is there each day is not forgotten.
        self.known_accounts.is_used(account, ip, hit.time);
        if !is_news {
            return;
        }
        let news = self.accounts.subject(id, hit.time);
        news.name = Box::from(&name[..name.len().min(MAX_NAME)]);
        news.network = Some(Network::of(ip));
        if self.accounts.is_graver(id, Severity::Info, hit, (1, hit.time)) {
            find.extend(self.account_finding(id));
        }
    }

    fn source_finding(&self, ip: IpAddr) -> Option<Finding> {
        let words = Words {
            title: "A trusted address relays for the first time".to_owned(),
            summary: format!("{ip} may relay and did so, which it did not within the month before."),
            remedy: "Nothing has to be changed if the machine is yours. If nobody knows it, take it out of the trusted \
                     addresses."
                .to_owned(),
        };
        self.sources.get(&ip)?.spell.finding(ID, Subject::ip(ip), Severity::Info, words)
    }

    fn account_finding(&self, id: AccountId) -> Option<Finding> {
        let news = self.accounts.get(&id)?;
        let subject = Subject::account(&news.name);
        let words = Words {
            title: "An account sends from a new network".to_owned(),
            summary: format!(
                "{} sent mail out from {}, where it did not log in within the month before.",
                subject.value, news.network?
            ),
            remedy: "Nothing has to be changed if its owner travels or has a new line. Ask, if in doubt.".to_owned(),
        };
        news.spell.finding(ID, subject, Severity::Info, words)
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in self.sources.take_unsaid() {
            find.extend(self.source_finding(source));
        }
        for account in self.accounts.take_unsaid() {
            find.extend(self.account_finding(account));
        }
    }
}

impl Detector for NewRelaySource {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        if !attempt.first || !goes_out(attempt) {
            return;
        }
        self.begun.get_or_insert(attempt.told);
        let Some(ip) = attempt.client_ip else { return };
        let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        match attempt.authority {
            Some(Authority::TrustedNetwork) => self.trusted(ip, &hit, find),
            Some(Authority::Authenticated) => {
                if let Some(account) = attempt.account() {
                    self.logged_in(account, ip, &hit, find);
                }
            }
            _ => {}
        }
        if self.sources.is_crowded() || self.accounts.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        while let Some(slot) = self.known_sources.expired(now) {
            if self.known_sources[slot].is_approved {
                self.known_sources.touch(slot, now);
            } else {
                self.known_sources.remove(slot);
            }
        }
        self.known_accounts.expire(now);
        self.sources.expire(now);
        self.accounts.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn teach(&mut self, learned: &Learned) {
        for source in &learned.sources {
            let slot = self.known_sources.find_or_insert(source.ip, source.last_seen);
            self.known_sources[slot].is_approved = source.is_approved;
        }
        self.known_accounts.teach(learned);
        self.begun = learned.begun().into_iter().chain(self.begun).min();
    }

    fn rule(&mut self, ruling: &Ruling, now: EventTime) {
        self.known_accounts.rule(ruling);
        if let Ruling { verb: Verb::Approve, about: About::Ip(ip) } = *ruling {
            self.known_sources.find_or_insert(ip, now);
        }
        for slot in self.known_sources.slots() {
            if ruling.about.names_ip(self.known_sources.key(slot)) {
                match ruling.verb {
                    Verb::Approve => self.known_sources[slot].is_approved = true,
                    Verb::Forget => self.known_sources.remove(slot),
                }
            }
        }
    }

    fn learned(&mut self, learned: &mut Learned) {
        let source = |(&ip, known, last_seen): (&IpAddr, &Known, EventTime)| KnownSource {
            ip,
            last_seen,
            is_approved: known.is_approved,
        };
        learned.sources.extend(self.known_sources.entries().into_iter().map(source));
        learned.accounts.extend(self.known_accounts.learned());
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let state = (
            self.begun,
            self.known_sources.entries(),
            self.known_accounts.state(),
            self.sources.state(),
            self.accounts.state(),
        );
        encode(ID, VERSION, &state)
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (begun, known_sources, known_accounts, sources, accounts): State = decode(ID, VERSION, snapshot)?;
        // What was taught before, of archives perhaps, stays known.
        self.begun = begun.into_iter().chain(self.begun).min();
        self.known_sources.restore(known_sources);
        self.known_accounts.restore(known_accounts);
        self.sources.restore(sources);
        self.accounts.restore(accounts);
        Ok(())
    }
}

const VERSION: u32 = 2;

type State = (
    Option<EventTime>,
    Vec<(IpAddr, Known, EventTime)>,
    account::Restored,
    watched::State<IpAddr, News>,
    watched::State<AccountId, News>,
);
