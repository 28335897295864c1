//! Relay attempts by outcome and authority, and who was denied.

use super::Report;
use super::page::Page;
use crate::report::figures;

/// Denied sources shown; the JSON report has more.
const SOURCES: usize = 5;

pub(super) fn write(report: &Report, page: &mut Page) {
    if report.relay.attempts > 0 {
        page.heading("Relay attempts");
        page.table(&figures::attempts(report));
    }
    let sources = &report.top.denied_sources;
    if !sources.is_empty() {
        page.heading("Denied most often");
        page.table(&sources.iter().take(SOURCES).map(figures::top).collect::<Vec<_>>());
    }
}
