//! The `to=` line: what became of one or more recipients.

use std::fmt;

use crate::simulation::clock::{DAY, Micros, SECOND};
use crate::simulation::fact::{Attempt, Fact, Status};
use crate::simulation::names::LOCAL_DOMAINS;
use crate::simulation::random::spread;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Party, Route};

/// A duration as Sendmail logs it: `00:00:01`, `1+14:41:13` (`pintvl`).
pub(super) struct Delay(pub(super) Micros);

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0.max(0) / DAY, self.0.max(0) % DAY / SECOND);
        if days > 0 {
            write!(f, "{days}+")?;
        }
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// One `to=` line.
pub(super) struct Handed {
    pub(super) at: Micros,
    pub(super) process: Process,
    /// The recipients, separated by commas.
    pub(super) to: String,
    pub(super) recipients: u32,
    /// On whose behalf: `ctladdr=` and what follows it, or nothing.
    pub(super) control: String,
    pub(super) took: Micros,
    pub(super) mailer: &'static str,
    /// The next hop; empty for mail stored here.
    pub(super) relay: String,
    pub(super) dsn: &'static str,
    pub(super) told: String,
    pub(super) status: Status,
    pub(super) attempt: Attempt,
    /// Tries before this one: each makes the message less urgent.
    pub(super) tries: u32,
}

impl Handed {
    /// Says the line about the message `id` of `size` bytes that entered the queue at `entered`; with `last`, it is done.
    pub(super) fn say(&self, id: &str, size: u32, entered: Micros, last: bool, timeline: &mut Timeline) {
        let Self { to, recipients, control, mailer, dsn, told, status, attempt, .. } = self;
        let (delay, took) = (Delay(self.at - entered), Delay(self.took));
        let priority = size + 30_000 * recipients + 90_000 * self.tries;
        let relay = if self.relay.is_empty() { String::new() } else { format!(", relay={}", self.relay) };
        timeline.say(
            self.at,
            self.process,
            Fact::Delivery { status: *status, attempt: *attempt, recipients: *recipients, last },
            format_args!(
                "{id}: to={to}, {control}delay={delay}, xdelay={took}, mailer={mailer}, pri={priority}{relay}, \
                 dsn={dsn}, stat={told}"
            ),
        );
    }
}

/// `ctladdr=` of mail from a user of this host, or of a recipient that an alias or `.forward` of this host led to.
pub(super) fn control(party: &Party) -> String {
    if party.route != Route::Local || !party.address.ends_with(LOCAL_DOMAINS[0]) {
        return String::new();
    }
    let user = party.address.split('@').next().unwrap_or("");
    let uid = match user {
        "root" => 0,
        "www-data" => 33,
        _ => 1000 + spread(user.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte))) % 4000,
    };
    format!("ctladdr=<{}> ({uid}/{uid}), ", party.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_count_days_apart() {
        for (seconds, text) in [(0, "00:00:00"), (3725, "01:02:05"), (86_400 + 52_873, "1+14:41:13")] {
            assert_eq!(Delay(seconds * SECOND).to_string(), text);
        }
    }
}
