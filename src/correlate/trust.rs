//! Which peer addresses may relay: what was stated, else what the server's configuration says, else what is assumed.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::{Event, Field, NetworkRule, Site, is_private};

/// Decides whether a peer address is trusted.
#[derive(Debug)]
pub(super) struct Trust {
    site: Site,
    /// What was stated, or else what each server goes by: an address that the first rule it matches trusts is trusted.
    /// Empty where nobody said anything.
    lists: Vec<Vec<Rule>>,
    /// The first private address that was trusted without anybody having said so.
    assumed: Option<IpAddr>,
}

/// A network as its first and last address: this is looked up for every message.
#[derive(Debug)]
struct Rule {
    first: IpAddr,
    last: IpAddr,
    trusted: bool,
}

impl Rule {
    fn new(network: &IpNet, trusted: bool) -> Self {
        Self { first: network.network(), last: network.broadcast(), trusted }
    }

    fn matches(&self, ip: IpAddr) -> bool {
        // Addresses of one kind are ordered by their bits, and all of IPv4 comes before all of IPv6.
        self.first <= ip && ip <= self.last
    }
}

impl Trust {
    pub(super) fn new(site: Site) -> Self {
        let lists = if let Some(stated) = &site.trusted_networks {
            vec![stated.iter().map(|network| Rule::new(network, true)).collect()]
        } else {
            let rule = |rule: &NetworkRule| Rule::new(&rule.network, !rule.excluded && rule.is_believable());
            site.servers.iter().map(|server| server.networks.iter().map(rule).collect()).collect()
        };
        Self { site, lists, assumed: None }
    }

    /// Whether mail from `ip` may be relayed because of its address alone.
    pub(super) fn of(&mut self, ip: IpAddr) -> bool {
        if ip.is_loopback() {
            return true;
        }
        if !self.lists.is_empty() {
            return self.lists.iter().any(|list| {
                let rule = list.iter().find(|rule| rule.matches(ip));
                rule.is_some_and(|rule| rule.trusted)
            });
        }
        let private = is_private(ip);
        if private {
            self.assumed.get_or_insert(ip);
        }
        private
    }

    /// Whether the client of a line may relay because of its name, where a server's configuration says so (Sendmail's
    /// class R and access map; `stated_networks` leave no room for it). A name that does not lead back to its address
    /// is anybody's.
    pub(super) fn of_name(&self, event: &Event<'_>) -> bool {
        let server = self.site.servers.iter().find(|server| Some(server.mta) == event.mta());
        let Some(server) = server.filter(|server| !server.client_domains.is_empty()) else { return false };
        let (Some(name), None) = (event.get(Field::ClientName), &self.site.trusted_networks) else {
            return false;
        };
        let forged = memchr::memmem::find(event.line(), b"(may be forged)").is_some();
        !forged && server.client_domains.iter().any(|domain| is_within(name, domain.as_bytes()))
    }

    /// The first address that was trusted only because it is private.
    pub(super) fn assumed(&self) -> Option<IpAddr> {
        self.assumed
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }
}

/// Whether `name` is `domain`, or stands below a domain that begins with a dot.
fn is_within(name: &[u8], domain: &[u8]) -> bool {
    let Some(start) = name.len().checked_sub(domain.len()) else { return false };
    name[start..].eq_ignore_ascii_case(domain) && (start == 0 || domain.starts_with(b"."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientCertificates, Mta, ServerConfiguration};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn configured(networks: &[(&str, bool)]) -> Trust {
        let rule = |&(network, excluded): &(&str, bool)| NetworkRule {
            network: network.parse().unwrap(),
            excluded,
            stated: "mynetworks".to_owned(),
        };
        let server = ServerConfiguration {
            mta: Mta::Postfix,
            folder: String::new(),
            local_domains: Vec::new(),
            relay_domains: Vec::new(),
            client_domains: Vec::new(),
            openings: Vec::new(),
            networks: networks.iter().map(rule).collect(),
            client_certificates: ClientCertificates::None,
            unread: Vec::new(),
            notes: Vec::new(),
        };
        Trust::new(Site { servers: vec![server], ..Site::default() })
    }

    #[test]
    fn stated_networks_always_win() {
        let stated = Some(vec!["192.0.2.10/32".parse().unwrap()]);
        let mut trust = Trust::new(Site { trusted_networks: stated, ..Site::default() });
        assert!(trust.of(ip("192.0.2.10")) && trust.of(ip("127.0.0.1")) && trust.of(ip("::1")));
        assert!(!trust.of(ip("10.0.0.1")) && !trust.of(ip("192.0.2.11")));
        assert_eq!(trust.assumed(), None);
    }

    #[test]
    fn a_wide_open_mynetworks_grants_nothing() {
        let mut trust = configured(&[("0.0.0.0/0", false), ("::/0", false)]);
        assert!(!trust.of(ip("203.0.113.66")) && !trust.of(ip("10.0.0.1")) && trust.of(ip("127.0.0.1")));
        let mut trust =
            configured(&[("10.0.0.5/32", true), ("10.0.0.0/8", false), ("198.51.100.0/24", false)]);
        assert!(!trust.of(ip("10.0.0.5")) && trust.of(ip("10.0.0.6")) && trust.of(ip("198.51.100.7")));
    }

    #[test]
    fn private_addresses_are_trusted_for_want_of_better_and_it_is_remembered() {
        let mut trust = Trust::new(Site::default());
        assert!(!trust.of(ip("203.0.113.66")));
        assert_eq!(trust.assumed(), None);
        assert!(trust.of(ip("10.1.2.3")));
        assert_eq!(trust.assumed(), Some(ip("10.1.2.3")));
    }
}
