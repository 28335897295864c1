//! Where one series stands: the batch of the moment, the record in it that is next, and when that one's turn is.
//!
//! A line stamped far ahead would hold up its series until all others are through. So a jump ahead of more than a day
//! is looked into: if one of the next few lines of the file is back, the line goes where it stands.

use std::ops::ControlFlow;

use chrono_tz::Tz;

use super::clock::Clock;
use super::feed::FileEnd;
use crate::model::{EventTime, HostId, Parsed, Record, Stamp};

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

/// What follows a batch, as far as it is there.
pub(super) trait Following {
    /// The batch that is `at` places behind the one of the moment, from 0.
    fn batch(&mut self, at: usize) -> Option<&Parsed>;
}

/// What decides between two series.
pub(super) type Key = (EventTime, HostId, usize);

/// Why no more records are handed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// It is another series' turn.
    Passed,
    /// The batch has no more.
    AtEnd,
    /// The stage wants no more.
    EndedByStage,
}

/// Where a series stands.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) clock: Clock,
    batch: Option<Parsed>,
    next: usize,
    /// Numbers of the batch's hosts, found as they occur: the order of numbering must not depend on batches.
    hosts: Vec<Option<HostId>>,
    /// Time and host of the next record.
    head: (EventTime, HostId),
    /// When that record's turn is: its time, unless that is stray.
    turn: EventTime,
}

impl Cursor {
    /// Of a series whose stamps, where they state no zone, are in `zone`.
    pub(super) fn new(zone: Tz) -> Self {
        Self {
            clock: Clock::new(zone),
            batch: None,
            next: 0,
            hosts: Vec::new(),
            head: (EventTime::MIN, HostId(0)),
            turn: EventTime::MIN,
        }
    }

    /// When the next record's turn is, for the series of number `index`.
    pub(super) fn key(&self, index: usize) -> Key {
        (self.turn, self.head.1, index)
    }

    /// When the next record happened.
    pub(super) fn next_time(&self) -> EventTime {
        self.head.0
    }

    /// Goes on with the next batch. Whether it holds a record.
    pub(super) fn enter(&mut self, parsed: Parsed, stage: &mut impl Stage) -> bool {
        self.enter_behind(0, parsed, stage)
    }

    /// Goes on with the next batch, of which the lines in front of `offset` are through already. Whether it holds a record
    /// behind them.
    pub(super) fn enter_behind(&mut self, offset: u64, parsed: Parsed, stage: &mut impl Stage) -> bool {
        self.next = parsed.records.iter().take_while(|record| parsed.origin(record).offset < offset).count();
        self.hosts.clear();
        self.hosts.resize(parsed.hosts.len(), None);
        let next = parsed.records.get(self.next);
        if let Some(record) = next {
            self.head = head(record, &parsed, &mut self.clock, &mut self.hosts, stage);
        }
        let holds_a_record = next.is_some();
        self.batch = Some(parsed);
        holds_a_record
    }

    /// Offset of the line that is next, while there is one in the batch.
    pub(super) fn offset(&self) -> Option<u64> {
        let parsed = self.batch.as_ref()?;
        parsed.records.get(self.next).map(|record| parsed.origin(record).offset)
    }

    /// Gives up the batch, whose records are through.
    pub(super) fn leave(&mut self) -> Option<Parsed> {
        self.batch.take()
    }

    /// Hands records of the batch to the stage until the next one is not before `limit`.
    pub(super) fn run(
        &mut self,
        index: usize,
        limit: Option<Key>,
        following: &mut impl Following,
        stage: &mut impl Stage,
    ) -> Step {
        let Some(parsed) = &self.batch else { return Step::AtEnd };
        while let Some(record) = parsed.records.get(self.next) {
            let (time, host) = self.head;
            if let Some(limit) = limit {
                let far = time > self.turn.plus_seconds(FAR);
                if !far || !is_stray(time, parsed, self.next, &self.clock, following) {
                    self.turn = time;
                }
                if (self.turn, host, index) >= limit {
                    return Step::Passed;
                }
            }
            if stage.record(parsed, record, time, host).is_break() {
                return Step::EndedByStage;
            }
            self.next += 1;
            if let Some(record) = parsed.records.get(self.next) {
                self.head = head(record, parsed, &mut self.clock, &mut self.hosts, stage);
            }
        }
        Step::AtEnd
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

/// Whether record `at` of `parsed`, at `time`, is alone there: one of the next few of its file is more than a day
/// before it again.
#[cold]
fn is_stray(
    time: EventTime,
    parsed: &Parsed,
    at: usize,
    clock: &Clock,
    following: &mut impl Following,
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
    let mut at = 0;
    while let Some(parsed) = following.batch(at) {
        if let Some(verdict) = look(parsed, &parsed.records) {
            return verdict;
        }
        at += 1;
    }
    false
}
