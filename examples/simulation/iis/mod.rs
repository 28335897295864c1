//! The SMTP service of IIS 6, and of Exchange 2000 and 2003 on top of it: its log in W3C extended or in NCSA common format
//! (Microsoft, "IIS 6.0 Documentation", "Log Formats"). A row is a command with the code of its reply, and no word of it;
//! or what the service itself says to another server, and what that answers.

mod outbound;
mod row;
mod session;

use std::collections::HashMap;
use std::net::IpAddr;

use crate::simulation::clock::{HOUR, Micros, SECOND};
use crate::simulation::due::Due;
use crate::simulation::layout::Heading;
use crate::simulation::random::Random;
use crate::simulation::server::Server;
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::Visit;

pub(crate) use row::Format;

/// What stands above the rows of W3C extended format.
pub(crate) const HEADING: Heading = Heading::new(
    "#Software: Microsoft Internet Information Services 6.0\n#Version: 1.0\n",
    "date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status \
     sc-win32-status sc-bytes cs-bytes time-taken cs-version cs-host cs(User-Agent) cs(Cookie) cs(Referer)",
);

/// One virtual server.
pub(crate) struct Iis {
    random: Random,
    format: Format,
    /// Until when an address has a session. A row names no session but by its address, so where one address had two at
    /// a time nobody could tell whose row it is: a client comes back when it has left.
    busy: HashMap<IpAddr, Micros>,
}

impl Iis {
    /// An instance that logs the same rows for the same seed.
    pub(crate) fn new(seed: u64, format: Format) -> Self {
        Self { random: Random::new(seed, 0x115), format, busy: HashMap::new() }
    }
}

impl Server for Iis {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        let client = visit.client.address;
        let free = self.busy.get(&client).map_or(at, |until| at.max(until + SECOND));
        let end = self.session(visit, free, timeline);
        self.busy.insert(client, end);
    }

    fn submitted_here(&mut self, _visit: &Visit, _uid: u32, _at: Micros, _timeline: &mut Timeline) {
        // What is put into the pickup folder is no command.
    }

    fn housekeeping(&mut self, at: Micros, _timeline: &mut Timeline) -> Micros {
        self.busy.retain(|_, until| *until + SECOND > at);
        at + HOUR
    }

    fn owes(&self, due: Due) -> Option<Due> {
        // It names no account, whether the login fails or not.
        Some(due.of_nobodys_logins()).filter(|due| due.kind != "account")
    }
}
