//! Records of a table, and their cells (RFC 4180 for commas; W3C extended logs separate with spaces and quote nothing).

use std::ops::Range;

use super::columns::{Column, Columns, Layout, MAX_COLUMNS};
use crate::parse::parser::MAX_LINE;

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
    if matches!(separator, b',' | b';') && rest.first() == Some(&b'"') {
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
}
