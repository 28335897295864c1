//! A login that may have been somebody else's, and what was sent since from where the account is not at home.

use serde::{Deserialize, Serialize};

use super::DAY;
use super::attack::Suspicion;
use crate::model::EventTime;

/// The gravest that was thought of a login within the last day.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Doubt {
    pub(super) suspicion: Suspicion,
    /// When the last login of this kind was.
    at: EventTime,
    /// Recipients elsewhere that were written to since, from networks that are no home of the account: whoever guessed a
    /// password need not use it where he guessed it.
    pub(super) recipients: u64,
}

impl Doubt {
    pub(super) fn new(suspicion: Suspicion, at: EventTime) -> Self {
        Self { suspicion, at, recipients: 0 }
    }

    /// After a day without another one nobody doubts any more.
    pub(super) fn holds(&self, now: EventTime) -> bool {
        now.seconds_since(self.at) <= DAY
    }

    /// Another login is in doubt, of the same account.
    pub(super) fn again(self, other: Self) -> Self {
        Self { suspicion: self.suspicion.max(other.suspicion), recipients: self.recipients, ..other }
    }
}
