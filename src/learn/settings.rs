//! How much is learned, and how strict what was learned is.

use serde::{Deserialize, Serialize};

/// The table `[learn]` of the configuration file.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Alarms in a month about what only chance did, over all detectors that compare with what is usual. 0.01 to 1000.
    pub false_alarms_per_month: f64,
    /// Days of log until what is usual is known; fixed rules hold until then. 14 to 56.
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
        Self { false_alarms_per_month: 1.0, days: 14 }
    }
}
