//! All sources of a live run, merged by time as an archive's series are. A source that is at its end for now is not
//! waited for: what it writes later takes its turn then. One whose newer file has to wait for its older one is not at its end.

use std::ops::ControlFlow;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::input::follow::{Follower, Position, Read};
use crate::model::{EventTime, Files, HostId, Origin, Parsed, Record};
use crate::parse::Parser;
use crate::runtime::clock;
use crate::runtime::cursor::{Cursor, Following, Key, Stage, Step};
use crate::runtime::feed::FileEnd;
use crate::runtime::live::clocks::wall;
use crate::runtime::stage::Pipeline;

/// A stamp without a year is at most so many seconds ahead of the clock of this machine.
const A_DAY: i64 = 86_400;

/// How a round went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Round {
    /// Something was read.
    Busy,
    /// All sources are at their end for now.
    Idle,
    /// All sources are at their end for good.
    Ended,
}

/// Where one source stands, for a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    /// In front of a chunk.
    position: Position,
    /// Lines in front of this offset, in the chunk that begins at the position, are through.
    passed: u64,
    clock: clock::Saved,
}

impl Saved {
    pub(super) fn position(&self) -> &Position {
        &self.position
    }
}

/// The sources.
#[derive(Debug)]
pub(super) struct Lanes {
    all: Vec<Lane>,
    zone: Tz,
    /// Yearless stamps up to this moment are possible.
    latest: EventTime,
    /// Where those stood that have not gone on yet.
    restored: Vec<Saved>,
    /// What a chunk was parsed into, to be used again.
    recycled: Option<Parsed>,
    /// Records through the stage, since somebody asked.
    lines: u64,
}

#[derive(Debug)]
struct Lane {
    cursor: Cursor,
    /// In front of the chunk of the moment.
    begin: Option<Position>,
    /// Behind it.
    end: Option<Position>,
    has_head: bool,
    rest: Rest,
}

/// What is known of a source that has nothing at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rest {
    /// Nothing: it is to be asked.
    Unknown,
    /// It was at its end when it was asked last: not to be asked again before [`Lanes::look`].
    AtEnd,
    /// The same, but something is there that it will give soon: until then nothing of the others is surely earlier.
    Settles,
    /// There will never be more.
    Over,
}

/// Nothing is known of what will be written.
struct Unwritten;

impl Following for Unwritten {
    fn batch(&mut self, _: usize) -> Option<&Parsed> {
        None
    }
}

/// Takes one line, with all that it tells.
struct OneLine<'p> {
    pipeline: &'p mut Pipeline,
    taken: Option<(Origin, EventTime)>,
}

impl Stage for OneLine<'_> {
    fn host(&mut self, name: &[u8]) -> HostId {
        self.pipeline.host(name)
    }

    fn record(&mut self, parsed: &Parsed, record: &Record, time: EventTime, host: HostId) -> ControlFlow<()> {
        let (origin, _) = *self.taken.get_or_insert((parsed.origin(record), time));
        if parsed.origin(record) != origin {
            return ControlFlow::Break(());
        }
        self.pipeline.record(parsed, record, time, host)
    }

    fn end(&mut self, end: FileEnd) {
        self.pipeline.end(end);
    }
}

impl Lanes {
    /// Sources whose stamps are in `zone` where they state none, and which stood as `restored` says.
    pub(super) fn new(zone: Tz, restored: Vec<Saved>) -> Self {
        Self { all: Vec::new(), zone, latest: EventTime::MIN, restored, recycled: None, lines: 0 }
    }

    /// Looks at what the sources' files have done meanwhile. Sources that are new have a lane, also where nothing is read of
    /// them yet; those that were at their end are asked again.
    pub(super) fn look(&mut self, follower: &mut Follower, files: &mut Files) {
        follower.look(files);
        self.latest = wall().plus_seconds(A_DAY);
        for lane in self.all.iter_mut().filter(|lane| lane.rest != Rest::Over) {
            lane.rest = Rest::Unknown;
        }
        while self.all.len() < follower.sources() {
            self.all.push(Lane {
                cursor: Cursor::new(self.zone),
                begin: None,
                end: None,
                has_head: false,
                rest: Rest::Unknown,
            });
        }
    }

    /// Reads one chunk of each source that has none, and hands on what is earliest, up to the end of one chunk. What
    /// happened at `until` or later has to wait.
    pub(super) fn round(
        &mut self,
        follower: &mut Follower,
        parser: &Parser,
        pipeline: &mut Pipeline,
        until: Option<EventTime>,
    ) -> Round {
        for index in 0..self.all.len() {
            self.fill(index, follower, parser, pipeline);
        }
        self.advance(pipeline, until)
    }

