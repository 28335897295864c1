//! The figures: the few that matter on tiles, the others in tables.

use maud::{Markup, html};

use super::shown;
use crate::aggregate::TopEntry;
use crate::model::Severity;
use crate::report::Report;
use crate::report::figures::{self, Figure};
use crate::report::words::thousands;

/// Rows of a top list; the JSON report has more.
const ROWS: usize = 10;

/// What one looks for first.
pub(super) fn tiles(report: &Report) -> Markup {
    let relay = &report.relay;
    let alerts = |severity| report.alerts.iter().filter(|alert| alert.severity == severity).count() as u64;
    let tiles = [
        ("let through without authority", relay.unauthorised, "critical"),
        ("relay attempts denied", relay.denied, "warning"),
        ("critical alerts", alerts(Severity::Critical), "critical"),
        ("warnings", alerts(Severity::Warning), "warning"),
        ("messages", report.traffic.messages, ""),
        ("lines not understood", report.input.unmatched, ""),
    ];
    html! {
        section.tiles {
            @for (label, count, class) in tiles {
                @let class = if count > 0 { class } else { "" };
                div.(class) { b { (thousands(count)) } span { (label) } }
            }
        }
    }
}

/// Attempts, and the top lists that have anything.
pub(super) fn tables(report: &Report) -> Markup {
    let top = &report.top;
    let lists: [(&str, &[TopEntry]); 8] = [
        ("Denied addresses", &top.denied_sources),
        ("Denied networks", &top.denied_networks),
        ("Addresses that relay", &top.relay_sources),
        ("Accounts that relay", &top.accounts),
        ("Senders", &top.senders),
        ("Recipients", &top.recipients),
        ("Destinations", &top.destinations),
        ("HELO names", &top.helo),
    ];
    html! {
        @if report.relay.attempts > 0 {
            section {
                h2 { "Relay attempts" }
                (table(&figures::attempts(report)))
            }
        }
        section.lists {
            @for (heading, entries) in lists {
                @if !entries.is_empty() {
                    div {
                        h3 { (heading) }
                        (table(&entries.iter().take(ROWS).map(figures::top).collect::<Vec<_>>()))
                    }
                }
            }
        }
    }
}

fn table(rows: &[Figure]) -> Markup {
    html! {
        table {
            tbody {
                @for Figure { label, number, remark } in rows {
                    tr {
                        // The null sender has no letter.
                        td { @if label.is_empty() { "<>" } @else { (shown(label)) } }
                        td.number { (number) }
                        td.quiet { (shown(remark)) }
                    }
                }
            }
        }
    }
}
