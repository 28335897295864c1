//! Many who take their time: what different ones did within a day, few times each.

use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::day::{DAY_SECONDS, Day};
use super::recent::Recent;
use super::spell::{Hit, News, Spell};
use crate::aggregate::Reuse;
use crate::model::EventTime;

/// What was done within a day, and by how many.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Spread {
    day: Day,
    who: Recent,
}

impl Reuse for Spread {
    fn reuse(&mut self) {
        self.day.reuse();
        self.who.clear();
    }
}

impl Spread {
    /// Counts one more, by `who`.
    pub(super) fn count(&mut self, who: &impl Hash, now: EventTime) {
        self.day.count(now, true);
        self.who.see(who, now, now.plus_seconds(-DAY_SECONDS));
    }

    /// Whether at least so many different ones did it within the day that ends `now`.
    pub(super) fn is_wide(&self, different: usize, now: EventTime) -> bool {
        self.who.at_least(different, now.plus_seconds(-DAY_SECONDS)).is_some()
    }

    /// How many different ones there were on the day that ends `now`, in words: `16 addresses`.
    pub(super) fn addresses(&self, now: EventTime) -> String {
        format!("{} addresses", self.who.since(now.plus_seconds(-DAY_SECONDS)))
    }

    /// What was done, by all of them.
    pub(super) fn day(&self) -> &Day {
        &self.day
    }

    /// It is part of a spell that a shorter window shows.
    pub(super) fn forget(&mut self) {
        self.day.forget();
    }

    /// They are enough: a spell begins, or goes on.
    pub(super) fn go_on(&self, spell: &mut Spell, hit: &Hit<'_>) -> News {
        self.day.go_on(spell, hit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_ones_count_for_a_day() {
        let (mut spread, at) = (Spread::default(), |hour: i64| EventTime::from_seconds(hour * 3600));
        for hour in 0..30 {
            spread.count(&(hour % 10), at(hour));
        }
        assert!(spread.is_wide(10, at(30)) && !spread.is_wide(11, at(30)));
        assert!(!spread.is_wide(10, at(50)), "half of them were here a day ago");
        spread.forget();
        assert!(spread.is_wide(10, at(30)), "they were here, told or not");
        spread.reuse();
        assert!(!spread.is_wide(1, at(30)));
    }
}
