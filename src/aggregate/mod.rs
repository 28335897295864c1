//! Bounded-memory summaries of a run: counters, top lists, a time series, what was not understood.
//!
//! Pure: no clock, no I/O. Memory depends on [`Settings`] and the number of files, never on the log.

pub mod board;
mod distinct;
mod lines;
mod logins;
mod mask;
mod relay;
mod series;
mod shapes;
mod space_saving;
mod table;
mod top;
mod traffic;

#[cfg(test)]
mod tests;

pub use distinct::Distinct;
pub use lines::{Coverage, FileCoverage, FormatCoverage, LineCounts};
pub use logins::{LoginReader, LoginState, Logins, claimed_name, is_computer, without_claimed_name};
pub use relay::{AuthorityCounts, Relay};
pub use series::Series;
pub use shapes::Shape;
pub use space_saving::{Entry, SpaceSaving};
pub use table::{KeyHash, Reuse, Slot, Table};
pub use top::{Top, TopEntry};
pub use traffic::Traffic;

use crate::model::{Attempt, Batch, Event, EventTime, Files, Kind, Outcome, Record};
use lines::Lines;
use series::Steps;
use shapes::Shapes;
use top::TopLists;
use traffic::TrafficCounts;

/// How much the summaries hold and show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Different values each top list can tell apart; its counts are exact up to that many.
    pub top_capacity: usize,
    /// Values each top list shows.
    pub top_shown: usize,
    /// Most rows of the time series; its step doubles until the log fits.
    pub series_rows: usize,
    /// Different shapes of lines no pattern knows that can be told apart, of each program.
    pub shapes_capacity: usize,
    /// Shapes that are shown.
    pub shapes_shown: usize,
    /// Files of which it is shown how much was understood.
    pub files_shown: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            top_capacity: 2_000,
            top_shown: 10,
            series_rows: 288,
            shapes_capacity: 100,
            shapes_shown: 30,
            files_shown: 100,
        }
    }
}

/// What is counted of one run. Fed by the ordered stage, read by the report.
#[derive(Debug)]
pub struct Aggregate {
    settings: Settings,
    lines: Lines,
    traffic: TrafficCounts,
    relay: Relay,
    top: TopLists,
    series: Steps,
    shapes: Shapes,
}

impl Aggregate {
    /// Nothing counted yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            lines: Lines::default(),
            traffic: TrafficCounts::default(),
            relay: Relay::default(),
            top: TopLists::new(settings.top_capacity),
            series: Steps::new(settings.series_rows),
            shapes: Shapes::new(settings.shapes_capacity),
        }
    }

    /// Counts an event. Every event of the run comes here once, to [`Aggregate::retold`] or to [`Aggregate::ignored`].
    pub fn event(&mut self, event: &Event<'_>) {
        match event.kind() {
            Kind::Unmatched => self.shapes.offer(event),
            Kind::Connect | Kind::Accept | Kind::Delivery | Kind::Reject => {
                if let Some(column) = self.traffic.count(event) {
                    self.series.add(event.time(), column);
                }
            }
            _ => {}
        }
        self.retold(event);
    }

    /// Counts the line alone of an event that says again what another one has said.
    pub fn retold(&mut self, event: &Event<'_>) {
        let (batch, record) = event.source();
        self.lines.count(batch, record, event.time(), event.mta());
    }

    /// Counts a line of another program, which says nothing about mail: no event is made of it.
    #[inline]
    pub fn ignored(&mut self, batch: &Batch, record: &Record, time: EventTime) {
        self.lines.count(batch, record, time, None);
    }

    /// Counts an attempt, if this telling of it is the one that counts.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) {
        if !relay::is_relay_counted(attempt) {
            return;
        }
        self.relay.count(attempt);
        self.top.count(attempt);
        if attempt.outcome == Outcome::Denied {
            self.series.add(attempt.time, series::Column::Denied);
        }
    }

    /// Traffic so far. `reinjections`: messages that came back from a content filter, as the correlator joined them.
    pub fn traffic(&self, reinjections: u64) -> Traffic {
        self.traffic.summary(reinjections)
    }

    /// Lines and times so far.
    pub fn lines(&self) -> LineCounts {
        self.lines.total()
    }

    /// Relay attempts so far.
    pub fn relay(&self) -> &Relay {
        &self.relay
    }

    /// The top lists, each with the most frequent values first.
    pub fn top(&self) -> Top {
        self.top.summary(self.settings.top_shown)
    }

    /// Counts per time step.
    pub fn series(&self) -> Series {
        self.series.summary()
    }

    /// Lines that no pattern knows, grouped by program and shape, the most frequent first.
    pub fn unmatched_shapes(&self, files: &Files) -> Vec<Shape> {
        self.shapes.summary(self.settings.shapes_shown, files)
    }

    /// What became of the lines, by the formats of their files.
    pub fn formats(&self) -> Vec<FormatCoverage> {
        self.lines.formats()
    }

    /// What became of the lines, by their files: those with the most unmatched lines first.
    pub fn by_file(&self, files: &Files) -> Vec<FileCoverage> {
        self.lines.by_file(self.settings.files_shown, files)
    }
}