    /// Hands on the line that is next, and nothing else. When it happened, if there is one.
    pub(super) fn step(
        &mut self,
        follower: &mut Follower,
        parser: &Parser,
        pipeline: &mut Pipeline,
    ) -> Option<EventTime> {
        for index in 0..self.all.len() {
            self.fill(index, follower, parser, pipeline);
        }
        let mut one = OneLine { pipeline, taken: None };
        self.advance(&mut one, None);
        one.taken.map(|(_, time)| time)
    }

    /// Hands on what is earliest, up to the end of one chunk, or until the stage wants no more.
    fn advance(&mut self, stage: &mut impl Stage, until: Option<EventTime>) -> Round {
        if self.all.iter().any(|lane| lane.rest == Rest::Settles) {
            return Round::Idle;
        }
        let mut keys: Vec<Key> = (0..self.all.len())
            .filter(|&index| self.all[index].has_head)
            .map(|index| self.all[index].cursor.key(index))
            .collect();
        if keys.is_empty() {
            let is_over = !self.all.is_empty() && self.all.iter().all(|lane| lane.rest == Rest::Over);
            return if is_over { Round::Ended } else { Round::Idle };
        }
        loop {
            keys.sort_unstable();
            let until = until.map(|until| (until, HostId(0), 0));
            let limit = keys.get(1).copied().into_iter().chain(until).min();
            let Some(&first) = keys.first() else { return Round::Busy };
            if until.is_some_and(|until| first >= until) {
                return Round::Idle;
            }
            let (.., index) = first;
            let lane = &mut self.all[index];
            match lane.cursor.run(index, limit, &mut Unwritten, stage) {
                Step::Passed => {
                    keys[0] = lane.cursor.key(index);
                    continue;
                }
                // What it did not take is handed to the next one.
                Step::EndedByStage => return Round::Busy,
                Step::AtEnd => {}
            }
            lane.has_head = false;
            if let Some(done) = lane.cursor.leave() {
                self.lines += u64::from(done.batch.lines);
                self.recycled = Some(done);
            }
            return Round::Busy;
        }
    }

    /// When what is next happened, where something is there.
    pub(super) fn next_time(&self) -> Option<EventTime> {
        self.all.iter().filter(|lane| lane.has_head).map(|lane| lane.cursor.next_time()).min()
    }

    /// Lines read since this was asked last.
    pub(super) fn take_lines(&mut self) -> u64 {
        std::mem::take(&mut self.lines)
    }

    /// Where all of them stand.
    pub(super) fn saved(&self, follower: &Follower) -> Vec<Saved> {
        let stands = |(index, lane): (usize, &Lane)| {
            let passed = lane.cursor.offset().filter(|_| lane.has_head).unwrap_or_default();
            let position = if lane.has_head { &lane.begin } else { &lane.end }.clone();
            let position = position.or_else(|| follower.position(index))?;
            // What has not gone on yet is as it was.
            let is_known = self.restored.iter().any(|saved| saved.position.is_at(&position));
            (!is_known).then(|| Saved { position, passed, clock: lane.cursor.clock.save() })
        };
        let lanes = self.all.iter().enumerate().filter_map(stands);
        lanes.chain(self.restored.iter().cloned()).collect()
    }

    fn fill(&mut self, index: usize, follower: &mut Follower, parser: &Parser, pipeline: &mut Pipeline) {
        while let Some(lane) = self.all.get_mut(index)
            && !lane.has_head
            && lane.rest == Rest::Unknown
        {
            let bytes = self.recycled.as_mut().map(|parsed| std::mem::take(&mut parsed.batch.bytes));
            match follower.read(index, &mut pipeline.files, bytes.unwrap_or_default()) {
                Read::Waiting => lane.rest = Rest::AtEnd,
                Read::Settling => lane.rest = Rest::Settles,
                Read::Ended => lane.rest = Rest::Over,
                Read::Chunk(chunk) => {
                    let restored = self.restored.iter().position(|saved| saved.position.is_at(&chunk.begin));
                    // A source that goes on somewhere else has found that place gone.
                    let source = chunk.begin.source().to_owned();
                    let passed = restored.map(|at| {
                        let saved = self.restored.swap_remove(at);
                        lane.cursor.clock.restore(&saved.clock);
                        saved.passed
                    });
                    self.restored.retain(|saved| saved.position.source() != source);
                    if passed.is_none() && chunk.batch.first_offset == 0 {
                        lane.cursor.clock.enter(None, self.latest);
                    }
                    let parsed = match self.recycled.take() {
                        Some(recycled) => parser.parse_into(chunk.batch, recycled),
                        None => parser.parse(chunk.batch),
                    };
                    lane.has_head = lane.cursor.enter_behind(passed.unwrap_or_default(), parsed, pipeline);
                    (lane.begin, lane.end) = (Some(chunk.begin), Some(chunk.end));
                    if !lane.has_head {
                        self.recycled = lane.cursor.leave();
                    }
                }
            }
        }
    }
}
