//! The report for people.

use std::io::{self, Write};

use super::Report;
use crate::model::Severity;

/// How the report is shown.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Alerts below are counted, not shown.
    pub min_severity: Severity,
    /// Whether styles may be used.
    pub color: bool,
    /// Columns; lines are wrapped to it where they can be.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { min_severity: Severity::Warning, color: false, width: 80 }
    }
}

/// Writes the report.
pub fn write(report: &Report, options: &Options, out: &mut impl Write) -> io::Result<()> {
    let _ = (report, options);
    out.flush()
}
