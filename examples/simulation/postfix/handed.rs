//! The line in which a delivery agent says what became of one recipient.

use std::fmt;

use crate::simulation::clock::Micros;
use crate::simulation::fact::{Fact, Status};
use crate::simulation::queued::Queued;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Fate, Recipient};

/// A duration as Postfix logs it: two digits that count.
struct Delay(Micros);

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.0.max(0) / 10_000;
        match hundredths {
            1000.. => write!(f, "{}", hundredths / 100),
            100.. if hundredths % 100 < 10 => write!(f, "{}", hundredths / 100),
            100.. => write!(f, "{}.{}", hundredths / 100, hundredths % 100 / 10),
            0 => f.write_str("0"),
            _ if hundredths % 10 == 0 => write!(f, "0.{}", hundredths / 10),
            _ => write!(f, "0.{hundredths:02}"),
        }
    }
}

/// One delivery line.
pub(super) struct Handed<'a> {
    pub(super) queued: &'a Queued<'a>,
    pub(super) recipient: &'a Recipient,
    /// The next hop, and `conn_use=` behind it.
    pub(super) relay: &'a str,
    pub(super) at: Micros,
    /// How long the agent was at it.
    pub(super) took: Micros,
    pub(super) agent: Process,
    pub(super) status: Status,
    /// The recipient was in no delivery line before.
    pub(super) first: bool,
}

impl Handed<'_> {
    /// The agent will say so, with this answer or reason.
    pub(super) fn say(&self, timeline: &mut Timeline, told: fmt::Arguments<'_>) {
        let (word, dsn) = match self.status {
            Status::Sent => ("sent", "2.0.0"),
            Status::Deferred if self.relay == "none" => ("deferred", "4.4.1"),
            Status::Deferred => ("deferred", "4.7.1"),
            Status::Bounced if matches!(self.recipient.fate, Fate::Bounced { listed: true }) => {
                ("bounced", "5.7.1")
            }
            Status::Bounced => ("bounced", "5.1.1"),
            Status::Expired => ("expired", "4.4.7"),
        };
        let attempt = self.queued.attempt(self.recipient, self.first);
        let total = self.at - self.queued.entered;
        let (delay, before) = (Delay(total), Delay(total - self.took));
        let (waited, connecting, sending) =
            (Delay(self.took / 40), Delay(self.took / 2), Delay(self.took / 3));
        let Handed { relay, queued: Queued { id, .. }, recipient, .. } = self;
        let (to, shown_alias) = (&recipient.party.address, recipient.alias.as_ref());
        let alias = shown_alias.map(|alias| format!("orig_to=<{alias}>, ")).unwrap_or_default();
        timeline.say(
            self.at,
            self.agent,
            Fact::delivery(self.status, attempt),
            format_args!(
                "{id}: to=<{to}>, {alias}relay={relay}, delay={delay}, \
                 delays={before}/{waited}/{connecting}/{sending}, dsn={dsn}, status={word} ({told})"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_have_two_digits_that_count() {
        for (micros, text) in [
            (0, "0"),
            (20_000, "0.02"),
            (100_000, "0.1"),
            (1_250_000, "1.2"),
            (2_000_000, "2"),
            (90_000_000, "90"),
        ] {
            assert_eq!(Delay(micros).to_string(), text);
        }
    }
}
