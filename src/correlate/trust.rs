//! Which peer addresses may relay: what was stated, else what the server's configuration says, else what is assumed.

use std::net::IpAddr;

use super::stated::{DomainList, MAX_DOMAIN, NetworkList, lower};
use crate::model::{Event, Field, Mta, NetworkRule, Site, is_private};

/// Decides whether a peer address is trusted.
#[derive(Debug)]
pub(super) struct Trust {
    site: Site,
    /// What was stated, or else what each server goes by: an address that the first rule it matches trusts is trusted.
    /// Empty where nobody said anything.
    lists: Vec<NetworkList>,
    /// Whose clients may relay because of their names, by server.
    client_domains: Vec<(Mta, DomainList)>,
    /// The first private address that was trusted without anybody having said so.
    assumed: Option<IpAddr>,
}

impl Trust {
    pub(super) fn new(site: Site) -> Self {
        let rules = |rule: &NetworkRule| (rule.network, !rule.excluded && rule.is_believable());
        let lists = if let Some(stated) = &site.trusted_networks {
            vec![NetworkList::new(stated.iter().map(|&network| (network, true)))]
        } else {
            let servers = site.servers.iter();
            servers.map(|server| NetworkList::new(server.networks.iter().map(rules))).collect()
        };
        // Stated networks leave no room for names.
        let named = site
            .servers
            .iter()
            .filter(|server| site.trusted_networks.is_none() && !server.client_domains.is_empty());
        let client_domains =
            named.map(|server| (server.mta, DomainList::new(server.client_domains.iter()))).collect();
        Self { site, lists, client_domains, assumed: None }
    }

    /// Whether mail from `ip` may be relayed because of its address alone.
    pub(super) fn of(&mut self, ip: IpAddr) -> bool {
        if ip.is_loopback() {
            return true;
        }
        if !self.lists.is_empty() {
            return self.lists.iter().any(|list| list.trusts(ip));
        }
        let private = is_private(ip);
        if private {
            self.assumed.get_or_insert(ip);
        }
        private
    }

    /// Whether the client of a line may relay because of its name, where a server's configuration says so (Sendmail's
    /// class R and access map). A name that does not lead back to its address is anybody's.
    pub(super) fn of_name(&self, event: &Event<'_>) -> bool {
        let list = self.client_domains.iter().find(|(mta, _)| Some(*mta) == event.mta());
        let (Some((_, list)), Some(name)) = (list, event.get(Field::ClientName)) else { return false };
        let forged = memchr::memmem::find(event.line(), b"(may be forged)").is_some();
        !forged && lower(name, &mut [0; MAX_DOMAIN]).is_some_and(|name| list.contains(name))
    }

    /// The first address that was trusted only because it is private.
    pub(super) fn assumed(&self) -> Option<IpAddr> {
        self.assumed
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientCertificates, ServerConfiguration};

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
