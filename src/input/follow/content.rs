//! What one file held, from when it was begun until it was emptied or left behind, wherever it lies meanwhile.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::super::encoding::Encoding;
use super::super::open::{PEEK, open, unpacked};
use super::super::peeked::Peeked;
use super::super::reader::{Mark, Reader};
use super::candidate::{Candidate, input, modified};
use super::copy::{Likeness, likeness, likeness_unpacked};
use super::layout;
use super::position::{Head, Identity, Place};
use super::tail::{self, Fate, Shared, Tail, lock};
use super::world::World;
use crate::model::{Batch, FileId, Files};

/// So many batches that nobody wants are passed over before others have their turn.
const PASSED_AT_ONCE: usize = 64;

/// One content of a series.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, whatever the others are")]
pub(super) struct Content {
    /// The name it had when it was come upon.
    pub(super) path: PathBuf,
    /// The name it has now, as far as that is known.
    pub(super) at: PathBuf,
    pub(super) number: Option<FileId>,
    /// `None` once its file holds something else.
    pub(super) identity: Option<Identity>,
    pub(super) seen: Shared,
    pub(super) file: Option<Arc<File>>,
    pub(super) reader: Option<Reader>,
    pub(super) mark: Option<Mark>,
    pub(super) wanted_from: u64,
    pub(super) modified: i64,
    pub(super) size: u64,
    /// It has a name that was asked for.
    pub(super) listed: bool,
    /// There may be more to read.
    pub(super) pending: bool,
    /// Since when another file has its name.
    pub(super) replaced: Option<Instant>,
    /// When it last grew.
    pub(super) grown: Instant,
    /// It was read to its end a last time, and what had no end was handed on.
    pub(super) flushed: bool,
    /// That happened once: newer ones need not wait for it any more.
    pub(super) left: bool,
    /// It was looked at after it had been quiet.
    pub(super) tried: bool,
    pub(super) packed: bool,
    /// Nothing comes any more: it is a copy, or what it was in is lost.
    pub(super) fixed: bool,
    /// Another content has the same lines: not read unless it grows and is found to have others.
    pub(super) copy: bool,
}

/// What became of an attempt to read.
#[derive(Debug)]
pub(super) enum Step {
    /// Lines, and where reading stood in front of them.
    Chunk(Batch, Option<Mark>),
    /// Nothing for now.
    Waiting,
    /// What nobody wants was passed over; there is more.
    Busy,
    /// All that will ever come was read.
    Over,
    /// Its file was emptied.
    Emptied,
    /// Its file was cut back to so many bytes.
    Cut(u64),
    /// It cannot be read.
    Failed(io::Error),
}

impl Content {
    pub(super) fn new(candidate: Candidate, now: Instant) -> Self {
        let Candidate { path, identity, size, modified, head, packed, file, .. } = candidate;
        let seen = Shared::default();
        lock(&seen).head = head;
        Self {
            at: path.clone(),
            path,
            number: None,
            identity: Some(identity),
            seen,
            file: Some(file),
            reader: None,
            mark: None,
            wanted_from: 0,
            modified,
            size,
            listed: false,
            pending: true,
            replaced: None,
            grown: now,
            flushed: false,
            left: false,
            tried: false,
            packed,
            fixed: packed,
            copy: false,
        }
    }

    /// What it has now is not wanted, but for the beginning of a line at its end.
    pub(super) fn pass_over(&mut self) {
        if !self.packed {
            let end = self.file.as_ref().map(|file| tail::last_line_end(file, self.size));
            self.wanted_from = end.and_then(Result::ok).unwrap_or(self.size);
        }
    }

    /// The same, already known: it is read only if it grows.
    pub(super) fn known(self) -> Self {
        Self { pending: false, file: None, flushed: true, left: true, ..self }
    }

    /// Bytes of it that were handed on or passed over.
    pub(super) fn offset(&self) -> u64 {
        self.mark.as_ref().map_or(0, |mark| mark.bytes)
    }

    pub(super) fn head(&self) -> Head {
        Head::of(&lock(&self.seen).head)
    }

