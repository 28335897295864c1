//! `[notify]` of the configuration: how alerts are told.

use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::model::{Alert, Period, Severity};

/// What the alerts of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The detector.
    Detector,
    /// Whom they are about.
    Subject,
    /// The host whose log shows them.
    Host,
    /// How grave they are.
    Severity,
}

impl GroupBy {
    /// What `alert` has of it.
    fn of(self, alert: &Alert) -> String {
        match self {
            Self::Detector => alert.detector.clone(),
            Self::Subject => alert.subject.to_string(),
            Self::Host => alert.host.clone(),
            Self::Severity => alert.severity.to_string(),
        }
    }
}

/// How alerts are told, whatever the sink.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What the alerts that are told together have in common. Nothing: all are one group.
    pub group_by: Vec<GroupBy>,
    /// How long the first notice of a group waits for others, up to 10 minutes.
    #[serde(deserialize_with = "period::<_, 0, 600>")]
    pub group_wait: Period,
    /// From one time a group is told to the next, up to a day.
    #[serde(deserialize_with = "period::<_, 0, 86_400>")]
    pub group_interval: Period,
    /// After so long an alert that still fires is told again: 1 minute to 30 days, or never (0).
    #[serde(deserialize_with = "repeat")]
    pub repeat_interval: Period,
    /// Whether it is told that an alert is over.
    pub resolved: bool,
    /// Less grave alerts are told only where a route says so.
    pub min_severity: Severity,
    /// Notices kept until they have arrived, dead ones among them: 100 to 1,000,000.
    #[serde(deserialize_with = "number::<_, 100, 1_000_000>")]
    pub spool: usize,
    /// A notice that could not be delivered for so long is dead: 1 minute to 30 days.
    #[serde(deserialize_with = "period::<_, 60, 2_592_000>")]
    pub give_up_after: Period,
    /// Notices that one sink is told in [`Settings::rate_period`], 1 to 100,000; critical ones count, and are never held.
    #[serde(deserialize_with = "number::<_, 1, 100_000>")]
    pub rate_limit: usize,
    /// The window of [`Settings::rate_limit`]: 10 seconds to a day. It begins with the first notice that arrives.
    #[serde(deserialize_with = "period::<_, 10, 86_400>")]
    pub rate_period: Period,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            group_by: vec![GroupBy::Detector],
            group_wait: Period::of_seconds(3),
            group_interval: Period::of_seconds(60),
            repeat_interval: Period::of_seconds(4 * 3600),
            resolved: true,
            min_severity: Severity::Warning,
            spool: 10_000,
            give_up_after: Period::of_seconds(3 * 86_400),
            rate_limit: 60,
            rate_period: Period::of_seconds(600),
        }
    }
}

impl Settings {
    /// The group that notices of `alert` belong to.
    pub(super) fn group_of(&self, alert: &Alert) -> String {
        // A unit separator: no value that is compared here has reason to hold one.
        self.group_by.iter().map(|by| by.of(alert)).collect::<Vec<_>>().join("\u{1f}")
    }
}

fn within<E: Error>(period: Period, range: RangeInclusive<i64>, or: &str) -> Result<Period, E> {
    if range.contains(&period.seconds()) {
        return Ok(period);
    }
    let (least, most) = (Period::of_seconds(*range.start()), Period::of_seconds(*range.end()));
    Err(E::custom(format!("expected {least} to {most}{or}, found {period}")))
}

/// A length of time of `LEAST` to `MOST` seconds.
fn period<'de, D: Deserializer<'de>, const LEAST: i64, const MOST: i64>(text: D) -> Result<Period, D::Error> {
    within(Period::deserialize(text)?, LEAST..=MOST, "")
}

fn repeat<'de, D: Deserializer<'de>>(text: D) -> Result<Period, D::Error> {
    let period = Period::deserialize(text)?;
    if period.seconds() == 0 {
        return Ok(period);
    }
    within(period, 60..=2_592_000, ", or 0s for never")
}

/// A number from `LEAST` to `MOST`.
fn number<'de, D: Deserializer<'de>, const LEAST: i64, const MOST: i64>(text: D) -> Result<usize, D::Error> {
    let number = i64::deserialize(text)?;
    match usize::try_from(number) {
        Ok(fits) if (LEAST..=MOST).contains(&number) => Ok(fits),
        _ => Err(D::Error::custom(format!("expected {LEAST} to {MOST}, found {number}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_stated_has_its_default() {
        let settings: Settings = toml::from_str(
            "group_by = ['host', 'severity']\nrepeat_interval = '0s'\nmin_severity = 'info'\nspool = 100",
        )
        .unwrap();
        assert_eq!(settings.group_by, [GroupBy::Host, GroupBy::Severity]);
        assert_eq!((settings.repeat_interval.seconds(), settings.spool), (0, 100));
        assert_eq!(settings.min_severity, Severity::Info);
        let rest: Settings = toml::from_str("").unwrap();
        assert_eq!(rest, Settings::default());
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for (text, want) in [
            ("group_wait = '11m'", "expected 0s to 10m, found 11m"),
            ("group_interval = 'soon'", "`soon` is no length of time: expected a number and a unit"),
            ("repeat_interval = '5s'", "expected 1m to 30d, or 0s for never, found 5s"),
            ("give_up_after = '0s'", "expected 1m to 30d, found 0s"),
            ("spool = 99", "expected 100 to 1000000, found 99"),
            ("rate_limit = -1", "expected 1 to 100000, found -1"),
            ("rate_period = '2d'", "expected 10s to 1d, found 2d"),
            ("group_by = ['source']", "unknown variant `source`, expected one of `detector`"),
            ("min_severity = 'error'", "unknown variant `error`"),
            ("interval = '1m'", "unknown field `interval`"),
        ] {
            let error = toml::from_str::<Settings>(text).unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
