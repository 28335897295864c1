//! Records that are more than a line: where they end.
//!
//! A record is looked for from its beginning, and within a bounded stretch: whatever is broken in a file costs no more of
//! it than that.

use memchr::{memchr, memchr2_iter};

use super::reader::MAX_LINE;
use crate::model::Framing;

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// A record of so many bytes, its end included; none, where there is nothing more to come.
    Whole(usize),
    /// One that is longer than [`MAX_LINE`].
    Long,
    /// The beginning of one: more bytes are needed.
    More,
}

/// Looks for the record that `bytes` begin with; `ended`: nothing follows them.
pub(super) fn find(framing: Framing, bytes: &[u8], ended: bool) -> Found {
    // Longer ones are too long: an entry ends with a newline more than a line.
    let longest = if framing == Framing::Entries { MAX_LINE + 2 } else { MAX_LINE + 1 };
    let window = &bytes[..bytes.len().min(longest)];
    let end = match framing {
        Framing::Lines => memchr(b'\n', window).map(|newline| newline + 1),
        Framing::Entries => Tail::of(framing).pass(window),
        Framing::Quoted => quoted(window, ended || window.len() == longest),
    };
    match end {
        Some(end) => Found::Whole(end),
        None if window.len() == longest || ended && bytes.len() > MAX_LINE => Found::Long,
        None if ended => Found::Whole(bytes.len()),
        None => Found::More,
    }
}

/// RFC 4180: a line end within double quotes ends no record. A quote opens a field only where one begins (separators are
/// those that spreadsheets write). One that nothing closes, in all there is to look at, is a stray one: then the record
/// ends with its first line.
fn quoted(window: &[u8], all: bool) -> Option<usize> {
    let mut inside = false;
    let mut closed = None;
    for at in memchr2_iter(b'"', b'\n', window) {
        if window[at] == b'\n' {
            if !inside {
                return Some(at + 1);
            }
        } else if inside {
            (inside, closed) = (false, Some(at));
        } else {
            let before = at.checked_sub(1);
            // Two of them are one that is meant.
            let doubled = closed.is_some() && closed == before;
            inside = doubled || before.is_none_or(|before| matches!(window[before], b',' | b';' | b'\t'));
        }
    }
    if all { memchr(b'\n', window).map(|newline| newline + 1) } else { None }
}

/// Where in a record one stands that is passed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
        }
    }

    const FIELD: Self = Self::Field { empty: true, equals: false };

    /// Passes over `bytes`; where the record ends, if it does.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            let left = &bytes[at..];
            match self {
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
    use super::*;

    fn cut(framing: Framing, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        while let Found::Whole(end @ 1..) = find(framing, bytes, true) {
            records.push(bytes[..end].to_vec());
            bytes = &bytes[end..];
        }
        records
    }

    #[test]
    fn quoted_line_ends_end_no_record() {
        let records: [&[u8]; 7] = [
            b"a,b,c\n",
            b"\"two\nlines\",x\r\n",
            b"\"a \"\"quoted\nword\"\"\n\",\"\",x\n",
            b"5\" disk,a\"\"b\n",
            b"\n",
            b"x;\"y\nz\"\n",
            b"no end",
        ];
        assert_eq!(cut(Framing::Quoted, &records.concat()), records);
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
        assert_eq!(find(Framing::Quoted, b"a,\"b\nx\n", false), Found::More);
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
