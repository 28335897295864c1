//! The thread that reads: as the service's engine does, for a board instead of a database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::Watch;
use super::link::End;
use super::replay::Replay;
use super::stored::{self, Stored};
use crate::aggregate::board::Want;
use crate::input::Settings;
use crate::input::follow::Follower;
use crate::model::{Alert, Files, duration_in_words};
use crate::parse::{self, Parser};
use crate::runtime::live::clocks::{clock, wall};
use crate::runtime::live::lanes::{Lanes, Round};
use crate::runtime::live::quiet::Quiet;
use crate::runtime::live::{Error, From};
use crate::runtime::stage::Pipeline;
use crate::state::learned::Known;
use crate::tui::{Act, Answer, Frame, Marks, Reading, SourceHealth};

/// Bytes read of a source at once: little, so that nobody waits for a frame.
const BATCH: usize = 64 << 10;
/// From one frame to the next.
const FRAME: Duration = Duration::from_millis(50);
/// How often sources are asked what is new while others are read.
const LOOK: Duration = Duration::from_millis(50);
/// How long to wait where nothing is to be read: a key that asks for another pane waits no longer.
const IDLE: Duration = Duration::from_millis(20);
/// How often a monitor's state is looked at.
const STORED: Duration = Duration::from_secs(1);
/// Who draws ends within this when asked to, unless he waits for a terminal that is gone or takes nothing.
const PATIENCE: Duration = Duration::from_secs(2);
/// How it ends then: 128 and SIGHUP, as shells say it.
const HUNG_UP: i32 = 129;
/// Alerts acknowledged here that are remembered.
const ACKNOWLEDGED: usize = 1_000;
/// A source that is as far behind is being caught up with.
const BEHIND: u64 = 1 << 20;

pub(super) struct Reader {
    watch: Watch,
    end: End,
    follower: Follower,
    parser: Parser,
    lanes: Lanes,
    pipeline: Pipeline,
    replay: Option<Replay>,
    stored: Stored,
    /// What was learned before this began.
    known: Known,
    problems: BTreeMap<String, String>,
    alerts: Vec<Alert>,
    acknowledged: Vec<String>,
    answer: Option<Answer>,
    consumed: Arc<AtomicU64>,
    /// Something is new since the last frame.
    is_new: bool,
    has_caught_up: bool,
    speed: Speed,
    quiet: Quiet,
}

/// Lines per second, counted second by second.
#[derive(Debug)]
struct Speed {
    since: Instant,
    lines: u64,
    shown: u64,
}

impl Reader {
    pub(super) fn new(mut watch: Watch, end: End) -> Result<Self, Error> {
        let parser = crate::runtime::parser(watch.run.patterns.as_deref())?.only(watch.run.format);
        let consumed = Arc::default();
        let now = clock();
        let mut problems = BTreeMap::new();
        let known = stored::learned(&watch.state).unwrap_or_else(|error| {
            problems.insert("learned.db".to_owned(), error.to_string());
            None
        });
        if known.is_none() {
            watch.run.learn = None;
        }
        let known = known.unwrap_or_default();
        let (follower, lanes, pipeline) = begin(&watch, &known, &consumed);
        Ok(Self {
            follower,
            parser,
            lanes,
            pipeline,
            replay: watch.replay.map(Replay::new),
            // What a monitor knows is of today: a replay is not.
            stored: Stored::new(watch.replay.is_none().then_some(&*watch.state), wall()),
            watch,
            end,
            known,
            problems,
            alerts: Vec::new(),
            acknowledged: Vec::new(),
            answer: None,
            consumed,
            is_new: true,
            has_caught_up: false,
            speed: Speed { since: now, lines: 0, shown: 0 },
            quiet: Quiet::since(now),
        })
    }

