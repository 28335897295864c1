//! Records of a table, and their cells (RFC 4180 for commas; W3C extended logs separate with spaces and quote nothing).

use std::ops::Range;

use super::columns::{Column, Columns, Layout, MAX_COLUMNS};
use crate::model::{Format, Framing};
use crate::parse::parser::MAX_LINE;

/// A record in its batch, without its end.
pub(super) struct Record {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Lines it takes.
    pub(super) lines: u32,
}

/// The records of a batch, as input framed them.
pub(super) struct Rows<'b> {
    bytes: &'b [u8],
    at: usize,
    quoted: bool,
}

impl<'b> Rows<'b> {
    pub(super) fn new(bytes: &'b [u8], format: Format) -> Self {
        Self { bytes, at: 0, quoted: format.framing() == Framing::Quoted }
    }

    /// Behind the newline that ends the record at `start`.
    fn end(&self, start: usize) -> usize {
        let rest = &self.bytes[start..];
        let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        // A quote in the middle of a cell is only a quote: it must not hide the records that follow.
        let quoted = self.quoted
            && (rest.first() == Some(&b'"') || memchr::memmem::find(&rest[..line], b",\"").is_some());
        start + if quoted { quoted_end(rest).unwrap_or(line) } else { line }
    }
}

/// Where the record that `text` begins with ends: behind the first newline outside of quotes. `None` if it would be
/// longer than any record, or never end: then its quote is a stray one.
fn quoted_end(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(MAX_LINE)];
    let mut at = 0;
    loop {
        if text.get(at) == Some(&b'"') {
            at += 1;
            loop {
                at += memchr::memchr(b'"', text.get(at..)?)? + 1;
                if text.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
        }
        at += memchr::memchr2(b',', b'\n', text.get(at..)?)?;
        at += 1;
        if text[at - 1] == b'\n' {
            return Some(at);
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let start = self.at;
        self.at = self.end(start);
        let text = &self.bytes[start..self.at];
        let lines = memchr::memchr_iter(b'\n', text).count().max(1) as u32;
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Some(Record { start, end: start + text.len(), lines })
    }
}

/// The cells of one record.
pub(in crate::parse) struct Row<'r> {
    text: &'r [u8],
    columns: &'r Columns,
    cells: [(u16, u16); MAX_COLUMNS],
    count: usize,
}

impl<'r> Row<'r> {
    /// Splits `text`; what stands behind its first [`MAX_LINE`] bytes is not read.
    pub(super) fn new(text: &'r [u8], columns: &'r Columns) -> Self {
        let text = &text[..text.len().min(MAX_LINE)];
        let mut row = Self { text, columns, cells: [(0, 0); MAX_COLUMNS], count: 0 };
        let mut at = 0;
        while row.count < MAX_COLUMNS {
            let (cell, next) = cell(text, at, columns.separator());
            row.cells[row.count] = (cell.start as u16, cell.end as u16);
            row.count += 1;
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        row
    }

    /// Whether it has a cell for every column. Later versions append columns, so more are no fault; what its writer has
    /// not finished has fewer.
    pub(super) fn is_whole(&self) -> bool {
        self.count >= self.columns.count()
    }

    /// Where the cell of `column` stands in the record, without its quotes; `None` if it is empty or not there.
    pub(in crate::parse) fn cell(&self, column: Column) -> Option<Range<usize>> {
        let place = self.columns.place(column).filter(|&place| place < self.count)?;
        let (start, end) = self.cells[place];
        (start < end).then_some(usize::from(start)..usize::from(end))
    }

    /// The text of that cell, empty if it is not there.
    pub(in crate::parse) fn text(&self, column: Column) -> &'r [u8] {
        self.cell(column).map_or(&[], |cell| &self.text[cell])
    }

    /// What kind of table it stands in.
    pub(super) fn layout(&self) -> Layout {
        self.columns.layout()
    }

    /// The whole record.
    pub(in crate::parse) fn line(&self) -> &'r [u8] {
        self.text
    }
}

/// The cell at `at`, without its quotes, and where the next one begins; `None` for the last.
fn cell(text: &[u8], at: usize, separator: u8) -> (Range<usize>, Option<usize>) {
    let rest = &text[at..];
    if separator == b',' && rest.first() == Some(&b'"') {
        let mut close = at + 1;
        loop {
            match memchr::memchr(b'"', &text[close..]) {
                // A doubled quote is one of the cell's own.
                Some(quote) if text.get(close + quote + 1) == Some(&b'"') => close += quote + 2,
                Some(quote) => {
                    close += quote;
                    break;
                }
                None => return (at + 1..text.len(), None),
            }
        }
        let next = memchr::memchr(separator, &text[close..]).map(|comma| close + comma + 1);
        return (at + 1..close, next);
    }
    match memchr::memchr(separator, rest) {
        Some(len) => (at..at + len, Some(at + len + 1)),
        None => (at..text.len(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<&str> {
        let (mut all, mut at) = (Vec::new(), Some(0));
        while let Some(start) = at {
            let (range, next) = cell(text.as_bytes(), start, b',');
            all.push(&text[range]);
            at = next;
        }
        all
    }

    #[test]
    fn quotes_hold_commas_and_quotes() {
        assert_eq!(cells("a,,c"), ["a", "", "c"]);
        assert_eq!(cells(r#""a,b","c""d",e"#), ["a,b", r#"c""d"#, "e"]);
        assert_eq!(cells(r#"a,"b,c"#), ["a", "b,c"]);
        assert_eq!(cells("\"\","), ["", ""]);
        assert_eq!(cells(""), [""]);
    }

    #[test]
    fn a_record_goes_on_behind_a_newline_in_quotes_but_not_for_ever() {
        let told = |text: &str| -> Vec<(String, u32)> {
            let rows = Rows { bytes: text.as_bytes(), at: 0, quoted: true };
            rows.map(|row| (text[row.start..row.end].to_owned(), row.lines)).collect()
        };
        let want = |rows: &[(&str, u32)]| -> Vec<(String, u32)> {
            rows.iter().map(|&(text, lines)| (text.to_owned(), lines)).collect()
        };
        assert_eq!(told("a,\"b\nc\",d\r\ne\n"), want(&[("a,\"b\nc\",d", 2), ("e", 1)]));
        assert_eq!(told("a,\"b\nc\nd\n"), want(&[("a,\"b", 1), ("c", 1), ("d", 1)]));
        assert_eq!(told("a,b\"\nc,\"d\"\n"), want(&[("a,b\"", 1), ("c,\"d\"", 1)]));
    }
}
