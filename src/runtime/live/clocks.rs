//! The clocks of what runs live. No result depends on them: they say how long to wait, and when people were told.

use std::time::Instant;

use crate::model::EventTime;

/// A clock that only goes on.
#[allow(clippy::disallowed_methods, reason = "how long to wait, and for people")]
pub(super) fn clock() -> Instant {
    Instant::now()
}

/// The time of this machine.
#[allow(clippy::disallowed_methods, reason = "notices are sent and repeated by the clock of this machine")]
pub(super) fn wall() -> EventTime {
    chrono::Utc::now().into()
}
