//! `compromised-account`: somebody else uses an account.
//!
//! No single sign proves it: people travel, mistype and write newsletters. So signs are weighed. *Strong* ones: the
//! password was guessed (a login succeeds from where the attack came), many new networks within an hour, many new sender
//! domains, recipients that bounce. *Weak* ones: a login from elsewhere while the account is attacked, failures that a
//! phone with a mistyped password would explain as well, mail to many from where such a login came, a burst of recipients;
//! and any of the new networks and senders as long as the account is new to us, because then everything is. One strong sign or two weak ones are a `warning`, two strong ones or
//! a strong one with a burst are `critical`, a weak one of the attack alone is an `info`.

mod attack;
mod doubt;
mod findings;
mod signs;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::account::{self, AccountId, Accounts, LoginName, MAX_NAME};
use super::logins::Login;
use super::outflow::{Outflow, goes_out};
use super::rate::Rate;
use super::recent::Recent;
use super::settings::{Tuned, settings};
use super::spell::{Hit, Spell};
use super::watched::{self, Watchable, Watched};
use super::{Detector, Seen, Setup};
use crate::aggregate::{Logins, Reuse};
use crate::model::{EventTime, Finding, Learned, Mta, Network, Proof, Ruling, SnapshotError, decode, encode};
use attack::Failures;
use doubt::Doubt;
use signs::Signs;

const ID: &str = "compromised-account";

settings! {
    /// Seconds in which networks, sender domains, recipients and bounces of one account are counted together.
    window_seconds: Seconds = 3600,
    /// Failed logins by the network that then gets in, which are more than mistyping.
    guesses: Few = 5,
    /// Such failures of one address, as one account, which no new phone explains whose password was mistyped.
    stubborn_guesses: Few = 16,
    /// New networks (/24, /64) that one account logs in from. Home, office and a phone on its way are fewer.
    networks: Different = 6,
    /// New sender domains of one account.
    sender_domains: Total = 5,
    /// Recipients elsewhere that are a burst.
    recipients: Total = 100,
    /// Recipients elsewhere within a day after a login that is in doubt, from where the account is not at home: more than
    /// somebody with a new phone writes to.
    doubtful_recipients: Total = 20,
    /// Recipients whose mail came back, if that is at least `bounce_share` of a hundred.
    bounces: Total = 20,
    /// See `bounces`.
    bounce_share: Percent = 25,
}

const DAY: i64 = 86_400;
/// What an account did is remembered for a month, so that its senders and networks are known when it is used again.
const KEPT_SECONDS: i64 = 30 * DAY;

/// What is known of one account.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Usage {
    /// As it was written at a login.
    name: Box<[u8]>,
    /// When it was first seen to be used.
    since: Option<EventTime>,
    spell: Spell,
    doubt: Option<Doubt>,
    /// Networks it logged in from that were new.
    networks: Recent,
    senders: Recent,
    new_senders: Rate,
    outflow: Outflow,
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


#[derive(Debug)]
pub(super) struct CompromisedAccount {
    settings: Tuned<Settings>,
    known: Accounts,
    failures: Failures,
    accounts: Watched<AccountId, Usage>,
}

