//! What was read, what went through the server, who asked it to relay: the figures of a report, in words.

use super::Report;
use super::words::{counted, size, span, spoken, thousands};
use crate::aggregate::TopEntry;
use crate::model::{Authority, Class};

/// Classes of rejections named.
const CLASSES: usize = 5;

/// A figure with what it counts, and what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Figure {
    pub(super) label: String,
    pub(super) number: String,
    pub(super) remark: String,
}

/// `1,204 lines in 2 files (180 kB), 2026-03-02 06:25:01 to 07:02:11 UTC.`
pub(super) fn read(report: &Report) -> String {
    let input = &report.input;
    let mut read = format!(
        "{} in {} ({})",
        counted(input.lines, "line", "lines"),
        counted(input.files, "file", "files"),
        size(input.bytes)
    );
    if let (Some(first), Some(last)) = (input.first_time, input.last_time) {
        read.extend([", ", &span(first, last), " UTC"]);
    }
    format!("{read}.")
}

/// What went through; then, if there are any, why others were rejected.
pub(super) fn traffic(report: &Report) -> Vec<String> {
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
        return Vec::new();
    }
    let mut sentences = vec![format!("{}.", words.join(", "))];
    sentences.extend(rejections(report));
    sentences
}

/// What was denied has its own table.
fn rejections(report: &Report) -> Option<String> {
    let all = &report.traffic.rejected_by_class;
    let mut classes: Vec<(&Class, &u64)> =
        all.iter().filter(|&(&class, _)| class != Class::RelayDenied).collect();
    if classes.is_empty() {
        return None;
    }
    classes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let named = classes.iter().take(CLASSES);
    let mut words: Vec<String> =
        named.map(|&(class, &count)| format!("{} {}", spoken(class.name()), thousands(count))).collect();
    let rest: u64 = classes.iter().skip(CLASSES).map(|&(_, &count)| count).sum();
    if rest > 0 {
        words.push(format!("further {}", thousands(rest)));
    }
    Some(format!("Rejected for other reasons than relaying: {}.", words.join(", ")))
}

/// Relay attempts by what became of them; those that occur.
pub(super) fn attempts(report: &Report) -> Vec<Figure> {
    let relay = &report.relay;
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
    let rows = rows.into_iter().filter(|&(_, count, _)| count > 0);
    rows.map(|(label, count, remark)| Figure { label: label.to_owned(), number: thousands(count), remark })
        .collect()
}

/// An entry of a top list.
pub(super) fn top(entry: &TopEntry) -> Figure {
    // A count that may be too high says so.
    let about = if entry.error > 0 { "up to " } else { "" };
    Figure {
        label: entry.value.clone(),
        number: format!("{about}{}", thousands(entry.count)),
        remark: span(entry.first_seen, entry.last_seen),
    }
}
