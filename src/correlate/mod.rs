//! Events become sessions, messages and relay attempts; who is local and who is trusted is decided here.

use crate::model::{Attempt, Event, EventTime, Site};

/// Something the correlator took for granted because nobody said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Assumption {
    /// `trusted`, `local`, `year`, `timezone`.
    pub about: String,
    /// What was assumed.
    pub assumed: String,
    /// Why.
    pub why: String,
}

/// Joins events into attempts. State is bounded and expires in event time.
#[derive(Debug)]
pub struct Correlator {
    site: Site,
}

impl Correlator {
    /// A correlator that knows what was stated about the site.
    pub fn new(site: Site) -> Self {
        Self { site }
    }

    /// Takes the next event; tells the attempts that it starts, moves or ends.
    pub fn event(&mut self, _event: &Event<'_>, _tell: &mut dyn FnMut(&Attempt<'_>)) {}

    /// Event time has come this far: lets go of what is over.
    pub fn watermark(&mut self, _time: EventTime, _tell: &mut dyn FnMut(&Attempt<'_>)) {}

    /// The log is at its end: tells what is still open.
    pub fn finish(&mut self, _tell: &mut dyn FnMut(&Attempt<'_>)) {}

    /// Messages that came back from a content filter, so far.
    pub fn reinjections(&self) -> u64 {
        0
    }

    /// What was taken for granted so far.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let _ = &self.site;
        Vec::new()
    }
}
