//! What nobody wants to be told of for a while.

use serde::{Deserialize, Serialize};

use super::EventTime;

/// No alert that all of its matchers name is told before it ends. A matcher that is absent names every alert.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Silence {
    /// Its number; never given twice.
    pub id: u64,
    /// Id of a detector: `auth-brute-force`.
    pub detector: Option<String>,
    /// An address, network, account or domain.
    pub subject: Option<String>,
    /// Host whose log shows it.
    pub host: Option<String>,
    /// When it ends, by the clock of this machine.
    pub until: EventTime,
    /// Why, for those who wonder later.
    pub comment: String,
    /// When it was made.
    pub created: EventTime,
}