    /// Where reading stands in it, if that is at `mark`.
    pub(super) fn place(&self, mark: Option<Mark>) -> Option<Place> {
        let identity = self.identity?;
        let (wanted_from, modified) = (self.wanted_from, self.modified);
        Some(Place { identity, head: self.head(), mark, wanted_from, modified })
    }

    /// Takes note of what its file is like now.
    pub(super) fn notice(&mut self, about: &Metadata) {
        let now = (about.len(), modified(about));
        if now != (self.size, self.modified) {
            // A copy that grows may be none: what it had in common may have been a header.
            let is_wanted = !self.copy || now.0 > self.size;
            self.pending = is_wanted && !self.fixed;
            (self.size, self.modified) = now;
        }
    }

    /// Goes on in another file that holds the same.
    pub(super) fn move_to(&mut self, candidate: Candidate) {
        self.at = candidate.path;
        self.identity = Some(candidate.identity);
        self.file = Some(candidate.file);
        (self.size, self.modified, self.packed) = (candidate.size, candidate.modified, candidate.packed);
        lock(&self.seen).head = candidate.head;
        self.reader = None;
        (self.pending, self.flushed, self.tried) = (true, false, false);
    }

    /// Gives its file back; reading goes on where it stands when it grows.
    pub(super) fn close(&mut self) {
        (self.file, self.reader, self.pending) = (None, None, false);
    }

    /// Its file was cut back to `size` bytes that were read: they are not read again.
    pub(super) fn cut(&mut self, size: u64) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut seen = lock(&self.seen);
        seen.head.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let (_, mark) = Encoding::of(&seen.head);
        let end = tail::last_line_end(file, size)?;
        drop(seen);
        self.wanted_from = end.saturating_sub(mark as u64);
        self.mark = self.mark.take().map(|mark| Mark::beginning(mark.format));
        self.reader = None;
        Ok(())
    }

    /// Reads on.
    pub(super) fn step(&mut self, world: &World, files: &mut Files, mut recycled: Vec<u8>) -> Step {
        if self.reader.is_none() {
            match self.open(world, files) {
                Ok(true) => {}
                Ok(false) => return Step::Waiting,
                Err(error) => return Step::Failed(error),
            }
        }
        for _ in 0..PASSED_AT_ONCE {
            let Some(reader) = &mut self.reader else { return Step::Waiting };
            if let Some(batch) = reader.next(std::mem::take(&mut recycled)) {
                let begin = self.mark.replace(reader.mark());
                if self.offset() <= self.wanted_from {
                    recycled = batch.bytes;
                    continue;
                }
                self.grown = world.now();
                (self.flushed, self.tried) = (false, false);
                return Step::Chunk(batch, begin);
            }
            let mut seen = lock(&self.seen);
            match std::mem::take(&mut seen.fate) {
                Fate::Same => {}
                Fate::Emptied => return Step::Emptied,
                Fate::Cut(size) => return Step::Cut(size),
                Fate::Failed(error) => return Step::Failed(error),
            }
            if reader.has_ended() {
                return Step::Over;
            }
            if seen.until.take().is_none() {
                return Step::Waiting;
            }
        }
        Step::Busy
    }

    /// What had no end, once it is clear that none comes.
    pub(super) fn flush(&mut self, recycled: Vec<u8>) -> Option<(Batch, Option<Mark>)> {
        if let Some(reader) = &mut self.reader {
            reader.set_ended(true);
            let batch = reader.next(recycled);
            reader.set_ended(false);
            if let Some(batch) = batch {
                return Some((batch, self.mark.replace(reader.mark())));
            }
        }
        (self.flushed, self.left) = (true, true);
        None
    }

    /// Makes a reader; `false`: there is too little to tell how it is laid out.
    fn open(&mut self, world: &World, files: &mut Files) -> io::Result<bool> {
        let name = self.path.to_string_lossy().into_owned();
        let mut number = || *self.number.get_or_insert_with(|| files.number(&name));
        let settings = &world.settings;
        if self.packed {
            let opened = open(&input(&self.at), &settings.consumed)?;
            if let Some(kind) = opened.archive {
                let message =
                    format!("it is a {} archive, which is not followed: analyze reads it", kind.name());
                return Err(io::Error::other(message));
            }
            let mut bytes = Peeked::new(opened.bytes, PEEK);
            let head = bytes.head().to_vec();
            let format = settings.stated.unwrap_or_else(|| (settings.format)(&head));
            let mark = self.mark.clone().unwrap_or_else(|| Mark::beginning(format));
            io::copy(&mut (&mut bytes).take(mark.bytes), &mut io::sink())?;
            let reader = Reader::resume(&name, number(), Box::new(bytes), &head, mark, settings.batch_bytes);
            self.reader = Some(reader.finished(opened.check));
            return Ok(true);
        }
        let Some(file) = self.file.clone() else { return Ok(false) };
        let mut head = vec![0; PEEK];
        let len = tail::read_whole_at(&file, &mut head, 0)?;
        let head = &head[..len];
        let (_, bom) = Encoding::of(head);
        let text = &head[bom..];
        let settled = self.fixed || world.now() - self.grown >= world.pace.settle;
        let mark = match &self.mark {
            Some(mark) => mark.clone(),
            None => match layout::of(text, settings, settled) {
                Some(format) => Mark::beginning(format),
                None => return Ok(false),
            },
        };
        let at = bom as u64 + mark.bytes;
        lock(&self.seen).until = (self.wanted_from > mark.bytes).then_some(bom as u64 + self.wanted_from);
        let tail = Tail::new(file, at, Arc::clone(&self.seen), Arc::clone(&settings.consumed));
        self.reader = Some(Reader::resume(&name, number(), Box::new(tail), text, mark, settings.batch_bytes));
        Ok(true)
    }
}