impl CompromisedAccount {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        let memory = setup.memory;
        Self {
            settings,
            known: Accounts::new(memory),
            failures: Failures::new(memory),
            accounts: Watched::keeping(memory, KEPT_SECONDS),
        }
    }

    fn failed(&mut self, account: Option<AccountId>, times: u64, source: IpAddr, now: EventTime) {
        if !self.known.at_home(account, source) {
            self.failures.count(account, source, times, now);
        }
    }

    fn succeeded(&mut self, account: LoginName<'_>, source: IpAddr, hit: &Hit<'_>, find: &mut Vec<Finding>) {
        let ((name, id), now) = (account, hit.time);
        let usage = self.accounts.subject(id, now);
        usage.name_it(name, now);
        let at_home = self.known.at_home(Some(id), source);
        let mut suspicion = None;
        if !at_home {
            let settings = self.settings.account(name);
            usage.networks.see(&Network::of(source), now, now.plus_seconds(-settings.window_seconds));
            let has_home = self.known.name(id).is_some();
            suspicion = self.failures.before(id, source, now).suspicion(settings, has_home);
        }
        if let Some(suspicion) = suspicion {
            usage.suspect(Doubt::new(suspicion, now), now);
        } else if at_home || usage.doubt(now).is_none() {
            // While a login is in doubt, one from yet another network makes no home: it may be the same hand.
            self.failures.forgive(id, source);
            self.known.logged_in(Some(account), source, now);
        }
        self.weigh(id, hit, find);
    }

    /// A recipient elsewhere was accepted from an account, or its mail came to an end.
    fn sent(&mut self, attempt: &Seen<'_, '_>, (name, id): LoginName<'_>, find: &mut Vec<Finding>) {
        let now = attempt.told;
        let window = self.settings.account(name).window_seconds;
        let usage = self.accounts.subject(id, now);
        usage.name_it(name, now);
        usage.outflow.count(attempt, window);
        if attempt.first
            && let (Some(doubt), Some(ip)) = (&mut usage.doubt, attempt.client_ip)
            && self.known.name(id).is_some()
            && !self.known.at_home(Some(id), ip)
        {
            doubt.recipients += 1;
        }
        if attempt.first
            && let Some((_, domain)) = attempt.sender_domain()
            && usage.senders.see(&domain, now, now.plus_seconds(-KEPT_SECONDS))
        {
            usage.new_senders.add(1, now, window);
        }
        let hit = Hit { time: now, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        self.weigh(id, &hit, find);
    }

    /// Speaks of the account if what is known of it now is worth it.
    fn weigh(&mut self, id: AccountId, hit: &Hit<'_>, find: &mut Vec<Finding>) {
        let Some(usage) = self.accounts.get_mut(&id) else { return };
        let settings = self.settings.account(&usage.name);
        let signs = Signs::of(usage, settings, hit.time);
        let Some(severity) = signs.severity() else { return };
        let so_far = usage.outflow.so_far(hit.time, settings.window_seconds);
        if self.accounts.is_graver(id, severity, hit, so_far) {
            find.extend(self.finding(id, hit.time));
        }
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for account in self.accounts.take_unsaid() {
            let now = self.accounts.get(&account).map(|usage| usage.spell.last);
            find.extend(now.and_then(|now| self.finding(account, now)));
        }
    }
}

impl Usage {
    /// What is in doubt about its logins.
    fn doubt(&self, now: EventTime) -> Option<Doubt> {
        self.doubt.filter(|doubt| doubt.holds(now))
    }

    fn suspect(&mut self, doubt: Doubt, now: EventTime) {
        self.doubt = Some(self.doubt(now).map_or(doubt, |before| before.again(doubt)));
    }

    fn name_it(&mut self, name: &[u8], now: EventTime) {
        self.since.get_or_insert(now);
        if *self.name != *name {
            self.name = Box::from(&name[..name.len().min(MAX_NAME)]);
        }
    }
}

impl Detector for CompromisedAccount {
    fn takes_logins(&self) -> bool {
        true
    }

    fn login(&mut self, login: &Login<'_, '_>, find: &mut Vec<Finding>) {
        let &Login { event, source, said, account } = login;
        match (said, account) {
            (Logins::Failed(times, _), _) => self.failed(account.map(|(_, id)| id), times, source, event.time()),
            (Logins::Succeeded(_), Some(account)) => {
                let proof = || Some(Proof::new(event.origin(), event.time(), event.host(), event.line()));
                let hit =
                    Hit { time: event.time(), mta: event.mta().unwrap_or(Mta::Postfix), proof: &proof };
                self.succeeded(account, source, &hit, find);
            }
            (Logins::Succeeded(_), None) => {}
        }
        if self.accounts.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        if !goes_out(attempt) {
            return;
        }
        let Some(account) = attempt.account() else { return };
        self.sent(attempt, account, find);
        if self.accounts.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.known.expire(now);
        self.accounts.expire(now);
        self.failures.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn teach(&mut self, learned: &Learned) {
        self.known.teach(learned);
    }

    fn rule(&mut self, ruling: &Ruling, _now: EventTime) {
        self.known.rule(ruling);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let state = (self.known.state(), self.failures.state(), self.accounts.state());
        encode(ID, VERSION, &state)
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (known, failures, accounts): State = decode(ID, VERSION, snapshot)?;
        self.known.restore(known);
        self.failures.restore(failures);
        self.accounts.restore(accounts);
        Ok(())
    }
}

const VERSION: u32 = 2;

type State = (
    account::Restored,
    attack::State,
    watched::State<AccountId, Usage>,
);
