//! Local time -> moment. What a zone leaves open twice a year is settled here.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::model::EventTime;

const SECOND: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3600 * SECOND;
/// How far stamps must jump back inside an hour that happens twice to mean its second run: more than lines of
/// different processes get out of order, less than the shortest shift of any zone (Lord Howe, 30 minutes).
const SECOND_RUN: i64 = 10 * 60 * SECOND;
/// The longest gap of any zone: Samoa left out the whole of 30 December 2011.
const LONGEST_GAP: i64 = 25;

/// The time zone of one series of logs, and where in an hour that happens twice the log stands.
///
/// - An hour that happens twice (clocks went back) is taken as its first run, until the stamps within it jump back.
/// - An hour that never happens (clocks went forward) is read with the offset from before the gap: 02:30 is 03:30.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    zone: Tz,
    /// In an hour that happens twice: the latest stamp seen there, and whether it is the second run.
    twice: Option<(i64, bool)>,
}

impl Zone {
    pub(super) fn new(zone: Tz) -> Self {
        Self { zone, twice: None }
    }

    /// Microseconds of the zone's own clock since 1970-01-01T00:00:00 -> the moment.
    pub(super) fn moment(&mut self, local: i64) -> EventTime {
        let offset = match self.offsets(local) {
            MappedLocalTime::Single(offset) => offset,
            MappedLocalTime::Ambiguous(first, second) => {
                let (latest, again) = match self.twice {
                    Some((latest, again)) if (local - latest).abs() < 24 * HOUR => {
                        (latest.max(local), again || local < latest - SECOND_RUN)
                    }
                    _ => (local, false),
                };
                self.twice = Some((latest, again));
                if again { second } else { first }
            }
            MappedLocalTime::None => self.offset_before(local),
        };
        EventTime::from_micros(local.saturating_sub(offset))
    }

    /// What to add to every local time of the hour that begins at `hour` to get the moment; `None` where the offset
    /// changes within it.
    pub(super) fn shift_of_hour(&self, hour: i64) -> Option<i64> {
        match (self.offsets(hour), self.offsets(hour.saturating_add(HOUR - 1))) {
            (MappedLocalTime::Single(a), MappedLocalTime::Single(b)) if a == b => Some(-a),
            _ => None,
        }
    }

    /// The year that begins a moment falls into, on the zone's own clock.
    pub(super) fn year_of(&self, time: EventTime) -> i32 {
        use chrono::Datelike;
        time.utc().map_or(1970, |utc| utc.with_timezone(&self.zone).year())
    }

    fn offsets(&self, local: i64) -> MappedLocalTime<i64> {
        match naive(local) {
            Some(naive) => self
                .zone
                .offset_from_local_datetime(&naive)
                .map(|offset| i64::from(offset.fix().local_minus_utc()) * SECOND),
            None => MappedLocalTime::Single(0),
        }
    }

    fn offset_before(&self, local: i64) -> i64 {
        (1..=LONGEST_GAP)
            .find_map(|hours| self.offsets(local.saturating_sub(hours * HOUR)).latest())
            .unwrap_or(0)
    }
}

fn naive(local: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(local).map(|time| time.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> i64 {
        text.parse::<NaiveDateTime>().unwrap().and_utc().timestamp_micros()
    }

    fn told(zone: Tz, locals: &[&str]) -> Vec<String> {
        let mut zone = Zone::new(zone);
        locals.iter().map(|text| zone.moment(local(text)).to_string()).collect()
    }

    #[test]
    fn an_hour_that_happens_twice_is_its_first_run_until_time_jumps_back() {
        let locals = [
            "2025-10-26T01:59:59",
            "2025-10-26T02:00:00",
            "2025-10-26T02:59:58",
            "2025-10-26T02:59:57",
            "2025-10-26T02:00:01",
            "2025-10-26T02:59:59",
            "2025-10-26T03:00:00",
            "2026-10-25T02:30:00",
        ];
        let want = [
            "2025-10-25T23:59:59Z",
            "2025-10-26T00:00:00Z",
            "2025-10-26T00:59:58Z",
            "2025-10-26T00:59:57Z",
            "2025-10-26T01:00:01Z",
            "2025-10-26T01:59:59Z",
            "2025-10-26T02:00:00Z",
            "2026-10-25T00:30:00Z",
        ];
        assert_eq!(told(Tz::Europe__Berlin, &locals), want);
    }

    #[test]
    fn an_hour_that_never_happens_moves_forward() {
        let locals = ["2025-03-30T01:59:59", "2025-03-30T02:30:00", "2025-03-30T03:00:00"];
        let want = ["2025-03-30T00:59:59Z", "2025-03-30T01:30:00Z", "2025-03-30T01:00:00Z"];
        assert_eq!(told(Tz::Europe__Berlin, &locals), want);
        assert_eq!(told(Tz::Pacific__Apia, &["2011-12-30T12:00:00"]), ["2011-12-30T22:00:00Z"]);
    }

    #[test]
    fn whole_hours_have_one_shift_except_where_clocks_change() {
        let zone = Zone::new(Tz::Australia__Lord_Howe);
        assert_eq!(zone.shift_of_hour(local("2025-04-06T00:00:00")), Some(-11 * HOUR));
        assert_eq!(zone.shift_of_hour(local("2025-04-06T01:00:00")), None);
        assert_eq!(zone.shift_of_hour(local("2025-04-06T02:00:00")), Some(-10 * HOUR - HOUR / 2));
        assert_eq!(Zone::new(Tz::UTC).shift_of_hour(0), Some(0));
        assert_eq!(Zone::new(Tz::Europe__Berlin).moment(i64::MAX), EventTime::from_micros(i64::MAX));
    }
}
