//! How many of all went wrong, in a sliding window of event time, and the spell that this is.

use serde::{Deserialize, Serialize};

use super::rate::Rate;
use super::spell::{Hit, News, Spell};
use crate::aggregate::Reuse;
use crate::model::EventTime;

/// What went well and what went wrong with one subject.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Share {
    all: Rate,
    wrong: Rate,
    /// When it first went wrong in this window.
    first: EventTime,
    pub(super) spell: Spell,
}

/// What a window holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) wrong: u64,
    pub(super) all: u64,
}

impl Reuse for Share {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Share {
    /// Counts one that went well.
    pub(super) fn count_well(&mut self, now: EventTime, window: i64) {
        self.all.add(1, now, window);
    }

    /// Counts one that went wrong.
    pub(super) fn count_wrong(&mut self, hit: &Hit<'_>, window: i64) {
        if self.wrong.within(hit.time, window) == 0 {
            self.first = hit.time;
        }
        self.all.add(1, hit.time, window);
        self.wrong.add(1, hit.time, window);
        self.spell.hit(hit);
    }

    /// What the window that ends at `now` holds.
    pub(super) fn held(&mut self, now: EventTime, window: i64) -> Held {
        Held { wrong: self.wrong.within(now, window), all: self.all.within(now, window) }
    }

    /// There is too much of it: a spell begins, or goes on.
    pub(super) fn go_on(&mut self, hit: &Hit<'_>, window: i64) -> News {
        let so_far = self.wrong.within(hit.time, window);
        let first = self.first.max(hit.time.plus_seconds(-window));
        self.spell.go_on(hit, hit.time, so_far, first)
    }
}

impl Held {
    /// At least `least` went wrong, and so many hundredths of all.
    pub(super) fn exceeds(self, least: u64, percent: u64) -> bool {
        self.wrong >= least && self.percent() >= percent
    }

    /// Hundredths that went wrong.
    pub(super) fn percent(self) -> u64 {
        (self.wrong.saturating_mul(100) / self.all.max(1)).min(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mta;

    #[test]
    fn both_the_number_and_the_share_must_be_reached() {
        let hit =
            |seconds| Hit { time: EventTime::from_seconds(seconds), mta: Mta::Postfix, proof: &|| None };
        let mut share = Share::default();
        for second in 0..10 {
            share.count_well(EventTime::from_seconds(second), 3600);
            share.count_wrong(&hit(second), 3600);
        }
        let held = share.held(EventTime::from_seconds(9), 3600);
        assert_eq!(held, Held { wrong: 10, all: 20 });
        assert!(held.exceeds(10, 50) && !held.exceeds(11, 50) && !held.exceeds(10, 51));
        share.go_on(&hit(9), 3600);
        assert_eq!((share.spell.count, share.spell.first), (10, EventTime::from_seconds(0)));
        let later = share.held(EventTime::from_seconds(7200), 3600);
        assert!(!later.exceeds(1, 1), "{later:?}");
    }
}
