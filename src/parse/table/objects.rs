//! Exports of `ConvertTo-Json`: the objects of `Get-MessageTrackingLog` and `Get-MessageTraceV2` (Microsoft Learn), one for each
//! row that `Export-Csv` would write. So each is written behind its batch as that row, and read as one.
//!
//! A cell is quoted as RFC 4180 has it, whatever stands in it; an object that is not quite JSON gives no row.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value};

use super::cells::Row;
use super::columns::{Columns, Layout};
use super::output::Output;
use super::read_row;
use crate::model::{Batch, Kind, Parsed, Span, Stamp};
use crate::parse::bytes::without_mark;
use crate::parse::exchange;
use crate::parse::parser::Parser;
use crate::parse::stamp::Recent;

/// The properties that are read, in the order of the row.
const TRACKING: &[&str] = &[
    "Timestamp",
    "ClientIp",
    "ClientHostname",
    "ServerIp",
    "ServerHostname",
    "ConnectorId",
    "Source",
    "EventId",
    "InternalMessageId",
    "MessageId",
    "TotalBytes",
    "RecipientCount",
    "Sender",
    "ReturnPath",
    "Directionality",
    "OriginalClientIp",
    "RelatedRecipientAddress",
    "RecipientStatus",
    "Recipients",
];
const TRACE: &[&str] =
    &["Received", "Status", "FromIP", "ToIP", "Size", "MessageId", "SenderAddress", "RecipientAddress"];

/// Parses a batch of objects: a record for each, and one more for every further recipient.
pub(super) fn parse_into(parser: &Parser, mut batch: Batch, recycled: Parsed) -> Parsed {
    let lines_end = batch.bytes.len();
    let (mut places, mut rows, mut index) = (Vec::new(), Vec::new(), 0);
    for record in batch.records() {
        let text = &batch.bytes[record.clone()];
        if let Some(at) = object_at(text) {
            let object = text[at..].trim_ascii_end();
            let line = Span { start: (record.start + at) as u32, len: object.len() as u32 };
            let begin = rows.len();
            let layout = write(object, &mut rows);
            let row = lines_end + begin..lines_end + rows.len();
            places.push((line, index + newlines(&text[..at]), row, layout));
        }
        index += newlines(text);
    }
    batch.bytes.append(&mut rows);
    let mut out = Output::new(parser, &batch.bytes, recycled);
    let columns =
        [TRACKING, TRACE].map(|names| Columns::named(b',', names.iter().map(|name| name.as_bytes())));
    let mut recent = Recent::default();
    for (line, index, row, layout) in places {
        out.at(line, row.start as u32, index);
        let columns = columns.iter().flatten().find(|columns| Some(columns.layout()) == layout);
        let row = columns.map(|columns| Row::new(&batch.bytes[row], columns)).filter(Row::is_whole);
        match row {
            Some(row) => read_row(&row, &mut recent, &mut out),
            None => out.other(Kind::Unmatched),
        }
    }
    out.finish().parsed(batch, lines_end, &parser.set)
}

/// Whether a file that begins with `head` holds such objects.
pub(in crate::parse) fn begins(head: &[u8]) -> bool {
    first(head).is_some_and(|object| layout(&object).is_some())
}

/// The time of the first object.
pub(in crate::parse) fn first_stamp(head: &[u8]) -> Option<Stamp> {
    let object = first(head)?;
    let value = ["Timestamp", "Received"].iter().find_map(|name| property(&object, name))?;
    exchange::time(time(value).as_bytes(), &mut Recent::default())
}

/// The first object in `head`, if all of it is there.
fn first(head: &[u8]) -> Option<Map<String, Value>> {
    let rest = without_mark(head);
    let rest = &rest[object_at(rest)?..];
    if rest[0] != b'{' {
        return None;
    }
    serde_json::Deserializer::from_str(&String::from_utf8_lossy(rest)).into_iter().next()?.ok()
}

/// Where the text begins that is more than an array's brackets and commas.
fn object_at(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'[' | b']' | b','))
}

