//! How many in a sliding window of event time, where there are too many to remember each.

use serde::{Deserialize, Serialize};

use super::spike::STRAY_SECONDS;
use crate::model::EventTime;

/// Parts of a window; the window ends with the part that is under way, and begins so many parts before.
const PARTS: i64 = 12;

/// Counts in the parts of a window, which are a second long at least. The count is exact but for where the window begins:
/// up to a twelfth of it late.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rate {
    /// Number of the newest part, since 1970.
    newest: i64,
    counts: [u32; PARTS as usize],
}

impl Rate {
    /// Counts `more` at `now`, in a window of so many seconds (always the same). What the window has passed already
    /// does not count.
    pub(super) fn add(&mut self, more: u32, now: EventTime, window_seconds: i64) {
        let part = self.go_to(now, window_seconds);
        if part > self.newest - PARTS {
            let count = &mut self.counts[part.rem_euclid(PARTS) as usize];
            *count = count.saturating_add(more);
        }
    }

    /// How many lie within the window that ends at `now`, or at what was counted last if that is later.
    pub(super) fn within(&mut self, now: EventTime, window_seconds: i64) -> u64 {
        self.go_to(now, window_seconds);
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// When the oldest part began in which something was counted; `now` if there is none.
    pub(super) fn begin(&self, now: EventTime, window_seconds: i64) -> EventTime {
        let oldest = self.newest - PARTS + 1;
        let counted = |part: &i64| self.counts[part.rem_euclid(PARTS) as usize] > 0;
        let part = (oldest..=self.newest).find(counted);
        part.map_or(now, |part| EventTime::from_seconds(part * (window_seconds / PARTS).max(1)).min(now))
    }

    /// Forgets the parts that the window has passed at `now`; the number of the part in which that is.
    fn go_to(&mut self, now: EventTime, window_seconds: i64) -> i64 {
        let seconds = (window_seconds / PARTS).max(1);
        let part = now.seconds().div_euclid(seconds);
        // A host whose clock is late, hours even, is only late. Longer ago, and one of the two stamps was wrong.
        let stray = (STRAY_SECONDS / seconds).max(2 * PARTS);
        if part > self.newest + PARTS || part <= self.newest - stray {
            self.counts = [0; PARTS as usize];
            self.newest = part;
        }
        while self.newest < part {
            self.newest += 1;
            self.counts[self.newest.rem_euclid(PARTS) as usize] = 0;
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> EventTime {
        EventTime::from_seconds(seconds)
    }

    #[test]
    fn a_window_slides_by_its_parts() {
        let mut rate = Rate::default();
        for minute in 0..60 {
            rate.add(1, at(minute * 60), 3600);
        }
        assert_eq!(rate.within(at(59 * 60), 3600), 60);
        assert_eq!(rate.within(at(60 * 60), 3600), 55, "the first five minutes are over");
        rate.add(7, at(30 * 60), 3600);
        assert_eq!(rate.within(at(0), 3600), 62, "late, but within the window");
        rate.add(9, at(0), 3600);
        assert_eq!(rate.within(at(0), 3600), 62, "the window has passed it");
        assert_eq!(rate.begin(at(60 * 60), 3600), at(5 * 60));
        assert_eq!((rate.within(at(86_400), 3600), rate.begin(at(86_400), 3600)), (0, at(86_400)));
        rate.add(1, at(0), 3600);
        assert_eq!(rate.within(at(0), 3600), 1, "a clock that was a day ahead");
    }

    #[test]
    fn a_host_whose_clock_is_hours_late_takes_nothing_back() {
        let mut rate = Rate::default();
        for minute in 0..10 {
            rate.add(1, at(100_000 + minute * 60), 3600);
            rate.add(1, at(100_000 + minute * 60 - 8 * 3600), 3600);
        }
        assert_eq!(rate.within(at(100_600), 3600), 10);
    }

    #[test]
    fn a_window_of_a_second_works_too() {
        let mut rate = Rate::default();
        rate.add(3, at(1), 1);
        assert_eq!((rate.within(at(1), 1), rate.within(at(20), 1)), (3, 0));
    }
}
