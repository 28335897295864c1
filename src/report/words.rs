//! Numbers, sizes and times as people write them.

use crate::model::EventTime;
pub(super) use crate::model::{counted, size, spoken, thousands};

/// `part` of `whole` in percent, with two digits that say something. Only the whole is 100 %.
pub(super) fn share(part: u64, whole: u64) -> String {
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    match percent {
        ..0.01 => "less than 0.01 %".to_owned(),
        0.01..1.0 => format!("{percent:.2} %"),
        99.0..100.0 => format!("{:.2} %", (percent * 100.0).floor() / 100.0),
        1.0..10.0 => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    }
}

/// `2026-03-02 06:25:01`, UTC, whole seconds.
pub(super) fn moment(time: EventTime) -> String {
    time.utc().map_or_else(|| "unknown time".to_owned(), |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// `2026-03-02 06:25:01 to 07:02:11`: what both have in common is said once. Lines in front of the first stamp have no
/// time that is known.
pub(super) fn span(first: EventTime, last: EventTime) -> String {
    let (from, to) = (moment(first), moment(last));
    if first.utc().is_none() && last.utc().is_some() {
        return format!("until {to}");
    }
    match (from.split_once(' '), to.split_once(' ')) {
        _ if from == to => from,
        (Some((day, _)), Some((same, clock))) if day == same => format!("{from} to {clock}"),
        _ => format!("{from} to {to}"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Text of several lines on one, with `between` where one ended.
pub(super) fn on_one_line(text: &str, between: &str) -> String {
    let lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(between)
}

/// At most `limit` characters of `text`; a record of several lines in one.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let text = on_one_line(text, " ");
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn figures_read_like_print() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(size(1_440_000), "1.4 MB");
        assert_eq!(share(4, 12_345), "0.03 %");
        assert_eq!(share(1, 1_000_000), "less than 0.01 %");
        assert_eq!(share(1, 1), "100 %");
        assert_eq!((share(999_999, 1_000_000), share(998, 1_000)), ("99.99 %".into(), "99.80 %".into()));
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        let (noon, one) = (EventTime::from_seconds(43_200), EventTime::from_seconds(46_800));
        assert_eq!(span(noon, one), "1970-01-01 12:00:00 to 13:00:00");
        assert_eq!(span(noon, noon), "1970-01-01 12:00:00");
        assert_eq!(span(EventTime::MIN, noon), "until 1970-01-01 12:00:00");
    }
}
