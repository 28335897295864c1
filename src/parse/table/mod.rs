//! Logs that are tables, as Microsoft's servers write them: a header line names the columns, every record is a row.
//!
//! Rows are read by the names of their columns, whatever their order and whichever are missing; a row that does not fit
//! its header is unmatched. Nothing is unescaped: a doubled quote within a quoted cell stays doubled.

mod cells;
mod columns;
mod objects;
mod output;

use crate::model::{Batch, EventTime, Format, Kind, Parsed, Span, Stamp};

pub(super) use cells::Row;
pub(super) use columns::Column;
pub(super) use objects::{begins as begins_with_object, first_stamp as first_stamp_of_objects};
pub(super) use output::{Output, Said};

use columns::{Columns, Layout};

use super::bytes::without_mark;
use super::parser::{MAX_LINE, Parser};
use super::stamp::Recent;
use super::{exchange, iis};

/// Whether files of `format` are tables.
pub(super) const fn is_table(format: Format) -> bool {
    matches!(format, Format::Exchange | Format::ExchangeJson | Format::Iis)
}

/// The time of the first row that states one.
pub(super) fn first_stamp<'l>(lines: impl Iterator<Item = &'l [u8]>) -> Option<Stamp> {
    let (mut recent, mut columns) = (Recent::default(), None);
    for line in lines {
        columns = Columns::of_header(line).or(columns);
        let found = stamp(line, &mut recent).or_else(|| {
            let columns = columns.as_ref()?;
            exchange::stamp(&Row::new(line, columns), &mut recent)
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The time that a row begins with; W3C extended logs state it in UTC.
fn stamp(row: &[u8], recent: &mut Recent<'_>) -> Option<Stamp> {
    let (stamp, at) = recent.stamp(row)?;
    match (stamp, row.get(at)) {
        (stamp, Some(b',')) => Some(stamp),
        (Stamp::Local(local), Some(b' ')) => Some(Stamp::Absolute(EventTime::from_micros(local))),
        _ => None,
    }
}

/// What a file is that names its columns: in a comment at its beginning, or in its first line. Nobody but its writer has a
/// say there.
pub(super) fn named(head: &[u8]) -> Option<Format> {
    let lines = without_mark(head).split(|&byte| byte == b'\n');
    for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
        if let Some(columns) = Columns::of_header(line) {
            return Some(if columns.layout() == Layout::W3c { Format::Iis } else { Format::Exchange });
        }
        if !line.starts_with(b"#") {
            break;
        }
    }
    None
}

/// Whether `line` can only be one of the IIS SMTP service.
pub(super) fn is_iis(line: &[u8]) -> bool {
    match Columns::of_header(line).or_else(|| Columns::guess(line)) {
        Some(columns) => columns.layout() == Layout::W3c,
        None => line.starts_with(b"#Software: Microsoft Internet Information Services") || iis::is_ncsa(line),
    }
}

/// Whether `line` can only be one of an Exchange log.
pub(super) fn is_exchange(line: &[u8]) -> bool {
    match Columns::of_header(line).or_else(|| Columns::guess(line)) {
        Some(columns) => columns.layout() != Layout::W3c,
        None => line.starts_with(b"#Software: Microsoft Exchange Server"),
    }
}

/// Parses a batch of a table: a record for every line that is not blank, and one more for every further recipient.
pub(super) fn parse_into(parser: &Parser, batch: Batch, recycled: Parsed) -> Parsed {
    if batch.format == Format::ExchangeJson {
        return objects::parse_into(parser, batch, recycled);
    }
    let mut out = Output::new(parser, &batch.bytes, recycled);
    let mut header = batch.header.as_deref();
    let mut columns = header.and_then(Columns::of_header);
    let mut index = 0;
    let mut recent = Recent::default();
    for record in batch.records() {
        let text = &batch.bytes[record.clone()];
        let line = text.strip_suffix(b"\n").unwrap_or(text);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let start = record.start as u32;
        out.at(Span { start, len: line.len() as u32 }, start, index);
        index += memchr::memchr_iter(b'\n', text).count().max(1) as u32;
        let text = line;
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        // A byte order mark stands at the beginning of each of several files in one.
        let plain = without_mark(text);
        let is_comment = plain.starts_with(b"#");
        // A CSV file names its columns in its first record; and again, where several are in one. Any other record might be
        // a row that somebody made look like that.
        if is_comment || columns.is_none() || header == Some(plain) {
            let named = Columns::of_header(plain);
            let is_header = named.is_some();
            if is_header {
                (columns, header) = (named, Some(plain));
            }
            if is_header || is_comment {
                out.other(Kind::Lifecycle);
                continue;
            }
        }
        columns = columns.or_else(|| Columns::guess(text));
        let row = columns.as_ref().map(|columns| Row::new(text, columns)).filter(Row::is_whole);
        match row {
            Some(row) => read_row(&row, &mut recent, &mut out),
            None if iis::ncsa(&text[..text.len().min(MAX_LINE)], &mut out).is_some() => {}
            None => out.other(Kind::Unmatched),
        }
    }
    let lines_end = batch.bytes.len();
    out.finish().parsed(batch, lines_end, &parser.set)
}

/// Reads a row that has a cell for every column.
fn read_row(row: &Row<'_>, recent: &mut Recent<'_>, out: &mut Output<'_>) {
    match row.layout() {
        Layout::Protocol => exchange::protocol(row, recent, out),
        Layout::Tracking => exchange::tracking(row, recent, out),
        Layout::Agent => exchange::agent(row, recent, out),
        Layout::Trace => exchange::trace(row, recent, out),
        Layout::W3c => iis::w3c(row, recent, out),
    }
}
