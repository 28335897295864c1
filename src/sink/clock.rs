//! The clocks that a delivery needs: what time it is for the other side, and how much is left until it is too late.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// What time it is.
#[allow(clippy::disallowed_methods, reason = "a delivery is stamped with the time at which it is tried")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The end of a delivery's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    #[allow(clippy::disallowed_methods, reason = "a delivery may take only so long")]
    pub(super) fn after(timeout: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(timeout).unwrap_or(now))
    }

    /// What is left, never zero; `None`: nothing is.
    #[allow(clippy::disallowed_methods, reason = "a delivery may take only so long")]
    pub(super) fn left(self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}
