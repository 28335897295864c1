//! Whose domain is it? What was stated, what the log proves, what it lets us infer, and otherwise: unknown.

use std::collections::HashMap;
use std::net::IpAddr;

use ahash::RandomState;
use serde::{Deserialize, Serialize};

use super::stated::{DomainList, MAX_DOMAIN, lower};
use crate::model::{Site, domain_of};

/// Whose domain a recipient is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Locality {
    /// Delivered or relayed for here.
    Ours,
    /// Somebody else's.
    Foreign,
    /// Nobody said, and the log does not show it.
    Unknown,
}

/// Domains the log has shown something about. A site with more of its own names them in `[site]`; beyond, nothing
/// more is learned, so that a flood of invented domains can neither grow nor change what is known.
const MAX_LEARNED: usize = 20_000;
/// Proof by delivery always finds room: a client cannot invent domains that are delivered here.
const MAX_DELIVERED: usize = 2 * MAX_LEARNED;
/// From so many unrelated networks a domain must be received before it can be inferred as relayed for.
const UNRELATED_NETWORKS: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Learned {
    /// Final delivery happened here.
    Delivered,
    /// The server refused to relay to it.
    Refused,
    /// Strangers' mail to it goes on: from these networks, by this next hop (a hash), if it is always the same.
    Passed { networks: Vec<u64>, next_hop: u64, constant: bool },
}

/// What is known about domains.
#[derive(Debug)]
pub(super) struct Domains {
    stated: DomainList,
    /// Whether the stated lists are complete: then what is not in them is foreign.
    complete: bool,
    learned: HashMap<Box<[u8]>, Learned, RandomState>,
}

impl Domains {
    pub(super) fn new(site: &Site) -> Self {
        let servers = &site.servers;
        let stated = [site.local_domains.as_deref(), site.relay_domains.as_deref()]
            .into_iter()
            .flatten()
            .chain(servers.iter().flat_map(|server| [&server.local_domains[..], &server.relay_domains[..]]))
            .flatten();
        let stated = DomainList::new(stated);
        let complete = site.local_domains.is_some()
            || site.relay_domains.is_some()
            || (!servers.is_empty() && servers.iter().all(|server| server.unread.is_empty()));
        Self { stated, complete, learned: HashMap::default() }
    }

    /// Whether somebody said which domains are ours.
    pub(super) fn are_stated(&self) -> bool {
        self.complete
    }

    /// Whose domain `address` is in. An address without a domain is a name on this host.
    pub(super) fn of(&self, address: &[u8]) -> Locality {
        let mut buffer = [0; MAX_DOMAIN];
        let Some(domain) = domain_of(address) else { return Locality::Ours };
        let Some(domain) = lower(domain, &mut buffer) else { return Locality::Foreign };
        if self.stated.contains(domain) {
            return Locality::Ours;
        }
        match self.learned.get(domain) {
            Some(Learned::Delivered) => Locality::Ours,
            _ if self.complete => Locality::Foreign,
            Some(Learned::Refused) => Locality::Foreign,
            Some(Learned::Passed { networks, constant: true, .. })
                if networks.len() >= UNRELATED_NETWORKS =>
            {
                Locality::Ours
            }
            _ => Locality::Unknown,
        }
    }

    /// Whether a sender is in a domain of ours. A name without a domain is anybody's.
    pub(super) fn are_of(&self, sender: &[u8]) -> bool {
        domain_of(sender).is_some() && self.of(sender) == Locality::Ours
    }

    /// Mail to `address` was finally delivered on this host.
    pub(super) fn delivered(&mut self, address: &[u8]) {
        self.learn(address, MAX_DELIVERED, |known| *known = Learned::Delivered);
    }

    /// The server refused to relay to `address`.
    pub(super) fn refused(&mut self, address: &[u8]) {
        self.learn(address, MAX_LEARNED, |known| {
            if *known != Learned::Delivered {
                *known = Learned::Refused;
            }
        });
    }

    /// A stranger's mail to `address` went on to `next_hop`.
    pub(super) fn passed(&mut self, address: &[u8], client: IpAddr, next_hop: &[u8]) {
        if self.complete {
            return;
        }
        let hop = fnv(next_hop);
        let network = unrelated(client);
        self.learn(address, MAX_LEARNED, |known| {
            if let Learned::Passed { networks, next_hop, constant } = known {
                if networks.is_empty() {
                    *next_hop = hop;
                }
                *constant &= *next_hop == hop;
                if networks.len() < UNRELATED_NETWORKS && !networks.contains(&network) {
                    networks.push(network);
                }
            }
        });
    }

