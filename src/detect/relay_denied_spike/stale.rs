//! A domain whose mail still comes here, though it is none of ours: its MX record was forgotten.
//!
//! Then mail servers from everywhere are denied for that one domain. Who looks for open relays is denied for it, too; told
//! apart is that by names: a mail server has a name that leads back to its address, and greets with it. A domain to which
//! this server itself sends mail lives elsewhere, so its MX record does not lead here.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::aggregate::Reuse;
use crate::detect::recent::Recent;
use crate::detect::spell::Spell;
use crate::detect::watched::Watchable;
use crate::model::{Attempt, EventTime, domain_of, is_relay_trick};

/// RFC 1035, section 2.3.4.
const MAX_DOMAIN: usize = 255;

/// A domain for which mail servers were denied.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Domain {
    pub(super) name: Box<[u8]>,
    /// Networks they are in.
    pub(super) networks: Recent,
    /// Mail to it goes elsewhere.
    pub(super) lives_elsewhere: bool,
    /// How often they were denied, since when.
    pub(super) denied: u64,
    pub(super) first: EventTime,
    pub(super) spell: Spell,
}

impl Reuse for Domain {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Domain {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spell
    }
}

/// The domain that a denied attempt asked for, if it is spelled as domains are: it becomes the subject of an alert.
pub(super) fn asked_for<'a>(attempt: &Attempt<'a>) -> Option<&'a [u8]> {
    let recipient = attempt.recipient.filter(|recipient| !is_relay_trick(recipient))?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    domain_of(recipient)
        .filter(|domain| domain.len() <= MAX_DOMAIN && domain.contains(&b'.') && domain.iter().all(is_plain))
}

/// Whether the client looks like a mail server: its address has a name that was given to it alone, and it greets with that, as
/// far as the log says.
pub(super) fn is_mail_server(attempt: &Attempt<'_>) -> bool {
    let Some(name) = attempt.client_name.filter(|&name| name != b"unknown") else { return false };
    attempt.helo.is_none_or(|helo| helo.eq_ignore_ascii_case(name))
        && attempt.client_ip.is_none_or(|ip| !is_made_of(name, ip))
}

/// Whether a name is made of its address, as access providers name the lines of their customers: it has the last two
/// numbers of it (`dsl-113-66.isp.example` of 203.0.113.66).
fn is_made_of(name: &[u8], ip: IpAddr) -> bool {
    let IpAddr::V4(ip) = ip else { return false };
    ip.octets()[2..].iter().all(|octet| {
        let mut numbers = name.split(|byte| !byte.is_ascii_digit());
        numbers.any(|number| std::str::from_utf8(number).ok().and_then(|number| number.parse().ok()) == Some(*octet))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_line_is_no_mail_servers() {
        let ip = "203.0.113.66".parse().unwrap();
        for line in ["dsl-113-66.isp.example", "66.113.0.203.isp.example", "h066-113.isp.example"] {
            assert!(is_made_of(line.as_bytes(), ip), "{line}");
        }
        for server in ["mail.far.example", "mx66.far.example", "mail-113.far.example", "a1136.far.example"] {
            assert!(!is_made_of(server.as_bytes(), ip), "{server}");
        }
    }
}
