//! Accounts that are known from successful logins, and where they log in from.
//!
//! The name of a failed login may be a password, typed one prompt too early: it is compared with these accounts, and
//! neither kept nor shown unless it is one of them.

use std::collections::VecDeque;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Reuse, Table};
use crate::model::{EventTime, KnownAccount, Learned, Memory, Network, Ruling, Verb, caseless_hash};

/// Accounts known at once in the usual memory, and addresses; one that was not seen for long gives way.
const MAX_KNOWN: usize = 20_000;
/// An account that nobody used for a month is forgotten, and so is an address.
const KEPT_SECONDS: i64 = 30 * 86_400;
/// Networks kept per account: home, office, phone, and what travelling adds; the oldest gives way.
const MAX_HOMES: usize = 8;
/// RFC 5321, section 4.5.3.1: 64 octets of local part, an @, 255 of domain. Longer is no account.
pub(super) const MAX_NAME: usize = 320;

/// A login name as it is compared: without its case, as a hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(super) struct AccountId(u64);

impl AccountId {
    pub(super) fn of(name: &[u8]) -> Self {
        Self(caseless_hash(name))
    }
}

/// A login name as it is written, and as it is compared.
pub(super) type LoginName<'a> = (&'a [u8], AccountId);

/// An account that somebody logged in to.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Account {
    /// As it was written at the last login.
    name: Box<[u8]>,
    /// Networks it logs in from, the newest last.
    homes: VecDeque<Network>,
}

impl Reuse for Account {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

/// An address from which somebody logged in.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen;

impl Reuse for Seen {
    fn reuse(&mut self) {}
}

/// The known accounts.
#[derive(Debug)]
pub(super) struct Accounts {
    accounts: Table<AccountId, Account>,
    addresses: Table<IpAddr, Seen>,
}

/// A snapshot of [`Accounts`].
#[derive(Serialize, Deserialize)]
pub(super) struct State<A, I> {
    accounts: Vec<A>,
    addresses: Vec<I>,
}

type Owned = State<(AccountId, Account, EventTime), (IpAddr, Seen, EventTime)>;

impl Accounts {
    pub(super) fn new(memory: Memory) -> Self {
        let most = memory.room(MAX_KNOWN);
        Self { accounts: Table::new(most, KEPT_SECONDS), addresses: Table::new(most, KEPT_SECONDS) }
    }

    /// Somebody logged in from `source`, as `account` if the line says so.
    pub(super) fn logged_in(&mut self, account: Option<LoginName<'_>>, source: IpAddr, now: EventTime) {
        self.addresses.find_or_insert(source, now);
        if let Some(account) = account {
            self.is_used(account, source, now);
        }
    }

    /// `account` is used from `source`: it is at home there. Nothing is remembered of the address itself.
    pub(super) fn is_used(&mut self, (name, id): LoginName<'_>, source: IpAddr, now: EventTime) {
        if name.len() > MAX_NAME {
            return;
        }
        let slot = self.accounts.find_or_insert(id, now);
        let account = &mut self.accounts[slot];
        if *account.name != *name {
            account.name = Box::from(name);
        }
        let home = Network::of(source);
        if account.homes.back() == Some(&home) {
            return;
        }
        account.homes.retain(|known| *known != home);
        if account.homes.len() >= MAX_HOMES {
            account.homes.pop_front();
        }
        account.homes.push_back(home);
    }

    /// Takes in the accounts that earlier runs learned.
    pub(super) fn teach(&mut self, learned: &Learned) {
        for account in &learned.accounts {
            let name = account.name.as_bytes();
            let slot = self.accounts.find_or_insert(AccountId::of(name), account.last_seen);
            let homes = account.networks.iter().rev().take(MAX_HOMES).rev().copied().collect();
            self.accounts[slot] = Account { name: name.into(), homes };
        }
    }

