//! Subjects as people name them in routes and silences.

use std::fmt;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

use crate::model::stated::network;
use crate::model::{Subject, SubjectKind, domain_of};

/// Whom an alert is about, as stated.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Named {
    /// An address or a network, and all within.
    Network(IpNet),
    /// Anybody by name, in lower case. A domain names its accounts, too; with a leading dot it names all below it.
    Name(String),
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                write!(f, "{}", network.addr())
            }
            Self::Network(network) => write!(f, "{network}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Whether `text` names a subject that a silence or a route can be about; if not, what to write instead.
///
/// # Errors
/// The message for whoever wrote it.
pub fn check_subject(text: &str) -> Result<(), String> {
    Named::read(text).map(drop)
}

impl Named {
    /// What `text` names.
    ///
    /// # Errors
    /// If it is nearly a network: what is wrong, and what was meant.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        match network(text) {
            Ok(network) => Ok(Self::Network(network)),
            // `192.0.2.5/24`: no name looks like that.
            Err((message, hint)) if text.parse::<IpNet>().is_ok() => {
                Err(hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}")))
            }
            Err(_) if text.trim().is_empty() => {
                Err("expected an address, a network, an account or a domain".to_owned())
            }
            Err(_) => Ok(Self::Name(text.to_lowercase())),
        }
    }

    /// Whether `subject` is meant.
    pub(super) fn names(&self, subject: &Subject) -> bool {
        let value = &subject.value;
        match self {
            Self::Network(network) => match subject.kind {
                SubjectKind::Ip => value.parse().is_ok_and(|ip: std::net::IpAddr| network.contains(&ip)),
                SubjectKind::Network => value.parse().is_ok_and(|part: IpNet| network.contains(&part)),
                _ => false,
            },
            Self::Name(name) => {
                let value = value.to_lowercase();
                let domain = match subject.kind {
                    SubjectKind::Account => domain_of(value.as_bytes()),
                    SubjectKind::Domain | SubjectKind::Destination => Some(value.as_bytes()),
                    _ => None,
                };
                let is_domain = |domain: &[u8]| {
                    let is_below = name.starts_with('.') && domain.len() > name.len();
                    domain == name.as_bytes() || is_below && domain.ends_with(name.as_bytes())
                };
                *name == value || domain.is_some_and(is_domain)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(text)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Network;

    #[test]
    fn subjects_are_named_by_address_network_account_or_domain() {
        let ip = |text: &str| Subject::ip(text.parse().unwrap());
        let net = |text: &str| Subject::network(Network::of(text.parse().unwrap()));
        for (text, subject, want) in [
            ("192.0.2.7", ip("192.0.2.7"), true),
            ("192.0.2.0/25", ip("192.0.2.7"), true),
            ("192.0.2.0/25", ip("192.0.2.200"), false),
            ("2001:db8::/32", ip("2001:DB8::1"), true),
            ("192.0.2.7", net("192.0.2.7"), false),
            ("192.0.0.0/16", net("192.0.2.7"), true),
            ("Ann@Harbour.example", Subject::account(b"ann@HARBOUR.example"), true),
            ("harbour.example", Subject::account(b"ann@harbour.example"), true),
            ("Harbour.Example", Subject::domain(b"harbour.EXAMPLE"), true),
            ("harbour.example", Subject::domain(b"old.harbour.example"), false),
            (".harbour.example", Subject::domain(b"old.harbour.example"), true),
            (".harbour.example", Subject::domain(b"harbour.example"), false),
            ("JÖRG", Subject::account("jörg".as_bytes()), true),
            ("site", Subject::site(), true),
            ("192.0.2.7", Subject::account(b"192.0.2.7"), false),
        ] {
            assert_eq!(Named::read(text).unwrap().names(&subject), want, "{text} {subject}");
        }
    }

    #[test]
    fn what_is_nearly_a_network_is_a_mistake() {
        let error = Named::read("192.0.2.5/24").unwrap_err();
        assert!(error.contains("192.0.2.0/24"), "{error}");
        assert!(Named::read(" ").unwrap_err().contains("expected an address"));
    }
}
