//! The log's own time. Nothing here, and nothing between `parse` and `detect`, knows what time it is now.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in a log: microseconds since 1970-01-01T00:00:00Z. Ordered, copyable, never read from a clock.
///
/// ```
/// use relaywatch::model::EventTime;
/// let time = EventTime::from_micros(1_700_000_000_250_000);
/// assert_eq!(time.to_string(), "2023-11-14T22:13:20.25Z");
/// assert_eq!(time.plus_seconds(1).seconds_since(time), 1);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventTime(i64);

impl EventTime {
    /// Before every stamp a log can hold.
    pub const MIN: Self = Self(i64::MIN);

    /// From microseconds since the Unix epoch, UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch, UTC.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch, UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment, `seconds` later (earlier if negative); saturates at the ends of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Whole seconds from `earlier` to `self`; negative when `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    /// As calendar time; `None` outside the years chrono knows.
    pub fn utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }
}

impl From<DateTime<Utc>> for EventTime {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
}

/// RFC 3339 in UTC, with as many digits after the second as the log had (none, or up to microseconds).
impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.utc() {
            Some(time) if self.0.rem_euclid(1_000_000) == 0 => {
                f.write_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
            }
            Some(time) => {
                let text = time.to_rfc3339_opts(SecondsFormat::Micros, true);
                let digits = text.trim_end_matches('Z').trim_end_matches('0');
                write!(f, "{digits}Z")
            }
            None => f.write_str("unknown time"),
        }
    }
}

impl fmt::Debug for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for EventTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for EventTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            DateTime::parse_from_rfc3339(&text)
                .map(|time| Self(time.timestamp_micros()))
                .map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

/// A time as one line states it. What the line leaves out (the year, the zone) is known only once the lines of its
/// file stand in order, so parsing keeps the statement and the ordered stage turns it into an [`EventTime`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Stamp {
    /// The line carries no time.
    #[default]
    None,
    /// A complete time: date, time of day and offset.
    Absolute(EventTime),
    /// Date and time of day without a zone: microseconds since 1970-01-01T00:00:00 of the log's own zone.
    Local(i64),
    /// Month, day and time of day, no year, no zone: microseconds since the first of January of a leap year, so
    /// that 29 February has a place.
    Yearless(i64),
}

const DAY: i64 = 86_400_000_000;
/// 31 January + 29 February days of the reference (leap) year, in microseconds.
const END_OF_FEBRUARY: i64 = 60 * DAY;

impl Stamp {
    /// A yearless stamp from its parts (`month` 1 to 12, `day` 1 to 31); `None` if no year has that day.
    pub fn yearless(month: u32, day: u32, micros_of_day: i64) -> Option<Self> {
        let date = NaiveDate::from_ymd_opt(2000, month, day)?;
        Some(Self::Yearless(i64::from(date.ordinal0()) * DAY + micros_of_day))
    }

    /// Local microseconds since the epoch of a yearless stamp in `year`. 29 February in a common year is taken as
    /// 1 March: the line exists, so the year was guessed wrong, and a day off is the smallest lie.
    pub fn in_year(yearless: i64, year: i32) -> Option<i64> {
        let january = NaiveDate::from_ymd_opt(year, 1, 1)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros();
        let leap = NaiveDate::from_ymd_opt(year, 2, 29).is_some();
        let shift = if !leap && yearless >= END_OF_FEBRUARY { DAY } else { 0 };
        Some(january + yearless - shift)
    }
}

/// `seconds` as people say it: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
pub fn duration_in_words(seconds: i64) -> String {
    let delta = TimeDelta::seconds(seconds.max(0));
    let (days, hours, minutes) = (delta.num_days(), delta.num_hours() % 24, delta.num_minutes() % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{} s", delta.num_seconds()),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

/// The seconds of a duration as Sendmail writes it (`pintvl` of its source): `00:01:02`, with days `1+14:41:13`.
///
/// ```
/// use relaywatch::model::seconds_of;
/// assert_eq!(seconds_of(b"1+14:41:13"), Some(139_273));
/// assert_eq!(seconds_of(b"0.12"), None);
/// ```
pub fn seconds_of(duration: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(duration).ok()?;
    let (days, clock) = text.split_once('+').unwrap_or(("0", text));
    let mut parts = clock.split(':');
    let mut part = |most: u64| {
        let text = parts.next()?;
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok())?.filter(|&number: &u64| number <= most)
    };
    let (hours, minutes, seconds) = (part(23)?, part(59)?, part(59)?);
    let days: u64 = (days.len() <= 6).then(|| days.parse().ok())??;
    parts.next().is_none().then_some(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_clocks_with_days_before_them() {
        for (text, want) in [
            ("00:00:00", Some(0)),
            ("00:01:02", Some(62)),
            ("5+00:00:03", Some(432_003)),
            ("24:00:00", None),
            ("00:60:00", None),
            ("1:2:3", None),
            ("00:00:00:00", None),
            ("+00:00:01", None),
            ("9999999+00:00:00", None),
            ("12", None),
            ("", None),
        ] {
            assert_eq!(seconds_of(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn yearless_stamps_find_their_day_in_leap_and_common_years() {
        let Some(Stamp::Yearless(march)) = Stamp::yearless(3, 1, 0) else { panic!("1 March exists") };
        for (year, want) in [(2024, "2024-03-01T00:00:00Z"), (2023, "2023-03-01T00:00:00Z")] {
            let local = Stamp::in_year(march, year).unwrap();
            assert_eq!(EventTime::from_micros(local).to_string(), want);
        }
        assert_eq!(Stamp::yearless(2, 30, 0), None);
    }

    #[test]
    fn times_print_the_digits_they_have() {
        assert_eq!(EventTime::from_micros(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(EventTime::from_micros(123_456).to_string(), "1970-01-01T00:00:00.123456Z");
        assert_eq!(EventTime::from_micros(-1).to_string(), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn durations_read_like_speech() {
        assert_eq!(duration_in_words(45), "45 s");
        assert_eq!(duration_in_words(720), "12 min");
        assert_eq!(duration_in_words(12_000), "3 h 20 min");
        assert_eq!(duration_in_words(187_200), "2 d 4 h");
    }
}
