//! The times of rows: ISO 8601 in the logs themselves; what the culture of a shell makes of them in exports.

use chrono::NaiveDateTime;

use crate::model::{EventTime, Stamp};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Row};

/// A stamp longer than this is none.
const LONGEST: usize = 40;
/// What `Export-Csv` writes in local time, by the culture of its shell (.NET, `CultureInfo.DateTimeFormat`), where the order
/// of day and month shows in what separates them.
const CULTURES: [&str; 7] = [
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H.%M.%S",
    "%d-%m-%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %I:%M:%S %p",
];

/// When the row says it happened.
pub(in crate::parse) fn stamp(row: &Row<'_>, recent: &mut Recent<'_>) -> Option<Stamp> {
    let text = row.text(Column::DateTime);
    if text.is_empty() {
        return numbered(row.text(Column::Date), row.text(Column::Time));
    }
    time(text, recent)
}

/// A moment in one cell.
pub(in crate::parse) fn time(text: &[u8], recent: &mut Recent<'_>) -> Option<Stamp> {
    if let Some((stamp, _)) = recent.stamp(text).filter(|&(_, end)| end == text.len()) {
        return Some(stamp);
    }
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= LONGEST)?;
    let read = |culture: &&str| NaiveDateTime::parse_from_str(text, culture).ok();
    let local = CULTURES.iter().find_map(read).or_else(|| slashes(text)?.iter().find_map(read))?;
    Some(Stamp::Local(local.and_utc().timestamp_micros()))
}

/// The cultures that separate by slashes, if it shows which of two numbers is the day: one is above 12, or both are the
/// same, or it is the United States' own way, with a half of the day behind it and no number filled up. What could be read
/// in two ways is not read: a report says of a file without times that it has none.
fn slashes(text: &str) -> Option<[&'static str; 2]> {
    const MONTH_FIRST: [&str; 2] = ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S"];
    const DAY_FIRST: [&str; 2] = ["%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %H:%M:%S"];
    let mut numbers = text.split('/').take(2);
    let (first, second) = (numbers.next()?, numbers.next()?);
    let filled = first.starts_with('0') || second.starts_with('0');
    match (first.parse::<u8>().ok()?, second.parse::<u8>().ok()?) {
        (13.., _) => Some(DAY_FIRST),
        (_, 13..) => Some(MONTH_FIRST),
        (day, month) if day == month => Some(DAY_FIRST),
        _ => (text.ends_with('M') && !filled).then_some(MONTH_FIRST),
    }
}

/// `2003-8-12` and `0:58:14 GMT`, as Exchange 2000 and 2003 write them.
fn numbered(date: &[u8], time: &[u8]) -> Option<Stamp> {
    if date.len() + time.len() > LONGEST {
        return None;
    }
    let (date, time) = (std::str::from_utf8(date).ok()?, std::str::from_utf8(time).ok()?);
    let moment = NaiveDateTime::parse_from_str(&format!("{date} {time}"), "%Y-%m-%d %H:%M:%S GMT").ok()?;
    Some(Stamp::Absolute(EventTime::from_micros(moment.and_utc().timestamp_micros())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_where_only_one_reading_is_possible() {
        let want = Stamp::Local(
            NaiveDateTime::parse_from_str("2026-03-02 22:00:01", "%Y-%m-%d %H:%M:%S")
                .unwrap()
                .and_utc()
                .timestamp_micros(),
        );
        let read = |text: &str| time(text.as_bytes(), &mut Recent::default());
        for text in [
            "2026-03-02 22:00:01",
            "02.03.2026 22:00:01",
            "2.3.2026 22.00.01",
            "02-03-2026 22:00:01",
            "2026/3/2 22:00:01",
            "2026-03-02 10:00:01 PM",
            "3/2/2026 10:00:01 PM",
        ] {
            assert_eq!(read(text), Some(want), "{text}");
        }
        let day = |text: &str| read(text).unwrap();
        assert_eq!(day("13/03/2026 22:00:01"), day("3/13/2026 10:00:01 PM"));
        assert_eq!(day("03/03/2026 22:00:01"), day("03.03.2026 22:00:01"));
        for ambiguous in [
            "02/03/2026 22:00:01",
            "2/03/2026 10:00:01 PM",
            "31/31/2026 22:00:01",
            "/",
            "a/b/2026 10:00:00",
            "",
        ] {
            assert_eq!(read(ambiguous), None, "{ambiguous}");
        }
    }
}
