//! The files of one log: the one that is written, and those it was before.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::super::compression::Compression;
use super::super::find::cannot;
use super::super::reader::Mark;
use super::candidate::Candidate;
use super::content::{Content, Step};
use super::position::{At, HEAD, Identity, Position};
use super::tail::{lock, read_whole_at};
use super::world::World;
use super::{Chunk, From, Health};
use crate::model::{Batch, Files};

/// Files kept open of one series although nothing comes; older ones are opened again when they grow.
const KEPT_OPEN: usize = 100;
/// Contents remembered, beyond those whose files are there.
const REMEMBERED: usize = 10_000;
/// Places in a position: of files that may still grow.
const PLACES: usize = 16;
/// Files looked at without going through folders.
const GLANCED_AT: usize = 16;

mod search;
mod start;

use search::lies_in;

/// One log.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: String,
    /// Paths that were asked for by name.
    pub(super) main: Vec<PathBuf>,
    folder: PathBuf,
    base: String,
    /// Where its files lie and what they are called, as of the last time its folders were gone through.
    places: Vec<(PathBuf, String)>,
    /// Older ones first.
    pub(super) contents: Vec<Content>,
    started: bool,
    /// When it was read last, something was there that had to wait for an older file.
    pub(super) settles: bool,
    /// It has begun, and nothing that was asked for was there yet.
    awaited: bool,
    /// Compressed files that are being written: their size, and since when it is that.
    unfinished: HashMap<PathBuf, (u64, Instant), ahash::RandomState>,
    /// When to look once more for what came and went: a folder that changes while it is listed may not show all.
    again: Option<Instant>,
}

impl Series {
    pub(super) fn new(folder: PathBuf, base: String) -> Self {
        let name = folder.join(&base).to_string_lossy().into_owned();
        let (main, places, contents, unfinished) = (Vec::new(), Vec::new(), Vec::new(), HashMap::default());
        let (started, settles, awaited) = (false, false, false);
        Self {
            name,
            main,
            folder,
            base,
            places,
            contents,
            started,
            settles,
            awaited,
            unfinished,
            again: None,
        }
    }

