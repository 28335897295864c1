//! Which peer addresses may relay: what was stated, else what the server's configuration says, else what is assumed.

use std::net::IpAddr;

use crate::model::{Site, is_private};

/// Decides whether a peer address is trusted.
#[derive(Debug)]
pub(super) struct Trust {
    site: Site,
    /// The first private address that was trusted without anybody having said so.
    assumed: Option<IpAddr>,
}

impl Trust {
    pub(super) fn new(site: Site) -> Self {
        Self { site, assumed: None }
    }

    /// Whether mail from `ip` may be relayed because of its address alone.
    pub(super) fn of(&mut self, ip: IpAddr) -> bool {
        if ip.is_loopback() {
            return true;
        }
        if let Some(networks) = &self.site.trusted_networks {
            return networks.iter().any(|network| network.contains(&ip));
        }
        if !self.site.servers.is_empty() {
            // Each server goes by the first rule of its own.
            return self.site.servers.iter().any(|server| {
                let rule = server.networks.iter().find(|rule| rule.network.contains(&ip));
                rule.is_some_and(|rule| !rule.excluded && rule.is_believable())
            });
        }
        let private = is_private(ip);
        if private {
            self.assumed.get_or_insert(ip);
        }
        private
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
    use crate::model::{ClientCertificates, Mta, NetworkRule, ServerConfiguration};

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
