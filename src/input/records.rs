//! Records that are more than a line: where they end.
//!
//! A record is looked for from its beginning, and within a bounded stretch: whatever is broken in a file costs no more of
//! it than that. Whatever stands in it, no byte is looked at more than a few times.

use memchr::{memchr, memchr2_iter};
use serde::{Deserialize, Serialize};

use super::objects::Object;
use super::reader::MAX_LINE;
use crate::model::{Format, Framing};

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// A record of so many bytes, its end included; none, where there is nothing more to come.
    Whole(usize),
    /// One that is too long.
    Long,
    /// The beginning of one: more bytes are needed.
    More,
}

/// Longest object: what is between its texts (`ConvertTo-Json` indents a list by its name) is most of it, and is not kept.
const MAX_OBJECT: usize = 1 << 20;

/// Cuts a file into its records, one after the other.
#[derive(Debug)]
pub(super) struct Records {
    framing: Framing,
    /// What separates cells: a quote means something only where one begins.
    separator: Option<u8>,
    /// How far it is known that the quote around a line's end is not closed: [`Records::quoted`].
    ahead: Option<Quotes>,
}

impl Records {
    /// For a file that begins with `head`.
    pub(super) fn new(framing: Framing, head: &[u8]) -> Self {
        Self { framing, separator: separator(head), ahead: None }
    }

    /// Looks for the record that `bytes` begin with; `ended`: nothing follows them. The next call is about the bytes behind
    /// a record that was found whole, or about these and more.
    pub(super) fn find(&mut self, bytes: &[u8], ended: bool) -> Found {
        // Longer ones are too long: an entry ends with a newline more than a line.
        let longest = match self.framing {
            Framing::Lines | Framing::Quoted => MAX_LINE + 1,
            Framing::Entries => MAX_LINE + 2,
            Framing::Objects => MAX_OBJECT,
        };
        let window = &bytes[..bytes.len().min(longest)];
        let end = match self.framing {
            Framing::Lines => memchr(b'\n', window).map(|newline| newline + 1),
            Framing::Entries | Framing::Objects => Tail::of(self.framing).pass(window),
            Framing::Quoted => self.quoted(window, ended || window.len() == longest),
        };
        let found = match end {
            Some(end) => Found::Whole(end),
            None if window.len() == longest => Found::Long,
            None if ended => Found::Whole(bytes.len()),
            None => Found::More,
        };
        self.ahead = match found {
            Found::Whole(end) => self.ahead.and_then(|ahead| ahead.behind(end)),
            Found::Long => None,
            Found::More => self.ahead,
        };
        found
    }

    /// RFC 4180: a line end within double quotes ends no record. One that nothing closes, in all there is to look at, is a
    /// stray one: then the record ends with its first line.
    ///
    /// Every line that is open at its end is closed at the same place, so what was looked at in vain for one record is not
    /// looked at again for the next: a file that is full of stray quotes is read once.
    fn quoted(&mut self, window: &[u8], all: bool) -> Option<usize> {
        let mut line = Quotes::default();
        let first = line.next_line(window, self.separator)?;
        if !line.inside {
            return Some(first);
        }
        let mut ahead = self.ahead.filter(|ahead| ahead.at >= first).unwrap_or(line);
        while let Some(end) = ahead.next_line(window, self.separator) {
            if !ahead.inside {
                self.ahead = None;
                return Some(end);
            }
        }
        self.ahead = Some(ahead);
        all.then_some(first)
    }
}

/// What separates the cells of a table that begins with `head`: what separates the names of its columns. `None` where
/// quotes mean nothing: Exchange 2003 separates by tabs, and quotes no cell.
fn separator(head: &[u8]) -> Option<u8> {
    // Exchange 2003 names its columns in a comment.
    let is_comment =
        |line: &[u8]| line.starts_with(b"#") && !line.starts_with(b"#Fields") && !line.contains(&b'\t');
    let mut lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let names = lines.find(|line| !is_comment(line)).unwrap_or_default();
    let first = names.iter().copied().find(|byte| matches!(byte, b',' | b';' | b'\t')).unwrap_or(b',');
    (first != b'\t').then_some(first)
}

/// Where the records of `bytes` end, which are all there is of a file of that format.
pub fn ends(format: Format, bytes: &[u8]) -> Vec<u32> {
    let mut records = Records::new(format.framing(), bytes);
    let (mut ends, mut at) = (Vec::new(), 0);
    if format.framing() == Framing::Lines {
        return ends;
    }
    while at < bytes.len() {
        at += match records.find(&bytes[at..], true) {
            Found::Whole(len) => len,
            Found::Long | Found::More => {
                Tail::of(format.framing()).pass(&bytes[at..]).unwrap_or(bytes.len() - at)
            }
        };
        ends.push(at as u32);
    }
    ends
}

