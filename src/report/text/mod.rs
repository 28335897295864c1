//! The report for people: the verdict in words first, then what it rests on. Says nothing twice and prints nothing
//! that is empty: a quiet log gives a short report.

mod alerts;
mod input;
mod page;
mod relay;
mod shapes;
mod verdict;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::Report;
use crate::model::Severity;
use page::Page;

/// How the report is shown.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Alerts below are counted, not shown.
    pub min_severity: Severity,
    /// Whether styles may be used.
    pub color: bool,
    /// Columns of the terminal; text is wrapped to it.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { min_severity: Severity::Warning, color: false, width: 80 }
    }
}

/// Writes the report.
pub fn write(report: &Report, options: &Options, out: &mut impl Write) -> io::Result<()> {
    let mut page = Page::new(options);
    verdict::write(report, options, &mut page);
    input::write(report, &mut page);
    relay::write(report, &mut page);
    alerts::write(report, options, &mut page);
    input::write_assumptions(report, &mut page);
    input::write_learned(report, &mut page);
    shapes::write(report, &mut page);
    out.write_all(page.finish().as_bytes())
}