    fn learn(&mut self, address: &[u8], room: usize, change: impl FnOnce(&mut Learned)) {
        let mut buffer = [0; MAX_DOMAIN];
        let Some(domain) = domain_of(address).and_then(|domain| lower(domain, &mut buffer)) else { return };
        if let Some(known) = self.learned.get_mut(domain) {
            change(known);
        } else if self.learned.len() < room && !self.stated.contains(domain) {
            let mut known = Learned::Passed { networks: Vec::new(), next_hop: 0, constant: true };
            change(&mut known);
            self.learned.insert(Box::from(domain), known);
        }
    }

    /// Domains that were taken as ours though nobody stated them: proven by delivery, and inferred. Sorted.
    pub(super) fn taken_as_ours(&self) -> (Vec<String>, Vec<String>) {
        let (mut delivered, mut inferred) = (Vec::new(), Vec::new());
        for (domain, known) in &self.learned {
            let name = || String::from_utf8_lossy(domain).into_owned();
            match known {
                Learned::Delivered => delivered.push(name()),
                Learned::Passed { networks, constant: true, .. }
                    if !self.complete && networks.len() >= UNRELATED_NETWORKS =>
                {
                    inferred.push(name());
                }
                _ => {}
            }
        }
        delivered.sort_unstable();
        inferred.sort_unstable();
        (delivered, inferred)
    }

    pub(super) fn snapshot(&self) -> Vec<(&[u8], &Learned)> {
        let mut entries: Vec<_> = self.learned.iter().map(|(domain, known)| (&**domain, known)).collect();
        entries.sort_unstable_by_key(|&(domain, _)| domain);
        entries
    }

    pub(super) fn restore(&mut self, entries: Vec<(Box<[u8]>, Learned)>) {
        self.learned = entries.into_iter().take(MAX_DELIVERED).collect();
    }
}

/// Networks of one operator are related: /16 of IPv4, /32 of IPv6 (a registry's usual allocation to a provider).
fn unrelated(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits() >> 16),
        IpAddr::V6(ip) => (ip.to_bits() >> 96) as u64 | 1 << 63,
    }
}

/// FNV-1a, 64 bits: compares one next hop with another, no attacker gains anything by a collision.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(local: &[&str]) -> Site {
        Site { local_domains: Some(local.iter().map(ToString::to_string).collect()), ..Site::default() }
    }

    #[test]
    fn stated_domains_are_ours_and_all_others_foreign() {
        let domains = Domains::new(&site(&["harbour.example", ".quay.example"]));
        for ours in ["a@harbour.example", "a@HARBOUR.Example", "root", "x@a.b.quay.example"] {
            assert_eq!(domains.of(ours.as_bytes()), Locality::Ours, "{ours}");
        }
        for foreign in ["a@quay.example", "a@sub.harbour.example", "a@notharbour.example"] {
            assert_eq!(domains.of(foreign.as_bytes()), Locality::Foreign, "{foreign}");
        }
    }

    #[test]
    fn the_log_proves_by_delivery_and_by_refusal() {
        let mut domains = Domains::new(&Site::default());
        assert_eq!(domains.of(b"a@x.example"), Locality::Unknown);
        domains.refused(b"a@x.example");
        assert_eq!(domains.of(b"a@x.example"), Locality::Foreign);
        domains.delivered(b"a@X.example");
        domains.refused(b"a@x.example");
        assert_eq!(domains.of(b"a@x.example"), Locality::Ours);
    }

    #[test]
    fn a_gateway_infers_its_domains_from_unrelated_senders_and_one_next_hop() {
        let from = |n: u8| IpAddr::from([198, n, 100, 1]);
        let mut domains = Domains::new(&Site::default());
        for n in 0..4 {
            domains.passed(b"a@gw.example", from(n), b"10.0.0.5");
            domains.passed(b"a@gw.example", from(n), b"10.0.0.5");
            domains.passed(b"a@mx.example", from(n), &[n]);
        }
        assert_eq!(domains.of(b"a@gw.example"), Locality::Unknown);
        domains.passed(b"a@gw.example", from(9), b"10.0.0.5");
        domains.passed(b"a@mx.example", from(9), b"9");
        assert_eq!(domains.of(b"a@gw.example"), Locality::Ours);
        assert_eq!(domains.of(b"a@mx.example"), Locality::Unknown);
        assert_eq!(domains.taken_as_ours(), (vec![], vec!["gw.example".to_owned()]));
    }

    #[test]
    fn invented_domains_fill_no_memory() {
        let mut domains = Domains::new(&Site::default());
        for n in 0..MAX_LEARNED + 100 {
            domains.refused(format!("a@{n}.example").as_bytes());
        }
        assert_eq!(domains.learned.len(), MAX_LEARNED);
        assert_eq!(domains.of(&[b'@'; 400]), Locality::Ours);
        assert_eq!(domains.of(&[&b"a@"[..], &[b'x'; 400][..]].concat()), Locality::Foreign);
    }
}