/// How far a record with quotes was followed, counted from its beginning.
#[derive(Clone, Copy, Default, Debug)]
struct Quotes {
    at: usize,
    inside: bool,
    /// Behind the quote that was closed last: another one there is one that is meant.
    closed: usize,
}

impl Quotes {
    /// Goes on to the end of the line; what is behind it, or `None` where it does not end in `window`.
    fn next_line(&mut self, window: &[u8], separator: Option<u8>) -> Option<usize> {
        let begin = self.at;
        for found in memchr2_iter(b'"', b'\n', window.get(begin..)?) {
            let at = begin + found;
            if window[at] == b'\n' {
                self.at = at + 1;
                return Some(self.at);
            }
            if self.inside {
                (self.inside, self.closed) = (false, at + 1);
            } else {
                self.inside =
                    separator.is_some_and(|separator| at == self.closed || window[at - 1] == separator);
            }
        }
        self.at = window.len();
        None
    }

    /// The same counted from the beginning of the next record, if it is not behind this place.
    fn behind(self, record: usize) -> Option<Self> {
        let at = self.at.checked_sub(record)?;
        Some(Self { at, closed: self.closed.saturating_sub(record), ..self })
    }
}

/// Where in a record one stands that is passed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Tail {
    /// In a record that ends with the line.
    Line,
    /// In a line of an entry (systemd's `JOURNAL_EXPORT_FORMATS`): whether it is empty so far, and whether it has the sign
    /// that puts its value behind its name.
    Field { empty: bool, equals: bool },
    /// In the eight bytes, little-endian, that say how long a binary value is.
    Length { bytes: [u8; 8], have: usize },
    /// In a binary value, or at the newline behind it: so many bytes are left.
    Value(u64),
    /// In a JSON object, or between two of them.
    Object(Object),
}

/// Longest binary value, as systemd's journal-importer.h has it (`DATA_SIZE_MAX`). What states more states no length, and
/// its bytes are taken for text.
const LONGEST_VALUE: u64 = 768 << 20;

impl Tail {
    /// The beginning of a record.
    pub(super) fn of(framing: Framing) -> Self {
        match framing {
            Framing::Lines | Framing::Quoted => Self::Line,
            Framing::Entries => Self::FIELD,
            Framing::Objects => Self::Object(Object::BEGIN),
        }
    }

    const FIELD: Self = Self::Field { empty: true, equals: false };

