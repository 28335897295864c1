//! Bounded-memory summaries of a run: counters, top lists, a time series, samples of what was not understood.
//!
//! Pure: no clock, no I/O. Memory depends on [`Settings`] alone, never on the log.

mod relay;
mod samples;
mod series;
mod space_saving;
mod table;
mod top;
mod traffic;

#[cfg(test)]
mod tests;

pub use relay::{AuthorityCounts, Relay};
pub use series::Series;
pub use space_saving::{Entry, SpaceSaving};
pub use table::{Reuse, Slot, Table};
pub use top::{Top, TopEntry};
pub use traffic::{LineCounts, Traffic};

use crate::model::{Attempt, Event, Evidence, Files, Kind, Outcome};
use samples::Samples;
use series::Steps;
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
    /// Lines no pattern knows that are kept as examples.
    pub unmatched_examples: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { top_capacity: 2_000, top_shown: 10, series_rows: 288, unmatched_examples: 20 }
    }
}

/// What is counted of one run. Fed by the ordered stage, read by the report.
#[derive(Debug)]
pub struct Aggregate {
    settings: Settings,
    traffic: TrafficCounts,
    relay: Relay,
    top: TopLists,
    series: Steps,
    samples: Samples,
}

impl Aggregate {
    /// Nothing counted yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            traffic: TrafficCounts::default(),
            relay: Relay::default(),
            top: TopLists::new(settings.top_capacity),
            series: Steps::new(settings.series_rows),
            samples: Samples::new(settings.unmatched_examples),
        }
    }

    /// Counts an event. Every event of the run comes here once, ignored and unmatched ones too.
    pub fn event(&mut self, event: &Event<'_>) {
        match event.kind() {
            Kind::Unmatched => self.samples.offer(event),
            Kind::Connect | Kind::Accept | Kind::Delivery | Kind::Reject => {
                if let Some(column) = self.traffic.count(event) {
                    self.series.add(event.time(), column);
                }
            }
            _ => {}
        }
        self.traffic.count_line(event);
    }

    /// Counts a telling of an attempt: refused ones when they are first told, the others when they are told a last
    /// time, because only then their direction and outcome are known for good.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) {
        let refused = matches!(attempt.outcome, Outcome::Denied | Outcome::Rejected);
        let due = if refused { attempt.first } else { attempt.last };
        if !due || !relay::is_relay(attempt) {
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
        self.traffic.lines()
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

    /// The first lines of different daemons that no pattern knows.
    pub fn unmatched_examples(&self, files: &Files) -> Vec<Evidence> {
        self.samples.evidence(files)
    }
}