    /// The accounts that are known, to be taught to later runs.
    pub(super) fn learned(&self) -> impl Iterator<Item = KnownAccount> {
        self.accounts.entries().into_iter().map(|(_, account, last_seen)| KnownAccount {
            name: String::from_utf8_lossy(&account.name).into_owned(),
            networks: account.homes.iter().copied().collect(),
            last_seen,
        })
    }

    /// Forgets the accounts that are meant, where it was said so.
    pub(super) fn rule(&mut self, ruling: &Ruling) {
        if ruling.verb == Verb::Forget {
            for slot in self.accounts.slots() {
                if ruling.about.names_account(&self.accounts[slot].name) {
                    self.accounts.remove(slot);
                }
            }
        }
    }

    /// The name of an account, if it is known.
    pub(super) fn name(&self, id: AccountId) -> Option<&[u8]> {
        self.accounts.find(&id).map(|slot| &*self.accounts[slot].name)
    }

    /// Whether a login as `id` is expected from `source`: this account logs in from its network. Where the line names no
    /// account: somebody logs in from this very address.
    pub(super) fn at_home(&self, id: Option<AccountId>, source: IpAddr) -> bool {
        match id {
            Some(id) => self
                .accounts
                .find(&id)
                .is_some_and(|slot| self.accounts[slot].homes.contains(&Network::of(source))),
            None => self.addresses.find(&source).is_some(),
        }
    }

    /// Networks that an account logs in from, as far as they are remembered.
    pub(super) fn homes(&self, id: AccountId) -> usize {
        self.accounts.find(&id).map_or(0, |slot| self.accounts[slot].homes.len())
    }

    /// Event time has come to `now`: forgets who has not been here for long.
    pub(super) fn expire(&mut self, now: EventTime) {
        while let Some(slot) = self.accounts.expired(now) {
            self.accounts.remove(slot);
        }
        while let Some(slot) = self.addresses.expired(now) {
            self.addresses.remove(slot);
        }
    }

    pub(super) fn state(&self) -> impl Serialize {
        State { accounts: self.accounts.entries(), addresses: self.addresses.entries() }
    }

    /// Takes back a snapshot. What was taught before and is not in it stays known.
    pub(super) fn restore(&mut self, state: Restored) {
        self.accounts.restore(state.0.accounts);
        self.addresses.restore(state.0.addresses);
    }
}

/// What [`Accounts::state`] wrote.
#[derive(Deserialize)]
pub(super) struct Restored(Owned);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_at_home_where_it_logged_in_and_nowhere_else() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut accounts = Accounts::new(Memory::default());
        let named = |name: &'static [u8]| Some((name, AccountId::of(name)));
        accounts.logged_in(named(b"Ann@harbour.example"), ip("198.51.100.7"), EventTime::from_seconds(0));
        let (ann, bob) = (AccountId::of(b"ann@HARBOUR.example"), AccountId::of(b"bob@harbour.example"));
        assert_eq!(accounts.name(ann), Some(&b"Ann@harbour.example"[..]));
        assert!(accounts.at_home(Some(ann), ip("198.51.100.200")));
        assert!(!accounts.at_home(Some(ann), ip("203.0.113.7")));
        assert!(!accounts.at_home(Some(bob), ip("198.51.100.7")));
        assert!(accounts.at_home(None, ip("198.51.100.7")));
        assert!(!accounts.at_home(None, ip("198.51.100.8")));
        for net in 1..=MAX_HOMES {
            accounts.logged_in(
                named(b"ann@harbour.example"),
                ip(&format!("192.0.{net}.1")),
                EventTime::from_seconds(1),
            );
        }
        assert!(!accounts.at_home(Some(ann), ip("198.51.100.7")), "more homes than are kept");
        accounts.expire(EventTime::from_seconds(KEPT_SECONDS + 1));
        assert_eq!((accounts.name(ann), accounts.at_home(None, ip("192.0.1.1"))), (None, false));
    }
}
