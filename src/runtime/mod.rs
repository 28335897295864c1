//! The only place where parts are wired: readers, the parsing pool, the merge, the ordered stage.
//!
//! Wall clocks are read here and in `cli` alone, and only for people: no result depends on them.

mod analyze;
mod audit;
mod clock;
mod copies;
mod cursor;
mod feed;
mod lines;
pub mod live;
mod merge;
mod order;
mod patterns;
mod recall;
mod run;
mod saved;
mod stage;
#[cfg(test)]
mod tests;
mod trace;
mod watermark;
mod zone;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use chrono_tz::Tz;
use ipnet::IpNet;

use crate::model::{EventTime, Files, Finding, Format, Hosts, Memory, Site};
use crate::report::Report;
use crate::{detect, learn, parse, state};

pub use crate::input::Problem;
pub use crate::state::learned;
pub use analyze::{analyze, analyze_aloud};
pub use audit::{Audit, audit, read_configuration};
pub use lines::{Outcome, Sink, lines};
pub use patterns::{check_samples, parser};
pub use recall::Recall;
pub use trace::{Traced, trace};

/// What to run over what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files, directories, globs, `-`, as typed.
    pub inputs: Vec<String>,
    /// A folder of pattern files that add to or replace the built-in ones.
    pub patterns: Option<PathBuf>,
    /// What was said about the site.
    pub site: Site,
    /// Settings of the detectors.
    pub detect: detect::Settings,
    /// How they learn what is usual; `None`: they do not.
    pub learn: Option<learn::Settings>,
    /// What a run over archives has to do with what earlier ones learned; `None`: nothing, and what it learns itself is for
    /// itself alone.
    pub recall: Option<Recall>,
    /// Lines before this moment do not count; they only tell where messages come from that go on later.
    pub since: Option<EventTime>,
    /// Lines from this moment on do not count.
    pub until: Option<EventTime>,
    /// Only lines of this host count: its name as logged, or the first label of it.
    pub host: Option<String>,
    /// Only lines that name a client of this network count, and attempts that came from it.
    pub source: Option<IpNet>,
    /// How every input is laid out; `None`: found for each by its content.
    pub format: Option<Format>,
    /// The zone of stamps that state none.
    pub timezone: Tz,
    /// Somebody said so; else it is an assumption, and the report says it.
    pub timezone_stated: bool,
    /// The year in which yearless stamps begin; `None`: found by the files' modification times.
    pub year: Option<i32>,
    /// Stands in for the modification time of what has none (standard input): the caller's now.
    pub reference: EventTime,
    /// Parsing threads; `None`: as many as the machine has.
    pub threads: Option<usize>,
    /// Largest batch, in bytes; `None`: as fits the number of threads and series.
    pub batch_bytes: Option<usize>,
    /// What the state of a run may take.
    pub memory: Memory,
    /// How far the watermark trails the newest stamp, in seconds.
    pub lag_seconds: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            patterns: None,
            site: Site::default(),
            detect: detect::Settings::default(),
            learn: None,
            recall: None,
            since: None,
            until: None,
            host: None,
            source: None,
            format: None,
            timezone: Tz::UTC,
            timezone_stated: false,
            year: None,
            reference: EventTime::default(),
            threads: None,
            memory: Memory::default(),
            batch_bytes: None,
            lag_seconds: 10,
        }
    }
}

/// How far a run is, to be looked at from another thread; and the way to end it early.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Bytes read on disk: compressed ones, where they are.
    pub bytes: Arc<AtomicU64>,
    /// Bytes on disk there are to read; what pipes will bring is not among them.
    pub total: Arc<AtomicU64>,
    /// Lines through the ordered stage.
    pub lines: Arc<AtomicU64>,
    /// The run is over.
    pub done: Arc<AtomicBool>,
    /// Set by the caller: end soon, and tell what is known so far.
    pub stop: Arc<AtomicBool>,
}

/// What a run over archives found.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The report.
    pub report: Report,
    /// What went wrong with single inputs.
    pub problems: Vec<Problem>,
    /// Ended early: the report covers a part of the input.
    pub interrupted: bool,
    /// Whether any line was a mail server's.
    pub mail_lines: bool,
    /// Why what was learned could not be saved.
    pub unsaved: Option<String>,
}

/// The names behind the numbers in events and attempts.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The input files.
    pub files: &'a Files,
    /// The hosts.
    pub hosts: &'a Hosts,
    /// The patterns that read the lines.
    pub patterns: &'a parse::PatternSet,
}

/// Hears every finding as it is made, with the time that the log has come to: what an alert does not tell is when it
/// became as grave as it is.
pub struct Listener(Box<Hears>);

type Hears = dyn FnMut(EventTime, &Finding) + Send;

impl Listener {
    /// One that does this with each finding.
    pub fn new(hears: impl FnMut(EventTime, &Finding) + Send + 'static) -> Self {
        Self(Box::new(hears))
    }

    fn hear(&mut self, now: EventTime, finding: &Finding) {
        (self.0)(now, finding);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// Why nothing could be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The patterns are wrong.
    #[error(transparent)]
    Patterns(#[from] parse::Error),
    /// What was learned cannot be used.
    #[error(transparent)]
    State(#[from] state::Error),
    /// The system gives no threads.
    #[error("cannot start a thread: {0}; try --threads 1, or raise the limit of processes (ulimit -u)")]
    Threads(String),
}
