//! An archive, played as if it happened now: how far it may go on at which moment.

use std::time::Instant;

use crate::model::EventTime;

/// Slower than this is standing still, faster than that is reading.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=1_000_000.0;

/// Where in its log a replay stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replay {
    pub(super) speed: f64,
    pub(super) paused: bool,
    /// It was stepped to a line: what else happened in that moment, or is late, waits for the next step.
    holds: bool,
    /// All of the log was played.
    pub(super) is_over: bool,
    /// The log's first time.
    first: Option<EventTime>,
    /// Where it was, and when; `None` until the log's first time is known.
    stood: Option<(EventTime, Instant)>,
}

impl Replay {
    pub(super) fn new(speed: f64) -> Self {
        Self { speed: bounded(speed), paused: false, holds: false, is_over: false, first: None, stood: None }
    }

    /// The log's first time is `first`, as is known `now`.
    pub(super) fn begin(&mut self, first: EventTime, now: Instant) {
        self.first.get_or_insert(first);
        self.stood.get_or_insert((first, now));
    }

    /// Whether its beginning is known.
    pub(super) fn has_begun(&self) -> bool {
        self.stood.is_some()
    }

    /// Where it stands `now`.
    pub(super) fn at(&self, now: Instant) -> EventTime {
        match self.stood {
            None => EventTime::MIN,
            Some((at, _)) if self.paused || self.is_over => at,
            Some((at, since)) => {
                let passed = now.saturating_duration_since(since).as_secs_f64() * self.speed;
                EventTime::from_micros(at.micros().saturating_add((passed * 1e6) as i64))
            }
        }
    }

    /// What happened before this may be read `now`.
    pub(super) fn until(&self, now: Instant) -> EventTime {
        if self.holds { EventTime::MIN } else { self.at(now) }
    }

    /// Goes on from `to`, or from the log's first time if that is later.
    pub(super) fn seek(&mut self, to: EventTime, now: Instant) {
        self.stood = Some((self.first.map_or(to, |first| first.max(to)), now));
        self.holds = false;
    }

    /// Whether all of the log was played, as is known `now`. Then it stands still until there is more.
    pub(super) fn set_over(&mut self, is_over: bool, now: Instant) {
        if self.is_over != is_over {
            self.stay(now);
            self.is_over = is_over;
        }
    }

    /// Goes on so fast from `now` on.
    pub(super) fn set_speed(&mut self, speed: f64, now: Instant) {
        self.stay(now);
        self.speed = bounded(speed);
    }

    /// Stands still, or goes on.
    pub(super) fn toggle(&mut self, now: Instant) {
        self.stay(now);
        (self.paused, self.holds) = (!self.paused, false);
    }

    /// Stands still at the line that was read, which happened at `read`; `None`: there was none.
    pub(super) fn step(&mut self, read: Option<EventTime>, now: Instant) {
        let at = self.at(now);
        (self.paused, self.holds) = (true, true);
        if self.stood.is_some() {
            self.stood = Some((read.map_or(at, |read| read.max(at)), now));
        }
    }

    fn stay(&mut self, now: Instant) {
        if self.stood.is_some() {
            self.stood = Some((self.at(now), now));
        }
    }
}

fn bounded(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(*SPEEDS.start(), *SPEEDS.end()) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "any moment will do")]
    fn time_goes_on_as_fast_as_it_should_and_stands_still() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut replay = Replay::new(60.0);
        assert_eq!(replay.at(after(5)), EventTime::MIN, "nothing is known of the log");
        replay.begin(EventTime::from_seconds(1000), after(5));
        replay.begin(EventTime::from_seconds(5000), after(6));
        assert_eq!(replay.at(after(7)), EventTime::from_seconds(1120));
        replay.toggle(after(7));
        assert_eq!(replay.at(after(100)), EventTime::from_seconds(1120));
        replay.toggle(after(100));
        replay.set_speed(1.0, after(101));
        assert_eq!(replay.at(after(111)), EventTime::from_seconds(1190));
        replay.seek(EventTime::from_seconds(10), after(111));
        assert_eq!(
            replay.at(after(112)),
            EventTime::from_seconds(1001),
            "nothing is in front of its first time"
        );
        replay.seek(EventTime::from_seconds(2000), after(112));
        replay.set_over(true, after(113));
        assert_eq!(replay.at(after(150)), EventTime::from_seconds(2001));
        replay.set_over(false, after(150));
        assert_eq!(replay.at(after(151)), EventTime::from_seconds(2002));
        replay.step(Some(EventTime::from_seconds(5000)), after(152));
        assert_eq!(replay.at(after(200)), EventTime::from_seconds(5000));
        assert_eq!(replay.until(after(200)), EventTime::MIN, "what else happened then is not read");
        replay.step(Some(EventTime::from_seconds(4000)), after(200));
        assert_eq!(replay.at(after(200)), EventTime::from_seconds(5000), "a late line turns no clock back");
        replay.toggle(after(200));
        assert_eq!(replay.until(after(201)), EventTime::from_seconds(5001));
        replay.set_speed(f64::NAN, after(200));
        assert!((replay.speed - 1.0).abs() < f64::EPSILON);
    }
}
