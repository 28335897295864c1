//! What a person says of something that was learned.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::stated::network;
use super::{KnownSource, Learned, Measure, Network, Normal, Subject, SubjectKind, parse_ip};

/// RFC 5321, section 4.5.3.1: 64 octets of local part, an @, 255 of domain. Longer is nobody's name.
const MAX_NAME: usize = 320;

/// It is right, or it is to be as if it never was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// It is right: an address or a network is never forgotten, and what was too special to learn from is learned from.
    Approve,
    /// As if it was never seen.
    Forget,
}

impl Verb {
    /// Its name: `approve`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Forget => "forget",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Approve, Self::Forget].into_iter().find(|verb| verb.name() == name)
    }
}

/// Whom it is said of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// The whole site.
    Site,
    /// An address.
    Ip(IpAddr),
    /// Every address of a network, and itself.
    Network(IpNet),
    /// An account, a local user, a domain or a destination of this name, whatever its case.
    Name(String),
}

/// One thing that a person says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ruling {
    /// What.
    pub verb: Verb,
    /// Of whom.
    pub about: About,
}

impl About {
    /// Whether an address is meant.
    pub fn names_ip(&self, ip: IpAddr) -> bool {
        match self {
            Self::Ip(named) => *named == ip,
            Self::Network(network) => network.contains(&ip),
            Self::Site | Self::Name(_) => false,
        }
    }

    /// Whether all of a neighbourhood is meant, or an address in it, by which people know it.
    pub fn names_network(&self, network: Network) -> bool {
        match self {
            Self::Ip(ip) => Network::of(*ip) == network,
            Self::Network(named) => {
                named.prefix_len() <= network.prefix_len() && named.contains(&network.first())
            }
            Self::Site | Self::Name(_) => false,
        }
    }

