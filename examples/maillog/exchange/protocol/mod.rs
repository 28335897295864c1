//! The SMTP receive protocol log of the frontend transport service: what clients and server say to each other, session by
//! session. What becomes of the mail afterwards, other logs tell.

mod refusal;
mod session;

use crate::clock::{HOUR, Micros};
use crate::layout::Heading;
use crate::random::Random;
use crate::server::Server;
use crate::timeline::Timeline;
use crate::visit::Visit;

use super::{Cell, FQDN, Numbers, SERVER};

/// What stands above the rows.
pub(crate) const HEADING: Heading = Heading::new(
    "#Software: Microsoft Exchange Server\n#Version: 15.0.0.0\n#Log-type: SMTP Receive Protocol Log\n",
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context",
);

/// The frontend transport service of one server.
pub(crate) struct Protocol {
    random: Random,
    sessions: Numbers,
    messages: Numbers,
}

impl Protocol {
    /// An instance that logs the same rows for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed, 0x5EC7),
            // They begin with the time at which the service was started.
            sessions: Numbers(0x08DE_77F1_4A20_0000),
            messages: Numbers::of_messages(),
        }
    }
}

impl Server for Protocol {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        self.session(visit, at, timeline);
    }

    fn submitted_here(&mut self, _visit: &Visit, _uid: u32, _at: Micros, _timeline: &mut Timeline) {
        // What leaves a mailbox does not pass the frontend.
    }

    fn housekeeping(&mut self, at: Micros, _timeline: &mut Timeline) -> Micros {
        at + HOUR // it says nothing of itself
    }

    fn bytes(&self, visit: &Visit) -> u64 {
        let mails: usize = visit.mails.iter().map(|mail| 1500 + 280 * mail.recipients.len()).sum();
        let opening = if visit.tls { 3300 } else { 1500 };
        (opening + 450 * visit.refusals.len() + mails) as u64 + 900 * u64::from(visit.failed_logins)
    }
}
