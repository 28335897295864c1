//! How a sink is doing: whether it rests after a failure, and how much it was told lately.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Settings;
use crate::model::EventTime;

/// The first rest after a failure, in microseconds; it doubles with each.
const FIRST_REST: i64 = 1_000_000;
/// The longest rest that a failure makes.
const LONGEST_REST: i64 = 300 * 1_000_000;
/// The longest that another side can ask for (`Retry-After`).
const LONGEST_ASKED: i64 = 3600 * 1_000_000;
/// Longer errors are cut, in characters: they are kept and shown.
const MAX_ERROR: usize = 500;

/// What is known of one sink.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Outlet {
    /// Failures in a row.
    pub(super) failures: u32,
    /// Since when it rests, and until when.
    rest: Option<(EventTime, EventTime)>,
    /// Nobody takes anything there any more.
    pub(super) is_gone: bool,
    /// When the window began in which notices are counted, and how many arrived in it.
    window: Option<EventTime>,
    told: usize,
    /// Whether the window was too small for what there was.
    pub(super) is_limited: bool,
    pub(super) delivered: u64,
    pub(super) failed: u64,
    pub(super) dropped: u64,
    pub(super) held: u64,
    pub(super) last_error: Option<String>,
    pub(super) last_delivery: Option<EventTime>,
}

impl Outlet {
    /// A notice arrived.
    pub(super) fn delivered(&mut self, now: EventTime) {
        self.open();
        self.window.get_or_insert(now);
        self.told += 1;
        self.delivered += 1;
        self.last_delivery = Some(now);
    }

    /// `count` notices did not arrive.
    pub(super) fn failed(&mut self, count: usize, why: &str) {
        self.failed += count as u64;
        self.last_error = Some(short(why));
    }

    /// It rests: for longer after each failure, and at least as long `after` as was asked for.
    pub(super) fn rest(&mut self, sink: &str, after: Option<Duration>, now: EventTime) {
        let doubled = FIRST_REST.checked_shl(self.failures.min(32)).unwrap_or(LONGEST_REST).min(LONGEST_REST);
        // Sinks that fail together are not tried together, so a fifth more or less.
        let mut hasher = DefaultHasher::new();
        (sink, self.failures).hash(&mut hasher);
        let permille = 800 + (hasher.finish() % 401) as i64;
        let asked = after.map_or(0, |after| i64::try_from(after.as_micros()).unwrap_or(i64::MAX));
        let rest = (doubled * permille / 1000).max(asked.min(LONGEST_ASKED));
        self.rest = Some((now, EventTime::from_micros(now.micros().saturating_add(rest))));
        self.failures = self.failures.saturating_add(1);
    }

    /// It is tried again at once.
    pub(super) fn open(&mut self) {
        (self.failures, self.rest, self.is_gone) = (0, None, false);
    }

    /// Until when it rests. A clock that was set back ends a rest.
    pub(super) fn resting(&self, now: EventTime) -> Option<EventTime> {
        self.rest.filter(|&(since, until)| (since..until).contains(&now)).map(|(_, until)| until)
    }

    /// Until when it was told to rest.
    pub(super) fn rested(&self) -> Option<EventTime> {
        self.rest.map(|(_, until)| until)
    }

    /// How many notices it may still be told, of which `in_flight` are on their way.
    pub(super) fn room(&self, settings: &Settings, in_flight: usize) -> usize {
        settings.rate_limit.saturating_sub(self.told + in_flight)
    }

    /// Whether it has been told all it may be.
    pub(super) fn is_full(&self, settings: &Settings) -> bool {
        self.told >= settings.rate_limit
    }

    /// When the window ends.
    pub(super) fn window_end(&self, settings: &Settings) -> Option<EventTime> {
        self.window.map(|start| start.plus_seconds(settings.rate_period.seconds()))
    }

    /// Ends the window if it is over at `now`; true if it was too small.
    pub(super) fn end_window(&mut self, settings: &Settings, now: EventTime) -> bool {
        let is_over = self.window.is_some_and(|start| now < start)
            || self.window_end(settings).is_some_and(|end| end <= now);
        if !is_over {
            return false;
        }
        (self.window, self.told) = (None, 0);
        std::mem::take(&mut self.is_limited)
    }
}

/// An error, as much of it as is kept.
pub(super) fn short(why: &str) -> String {
    why.chars().take(MAX_ERROR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_rests_twice_as_long_after_each_failure_and_as_long_as_it_asks() {
        let now = EventTime::from_seconds(1000);
        let mut outlet = Outlet::default();
        let rest = |outlet: &mut Outlet, after: Option<u64>| {
            outlet.rest("chat", after.map(Duration::from_secs), now);
            (outlet.resting(now).unwrap().micros() - now.micros()) as f64 / 1e6
        };
        for want in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0] {
            let seconds = rest(&mut outlet, None);
            assert!((want * 0.8..=want * 1.2).contains(&seconds), "{seconds} instead of about {want}");
        }
        assert!((rest(&mut outlet, Some(900)) - 900.0).abs() < 1e-9);
        assert!((rest(&mut outlet, Some(1_000_000)) - 3600.0).abs() < 1e-9);
        assert_eq!(outlet.resting(EventTime::from_seconds(999)), None, "the clock was set back");
        outlet.failures = u32::MAX;
        assert!(rest(&mut outlet, None) <= 360.0);
        outlet.delivered(now);
        assert_eq!(outlet.resting(now), None);
        assert!(rest(&mut outlet, None) <= 1.2);
    }
}
