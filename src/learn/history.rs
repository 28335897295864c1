//! What was counted in each hour of the last weeks, and which hours of the past are like one that comes.

use std::collections::VecDeque;

use super::hour::{Day, Hour};
use crate::model::{Hourly, new_level};

/// Weeks remembered.
const WEEKS: i64 = 8;

/// Counts of hours in a row, and of which of them nothing is to be learned.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct History {
    /// The hour of the first count.
    begins: Hour,
    counts: VecDeque<Hourly>,
}

impl History {
    /// As it was kept.
    pub(super) fn restore(begins: Hour, counts: Vec<Hourly>) -> Self {
        Self { begins, counts: counts.into() }
    }

    /// As it is to be kept: the first hour, and the counts from then on.
    pub(super) fn state(&self) -> (Hour, Vec<Hourly>) {
        (self.begins, self.counts.iter().copied().collect())
    }

    /// The first hour, if there is one.
    pub(super) fn begin(&self) -> Option<Hour> {
        (!self.counts.is_empty()).then_some(self.begins)
    }

    /// The first hour behind it.
    pub(super) fn end(&self) -> Hour {
        self.begins.plus(self.counts.len() as i64)
    }

    /// The last hour.
    pub(super) fn last(&self) -> Option<Hour> {
        (!self.counts.is_empty()).then(|| self.end().plus(-1))
    }

    /// What was counted in `hour`, which comes behind all others. Hours in between had nothing.
    pub(super) fn push(&mut self, hour: Hour, count: Hourly) {
        if self.counts.is_empty() {
            self.begins = hour;
        }
        let gap = hour.since(self.end());
        if gap < 0 {
            return;
        }
        if gap > WEEKS * 168 {
            (self.begins, self.counts) = (hour, VecDeque::new());
        } else {
            self.counts.extend(std::iter::repeat_n(Hourly::new(0), gap as usize));
        }
        self.counts.push_back(count);
        while self.counts.len() as i64 > WEEKS * 168 {
            self.counts.pop_front();
            self.begins = self.begins.plus(1);
        }
    }

    /// All of it is right, and to be learned from; `is_now`: what is special in the hour under way, too.
    pub(super) fn approve(&mut self, is_now: bool) {
        let now = if is_now { Hourly::default().excluded() } else { Hourly::default() };
        let gone = new_level(self.counts.iter().copied().chain([now]).rev());
        let gone = gone.map_or(0, |hours| (self.counts.len() + 1).saturating_sub(hours));
        self.counts.drain(..gone);
        self.begins = self.begins.plus(gone as i64);
        self.counts.iter_mut().for_each(|count| *count = count.approved());
    }

    /// What was counted in `hour`, if anything is to be learned of it.
    pub(super) fn at(&self, hour: Hour) -> Option<u32> {
        let count = self.counts[self.index(hour)?];
        (!count.is_excluded()).then_some(count.count())
    }

    fn index(&self, hour: Hour) -> Option<usize> {
        usize::try_from(hour.since(self.begins)).ok().filter(|&index| index < self.counts.len())
    }

    /// Counts of the same hour, and of so many `near` it on both sides, on days of the same kind, if it `was_watched`.
    pub(super) fn like_hour(&self, hour: Hour, near: i64, was_watched: impl Fn(Hour) -> bool) -> Vec<u32> {
        let days = hour.day().before(WEEKS * 7).filter(|day| day.is_like(hour.day()));
        let hours = days.flat_map(|day| (-near..=near).map(move |near| day.hour(hour.of_day()).plus(near)));
        hours.filter(|&hour| was_watched(hour)).filter_map(|hour| self.at(hour)).collect()
    }

    /// Counts of the same hour in the weeks before.
    pub(super) fn same_hour(&self, hour: Hour, was_watched: impl Fn(Hour) -> bool) -> Vec<u32> {
        let hours = (1..=WEEKS).map(|week| hour.plus(-168 * week));
        hours.filter(|&hour| was_watched(hour)).filter_map(|hour| self.at(hour)).collect()
    }

