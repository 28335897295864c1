//! Several series become one sequence of events, ordered by (time, host, series, position in the series).
//!
//! Each series keeps its own order: the merge takes from the series whose next line is the earliest until that passes
//! the next line of another one. A single series is never compared with anything.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::cursor::{Cursor, Following, Key, Stage, Step};
use super::feed::{Feeder, FileEnd, Item};
use super::order::{Calendar, Series};
use super::{Error, Progress};
use crate::model::{EventTime, FileId, HostId, Parsed};

/// How long a wait for input may hide an interruption.
const PATIENCE: Duration = Duration::from_millis(100);
/// Series that are started before their time has come, so that their first lines are parsed when it comes.
const AHEAD: usize = 2;

/// Why the merge is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    /// Everything was read.
    AtEnd,
    /// The caller set `Progress::stop`.
    Interrupted,
    /// The stage wants no more.
    ByStage,
}

/// Runs everything in `all` through `stage`.
pub(super) fn merge(
    all: Vec<Series>,
    calendar: Calendar,
    feeder: &Feeder,
    progress: &Progress,
    stage: &mut impl Stage,
) -> Result<Ended, Error> {
    // A series starts when its time has come: a folder per day needs no thread per day. What shows no time starts
    // at once.
    let mut waiting: Vec<(EventTime, usize)> = all
        .iter()
        .enumerate()
        .map(|(index, series)| (series.iter().find_map(|file| file.first).unwrap_or(EventTime::MIN), index))
        .collect();
    waiting.sort_by_key(|&key| Reverse(key));
    let mut lanes: Vec<Option<Lane>> = all.iter().map(|_| None).collect();
    let mut heads: BinaryHeap<Reverse<Key>> = BinaryHeap::new();
    let context = Context { feeder, progress };
    let mut all: Vec<Option<Series>> = all.into_iter().map(Some).collect();
    let mut started: Vec<(EventTime, usize)> = Vec::new();

    loop {
        while let Some(&(first, index)) = waiting.last()
            && (started.len() < AHEAD || heads.peek().is_some_and(|Reverse(head)| first <= head.0))
        {
            waiting.pop();
            if let Some(series) = all[index].take() {
                lanes[index] = Some(Lane::start(series, calendar, feeder)?);
                started.insert(0, (first, index));
            }
        }
        while let Some(&(first, index)) = started.last()
            && heads.peek().is_none_or(|Reverse(head)| first <= head.0)
        {
            started.pop();
            if let Some(lane) = &mut lanes[index] {
                match lane.load(&context, stage) {
                    Load::Head => heads.push(Reverse(lane.cursor.key(index))),
                    Load::Empty => lanes[index] = None,
                    Load::Interrupted => return Ok(interrupted(&lanes, stage)),
                }
            }
        }
        let Some(Reverse((.., index))) = heads.pop() else {
            if waiting.is_empty() && started.is_empty() {
                return Ok(Ended::AtEnd);
            }
            continue;
        };
        let next = heads.peek().map(|Reverse(key)| *key);
        let coming = started.last().or(waiting.last()).map(|&(first, other)| (first, HostId(0), other));
        let limit = match (next, coming) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let Some(lane) = &mut lanes[index] else { continue };
        match lane.run(index, limit, &context, stage) {
            Run::Passed => heads.push(Reverse(lane.cursor.key(index))),
            Run::Empty => lanes[index] = None,
            Run::Interrupted => return Ok(interrupted(&lanes, stage)),
            Run::EndedByStage => return Ok(Ended::ByStage),
        }
    }
}

/// Tells the stage how far the open files were read.
fn interrupted(lanes: &[Option<Lane>], stage: &mut impl Stage) -> Ended {
    for (file, bytes) in lanes.iter().flatten().filter_map(|lane| lane.reading) {
        stage.end(FileEnd::early(file, bytes));
    }
    Ended::Interrupted
}

struct Context<'a> {
    feeder: &'a Feeder,
    progress: &'a Progress,
}

