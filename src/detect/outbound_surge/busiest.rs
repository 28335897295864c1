//! The busiest window that was over before the one that ends now began.

use serde::{Deserialize, Serialize};

use crate::model::EventTime;

/// Highest readings of a sliding window, by the fixed window of time in which they were taken. A reading taken two
/// fixed windows ago shares nothing with one that is taken now; the last one may.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Busiest {
    /// Number of the fixed window under way, since 1970.
    number: i64,
    under_way: u64,
    last: u64,
    before: u64,
}

impl Busiest {
    /// The sliding window, of so many seconds (always the same), holds `count` at `now`.
    pub(super) fn see(&mut self, count: u64, now: EventTime, window_seconds: i64) {
        self.go_to(now, window_seconds);
        self.under_way = self.under_way.max(count);
    }

    /// The highest reading that shares nothing with one taken at `now`.
    pub(super) fn before(&mut self, now: EventTime, window_seconds: i64) -> u64 {
        self.go_to(now, window_seconds);
        self.before
    }

    /// What is late counts for the window under way.
    fn go_to(&mut self, now: EventTime, window_seconds: i64) {
        let number = now.seconds().div_euclid(window_seconds.max(1));
        if number <= self.number {
            return;
        }
        self.before = self.before.max(self.last);
        self.last = self.under_way;
        if number > self.number + 1 {
            self.before = self.before.max(self.last);
            self.last = 0;
        }
        (self.number, self.under_way) = (number, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_nothing_with_now_is_what_was_before() {
        let at = EventTime::from_seconds;
        let mut busiest = Busiest::default();
        busiest.see(7, at(10), 3600);
        busiest.see(9, at(3000), 3600);
        assert_eq!(busiest.before(at(3700), 3600), 0, "still within an hour of it");
        busiest.see(2, at(3700), 3600);
        assert_eq!(busiest.before(at(7300), 3600), 9);
        assert_eq!(busiest.before(at(86_400), 3600), 9, "the busiest, not the last");
        busiest.see(20, at(86_400), 3600);
        assert_eq!(busiest.before(at(2 * 86_400), 3600), 20);
    }
}
