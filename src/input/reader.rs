//! One input as batches of whole lines, or of whole records where these are more than a line, with exact line numbers and
//! offsets.
//!
//! Reads large blocks, maps no memory (a file truncated by its writer must not kill the program) and holds one block
//! at a time. What goes wrong in the middle ends this input only: all lines in front of it are delivered.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter, memrchr};

use super::columns::Columns;
use super::find::cannot;
use super::open::{PEEK, open};
use super::peeked::Peeked;
use super::records::{self, Found, Tail};
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
    columns: Columns,
    ended: bool,
    counters: Counters,
    /// How many bytes should come, where that is known before.
    expected: Option<u64>,
    /// The command that checks it, if it is compressed.
    check: Option<&'static str>,
    /// Counts characters that are none, where it is transcoded.
    broken: Arc<AtomicU64>,
    problem: Option<Problem>,
}

/// What is not handed on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Skipping {
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
        let format = (settings.format)(bytes.head());
        let framing = format.framing();
        Ok(Self {
            name: input.name.clone(),
            file,
            format,
            framing,
            columns: Columns::new(bytes.head(), framing),
            from: Box::new(bytes),
            batch_bytes: settings.batch_bytes.max(1),
            rest: Vec::new(),
            skipping: Skipping::Nothing,
            ended: false,
            counters: Counters::default(),
            expected: opened.expected,
            check: opened.check,
            broken: opened.broken,
            problem: None,
        })
    }

    /// The next lines, in the memory of `recycled`; `None` at the end, where [`Reader::problem`] says if it came
    /// too early.
    pub fn next(&mut self, recycled: Vec<u8>) -> Option<Batch> {
        match self.framing {
            Framing::Lines => self.next_lines(recycled),
            Framing::Entries | Framing::Quoted => self.next_records(recycled),
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
                    continue;
                }
            }
            if self.skipping == Skipping::Nuls {
                let skip = nuls(&bytes[..len]);
                self.counters.bytes += skip as u64;
                bytes.copy_within(skip..len, 0);
                len -= skip;
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
        Some(Batch { file: self.file, first_line, first_offset, format: self.format, header, bytes })
    }

    /// The same where a record may be several lines: its end is found from its beginning on.
    fn next_records(&mut self, recycled: Vec<u8>) -> Option<Batch> {
        let (mut bytes, mut len) = self.begin(recycled);
        let mut target = self.batch_bytes;
        let header = self.columns.line();
        let mut end = 0;
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
                    continue;
                }
            }
            let found = loop {
                match records::find(self.framing, &bytes[end..len], self.ended) {
                    Found::Whole(record) if record > 0 => {
                        self.columns.take_in(&bytes[end..end + record]);
                        end += record;
                    }
                    other => break other,
                }
            };
            if end > 0 || found == Found::Long || self.ended {
                break found == Found::Long;
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
        Some(Batch { file: self.file, first_line, first_offset, format: self.format, header, bytes })
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
        (bytes, len)
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
        while len < target && !self.ended {
            match self.from.read(&mut bytes[len..target]) {
                Ok(0) => {
                    self.ended = true;
                    self.check_whole(self.counters.bytes + len as u64);
                }
                Ok(read) => len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::fmt::Write as _;
    use std::io::Write as _;

    use super::super::compression::tests::{gzip, lines};
    use super::super::open::peek;
    use super::*;

    fn input(path: &std::path::Path) -> Input {
        let arguments = [path.to_string_lossy().into_owned()];
        super::super::find(&arguments).0.remove(0)
    }

    fn settings(batch_bytes: usize) -> Settings {
        Settings { batch_bytes, consumed: Arc::default(), format: |_| Format::Syslog }
    }

    struct Read {
        batches: Vec<Batch>,
        counters: Counters,
        problem: Option<Problem>,
    }

    fn read_file(path: &std::path::Path, batch_bytes: usize) -> Read {
        read_all(Reader::open(&input(path), FileId(0), &settings(batch_bytes)).unwrap())
    }

    fn read_all(mut reader: Reader) -> Read {
        let mut batches = Vec::new();
        // Dirty memory, as it comes back from parsing.
        while let Some(batch) = reader.next(b"recycled\n".repeat(batches.len() % 3)) {
            batches.push(batch);
        }
        Read { batches, counters: reader.counters(), problem: reader.problem().cloned() }
    }

    fn read(content: &[u8], batch_bytes: usize) -> Read {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        std::fs::write(&path, content).unwrap();
        read_file(&path, batch_bytes)
    }

    /// Each line with its number and offset, as the batches say.
    fn told(read: &Read) -> Vec<(u64, u64, Vec<u8>)> {
        let mut told = Vec::new();
        for batch in &read.batches {
            let mut offset = batch.first_offset;
            for (n, line) in batch.bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
                told.push((
                    batch.first_line + n as u64,
                    offset,
                    line.strip_suffix(b"\n").unwrap_or(line).to_vec(),
                ));
                offset += line.len() as u64;
            }
        }
        told
    }

    /// The same from the whole content at once.
    fn expected(content: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
        let mut offset = 0;
        let mut lines = Vec::new();
        for (n, line) in content.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            lines.push((n as u64 + 1, offset, text[..text.len().min(MAX_LINE)].to_vec()));
            offset += line.len() as u64;
        }
        lines
    }

    #[test]
    fn lines_numbers_and_offsets_are_exact_whatever_the_batch() {
        let long =
            [b"a\n".to_vec(), vec![b'x'; 1 << 20], b"\nb\r\n\0\0\n\n".to_vec(), vec![b'y'; 70_000]].concat();
        let edge = [vec![b'x'; MAX_LINE], b"\n".to_vec(), vec![b'y'; MAX_LINE + 1], b"\nz".to_vec()].concat();
        for content in
            [&b""[..], b"\n", b"one", b"one\ntwo", b"one\r\ntwo\r\n\r\n", &long, &edge, &lines(9999)]
        {
            for batch_bytes in [1, 64, 5000, 65_535, 65_536, 1 << 20] {
                let read = read(content, batch_bytes);
                let expected = expected(content);
                assert!(told(&read) == expected, "{} bytes in batches of {batch_bytes}", content.len());
                assert_eq!(read.problem, None);
                assert_eq!(read.counters.bytes, content.len() as u64);
                assert_eq!(read.counters.lines, expected.len() as u64);
            }
        }
        assert_eq!(read(&long, 1 << 20).counters.cut_lines, 2);
        assert_eq!(read(&edge, 1 << 20).counters.cut_lines, 1);
    }

    #[test]
    fn a_line_behind_many_zeros_is_found_where_it_is() {
        for run in [MAX_LINE, 100_000, 300_000] {
            let nul = vec![0; run];
            let content = [b"one\n", &nul[..], b"two\n", &nul, b"\nfour\n", &nul].concat();
            for batch_bytes in [1, 5000, 65_536, 1 << 20] {
                let read = read(&content, batch_bytes);
                let told: Vec<_> =
                    told(&read).into_iter().filter(|(.., line)| line.iter().any(|&b| b != 0)).collect();
                let at = |line, offset, text: &[u8]| (line, offset as u64, text.to_vec());
                if run == MAX_LINE {
                    // Just not too long: it is parsing that skips the zeros.
                    assert_eq!(read.counters.lines, 5);
                } else {
                    let four = 4 + 2 * run + 5;
                    assert!(
                        told == [at(1, 0, b"one"), at(2, 4 + run, b"two"), at(4, four, b"four")],
                        "{run}"
                    );
                }
                assert_eq!(read.counters.bytes, content.len() as u64);
                assert_eq!(read.counters.cut_lines, 0, "{run}");
            }
        }
    }

    #[test]
    fn batches_hold_whole_lines_and_little_more_than_asked() {
        let read = read(&lines(100_000), 64 * 1024);
        assert!(read.batches.len() > 10);
        for batch in &read.batches {
            assert!(batch.bytes.ends_with(b"\n") && batch.bytes.len() <= 64 * 1024);
        }
    }

    #[test]
    fn gzip_is_known_by_content_and_counted_on_disk() {
        let text = lines(40_000);
        let compressed = [gzip(&text[..1000]), gzip(&text[1000..])].concat();
        let read = read(&compressed, 4096);
        assert!(told(&read) == expected(&text) && read.problem.is_none());

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log.2.gz");
        std::fs::write(&path, &compressed).unwrap();
        let settings = settings(4096);
        let mut reader = Reader::open(&input(&path), FileId(0), &settings).unwrap();
        while reader.next(Vec::new()).is_some() {}
        assert_eq!(settings.consumed.load(Ordering::Relaxed), compressed.len() as u64);
        assert!(peek(&input(&path)) == text[..PEEK]);
    }

    #[test]
    fn a_truncated_gzip_gives_every_whole_line_and_says_where_it_ended() {
        let text = lines(40_000);
        let whole = gzip(&text);
        let read = read(&whole[..whole.len() - whole.len() / 3], 4096);
        let (told, expected) = (told(&read), expected(&text));
        let good = told.len() - 1;
        assert!(good > 20_000 && told[..good] == expected[..good]);
        let problem = read.problem.unwrap();
        assert!(problem.name.ends_with("mail.log") && problem.unreadable);
        let mut where_it_ended = String::new();
        write!(where_it_ended, "ends too early: read up to byte {} (decompressed)", read.counters.bytes)
            .unwrap();
        assert!(problem.message.contains(&where_it_ended), "{}", problem.message);
    }

    #[test]
    fn missing_files_say_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        std::fs::write(&path, b"").unwrap();
        let settings = settings(64);
        let there = input(&path);
        std::fs::remove_file(&path).unwrap();
        let problem = Reader::open(&there, FileId(0), &settings).unwrap_err();
        assert!(problem.message.contains("check the path"), "{}", problem.message);
        assert_eq!(peek(&there), b"");
    }

    #[test]
    fn a_file_truncated_or_growing_while_read_keeps_its_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        let text = lines(10_000);
        std::fs::write(&path, &text).unwrap();
        let settings = settings(1000);

        let mut reader = Reader::open(&input(&path), FileId(0), &settings).unwrap();
        let first = reader.next(Vec::new()).unwrap();
        assert!(text.starts_with(&first.bytes));
        std::fs::write(&path, b"").unwrap();
        while reader.next(Vec::new()).is_some() {}
        assert!(reader.problem().unwrap().message.contains("truncated while being read"));

        std::fs::write(&path, &text).unwrap();
        let mut reader = Reader::open(&input(&path), FileId(0), &settings).unwrap();
        let mut got = reader.next(Vec::new()).unwrap().bytes;
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"more\n").unwrap();
        while let Some(batch) = reader.next(Vec::new()) {
            got.extend(batch.bytes);
        }
        assert!(got == [&text[..], b"more\n"].concat() && reader.problem().is_none());
    }

    /// What comes of a file whose records are framed so, as one text, with the columns of each batch.
    fn read_framed(content: &[u8], framing: Framing, batch_bytes: usize) -> Read {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, content).unwrap();
        let mut reader = Reader::open(&input(&path), FileId(0), &settings(batch_bytes)).unwrap();
        reader.framing = framing;
        reader.columns = Columns::new(content, framing);
        read_all(reader)
    }

    #[test]
    fn records_are_never_cut_inside_whatever_the_batch() {
        let entry = |n: usize| {
            let value = format!("line {n}\n\nA=1\n").repeat(n % 7);
            [format!("N={n}\nV\n").as_bytes(), &(value.len() as u64).to_le_bytes(), value.as_bytes(), b"\n\n"]
                .concat()
        };
        let record = |n: usize| format!("{n},\"{}\",x\r\n", "a \"\"b\"\"\n".repeat(n % 5)).into_bytes();
        let make: [(Framing, &dyn Fn(usize) -> Vec<u8>); 2] =
            [(Framing::Entries, &entry), (Framing::Quoted, &record)];
        for (framing, make) in make {
            let records: Vec<Vec<u8>> = (0..500).map(make).collect();
            let content = records.concat();
            for batch_bytes in [1, 100, 5000, 1 << 20] {
                let read = read_framed(&content, framing, batch_bytes);
                let mut starts: std::collections::HashSet<u64> = [0].into();
                starts.extend(records.iter().scan(0, |at, record| {
                    *at += record.len() as u64;
                    Some(*at)
                }));
                let mut at = 0;
                for batch in &read.batches {
                    assert_eq!(batch.first_offset, at);
                    assert!(starts.contains(&at), "{framing:?}: a batch begins in a record");
                    let before = content[..at as usize].iter().filter(|&&byte| byte == b'\n').count() as u64;
                    assert_eq!(batch.first_line, before + 1);
                    at += batch.bytes.len() as u64;
                }
                let bytes: Vec<u8> = read.batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
                assert!(bytes == content && read.counters.bytes == content.len() as u64);
                assert_eq!(read.counters.lines, content.iter().filter(|&&byte| byte == b'\n').count() as u64);
            }
        }
    }

    #[test]
    fn a_record_that_is_too_long_costs_itself_only() {
        let binary =
            [b"V\n", &200_000_u64.to_le_bytes()[..], &b"x\n\nN=forged\n\n".repeat(20_000)[..200_000], b"\n"]
                .concat();
        let entries = [b"N=1\n\n", &binary[..], b"A=2\n\n", b"N=3\n\n"].concat();
        let line = vec![b'y'; 200_000];
        let quoted = [b"a,b\n\"", &line[..], b"\",x\nlast,\"1\n2\"\n"].concat();
        for (framing, content, last) in
            [(Framing::Entries, &entries, &b"N=3\n\n"[..]), (Framing::Quoted, &quoted, b"last,\"1\n2\"\n")]
        {
            for batch_bytes in [1, 70_000, 1 << 20] {
                let read = read_framed(content, framing, batch_bytes);
                let batch = read.batches.last().unwrap();
                let at = content.len() - last.len();
                assert!(batch.bytes == last && batch.first_offset == at as u64, "{framing:?} {batch_bytes}");
                let before = content[..at].iter().filter(|&&byte| byte == b'\n').count() as u64;
                assert_eq!((batch.first_line, read.counters.cut_lines), (before + 1, 1));
                assert_eq!(read.counters.bytes, content.len() as u64);
                let kept: usize = read.batches.iter().map(|batch| batch.bytes.len()).sum();
                assert!(kept < 70_000 && kept > MAX_LINE);
            }
        }
    }

    #[test]
    fn a_quote_that_nothing_closes_swallows_no_file() {
        let content = [b"a,b\n1,\"2\n", &lines(20_000)[..]].concat();
        for batch_bytes in [1, 5000, 1 << 20] {
            let read = read_framed(&content, Framing::Quoted, batch_bytes);
            assert!(told(&read) == expected(&content) && read.counters.cut_lines == 0);
        }
    }

    #[test]
    fn each_batch_knows_the_columns_in_front_of_it() {
        let part = |n: usize| {
            format!("#Software: x\r\n#Fields: a{n} b\r\n{}", format!("{n} #Fields: c\r\n").repeat(3000))
        };
        let directives: String = (0..4).map(part).collect();
        let csv = format!("a,\"b\nc\"\n{}", "1,\"\n#Fields: x\"\n".repeat(3000));
        for batch_bytes in [1, 1000, 1 << 20] {
            for framing in [Framing::Lines, Framing::Quoted] {
                let read = read_framed(directives.as_bytes(), framing, batch_bytes);
                let mut at = 0;
                for batch in &read.batches {
                    let want = directives[..at].rmatch_indices("#Fields: a").next();
                    let want = want.map(|(start, _)| &directives.as_bytes()[start..start + 13]);
                    assert_eq!(batch.header.as_deref(), want, "{framing:?} {batch_bytes}");
                    at += batch.bytes.len();
                }
            }
            let read = read_framed(csv.as_bytes(), Framing::Quoted, batch_bytes);
            assert_eq!(read.batches[0].header, None);
            assert!(read.batches[1..].iter().all(|batch| batch.header.as_deref() == Some(b"a,\"b\nc\"")));
            let plain = read_framed(&lines(5000), Framing::Lines, batch_bytes);
            assert!(plain.batches.iter().all(|batch| batch.header.is_none()));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_batches(
            parts in proptest::collection::vec(
                (proptest::sample::select(vec![&b"\n"[..], b"a", b"\r\n", b"\0\n", b"\xff"]), 1_usize..40_000), 0..8,
            ),
            batch_bytes in 1_usize..200_000,
        ) {
            let content: Vec<u8> = parts.iter().flat_map(|(part, times)| part.repeat(*times)).collect();
            prop_assert!(told(&read(&content, batch_bytes)) == expected(&content));
        }
    }
}
