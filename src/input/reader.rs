//! One input as batches of whole lines, or of whole records where these are more than a line, with exact line numbers and
//! offsets.
//!
//! Reads large blocks, maps no memory (a file truncated by its writer must not kill the program) and holds one block
//! at a time. What goes wrong in the middle ends this input only: all lines in front of it are delivered.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter, memrchr};
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::find::cannot;
use super::open::{PEEK, open};
use super::peeked::Peeked;
use super::records::{Found, Records, Tail};
use super::{Input, Problem};
use crate::model::{Batch, FileId, Format, Framing};

/// Longest line, its end not counted; the rest of a longer one is skipped. `model::FieldSpan` counts with 16 bits.
pub const MAX_LINE: usize = 65_535;

/// How to read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Size of a batch, in bytes. A batch grows beyond it only to hold one whole line.
    pub batch_bytes: usize,
    /// Bytes read on disk (compressed ones, where they are) are added here as they are read.
    pub consumed: Arc<AtomicU64>,
    /// Finds the layout of an input by its first bytes, decompressed and transcoded: up to [`PEEK`] of them.
    pub format: fn(&[u8]) -> Format,
    /// The layout of every input, where somebody stated it.
    pub stated: Option<Format>,
}

/// What was read of an input so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes, decompressed.
    pub bytes: u64,
    /// Lines, blank ones included.
    pub lines: u64,
    /// Lines, or records of several, longer than [`MAX_LINE`].
    pub cut_lines: u64,
}

/// Reads one input.
pub struct Reader {
    name: String,
    file: FileId,
    from: Box<dyn Read + Send>,
    batch_bytes: usize,
    /// What was read behind the last batch: the beginning of the next line, or more after a cut.
    rest: Vec<u8>,
    skipping: Skipping,
    format: Format,
    framing: Framing,
    records: Records,
    columns: Columns,
    /// Nothing comes behind what was read.
    ended: bool,
    /// It is not finished: what it has not got now may come later.
    growing: bool,
    /// There was no more of it when it was last read.
    paused: bool,
    counters: Counters,
    /// Lines of the batches so far.
    told_lines: u64,
    /// How many bytes should come, where that is known before.
    expected: Option<u64>,
    /// The command that checks it, if it is compressed.
    check: Option<&'static str>,
    /// Counts characters that are none, where it is transcoded.
    broken: Arc<AtomicU64>,
    problem: Option<Problem>,
}

