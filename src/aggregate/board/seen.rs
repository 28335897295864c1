//! From when to when.

use crate::model::EventTime;

/// When something was seen first, and last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) first: EventTime,
    pub(super) last: EventTime,
}

impl Default for Seen {
    fn default() -> Self {
        Self { first: EventTime::from_micros(i64::MAX), last: EventTime::MIN }
    }
}

impl Seen {
    /// It was seen at `time`, which may be earlier than times before.
    pub(super) fn at(&mut self, time: EventTime) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }
}
