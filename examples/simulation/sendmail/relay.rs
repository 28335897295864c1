//! How Sendmail writes a host it speaks with (`relay=`).

use std::net::IpAddr;

use crate::simulation::names::Client;
use crate::simulation::random::spread;

/// `[192.0.2.1]`, `[IPv6:2001:db8:0:0:0:0:0:1]`: no zeros are left out, `sm_inet6_ntop`.
pub(super) fn address(address: IpAddr) -> String {
    format!("[{}]", bare_address(address))
}

/// The same without brackets.
pub(super) fn bare_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let parts = address.segments().map(|part| format!("{part:x}"));
            format!("IPv6:{}", parts.join(":"))
        }
    }
}

/// Whether the client's name does not lead back to its address: a matter of its address alone.
pub(super) fn is_forged(client: &Client) -> bool {
    let bits = match client.address {
        IpAddr::V4(address) => u64::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address) as u64,
    };
    client.name.contains(".dyn.") && spread(bits).is_multiple_of(5)
}

/// A client: `name [address]`, `[address]`, `name [address] (may be forged)`.
pub(super) fn client(client: &Client) -> String {
    let address = address(client.address);
    if client.name == "unknown" {
        address
    } else if is_forged(client) {
        format!("{} {address} (may be forged)", client.name)
    } else {
        format!("{} {address}", client.name)
    }
}

/// A next hop: its name is complete, and ends with a dot.
pub(super) fn next_hop(host: &Client) -> String {
    format!("{}. {}", host.name, address(host.address))
}

/// Which of its daemons a client speaks with, by `DaemonPortOptions`.
pub(super) fn daemon(client: &Client, submission: bool) -> &'static str {
    match (submission, client.address) {
        (false, IpAddr::V4(_)) => "MTA-v4",
        (false, IpAddr::V6(_)) => "MTA-v6",
        (true, IpAddr::V4(_)) => "MSP-v4",
        (true, IpAddr::V6(_)) => "MSP-v6",
    }
}
