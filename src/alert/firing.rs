//! Alerts that fire, at most one per detector and subject. Whatever is asked of them costs no more the more there are,
//! but for a logarithm: a flood of sources fills this up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Alert, EventTime, Severity, Subject};

/// Detector and subject.
pub(super) type Key = Arc<(String, Subject)>;

/// An alert, and what its life needs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) alert: Alert,
    /// How long it fires after it was last seen.
    pub(super) quiet_seconds: i64,
    /// Identity of the spell that goes on; that of the first one is the alert's.
    pub(super) spell: String,
    /// What was counted in the spells before.
    pub(super) before: u64,
}

impl Kept {
    pub(super) fn key(&self) -> Key {
        Arc::new((self.alert.detector.clone(), self.alert.subject.clone()))
    }

    fn due(&self) -> EventTime {
        self.alert.last_seen.plus_seconds(self.quiet_seconds)
    }
}

/// The alerts that fire.
#[derive(Debug, Default)]
pub(super) struct Firing {
    kept: BTreeMap<Key, Kept>,
    /// When each of them is over, if nothing more is seen.
    due: BTreeSet<(EventTime, Key)>,
    /// The least grave first, the one that was seen longest ago first among them.
    least: BTreeSet<(Severity, EventTime, Key)>,
}

impl Firing {
    pub(super) fn insert(&mut self, kept: Kept) {
        let key = kept.key();
        self.due.insert((kept.due(), key.clone()));
        self.least.insert((kept.alert.severity, kept.alert.last_seen, key.clone()));
        self.kept.insert(key, kept);
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<Kept> {
        let (key, kept) = self.kept.remove_entry(key)?;
        self.due.remove(&(kept.due(), key.clone()));
        self.least.remove(&(kept.alert.severity, kept.alert.last_seen, key));
        Some(kept)
    }

    /// Takes out the alerts that are over at `time`, in the order of their keys.
    pub(super) fn take_over(&mut self, time: EventTime) -> Vec<Kept> {
        let mut over = Vec::new();
        while let Some((due, key)) = self.due.first()
            && *due <= time
        {
            let key = key.clone();
            over.extend(self.remove(&key));
        }
        over.sort_by(|a, b| {
            (&a.alert.detector, &a.alert.subject).cmp(&(&b.alert.detector, &b.alert.subject))
        });
        over
    }

    /// Gives up the least of them.
    pub(super) fn give_up_least(&mut self) -> Option<Kept> {
        let key = self.least.first().map(|(.., key)| key.clone())?;
        self.remove(&key)
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.kept.values()
    }
}
