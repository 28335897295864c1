//! What somebody stated, for looking up: a site may name a hundred thousand networks and domains, and they are asked
//! about for every message.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use ahash::RandomState;
use ipnet::IpNet;

/// RFC 1035, section 2.3.4.
pub(super) const MAX_DOMAIN: usize = 255;

/// Networks of which the first that matches decides, as in Postfix's `mynetworks`.
#[derive(Debug, Default)]
pub(super) struct NetworkList {
    /// The place of each in the list, and whether it is trusted.
    rules: HashMap<IpNet, (usize, bool), RandomState>,
    /// The lengths of their prefixes, IPv4 and IPv6.
    lengths: [Vec<u8>; 2],
}

impl NetworkList {
    /// Networks in the order in which they were stated, and whether each is trusted.
    pub(super) fn new(stated: impl Iterator<Item = (IpNet, bool)>) -> Self {
        let mut list = Self::default();
        for (place, (network, trusted)) in stated.enumerate() {
            list.rules.entry(network.trunc()).or_insert((place, trusted));
            let lengths = &mut list.lengths[usize::from(network.addr().is_ipv6())];
            if !lengths.contains(&network.prefix_len()) {
                lengths.push(network.prefix_len());
            }
        }
        list
    }

    pub(super) fn trusts(&self, ip: IpAddr) -> bool {
        let lengths = self.lengths[usize::from(ip.is_ipv6())].iter();
        let rules = lengths.filter_map(|&length| self.rules.get(&IpNet::new(ip, length).ok()?.trunc()));
        rules.min_by_key(|&(place, _)| place).is_some_and(|&(_, trusted)| trusted)
    }
}

/// Domains: `example.com`, or `.example.com` for everything below it.
#[derive(Debug, Default)]
pub(super) struct DomainList {
    domains: HashSet<Box<[u8]>, RandomState>,
    /// Whether any of them stands for everything below it.
    below: bool,
}

impl DomainList {
    pub(super) fn new<'a>(stated: impl Iterator<Item = &'a String>) -> Self {
        let domains: HashSet<Box<[u8]>, RandomState> =
            stated.map(|domain| domain.to_ascii_lowercase().into_bytes().into_boxed_slice()).collect();
        let below = domains.iter().any(|domain| domain.starts_with(b"."));
        Self { domains, below }
    }

    /// Whether `domain`, in lower case ([`lower`]), is in the list.
    pub(super) fn contains(&self, domain: &[u8]) -> bool {
        self.domains.contains(domain)
            || self.below
                && memchr::memchr_iter(b'.', domain).any(|dot| self.domains.contains(&domain[dot..]))
    }
}

/// `domain` in lower case; `None` if it is longer than any domain.
pub(super) fn lower<'b>(domain: &[u8], buffer: &'b mut [u8; MAX_DOMAIN]) -> Option<&'b [u8]> {
    let buffer = buffer.get_mut(..domain.len())?;
    buffer.copy_from_slice(domain);
    buffer.make_ascii_lowercase();
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_network_that_matches_decides() {
        let stated = [("10.0.0.5/32", false), ("10.0.0.0/8", true), ("10.1.0.0/16", false), ("::/0", true)];
        let list =
            NetworkList::new(stated.iter().map(|(network, trusted)| (network.parse().unwrap(), *trusted)));
        let trusted = |ip: &str| list.trusts(ip.parse().unwrap());
        assert!(trusted("10.0.0.6") && trusted("10.1.0.1") && trusted("2001:db8::1"));
        assert!(!trusted("10.0.0.5") && !trusted("192.0.2.1"));
    }

    #[test]
    fn a_dot_stands_for_everything_below() {
        let list = DomainList::new(["harbour.example".to_owned(), ".Quay.example".to_owned()].iter());
        assert!(list.contains(b"harbour.example") && list.contains(b"a.b.quay.example"));
        assert!(!list.contains(b"a.harbour.example") && !list.contains(b"quay.example"));
        assert!(!list.contains(b"notquay.example"));
    }
}
