//! Which alerts have changed since somebody asked.

use std::collections::HashMap;

use ahash::RandomState;

use crate::model::{Alert, AlertState};

/// What has changed. Bounded by the alerts that are kept.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Alerts that are kept, by their ids, and whether they began to fire or became graver meanwhile.
    ids: HashMap<String, bool, RandomState>,
    /// Alerts that had to give way, resolved.
    pub(super) given_up: Vec<Alert>,
}

impl Changed {
    /// The alert of this id has changed; `is_news`: it begins to fire, for the first time or again, or is graver than before,
    /// so that others may be told of it.
    pub(super) fn note(&mut self, id: &str, is_news: bool) {
        if let Some(known) = self.ids.get_mut(id) {
            *known |= is_news;
        } else {
            self.ids.insert(id.to_owned(), is_news);
        }
    }

    /// Whether any that is kept has changed.
    pub(super) fn is_any_kept(&self) -> bool {
        !self.ids.is_empty()
    }

    /// What is to be told of `alert`, if it has changed: what has come and gone since is told in the order in which it
    /// happened, so that nobody misses it.
    pub(super) fn tell(&self, alert: impl FnOnce() -> Alert, id: &str, told: &mut Vec<Alert>) {
        let Some(&is_news) = self.ids.get(id) else { return };
        let alert = alert();
        if is_news && alert.state == AlertState::Resolved {
            told.push(Alert { state: AlertState::Firing, ..alert.clone() });
        }
        told.push(alert);
    }

    /// `alert` gives way to others. At most `most` of those are remembered: the first ones, about which more was told.
    pub(super) fn give_up(&mut self, alert: Alert, most: usize) {
        let changed = self.ids.remove(&alert.id);
        if (changed.is_some() || alert.state == AlertState::Firing) && self.given_up.len() < most {
            if changed == Some(true) {
                self.given_up.push(Alert { state: AlertState::Firing, ..alert.clone() });
            }
            self.given_up.push(Alert { state: AlertState::Resolved, ..alert });
        }
    }
}
