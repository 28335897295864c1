//! Addresses and networks as Sendmail writes them: whole, or cut after a part (`192.0.2`, `IPv6:2001:db8`). It knows no
//! masks.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use crate::audit::octets;

/// The network that `text` stands for; `None` for a name.
pub(super) fn of(text: &str) -> Option<IpNet> {
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    match lower.strip_prefix("ipv6:") {
        Some(parts) => v6(parts),
        None => octets::network(text),
    }
}

fn v6(text: &str) -> Option<IpNet> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some(IpNet::from(IpAddr::V6(address)));
    }
    let parts = text.split(':').map(|part| u16::from_str_radix(part, 16).ok());
    let given: Vec<u16> = parts.collect::<Option<_>>()?;
    let mut groups = [0; 8];
    groups.get_mut(..given.len())?.copy_from_slice(&given);
    IpNet::new(IpAddr::V6(Ipv6Addr::from(groups)), 16 * given.len() as u8).ok()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn networks_end_after_a_part() {
        for (text, want) in [
            ("192.0.2.10", Some("192.0.2.10/32")),
            ("192.0.2", Some("192.0.2.0/24")),
            ("[192.0.2.10]", Some("192.0.2.10/32")),
            ("10", Some("10.0.0.0/8")),
            ("IPv6:2001:db8:1:0:0:0:0:10", Some("2001:db8:1::10/128")),
            ("IPv6:2001:db8", Some("2001:db8::/32")),
            ("ipv6:2001:db8::1", Some("2001:db8::1/128")),
            ("192.0.2.0/24", None),
            ("branch.example", None),
            ("192.0.2.10.9", None),
        ] {
            assert_eq!(of(text).map(|network| network.to_string()), want.map(str::to_owned), "{text}");
        }
    }
}
