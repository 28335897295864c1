//! The seam to the program that reads: frames come from it, wishes go to it.

use crate::aggregate::board::{Picture, Want};
use crate::model::{Alert, EventTime};

/// What is drawn: made by the engine.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What is known. Lists that were not wanted may be empty: what was drawn of them before stays.
    pub picture: Picture,
    /// Alerts that fire, and those that have ended.
    pub alerts: Vec<Alert>,
    /// What people have decided about them.
    pub marks: Marks,
    /// How each log is read.
    pub sources: Vec<SourceHealth>,
    /// What the reading does now.
    pub state: Reading,
    /// Lines read in the last second.
    pub lines_per_second: u64,
}

/// What people have decided about alerts, and how the program took it.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Ids of those that somebody looks after.
    pub acknowledged: Vec<String>,
    /// Those that no sink is told of for now.
    pub silenced: Vec<Silenced>,
    /// Why nothing can be silenced; `None`: a monitor can be asked to be silent.
    pub no_silence: Option<String>,
    /// What became of the last wish that could fail.
    pub answer: Option<Answer>,
}

/// An alert that no sink is told of for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silenced {
    /// Its id.
    pub alert: String,
    /// For so long yet, in seconds.
    pub seconds: i64,
    /// Why; may be empty.
    pub comment: String,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Higher than that of the answer before.
    pub number: u64,
    /// For the person who wished.
    pub words: String,
}

/// How one log is read.
#[derive(Clone, Debug)]
pub struct SourceHealth {
    /// Its path, as it was given.
    pub name: String,
    /// Bytes that stand in it and are not read yet.
    pub behind_bytes: u64,
    /// Whether it is there.
    pub exists: bool,
    /// Why it cannot be read, and what to do about it.
    pub problem: Option<String>,
}

/// What the reading does now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// Nothing was read yet.
    Starting,
    /// What stood in the logs before is being read: bytes of bytes.
    CatchingUp {
        /// Bytes read.
        done: u64,
        /// Bytes to read; 0: not known.
        total: u64,
    },
    /// New lines are read as they are written.
    Live,
    /// All was read and nothing more will come.
    Ended,
    /// An archive is played as if it happened now.
    Replay {
        /// Seconds of the log in one second.
        speed: f64,
        /// Where in the log it stands.
        at: EventTime,
        /// Whether it stands still.
        paused: bool,
        /// Whether all of the log was played.
        is_over: bool,
    },
}

/// What the person at the keys wishes done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Somebody looks after the alert of this id.
    Acknowledge(String),
    /// No sink is told of the alert for a while.
    Silence {
        /// Its id.
        alert: String,
        /// For so long, in seconds.
        seconds: i64,
        /// Why; may be empty.
        comment: String,
    },
    /// The replay goes on from here.
    Seek(EventTime),
    /// The replay goes on at half its speed.
    Slower,
    /// The replay goes on at twice its speed.
    Faster,
    /// The replay stands still, or goes on.
    TogglePlay,
    /// The replay goes one line on and stands still.
    Step,
}

/// Where frames come from and wishes go to.
pub trait Engine {
    /// The newest frame; `None` if nothing is new since the last one. A `want` that differs from the one before is
    /// news by itself. Never blocks.
    fn frame(&mut self, want: &Want) -> Option<Frame>;

    /// Does what was wished, or begins to. Never blocks.
    fn act(&mut self, act: Act);
}
