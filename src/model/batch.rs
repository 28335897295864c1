//! Lines in bulk: a block of a file that owns its bytes, and what parsing found in it.
//!
//! Invariant: everything downstream borrows from a [`Parsed`] batch; whoever keeps a value longer copies it.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr_iter};
use serde::{Deserialize, Serialize};

use super::{Class, Constants, FieldSpan, Format, Kind, Mta, Stage, Stamp};

/// Number of an input file in [`Files`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// The names of the input files, in the order they were opened.
#[derive(Debug, Default, Clone)]
pub struct Files(Vec<Arc<str>>);

impl Files {
    /// Registers `name` and numbers it.
    pub fn add(&mut self, name: &str) -> FileId {
        self.0.push(Arc::from(name));
        FileId(self.0.len() as u32 - 1)
    }

    /// The number of `name`, which is new or known: what is followed comes again under its name.
    pub fn number(&mut self, name: &str) -> FileId {
        let known = self.0.iter().rposition(|known| **known == *name);
        known.map_or_else(|| self.add(name), |at| FileId(at as u32))
    }

    /// All names, in the order of their numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// The name of a file as it was given; empty for an id of another list.
    pub fn name(&self, file: FileId) -> &str {
        self.0.get(file.0 as usize).map_or("", |name| name)
    }
}

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// Line number, from 1.
    pub line: u64,
    /// Byte offset of the line in the decompressed file, from 0.
    pub offset: u64,
}

/// Whole records of one file, which are lines unless its format says otherwise ([`Format::framing`]). Only the last line
/// of a file may lack its newline. What a parser writes itself (a message out of its JSON) stands behind the lines.
#[derive(Debug)]
pub struct Batch {
    /// The file.
    pub file: FileId,
    /// Number of the first line, from 1.
    pub first_line: u64,
    /// How many lines it holds, blank ones included. One that several batches are parts of counts where it ends.
    pub lines: u32,
    /// Offset of the first byte in the decompressed file.
    pub first_offset: u64,
    /// The layout of the file.
    pub format: Format,
    /// The line in front of this batch that names the columns of its records, where the file has such a line: the last
    /// `#Fields: ...` (`# Date\tTime\t...` of Exchange 2003), or the first record of a CSV file.
    pub header: Option<Arc<[u8]>>,
    /// The lines with their ends.
    pub bytes: Vec<u8>,
    /// Behind each record, where records are more than lines; empty where they are lines. Whoever cut the file decided it,
    /// and nobody decides it again.
    pub ends: Vec<u32>,
}

impl Batch {
    /// Lines in a syslog's layout: number and offset of the first one, and all of them with their ends.
    pub fn lines(file: FileId, first_line: u64, first_offset: u64, bytes: Vec<u8>) -> Self {
        let open = bytes.last().is_some_and(|&byte| byte != b'\n');
        let lines = memchr_iter(b'\n', &bytes).count() as u32 + u32::from(open);
        let (format, ends) = (Format::Syslog, Vec::new());
        Self { file, first_line, lines, first_offset, format, header: None, bytes, ends }
    }

    /// Where its records stand, each with its end.
    pub fn records(&self) -> impl Iterator<Item = Range<usize>> {
        let (mut start, mut ends) = (0, self.ends.iter());
        std::iter::from_fn(move || {
            let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
            let end = match ends.next() {
                Some(&end) => (end as usize).clamp(start + 1, self.bytes.len()),
                None => memchr(b'\n', rest).map_or(self.bytes.len(), |newline| start + newline + 1),
            };
            Some(std::mem::replace(&mut start, end)..end)
        })
    }
}

/// A stretch of a batch's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// First byte, counted from the start of the batch.
    pub start: u32,
    /// Length in bytes.
    pub len: u32,
}

impl Span {
    /// What is left of it without its first `skipped` bytes.
    #[must_use]
    pub fn behind(self, skipped: usize) -> Self {
        let skipped = self.len.min(skipped as u32);
        Self { start: self.start + skipped, len: self.len - skipped }
    }

    /// Where its bytes are, counted from the start of the batch.
    pub fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }

    /// The bytes of this span; empty if it does not fit.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.range()).unwrap_or_default()
    }
}

/// A program name that occurs in a batch (`postfix/submission/smtpd`), and what it turned out to be.
#[derive(Clone, Copy, Debug)]
pub struct Ident {
    /// The program name in the batch's bytes.
    pub text: Span,
    /// The mail server it belongs to; `None` for other programs.
    pub mta: Option<Mta>,
    /// The service part of the name (`submission/smtpd`).
    pub service: Span,
    /// What the service is called where the line does not name it: a server's own log.
    pub unnamed: &'static str,
}

/// One event of one line: its kind, and spans into the line.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The line, without its end, in the batch's bytes.
    pub line: Span,
    /// Where its fields are counted from, in the batch's bytes: the line's first byte, or that of the text which the
    /// parser unwrapped from it.
    pub base: u32,
    /// What the program said: the text behind the header. The whole line where it has no header.
    pub text: Span,
    /// Lines before it in the batch.
    pub line_index: u32,
    /// Its time as stated.
    pub stamp: Stamp,
    /// Index into [`Parsed::hosts`].
    pub host: u16,
    /// Index into [`Parsed::idents`].
    pub ident: u16,
    /// Process id; 0 where the line has none.
    pub pid: u32,
    /// Number of the pattern that matched.
    pub pattern: u16,
    /// What the line says.
    pub kind: Kind,
    /// Why the client was refused.
    pub class: Option<Class>,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// The client's address, which is looked at more than any other field.
    pub client_ip: Option<IpAddr>,
    /// Index of its first field in [`Parsed::fields`].
    pub first_field: u32,
    /// How many fields it has.
    pub field_count: u8,
}

/// A batch and what its lines say, in the order of the lines.
#[derive(Debug)]
pub struct Parsed {
    /// The lines.
    pub batch: Batch,
    /// Bytes of the lines: where what the parser wrote begins.
    pub lines_end: u32,
    /// At least one record for every line that is not blank.
    pub records: Vec<Record>,
    /// The fields of all records.
    pub fields: Vec<FieldSpan>,
    /// The host names that occur.
    pub hosts: Vec<Span>,
    /// The program names that occur.
    pub idents: Vec<Ident>,
    /// The constants of the patterns that were used.
    pub constants: Arc<Constants>,
}

impl Parsed {
    /// The mail server that wrote the line of `record`; `None` for another program.
    #[inline]
    pub fn mta(&self, record: &Record) -> Option<Mta> {
        self.idents.get(usize::from(record.ident))?.mta
    }

    /// Where the line of `record` stands.
    #[inline]
    pub fn origin(&self, record: &Record) -> Origin {
        Origin {
            file: self.batch.file,
            line: self.batch.first_line + u64::from(record.line_index),
            offset: self.batch.first_offset + u64::from(record.line.start),
        }
    }
}
