//! A login that may have been somebody else's, and what is sent from where it came.

use serde::{Deserialize, Serialize};

use super::DAY;
use super::attack::Suspicion;
use crate::model::{EventTime, Network};

/// The gravest that was thought of a login within the last day.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Doubt {
    pub(super) suspicion: Suspicion,
    /// When the last login of this kind was.
    at: EventTime,
    /// From where it came.
    network: Network,
    /// Recipients elsewhere that were written to from there since.
    pub(super) recipients: u64,
}

impl Doubt {
    pub(super) fn new(suspicion: Suspicion, network: Network, at: EventTime) -> Self {
        Self { suspicion, at, network, recipients: 0 }
    }

    /// After a day without another one nobody doubts any more.
    pub(super) fn holds(&self, now: EventTime) -> bool {
        now.seconds_since(self.at) <= DAY
    }

    /// Another login is in doubt, of the same account.
    pub(super) fn again(self, other: Self) -> Self {
        Self { suspicion: self.suspicion.max(other.suspicion), recipients: self.recipients, ..other }
    }

    /// Mail to one more recipient came from `network`.
    pub(super) fn wrote(&mut self, network: Network) {
        self.recipients += u64::from(network == self.network);
    }
}
