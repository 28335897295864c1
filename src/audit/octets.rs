//! Networks written as the leading octets of their addresses, as access maps have them.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

/// `192.0.2.5`, or leading octets for a whole network: `192.0.2`, `10`.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let given: Vec<u8> = text.split('.').map(|octet| octet.parse::<u8>().ok()).collect::<Option<_>>()?;
    let mut octets = [0; 4];
    octets.get_mut(..given.len())?.copy_from_slice(&given);
    IpNet::new(IpAddr::V4(Ipv4Addr::from(octets)), 8 * given.len() as u8).ok()
}