    /// Whether an account of this name is meant.
    pub fn names_account(&self, name: &[u8]) -> bool {
        matches!(self, Self::Name(named) if named.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Whether `subject` is meant.
    pub fn names(&self, subject: &Subject) -> bool {
        match subject.kind {
            SubjectKind::Site => *self == Self::Site,
            SubjectKind::Ip => parse_ip(subject.value.as_bytes()).is_some_and(|ip| self.names_ip(ip)),
            _ => self.names_account(subject.value.as_bytes()),
        }
    }

    /// Whether `learned` has anything that is meant.
    pub fn is_in(&self, learned: &Learned) -> bool {
        learned.sources.iter().any(|source| self.names_ip(source.ip))
            || learned.accounts.iter().any(|account| self.names_account(account.name.as_bytes()))
            || learned.intermediaries.iter().any(|known| self.names_network(known.network))
            || learned.subjects().any(|normal| self.names(&normal.subject))
    }
}

impl FromStr for About {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "site" {
            return Ok(Self::Site);
        }
        if let Some(ip) = parse_ip(text.as_bytes()) {
            return Ok(Self::Ip(ip));
        }
        if text.contains('/') {
            let network = network(text).map_err(|(wrong, hint)| match hint {
                Some(hint) => format!("{wrong}; {hint}"),
                None => wrong,
            })?;
            return Ok(Self::Network(network));
        }
        if text.is_empty() || text.len() > MAX_NAME || text.chars().any(char::is_control) {
            return Err("expected an address, a network, an account, a domain or `site`, like 192.0.2.7, 192.0.2.0/24, \
                        ann@harbour.example or harbour.example"
                .to_owned());
        }
        Ok(Self::Name(text.to_owned()))
    }
}

/// As [`About::from_str`] reads it.
impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site => f.write_str("site"),
            Self::Ip(ip) => ip.fmt(f),
            Self::Network(network) => network.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Learned {
    /// The same after `ruling`, as detectors will have it once they know of it.
    pub fn ruled(&mut self, ruling: &Ruling) {
        let about = &ruling.about;
        match ruling.verb {
            Verb::Approve => {
                let named = self.sources.iter_mut().filter(|source| about.names_ip(source.ip));
                named.for_each(|source| source.is_approved = true);
                if let About::Ip(ip) = *about
                    && self.sources.iter().all(|source| source.ip != ip)
                {
                    self.sources.push(KnownSource::approved(ip));
                }
                let named = self.intermediaries.iter_mut().filter(|known| about.names_network(known.network));
                named.for_each(|known| known.conduct.approve());
                let normals = self.normals.iter_mut().filter(|normal| about.names(&normal.subject));
                normals.filter(|normal| normal.measure != Measure::Lines).for_each(Normal::approve);
            }
            Verb::Forget => {
                self.sources.retain(|source| !about.names_ip(source.ip));
                self.intermediaries.retain(|known| !about.names_network(known.network));
                self.accounts.retain(|account| !about.names_account(account.name.as_bytes()));
                self.normals
                    .retain(|normal| normal.measure == Measure::Lines || !about.names(&normal.subject));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Conduct, EventTime, Hourly, KnownAccount, KnownIntermediary, Network};

    fn about(text: &str) -> About {
        text.parse().unwrap()
    }

    #[test]
    fn whom_is_meant_is_read_and_written() {
        for text in
            ["site", "192.0.2.7", "2001:db8::1", "192.0.2.0/24", "ann@harbour.example", "harbour.example"]
        {
            assert_eq!(about(text).to_string(), text);
        }
        assert_eq!(about("::ffff:192.0.2.7"), about("192.0.2.7"));
        for (wrong, hint) in [
            ("", "192.0.2.7"),
            ("a\nb", "192.0.2.7"),
            ("192.0.2.5/24", "192.0.2.0/24"),
            ("a/b", "192.0.2.0/24"),
        ] {
            let error = wrong.parse::<About>().unwrap_err();
            assert!(error.contains(hint), "{wrong}: {error}");
        }
    }

    fn intermediary(ip: &str) -> KnownIntermediary {
        let (network, last_seen) = (Network::of(ip.parse().unwrap()), EventTime::from_seconds(0));
        KnownIntermediary { network, last_seen, conduct: Conduct::default() }
    }

    fn learned() -> Learned {
        let source = |ip: &str| KnownSource {
            ip: ip.parse().unwrap(),
            last_seen: EventTime::from_seconds(0),
            is_approved: false,
        };
        let normal = |measure, subject| Normal {
            measure,
            subject,
            begins: 1,
            hours: vec![Hourly::new(3), Hourly::new(9).excluded()],
        };
        Learned {
            sources: vec![source("192.0.2.7"), source("192.0.2.8"), source("198.51.100.7")],
            accounts: vec![KnownAccount {
                name: "Ann@harbour.example".to_owned(),
                networks: vec![Network::of("192.0.2.7".parse().unwrap())],
                last_seen: EventTime::from_seconds(0),
            }],
            intermediaries: ["203.0.113.0", "2001:db8::"].map(intermediary).into(),
            normals: vec![
                normal(Measure::Lines, Subject::site()),
                normal(Measure::Denials, Subject::site()),
                normal(Measure::Recipients, Subject::ip("192.0.2.7".parse().unwrap())),
                normal(Measure::Bounces, Subject::domain(b"harbour.example")),
            ],
        }
    }

    fn ruled(verb: Verb, text: &str) -> Learned {
        let mut learned = learned();
        learned.ruled(&Ruling { verb, about: about(text) });
        learned
    }

    #[test]
    fn what_is_forgotten_is_gone_and_nothing_else_is() {
        let count =
            |learned: &Learned| (learned.sources.len(), learned.accounts.len(), learned.normals.len());
        for (text, left) in [
            ("192.0.2.7", (2, 1, 3)),
            ("192.0.2.0/24", (1, 1, 3)),
            ("ann@HARBOUR.example", (3, 0, 4)),
            ("harbour.example", (3, 1, 3)),
            // The hours in which there was a log stay: they are nobody's.
            ("site", (3, 1, 3)),
            ("192.0.3.1", (3, 1, 4)),
        ] {
            assert_eq!(count(&ruled(Verb::Forget, text)), left, "{text}");
            assert_eq!(about(text).is_in(&learned()), left != (3, 1, 4), "{text}");
        }
    }

    #[test]
    fn a_neighbourhood_is_meant_by_its_addresses_and_by_what_is_as_wide_or_wider() {
        for (text, expected) in [
            ("203.0.113.7", [true, false]),
            ("203.0.113.0/24", [true, false]),
            ("203.0.112.0/23", [true, false]),
            ("203.0.113.0/28", [false, false]),
            ("2001:db8::7", [false, true]),
            ("2001:db8::/32", [false, true]),
            ("0.0.0.0/0", [true, false]),
            ("site", [false, false]),
        ] {
            let known = learned().intermediaries;
            let named = known.iter().map(|known| about(text).names_network(known.network));
            assert_eq!(named.collect::<Vec<_>>(), expected, "{text}");
            let approved = ruled(Verb::Approve, text).intermediaries;
            let is_so = |known: &KnownIntermediary| known.conduct.is_known && known.conduct.is_approved;
            assert_eq!(approved.iter().map(is_so).collect::<Vec<_>>(), expected, "{text}");
            let left = ruled(Verb::Forget, text).intermediaries.len();
            assert_eq!(left, expected.iter().filter(|&&is_gone| !is_gone).count(), "{text}");
        }
    }

    #[test]
    fn what_is_approved_is_known_and_learned_from() {
        let approved = |learned: &Learned| learned.sources.iter().filter(|source| source.is_approved).count();
        let excluded = |learned: &Learned| {
            learned.subjects().filter(|normal| normal.hours.iter().any(|hour| hour.is_excluded())).count()
        };
        for (text, sources, special) in [
            ("192.0.2.7", 1, 2),
            ("192.0.2.0/24", 2, 2),
            ("203.0.113.1", 1, 3),
            ("site", 0, 2),
            ("harbour.example", 0, 2),
        ] {
            let learned = ruled(Verb::Approve, text);
            assert_eq!((approved(&learned), excluded(&learned)), (sources, special), "{text}");
        }
        assert_eq!(ruled(Verb::Approve, "203.0.113.1").sources.len(), 4, "it need not have been seen");
    }
}
