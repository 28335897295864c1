//! Lines that Exim writes twice: what it refuses goes into the main log and the reject log, what is grave into the
//! panic log, too; through syslog both are there, one behind the other (`syslog_duplication`). Each happened once.
//!
//! In Exim's own logs a copy is the same line with the same stamp in another file of the same folder: as often as one
//! file has it, so often it happened. Through syslog a copy is what the same process says a second time within a
//! second. Where a copy is missing nothing is taken away, and where both are, it does not matter which is read first.

use std::hash::{BuildHasher, Hash, Hasher};

use ahash::RandomState;
use serde::{Deserialize, Serialize};

use crate::aggregate::{Reuse, Table};
use crate::model::{Event, EventTime, FileId, Files, Kind, SnapshotError, decode, encode};

/// Lines remembered at once. A flood that refuses more than this within a second counts twice.
const MAX_LINES: usize = 20_000;
/// Seconds a line is remembered: processes write into one file out of order by as much.
const SECONDS: i64 = 60;
/// Seconds between a line and its copy through syslog.
const APART: i64 = 1;
/// Bytes at the end of a line that are looked at apart from its fields: no stamp of Exim's own is among them.
const TAIL: usize = 64;
/// Main, reject and panic log.
const LOGS: usize = 3;

/// How often a line was read, by file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen(Vec<(FileId, u32)>);

impl Reuse for Seen {
    fn reuse(&mut self) {
        self.0.clear();
    }
}

/// Tells copies from what happened.
#[derive(Debug)]
pub(super) struct Copies {
    seen: Table<u64, Seen>,
    /// What the hasher is made of: drawn once, so that nobody knows it, and the same after a restart.
    seeds: [u64; 4],
    hasher: RandomState,
    /// The folder of the file before, as a hash: the same for many lines.
    folder: Option<(FileId, u64)>,
}

impl Default for Copies {
    fn default() -> Self {
        let random = RandomState::new();
        Self::keyed([0, 1, 2, 3].map(|number| random.hash_one(number)))
    }
}

const PART: &str = "copies";
const VERSION: u32 = 1;

impl Copies {
    fn keyed(seeds: [u64; 4]) -> Self {
        let [a, b, c, d] = seeds;
        let hasher = RandomState::with_seeds(a, b, c, d);
        Self { seen: Table::new(MAX_LINES, SECONDS), seeds, hasher, folder: None }
    }

    /// The state, to be taken back by [`Copies::restore`].
    pub(super) fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(PART, VERSION, &(self.seeds, self.seen.entries()))
    }

    /// Takes back a snapshot.
    pub(super) fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (seeds, seen): ([u64; 4], Vec<(u64, Seen, EventTime)>) = decode(PART, VERSION, snapshot)?;
        *self = Self::keyed(seeds);
        self.seen.restore(seen);
        Ok(())
    }

    /// Whether `event`, which is Exim's, says again what was read before.
    pub(super) fn is_copy(&mut self, event: &Event<'_>, files: &Files) -> bool {
        if !matches!(event.kind(), Kind::Reject | Kind::Auth | Kind::Abuse | Kind::Warning | Kind::Other)
            || !event.has_stamp()
        {
            return false;
        }
        while let Some(old) = self.seen.expired(event.time()) {
            self.seen.remove(old);
        }
        let file = event.origin().file;
        // A line of Exim's own names no program.
        if event.program().is_empty() {
            let key = (self.folder(file, files), event.time(), event.line());
            let slot = self.seen.find_or_insert(self.hasher.hash_one(key), event.time());
            return self.seen[slot].is_elsewhere(file);
        }
        // In front of the text they may differ.
        let line = event.text();
        let end = &line[line.len().saturating_sub(TAIL)..];
        let mut key = self.hasher.build_hasher();
        (event.host(), event.pid(), event.pattern(), end).hash(&mut key);
        event.fields().for_each(|said| said.hash(&mut key));
        let key = key.finish();
        if let Some(slot) = self.seen.find(&key) {
            let first = self.seen.touched(slot);
            self.seen.remove(slot);
            if event.time().seconds_since(first).abs() <= APART {
                return true;
            }
        }
        self.seen.find_or_insert(key, event.time());
        false
    }

    /// A hash of the folder that `file` stands in.
    fn folder(&mut self, file: FileId, files: &Files) -> u64 {
        match self.folder {
            Some((known, folder)) if known == file => folder,
            _ => {
                let name = files.name(file);
                let folder = self.hasher.hash_one(name.rfind('/').map_or("", |end| &name[..end]));
                self.folder = Some((file, folder));
                folder
            }
        }
    }
}

impl Seen {
    /// Counts the line in `file`; whether another file has had it as often.
    fn is_elsewhere(&mut self, file: FileId) -> bool {
        let others = self.0.iter().filter(|(other, _)| *other != file).map(|&(_, count)| count);
        let most = others.max().unwrap_or(0);
        let here = self.0.iter().position(|&(known, _)| known == file).or_else(|| {
            (self.0.len() < LOGS).then(|| {
                self.0.push((file, 0));
                self.0.len() - 1
            })
        });
        here.is_some_and(|here| {
            self.0[here].1 += 1;
            self.0[here].1 <= most
        })
    }
}