/// A series being read.
struct Lane {
    files: Series,
    items: Receiver<Item>,
    /// What was looked at before its turn.
    ahead: VecDeque<Received>,
    cursor: Cursor,
    /// The file that is open, and how many of its bytes came.
    reading: Option<(FileId, u64)>,
}

enum Load {
    Head,
    Empty,
    Interrupted,
}

enum Run {
    Passed,
    Empty,
    Interrupted,
    EndedByStage,
}

impl Lane {
    fn start(files: Series, calendar: Calendar, feeder: &Feeder) -> Result<Self, Error> {
        let items = feeder.start(&files)?;
        let mut cursor = Cursor::new(calendar.zone);
        if let Some(first) = files.iter().find_map(|file| file.first) {
            cursor.clock.begin(first);
        }
        Ok(Self { files, items, ahead: VecDeque::new(), cursor, reading: None })
    }

    /// Hands records to the stage until the next one is not before `limit`.
    fn run(
        &mut self,
        index: usize,
        limit: Option<Key>,
        context: &Context<'_>,
        stage: &mut impl Stage,
    ) -> Run {
        loop {
            let receive = || receive(&self.items, &context.progress.stop);
            match self.cursor.run(index, limit, &mut Ahead { waiting: &mut self.ahead, receive }, stage) {
                Step::Passed => return Run::Passed,
                Step::EndedByStage => return Run::EndedByStage,
                Step::AtEnd => {}
            }
            match self.load(context, stage) {
                Load::Head => {}
                Load::Empty => return Run::Empty,
                Load::Interrupted => return Run::Interrupted,
            }
        }
    }

    /// Gets the next batch that holds a record.
    fn load(&mut self, context: &Context<'_>, stage: &mut impl Stage) -> Load {
        loop {
            if let Some(done) = self.cursor.leave() {
                context.progress.lines.fetch_add(u64::from(done.batch.lines), Ordering::Relaxed);
                context.feeder.memory().give(done);
            }
            let next = self.ahead.pop_front();
            match next.unwrap_or_else(|| receive(&self.items, &context.progress.stop)) {
                Received::End(mut end) => {
                    self.reading = None;
                    end.year = self.cursor.clock.take_guess();
                    stage.end(end);
                }
                Received::Batch(parsed) => {
                    self.open(&parsed);
                    if self.cursor.enter(parsed, stage) {
                        return Load::Head;
                    }
                }
                Received::Nothing => return Load::Empty,
                Received::Interrupted => return Load::Interrupted,
            }
        }
    }

    fn open(&mut self, parsed: &Parsed) {
        let batch = &parsed.batch;
        self.reading = Some((batch.file, batch.first_offset + u64::from(parsed.lines_end)));
        if batch.first_offset == 0
            && let Some(planned) = self.files.iter().find(|planned| planned.file == batch.file)
        {
            self.cursor.clock.enter(planned.year, planned.latest);
        }
    }
}

/// What follows the batch of the moment.
struct Ahead<'a, R> {
    waiting: &'a mut VecDeque<Received>,
    receive: R,
}

impl<R: FnMut() -> Received> Following for Ahead<'_, R> {
    fn batch(&mut self, at: usize) -> Option<&Parsed> {
        if at == self.waiting.len() {
            self.waiting.push_back((self.receive)());
        }
        // A file that ends says no more.
        match self.waiting.get(at) {
            Some(Received::Batch(parsed)) => Some(parsed),
            _ => None,
        }
    }
}

#[derive(Debug)]
enum Received {
    Batch(Parsed),
    End(FileEnd),
    Nothing,
    Interrupted,
}

/// Waits for the next item; input that is slow to come (a pipe) must not hide an interruption.
fn receive(items: &Receiver<Item>, stop: &AtomicBool) -> Received {
    loop {
        if stop.load(Ordering::Relaxed) {
            return Received::Interrupted;
        }
        match items.recv_timeout(PATIENCE) {
            Ok(Item::Batch(parsed)) => {
                if let Ok(parsed) = parsed.recv() {
                    return Received::Batch(parsed);
                }
            }
            Ok(Item::End(end)) => return Received::End(end),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Received::Nothing,
        }
    }
}
