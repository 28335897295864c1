//! The report as lines of JSON, for log collectors: one line per alert, the same object as everywhere, and a last
//! line with everything else: the report object without `alerts`. Only that line has `schema`.

use std::io::{self, Write};

use serde::Serialize;

use super::{Assumption, InputSummary, Learning, Report, json};
use crate::aggregate::{Relay, Series, Top, Traffic};

/// The report without its alerts.
#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    input: &'a InputSummary,
    traffic: &'a Traffic,
    relay: &'a Relay,
    top: &'a Top,
    series: &'a Series,
    assumptions: &'a [Assumption],
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<Learning>,
}

/// Writes the lines.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for alert in &report.alerts {
        json::write_line(alert, out)?;
    }
    // Named one by one, so that a new part of the report cannot be forgotten here.
    let Report { schema, input, traffic, relay, top, series, assumptions, learned, alerts: _ } = report;
    json::write_line(
        &Summary { schema, input, traffic, relay, top, series, assumptions, learned: *learned },
        out,
    )
}
