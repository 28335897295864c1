//! Several series become one sequence of events, ordered by (time, host, series, position in the series).
//!
//! Each series keeps its own order: the merge takes from the series whose next line is the earliest until that passes
//! the next line of another one. A single series is never compared with anything.
//!
//! A line stamped far ahead would hold up its series until all others are through. So a jump ahead of more than a day
//! is looked into: if one of the next few lines of the file is back, the line goes where it stands.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::clock::Clock;
use super::feed::{Feeder, FileEnd, Item};
use super::order::{Calendar, Series};
use super::{Error, Progress};
use crate::model::{EventTime, FileId, HostId, Parsed, Record, Stamp};

/// How long a wait for input may hide an interruption.
const PATIENCE: Duration = Duration::from_millis(100);
/// Series that are started before their time has come, so that their first lines are parsed when it comes.
const AHEAD: usize = 2;

/// Jumps ahead of more than this are looked into, in seconds.
const FAR: i64 = 86_400;
/// So many stamped lines are looked at to see whether a jump is one.
const LOOK: usize = 3;
/// Further on in the file than this they are not looked for.
const LOOK_BYTES: u64 = 1 << 20;

/// Takes events in order.
pub(super) trait Stage {
    /// Numbers a host.
    fn host(&mut self, name: &[u8]) -> HostId;
    /// The next event.
    fn record(&mut self, parsed: &Parsed, record: &Record, time: EventTime, host: HostId) -> ControlFlow<()>;
    /// A file is at its end.
    fn end(&mut self, end: FileEnd);
}

/// What decides between two series.
type Key = (EventTime, HostId, usize);

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
                    Load::Head => heads.push(Reverse((lane.key, lane.head.1, index))),
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
            Run::Passed => heads.push(Reverse((lane.key, lane.head.1, index))),
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

/// A series being read: its batch of the moment, and where in it the merge stands.
struct Lane {
    files: Series,
    items: Receiver<Item>,
    /// What was looked at before its turn.
    ahead: VecDeque<Received>,
    clock: Clock,
    batch: Option<Parsed>,
    next: usize,
    /// Numbers of the batch's hosts, found as they occur: the order of numbering must not depend on batches.
    hosts: Vec<Option<HostId>>,
    /// Time and host of the next record.
    head: (EventTime, HostId),
    /// When that record's turn is: its time, unless that is stray.
    key: EventTime,
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
        let mut clock = Clock::new(calendar.zone);
        if let Some(first) = files.iter().find_map(|file| file.first) {
            clock.begin(first);
        }
        let head = (EventTime::MIN, HostId(0));
        Ok(Self {
            files,
            items,
            ahead: VecDeque::new(),
            clock,
            batch: None,
            next: 0,
            hosts: Vec::new(),
            head,
            key: EventTime::MIN,
            reading: None,
        })
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
            if let Some(parsed) = &self.batch {
                while let Some(record) = parsed.records.get(self.next) {
                    let (time, host) = self.head;
                    if let Some(limit) = limit {
                        let far = time > self.key.plus_seconds(FAR);
                        let receive = || receive(&self.items, &context.progress.stop);
                        if !far || !is_stray(time, parsed, self.next, &self.clock, &mut self.ahead, receive) {
                            self.key = time;
                        }
                        if (self.key, host, index) >= limit {
                            return Run::Passed;
                        }
                    }
                    if stage.record(parsed, record, time, host).is_break() {
                        return Run::EndedByStage;
                    }
                    self.next += 1;
                    if let Some(record) = parsed.records.get(self.next) {
                        self.head = head(record, parsed, &mut self.clock, &mut self.hosts, stage);
                    }
                }
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
            if let Some(done) = self.batch.take() {
                context.progress.lines.fetch_add(u64::from(done.batch.lines), Ordering::Relaxed);
                context.feeder.memory().give(done);
            }
            let next = self.ahead.pop_front();
            match next.unwrap_or_else(|| receive(&self.items, &context.progress.stop)) {
                Received::End(mut end) => {
                    self.reading = None;
                    end.year = self.clock.take_guess();
                    stage.end(end);
                }
                Received::Batch(parsed) => {
                    self.enter(&parsed);
                    if let Some(record) = parsed.records.first() {
                        self.head = head(record, &parsed, &mut self.clock, &mut self.hosts, stage);
                        self.batch = Some(parsed);
                        return Load::Head;
                    }
                    self.batch = Some(parsed);
                }
                Received::Nothing => return Load::Empty,
                Received::Interrupted => return Load::Interrupted,
            }
        }
    }

    fn enter(&mut self, parsed: &Parsed) {
        let batch = &parsed.batch;
        self.reading = Some((batch.file, batch.first_offset + u64::from(parsed.lines_end)));
        self.next = 0;
        self.hosts.clear();
        self.hosts.resize(parsed.hosts.len(), None);
        if batch.first_offset == 0
            && let Some(planned) = self.files.iter().find(|planned| planned.file == batch.file)
        {
            self.clock.enter(planned.year, planned.latest);
        }
    }
}

