//! Which alerts have changed since somebody asked.

use std::collections::HashSet;

use ahash::RandomState;

use crate::model::{Alert, AlertState};

/// What has changed. Bounded by the alerts that are kept.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Ids of alerts that are kept.
    pub(super) ids: HashSet<String, RandomState>,
    /// Alerts that had to give way, resolved.
    pub(super) given_up: Vec<Alert>,
}

impl Changed {
    /// `alert` gives way to others. At most `most` of those are remembered: the first ones, about which more was told.
    pub(super) fn give_up(&mut self, alert: Alert, most: usize) {
        let is_news = self.ids.remove(&alert.id) || alert.state == AlertState::Firing;
        if is_news && self.given_up.len() < most {
            self.given_up.push(Alert { state: AlertState::Resolved, ..alert });
        }
    }
}
