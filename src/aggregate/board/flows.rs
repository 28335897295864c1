//! Who relays to where: account or address, authority, and the recipients' domain.

use std::cmp::Reverse;
use std::net::IpAddr;

use ahash::RandomState;

use super::NEVER;
use super::picture::FlowRow;
use super::seen::Seen;
use super::sources::sorted;
use super::text::{NAME, capped, caseless, rename, text};
use crate::aggregate::{Reuse, Slot, Table};
use crate::model::{Attempt, Authority, Direction, EventTime, Outcome, domain_of};

/// Ways that mail takes, by the hash of what makes them different.
#[derive(Debug)]
pub(super) struct Flows {
    flows: Table<u64, Flow>,
    hasher: RandomState,
}

/// One way.
#[derive(Debug, Default)]
struct Flow {
    who: Who<Vec<u8>>,
    authority: Option<Authority>,
    /// `None` only before the first recipient.
    direction: Option<Direction>,
    to: Vec<u8>,
    recipients: u64,
    delivered: u64,
    denied: u64,
    seen: Seen,
}

/// Who sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Who<A> {
    /// The log does not show it.
    #[default]
    Unknown,
    /// The host itself.
    Local,
    /// A client that logged in.
    Account(A),
    /// Any other client.
    Client(IpAddr),
}

impl<A> Who<A> {
    fn map<B>(self, name: impl FnOnce(A) -> B) -> Who<B> {
        match self {
            Self::Unknown => Who::Unknown,
            Self::Local => Who::Local,
            Self::Account(account) => Who::Account(name(account)),
            Self::Client(ip) => Who::Client(ip),
        }
    }
}

impl Reuse for Flow {
    fn reuse(&mut self) {
        let mut to = std::mem::take(&mut self.to);
        to.clear();
        *self = Self { to, ..Self::default() };
    }
}

impl Flows {
    pub(super) fn new(most: usize) -> Self {
        Self { flows: Table::new(most, NEVER), hasher: RandomState::new() }
    }

    /// Counts an attempt that was let through or denied, once, at a time that is believed.
    pub(super) fn count(&mut self, attempt: &Attempt<'_>, time: EventTime, now: EventTime) {
        let who = who(attempt);
        let to = attempt.recipient.and_then(domain_of).unwrap_or_default();
        let to_hash = caseless(&self.hasher, to);
        let who_hash = who.map(|name| caseless(&self.hasher, name));
        let key = self.hasher.hash_one((who_hash, attempt.authority, attempt.direction, to_hash));
        let slot = self.flows.find_or_insert(key, now);
        let flow = &mut self.flows[slot];
        if flow.direction.is_none() {
            flow.who = who.map(|name| capped(name, NAME).to_vec());
            (flow.authority, flow.direction) = (attempt.authority, Some(attempt.direction));
            rename(&mut flow.to, to);
            flow.to.make_ascii_lowercase();
        }
        flow.recipients += 1;
        flow.delivered += u64::from(attempt.outcome == Outcome::Delivered);
        flow.denied += u64::from(attempt.outcome == Outcome::Denied);
        flow.seen.at(time);
    }

    /// The `most` ways with the most recipients.
    pub(super) fn picture(&self, most: usize) -> Vec<FlowRow> {
        let row = |slot: Slot| {
            let flow = &self.flows[slot];
            FlowRow {
                who: match &flow.who {
                    Who::Account(name) => text(name, NAME),
                    Who::Client(ip) => ip.to_string(),
                    Who::Local => "local".to_owned(),
                    Who::Unknown => String::new(),
                },
                authority: flow.authority,
                direction: flow.direction.unwrap_or(Direction::Unknown),
                to: text(&flow.to, NAME),
                recipients: flow.recipients,
                delivered: flow.delivered,
                denied: flow.denied,
                last: flow.seen.last,
            }
        };
        let order = |&slot: &Slot| {
            let flow = &self.flows[slot];
            (Reverse(flow.recipients), flow.seen.first, flow.to.clone())
        };
        sorted(&self.flows, most, order).into_iter().map(row).collect()
    }
}

/// A login counts as somebody's only where it gave the authority: the name of a failed one may be a password.
fn who<'a>(attempt: &Attempt<'a>) -> Who<&'a [u8]> {
    match (attempt.authority, attempt.auth_user, attempt.client_ip) {
        (Some(Authority::Authenticated), Some(name), _) if !name.is_empty() => Who::Account(name),
        (_, _, Some(ip)) => Who::Client(ip),
        (Some(Authority::LocalSubmission), ..) => Who::Local,
        _ => Who::Unknown,
    }
}
