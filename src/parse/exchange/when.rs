//! The times of rows: ISO 8601 in the logs themselves; what the culture of a shell makes of them in exports.

use chrono::NaiveDateTime;

use crate::model::{EventTime, Stamp};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Row};

/// A stamp longer than this is none.
const LONGEST: usize = 40;
/// What `Export-Csv` writes in the cultures of the United States, and of Germany, Austria and Switzerland, in local time. A
/// culture that puts the day before the month with slashes looks like the first one: nobody can tell.
const CULTURES: [&str; 3] = ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"];

/// When the row says it happened.
pub(super) fn stamp(row: &Row<'_>, recent: &mut Recent<'_>) -> Option<Stamp> {
    let text = row.text(Column::DateTime);
    if text.is_empty() {
        return numbered(row.text(Column::Date), row.text(Column::Time));
    }
    time(text, recent)
}

/// A moment in one cell.
pub(in crate::parse) fn time(text: &[u8], recent: &mut Recent<'_>) -> Option<Stamp> {
    if let Some((stamp, _)) = recent.stamp(text) {
        return Some(stamp);
    }
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= LONGEST)?;
    let local = CULTURES.iter().find_map(|culture| NaiveDateTime::parse_from_str(text, culture).ok())?;
    Some(Stamp::Local(local.and_utc().timestamp_micros()))
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
