//! How much is learned, and how strict what was learned is.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// The table `[learn]` of the configuration file.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether the service learns.
    pub enabled: bool,
    /// Alarms in a month about what only chance did, over all detectors that compare with what is usual. 0.01 to 1000.
    #[serde(deserialize_with = "false_alarms")]
    pub false_alarms_per_month: f64,
    /// Days of log until what is usual is known; fixed rules hold until then. 14 to 56.
    #[serde(deserialize_with = "days")]
    pub days: i64,
}

impl Settings {
    /// The least and the most [`Settings::false_alarms_per_month`].
    pub const FALSE_ALARMS: (f64, f64) = (0.01, 1000.0);
    /// The least and the most [`Settings::days`]: two weeks show which days differ, and eight are remembered.
    pub const DAYS: (i64, i64) = (14, 56);
}

impl Default for Settings {
    fn default() -> Self {
        Self { enabled: true, false_alarms_per_month: 1.0, days: 14 }
    }
}

fn false_alarms<'de, D: Deserializer<'de>>(number: D) -> Result<f64, D::Error> {
    within(f64::deserialize(number)?, Settings::FALSE_ALARMS)
}

fn days<'de, D: Deserializer<'de>>(number: D) -> Result<i64, D::Error> {
    within(i64::deserialize(number)?, Settings::DAYS)
}

/// A number in a range. One outside of it, or none at all (`nan`), is a mistake, and told as one with its place.
fn within<T: PartialOrd + std::fmt::Display, E: Error>(number: T, (least, most): (T, T)) -> Result<T, E> {
    if number >= least && number <= most {
        Ok(number)
    } else {
        Err(E::custom(format!("expected {least} to {most}, found {number}")))
    }
}
