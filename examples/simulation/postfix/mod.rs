//! Postfix: which process logs what in which order. The shapes are those of Postfix 3.7 with Debian's service names.

mod delivery;
mod handed;
mod processes;
mod queue_ids;
mod refusal;
mod screen;
mod session;

use std::net::IpAddr;

use crate::simulation::clock::{self, MINUTE, Micros};
use crate::simulation::fact::Fact;
use crate::simulation::names::Client;
use crate::simulation::processes::{ALL, Processes};
use crate::simulation::random::Random;
use crate::simulation::server::{QueueIdStyle, Server};
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::Visit;

use processes::{Agents, Sessions};
use queue_ids::QueueIds;

/// One Postfix instance.
pub(crate) struct Postfix {
    random: Random,
    processes: Processes,
    ids: QueueIds,
    smtpd: Sessions,
    submission: Sessions,
    reinjected: Sessions,
    cleanup: Agents,
    smtp: Agents,
    filter: Agents,
    gateway: Agents,
    local: Agents,
    lmtp: Agents,
    bounce: Agents,
    dnsblog: Agents,
    amavis: Agents,
    policy: Agents,
    qmgr: Process,
    pickup: Process,
    postscreen: Process,
    anvil: Process,
    dkim: Process,
    /// The client of the last connection, for anvil.
    last_client: Option<IpAddr>,
}

impl Postfix {
    /// An instance that logs the same lines for the same seed.
    pub(crate) fn new(seed: u64, style: QueueIdStyle) -> Self {
        let mut processes = Processes::new(seed, ALL);
        let qmgr = processes.spawn("postfix/qmgr");
        let pickup = processes.spawn("postfix/pickup");
        let postscreen = processes.spawn("postfix/postscreen");
        let anvil = processes.spawn("postfix/anvil");
        let dkim = processes.spawn("opendkim");
        let mut agents = |program, count| Agents::new(program, count, &mut processes);
        Self {
            random: Random::new(seed, 0x9057),
            ids: QueueIds::new(style, seed),
            smtpd: Sessions::new("postfix/smtpd"),
            submission: Sessions::new("postfix/submission/smtpd"),
            reinjected: Sessions::new("postfix/smtpd"),
            cleanup: agents("postfix/cleanup", 12),
            smtp: agents("postfix/smtp", 24),
            filter: agents("postfix/smtp", 4),
            gateway: agents("postfix/relay/smtp", 6),
            local: agents("postfix/local", 6),
            lmtp: agents("postfix/lmtp", 6),
            bounce: agents("postfix/bounce", 3),
            dnsblog: agents("postfix/dnsblog", 8),
            amavis: agents("amavis", 8),
            policy: agents("policyd-spf", 8),
            processes,
            qmgr,
            pickup,
            postscreen,
            anvil,
            dkim,
            last_client: None,
        }
    }
}

/// `name[address]`, as Postfix writes a host.
fn shown(host: &Client) -> String {
    format!("{}[{}]", host.name, host.address)
}

impl Server for Postfix {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        self.last_client = Some(visit.client.address);
        self.session(visit, at, timeline);
    }

    fn submitted_here(&mut self, visit: &Visit, uid: u32, at: Micros, timeline: &mut Timeline) {
        self.command(visit, uid, at, timeline);
    }

    fn housekeeping(&mut self, at: Micros, timeline: &mut Timeline) -> Micros {
        let next = at + 10 * MINUTE; // anvil_status_update_time, postconf(5)
        let Some(client) = self.last_client else { return next };
        let when = clock::bsd(at - self.random.millis(1000, 59_000).min(MINUTE));
        let (rate, count, size) =
            (self.random.between(1, 9), self.random.between(1, 3), self.random.between(1, 30));
        timeline.say(
            at,
            self.anvil,
            Fact::None,
            format_args!("statistics: max connection rate {rate}/60s for (smtp:{client}) at {when}"),
        );
        timeline.say(
            at + 40,
            self.anvil,
            Fact::None,
            format_args!("statistics: max connection count {count} for (smtp:{client}) at {when}"),
        );
        timeline.say(
            at + 80,
            self.anvil,
            Fact::None,
            format_args!("statistics: max cache size {size} at {when}"),
        );
        next
    }
}
