//! What the board shows at one moment: plain data, copied once per frame, so that whoever draws it holds up nobody.

use std::net::IpAddr;

use crate::aggregate::Coverage;
use crate::model::{Authority, Class, Direction, EventTime, Kind, Mta, Network, Outcome};

/// Everything at one moment. Names are the log's own bytes as text, capped, not escaped yet.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The newest stamp; `None` before the first one.
    pub now: Option<EventTime>,
    /// What became of the lines.
    pub coverage: Coverage,
    /// What happened when, oldest first.
    pub rates: Rates,
    /// Who connects, the busiest first.
    pub sources: Vec<SourceRow>,
    /// The same by network (/24, /64).
    pub networks: Vec<NetworkRow>,
    /// Who logs in, or is tried.
    pub accounts: Vec<AccountRow>,
    /// Who relays to where, on what authority.
    pub flows: Vec<FlowRow>,
    /// Messages, the newest first.
    pub messages: Vec<MessageRow>,
    /// The newest lines, oldest first.
    pub tail: Vec<TailLine>,
}

/// Counts per step of event time, without gaps.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// When the first step begins.
    pub start: Option<EventTime>,
    /// Length of a step, in seconds.
    pub step_seconds: i64,
    /// Oldest first.
    pub steps: Vec<Step>,
}

/// What happened in one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Connections.
    pub connections: u64,
    /// Relay attempts.
    pub attempts: u64,
    /// Those that were denied.
    pub denied: u64,
    /// Other refusals.
    pub rejected: u64,
    /// Deliveries that succeeded.
    pub delivered: u64,
}

/// What is counted of a source, a network or an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections.
    pub connections: u64,
    /// Relay attempts.
    pub attempts: u64,
    /// Those that were denied.
    pub denied: u64,
    /// Other refusals.
    pub rejected: u64,
    /// Recipients that were let through.
    pub accepted: u64,
    /// Logins that succeeded.
    pub logins: u64,
    /// Logins that failed.
    pub failed_logins: u64,
}

/// One address.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// The address.
    pub ip: IpAddr,
    /// Its name, as the server found it.
    pub name: String,
    /// What it did.
    pub counts: Counts,
    /// Refusals by class, the most frequent first.
    pub classes: Vec<(Class, u64)>,
    /// HELO names it used, the newest first; a few.
    pub helos: Vec<String>,
    /// Accounts it logged in to, the newest first; a few.
    pub accounts: Vec<String>,
    /// First seen.
    pub first: EventTime,
    /// Last seen.
    pub last: EventTime,
}

/// One network.
#[derive(Clone, Debug)]
pub struct NetworkRow {
    /// The network.
    pub network: Network,
    /// Addresses of it that were seen, about.
    pub addresses: u64,
    /// What they did.
    pub counts: Counts,
    /// First seen.
    pub first: EventTime,
    /// Last seen.
    pub last: EventTime,
}

/// One account that somebody has logged in to. Names of failed logins alone are none: they may be passwords.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Its name.
    pub name: String,
    /// What was done with it.
    pub counts: Counts,
    /// Where it was used from, the newest first; a few.
    pub from: Vec<IpAddr>,
    /// Networks it was used from, about.
    pub networks: u64,
    /// First seen.
    pub first: EventTime,
    /// Last seen.
    pub last: EventTime,
}

/// One way that mail takes: who, on what authority, to which domain.
#[derive(Clone, Debug)]
pub struct FlowRow {
    /// The account, the address, or `local` for the host itself.
    pub who: String,
    /// On what authority.
    pub authority: Option<Authority>,
    /// Where it leads, seen from this site.
    pub direction: Direction,
    /// The recipients' domain.
    pub to: String,
    /// Recipients.
    pub recipients: u64,
    /// Of these: delivered.
    pub delivered: u64,
    /// Denied.
    pub denied: u64,
    /// Last seen.
    pub last: EventTime,
}

/// One message.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// Its first queue id; empty where it was refused before it had one.
    pub queue_id: String,
    /// The host.
    pub host: String,
    /// When it entered.
    pub time: EventTime,
    /// The client.
    pub client: Option<IpAddr>,
    /// The account.
    pub account: String,
    /// The envelope sender; empty: the null sender, or not known.
    pub sender: String,
    /// On what authority it entered.
    pub authority: Option<Authority>,
    /// What became of it, recipient by recipient; capped.
    pub recipients: Vec<RecipientRow>,
    /// Lines that tell of it, as far as they are known: file, number, text; capped.
    pub lines: Vec<(String, u64, String)>,
}

/// One recipient of a message.
#[derive(Clone, Debug)]
pub struct RecipientRow {
    /// The address.
    pub address: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was refused.
    pub class: Option<Class>,
    /// Where it went.
    pub next_hop: String,
    /// When that was told.
    pub told: EventTime,
}

/// One line, and what it was found to say.
#[derive(Clone, Debug)]
pub struct TailLine {
    /// Number of the line since the start, from 1: it stays the same while the tail moves.
    pub number: u64,
    /// When it was written.
    pub time: EventTime,
    /// The host.
    pub host: String,
    /// The mail server.
    pub mta: Option<Mta>,
    /// What it says.
    pub kind: Kind,
    /// Why it refuses, if it does.
    pub class: Option<Class>,
    /// The whole line.
    pub text: String,
    /// Its fields, as `parse` names them.
    pub fields: Vec<(&'static str, String)>,
}
