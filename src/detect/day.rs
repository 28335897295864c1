//! Who takes his time: what one subject did within a day, in spells that a shorter window shows and beside them.

use serde::{Deserialize, Serialize};

use super::rate::Rate;
use super::spell::{Hit, News, Spell};
use crate::aggregate::Reuse;
use crate::model::{EventTime, thousands};

/// A day.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// What was done within a day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Day {
    /// What made no spell otherwise.
    rest: Rate,
    /// When the first of that was done.
    first: EventTime,
    /// How much of it there was when it was counted last.
    held: u64,
    /// All that weighs, and how much there was when it was counted last.
    all: Rate,
    total: u64,
}

impl Reuse for Day {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Day {
    /// Counts one more, which `weighs` or not: of those that do, so many within a day are too many, with spells or without.
    /// How many that makes, but for those of spells that a shorter window showed.
    pub(super) fn count(&mut self, now: EventTime, weighs: bool) -> u64 {
        if self.rest.within(now, DAY_SECONDS) == 0 {
            self.first = now;
        }
        self.rest.add(1, now, DAY_SECONDS);
        self.held = self.rest.within(now, DAY_SECONDS);
        self.all.add(u32::from(weighs), now, DAY_SECONDS);
        self.total = self.all.within(now, DAY_SECONDS);
        self.held
    }

    /// How much weighed on the day that ended when it was counted last.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Whether the day has enough for a spell: `enough` that made none, or, with spells, a `warning` and no fewer.
    pub(super) fn is_enough(&self, enough: u64, warning: u64) -> bool {
        self.held >= enough || self.total >= warning.max(enough)
    }

    /// How much weighed, in words, where a spell of `count` tells of fewer: `, 100 within a day`.
    pub(super) fn beside(&self, count: u64) -> String {
        if self.total > count { format!(", {} within a day", thousands(self.total)) } else { String::new() }
    }

    /// How much happened within a day, of which a `spell` has `count`: all of these, unless it goes on for longer, and
    /// slowly.
    pub(super) fn part(&self, spell: &Spell, count: u64) -> u64 {
        let is_long = spell.last.seconds_since(spell.first) > DAY_SECONDS;
        let of_spell = if spell.is_slow() && is_long { self.held.min(count) } else { count };
        of_spell.max(self.total)
    }

    /// How much the day held when it was counted last.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// It is part of a spell that a shorter window shows: that is told, and is not told again when it is over.
    pub(super) fn forget(&mut self) {
        (self.rest, self.held) = Default::default();
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
        let counts: Vec<u64> =
            (0..30).map(|hour| day.count(EventTime::from_seconds(hour * 3600), true)).collect();
        assert_eq!((counts[0], counts[19], counts[29]), (1, 20, 24));
        day.forget();
        assert_eq!(day.count(EventTime::from_seconds(30 * 3600), true), 1);
    }

    #[test]
    fn what_weighs_counts_for_a_day_whatever_spells_there_were() {
        let (mut day, spell) = (Day::default(), Spell::default());
        for hour in 0..30 {
            day.count(EventTime::from_seconds(hour * 3600), true);
            day.forget();
        }
        assert_eq!((day.held(), day.total(), day.part(&spell, 3)), (0, 24, 24));
        assert!(
            day.is_enough(20, 24) && day.is_enough(24, 1) && !day.is_enough(25, 1) && !day.is_enough(20, 25)
        );
        assert_eq!((&*day.beside(3), &*day.beside(24)), (", 24 within a day", ""));
        day.count(EventTime::from_seconds(60 * 3600), false);
        assert_eq!(day.total(), 0, "that was days ago, and what came now does not weigh");
    }
}