    /// Passes over `bytes`; where the record ends, if it does.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            let left = &bytes[at..];
            match self {
                Self::Object(object) => return object.pass(left).map(|end| at + end),
                Self::Line => return memchr(b'\n', left).map(|newline| at + newline + 1),
                Self::Field { empty, equals } => {
                    let newline = memchr(b'\n', left);
                    let line = &left[..newline.unwrap_or(left.len())];
                    let (empty, equals) =
                        (*empty && line.is_empty(), *equals || memchr(b'=', line).is_some());
                    at += line.len() + 1;
                    *self = match newline {
                        None => Self::Field { empty, equals },
                        Some(_) if empty => return Some(at),
                        Some(_) if equals => Self::FIELD,
                        Some(_) => Self::Length { bytes: [0; 8], have: 0 },
                    };
                }
                Self::Length { bytes, have } => {
                    bytes[*have] = left[0];
                    (*have, at) = (*have + 1, at + 1);
                    if *have == bytes.len() {
                        let len = u64::from_le_bytes(*bytes);
                        *self = if len > LONGEST_VALUE {
                            Self::Field { empty: false, equals: true }
                        } else {
                            Self::Value(len + 1)
                        };
                    }
                }
                Self::Value(value) => {
                    let passed = (*value).min(left.len() as u64);
                    *value -= passed;
                    at += passed as usize;
                    if *value == 0 {
                        *self = Self::FIELD;
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn cut(framing: Framing, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        let mut cutter = Records::new(framing, bytes);
        while let Found::Whole(end @ 1..) = cutter.find(bytes, true) {
            records.push(bytes[..end].to_vec());
            bytes = &bytes[end..];
        }
        records
    }

    #[test]
    fn quoted_line_ends_end_no_record() {
        let records: [&[u8]; 6] = [
            b"a,b,c\n",
            b"\"two\nlines\",x\r\n",
            b"\"a \"\"quoted\nword\"\"\n\",\"\",x\n",
            b"5\" disk,a\"\"b\n",
            b"\n",
            b"no end",
        ];
        assert_eq!(cut(Framing::Quoted, &records.concat()), records);
        let culture = records.map(|record| String::from_utf8(record.to_vec()).unwrap().replace(',', ";"));
        assert_eq!(cut(Framing::Quoted, culture.concat().as_bytes()), culture.map(String::into_bytes));
    }

    #[test]
    fn a_quote_behind_what_separates_no_cells_is_text() {
        let records: [&[u8]; 3] = [b"#Fields: a,b,c\n", b"a;\"b,c\td\n", b"a;\"b,\"x\ny\",d\n"];
        assert_eq!(cut(Framing::Quoted, &records.concat()), records);
        let of_2003: [&[u8]; 3] = [b"# Date\tTime\tx\n", b"a\t\"b\t,\"\n", b"a\tb\tc\n"];
        assert_eq!(cut(Framing::Quoted, &of_2003.concat()), of_2003);
    }

    #[test]
    fn a_quote_that_nothing_closes_is_a_stray_one() {
        let rest: Vec<u8> = (0..9000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        for tail in [&b"x\ny\n"[..], &rest] {
            let bytes = [b"a,\"b\n", tail].concat();
            let records = cut(Framing::Quoted, &bytes);
            assert_eq!(records[0], b"a,\"b\n");
            assert_eq!(records.len(), 1 + memchr::memchr_iter(b'\n', tail).count());
        }
        // It may still be closed.
        assert_eq!(Records::new(Framing::Quoted, b"").find(b"a,\"b\nx\n", false), Found::More);
    }

    /// The rule itself, without anything remembered: what it costs does not matter here.
    fn cut_slowly(mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let window = &bytes[..bytes.len().min(MAX_LINE + 1)];
            let mut quotes = Quotes::default();
            let mut ends = std::iter::from_fn(|| {
                let end = quotes.next_line(window, Some(b','))?;
                Some((end, quotes.inside))
            });
            let (first, open) = ends.next().unwrap_or((window.len(), false));
            let end = if open { ends.find(|&(_, open)| !open).map_or(first, |(end, _)| end) } else { first };
            records.push(&bytes[..end]);
            bytes = &bytes[end..];
        }
        records
    }

    proptest! {
        #[test]
        fn what_is_remembered_of_quotes_changes_no_record(
            parts in proptest::collection::vec(
                prop_oneof![
                    4 => prop::sample::select(vec!["\"", ",\"", "\",", "x", "\n", "x\"y,\"\n", "a,b\n"])
                        .prop_map(str::to_owned),
                    1 => (1_usize..70_000).prop_map(|len| ("z".repeat(99) + "\n").repeat(len / 100)),
                    1 => (1_usize..40_000).prop_map(|len| "z".repeat(len) + "\n"),
                ],
                0..60,
            ),
        ) {
            let text = parts.concat();
            prop_assert_eq!(cut(Framing::Quoted, text.as_bytes()), cut_slowly(text.as_bytes()));
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // how long it takes is what is tested
    fn a_file_full_of_stray_quotes_is_read_once() {
        // Seconds, where every stray quote was searched for on its own: a minute and more.
        let bytes = b"x\"y,\"\n".repeat(3_000_000 / 6);
        let begin = Instant::now();
        assert_eq!(ends(Format::Exchange, &bytes).len(), bytes.len() / 6);
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }

    #[test]
    fn binary_fields_of_entries_hold_what_they_want() {
        let binary =
            |value: &[u8]| [b"MESSAGE\n", &(value.len() as u64).to_le_bytes()[..], value, b"\n"].concat();
        let entries = [
            [b"__CURSOR=x\n", &binary(b"two\n\nparts\n")[..], b"_PID=1\n\n"].concat(),
            b"A=\nB==\n\n".to_vec(),
            b"\n".to_vec(),
            [&binary(b"")[..], b"\n"].concat(),
            b"C=no end\n".to_vec(),
        ];
        assert_eq!(cut(Framing::Entries, &entries.concat()), entries);
        // However the bytes come.
        let whole = entries[0].clone();
        for split in 0..whole.len() {
            let mut tail = Tail::of(Framing::Entries);
            assert_eq!(tail.pass(&whole[..split]), None);
            assert_eq!(tail.pass(&[&whole[split..], b"more"].concat()), Some(whole.len() - split), "{split}");
        }
    }

    #[test]
    fn what_states_no_length_swallows_nothing() {
        let broken = b"the rest of a line\nA=1\nB=2222222\n\nC=3\n\n";
        assert_eq!(cut(Framing::Entries, broken), [&broken[..34], &broken[34..]]);
    }
}
