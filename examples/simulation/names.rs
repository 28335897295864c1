//! Made-up names and addresses. Domains end in `.example` (RFC 2606). Addresses come from the documentation networks
//! (RFC 5737, RFC 3849) and, for the hundreds of thousands these do not have, from 240.0.0.0/4, which is nobody's
//! (RFC 1112, section 4).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::simulation::random::spread;

/// Domains delivered on the host.
pub(crate) const LOCAL_DOMAINS: [&str; 2] = ["corp.example", "shop.example"];
/// Domains relayed for.
pub(crate) const RELAY_DOMAINS: [&str; 2] = ["branch.example", "depot.example"];
/// Networks that may relay.
pub(crate) const TRUSTED_NETWORKS: [&str; 3] = ["127.0.0.0/8", "192.0.2.0/24", "2001:db8:1::/48"];
/// The host that logs.
pub(crate) const HOST: &str = "mx1";

/// A pronounceable word for every number; different numbers have different words.
pub(crate) fn word(number: u32) -> String {
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 5] = b"aeiou";
    let mut text = String::with_capacity(8);
    let (mut rest, mut syllables) = (number, 0);
    while rest > 0 || syllables < 2 {
        let syllable = (rest % 80) as usize;
        text.push(char::from(CONSONANTS[syllable % 16]));
        text.push(char::from(VOWELS[syllable / 16]));
        rest /= 80;
        syllables += 1;
    }
    text
}

/// Somebody else's domain.
pub(crate) fn domain(number: u32) -> String {
    let mut text = word(number);
    text.push_str(".example");
    text
}

/// The mail exchanger of a foreign domain.
pub(crate) fn exchanger(number: u32) -> Client {
    let address = Ipv4Addr::from(0xF800_0000 | (number.wrapping_mul(0x9E37_79B1) & 0x00FF_FFFF));
    Client { name: format!("mx.{}", domain(number)), address: address.into() }
}

/// The mail server of a domain relayed for, by its number.
pub(crate) fn gateway(number: usize) -> Client {
    let address = Ipv4Addr::new(192, 0, 2, 129 + number as u8);
    Client { name: format!("gw.{}", RELAY_DOMAINS[number]), address: address.into() }
}

/// Our address that a client of this address connects to.
pub(crate) fn listener(client: IpAddr) -> IpAddr {
    if client.is_ipv4() {
        Ipv4Addr::new(192, 0, 2, 25).into()
    } else {
        Ipv6Addr::new(0x2001, 0xDB8, 1, 0, 0, 0, 0, 0x25).into()
    }
}

/// A host: its verified name (`unknown` without one) and address.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) address: IpAddr,
}

/// The numbered source of background traffic. Name and address depend on the number alone, and no two numbers below
/// 2^27 share an address.
pub(crate) fn source(number: u32, domains: u32) -> Client {
    let bits = spread(u64::from(number));
    let address: IpAddr = if bits.is_multiple_of(12) {
        let [high, low] = [(number >> 16) as u16 & 0x7FFF | 0x8000, number as u16];
        Ipv6Addr::new(0x2001, 0xDB8, high, low, 0, 0, 0, 0x25).into()
    } else {
        Ipv4Addr::from(0xF000_0000 | (number.wrapping_mul(0x9E37_79B1) & 0x07FF_FFFF)).into()
    };
    let name = match (bits >> 8) % 100 {
        0..15 => "unknown".to_owned(),
        15..35 => format!("host-{number}.dyn.{}", domain((bits >> 32) as u32 % 200)),
        35..60 => format!("mx{}.{}", 1 + (bits >> 16) % 4, domain(number % domains)),
        _ => format!("mail.{}", domain(number % domains)),
    };
    Client { name, address }
}

/// A user's line at home; numbered apart from all other sources.
pub(crate) fn home(user: u32, mobile: bool) -> Client {
    let mut client = source(0x0600_0000 + 2 * user + u32::from(mobile), 1);
    client.name = format!("{}-{user}.access.example", if mobile { "mob" } else { "dsl" });
    client
}

/// One of the site's own machines.
pub(crate) fn machine(number: u32) -> Client {
    let address: IpAddr = if number % 4 == 3 {
        Ipv6Addr::new(0x2001, 0xDB8, 1, 0, 0, 0, 0, 0x10 + number as u16).into()
    } else {
        Ipv4Addr::new(192, 0, 2, 10 + number as u8).into()
    };
    Client { name: format!("app{number}.corp.example"), address }
}

/// An attacker. Single ones come from 203.0.113.0/24 and `2001:db8:bad::/48`, crowds from 250.0.0.0/8.
pub(crate) fn attacker(number: u32) -> Client {
    let address: IpAddr = if number % 5 == 4 || number >= 250 {
        Ipv6Addr::new(0x2001, 0xDB8, 0xBAD, number as u16, 0, 0, 0, 0x66).into()
    } else {
        Ipv4Addr::new(203, 0, 113, 1 + number as u8).into()
    };
    let name =
        if number.is_multiple_of(3) { "unknown".to_owned() } else { format!("vps{number}.rented.example") };
    Client { name, address }
}

/// Member `host` of network `network` of a crowd.
pub(crate) fn crowd(network: u32, host: u32) -> Client {
    let address = Ipv4Addr::from(0xFA00_0000 | (network & 0xFFFF) << 8 | (host & 0xFF));
    Client { name: "unknown".to_owned(), address: address.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn sources_and_words_are_distinct() {
        let addresses: HashSet<IpAddr> = (0..200_000).map(|number| source(number, 50_000).address).collect();
        assert_eq!(addresses.len(), 200_000);
        let words: HashSet<String> = (0..50_000).map(word).collect();
        assert_eq!(words.len(), 50_000);
    }

    #[test]
    fn no_stranger_has_a_trusted_address() {
        let trusted: Vec<ipnet::IpNet> =
            TRUSTED_NETWORKS.iter().filter_map(|text| text.parse().ok()).collect();
        assert_eq!(trusted.len(), TRUSTED_NETWORKS.len());
        let is_trusted = |client: &Client| trusted.iter().any(|network| network.contains(&client.address));
        assert!((0..40).all(|number| is_trusted(&machine(number))));
        assert!(!(0..200_000).any(|number| is_trusted(&source(number, 1000))));
        assert!(!(0..3000).any(|number| is_trusted(&attacker(number)) || is_trusted(&home(number, true))));
    }
}
