//! Who takes his time: what one subject did within a day, where no shorter window has enough of it.

use serde::{Deserialize, Serialize};

use super::rate::Rate;
use super::spell::{Hit, News, Spell};
use crate::model::EventTime;

/// A day.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// What was done within a day and made no spell otherwise.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Day {
    rate: Rate,
    /// When the first of it was done.
    first: EventTime,
    /// How much there was when it was counted last.
    held: u64,
}

impl Day {
    /// Counts one more; how many that makes.
    pub(super) fn count(&mut self, now: EventTime) -> u64 {
        if self.rate.within(now, DAY_SECONDS) == 0 {
            self.first = now;
        }
        self.rate.add(1, now, DAY_SECONDS);
        self.held = self.rate.within(now, DAY_SECONDS);
        self.held
    }

    /// How much of a `spell` of so many happened within a day: all of it, unless it goes on for longer, and slowly.
    pub(super) fn part(&self, spell: &Spell, count: u64) -> u64 {
        let is_long = spell.last.seconds_since(spell.first) > DAY_SECONDS;
        if spell.is_slow() && is_long { self.held.min(count) } else { count }
    }

    /// How much the day held when it was counted last.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// It is part of a spell that a shorter window shows: that is told, and does not count again when it is over.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The day has enough: a spell begins, or goes on.
    pub(super) fn go_on(&self, spell: &mut Spell, hit: &Hit<'_>) -> News {
        let first = self.first.max(hit.time.plus_seconds(-DAY_SECONDS));
        spell.go_on_slowly(hit, hit.time, self.held, first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_what_no_spell_had() {
        let mut day = Day::default();
        let counts: Vec<u64> = (0..30).map(|hour| day.count(EventTime::from_seconds(hour * 3600))).collect();
        assert_eq!((counts[0], counts[19], counts[29]), (1, 20, 24));
        day.forget();
        assert_eq!(day.count(EventTime::from_seconds(30 * 3600)), 1);
    }
}