/// Time and host of a record.
#[inline]
fn head(
    record: &Record,
    parsed: &Parsed,
    clock: &mut Clock,
    hosts: &mut [Option<HostId>],
    stage: &mut impl Stage,
) -> (EventTime, HostId) {
    let time = clock.moment(record.stamp);
    let host = match hosts.get(usize::from(record.host)) {
        Some(Some(host)) => *host,
        _ => new_host(record, parsed, hosts, stage),
    };
    (time, host)
}

/// The number of a host that this batch has not shown yet.
#[cold]
fn new_host(
    record: &Record,
    parsed: &Parsed,
    hosts: &mut [Option<HostId>],
    stage: &mut impl Stage,
) -> HostId {
    let at = usize::from(record.host);
    let name = parsed.hosts.get(at).map_or(&[][..], |span| span.of(&parsed.batch.bytes));
    let host = stage.host(name);
    if let Some(slot) = hosts.get_mut(at) {
        *slot = Some(host);
    }
    host
}

#[derive(Debug)]
enum Received {
    Batch(Parsed),
    End(FileEnd),
    Nothing,
    Interrupted,
}

/// Whether record `at` of `parsed`, at `time`, is alone there: one of the next few of its file is more than a day
/// before it again. Further batches come from `receive` and wait in `ahead`.
#[cold]
fn is_stray(
    time: EventTime,
    parsed: &Parsed,
    at: usize,
    clock: &Clock,
    ahead: &mut VecDeque<Received>,
    mut receive: impl FnMut() -> Received,
) -> bool {
    let mut clock = clock.clone();
    let mut left = LOOK;
    let start = parsed.records.get(at).map_or(0, |record| u64::from(record.line.start));
    let end = parsed.batch.first_offset + start + LOOK_BYTES;
    let mut look = |parsed: &Parsed, records: &[Record]| {
        for record in records {
            // By offset, because what is seen must not depend on batches.
            if parsed.batch.first_offset + u64::from(record.line.start) > end {
                return Some(false);
            }
            if record.stamp == Stamp::None {
                continue;
            }
            if clock.moment(record.stamp) < time.plus_seconds(-FAR) {
                return Some(true);
            }
            left -= 1;
            if left == 0 {
                return Some(false);
            }
        }
        (parsed.batch.first_offset > end).then_some(false)
    };
    if let Some(verdict) = look(parsed, &parsed.records[at + 1..]) {
        return verdict;
    }
    for at in 0.. {
        if at == ahead.len() {
            ahead.push_back(receive());
        }
        // A file that ends says no more.
        let Some(Received::Batch(parsed)) = ahead.get(at) else { break };
        if let Some(verdict) = look(parsed, &parsed.records) {
            return verdict;
        }
    }
    false
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
