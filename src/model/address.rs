//! Mail addresses and networks, as far as deciding who may relay needs them (RFC 5321, sections 4.1.2 and 4.1.3).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// The domain of an address: what stands behind its last `@`, or before its first `!` where it has none (a route of
/// UUCP, RFC 976); `None` where there is neither.
pub fn domain_of(address: &[u8]) -> Option<&[u8]> {
    // `"user@domain"`, all of it in quotes: careless servers send that on to the domain.
    let inside = address.strip_prefix(b"\"").and_then(|inside| inside.strip_suffix(b"\""));
    let address = inside.unwrap_or(address);
    let domain = match memchr::memrchr(b'@', address) {
        Some(at) => &address[at + 1..],
        None => &address[..memchr::memchr(b'!', address)?],
    };
    (!domain.is_empty()).then_some(domain)
}

/// The local part of an address: what stands before its last `@`, or all of it.
pub fn local_part_of(address: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', address).map_or(address, |at| &address[..at])
}

/// Whether the local part carries another destination: `user%victim@us`, `victim!user@us`, `user@victim@us`,
/// `@us:user@victim` (the source route of RFC 821) or any of them in quotes. The classic ways to make a careless
/// server relay: such an address is no alias, whatever its domain.
pub fn is_relay_trick(address: &[u8]) -> bool {
    let local = local_part_of(address);
    if local.first() == Some(&b'@') {
        return true;
    }
    // A percent or bang needs something on both sides to be a route: `100%@us` is only odd.
    local.iter().enumerate().any(|(at, &byte)| {
        matches!(byte, b'%' | b'!' | b'@')
            && at > 0
            && at + 1 < local.len()
            && local[..at].iter().any(u8::is_ascii_alphanumeric)
            && local[at + 1..].iter().any(u8::is_ascii_alphanumeric)
    })
}

/// An address as text: dotted IPv4, IPv6 with or without `IPv6:` in front and a zone behind; IPv4-mapped IPv6 is
/// IPv4. `None` for anything else (`unknown`).
pub fn parse_ip(text: &[u8]) -> Option<IpAddr> {
    let text = text.strip_prefix(b"IPv6:").unwrap_or(text);
    // The longest form (IPv4-mapped, RFC 4291 section 2.2) has 45 characters; a zone adds a few.
    if text.len() > 64 || text.len() < 2 {
        return None;
    }
    if let Some(ip) = parse_ipv4(text) {
        return Some(IpAddr::V4(ip));
    }
    memchr::memchr(b':', text)?;
    let text = memchr::memchr(b'%', text).map_or(text, |zone| &text[..zone]);
    let ip: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4))
}

fn parse_ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    leading_ipv4(text).filter(|&(_, len)| len == text.len()).map(|(ip, _)| ip)
}

/// The dotted IPv4 address at the start of `text`, and its length; its last part is read as far as it may go, three
/// digits. By hand: this runs for every connection in a log.
#[inline]
pub fn leading_ipv4(text: &[u8]) -> Option<(Ipv4Addr, usize)> {
    // Four parts of at most three digits, three points: mostly there is more text behind the longest.
    let Some(text) = text.first_chunk::<16>() else {
        let mut padded = [0; 16];
        padded[..text.len()].copy_from_slice(text);
        return ipv4(&padded);
    };
    ipv4(text)
}

#[inline]
fn ipv4(text: &[u8; 16]) -> Option<(Ipv4Addr, usize)> {
    let (mut bits, mut at) = (0, 0);
    for part in 0..4 {
        let digit = |at: usize| u32::from(text[at & 15].wrapping_sub(b'0'));
        let (first, second, third) = (digit(at), digit(at + 1), digit(at + 2));
        let (value, len) = match (first < 10, second < 10, third < 10) {
            (true, true, true) => (first * 100 + second * 10 + third, 3),
            (true, true, false) => (first * 10 + second, 2),
            (true, false, _) => (first, 1),
            (false, ..) => return None,
        };
        at += len;
        if value > 255 || (part < 3 && text[at & 15] != b'.') {
            return None;
        }
        bits = bits << 8 | value;
        at += usize::from(part < 3);
    }
    Some((Ipv4Addr::from_bits(bits), at))
}

/// Loopback, RFC 1918, IPv6 unique local (RFC 4193) and link-local addresses.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The neighbourhood of an address, as abuse is counted: /24 of IPv4, /64 of IPv6 (one customer's share, RFC 6177).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Network(IpAddr);

impl Network {
    /// The network of `ip`.
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip {
            IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & 0xffff_ff00)),
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
        })
    }

    /// Its first address.
    pub fn first(self) -> IpAddr {
        self.0
    }

    /// Its width in bits.
    pub fn prefix_len(self) -> u8 {
        if self.0.is_ipv4() { 24 } else { 64 }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.prefix_len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart_at_the_last_at_sign() {
        assert_eq!(domain_of(b"a@b@c.example"), Some(&b"c.example"[..]));
        assert_eq!(domain_of(b"root"), None);
        assert_eq!(domain_of(b"a@"), None);
        assert_eq!(local_part_of(b"a@b@c.example"), b"a@b");
        assert_eq!(domain_of(b"far.example!user"), Some(&b"far.example"[..]));
        assert_eq!(domain_of(b"\"user@far.example\""), Some(&b"far.example"[..]));
    }

    #[test]
    fn relay_tricks_are_told_from_odd_names() {
        for trick in
            ["u%v.example@us.example", "v.example!u", "u@v.example@us.example", "@us.example:u@v.example"]
        {
            assert!(is_relay_trick(trick.as_bytes()), "{trick}");
        }
        assert!(is_relay_trick(b"\"u@v.example\"@us.example"));
        for plain in
            ["bob@us.example", "100%@us.example", "!bob@us.example", "bob+x=y.example@us.example", ""]
        {
            assert!(!is_relay_trick(plain.as_bytes()), "{plain}");
        }
    }

    #[test]
    fn addresses_parse_in_every_spelling_servers_use() {
        let v4 = |text: &str| Some(IpAddr::V4(text.parse().unwrap()));
        assert_eq!(parse_ip(b"192.0.2.1"), v4("192.0.2.1"));
        assert_eq!(parse_ip(b"::ffff:192.0.2.1"), v4("192.0.2.1"));
        assert_eq!(parse_ip(b"IPv6:2001:db8::1"), Some("2001:db8::1".parse().unwrap()));
        assert_eq!(parse_ip(b"fe80::1%eth0"), Some("fe80::1".parse().unwrap()));
        for bad in
            ["unknown", "192.0.2", "192.0.2.256", "192.0.2.1.5", "", "1.2.3.", "0x1.2.3.4", "1.2.3.0004"]
        {
            assert_eq!(parse_ip(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn networks_are_24_or_64_bits_wide() {
        assert_eq!(Network::of("203.0.113.66".parse().unwrap()).to_string(), "203.0.113.0/24");
        assert_eq!(Network::of("2001:db8:bad::66".parse().unwrap()).to_string(), "2001:db8:bad::/64");
    }
}
