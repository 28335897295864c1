//! Which different ones of something came within a window of event time: recipients, networks, names.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::aggregate::Distinct;
use crate::model::EventTime;

/// Different ones that are remembered of one subject, so no threshold may be higher.
pub(super) const MOST: usize = 128;

/// The different ones seen last, at most [`MOST`], each once, as hashes. Their number is exact up to there.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Recent(VecDeque<(u64, EventTime)>);

impl Recent {
    /// Sees `value`; true if it was not among those seen since `begin`.
    pub(super) fn see(&mut self, value: &(impl Hash + ?Sized), now: EventTime, begin: EventTime) -> bool {
        self.see_key(Self::key(value), now, begin).is_none()
    }

    /// Sees what has this hash; when that was seen before, if it was since `begin`.
    pub(super) fn see_key(&mut self, hash: u64, now: EventTime, begin: EventTime) -> Option<EventTime> {
        // What is seen again was mostly seen just now.
        let before = self.0.iter().rposition(|&(known, _)| known == hash);
        let before = before.and_then(|at| self.0.remove(at)).map(|(_, time)| time);
        while self.0.front().is_some_and(|&(_, time)| time < begin) {
            self.0.pop_front();
        }
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((hash, now));
        before.filter(|&time| time >= begin)
    }

    /// How many different ones were seen since `begin`.
    pub(super) fn since(&self, begin: EventTime) -> usize {
        self.0.iter().filter(|&&(_, time)| time >= begin).count()
    }

    /// How many, if they are `least` or more.
    pub(super) fn at_least(&self, least: usize, begin: EventTime) -> Option<usize> {
        // Most subjects have shown fewer in all their life, and need not be looked through.
        let count = if self.0.len() < least { 0 } else { self.since(begin) };
        (count >= least).then_some(count)
    }

    /// Those seen since `begin`, to be counted on; more are added as [`Recent::key`].
    pub(super) fn distinct(&self, begin: EventTime) -> Distinct {
        let mut distinct = Distinct::default();
        self.0.iter().filter(|&&(_, time)| time >= begin).for_each(|(key, _)| distinct.insert(key));
        distinct
    }

    /// What `value` is remembered as.
    pub(super) fn key(value: &(impl Hash + ?Sized)) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> EventTime {
        EventTime::from_seconds(seconds)
    }

    #[test]
    fn each_is_counted_once_as_long_as_the_window_lasts() {
        let mut recent = Recent::default();
        for (second, name) in ["a", "b", "a", "c"].into_iter().enumerate() {
            recent.see(name, at(second as i64), at(0));
        }
        assert_eq!(recent.since(at(0)), 3);
        assert_eq!(recent.since(at(2)), 2, "a again, and c");
        assert_eq!([3, 4].map(|least| recent.at_least(least, at(0))), [Some(3), None]);
        assert_eq!(recent.at_least(3, at(2)), None, "there were as many, but not lately");
        assert!(!recent.see("c", at(4), at(1)) && recent.see("b", at(5), at(2)));
    }

    #[test]
    fn a_flood_takes_no_more_room_than_it_may() {
        let mut recent = Recent::default();
        for number in 0..10 * MOST {
            assert!(recent.see(&number, at(0), at(0)));
        }
        assert_eq!(recent.since(at(0)), MOST);
    }
}
