//! What was read, how much of it was understood, and what was taken for granted.

use super::page::Page;
use super::{Report, coverage};
use crate::model::Class;
use crate::report::words::{counted, size, span, spoken, thousands};

/// Classes of rejections named.
const CLASSES: usize = 5;

pub(super) fn write(report: &Report, page: &mut Page) {
    let input = &report.input;
    if input.lines == 0 {
        return;
    }
    page.heading("Read");
    let mut read = format!(
        "{} in {} ({})",
        counted(input.lines, "line", "lines"),
        counted(input.files, "file", "files"),
        size(input.bytes)
    );
    if let (Some(first), Some(last)) = (input.first_time, input.last_time) {
        read.extend([", ", &span(first, last), " UTC"]);
    }
    page.paragraph(2, &format!("{read}."));
    coverage::write(report, page);
    traffic(report, page);
}

fn traffic(report: &Report, page: &mut Page) {
    let traffic = &report.traffic;
    let counts = [
        (traffic.connections, "connection", "connections"),
        (traffic.messages, "message", "messages"),
        (traffic.delivered, "delivered", "delivered"),
        (traffic.deferred, "deferred", "deferred"),
        (traffic.bounced, "bounced", "bounced"),
        (traffic.expired, "expired", "expired"),
        (traffic.rejected, "rejected", "rejected"),
    ];
    let words: Vec<String> = counts
        .into_iter()
        .filter(|&(count, ..)| count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    if words.is_empty() {
        return;
    }
    page.heading("Traffic");
    page.paragraph(2, &format!("{}.", words.join(", ")));
    // What was denied has its own table.
    let mut classes: Vec<(&Class, &u64)> =
        traffic.rejected_by_class.iter().filter(|&(&class, _)| class != Class::RelayDenied).collect();
    if classes.is_empty() {
        return;
    }
    classes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let named = classes.iter().take(CLASSES);
    let mut words: Vec<String> =
        named.map(|&(class, &count)| format!("{} {}", spoken(class.name()), thousands(count))).collect();
    let rest: u64 = classes.iter().skip(CLASSES).map(|&(_, &count)| count).sum();
    if rest > 0 {
        words.push(format!("further {}", thousands(rest)));
    }
    page.paragraph(2, &format!("Rejected for other reasons than relaying: {}.", words.join(", ")));
}

pub(super) fn write_assumptions(report: &Report, page: &mut Page) {
    // Nothing rests on an assumption where there was nothing to judge.
    if report.assumptions.is_empty() || report.input.events == 0 {
        return;
    }
    page.heading("Assumed");
    for assumption in &report.assumptions {
        page.hanging(2, 2, &format!("{}: {} ({})", assumption.about, assumption.assumed, assumption.why));
    }
}

/// At most `limit` characters of `text`; a record of several lines in one.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
