//! What all sources share: settings, how long things take, the clock, and what went wrong.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::super::{Problem, Settings};

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How often is looked, whatever the file system says.
    pub(super) poll: Duration,
    /// What has not grown for so long is at its end, if another file has its name.
    pub(super) settle: Duration,
    /// What another file has taken the name of is still watched for so long: its writer may not know it yet. Nothing newer
    /// waits for it longer.
    pub(super) linger: Duration,
    /// So long a line without end in an older file of a folder may still be finished.
    pub(super) late: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            settle: Duration::from_secs(1),
            linger: Duration::from_mins(1),
            late: Duration::from_mins(5),
        }
    }
}

/// What all sources share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) pace: Pace,
    told: HashMap<String, String, ahash::RandomState>,
    fresh: Vec<Problem>,
}

/// So many problems are remembered; then all may be told again.
const TOLD: usize = 10_000;

impl World {
    pub(super) fn new(settings: Settings, pace: Pace) -> Self {
        Self { settings, pace, told: HashMap::default(), fresh: Vec::new() }
    }

    /// Measures how long something is quiet; no result depends on it but when it is handed on.
    #[allow(clippy::disallowed_methods, reason = "how long a file is quiet is no event time")]
    #[allow(clippy::unused_self, reason = "a clock is the world's")]
    pub(super) fn now(&self) -> Instant {
        Instant::now()
    }

    /// Tells a problem, once until it is another one.
    pub(super) fn tell(&mut self, name: &str, message: String, unreadable: bool) {
        if self.told.get(name) == Some(&message) {
            return;
        }
        if self.told.len() >= TOLD {
            self.told.clear();
        }
        self.told.insert(name.to_owned(), message.clone());
        self.fresh.push(Problem { name: name.to_owned(), message, unreadable });
    }

    /// Nothing is wrong with it any more.
    pub(super) fn well(&mut self, name: &str) {
        if !self.told.is_empty() {
            self.told.remove(name);
        }
    }

    pub(super) fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.fresh)
    }
}
