//! Whom an exception is for.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::model::stated::{self, Wrong};
use crate::model::{Network, domain_of};

/// Sources, accounts and domains that something holds for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Whom {
    /// Addresses and networks.
    sources: Vec<Source>,
    /// Login names, compared without their case.
    accounts: Vec<String>,
    /// Mail domains and what stands behind the @ of accounts.
    domains: Vec<Domain>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source(IpNet);

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        stated::network(&String::deserialize(text)?).map(Self).map_err(in_one_line)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Domain(String);

impl<'de> Deserialize<'de> for Domain {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        stated::domain(&String::deserialize(text)?).map(Self).map_err(in_one_line)
    }
}

fn in_one_line<E: Error>((message, hint): Wrong) -> E {
    E::custom(hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}")))
}

impl Whom {
    /// These sources, accounts and domains.
    pub(in crate::detect) fn new(sources: Vec<Source>, accounts: Vec<String>, domains: Vec<Domain>) -> Self {
        Self { sources, accounts, domains }
    }

    /// Nobody.
    pub(in crate::detect) fn is_nobody(&self) -> bool {
        self.sources.is_empty() && self.accounts.is_empty() && self.domains.is_empty()
    }

    pub(in crate::detect) fn names_ip(&self, ip: IpAddr) -> bool {
        self.sources.iter().any(|source| source.0.contains(&ip))
    }

    /// The whole of `network`.
    pub(in crate::detect) fn names_network(&self, network: Network) -> bool {
        let is_wide = |source: &Source| source.0.prefix_len() <= network.prefix_len();
        self.sources.iter().any(|source| is_wide(source) && source.0.contains(&network.first()))
    }

    pub(in crate::detect) fn names_account(&self, name: &[u8]) -> bool {
        self.accounts.iter().any(|account| account.as_bytes().eq_ignore_ascii_case(name))
            || domain_of(name).is_some_and(|domain| self.names_domain(domain))
    }

    /// `domain` itself, or the domain above it where it is stated with a leading dot.
    pub(in crate::detect) fn names_domain(&self, domain: &[u8]) -> bool {
        self.domains.iter().any(|Domain(stated)| {
            if stated.starts_with('.') {
                let tail = domain.len().checked_sub(stated.len()).map(|at| &domain[at..]);
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(stated.as_bytes()))
            } else {
                stated.as_bytes().eq_ignore_ascii_case(domain)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_named_is_named_by_address_account_or_domain() {
        let whom: Whom = toml::from_str(
            "sources = ['192.0.2.7', '198.51.100.0/23']\naccounts = ['Ann@harbour.example']\n\
             domains = ['.list.example', 'shop.example']",
        )
        .unwrap();
        let ip = |text: &str| text.parse().unwrap();
        assert!(whom.names_ip(ip("192.0.2.7")) && !whom.names_ip(ip("192.0.2.8")));
        assert!(whom.names_network(Network::of(ip("198.51.101.9"))));
        assert!(!whom.names_network(Network::of(ip("192.0.2.7"))), "one address is not its network");
        assert!(whom.names_account(b"ann@HARBOUR.example") && !whom.names_account(b"bob@harbour.example"));
        assert!(whom.names_account(b"till@shop.example"), "by its domain");
        assert!(whom.names_domain(b"a.LIST.example") && !whom.names_domain(b"list.example"));
        assert!(!whom.names_domain(b"my-shop.example"));
    }
}
