//! The failed logins of the last day, and what they make of a login that then succeeds.

use std::collections::VecDeque;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{DAY, Settings};
use crate::aggregate::{Reuse, Table};
use crate::detect::account::AccountId;
use crate::model::{EventTime, Memory, Network};

/// Names and sources of failed logins under watch, in the usual memory.
const MAX_SUBJECTS: usize = 20_000;
/// Failures remembered of each.
const MAX_FAILURES: usize = 64;
/// Networks that try an account, from which on a login from yet another one is odd.
const ATTACKING_NETWORKS: usize = 3;
/// Addresses or accounts that are more than one forgotten phone.
const MORE_THAN_A_PHONE: usize = 3;

/// Failed logins, newest last, each with what it was counted for: the source of an account's, the account of a source's.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tries<T>(VecDeque<(EventTime, T)>);

impl<T> Default for Tries<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Reuse for Tries<T> {
    fn reuse(&mut self) {
        self.0.clear();
    }
}

impl<T: Copy> Tries<T> {
    fn push(&mut self, time: EventTime, value: T) {
        if self.0.len() >= MAX_FAILURES {
            self.0.pop_front();
        }
        self.0.push_back((time, value));
    }

    fn since(&self, begin: EventTime) -> impl Iterator<Item = T> {
        self.0.iter().filter(move |&&(time, _)| time >= begin).map(|&(_, value)| value)
    }
}

/// Failed logins from where the account is not at home, if the line names one. A name is kept as a hash: it may be a
/// password.
#[derive(Debug)]
pub(super) struct Failures {
    accounts: Table<AccountId, Tries<IpAddr>>,
    sources: Table<IpAddr, Tries<Option<AccountId>>>,
}

/// A snapshot of [`Failures`].
pub(super) type State =
    (Vec<(AccountId, Tries<IpAddr>, EventTime)>, Vec<(IpAddr, Tries<Option<AccountId>>, EventTime)>);

impl Failures {
    pub(super) fn new(memory: Memory) -> Self {
        let most = memory.room(MAX_SUBJECTS);
        Self { accounts: Table::new(most, DAY), sources: Table::new(most, DAY) }
    }

    /// A line tells of `times` failures.
    pub(super) fn count(&mut self, account: Option<AccountId>, source: IpAddr, times: u64, now: EventTime) {
        let slot = self.sources.find_or_insert(source, now);
        for _ in 0..times.min(MAX_FAILURES as u64) {
            self.sources[slot].push(now, account);
        }
        if let Some(account) = account {
            let slot = self.accounts.find_or_insert(account, now);
            self.accounts[slot].push(now, source);
        }
    }

    /// What failed in the day before `source` got in as `account`.
    pub(super) fn before(&self, account: AccountId, source: IpAddr, now: EventTime) -> Attack {
        let begin = now.plus_seconds(-DAY);
        let tried = self.accounts.find(&account).map(|slot| &self.accounts[slot]);
        let by_account: Vec<IpAddr> = tried.iter().flat_map(|tries| tries.since(begin)).collect();
        let network = Network::of(source);
        let by_network: Vec<IpAddr> =
            by_account.iter().copied().filter(|&other| Network::of(other) == network).collect();
        let tried = self.sources.find(&source).map(|slot| &self.sources[slot]);
        let by_source: Vec<Option<AccountId>> =
            tried.iter().flat_map(|tries| tries.since(begin)).collect();
        Attack {
            failures: by_account.len(),
            networks: different(by_account.into_iter().map(Network::of)),
            by_winner: by_network.len().max(by_source.len()),
            addresses: different(by_network.into_iter()),
            accounts: different(by_source.into_iter().flatten()),
        }
    }

    /// Whoever gets in as `account` from `source` mistyped before: that is no sign of anything.
    pub(super) fn forgive(&mut self, account: AccountId, source: IpAddr) {
        if let Some(slot) = self.sources.find(&source) {
            self.sources[slot].0.retain(|&(_, tried)| tried.is_some_and(|tried| tried != account));
        }
        if let Some(slot) = self.accounts.find(&account) {
            self.accounts[slot].0.retain(|&(_, other)| other != source);
        }
    }

    /// Event time has come to `now`: forgets what is over.
    pub(super) fn expire(&mut self, now: EventTime) {
        while let Some(slot) = self.accounts.expired(now) {
            self.accounts.remove(slot);
        }
        while let Some(slot) = self.sources.expired(now) {
            self.sources.remove(slot);
        }
    }

    pub(super) fn state(&self) -> impl Serialize {
        (self.accounts.entries(), self.sources.entries())
    }

    pub(super) fn restore(&mut self, (accounts, sources): State) {
        self.accounts.clear();
        self.accounts.restore(accounts);
        self.sources.clear();
        self.sources.restore(sources);
    }
}

/// What failed before a login that succeeded.
#[derive(Debug)]
pub(super) struct Attack {
    /// Failures as this account.
    failures: usize,
    /// Networks they came from.
    networks: usize,
    /// Failures of the network that got in, as this account, or of its address, as anybody.
    by_winner: usize,
    /// Addresses of that network which failed as this account.
    addresses: usize,
    /// Accounts that its address tried.
    accounts: usize,
}

/// What a login that succeeds looks like, the least grave first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) enum Suspicion {
    /// A login from elsewhere, while others try passwords.
    Attacked,
    /// A phone had a wrong password until somebody corrected it; or one address tried one account until it got in.
    Corrected,
    /// The end of a successful attack.
    Guessed,
}

impl Attack {
    /// What to think of the login, which is not from where the account is at home; `has_home`, if that is known.
    pub(super) fn suspicion(&self, settings: &Settings, has_home: bool) -> Option<Suspicion> {
        let guesses = settings.guesses;
        if self.by_winner >= guesses {
            let more = self.addresses >= MORE_THAN_A_PHONE || self.accounts >= MORE_THAN_A_PHONE;
            // Where nobody knows its home, this may be it: with a phone that had yesterday's password for long.
            let stubborn = has_home && self.by_winner >= settings.stubborn_guesses;
            return Some(if more || stubborn { Suspicion::Guessed } else { Suspicion::Corrected });
        }
        let attacked = has_home && self.failures >= guesses && self.networks >= ATTACKING_NETWORKS;
        attacked.then_some(Suspicion::Attacked)
    }
}

fn different<T: Ord>(values: impl Iterator<Item = T>) -> usize {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values.len()
}
