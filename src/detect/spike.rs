//! Counting one by one in a sliding window of event time, until there is enough of it for a spell to begin.

use std::collections::VecDeque;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::spell::{Hit, News, Spell};
use super::watched::Watchable;
use super::words::counted_about;
use crate::aggregate::{Distinct, Reuse};
use crate::model::EventTime;

/// Something that is older than the newest by more than a day is not late: one of the two has a wrong stamp.
pub(super) const STRAY_SECONDS: i64 = 86_400;
/// What is remembered in one window, so no threshold may be higher.
pub(super) const MAX_WINDOW: usize = 512;

/// What one subject did within the window, and the spell that this is part of, if it is.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Spike {
    /// What lies within the window, with its sources, oldest first.
    recent: VecDeque<(EventTime, Option<IpAddr>)>,
    newest: EventTime,
    /// The different sources since nothing was on.
    sources: Distinct,
    pub(super) spell: Spell,
}

impl Reuse for Spike {
    fn reuse(&mut self) {
        *self = Self { recent: std::mem::take(&mut self.recent), ..Self::default() };
        self.recent.clear();
    }
}

impl Watchable for Spike {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spell
    }
}

impl Spike {
    /// How much the window holds.
    pub(super) fn recent(&self) -> usize {
        self.recent.len()
    }

    /// Counts a hit; keeps the newest `most` within the window. False if the window has passed it already.
    pub(super) fn count(&mut self, hit: &Hit<'_>, source: Option<IpAddr>, window: i64, most: usize) -> bool {
        let now = hit.time;
        if self.newest.seconds_since(now) > STRAY_SECONDS {
            // A clock was wrong, then or now: the window begins anew.
            self.recent.clear();
            self.newest = now;
        }
        self.newest = self.newest.max(now);
        let begin = self.newest.plus_seconds(-window);
        self.forget_before(begin);
        if now < begin {
            return false;
        }
        if self.recent.len() >= most {
            self.recent.pop_front();
        }
        self.recent.push_back((now, source));
        self.spell.hit(hit);
        true
    }

    /// Counts a hit by one of many sources, unless that source has had its share.
    pub(super) fn count_share(&mut self, hit: &Hit<'_>, source: IpAddr, window: i64, share: usize) -> bool {
        self.forget_before(hit.time.max(self.newest).plus_seconds(-window));
        if self.recent.is_empty() && !self.spell.is_on(hit.time) {
            self.sources.clear();
        }
        self.sources.insert(&source);
        let so_far = self.recent.iter().filter(|&&(_, from)| from == Some(source)).count();
        so_far < share && self.count(hit, Some(source), window, MAX_WINDOW)
    }

    /// The different sources of the spell, in words: `12 addresses`, `about 1200 addresses`.
    pub(super) fn addresses(&self) -> String {
        counted_about(&self.sources, self.spell.count, "address", "addresses")
    }

    /// The window is above the threshold: a spell begins, or goes on.
    pub(super) fn go_on(&mut self, hit: &Hit<'_>) -> News {
        if self.spell.trigger.is_none() {
            // Where there are always some, those of weeks ago have nothing to do with it.
            self.sources.clear();
            self.recent
                .iter()
                .filter_map(|&(_, source)| source)
                .for_each(|source| self.sources.insert(&source));
        }
        self.spell.go_on(hit, self.newest, self.recent.len() as u64, self.first(hit))
    }

    /// The same for what goes on all day, however seldom it happens.
    pub(super) fn go_on_all_day(&mut self, hit: &Hit<'_>) -> News {
        self.spell.go_on_slowly(hit, self.newest, self.recent.len() as u64, self.first(hit))
    }

    /// When the first of the window was.
    fn first(&self, hit: &Hit<'_>) -> EventTime {
        self.recent.iter().map(|&(time, _)| time).min().unwrap_or(hit.time)
    }

    /// Whether what was counted last is the first of its window, and no spell is on.
    pub(super) fn begins_anew(&self) -> bool {
        self.spell.trigger.is_none() && self.recent.len() == 1
    }

