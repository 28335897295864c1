//! A row: who, which command with which code, or what was said to and by another server; in either format.

use std::fmt;
use std::net::IpAddr;

use crate::simulation::clock::{self, HOUR, Micros};
use crate::simulation::fact::Fact;
use crate::simulation::timeline::{Process, Timeline};

const SERVICE: Process = Process { program: "smtpsvc", pid: 0 };
/// The virtual server, and the machine.
const SITE: &str = "SMTPSVC1 MX1";
/// NCSA lines are stamped in local time: the machine's is that much behind UTC.
const BEHIND: (Micros, &str) = (6 * HOUR, "-0600");

/// How the service logs.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// W3C extended, with all columns.
    W3c,
    /// NCSA common: the columns are fixed.
    Ncsa,
}

/// What happened.
pub(super) struct Row<'a> {
    /// The other end of the connection.
    pub(super) address: IpAddr,
    /// What a client calls itself, or that it is the service who speaks, or is answered.
    pub(super) name: &'a str,
    /// This end: address and port, where the service logs them.
    pub(super) here: &'a dyn fmt::Display,
    /// `-` is none.
    pub(super) verb: &'a str,
    /// `-` is none; blanks are written as `+`.
    pub(super) argument: &'a str,
    /// Of our reply; 0 is none.
    pub(super) code: u32,
    /// Bytes out, bytes in, and milliseconds.
    pub(super) cost: (usize, usize, u32),
}

impl Row<'_> {
    pub(super) fn say(&self, format: Format, (at, fact): (Micros, Fact), timeline: &mut Timeline) {
        let Self { address, name, here, verb, argument, code, cost: (sent, received, took) } = self;
        match format {
            Format::W3c => timeline.say(
                at,
                SERVICE,
                fact,
                format_args!(
                    "{address} {name} {SITE} {here} {verb} - {argument} {code} 0 {sent} {received} {took} SMTP - - - -"
                ),
            ),
            Format::Ncsa => {
                let (behind, zone) = BEHIND;
                let (local, mark) = (clock::ncsa(at - behind), if *argument == "-" { "" } else { "?" });
                timeline.say(
                    at,
                    SERVICE,
                    fact,
                    format_args!(
                        "{address} - {name} [{local} {zone}] \"{verb} -{mark}{} SMTP\" {code} {sent}",
                        if mark.is_empty() { "" } else { argument }
                    ),
                );
            }
        }
    }
}