fn newlines(text: &[u8]) -> u32 {
    memchr::memchr_iter(b'\n', text).count() as u32
}

/// Appends the row of `object`, if it is one of a known layout.
fn write(object: &[u8], out: &mut Vec<u8>) -> Option<Layout> {
    // Whatever is no UTF-8 (an export in the code page of the machine) is no reason to lose the object.
    let object: Map<String, Value> = serde_json::from_str(&String::from_utf8_lossy(object)).ok()?;
    let layout = layout(&object)?;
    let names = if layout == Layout::Trace { TRACE } else { TRACKING };
    for (number, name) in names.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        let Some(value) = property(&object, name) else { continue };
        let text = if number == 0 { time(value) } else { text(value) };
        if text.contains([',', '"']) {
            out.push(b'"');
            out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }
    Some(layout)
}

fn layout(object: &Map<String, Value>) -> Option<Layout> {
    let has = |names: &[&str]| names.iter().all(|name| property(object, name).is_some());
    if has(&["Timestamp", "EventId", "MessageId"]) {
        Some(Layout::Tracking)
    } else {
        has(&["Received", "Status", "FromIP", "RecipientAddress"]).then_some(Layout::Trace)
    }
}

/// The names of properties know no case.
fn property<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o Value> {
    object.get(name).or_else(|| {
        object.iter().find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
    })
}

/// When it happened; the first of the properties.
fn time(value: &Value) -> String {
    let text = text(value);
    date(&text).unwrap_or(text)
}

/// A value as tracking logs have it in a cell: lists joined by semicolons.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(";"),
        // What PowerShell 5 makes of values that carry more than themselves: an enumeration's name beside its number, a
        // time beside its display.
        Value::Object(members) => {
            ["Value", "value"].iter().find_map(|name| members.get(*name)).map(text).unwrap_or_default()
        }
    }
}

/// `/Date(1772445601900)/`: milliseconds since 1970 in UTC, as PowerShell writes times up to version 5.
fn date(text: &str) -> Option<String> {
    let digits = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    // What may follow names the zone of the machine; the milliseconds are UTC nevertheless.
    let len =
        digits.bytes().skip(1).position(|byte| matches!(byte, b'+' | b'-')).map_or(digits.len(), |at| at + 1);
    let time = DateTime::from_timestamp_millis(digits[..len].parse().ok()?)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(object: &str) -> Option<String> {
        let mut out = Vec::new();
        write(object.as_bytes(), &mut out)?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn values_become_cells() {
        let object = r#"{"timestamp":"\/Date(1772445601900)\/","EventId":{"value":3,"Value":"RECEIVE"},
            "MessageId":"<a,\"b\"@c>","Recipients":["x@y","\",z\"@w"],"TotalBytes":7,"ClientIp":null,"More":{"a":1}}"#;
        let want = r#"2026-03-02T10:00:01.900Z,,,,,,,RECEIVE,,"<a,""b""@c>",7,,,,,,,,"x@y;"",z""@w""#;
        assert_eq!(row(object).as_deref(), Some(want));
        for other in
            ["{}", "[]", r#"{"Timestamp":"","EventId":""}"#, r#"{"Timestamp":"","EventId":"","MessageId":""#]
        {
            assert_eq!(row(other), None, "{other}");
        }
    }

    #[test]
    fn dates_of_old_shells_are_read() {
        for (text, want) in [
            ("/Date(0)/", Some("1970-01-01T00:00:00.000Z")),
            ("/Date(-1000)/", Some("1969-12-31T23:59:59.000Z")),
            ("/Date(1772445601900+0100)/", Some("2026-03-02T10:00:01.900Z")),
            ("/Date(99999999999999999999)/", None),
            ("/Date(9223372036854775807)/", None),
            ("/Date()/", None),
            ("2026-03-02T10:00:01Z", None),
        ] {
            assert_eq!(date(text).as_deref(), want, "{text}");
        }
    }
}
