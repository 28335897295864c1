//! What the service learns, kept in `learned.db`: once an hour of the log, when somebody says something of it, and at the end.
//!
//! It is stored in front of `service.db` whenever an hour is over: the state there has only the hour under way, so after a crash
//! the hours before it must be known. What cannot be read is never written over; the service goes on without it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::runtime::stage::Pipeline;
use crate::state::Error;
use crate::state::learned::{Known, Learning, Rulings};

/// How often it is asked what people have said.
const LISTEN: Duration = Duration::from_secs(5);
/// How long to wait before trying again where saving failed.
const AGAIN: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Learner {
    /// `None`: nothing is to be learned, or cannot be kept.
    learning: Option<Learning>,
    /// What is in the file is known: it may be written.
    is_loaded: bool,
    /// What people have said, and detectors know, that is not stored yet.
    heard: Rulings,
    /// Number of the last hour that is saved, and the one under way.
    hour: Option<i64>,
    is_due: bool,
    listened: Option<Instant>,
    /// Not before that.
    again: Option<Instant>,
    failure: Option<String>,
}

impl Learner {
    /// Goes on learning in `folder`, and what was learned there.
    pub(super) fn start(folder: &Path) -> (Self, Known) {
        let mut learner = Self::default();
        match Learning::begin(folder) {
            Ok(learning) => learner.learning = Some(learning),
            Err(error) => learner.tell(&error),
        }
        let known = match learner.learning.as_ref().map(Learning::load) {
            Some(Ok(known)) => {
                learner.is_loaded = true;
                known
            }
            Some(Err(error)) => {
                learner.tell(&error);
                Known::default()
            }
            None => Known::default(),
        };
        learner.is_due = !known.rulings.all.is_empty();
        learner.heard = known.rulings.clone();
        (learner, known)
    }

    /// Why nothing is kept, if that is so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Takes what people have said; whether there is anything to store.
    pub(super) fn listen(&mut self, pipeline: &mut Pipeline, now: Instant) -> bool {
        let Some(learning) = self.learning.as_ref().filter(|_| self.is_loaded) else { return false };
        if self.listened.is_some_and(|at| now - at < LISTEN) {
            return false;
        }
        self.listened = Some(now);
        match learning.rulings() {
            Ok(rulings) if rulings != self.heard && !rulings.all.is_empty() => {
                pipeline.rule(&rulings);
                self.heard = rulings;
                self.is_due = true;
                true
            }
            Ok(_) => false,
            Err(error) => {
                self.tell(&error);
                false
            }
        }
    }

    /// Saves what `pipeline` has learned if an hour is over, if somebody has said something, or if it `must` be.
    pub(super) fn keep(&mut self, pipeline: &mut Pipeline, must: bool, now: Instant) {
        let Some(learning) = &self.learning else { return };
        let hour = pipeline.event_time().map(|time| time.seconds().div_euclid(3600));
        let is_due = must || self.is_due || hour != self.hour;
        if !is_due || !must && self.again.is_some_and(|again| now < again) {
            return;
        }
        // What could not be read is left alone, until somebody has taken it away.
        if !self.is_loaded && learning.is_there() {
            return;
        }
        match learning.save(&pipeline.learned()) {
            Ok(()) => {
                (self.hour, self.is_due, self.is_loaded, self.again) = (hour, false, true, None);
                if self.failure.take().is_some() {
                    tracing::info!("what is usual is stored again");
                }
            }
            Err(error) => {
                self.again = Some(now + AGAIN);
                self.tell(&error);
            }
        }
    }

    /// All that is known is stored: what people have said is true, and stays so.
    pub(super) fn settle(&mut self) {
        if self.is_due || self.heard.all.is_empty() {
            return;
        }
        let Some(learning) = &self.learning else { return };
        match learning.settle(&self.heard) {
            Ok(()) => self.heard = Rulings::default(),
            Err(error) => self.tell(&error),
        }
    }

    /// Says a failure once, until it is another one.
    fn tell(&mut self, error: &Error) {
        let text = error.to_string();
        if self.failure.as_ref() != Some(&text) {
            tracing::error!("{text}; the service goes on, but what it learns is lost when it ends");
            self.failure = Some(text);
        }
    }
}
