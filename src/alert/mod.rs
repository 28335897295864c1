//! Findings become alerts: identity, life cycle, evidence.

use crate::model::{Alert, EventTime, Files, Finding, Hosts};

/// The alerts of a run, by identity.
#[derive(Debug, Default)]
pub struct Alerts {}

impl Alerts {
    /// Takes a finding: a new alert, or news of an old one.
    pub fn find(&mut self, _finding: Finding, _files: &Files, _hosts: &Hosts) {}

    /// Event time has come this far: alerts that have been quiet resolve.
    pub fn watermark(&mut self, _time: EventTime) {}

    /// All alerts, gravest first, then oldest first.
    pub fn all(&self) -> Vec<Alert> {
        Vec::new()
    }
}
