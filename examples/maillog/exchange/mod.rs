//! Exchange 2019, one server with all roles: its message tracking log, and the SMTP receive protocol log of its frontend.
//! Columns and events are those of Microsoft Learn's "Message tracking" and "Protocol logging".

mod cell;
pub(crate) mod protocol;
pub(crate) mod tracking;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::names;
use crate::random::{Random, spread};

use cell::Cell;

/// The server's name, and the name it has in DNS.
const SERVER: &str = "EX1";
const FQDN: &str = "ex1.corp.example";

/// The address by which it speaks to itself.
fn address() -> IpAddr {
    names::listener(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// A globally unique identifier.
#[derive(Clone, Copy)]
struct Guid(u64);

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (high, low) = (self.0, spread(self.0));
        write!(
            f,
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFF,
            low >> 52,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

/// Numbers of messages or sessions: each a little higher than the last.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, random: &mut Random) -> u64 {
        self.0 += u64::from(random.between(1, 4));
        self.0
    }

    /// Internal ids of messages: the generation of the mail queue's database, and a row of it.
    const fn of_messages() -> Self {
        Self(12_151 << 32)
    }
}