    /// Counts of whole days of the same kind.
    pub(super) fn like_day(&self, day: Day, was_watched: impl Fn(Hour) -> bool) -> Vec<u32> {
        let days = day.before(WEEKS * 7).filter(|before| before.is_like(day));
        days.filter_map(|day| self.of_day(day, &was_watched)).collect()
    }

    /// Counts of the same day in the weeks before.
    pub(super) fn same_day(&self, day: Day, was_watched: impl Fn(Hour) -> bool) -> Vec<u32> {
        (1..=WEEKS).filter_map(|week| self.of_day(day.plus(-7 * week), &was_watched)).collect()
    }

    /// What was counted from one hour up to another, without that one, excluded or not.
    pub(super) fn between(&self, first: Hour, end: Hour) -> u64 {
        let hours = first.up_to(end.plus(-1));
        hours.filter_map(|hour| self.index(hour)).map(|index| u64::from(self.counts[index].count())).sum()
    }

    /// What a whole day had, if something is to be learned of each of its hours.
    pub(super) fn of_day(&self, day: Day, was_watched: &impl Fn(Hour) -> bool) -> Option<u32> {
        let each = day.hours().map(|hour| self.at(hour).filter(|_| was_watched(hour)));
        each.sum::<Option<u32>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 5 January 2026, 0:00.
    const MONDAY: Hour = Hour(490_992);

    fn history(hours: i64, count: impl Fn(Hour) -> u32) -> History {
        let mut history = History::default();
        for hour in MONDAY.up_to(MONDAY.plus(hours - 1)) {
            history.push(hour, Hourly::new(u64::from(count(hour))));
        }
        history
    }

    #[test]
    fn an_hour_is_like_those_around_it_on_days_of_its_kind() {
        let history = history(14 * 24, |hour| if hour.day().is_like(MONDAY.day()) { 10 } else { 1 });
        let next = MONDAY.plus(14 * 24 + 9);
        assert_eq!(history.like_hour(next, 1, |_| true), [10; 30], "ten working days, three hours each");
        assert_eq!(history.like_hour(next.plus(5 * 24), 1, |_| true), [1; 6], "two Saturdays");
        assert_eq!(history.same_hour(next, |_| true), [10; 2]);
        assert_eq!(history.like_day(next.day(), |_| true), [240; 10]);
        assert_eq!(history.same_day(next.day().plus(6), |_| true), [24; 2]);
    }

    #[test]
    fn nothing_is_learned_of_hours_without_a_log() {
        let history = history(14 * 24, |_| 10);
        let next = MONDAY.plus(14 * 24);
        let watched = |hour: Hour| hour != MONDAY;
        assert_eq!(history.same_hour(next, watched), [10]);
        assert_eq!(history.same_day(next.day(), watched), [240]);
    }

    #[test]
    fn nothing_is_learned_of_what_is_excluded() {
        let mut history = history(24, |_| 10);
        history.push(MONDAY.plus(24), Hourly::new(99).excluded());
        assert_eq!((history.at(MONDAY.plus(23)), history.at(MONDAY.plus(24))), (Some(10), None));
        assert_eq!(history.of_day(MONDAY.day().plus(1), &|_| true), None);
        assert_eq!(history.between(MONDAY, MONDAY.plus(48)), 24 * 10 + 99, "it was counted all the same");
    }

    #[test]
    fn weeks_ago_is_forgotten_and_a_long_silence_begins_anew() {
        let mut history = history(WEEKS * 168 + 5, |_| 1);
        assert_eq!(history.begin(), Some(MONDAY.plus(5)));
        history.push(MONDAY.plus(WEEKS * 168 + 10), Hourly::new(2));
        assert_eq!(history.at(MONDAY.plus(WEEKS * 168 + 8)), Some(0), "nothing was counted there");
        history.push(MONDAY, Hourly::new(9));
        assert_eq!(history.end(), MONDAY.plus(WEEKS * 168 + 11), "what is late is left out");
        history.push(MONDAY.plus(30 * 168), Hourly::new(3));
        assert_eq!(
            (history.begin(), history.end()),
            (Some(MONDAY.plus(30 * 168)), MONDAY.plus(30 * 168 + 1))
        );
    }
}
