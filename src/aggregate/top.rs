//! The top lists of a run: who is denied, who relays, from whom, to whom.

use std::net::IpAddr;

use serde::Serialize;

use super::space_saving::{Entry, SpaceSaving};
use crate::model::{Attempt, EventTime, Network, Outcome, domain_of};

/// Longer keys are cut: RFC 5321 section 4.5.3.1.3 allows a path of 256 octets.
const MAX_KEY: usize = 256;

/// A value of a top list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopEntry {
    /// The address, login, domain ... as the log has it, not escaped yet.
    pub value: String,
    /// Attempts.
    pub count: u64,
    /// By how much `count` may be too high, where there were more values than the list can hold.
    #[serde(skip_serializing_if = "is_default")]
    pub error: u64,
    /// First attempt counted.
    pub first_seen: EventTime,
    /// Last attempt counted.
    pub last_seen: EventTime,
}

/// Whether a value says nothing: 0 errors.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The top lists. All count relay attempts: `denied_*` those denied, `helo` all, the others those let through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Top {
    /// Addresses that were denied.
    pub denied_sources: Vec<TopEntry>,
    /// Networks (/24, /64) that were denied.
    pub denied_networks: Vec<TopEntry>,
    /// Addresses for which mail was relayed.
    pub relay_sources: Vec<TopEntry>,
    /// Logins for which mail was relayed.
    pub accounts: Vec<TopEntry>,
    /// Envelope senders of relayed mail; the null sender is empty.
    pub senders: Vec<TopEntry>,
    /// Envelope recipients of relayed mail.
    pub recipients: Vec<TopEntry>,
    /// Domains relayed to.
    pub destinations: Vec<TopEntry>,
    /// What the clients called themselves.
    pub helo: Vec<TopEntry>,
}

/// The summaries behind [`Top`].
#[derive(Debug)]
pub(super) struct TopLists {
    denied_sources: SpaceSaving<IpAddr>,
    denied_networks: SpaceSaving<Network>,
    relay_sources: SpaceSaving<IpAddr>,
    accounts: SpaceSaving<Vec<u8>>,
    senders: SpaceSaving<Vec<u8>>,
    recipients: SpaceSaving<Vec<u8>>,
    destinations: SpaceSaving<Vec<u8>>,
    helo: SpaceSaving<Vec<u8>>,
}

impl TopLists {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            denied_sources: SpaceSaving::new(capacity),
            denied_networks: SpaceSaving::new(capacity),
            relay_sources: SpaceSaving::new(capacity),
            accounts: SpaceSaving::new(capacity),
            senders: SpaceSaving::new(capacity),
            recipients: SpaceSaving::new(capacity),
            destinations: SpaceSaving::new(capacity),
            helo: SpaceSaving::new(capacity),
        }
    }

    /// Counts a relay attempt.
    pub(super) fn count(&mut self, attempt: &Attempt<'_>) {
        let time = attempt.time;
        offer(&mut self.helo, attempt.helo, time);
        match attempt.outcome {
            Outcome::Denied => {
                if let Some(ip) = attempt.client_ip {
                    self.denied_sources.offer(&ip, time);
                    self.denied_networks.offer(&Network::of(ip), time);
                }
            }
            Outcome::Rejected => {}
            _ => {
                if let Some(ip) = attempt.client_ip {
                    self.relay_sources.offer(&ip, time);
                }
                offer(&mut self.accounts, attempt.auth_user, time);
                offer(&mut self.senders, attempt.sender, time);
                offer(&mut self.recipients, attempt.recipient, time);
                self.count_destination(attempt.recipient.and_then(domain_of), time);
            }
        }
    }

    /// Domain names have no case (RFC 5321 section 2.4).
    fn count_destination(&mut self, domain: Option<&[u8]>, time: EventTime) {
        let Some(domain) = domain else { return };
        if domain.iter().any(u8::is_ascii_uppercase) {
            let mut lower = [0; MAX_KEY];
            let length = domain.len().min(MAX_KEY);
            lower[..length].copy_from_slice(&domain[..length]);
            lower[..length].make_ascii_lowercase();
            self.destinations.offer(&lower[..length], time);
        } else {
            offer(&mut self.destinations, Some(domain), time);
        }
    }

    /// The first `shown` of each list.
    pub(super) fn summary(&self, shown: usize) -> Top {
        let bytes =
            |list: &SpaceSaving<Vec<u8>>| entries(list, shown, |key| String::from_utf8_lossy(key).into());
        Top {
            denied_sources: entries(&self.denied_sources, shown, ToString::to_string),
            denied_networks: entries(&self.denied_networks, shown, ToString::to_string),
            relay_sources: entries(&self.relay_sources, shown, ToString::to_string),
            accounts: bytes(&self.accounts),
            senders: bytes(&self.senders),
            recipients: bytes(&self.recipients),
            destinations: bytes(&self.destinations),
            helo: bytes(&self.helo),
        }
    }
}

fn offer(list: &mut SpaceSaving<Vec<u8>>, key: Option<&[u8]>, time: EventTime) {
    if let Some(key) = key {
        list.offer(&key[..key.len().min(MAX_KEY)], time);
    }
}

fn entries<K>(list: &SpaceSaving<K>, shown: usize, value: impl Fn(&K) -> String) -> Vec<TopEntry>
where
    K: std::hash::Hash + Ord,
{
    let entry = |entry: &Entry<K>| TopEntry {
        value: value(&entry.key),
        count: entry.count,
        error: entry.error,
        first_seen: entry.first_seen,
        last_seen: entry.last_seen,
    };
    list.top(shown).into_iter().map(entry).collect()
}
