//! Logs that are being written, followed: no line is lost and none is read twice, whatever rotation does.
//!
//! A file is known by its identity and its first bytes, never by its name. What one file held until it was emptied, renamed
//! or deleted is a *content*; the contents of one log, one after the other, are a *series*. Where reading stands is told
//! with every batch, in front of it and behind it.

mod alike;
mod candidate;
mod content;
mod copy;
mod journal;
mod layout;
mod names;
mod position;
mod series;
mod stream;
mod tail;
#[cfg(test)]
mod tests;
mod watch;
mod world;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::find::{WILDCARDS, cannot, find, is_pattern};
use super::{Problem, Settings, Source as InputSource};
use crate::model::{Batch, Files};
use alike::Beginnings;
pub use alike::alike;
use journal::Journal;
use position::At;
pub use position::Position;
use series::Series;
use stream::{Got, Stream, Told};
use watch::Watch;
use world::{Pace, World};

/// Lines, and where they stand.
#[derive(Debug)]
pub struct Chunk {
    /// The lines.
    pub batch: Batch,
    /// Where reading stood in front of them: a follower that begins there reads them again.
    pub begin: Position,
    /// Where it stands behind them.
    pub end: Position,
}

/// What comes of reading.
#[derive(Debug)]
pub enum Read {
    /// Lines.
    Chunk(Box<Chunk>),
    /// Nothing for now.
    Waiting,
    /// Nothing for now, but more is there already: it has to wait until an older file of the log is surely at its end.
    Settling,
    /// Nothing, and there will never be more.
    Ended,
}

/// Where a source begins that has no position, in files that are there already. What appears later is read from its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// At the start of all there is.
    Start,
    /// Behind what is there.
    End,
}

/// How it is with a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Bytes that are there and were not read yet, as of the last look.
    pub bytes_behind: u64,
    /// The file that is written now, as far as known.
    pub file: String,
    /// Something of it is there.
    pub exists: bool,
    /// Bytes of that file that were read.
    pub last_read: u64,
}

/// Follows whatever was named.
#[derive(Debug)]
pub struct Follower {
    inputs: Vec<String>,
    from: From,
    positions: HashMap<String, Position, ahash::RandomState>,
    sources: Vec<Source>,
    watch: Watch,
    world: World,
    journalctl: PathBuf,
    looked: Option<Instant>,
    beginnings: Beginnings,
    /// There is more to do than wait.
    busy: bool,
}

#[derive(Debug)]
enum Source {
    Series(Box<Series>),
    Pipe { name: String, stream: Option<Stream>, ended: bool },
    Journal(Box<Journal>),
}

impl Follower {
    /// Follows `inputs`: files, which need not exist yet, folders, globs, `-`, named pipes, `journal`. A source that one of
    /// `positions` is about goes on there, any other one where `from` says.
    pub fn new(inputs: &[String], from: From, positions: Vec<Position>, settings: Settings) -> Self {
        Self::with(inputs, from, positions, settings, Pace::default(), Path::new(journal::PROGRAM))
    }

    fn with(
        inputs: &[String],
        from: From,
        positions: Vec<Position>,
        settings: Settings,
        pace: Pace,
        journalctl: &Path,
    ) -> Self {
        Self {
            inputs: inputs.to_vec(),
            from,
            positions: positions.into_iter().map(|position| (position.source.clone(), position)).collect(),
            sources: Vec::new(),
            watch: Watch::new(),
            world: World::new(settings, pace),
            journalctl: journalctl.to_owned(),
            looked: None,
            beginnings: Beginnings::default(),
            busy: false,
        }
    }

    /// Looks for what is new: files, names that mean other files now. It costs little unless something happened.
    pub fn look(&mut self, files: &mut Files) {
        let news = self.watch.news();
        let now = self.world.now();
        let due = self.looked.is_none_or(|looked| now - looked >= self.world.pace.poll);
        if due || news.renamed {
            self.look_around(files);
            self.looked = Some(now);
        } else if news.written {
            for source in &mut self.sources {
                if let Source::Series(series) = source {
                    series.glance();
                }
            }
        }
    }

    /// How many sources there are. Their numbers stay; new ones come behind.
    pub fn sources(&self) -> usize {
        self.sources.len()
    }

    /// What a source is called, in positions too; empty for a number that none has.
    pub fn source_name(&self, source: usize) -> &str {
        match self.sources.get(source) {
            Some(Source::Series(series)) => &series.name,
            Some(Source::Pipe { name, .. }) => name,
            Some(Source::Journal(_)) => journal::NAME,
            None => "",
        }
    }

