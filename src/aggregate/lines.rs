//! What became of the lines: read, another program's, or not understood; of each file, each format, and all.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Batch, EventTime, FileId, Files, Format, Kind, Mta, Record, Stamp};

/// How many lines there were and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// What became of them.
    pub coverage: Coverage,
    /// The earliest stamp.
    pub first_time: Option<EventTime>,
    /// The latest stamp.
    pub last_time: Option<EventTime>,
}

/// How much of some lines was understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Lines that are not blank.
    pub lines: u64,
    /// Events: what the lines of mail servers say. A line that names several recipients gives several.
    pub events: u64,
    /// Lines of other programs.
    pub ignored: u64,
    /// Lines that no pattern knows.
    pub unmatched: u64,
}

impl Coverage {
    /// Lines that were understood.
    pub fn read(&self) -> u64 {
        self.lines.saturating_sub(self.ignored + self.unmatched)
    }

    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.events += other.events;
        self.ignored += other.ignored;
        self.unmatched += other.unmatched;
    }
}

/// What became of the lines of all files in one format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormatCoverage {
    /// The format.
    pub format: Format,
    /// Files in it of which a line counts.
    pub files: u64,
    /// Their lines.
    #[serde(flatten)]
    pub coverage: Coverage,
}

/// What became of the lines of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileCoverage {
    /// The file's name.
    pub file: String,
    /// How it is laid out.
    pub format: Format,
    /// The mail servers whose lines it holds, with their events and unmatched lines.
    pub servers: BTreeMap<Mta, u64>,
    /// Its lines.
    #[serde(flatten)]
    pub coverage: Coverage,
}

#[derive(Clone, Debug)]
struct File {
    format: Format,
    lines: u64,
    /// Number of the line counted last; lines are numbered from 1.
    last_line: u64,
    kinds: [u64; Kind::ALL.len()],
    servers: [u64; Mta::ALL.len()],
}

impl File {
    const NONE: Self = Self {
        format: Format::Unknown,
        lines: 0,
        last_line: 0,
        kinds: [0; Kind::ALL.len()],
        servers: [0; Mta::ALL.len()],
    };

    fn coverage(&self) -> Coverage {
        let count = |kind: Kind| self.kinds[kind as usize];
        let (ignored, unmatched) = (count(Kind::Ignored), count(Kind::Unmatched));
        let all: u64 = self.kinds.iter().sum();
        Coverage { lines: self.lines, events: all - ignored - unmatched, ignored, unmatched }
    }
}

/// The counters behind all of these. This runs for every line: it adds to a few numbers, and that is all.
#[derive(Debug)]
pub(super) struct Lines {
    /// By [`FileId`]. A file of which no line counts has none.
    files: Vec<File>,
    first: EventTime,
    last: EventTime,
}

impl Default for Lines {
    fn default() -> Self {
        Self { files: Vec::new(), first: EventTime::from_micros(i64::MAX), last: EventTime::MIN }
    }
}

impl Lines {
    /// Counts an event of any kind that a line of `mta` gives.
    #[inline]
    pub(super) fn count(&mut self, batch: &Batch, record: &Record, time: EventTime, mta: Option<Mta>) {
        if record.stamp != Stamp::None {
            self.first = self.first.min(time);
            self.last = self.last.max(time);
        }
        let line = batch.first_line + u64::from(record.line_index);
        let file = self.file(batch.file);
        file.format = batch.format;
        file.lines += u64::from(file.last_line != line);
        file.last_line = line;
        file.kinds[record.kind as usize] += 1;
        if let Some(mta) = mta {
            file.servers[mta as usize] += 1;
        }
    }

    #[inline]
    fn file(&mut self, id: FileId) -> &mut File {
        let index = id.0 as usize;
        if index >= self.files.len() {
            self.files.resize(index + 1, File::NONE);
        }
        &mut self.files[index]
    }

    pub(super) fn total(&self) -> LineCounts {
        let mut coverage = Coverage::default();
        self.files.iter().for_each(|file| coverage.add(&file.coverage()));
        let known = self.first <= self.last;
        LineCounts {
            coverage,
            first_time: known.then_some(self.first),
            last_time: known.then_some(self.last),
        }
    }

    /// Formats that occur, in the order of [`Format::ALL`].
    pub(super) fn formats(&self) -> Vec<FormatCoverage> {
        let mut formats: Vec<_> = Format::ALL
            .iter()
            .map(|&format| FormatCoverage { format, files: 0, coverage: Coverage::default() })
            .collect();
        for file in self.counted() {
            let format = &mut formats[file.format as usize];
            format.files += 1;
            format.coverage.add(&file.coverage());
        }
        formats.retain(|format| format.files > 0);
        formats
    }

    /// The `shown` files with the most lines that are not understood, in the order of reading where that is equal.
    pub(super) fn by_file(&self, shown: usize, files: &Files) -> Vec<FileCoverage> {
        let mut ids: Vec<usize> = (0..self.files.len()).filter(|&id| self.files[id].lines > 0).collect();
        ids.sort_by_key(|&id| std::cmp::Reverse(self.files[id].coverage().unmatched));
        ids.truncate(shown);
        let coverage = |id: usize| {
            let file = &self.files[id];
            let servers = Mta::ALL.iter().map(|&mta| (mta, file.servers[mta as usize]));
            FileCoverage {
                file: files.name(FileId(id as u32)).to_owned(),
                format: file.format,
                servers: servers.filter(|&(_, count)| count > 0).collect(),
                coverage: file.coverage(),
            }
        };
        ids.into_iter().map(coverage).collect()
    }

    fn counted(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.lines > 0)
    }
}
