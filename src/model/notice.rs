//! What is told of an alert at one point of its life, and where it waits until it is told.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::vocabulary::vocabulary;
use super::{Alert, EventTime};

vocabulary! {
    /// Why an alert is told.
    News {
        /// It began, or began again.
        Firing = "firing",
        /// It is graver than what was told.
        Updated = "updated",
        /// It was told long ago, and still fires.
        Repeated = "repeated",
        /// It has been quiet since.
        Resolved = "resolved",
        /// Nothing happened: somebody wants to see whether alerts arrive.
        Test = "test",
    }
}

/// An alert, told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// The same however often it is sent, after a restart too: whoever has had it may drop it.
    pub id: String,
    /// Why it is told.
    pub news: News,
    /// When it was made, by the clock of this machine.
    pub time: EventTime,
    /// The alert, as it was then.
    pub alert: Alert,
}

/// A notice on its way to one sink.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Number in the spool; never given twice.
    pub number: u64,
    /// Name of the sink.
    pub sink: String,
    /// Notices of one group may go together.
    pub group: String,
    /// What is told.
    pub notice: Notice,
    /// How often it was tried.
    pub attempts: u32,
    /// Not to be tried before.
    pub due: EventTime,
    /// Why the sink will never take it: it waits for somebody to look.
    pub dead: Option<String>,
}