    /// Folders in which something of it may change: its own, and that of what its name is a link to.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.clone()];
        let targets = self.main.iter().filter_map(|path| fs::canonicalize(path).ok());
        folders.extend(targets.filter_map(|path| Some(path.parent()?.to_owned())));
        folders
    }

    /// Looks at the open files only.
    pub(super) fn glance(&mut self) {
        for content in self.contents.iter_mut().rev().take(GLANCED_AT) {
            if let Some(about) = content.file.as_ref().and_then(|file| file.metadata().ok()) {
                content.notice(&about);
            }
        }
    }

    /// Looks at `listed`, the files that were asked for, and at what was left behind.
    pub(super) fn look(
        &mut self,
        listed: &[PathBuf],
        from: From,
        position: Option<Position>,
        world: &mut World,
    ) {
        if !std::mem::replace(&mut self.started, true) {
            return self.start(listed, from, position, world);
        }
        let known: HashMap<Identity, usize, ahash::RandomState> = self
            .contents
            .iter()
            .enumerate()
            .filter_map(|(at, content)| Some((content.identity?, at)))
            .collect();
        for content in &mut self.contents {
            content.listed = false;
            if let Some(about) = content.file.as_ref().and_then(|file| file.metadata().ok()) {
                content.notice(&about);
            }
        }
        let mut new = Vec::new();
        let mut held = HashMap::<&Path, Identity, ahash::RandomState>::default();
        for path in listed {
            let about = match fs::metadata(path) {
                Ok(about) if about.is_file() => about,
                Ok(_) => continue,
                Err(error) => {
                    if error.kind() != io::ErrorKind::NotFound {
                        world.tell(&path.to_string_lossy(), cannot("read", &error), true);
                    }
                    continue;
                }
            };
            let identity = Identity::of(&about);
            held.insert(path, identity);
            let known = known.get(&identity).and_then(|&at| self.contents.get_mut(at));
            match known.and_then(|content| content.is_still(path, &about).then_some(content)) {
                Some(content) => {
                    content.listed = true;
                    content.at.clone_from(path);
                    if content.path == *path {
                        content.replaced = None;
                    }
                    content.notice(&about);
                }
                None => new.push(path.clone()),
            }
        }
        let now = world.now();
        let mut rotated = false;
        for content in self.contents.iter_mut().filter(|content| content.replaced.is_none()) {
            let holder = held.get(content.path.as_path()).copied();
            if !content.copy && holder.is_some() && holder != content.identity {
                content.replaced = Some(now);
                content.pending |= content.file.is_some();
                rotated |= !content.fixed;
            }
        }
        let mut found = Self::candidates(new, world);
        for candidate in &mut found {
            self.wait_for(candidate, now, world);
        }
        found.retain(|candidate| !candidate.broken);
        // Whatever lies beside it that was not there at the beginning was written and rotated since.
        let appears = self.awaited && !found.is_empty();
        self.awaited &= !appears;
        if rotated || appears {
            self.again = Some(now + world.pace.settle);
        }
        let missed = rotated || appears || self.again.take_if(|again| *again <= now).is_some();
        self.insert(found, missed, world);
        self.tidy(now, world);
    }

    /// Puts in `found`, files that were asked for and are not known; with `missed`, also those that came and went since the
    /// last look.
    fn insert(&mut self, found: Vec<Candidate>, missed: bool, world: &mut World) {
        let now = world.now();
        let mut all: Vec<(Candidate, bool)> = found.into_iter().map(|candidate| (candidate, true)).collect();
        if missed {
            let places = self.places();
            for candidate in self.siblings(world) {
                let is_new = all.iter().all(|(other, _)| other.identity != candidate.identity)
                    && self.contents.iter().all(|known| known.identity != Some(candidate.identity))
                    && !self.main.contains(&candidate.path);
                if !is_new {
                    continue;
                }
                if lies_in(&self.places, &candidate.path) {
                    if !candidate.broken {
                        all.push((candidate, false));
                    }
                } else if lies_in(&places, &candidate.path) {
                    // A link leads there since the last look: what else is there may be of any age.
                    let mut content = Content::new(candidate, now);
                    content.pass_over();
                    self.contents.push(content.known());
                }
            }
            self.places = places;
        }
        all.sort_by_cached_key(|(candidate, _)| candidate.age());
        for (candidate, listed) in all {
            let plain = (!candidate.packed).then_some(&*candidate.file);
            let copy = self.holder(&candidate.head, plain, None, false).is_some();
            let mut content = Content::new(candidate, now);
            content.listed = listed;
            if copy {
                content = Content { copy: true, ..content.known() };
            } else if !listed {
                content.replaced = Some(now);
            }
            self.contents.push(content);
        }
    }

    /// Where reading stands, with `mark` in the content at `at`.
    fn position(&self, at: Option<usize>, mark: Option<Mark>) -> Position {
        let mut places = Vec::new();
        if let Some(content) = at.and_then(|at| self.contents.get(at)) {
            places.extend(content.place(mark));
        }
        let mut others: Vec<&Content> = self
            .contents
            .iter()
            .enumerate()
            .filter(|(index, content)| Some(*index) != at && content.is_under_way())
            .map(|(_, content)| content)
            .collect();
        others.reverse();
        others.sort_by_key(|content| std::cmp::Reverse(content.grown));
        let left = PLACES.saturating_sub(places.len());
        places
            .extend(others.into_iter().take(left).filter_map(|content| content.place(content.mark.clone())));
        if places.is_empty() {
            // Nothing was read yet: what is newer than the oldest is read then, whatever it is called.
            let first = self.contents.iter().find(|content| content.is_awaited());
            places.extend(first.and_then(|content| content.place(None)));
        }
        Position { source: self.name.clone(), at: At::Files(places) }
    }

    /// Where reading stands now; `None` before it was looked for.
    pub(super) fn stands(&self) -> Option<Position> {
        self.started.then(|| self.position(None, None))
    }

    fn chunk(&self, at: usize, batch: Batch, begin: Option<Mark>) -> Chunk {
        let end = self.contents.get(at).and_then(|content| content.mark.clone());
        Chunk { batch, begin: self.position(Some(at), begin), end: self.position(Some(at), end) }
    }

    /// The next lines, of the oldest file that has some; and whether there is more to do where there are none.
    pub(super) fn read(
        &mut self,
        world: &mut World,
        files: &mut Files,
        mut recycled: Vec<u8>,
    ) -> (Option<Chunk>, bool) {
        self.settles = false;
        let mut at = 0;
        while at < self.contents.len() {
            let pending = self.contents.get(at).is_some_and(|content| content.pending);
            if pending && !self.prepare(at, world) {
                at += 1;
                continue;
            }
            let newer = self.contents.len() - at - 1;
            let Some(content) = self.contents.get_mut(at) else { break };
            if content.pending {
                match content.step(world, files, std::mem::take(&mut recycled)) {
                    Step::Chunk(batch, begin) => {
                        world.well(&content.at.to_string_lossy());
                        return (Some(self.chunk(at, batch, begin)), true);
                    }
                    Step::Busy => return (None, true),
                    Step::Waiting => content.pending = content.is_undecided(),
                    Step::Over => {
                        if let Some(problem) = content.reader.as_ref().and_then(|reader| reader.problem()) {
                            world.tell(&problem.name, problem.message.clone(), problem.unreadable);
                        }
                        content.close();
                        (content.flushed, content.left) = (true, true);
                    }
                    Step::Emptied => {
                        self.emptied(at, world);
                        continue;
                    }
                    Step::Cut(size) => match content.cut(size) {
                        Ok(()) => continue,
                        Err(error) => self.failed(at, &error, world),
                    },
                    Step::Failed(error) => self.failed(at, &error, world),
                }
            }
            let now = world.now();
            let Some(content) = self.contents.get_mut(at) else { break };
            if !content.flushed {
                let quiet_for = match content.replaced {
                    _ if content.fixed => None,
                    Some(since) => Some((world.pace.settle, since)),
                    None if newer > 0 && content.reader.is_some() => Some((world.pace.late, content.grown)),
                    None => {
                        at += 1;
                        continue;
                    }
                };
                if quiet_for.is_some_and(|(long, since)| now - since.max(content.grown) < long) {
                    // What is newer waits: its lines came later. But some writer may never let go of the old file.
                    content.left |= content.replaced.is_some_and(|since| now - since >= world.pace.linger);
                    if content.replaced.is_some() && !content.left {
                        self.settles = self.contents.iter().skip(at + 1).any(Content::has_more);
                        return (None, false);
                    }
                } else if !content.tried && content.file.is_some() {
                    (content.tried, content.pending) = (true, true);
                    continue;
                } else if let Some((batch, begin)) = content.flush(std::mem::take(&mut recycled)) {
                    return (Some(self.chunk(at, batch, begin)), true);
                }
            }
            at += 1;
        }
        (None, false)
    }

    /// Makes the content at `at` ready to be read; `false` if it is not to be read.
    fn prepare(&mut self, at: usize, world: &mut World) -> bool {
        let Some(content) = self.contents.get(at) else { return false };
        if content.reader.is_some() {
            return true;
        }
        if content.file.is_none() {
            match self.find_again(at, world) {
                Ok(true) => {}
                Ok(false) => {
                    if let Some(content) = self.contents.get_mut(at) {
                        content.close();
                        (content.fixed, content.identity) = (true, None);
                    }
                    return false;
                }
                Err(error) => {
                    self.failed(at, &error, world);
                    return false;
                }
            }
        }
        let Some(content) = self.contents.get(at) else { return false };
        if content.mark.is_some() || content.wanted_from > 0 {
            return true;
        }
        // What was empty when it was come upon may have become the copy of another one, and so may that other one.
        let head = match content.file.as_ref().filter(|_| !content.packed) {
            Some(file) => {
                let mut head = vec![0; HEAD];
                let len = read_whole_at(file, &mut head, 0).unwrap_or(0);
                head.truncate(len);
                head
            }
            None => lock(&content.seen).head.clone(),
        };
        if !content.packed && Compression::of(&head).is_some() {
            // It was empty when it was come upon, and is being compressed into: another kind of file, to be come upon anew.
            self.again = Some(world.now() + world.pace.settle);
            if let Some(content) = self.contents.get_mut(at) {
                content.close();
                (content.fixed, content.flushed, content.left, content.identity) = (true, true, true, None);
            }
            return false;
        }
        let plain = content.file.as_deref().filter(|_| !content.packed);
        let copy = self.holder(&head, plain, Some(at), content.copy).is_some_and(|holder| holder < at);
        let Some(content) = self.contents.get_mut(at) else { return false };
        if copy {
            content.close();
            (content.flushed, content.left) = (true, true);
        } else if content.copy {
            (content.flushed, content.left) = (false, false);
        }
        content.copy = copy;
        !copy
    }

    fn failed(&mut self, at: usize, error: &io::Error, world: &mut World) {
        if let Some(content) = self.contents.get_mut(at) {
            world.tell(&content.at.to_string_lossy(), cannot("read", error), true);
            content.close();
            // Tried again with the next look.
            content.modified = i64::MIN;
        }
    }

    /// The file of the content at `at` was emptied: its rest is looked for in a copy, then the file is read anew.
    fn emptied(&mut self, at: usize, world: &mut World) {
        let now = world.now();
        let siblings = self.siblings(world);
        let Some(content) = self.contents.get_mut(at) else { return };
        let old = content.identity.take();
        let path = content.at.clone();
        content.replaced.get_or_insert(now);
        (content.fixed, content.pending, content.file) = (true, false, None);
        self.again = Some(now + world.pace.settle);
        let (head, offset) = (content.head(), content.offset());
        let rest = siblings
            .into_iter()
            .filter(|candidate| Some(candidate.identity) != old && !candidate.broken)
            .filter(|candidate| candidate.packed || candidate.size > offset)
            .filter(|candidate| head.begins(&candidate.head))
            .filter(|candidate| !self.is_anothers(candidate, at) || self.is_copy_begun(candidate, at))
            .max_by_key(|candidate| (!candidate.packed, candidate.size));
        if let Some(candidate) = rest {
            let copies = self.contents.iter_mut();
            for copy in copies.filter(|copy| copy.identity == Some(candidate.identity)) {
                copy.close();
                (copy.identity, copy.copy, copy.flushed, copy.left) = (None, true, true, true);
            }
            if let Some(content) = self.contents.get_mut(at) {
                content.move_to(candidate);
            }
        }
        let anew = Candidate::at(&path).ok().flatten().filter(|candidate| Some(candidate.identity) == old);
        self.insert(anew.into_iter().collect(), true, world);
    }

    /// A compressed file may be one that is being written: it is let be until it stays as long as it is.
    fn wait_for(&mut self, candidate: &mut Candidate, now: Instant, world: &World) {
        if !candidate.packed {
            return;
        }
        let known = self.unfinished.entry(candidate.path.clone()).or_insert((candidate.size, now));
        if known.0 != candidate.size {
            *known = (candidate.size, now);
        }
        if now - known.1 < world.pace.settle {
            candidate.broken = true;
        }
    }

    /// Gives back what is not needed any more.
    fn tidy(&mut self, now: Instant, world: &World) {
        let newest = self.contents.len().saturating_sub(1);
        for (at, content) in self.contents.iter_mut().enumerate() {
            let quiet = now - content.replaced.unwrap_or(content.grown).max(content.grown);
            let long = if content.replaced.is_some() { world.pace.linger } else { world.pace.late };
            let kept = at == newest || content.replaced.is_none() && !content.listed;
            if content.file.is_some() && content.left && !content.pending && !kept && quiet >= long {
                content.close();
            }
        }
        self.limit_open();
        self.unfinished.retain(|path, _| path.exists());
        let forgotten = |content: &Content| content.file.is_none() && !content.pending && !content.listed;
        let mut over =
            self.contents.iter().filter(|content| forgotten(content)).count().saturating_sub(REMEMBERED);
        self.contents.retain(|content| {
            let forget = over > 0 && forgotten(content);
            over -= usize::from(forget);
            !forget
        });
    }

    fn limit_open(&mut self) {
        let open = |content: &&mut Content| content.file.is_some() && content.replaced.is_none();
        for content in self.contents.iter_mut().rev().filter(open).skip(KEPT_OPEN) {
            if content.listed {
                let pending = content.pending;
                content.close();
                content.pending = pending;
            }
        }
    }

    /// The newest file that was asked for and has something.
    pub(super) fn newest(&self) -> Option<&Path> {
        let mut newest = self.contents.iter().rev();
        let content = newest.find(|content| content.listed && !content.copy && content.size > 0)?;
        Some(&content.at)
    }

    pub(super) fn health(&self) -> Health {
        let newest = self.contents.iter().rev().find(|content| !content.copy);
        let behind = self.contents.iter().filter(|content| content.is_under_way() || content.pending);
        Health {
            bytes_behind: behind
                .map(|content| content.size.saturating_sub(content.offset().max(content.wanted_from)))
                .sum(),
            file: newest
                .map_or_else(|| self.name.clone(), |content| content.at.to_string_lossy().into_owned()),
            exists: self.contents.iter().any(|content| content.listed),
            last_read: newest.map_or(0, Content::offset),
        }
    }
}
