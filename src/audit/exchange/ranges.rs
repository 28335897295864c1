//! Address ranges as Exchange writes them: `192.0.2.10`, `192.0.2.0/24`, `192.0.2.0(255.255.255.0)`, `192.0.2.1-192.0.2.9`.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

/// The networks that make up `range`; `None` if it is none.
pub(super) fn networks(range: &str) -> Option<Vec<IpNet>> {
    if let Some((first, last)) = range.split_once('-') {
        return Some(match (address(first)?, address(last)?) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                Ipv4Subnets::new(first, last, 0).map(IpNet::V4).collect()
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                Ipv6Subnets::new(first, last, 0).map(IpNet::V6).collect()
            }
            _ => return None,
        });
    }
    if let Some((network, mask)) = range.split_once('(') {
        let mask = address(mask.strip_suffix(')')?)?;
        return Some(vec![IpNet::with_netmask(address(network)?, mask).ok()?.trunc()]);
    }
    if range.contains('/') {
        return Some(vec![range.parse::<IpNet>().ok()?.trunc()]);
    }
    Some(vec![IpNet::from(address(range)?)])
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.split('%').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::networks;

    #[test]
    fn every_spelling_is_read() {
        for (range, want) in [
            ("192.0.2.10", "192.0.2.10/32"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.0(255.255.255.0)", "192.0.2.0/24"),
            ("0.0.0.0-255.255.255.255", "0.0.0.0/0"),
            ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"),
            ("192.0.2.0-192.0.2.2", "192.0.2.0/31 192.0.2.2/32"),
            ("2001:db8::1", "2001:db8::1/128"),
        ] {
            let got: Vec<String> = networks(range).unwrap().iter().map(ToString::to_string).collect();
            assert_eq!(got.join(" "), want, "{range}");
        }
        for bad in ["", "x", "192.0.2.1-2001:db8::1", "192.0.2.0/33", "192.0.2.9-192.0.2.1x"] {
            assert_eq!(networks(bad), None, "{bad}");
        }
    }
}
