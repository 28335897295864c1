//! Detectors: events and attempts in, findings out, in event time. One file per detector.

use serde::{Deserialize, Serialize};

use crate::model::{Attempt, Event, EventTime, Finding, Site};

/// The settings of all detectors, one table each in the configuration file: `[detect.relay-denied-spike]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Settings {}

/// All detectors, in order.
#[derive(Debug)]
pub struct Detectors {}

impl Detectors {
    /// The detectors that `settings` enables, for `site`.
    pub fn new(_settings: &Settings, _site: &Site) -> Self {
        Self {}
    }

    /// Takes the next event.
    pub fn event(&mut self, _event: &Event<'_>, _find: &mut Vec<Finding>) {}

    /// Takes a telling of an attempt.
    pub fn attempt(&mut self, _attempt: &Attempt<'_>, _find: &mut Vec<Finding>) {}

    /// Event time has come this far.
    pub fn watermark(&mut self, _time: EventTime, _find: &mut Vec<Finding>) {}

    /// The log is at its end.
    pub fn finish(&mut self, _find: &mut Vec<Finding>) {}
}
