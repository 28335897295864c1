//! Who logs in. An account is known only by a successful login: the name of a failed one may be a password, typed one
//! prompt too early, so it is compared with the accounts that are known, and kept nowhere.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::net::IpAddr;

use ahash::RandomState;

use super::NEVER;
use super::picture::{AccountRow, Counts};
use super::seen::Seen;
use super::sources::{busy, sorted};
use super::text::{NAME, caseless, rename, text};
use crate::aggregate::{Distinct, Reuse, Slot, Table, is_computer};
use crate::model::{EventTime, Network};

/// Addresses that are shown of an account.
const SHOWN_ADDRESSES: usize = 4;

/// The known accounts, by the hashes of their names without case.
#[derive(Debug)]
pub(super) struct Accounts {
    accounts: Table<u64, Account>,
    hasher: RandomState,
}

/// One account.
#[derive(Debug, Default)]
pub(super) struct Account {
    name: Vec<u8>,
    counts: Counts,
    from: VecDeque<IpAddr>,
    networks: Distinct,
    seen: Seen,
}

impl Reuse for Account {
    fn reuse(&mut self) {
        self.name.clear();
        self.from.clear();
        self.networks.clear();
        self.counts = Counts::default();
        self.seen = Seen::default();
    }
}

impl Accounts {
    pub(super) fn new(most: usize) -> Self {
        Self { accounts: Table::new(most, NEVER), hasher: RandomState::new() }
    }

    /// Whether somebody has logged in as `name`.
    pub(super) fn knows(&self, name: &[u8]) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &[u8]) -> Option<Slot> {
        (name.len() <= NAME).then(|| self.accounts.find(&caseless(&self.hasher, name)))?
    }

    /// An account that somebody uses at `time`, having logged in. `None` for what is no person's.
    pub(super) fn used(
        &mut self,
        name: &[u8],
        from: Option<IpAddr>,
        time: EventTime,
        now: EventTime,
    ) -> Option<&mut Counts> {
        if name.is_empty() || name.len() > NAME || is_computer(name) {
            return None;
        }
        let slot = self.accounts.find_or_insert(caseless(&self.hasher, name), now);
        let account = &mut self.accounts[slot];
        rename(&mut account.name, name);
        account.seen.at(time);
        if let Some(ip) = from {
            account.from(ip);
        }
        Some(&mut account.counts)
    }

    /// An account that is known, and that somebody tries at `time`.
    pub(super) fn tried(&mut self, name: &[u8], time: EventTime) -> Option<&mut Counts> {
        let slot = self.find(name)?;
        let account = &mut self.accounts[slot];
        account.seen.at(time);
        Some(&mut account.counts)
    }

    /// The `most` busiest accounts.
    pub(super) fn picture(&self, most: usize) -> Vec<AccountRow> {
        let row = |slot: Slot| {
            let account = &self.accounts[slot];
            AccountRow {
                name: text(&account.name, NAME),
                counts: account.counts.clone(),
                from: account.from.iter().copied().collect(),
                networks: account.networks.count(),
                first: account.seen.first,
                last: account.seen.last,
            }
        };
        let busy = |&slot: &Slot| {
            let account = &self.accounts[slot];
            (Reverse(busy(&account.counts)), account.name.clone())
        };
        sorted(&self.accounts, most, busy).into_iter().map(row).collect()
    }
}

impl Account {
    fn from(&mut self, ip: IpAddr) {
        if self.from.front() == Some(&ip) {
            return;
        }
        self.networks.insert(&Network::of(ip));
        self.from.retain(|known| *known != ip);
        self.from.truncate(SHOWN_ADDRESSES - 1);
        self.from.push_front(ip);
    }
}