impl Content {
    /// Whether its file, of which `about` tells, holds it still: numbers of files are given again.
    pub(super) fn is_still(&mut self, path: &std::path::Path, about: &Metadata) -> bool {
        if self.file.is_some() || (about.len(), modified(about)) == (self.size, self.modified) {
            return true;
        }
        let Ok(Some(candidate)) = Candidate::at(path) else { return true };
        let begins = self.head().begins(&candidate.head) || lock(&self.seen).head.is_empty();
        // What lost its name does not shrink: that is another one that begins like it.
        let same = begins && (self.replaced.is_none() || about.len() >= self.size);
        if !same {
            self.identity = None;
        }
        same
    }

    /// What `file`, which begins like it and is stored as it is, is to it.
    pub(super) fn likeness(&self, file: &File) -> Likeness {
        if self.identity.is_none() && self.fixed {
            // It was emptied: its copy grows until it has all.
            return Likeness::Same;
        }
        let again = || Candidate::at(&self.at).ok()?.filter(|found| Some(found.identity) == self.identity);
        let Some(known) = self.file.clone().or_else(|| Some(again()?.file)) else { return Likeness::Unknown };
        let likeness = if self.packed {
            unpacked(&input(&self.at), &Arc::default()).and_then(|known| likeness_unpacked(known.bytes, file))
        } else {
            likeness(&known, &lock(&self.seen).head, file)
        };
        // Where reading fails nothing is decided.
        likeness.unwrap_or(Likeness::Same)
    }

    /// It was begun, and may go on.
    pub(super) fn is_under_way(&self) -> bool {
        let begun = self.offset() > 0 || self.wanted_from > 0;
        let over = self.copy || self.identity.is_none() || self.fixed && self.left;
        begun && !over && (self.listed || self.pending || self.file.is_some())
    }

    /// All that it has, or will have, is still to be read.
    pub(super) fn is_awaited(&self) -> bool {
        let begun = self.offset() > 0 || self.wanted_from > 0;
        !begun && !self.copy && !self.left && self.identity.is_some()
    }

    /// Bytes of it are there that were not read yet, and will be.
    pub(super) fn has_more(&self) -> bool {
        self.pending && !self.copy && self.size > self.offset().max(self.wanted_from)
    }

    /// How long its file is.
    pub(super) fn size_now(&self) -> u64 {
        let about = self.file.as_ref().and_then(|file| file.metadata().ok());
        about.map_or(self.size, |about| about.len())
    }

    /// There is something to read, but too little to tell how it is laid out.
    pub(super) fn is_undecided(&self) -> bool {
        self.reader.is_none() && self.mark.is_none() && self.size > 0 && self.file.is_some()
    }
}
