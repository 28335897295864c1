//! `--since` and `--until`: what may be typed, and which moment it is.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::model::EventTime;

/// A moment as typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    /// RFC 3339, with its offset.
    Absolute(EventTime),
    /// Date and time of day in the zone of the run.
    Local(NaiveDateTime),
    /// Seconds before now.
    Ago(i64),
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Absolute(time.with_timezone(&Utc).into()));
        }
        if let Some(seconds) = ago(text) {
            return Ok(Self::Ago(seconds));
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Local(date.and_time(NaiveTime::MIN)));
        }
        let text = text.replacen('T', " ", 1);
        ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
            .map(Self::Local)
            .ok_or_else(|| {
                "expected 2h, 30m or 7d (before now), 2026-03-01, 2026-03-01 14:30 or an RFC 3339 time"
                    .to_owned()
            })
    }
}

/// `45s`, `30m`, `2h`, `7d`, `2w`.
fn ago(text: &str) -> Option<i64> {
    let unit = match text.bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        b'w' => 604_800,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok()?.checked_mul(unit)
}

impl When {
    /// The moment it is in `zone`, when it is `now`.
    pub(super) fn resolve(self, zone: Tz, now: EventTime) -> EventTime {
        match self {
            Self::Absolute(time) => time,
            Self::Ago(seconds) => now.plus_seconds(-seconds),
            // An hour that is there twice means its first; one that is skipped, the same distance from midnight UTC.
            Self::Local(local) => zone
                .from_local_datetime(&local)
                .earliest()
                .map_or_else(|| local.and_utc(), |time| time.with_timezone(&Utc))
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_understood_as_people_type_them() {
        let now = EventTime::from_seconds(1_700_000_000);
        let at =
            |text: &str| text.parse::<When>().unwrap().resolve(chrono_tz::Europe::Vienna, now).to_string();
        assert_eq!(at("2h"), "2023-11-14T20:13:20Z");
        assert_eq!(at("7d"), "2023-11-07T22:13:20Z");
        assert_eq!(at("2023-07-01"), "2023-06-30T22:00:00Z");
        assert_eq!(at("2023-07-01 12:30"), "2023-07-01T10:30:00Z");
        assert_eq!(at("2023-07-01T12:30:15"), "2023-07-01T10:30:15Z");
        assert_eq!(at("2023-07-01T12:30:15-01:00"), "2023-07-01T13:30:15Z");
        assert_eq!(at("2023-10-29 02:30"), "2023-10-29T00:30:00Z", "the first of two");
        for bad in ["", "h", "-2h", "2 hours", "yesterday", "2023-13-01", "99999999999999999999d", "ü"] {
            assert!(bad.parse::<When>().is_err(), "{bad}");
        }
    }
}
