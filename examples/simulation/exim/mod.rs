//! Exim: what it writes into its main log. The shapes are those of Exim 4.96 and 4.97 with Debian's routers and
//! transports, and `log_selector = +smtp_connection +smtp_no_mail +incoming_port +incoming_interface +received_recipients`. Content is
//! scanned while the message comes in.

mod delivery;
mod host;
mod message_ids;
mod refusal;
mod session;

use crate::simulation::clock::{MINUTE, Micros};
use crate::simulation::fact::Fact;
use crate::simulation::processes::{ALL, Processes};
use crate::simulation::random::Random;
use crate::simulation::server::{QueueIdStyle, Server};
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::Visit;

use message_ids::MessageIds;

/// Its name in syslog (`syslog_processname`).
pub(crate) const PROGRAM: &str = "exim";

/// One Exim instance.
pub(crate) struct Exim {
    random: Random,
    processes: Processes,
    ids: MessageIds,
    daemon: Process,
    version: &'static str,
}

impl Exim {
    /// An instance that logs the same lines for the same seed.
    pub(crate) fn new(seed: u64, style: QueueIdStyle) -> Self {
        let mut processes = Processes::new(seed, ALL);
        Self {
            random: Random::new(seed, 0xE11),
            ids: MessageIds::new(style),
            daemon: processes.spawn(PROGRAM),
            version: if style == QueueIdStyle::Short { "4.96" } else { "4.97" },
            processes,
        }
    }
}

impl Server for Exim {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        self.session(visit, at, timeline);
    }

    fn submitted_here(&mut self, visit: &Visit, _uid: u32, at: Micros, timeline: &mut Timeline) {
        self.command(visit, at, timeline);
    }

    fn started(&mut self, at: Micros, timeline: &mut Timeline) -> Micros {
        timeline.say(
            at,
            self.daemon,
            Fact::None,
            format_args!(
                "exim {} daemon started: pid={}, -q30m, listening for SMTP on port 25 (IPv6 and IPv4) \
                 port 587 (IPv6 and IPv4)",
                self.version, self.daemon.pid
            ),
        );
        self.housekeeping(at, timeline)
    }

    fn housekeeping(&mut self, at: Micros, timeline: &mut Timeline) -> Micros {
        let runner = self.processes.spawn(PROGRAM);
        timeline.say(at + 1000, runner, Fact::None, format_args!("Start queue run: pid={}", runner.pid));
        let end = at + self.random.millis(10, 20_000);
        timeline.say(end, runner, Fact::None, format_args!("End queue run: pid={}", runner.pid));
        at + 30 * MINUTE // -q30m
    }
}