    /// The next lines of a source, in the memory of `recycled`. It never waits for any.
    pub fn read(&mut self, source: usize, files: &mut Files, recycled: Vec<u8>) -> Read {
        let world = &mut self.world;
        let chunk = match self.sources.get_mut(source) {
            Some(Source::Series(series)) => {
                let (chunk, busy) = series.read(world, files, recycled);
                self.busy |= busy;
                if chunk.is_none() && (busy || series.settles) {
                    return Read::Settling;
                }
                chunk
            }
            Some(Source::Journal(journal)) => {
                let chunk = journal.read(world, self.watch.waker(), files, recycled);
                self.busy |= chunk.is_some();
                chunk
            }
            Some(Source::Pipe { name, stream: Some(stream), ended }) => {
                let got = stream.next(world, world.settings.stated, recycled);
                for note in stream.notes() {
                    if let Told::Failed(message) = note {
                        world.tell(name, message, true);
                    }
                }
                match got {
                    Got::Waiting => None,
                    Got::Ended => {
                        *ended = true;
                        return Read::Ended;
                    }
                    Got::Batch(batch) => {
                        self.busy = true;
                        let position = || Position { source: name.clone(), at: At::Stream };
                        Some(Chunk { batch, begin: position(), end: position() })
                    }
                }
            }
            Some(Source::Pipe { .. }) | None => return Read::Ended,
        };
        chunk.map_or(Read::Waiting, |chunk| Read::Chunk(Box::new(chunk)))
    }

    /// Where reading stands in a source: to be stored before anything was read of it, so that what is written while nobody
    /// follows is read later. `None` for what cannot be read again.
    pub fn position(&self, source: usize) -> Option<Position> {
        match self.sources.get(source)? {
            Source::Series(series) => series.stands(),
            Source::Journal(journal) => Some(journal.stands()),
            Source::Pipe { .. } => None,
        }
    }

    /// Returns when something happens, or after `at_most`; after a second in any case.
    pub fn wait(&mut self, at_most: Duration) {
        if !std::mem::take(&mut self.busy) {
            self.watch.wait(at_most.min(self.world.pace.poll));
        }
    }

    /// What went wrong since this was last asked; each thing is told once, until it is another one.
    pub fn problems(&mut self) -> Vec<Problem> {
        self.world.problems()
    }

    /// How it is with a source.
    pub fn health(&self, source: usize) -> Health {
        let stream = |name: &str, exists, last_read| Health {
            bytes_behind: 0,
            file: name.to_owned(),
            exists,
            last_read,
        };
        match self.sources.get(source) {
            Some(Source::Series(series)) => series.health(),
            Some(Source::Pipe { name, stream: pipe, ended }) => {
                stream(name, !ended, pipe.as_ref().map_or(0, |pipe| pipe.read))
            }
            Some(Source::Journal(journal)) => stream(journal::NAME, journal.runs(), journal.read),
            None => stream("", false, 0),
        }
    }

    fn look_around(&mut self, files: &mut Files) {
        let mut listed: Vec<(usize, Vec<PathBuf>)> = Vec::new();
        let mut folders = HashSet::default();
        for input in self.inputs.clone() {
            for (path, main) in self.paths(&input, files, &mut folders) {
                let at = self.series_of(&path);
                if let Some(Source::Series(series)) = self.sources.get_mut(at)
                    && main
                    && !series.main.contains(&path)
                {
                    series.main.push(path.clone());
                }
                match listed.iter_mut().find(|(source, _)| *source == at) {
                    Some((_, paths)) if paths.contains(&path) => {}
                    Some((_, paths)) => paths.push(path),
                    None => listed.push((at, vec![path])),
                }
            }
        }
        let series = self.sources.iter().filter_map(|source| match source {
            Source::Series(series) => Some(series.folders()),
            _ => None,
        });
        folders.extend(series.flatten());
        // Watched before it is looked at: what happens in between is told.
        self.watch.watch(folders);
        let from = if self.looked.is_none() { self.from } else { From::Start };
        for (at, source) in self.sources.iter_mut().enumerate() {
            if let Source::Series(series) = source {
                let paths =
                    listed.iter().find(|(source, _)| *source == at).map_or(&[][..], |(_, paths)| paths);
                let position = self.positions.remove(&series.name);
                series.look(paths, from, position, &mut self.world);
            }
        }
        self.compare();
    }

    /// Tells which sources hold the same lines, as soon as they have some.
    fn compare(&mut self) {
        if self.sources.len() < 2 {
            return;
        }
        for source in &self.sources {
            if let Source::Series(series) = source
                && let Some(path) = series.newest()
                && let Some(message) = self.beginnings.add(&series.name, path)
            {
                self.world.tell(&series.name, message, false);
            }
        }
    }

