//! Sendmail: what each of its processes logs. The shapes are those of Sendmail 8.17 at log level 9 as Debian sets it up:
//! `sm-mta` is the daemon and forks for every session and every delivery, `sendmail` takes mail on the host,
//! `sm-msp-queue` hands on what `sendmail` could not. Content is filtered by milters, before anything is queued.

mod delivery;
mod handed;
mod milters;
mod queue_ids;
mod refusal;
mod relay;
mod session;
mod submission;

use crate::simulation::clock::{MINUTE, Micros};
use crate::simulation::fact::Fact;
use crate::simulation::processes::{ALL, Processes};
use crate::simulation::random::Random;
use crate::simulation::server::{QueueIdStyle, Server};
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::Visit;

use queue_ids::QueueIds;

/// Process ids below are part of queue ids of 14 characters, from here on of 15.
const SEVEN_DIGITS: u32 = 1_000_000;

/// One Sendmail instance.
pub(crate) struct Sendmail {
    random: Random,
    processes: Processes,
    ids: QueueIds,
    daemon: Process,
    dkim: Process,
    spamd: Process,
    clamav: Process,
}

impl Sendmail {
    /// An instance that logs the same lines for the same seed.
    pub(crate) fn new(seed: u64, style: QueueIdStyle) -> Self {
        let range = match style {
            QueueIdStyle::Short => *ALL.start()..=SEVEN_DIGITS - 1,
            QueueIdStyle::Long => SEVEN_DIGITS..=*ALL.end(),
        };
        let mut processes = Processes::new(seed, range);
        Self {
            random: Random::new(seed, 0x5E4D),
            ids: QueueIds::new(seed),
            daemon: processes.spawn("sm-mta"),
            dkim: processes.spawn("opendkim"),
            spamd: processes.spawn("spamd"),
            clamav: processes.spawn("clamav-milter"),
            processes,
        }
    }
}

impl Server for Sendmail {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        self.session(visit, at, timeline);
    }

    fn submitted_here(&mut self, visit: &Visit, uid: u32, at: Micros, timeline: &mut Timeline) {
        self.command(visit, uid, at, timeline);
    }

    fn started(&mut self, at: Micros, timeline: &mut Timeline) -> Micros {
        let how = format_args!("starting daemon (8.17.1.9): SMTP+queueing@00:30:00");
        timeline.say(at, self.daemon, Fact::None, how);
        at + 10 * MINUTE
    }

    fn housekeeping(&mut self, at: Micros, timeline: &mut Timeline) -> Micros {
        if self.random.permille(20) {
            let load = self.random.between(12, 30);
            timeline.say(
                at,
                self.daemon,
                Fact::None,
                format_args!("rejecting connections on daemon MTA-v4: load average: {load}"),
            );
            timeline.say(
                at + MINUTE,
                self.daemon,
                Fact::None,
                format_args!("accepting connections again for daemon MTA-v4"),
            );
        } else if self.random.permille(10) {
            let rebuilt = self.processes.spawn("sendmail");
            timeline.say(
                at,
                rebuilt,
                Fact::None,
                format_args!("alias database /etc/mail/aliases rebuilt by root"),
            );
            timeline.say(
                at,
                rebuilt,
                Fact::None,
                format_args!("/etc/mail/aliases: 43 aliases, longest 31 bytes, 870 bytes total"),
            );
        }
        at + 10 * MINUTE
    }
}
