//! Hours and days of event time, as numbers: traffic has the rhythm of people's days and weeks.
//!
//! They are hours of UTC. A site lives by another clock; what matters is that its hours come again, and where clocks are set
//! by an hour, the hours around are looked at as well.

use serde::{Deserialize, Serialize};

use crate::model::EventTime;

/// Number of an hour since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub(super) struct Hour(pub(super) i64);

/// Number of a day since 1970, a Thursday.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub(super) struct Day(i64);

impl Hour {
    pub(super) fn of(time: EventTime) -> Self {
        Self(time.seconds().div_euclid(3600))
    }

    /// When it begins.
    pub(super) fn time(self) -> EventTime {
        EventTime::from_seconds(self.0 * 3600)
    }

    pub(super) fn plus(self, hours: i64) -> Self {
        Self(self.0 + hours)
    }

    /// Hours from `earlier` to this one.
    pub(super) fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    pub(super) fn day(self) -> Day {
        Day(self.0.div_euclid(24))
    }

    /// 0 to 23.
    pub(super) fn of_day(self) -> i64 {
        self.0.rem_euclid(24)
    }

    /// This one and those up to `last`.
    pub(super) fn up_to(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }
}

impl Day {
    /// Days from `earlier` to this one.
    pub(super) fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    pub(super) fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    pub(super) fn hour(self, of_day: i64) -> Hour {
        Hour(self.0 * 24 + of_day)
    }

    pub(super) fn hours(self) -> impl Iterator<Item = Hour> {
        (0..24).map(move |hour| self.hour(hour))
    }

    /// So many days before it, the newest first.
    pub(super) fn before(self, days: i64) -> impl Iterator<Item = Self> {
        (1..=days).map(move |day| self.plus(-day))
    }

    /// Whether both are working days, both Saturdays or both Sundays.
    pub(super) fn is_like(self, other: Self) -> bool {
        self.kind() == other.kind()
    }

    /// A day of each kind: this one, or one of the week behind it.
    pub(super) fn kinds(self) -> impl Iterator<Item = Self> {
        let first = move |kind| (0..7).map(|day| self.plus(day)).find(|day| day.kind() == kind);
        [0, 5, 6].into_iter().filter_map(first)
    }

    /// 0: a working day, 5: a Saturday, 6: a Sunday.
    fn kind(self) -> i64 {
        // 0 is Monday; 1970 began with a Thursday.
        match (self.0 + 3).rem_euclid(7) {
            weekend @ 5..=6 => weekend,
            _ => 0,
        }
    }
}