/// What is not handed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
enum Skipping {
    #[default]
    Nothing,
    /// The tail of a line that was cut.
    Line,
    /// The tail of a record that was cut.
    Record(Tail),
    /// A run of NUL bytes at the beginning of a line.
    Nuls,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("name", &self.name)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl Reader {
    /// Opens `input`. A compressed file is known by its content, whatever its name.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or is an archive, which can be read only where one can search in it.
    pub fn open(input: &Input, file: FileId, settings: &Settings) -> Result<Self, Problem> {
        let unreadable = |message: String| Problem { name: input.name.clone(), message, unreadable: true };
        let opened = open(input, &settings.consumed).map_err(|error| unreadable(cannot("read", &error)))?;
        if let Some(kind) = opened.archive {
            return Err(unreadable(format!(
                "it is a {} archive, which can be read only from a file: save it as one and name that",
                kind.name()
            )));
        }
        let bytes = Peeked::new(opened.bytes, PEEK);
        let format = settings.stated.unwrap_or_else(|| (settings.format)(bytes.head()));
        let framing = format.framing();
        Ok(Self {
            name: input.name.clone(),
            file,
            format,
            framing,
            records: Records::new(framing, bytes.head()),
            columns: Columns::new(bytes.head(), framing),
            from: Box::new(bytes),
            batch_bytes: settings.batch_bytes.max(1),
            rest: Vec::new(),
            skipping: Skipping::Nothing,
            ended: false,
            growing: false,
            paused: false,
            counters: Counters::default(),
            told_lines: 0,
            expected: opened.expected,
            check: opened.check,
            broken: opened.broken,
            problem: None,
        })
    }

    /// The next lines, in the memory of `recycled`; `None` at the end, where [`Reader::problem`] says if it came
    /// too early. What grows may be asked again: its end is one for now.
    pub fn next(&mut self, recycled: Vec<u8>) -> Option<Batch> {
        match self.framing {
            Framing::Lines => self.next_lines(recycled),
            Framing::Entries | Framing::Quoted | Framing::Objects => self.next_records(recycled),
        }
    }

    fn next_lines(&mut self, recycled: Vec<u8>) -> Option<Batch> {
        let (mut bytes, mut len) = self.begin(recycled);
        let mut target = self.batch_bytes;
        let mut searched = 0;
        let end = loop {
            len = self.fill(&mut bytes, len, target);
            if self.skipping == Skipping::Line {
                let skip = memchr(b'\n', &bytes[..len]).map_or(len, |newline| newline + 1);
                let more = skip == len && bytes[..len].last() != Some(&b'\n') && !self.ended;
                self.skipping = if more { Skipping::Line } else { Skipping::Nothing };
                self.counters.bytes += skip as u64;
                bytes.copy_within(skip..len, 0);
                len -= skip;
                if more || len == 0 && !self.ended {
                    if self.paused {
                        return self.pause(&bytes[..len]);
                    }
                    continue;
                }
            }
            if self.skipping == Skipping::Nuls {
                let skip = nuls(&bytes[..len]);
                self.counters.bytes += skip as u64;
                bytes.copy_within(skip..len, 0);
                len -= skip;
                if self.paused && matches!(bytes[..len], [] | [0]) {
                    return self.pause(&bytes[..len]);
                }
                if bytes[..len] == [0] && !self.ended {
                    target = target.max(2);
                    continue;
                }
                self.skipping = Skipping::Nothing;
            }
            if let Some(newline) = memrchr(b'\n', &bytes[searched..len]) {
                break searched + newline + 1;
            }
            if self.ended || len > MAX_LINE {
                break len;
            }
            if self.paused {
                return self.pause(&bytes[..len]);
            }
            searched = len;
            target = target.max(len).saturating_mul(2);
        };
        if end == 0 {
            return None;
        }
        let first_offset = self.counters.bytes;
        let first_line = self.counters.lines + 1;

        let (keep, resume) = match long_line(&bytes[..end]) {
            // Blocks that were never written, as a crash leaves them: the log goes on behind them, in the same line.
            Some(start) if bytes[start] == 0 => {
                self.skipping = Skipping::Nuls;
                (start, start)
            }
            Some(start) => {
                let keep = start + MAX_LINE;
                let newline = memchr(b'\n', &bytes[keep..len]);
                if newline.is_none() && !self.ended {
                    self.skipping = Skipping::Line;
                }
                self.counters.cut_lines += 1;
                (keep, newline.map_or(len, |newline| keep + newline + 1))
            }
            None => (end, end),
        };
        self.rest.extend_from_slice(&bytes[resume..len]);
        if resume == 0 {
            return self.next_lines(bytes);
        }
        self.counters.bytes += resume as u64;
        bytes.truncate(keep);
        if keep < resume {
            bytes.push(b'\n');
        }
        let newlines = memchr_iter(b'\n', &bytes).count() as u64;
        self.counters.lines += newlines + u64::from(bytes.last() != Some(&b'\n'));
        let header = self.columns.in_front_of(&bytes);
        let (file, format, lines) = (self.file, self.format, self.untold_lines());
        Some(Batch { file, first_line, lines, first_offset, format, header, bytes, ends: Vec::new() })
    }

    /// The same where a record may be several lines: its end is found from its beginning on.
    fn next_records(&mut self, recycled: Vec<u8>) -> Option<Batch> {
        let (mut bytes, mut len) = self.begin(recycled);
        let mut target = self.batch_bytes;
        let header = self.columns.line();
        let (mut end, mut ends) = (0, Vec::new());
        let long = loop {
            len = self.fill(&mut bytes, len, target);
            if let Skipping::Record(mut tail) = self.skipping {
                let whole = tail.pass(&bytes[..len]);
                let skip = whole.unwrap_or(len);
                self.skipping = if whole.is_some() { Skipping::Nothing } else { Skipping::Record(tail) };
                self.count(&bytes[..skip], skip == len);
                bytes.copy_within(skip..len, 0);
                len -= skip;
                if whole.is_none() && !self.ended {
                    if self.paused {
                        return self.pause(&bytes[..len]);
                    }
                    continue;
                }
            }
            let found = loop {
                match self.records.find(&bytes[end..len], self.ended) {
                    Found::Whole(record) if record > 0 => {
                        self.columns.take_in(&bytes[end..end + record]);
                        end += record;
                        ends.push(end as u32);
                    }
                    other => break other,
                }
            };
            if end > 0 || found == Found::Long || self.ended {
                break found == Found::Long;
            }
            if self.paused {
                return self.pause(&bytes[..len]);
            }
            target = target.max(len).saturating_mul(2);
        };
        if len == 0 {
            return None;
        }
        let first_offset = self.counters.bytes;
        let first_line = self.counters.lines + 1;
        let (mut keep, mut resume) = (end, end);
        if long {
            let mut tail = Tail::of(self.framing);
            let there = tail.pass(&bytes[end..len]);
            self.skipping = if there.is_some() { Skipping::Nothing } else { Skipping::Record(tail) };
            self.counters.cut_lines += 1;
            (keep, resume) = (end + MAX_LINE, there.map_or(len, |there| end + there));
        }
        self.rest.extend_from_slice(&bytes[resume..len]);
        self.count(&bytes[..resume], resume == len);
        bytes.truncate(keep);
        if keep < resume {
            bytes.push(b'\n');
        }
        if long {
            ends.push(bytes.len() as u32);
        }
        let (file, format, lines) = (self.file, self.format, self.untold_lines());
        Some(Batch { file, first_line, lines, first_offset, format, header, bytes, ends })
    }

    /// How many lines were counted since this was last asked.
    fn untold_lines(&mut self) -> u32 {
        let told = std::mem::replace(&mut self.told_lines, self.counters.lines);
        (self.counters.lines - told) as u32
    }

    /// Begins a batch in the memory of `recycled` with what is there already; the batch, and how much that is.
    fn begin(&mut self, recycled: Vec<u8>) -> (Vec<u8>, usize) {
        // Keeping the old length spares clearing memory that is overwritten anyway.
        let mut bytes = recycled;
        let len = self.rest.len();
        if bytes.len() < len {
            bytes.resize(len, 0);
        }
        bytes[..len].copy_from_slice(&self.rest);
        self.rest.clear();
        self.paused = false;
        (bytes, len)
    }

    /// Keeps the beginning of a line until there is more.
    fn pause(&mut self, bytes: &[u8]) -> Option<Batch> {
        self.rest.extend_from_slice(bytes);
        None
    }

    /// Counts bytes that are done with; `last`: nothing that was read is behind them.
    fn count(&mut self, bytes: &[u8], last: bool) {
        self.counters.bytes += bytes.len() as u64;
        let open = last && self.ended && bytes.last().is_some_and(|&byte| byte != b'\n');
        self.counters.lines += memchr_iter(b'\n', bytes).count() as u64 + u64::from(open);
    }

    /// What ended this input too early, if anything did.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// What was read so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Reads until `target` bytes are there or the input ends; the new length.
    fn fill(&mut self, bytes: &mut Vec<u8>, mut len: usize, target: usize) -> usize {
        if bytes.len() < target && !self.ended {
            bytes.resize(target, 0);
        }
        while len < target && !self.ended && !self.paused {
            match self.from.read(&mut bytes[len..target]) {
                Ok(0) => {
                    self.ended = true;
                    self.check_whole(self.counters.bytes + len as u64);
                }
                Ok(read) => len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.growing && error.kind() == io::ErrorKind::WouldBlock => self.paused = true,
                Err(error) => {
                    self.ended = true;
                    self.fail(&error, self.counters.bytes + len as u64);
                }
            }
        }
        len
    }

    fn fail(&mut self, error: &io::Error, offset: u64) {
        let message = match self.check {
            Some(check) if offset == 0 => {
                format!("{error}: nothing of it could be read; `{check}` checks the file")
            }
            Some(check) => format!(
                "{error}: read up to byte {offset} (decompressed), the rest is lost; `{check}` checks the file"
            ),
            None if offset == 0 => cannot("read", error),
            None => format!("cannot read on behind byte {offset}: {error}; what stands before it was read"),
        };
        self.problem = Some(Problem { name: self.name.clone(), message, unreadable: true });
    }

    /// At the end of the input: a file that is shorter than it was at the beginning was truncated by somebody, and what
    /// could not be transcoded is told.
    fn check_whole(&mut self, length: u64) {
        let broken = self.broken.load(Ordering::Relaxed);
        if broken > 0 {
            let message = format!(
                "{broken} of its characters are no UTF-16, which the rest of it is: each is read as U+FFFD, and no line \
                 is left out"
            );
            self.problem = Some(Problem { name: self.name.clone(), message, unreadable: false });
        }
        if let Some(expected) = self.expected.filter(|&expected| length < expected) {
            let message = format!(
                "it was truncated while being read: {length} of {expected} bytes were left; read it again if that \
                 was not a rotation"
            );
            self.problem = Some(Problem { name: self.name.clone(), message, unreadable: false });
        }
    }
}

/// Length of the NUL bytes at the beginning of `bytes`. If there is nothing else, the last one is not counted: a file
/// of them has a line, and is not taken for empty.
fn nuls(bytes: &[u8]) -> usize {
    const ZEROS: [u8; 4096] = [0; 4096];
    let whole = bytes.chunks_exact(ZEROS.len()).take_while(|&chunk| *chunk == ZEROS).count() * ZEROS.len();
    match bytes[whole..].iter().position(|&byte| byte != 0) {
        Some(more) => whole + more,
        None => bytes.len().saturating_sub(1),
    }
}

/// Start of the first line in `bytes` that is longer than [`MAX_LINE`].
fn long_line(bytes: &[u8]) -> Option<usize> {
    // Such a line covers a whole aligned chunk of half its length, so looking for one newline per chunk is enough
    // to see that there is none.
    const CHUNK: usize = MAX_LINE / 2;
    if bytes.len() <= MAX_LINE || bytes.chunks_exact(CHUNK).all(|chunk| memchr(b'\n', chunk).is_some()) {
        return None;
    }
    let mut start = 0;
    for newline in memchr_iter(b'\n', bytes) {
        if newline - start > MAX_LINE {
            return Some(start);
        }
        start = newline + 1;
    }
    (bytes.len() - start > MAX_LINE).then_some(start)
}

mod resume;
#[cfg(test)]
mod tests;

pub(super) use resume::Mark;