    /// What `source` did is no sign of anything, as it turns out. Too late once a spell has begun.
    pub(super) fn forgive(&mut self, source: IpAddr) {
        if self.spell.trigger.is_none() {
            self.recent.retain(|&(_, from)| from != Some(source));
            self.spell.recount(self.recent.len() as u64);
        }
    }

    fn forget_before(&mut self, begin: EventTime) {
        while self.recent.front().is_some_and(|&(time, _)| time < begin) {
            self.recent.pop_front();
        }
    }

    /// Whether there are enough hits from enough sources.
    pub(super) fn is_wide(&self, hits: usize, sources: usize) -> bool {
        self.recent.len() >= hits && self.has_different(sources, |source| source)
    }

    /// Whether `enough` sources in the window are different, as `told_apart`. Ends with the first of them: few, and
    /// soon found where there are many.
    pub(super) fn has_different<K: PartialEq>(
        &self,
        enough: usize,
        told_apart: impl Fn(IpAddr) -> K,
    ) -> bool {
        let mut different: Vec<K> = Vec::with_capacity(enough.min(self.recent.len()));
        for source in self.recent.iter().filter_map(|&(_, source)| source) {
            if different.len() >= enough {
                break;
            }
            let key = told_apart(source);
            if !different.contains(&key) {
                different.push(key);
            }
        }
        different.len() >= enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mta, Network};

    fn at(seconds: i64) -> EventTime {
        EventTime::from_seconds(seconds)
    }

    fn hit(seconds: i64) -> Hit<'static> {
        Hit { time: at(seconds), mta: Mta::Postfix, proof: &|| None }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_holds_what_lies_within_it_and_no_more_than_it_must() {
        let mut spike = Spike::default();
        for second in 0..10 {
            assert!(spike.count(&hit(second * 10), None, 60, 5));
        }
        assert_eq!(spike.recent(), 5);
        assert!(!spike.count(&hit(20), None, 60, 5), "the window has passed it");
        assert!(spike.count(&hit(140), None, 60, 5));
        assert_eq!(spike.recent(), 3, "80, 90 and 140");
    }

    #[test]
    fn a_flood_from_one_source_takes_no_more_than_its_share() {
        let mut spike = Spike::default();
        for second in 0..1000 {
            spike.count_share(&hit(second), ip("203.0.113.66"), 3600, 4);
        }
        assert_eq!(spike.recent(), 4);
        for other in 0..MAX_WINDOW as u32 * 2 {
            spike.count_share(&hit(1000), std::net::Ipv4Addr::from_bits(other).into(), 3600, 4);
        }
        assert_eq!(spike.recent(), MAX_WINDOW);
    }

    #[test]
    fn what_is_forgiven_does_not_count_and_what_is_not_does() {
        let mut spike = Spike::default();
        for (second, source) in ["192.0.2.1", "192.0.2.2", "198.51.100.1", "192.0.2.1"].iter().enumerate() {
            spike.count(&hit(second as i64), Some(ip(source)), 60, MAX_WINDOW);
        }
        assert!(spike.is_wide(4, 3) && !spike.is_wide(4, 4));
        assert!(spike.has_different(2, Network::of) && !spike.has_different(3, Network::of));
        spike.forgive(ip("192.0.2.1"));
        assert_eq!(spike.recent(), 2);
        assert!(!spike.is_wide(3, 2));
    }

    #[test]
    fn a_line_that_tells_of_several_is_evidence_once() {
        let proof = |line| {
            let origin = crate::model::Origin { file: crate::model::FileId(0), line, offset: 0 };
            crate::model::Proof::new(origin, at(0), crate::model::HostId(0), b"line")
        };
        let mut spike = Spike::default();
        for line in [1, 1, 1, 2] {
            let copy = || Some(proof(line));
            spike.count(&Hit { proof: &copy, ..hit(0) }, None, 60, MAX_WINDOW);
        }
        assert_eq!((spike.recent(), spike.spell.proofs.len()), (4, 2));
    }
}
