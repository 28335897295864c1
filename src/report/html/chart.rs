//! What happened when: one small chart for each count, and a strip on which each alert lies where it was.

use std::fmt::Write;

use maud::{Markup, html};

use crate::model::{Alert, EventTime, duration_in_words};
use crate::report::Report;
use crate::report::words::{moment, thousands};

/// The order in which counts are read: attacks first.
const ORDER: [&str; 7] =
    ["denied", "rejected", "bounced", "deferred", "connections", "accepted", "delivered"];
/// Height of a chart in its own units.
const HEIGHT: u64 = 100;
/// Alerts on the strip; more would be one bar.
const MARKS: usize = 500;

pub(super) fn write(report: &Report) -> Markup {
    let series = &report.series;
    let Some(start) = series.start.filter(|_| !series.rows.is_empty()) else { return html! {} };
    let steps = series.rows.len();
    let end = start.plus_seconds(series.step_seconds * steps as i64);
    let column = |name: &str| series.names.iter().position(|known| *known == name);
    let counts = ORDER.iter().filter_map(|&name| {
        let at = column(name)?;
        let counts: Vec<u64> = series.rows.iter().map(|row| row[at]).collect();
        counts.iter().any(|&count| count > 0).then_some((name, counts))
    });
    let step = duration_in_words(series.step_seconds);
    html! {
        section.charts {
            h2 { "Over time" }
            (strip(&report.alerts, start, end))
            @for (name, counts) in counts { (chart(name, &counts, &step)) }
            div.axis {
                span { (moment(start)) }
                span { (moment(middle(start, end))) }
                span { (moment(end)) }
            }
        }
    }
}

fn chart(name: &str, counts: &[u64], step: &str) -> Markup {
    let total: u64 = counts.iter().sum();
    let most = counts.iter().copied().max().unwrap_or(0);
    let caption = format!("{}, at most {} in {step}", thousands(total), thousands(most));
    html! {
        figure.(name) {
            figcaption { b { (name) } " " span.quiet { (caption) } }
            svg viewBox={ "0 0 " (counts.len()) " " (HEIGHT) } preserveAspectRatio="none" role="img"
                aria-label={ (name) ": " (caption) } {
                path d=(outline(counts, most)) {}
            }
        }
    }
}

/// The bars as one shape. Whatever is more than nothing can be seen.
fn outline(counts: &[u64], most: u64) -> String {
    let mut path = format!("M0 {HEIGHT}");
    let mut last = HEIGHT;
    for (at, &count) in counts.iter().enumerate() {
        let tall = (count.saturating_mul(HEIGHT) / most.max(1)).max(u64::from(count > 0) * 2);
        let top = HEIGHT - tall.min(HEIGHT);
        if top != last {
            // Writing into memory cannot fail.
            let _ = write!(path, "H{at}V{top}");
            last = top;
        }
    }
    let _ = write!(path, "H{}V{HEIGHT}Z", counts.len());
    path
}

/// Alerts as bars from the first to the last time, the gravest on top.
fn strip(alerts: &[Alert], start: EventTime, end: EventTime) -> Markup {
    // In units of a thousandth of the whole.
    let whole = end.seconds_since(start).max(1);
    let place = |time: EventTime| (time.seconds_since(start).saturating_mul(1000) / whole).clamp(0, 1000);
    let mut shown: Vec<&Alert> = alerts.iter().take(MARKS).collect();
    shown.reverse();
    html! {
        @if !shown.is_empty() {
            figure {
                figcaption { b { "alerts" } " " span.quiet { (thousands(alerts.len() as u64)) } }
                svg.strip viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="when alerts were" {
                    @for alert in shown {
                        @let from = place(alert.first_seen);
                        @let width = (place(alert.last_seen) - from).max(3);
                        rect.(alert.severity.name()) x=(from.min(1000 - width)) y="0" width=(width) height="10" {}
                    }
                }
            }
        }
    }
}

fn middle(start: EventTime, end: EventTime) -> EventTime {
    start.plus_seconds(end.seconds_since(start) / 2)
}
