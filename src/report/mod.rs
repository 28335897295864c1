//! What a run found, for people and for programs. Everything in here is written by others: each output escapes for
//! its place, and nothing from a log reaches a terminal but through `model::shown`.

pub mod backtest;
mod coverage;
pub mod csv;
mod escape;
pub mod events;
mod figures;
#[cfg(test)]
mod fixtures;
pub mod html;
pub mod json;
mod learned;
pub mod ndjson;
mod object;
mod telling;
pub mod text;
pub mod trace;
mod verdict;
mod words;

use serde::Serialize;

use crate::aggregate::{Aggregate, FileCoverage, FormatCoverage, Relay, Series, Shape, Top, Traffic};
use crate::model::{Alert, EventTime, Evidence, Files};

/// Version of the report object's shape.
pub const SCHEMA: &str = "relaywatch.report/1";

/// The report of one run: the object of `analyze --output json`, field by field.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What was read.
    pub input: InputSummary,
    /// What went through the server.
    pub traffic: Traffic,
    /// Relay attempts by outcome and authority.
    pub relay: Relay,
    /// The most frequent sources, senders, ...
    pub top: Top,
    /// Counts per time step.
    pub series: Series,
    /// What was taken for granted because nobody said otherwise.
    pub assumptions: Vec<Assumption>,
    /// What is known of the usual, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<Learning>,
    /// All alerts of all severities, gravest first.
    pub alerts: Vec<Alert>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InputSummary {
    /// Files.
    pub files: u64,
    /// Bytes, decompressed.
    pub bytes: u64,
    /// Lines, blank ones included.
    pub lines: u64,
    /// Events: what the lines of mail servers say.
    pub events: u64,
    /// Lines of other programs, and lines that a server wrote into two logs.
    pub ignored: u64,
    /// Lines of mail servers that no pattern knows.
    pub unmatched: u64,
    /// Those by program and shape, the most frequent first.
    pub unmatched_shapes: Vec<Shape>,
    /// Their examples.
    pub unmatched_examples: Vec<Evidence>,
    /// What became of the lines, by the format of their files.
    pub formats: Vec<FormatCoverage>,
    /// The same by file; where there are many, those with the most unmatched lines.
    pub by_file: Vec<FileCoverage>,
    /// Files that are not among these.
    pub by_file_left_out: u64,
    /// The earliest stamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_time: Option<EventTime>,
    /// The latest stamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_time: Option<EventTime>,
    /// How long the run took, in seconds.
    pub elapsed_seconds: f64,
}

/// Something taken for granted because nobody said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// `trusted`, `local`, `year`, `timezone`.
    pub about: String,
    /// What was assumed.
    pub assumed: String,
    /// Why.
    pub why: String,
}

/// How far learning has come: what alerts were judged by, and what the next ones will be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Learning {
    /// Hours in which there was a log.
    pub hours: u64,
    /// Days from the first of them to the last.
    pub days: u64,
    /// Days without which fixed rules hold.
    pub days_needed: u64,
    /// Addresses that are known to relay.
    pub sources: u64,
    /// Accounts whose networks are known.
    pub accounts: u64,
    /// Networks outside that are known to send in our names: forwarders, providers.
    pub intermediaries: u64,
    /// Whether this run has saved it.
    pub saved: bool,
}

/// What the runtime knows of the run besides what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Files read.
    pub files: u64,
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// Lines read, blank ones included.
    pub lines: u64,
    /// How long the run took, in seconds.
    pub elapsed_seconds: f64,
    /// Messages that came back from a content filter, as the correlator joined them.
    pub reinjections: u64,
    /// What was taken for granted.
    pub assumptions: Vec<Assumption>,
    /// How far learning has come, where it was asked for.
    pub learned: Option<Learning>,
    /// All alerts, gravest first.
    pub alerts: Vec<Alert>,
}

impl Report {
    /// The report of a run. `files` names the inputs.
    pub fn new(run: Run, aggregate: &Aggregate, files: &Files) -> Self {
        let lines = aggregate.lines();
        let (formats, by_file) = (aggregate.formats(), aggregate.by_file(files));
        let counted: u64 = formats.iter().map(|format| format.files).sum();
        let shapes = aggregate.unmatched_shapes(files);
        Self {
            schema: SCHEMA,
            input: InputSummary {
                files: run.files,
                bytes: run.bytes,
                lines: run.lines,
                events: lines.coverage.events,
                ignored: lines.coverage.ignored,
                unmatched: lines.coverage.unmatched,
                unmatched_examples: shapes.iter().map(|shape| shape.example.clone()).collect(),
                unmatched_shapes: shapes,
                formats,
                by_file_left_out: counted - by_file.len() as u64,
                by_file,
                first_time: lines.first_time,
                last_time: lines.last_time,
                elapsed_seconds: run.elapsed_seconds,
            },
            traffic: aggregate.traffic(run.reinjections),
            relay: aggregate.relay().clone(),
            top: aggregate.top(),
            series: aggregate.series(),
            assumptions: run.assumptions,
            learned: run.learned,
            alerts: run.alerts,
        }
    }
}
