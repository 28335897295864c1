//! How many of all went wrong, in a sliding window of event time, and the spell that this is.

use serde::{Deserialize, Serialize};

use super::rate::Rate;
use super::spell::{Hit, MAX_PROOFS, News, Spell};
use crate::aggregate::Reuse;
use crate::learn::Verdict;
use crate::model::EventTime;

/// What went well and what went wrong with one subject.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Share {
    all: Rate,
    wrong: Rate,
    /// When it first went wrong in this window.
    first: EventTime,
    held: Held,
    /// Why it was too much, the last time that it was.
    verdict: Verdict,
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
        if self.held.wrong > 0 {
            self.hold(now, window);
        }
    }

    /// Counts one that went wrong, of which there must be `least` before a spell begins.
    pub(super) fn count_wrong(&mut self, hit: &Hit<'_>, window: i64, least: u64) {
        if self.wrong.within(hit.time, window) == 0 {
            self.first = hit.time;
        }
        self.all.add(1, hit.time, window);
        self.wrong.add(1, hit.time, window);
        self.hold(hit.time, window);
        // A line that others will have pushed out before a spell begins need not be copied.
        if self.spell.trigger.is_some() || self.held.wrong + MAX_PROOFS as u64 >= least {
            self.spell.hit(hit);
        }
    }

    /// What the window held when one was counted last.
    pub(super) fn held(&self) -> Held {
        self.held
    }

    /// Whether too much goes wrong: so many hundredths of all, and more than is usual or, where that is not known, `least`.
    pub(super) fn is_too_much(&mut self, verdict: Verdict, least: u64, percent: u64) -> bool {
        let held = self.held;
        let is_so = held.percent() >= percent && verdict.is_too_much(|| held.wrong >= least);
        if is_so {
            self.verdict = verdict;
            self.spell.patience = verdict.patience();
        }
        is_so
    }

    /// A sentence about what is usual, if that was the reason; with a blank in front.
    pub(super) fn usual(&self) -> String {
        self.verdict.to_string()
    }

    fn hold(&mut self, now: EventTime, window: i64) {
        self.held = Held { wrong: self.wrong.within(now, window), all: self.all.within(now, window) };
    }

    /// There is too much of it: a spell begins, or goes on.
    pub(super) fn go_on(&mut self, hit: &Hit<'_>, window: i64) -> News {
        let first = self.first.max(hit.time.plus_seconds(-window));
        self.spell.go_on(hit, hit.time, self.held.wrong, first)
    }
}

impl Held {
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
            share.count_wrong(&hit(second), 3600, 10);
        }
        let held = share.held();
        assert_eq!(held, Held { wrong: 10, all: 20 });
        let mut exceeds = |least, percent| share.is_too_much(Verdict::Unknown, least, percent);
        assert!(exceeds(10, 50) && !exceeds(11, 50) && !exceeds(10, 51));
        assert!(!share.is_too_much(Verdict::Usual, 10, 50), "as many as ever");
        share.go_on(&hit(9), 3600);
        assert_eq!((share.spell.count, share.spell.first), (10, EventTime::from_seconds(0)));
        share.count_well(EventTime::from_seconds(7200), 3600);
        assert_eq!(share.held(), Held { wrong: 0, all: 1 }, "the window has passed them");
    }
}
