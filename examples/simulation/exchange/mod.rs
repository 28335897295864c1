//! Exchange 2019, one server with all roles: the SMTP receive protocol log of its frontend, the log of its anti-spam
//! agents, the send protocol log and the message tracking log of its transport service. Columns and events are those of
//! Microsoft Learn's "Protocol logging", "Anti-spam agent logging" and "Message tracking".
//!
//! The server plays everything that happens to it, whichever of its logs are written: sessions, messages and their ids
//! are the same in all of them. What no file wants, the timeline drops. Only what a row *adds* to the truth depends on
//! what else is written: of a message that two logs tell of, the session knows more.

pub(crate) mod agent;
mod cell;
pub(crate) mod numbered;
pub(crate) mod protocol;
pub(crate) mod trace;
pub(crate) mod tracking;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::simulation::clock::{HOUR, Micros, Stamps};
use crate::simulation::due::Due;
use crate::simulation::fact::Entry;
use crate::simulation::layout::{Layout, Sheet};
use crate::simulation::names;
use crate::simulation::random::{Random, spread};
use crate::simulation::server::Server;
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::Visit;

use cell::Cell;
use protocol::{Accepted, Receive, Send};
use tracking::Tracking;

/// What writes each log.
pub(crate) const RECEIVE: &str = "receive";
pub(crate) const SEND: &str = "send";
pub(crate) const TRACKING: &str = "tracking";
pub(crate) const AGENT: &str = "agent";

/// One of its logs, whose files are named as the services name theirs.
pub(crate) fn sheet(log: &'static str, stamps: Stamps) -> Sheet {
    let (name, heading) = match log {
        RECEIVE => ("RECV", protocol::RECEIVE_HEADING),
        SEND => ("SEND", protocol::SEND_HEADING),
        AGENT => ("AGENTLOG", agent::HEADING),
        _ => ("MSGTRK", tracking::HEADING),
    };
    Sheet { name, of: Some(log), layout: Layout::table(stamps, heading) }
}

/// One server.
pub(crate) struct Exchange {
    receive: Receive,
    tracking: Tracking,
}

impl Exchange {
    /// An instance that logs the same rows for the same seed, where `logs` of it are written.
    pub(crate) fn new(seed: u64, logs: &'static [&'static str]) -> Self {
        let receive = Receive::new(seed, logs);
        let tracking = Tracking::new(seed, Send::new(seed), logs.contains(&RECEIVE));
        Self { receive, tracking }
    }
}

impl Server for Exchange {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        for Accepted { mail, id, at } in self.receive.session(visit, at, timeline) {
            self.tracking.take(visit, mail, Entry::Client, (id, at), timeline);
        }
    }

    fn submitted_here(&mut self, visit: &Visit, _uid: u32, at: Micros, timeline: &mut Timeline) {
        for mail in &visit.mails {
            let id = self.receive.next_message();
            self.tracking.take(visit, mail, Entry::Command, (id, at), timeline);
        }
    }

    fn housekeeping(&mut self, at: Micros, _timeline: &mut Timeline) -> Micros {
        at + HOUR // it says nothing of itself
    }

    fn owes(&self, due: Due) -> Option<Due> {
        // What a client typed as its name is not believed; who has logged in is named as the domain knows him.
        let due = due.of_nobodys_logins();
        let value = if due.kind == "account" { login_name(&due.value) } else { due.value };
        Some(Due { value, ..due })
    }
}

/// The server's name, and the name it has in DNS.
const SERVER: &str = "EX1";
const FQDN: &str = "ex1.corp.example";

/// The address by which it speaks to itself.
fn address() -> IpAddr {
    names::listener(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// How somebody with this address is called when he has logged in.
fn login_name(address: &str) -> String {
    format!("CORP\\{}", address.split('@').next().unwrap_or_default())
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

    /// Those of messages that the server writes itself, in a database of their own.
    const fn of_notifications() -> Self {
        Self(12_152 << 32)
    }
}