    /// Reads and shows until `over` is set; and ends the program if that does not follow on `stop`: crossterm reads for ever
    /// from a terminal that has hung up, and nobody else can end it.
    pub(super) fn run(mut self, over: &AtomicBool, stop: &AtomicBool) {
        let mut asked = None;
        let (mut looked, mut stored, mut shown): (Option<Instant>, Option<Instant>, Option<Instant>) =
            Default::default();
        let mut round = Round::Busy;
        while !over.load(Relaxed) {
            while let Ok(act) = self.end.acts.try_recv() {
                self.act(act);
            }
            let now = clock();
            if stop.load(Relaxed) && now - *asked.get_or_insert(now) > PATIENCE {
                std::process::exit(HUNG_UP);
            }
            let is_due = |last: Option<Instant>, every| last.is_none_or(|last| now - last >= every);
            if round != Round::Busy || is_due(looked, LOOK) {
                looked = Some(now);
                self.look();
            }
            if is_due(stored, STORED) {
                stored = Some(now);
                self.is_new |= self.stored.look(wall());
            }
            round = self.round(now);
            self.account(round, now);
            // Who has turned to another pane waits for it.
            if (is_due(shown, FRAME) || self.end.is_another()) && self.show(round, now) {
                shown = Some(now);
            }
            if round != Round::Busy {
                self.follower.wait(IDLE);
            }
        }
    }

    fn round(&mut self, now: Instant) -> Round {
        let mut until = None;
        if let Some(replay) = &mut self.replay {
            if !replay.has_begun()
                && let Some(first) = self.lanes.next_time()
            {
                replay.begin(first, now);
            }
            until = Some(replay.until(now));
        }
        let round = self.lanes.round(&mut self.follower, &self.parser, &mut self.pipeline, until);
        if let Some(replay) = &mut self.replay {
            // An archive gets no longer: where nothing is left of it, the replay is over.
            let nothing_left = round != Round::Busy && self.lanes.next_time().is_none();
            let is_over = replay.has_begun() && self.follower.sources() > 0 && nothing_left;
            self.is_new |= is_over != replay.is_over;
            replay.set_over(is_over, now);
        }
        round
    }

    fn look(&mut self) {
        self.lanes.look(&mut self.follower, &mut self.pipeline.files);
        for problem in self.follower.problems() {
            self.is_new = true;
            self.problems.insert(problem.name, problem.message);
        }
    }

    /// Counts what was read; where nothing was, time goes on.
    fn account(&mut self, round: Round, now: Instant) {
        let lines = self.lanes.take_lines();
        if lines > 0 {
            (self.quiet, self.is_new) = (Quiet::since(now), true);
        }
        self.speed.lines += lines;
        let passed = now - self.speed.since;
        if passed >= Duration::from_secs(1) {
            let shown = (self.speed.lines as f64 / passed.as_secs_f64()).round() as u64;
            self.is_new |= shown != self.speed.shown;
            self.speed = Speed { since: now, lines: 0, shown };
        }
        // A replay's time is its own.
        if self.replay.is_none()
            && round == Round::Idle
            && let Some(seconds) = self.quiet.grown(now)
        {
            self.pipeline.quiet(seconds);
        }
    }

    /// Shows a frame if somebody wants one and something is new. Whether it has.
    fn show(&mut self, round: Round, now: Instant) -> bool {
        let Some(want) = self.end.asked() else { return false };
        let is_playing = self.replay.is_some_and(|replay| !replay.paused && !replay.is_over);
        if !self.is_new && !is_playing && !self.end.is_another() {
            return false;
        }
        self.is_new = false;
        if !self.pipeline.alerts.take_changed().is_empty() {
            self.alerts = self.pipeline.alerts.all();
        }
        let alerts = self.stored.with(&self.alerts);
        let sources = self.sources();
        let marks = self.marks(&alerts);
        let frame = Frame {
            picture: self.pipeline.board().map(|board| board.picture(want)).unwrap_or_default(),
            alerts,
            marks,
            state: self.reading(round, &sources, now),
            sources,
            lines_per_second: self.speed.shown,
        };
        self.end.show(want, frame);
        true
    }

    fn marks(&self, alerts: &[Alert]) -> Marks {
        let no_silence = match self.replay {
            Some(_) => Some("a replay tells nobody".to_owned()),
            None => self.stored.no_silence(),
        };
        Marks {
            acknowledged: self.acknowledged.clone(),
            silenced: self.stored.silenced(alerts, wall()),
            no_silence,
            answer: self.answer.clone(),
        }
    }

    fn answer(&mut self, words: String) {
        let number = self.answer.as_ref().map_or(1, |answer| answer.number + 1);
        self.answer = Some(Answer { number, words });
    }

