//! Relay attempts by outcome and authority, and who was denied.

use super::Report;
use super::page::Page;
use crate::aggregate::TopEntry;
use crate::model::Authority;
use crate::report::words::{span, spoken, thousands};

/// Denied sources shown; the JSON report has more.
const SOURCES: usize = 5;

pub(super) fn write(report: &Report, page: &mut Page) {
    outcomes(report, page);
    denied(report, page);
}

fn outcomes(report: &Report, page: &mut Page) {
    let relay = &report.relay;
    if relay.attempts == 0 {
        return;
    }
    let authorities: Vec<String> = relay
        .by_authority
        .iter()
        .filter_map(|(authority, count)| Some((authority.filter(|&a| a != Authority::None)?, count)))
        .map(|(authority, count)| format!("{} {}", spoken(authority.name()), thousands(count)))
        .collect();
    let unseen = match relay.by_authority.get(None) {
        0 => String::new(),
        n => format!("{} entered before the log begins", thousands(n)),
    };
    let rows = [
        ("denied", relay.denied, String::new()),
        ("refused for another reason", relay.rejected, String::new()),
        ("let through with authority", relay.authorised, authorities.join(", ")),
        ("let through WITHOUT authority", relay.unauthorised, String::new()),
        ("let through, cannot tell", relay.undetermined, unseen),
    ];
    page.heading("Relay attempts");
    let rows = rows.into_iter().filter(|&(_, count, _)| count > 0);
    let rows: Vec<_> =
        rows.map(|(label, count, remark)| (label.to_owned(), thousands(count), remark)).collect();
    page.table(&rows);
}

fn denied(report: &Report, page: &mut Page) {
    let sources = &report.top.denied_sources;
    if sources.is_empty() {
        return;
    }
    page.heading("Denied most often");
    let row = |entry: &TopEntry| {
        // A count that may be too high says so.
        let about = if entry.error > 0 { "up to " } else { "" };
        let number = format!("{about}{}", thousands(entry.count));
        (entry.value.clone(), number, span(entry.first_seen, entry.last_seen))
    };
    page.table(&sources.iter().take(SOURCES).map(row).collect::<Vec<_>>());
}
