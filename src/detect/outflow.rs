//! What one sender gets out into the world within a window: recipients, and how many of them came back.

use serde::{Deserialize, Serialize};

use super::rate::Rate;
use crate::model::{Attempt, Direction, EventTime, Outcome};

/// Recipients elsewhere, in windows of event time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Outflow {
    recipients: Rate,
    bounced: Rate,
    delivered: Rate,
}

/// Whether `attempt` is about a recipient who is, or may be, elsewhere, and was not refused.
pub(super) fn goes_out(attempt: &Attempt<'_>) -> bool {
    attempt.recipient.is_some()
        && matches!(attempt.direction, Direction::Outbound | Direction::Unknown)
        && !matches!(attempt.outcome, Outcome::Denied | Outcome::Rejected)
}

impl Outflow {
    /// Counts what `attempt`, which [`goes_out`], tells.
    pub(super) fn count(&mut self, attempt: &Attempt<'_>, window: i64) {
        let now = attempt.told;
        match attempt.outcome {
            Outcome::Bounced | Outcome::Expired => self.bounced.add(1, now, window),
            Outcome::Delivered => self.delivered.add(1, now, window),
            _ => {}
        }
        if attempt.first {
            self.recipients.add(1, now, window);
        }
    }

    /// Recipients within the window.
    pub(super) fn recipients(&mut self, now: EventTime, window: i64) -> u64 {
        self.recipients.within(now, window)
    }

    /// Recipients within the window, and when the first of them came.
    pub(super) fn so_far(&mut self, now: EventTime, window: i64) -> (u64, EventTime) {
        (self.recipients(now, window).max(1), self.recipients.begin(now, window))
    }

    /// Recipients whose mail came back, if that is `least` or more, and `share` of a hundred or more of those whose mail
    /// came to an end.
    pub(super) fn bounced(&mut self, now: EventTime, window: i64, least: u64, share: u64) -> Option<u64> {
        let bounced = self.bounced.within(now, window);
        if bounced < least {
            return None;
        }
        let ended = bounced + self.delivered.within(now, window);
        (bounced * 100 >= share * ended).then_some(bounced)
    }
}