    /// The files that `input` names now, and whether it names them one by one. What is no file becomes a source of its own.
    fn paths(
        &mut self,
        input: &str,
        files: &mut Files,
        folders: &mut HashSet<PathBuf, ahash::RandomState>,
    ) -> Vec<(PathBuf, bool)> {
        if input == "-" {
            self.pipe(input, files, |outlet| {
                outlet.drain(io::stdin());
            });
            return Vec::new();
        }
        let about = fs::metadata(input);
        if input == journal::NAME && about.is_err() {
            if !self.sources.iter().any(|source| matches!(source, Source::Journal(_))) {
                let position = self.positions.remove(input);
                let journal = Journal::new(&self.journalctl, self.from, position);
                self.sources.push(Source::Journal(Box::new(journal)));
            }
            return Vec::new();
        }
        let is_pattern = match &about {
            Ok(about) if about.is_file() => false,
            Ok(about) if about.is_dir() => {
                folders.insert(PathBuf::from(input));
                true
            }
            Ok(_) => {
                let path = PathBuf::from(input);
                // What has a name only as long as somebody has it open ends with its writer.
                let comes_again = !input.starts_with("/dev/") && !input.starts_with("/proc/");
                self.pipe(input, files, move |outlet| read_pipe(&path, comes_again, &outlet));
                return Vec::new();
            }
            Err(error) => {
                let is_pattern = is_pattern(input, error);
                if error.kind() == io::ErrorKind::NotFound && !is_pattern {
                    let message = "it does not exist yet: it is read as soon as it does".to_owned();
                    self.world.tell(input, message, false);
                }
                is_pattern
            }
        };
        if !is_pattern {
            if about.is_ok() {
                self.world.well(input);
            }
            return vec![(in_folder(input), true)];
        }
        if about.is_err() {
            let fixed = input.split(WILDCARDS).next().unwrap_or_default();
            folders.extend(in_folder(&format!("{fixed}x")).parent().map(Path::to_owned));
        }
        let (found, problems) = find(&[input.to_owned()]);
        for problem in problems {
            // That nothing is there yet is no problem; that a pattern is wrong is one.
            let nothing_yet = problem.name == input && (about.is_ok() || glob::Pattern::new(input).is_ok());
            if !nothing_yet || fs::read_dir(input).is_err() && about.is_ok() {
                self.world.tell(&problem.name, problem.message, problem.unreadable);
            }
        }
        let paths = found.into_iter().filter_map(|input| match input.source {
            InputSource::Path(path) if input.size.is_some() => Some((path, false)),
            _ => None,
        });
        paths.collect()
    }

    /// The source that `path` is a file of.
    fn series_of(&mut self, path: &Path) -> usize {
        let folder = path.parent().unwrap_or(path).to_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let series = Series::new(folder, names::split(&name).0);
        let same = |source: &Source| matches!(source, Source::Series(other) if other.name == series.name);
        if let Some(at) = self.sources.iter().position(same) {
            return at;
        }
        self.sources.push(Source::Series(Box::new(series)));
        self.sources.len() - 1
    }

    /// Adds what `work` gives as a source, once.
    fn pipe(&mut self, name: &str, files: &mut Files, work: impl FnOnce(stream::Outlet) + Send + 'static) {
        if self
            .sources
            .iter()
            .any(|source| matches!(source, Source::Pipe { name: other, .. } if other == name))
        {
            return;
        }
        let started = Stream::start(name, files.number(name), &self.world, self.watch.waker(), work);
        if let Err(error) = &started {
            self.world.tell(name, format!("cannot start a thread for it: {error}"), true);
        }
        let ended = started.is_err();
        self.sources.push(Source::Pipe { name: name.to_owned(), stream: started.ok(), ended });
    }
}

/// A path that says in which folder it is.
fn in_folder(path: &str) -> PathBuf {
    match Path::new(path).parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new(".").join(path),
        _ => PathBuf::from(path),
    }
}

/// Reads a named pipe, and again whenever somebody comes to write: a log daemon that is restarted does.
fn read_pipe(path: &Path, comes_again: bool, outlet: &stream::Outlet) {
    loop {
        match File::open(path) {
            Ok(pipe) => {
                if !outlet.drain(pipe) || !comes_again || !outlet.tell(Told::Hangup) {
                    return;
                }
            }
            Err(error) => {
                outlet.tell(Told::Failed(cannot("read", &error)));
                return;
            }
        }
    }
}