    fn sources(&self) -> Vec<SourceHealth> {
        let mut sources: Vec<SourceHealth> = (0..self.follower.sources())
            .map(|source| {
                let health = self.follower.health(source);
                let name = self.follower.source_name(source).to_owned();
                let problem = self.problems.get(&name).or_else(|| self.problems.get(&health.file));
                let problem = problem.filter(|_| !health.exists || health.last_read == 0).cloned();
                SourceHealth { name, behind_bytes: health.bytes_behind, exists: health.exists, problem }
            })
            .collect();
        // What was named and is not there yet has no number.
        for (name, problem) in &self.problems {
            if !sources.iter().any(|source| source.name == *name || source.problem.as_ref() == Some(problem))
            {
                let (name, problem) = (name.clone(), Some(problem.clone()));
                sources.push(SourceHealth { name, behind_bytes: 0, exists: false, problem });
            }
        }
        sources
    }

    fn reading(&mut self, round: Round, sources: &[SourceHealth], now: Instant) -> Reading {
        if let Some(replay) = &self.replay {
            let Replay { speed, paused, is_over, .. } = *replay;
            if !replay.has_begun() {
                return Reading::Starting;
            }
            return Reading::Replay { speed, at: replay.at(now), paused, is_over };
        }
        if round == Round::Ended {
            return Reading::Ended;
        }
        let behind: u64 = sources.iter().map(|source| source.behind_bytes).sum();
        if behind < BEHIND {
            self.has_caught_up = true;
        }
        let nothing = self.pipeline.board().is_none_or(|board| board.picture(Want::default()).now.is_none());
        match (self.has_caught_up, nothing) {
            (false, _) => {
                let done = self.consumed.load(Relaxed);
                Reading::CatchingUp { done, total: done + behind }
            }
            (true, true) => Reading::Starting,
            (true, false) => Reading::Live,
        }
    }

    fn act(&mut self, act: Act) {
        let now = clock();
        self.is_new = true;
        match (act, &mut self.replay) {
            (Act::Silence { alert, seconds, comment }, _) => self.silence(&alert, seconds, comment),
            (Act::Acknowledge(alert), _) => self.acknowledge(alert),
            (_, None) => {}
            (Act::Seek(to), Some(replay)) => {
                let is_back = to < replay.at(now);
                replay.seek(to, now);
                if is_back {
                    // What was counted cannot be taken back: it is read again from the start.
                    (self.follower, self.lanes, self.pipeline) =
                        begin(&self.watch, &self.known, &self.consumed);
                    self.alerts.clear();
                }
            }
            (Act::Slower, Some(replay)) => replay.set_speed(replay.speed / 2.0, now),
            (Act::Faster, Some(replay)) => replay.set_speed(replay.speed * 2.0, now),
            (Act::TogglePlay, Some(replay)) => replay.toggle(now),
            (Act::Step, Some(replay)) => {
                // What stands in front of where it is comes first, as many lines as it may be.
                let read = self.lanes.step(&mut self.follower, &self.parser, &mut self.pipeline);
                replay.step(read, now);
            }
        }
    }

    /// Who looks after an alert is known as long as this runs: the monitor has no place for it.
    fn acknowledge(&mut self, id: String) {
        if !self.acknowledged.contains(&id) {
            if self.acknowledged.len() >= ACKNOWLEDGED {
                self.acknowledged.remove(0);
            }
            self.acknowledged.push(id);
        }
        self.answer("Acknowledged, until this dashboard ends.".to_owned());
    }

    fn silence(&mut self, id: &str, seconds: i64, comment: String) {
        let known = self.stored.with(&self.alerts).into_iter().find(|alert| alert.id == id);
        let Some(alert) = known else { return };
        let words = match self.stored.silence(&alert, seconds, comment, wall()) {
            Ok(()) => format!("The monitor is silent about it for {}.", duration_in_words(seconds)),
            Err(why) => format!("It is not silenced: {why}"),
        };
        self.answer(words);
    }
}

/// Everything at its beginning.
fn begin(watch: &Watch, known: &Known, consumed: &Arc<AtomicU64>) -> (Follower, Lanes, Pipeline) {
    let settings = Settings {
        batch_bytes: watch.run.batch_bytes.unwrap_or(BATCH),
        consumed: consumed.clone(),
        format: parse::detect,
        stated: watch.run.format,
    };
    let from = if watch.replay.is_some() { From::Start } else { watch.from };
    let follower = Follower::new(&watch.run.inputs, from, Vec::new(), settings);
    let lanes = Lanes::new(watch.run.timezone, Vec::new());
    let mut pipeline = Pipeline::new(&watch.run, Files::default()).telling_changes().watched();
    pipeline.teach(known);
    (follower, lanes, pipeline)
}
