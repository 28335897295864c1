//! Where a content lies: under its name, under another one, in a copy, compressed or not.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::super::super::find::cannot;
use super::super::candidate::Candidate;
use super::super::content::Content;
use super::super::copy::Likeness;
use super::super::names;
use super::super::position::HEAD;
use super::super::tail::lock;
use super::super::world::World;
use super::Series;

/// Whether the file at `path` is one of the log that lies in `places`, by its name.
pub(super) fn lies_in(places: &[(PathBuf, String)], path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let base = names::split(&name).0;
    places.iter().any(|(folder, known)| path.parent() == Some(folder) && base == *known)
}

impl Series {
    /// The content that has what begins with `head`, of those beside the one at `except`. `file` is where that stands, if
    /// it is stored as it is; `grown`: it was taken for a copy before, and has grown since.
    pub(super) fn holder(
        &self,
        head: &[u8],
        file: Option<&File>,
        except: Option<usize>,
        grown: bool,
    ) -> Option<usize> {
        let begins = |content: &Content| {
            let seen = lock(&content.seen);
            // What is longer than a short file is no copy of it, but may begin like it.
            let is_whole = || seen.head.len() == HEAD || head.len() as u64 <= content.size_now();
            !seen.head.is_empty() && head.starts_with(&seen.head) && is_whole()
        };
        let has_all = |content: &Content| match file.map_or(Likeness::Same, |file| content.likeness(file)) {
            Likeness::Same => true,
            Likeness::Other => false,
            // Nothing is added to the copy of a file that is gone.
            Likeness::Unknown => !grown,
        };
        let same = |(at, content): &(usize, &Content)| {
            Some(*at) != except && !content.copy && begins(content) && has_all(content)
        };
        self.contents.iter().enumerate().rev().find(same).map(|(at, _)| at)
    }

    /// Whether `candidate` is a content of its own, and not the one at `except`.
    pub(super) fn is_anothers(&self, candidate: &Candidate, except: usize) -> bool {
        let mut contents = self.contents.iter().enumerate();
        contents.any(|(at, content)| {
            at != except && !content.copy && content.identity == Some(candidate.identity)
        })
    }

    /// Whether `candidate` was come upon while the copy of the content at `of` was begun, and taken for one of its own: all that
    /// was known of it is where that begins.
    pub(super) fn is_copy_begun(&self, candidate: &Candidate, of: usize) -> bool {
        let Some(original) = self.contents.get(of).map(|content| lock(&content.seen).head.clone()) else {
            return false;
        };
        let is_begun = |content: &Content| {
            let begun = lock(&content.seen).head.clone();
            begun.len() < original.len() && original.starts_with(&begun)
        };
        self.contents.iter().enumerate().any(|(at, content)| {
            at != of
                && content.identity == Some(candidate.identity)
                && content.is_awaited()
                && is_begun(content)
        })
    }

    /// Opens a content's file again, wherever it lies now.
    pub(super) fn find_again(&mut self, at: usize, world: &World) -> io::Result<bool> {
        let Some(content) = self.contents.get(at) else { return Ok(false) };
        let (path, identity, head) = (content.at.clone(), content.identity, content.head());
        let is_it = |candidate: &Candidate| Some(candidate.identity) == identity;
        let mut found = None;
        match Candidate::at(&path) {
            Ok(candidate) => found = candidate.filter(is_it),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Another copy of what it is a copy of is nothing new.
        if found.is_none() && !content.copy {
            let mut all = self.siblings(world);
            let index = all.iter().position(is_it).or_else(|| {
                all.iter().position(|candidate| {
                    head.begins(&candidate.head) && !candidate.broken && !self.is_anothers(candidate, at)
                })
            });
            found = index.map(|index| all.swap_remove(index));
        }
        let (Some(candidate), Some(content)) = (found, self.contents.get_mut(at)) else { return Ok(false) };
        let known = std::mem::take(&mut lock(&content.seen).head);
        content.move_to(candidate);
        if !known.is_empty() {
            // Whether it is the same is seen when it is read.
            lock(&content.seen).head = known;
        }
        Ok(true)
    }

    /// The files at `paths`, as far as they can be read.
    pub(super) fn candidates(paths: Vec<PathBuf>, world: &mut World) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        for path in paths {
            match Candidate::at(&path) {
                Ok(Some(candidate)) if found.iter().all(|other| other.identity != candidate.identity) => {
                    world.well(&path.to_string_lossy());
                    found.push(candidate);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => world.tell(&path.to_string_lossy(), cannot("read", &error), true),
            }
        }
        found
    }

    /// The folders in which its files lie, each with what they are called there: its own, and that of what its name is a
    /// link to.
    pub(super) fn places(&self) -> Vec<(PathBuf, String)> {
        let mut places = vec![(self.folder.clone(), self.base.clone())];
        for target in self.main.iter().filter_map(|path| fs::canonicalize(path).ok()) {
            if let (Some(folder), Some(name)) = (target.parent(), target.file_name()) {
                places.push((folder.to_owned(), names::split(&name.to_string_lossy()).0));
            }
        }
        places
    }

    /// Whatever lies beside its files and may hold what they held.
    pub(super) fn siblings(&self, world: &World) -> Vec<Candidate> {
        let mut paths = Vec::new();
        let mut places = self.places();
        // Where a link led before it was switched, more may have come to lie.
        places.extend(self.places.iter().cloned());
        for (folder, base) in places {
            // A folder that cannot be listed has no siblings to show; the file itself tells what is wrong.
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.starts_with(&base) || names::split(&name).0 == base {
                    paths.push(entry.path());
                }
            }
        }
        paths.sort();
        paths.dedup();
        let mut quiet = World::new(world.settings.clone(), world.pace);
        Self::candidates(paths, &mut quiet)
    }
}
