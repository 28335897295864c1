//! What was told of each alert, to whom and when. Bounded: what is over is forgotten first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Alert, AlertState, EventTime, Severity};

/// Alerts remembered.
pub(super) const MOST: usize = 20_000;

/// What one sink was told of an alert last.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) state: AlertState,
    pub(super) severity: Severity,
    pub(super) at: EventTime,
    /// Number of the entry that said that it fires.
    pub(super) since: u64,
    /// Whether that, or what was said of it later, has arrived.
    pub(super) has_arrived: bool,
}

/// An alert that somebody was told of, or is to be.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Known {
    /// As it was last, while there may be something to tell of it.
    pub(super) alert: Option<Alert>,
    /// What was told, by sink.
    pub(super) told: BTreeMap<String, Told>,
    /// Notices made of it.
    pub(super) notices: u32,
    /// When to look at it again.
    pub(super) look: Option<EventTime>,
    /// Whether it fires, how grave it is, and when it was seen last: the first of this order is forgotten first.
    rank: (bool, Severity, EventTime),
}

/// The alerts that are remembered, by their ids.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: BTreeMap<String, Known>,
    agenda: BTreeSet<(EventTime, String)>,
    least: BTreeSet<((bool, Severity, EventTime), String)>,
    /// The most notices that were made of an alert that is forgotten: nobody knows which of its ids were given.
    floor: u32,
}

impl Memory {
    /// What is known of `alert`, as it is now, taken out.
    pub(super) fn take(&mut self, alert: Alert) -> Known {
        let rank = (alert.state == AlertState::Firing, alert.severity, alert.last_seen);
        let known = self.remove(&alert.id).unwrap_or(Known {
            alert: None,
            told: BTreeMap::new(),
            notices: self.floor,
            look: None,
            rank,
        });
        Known { alert: Some(alert), rank, ..known }
    }

    /// Takes out what is known of the alert `id`.
    pub(super) fn remove(&mut self, id: &str) -> Option<Known> {
        let (id, known) = self.known.remove_entry(id)?;
        if let Some(look) = known.look {
            self.agenda.remove(&(look, id.clone()));
        }
        self.least.remove(&(known.rank, id));
        Some(known)
    }

    /// Keeps what is known of the alert `id`.
    pub(super) fn keep(&mut self, id: String, known: Known) {
        if let Some(look) = known.look {
            self.agenda.insert((look, id.clone()));
        }
        self.least.insert((known.rank, id.clone()));
        self.known.insert(id, known);
        while self.known.len() > MOST
            && let Some((_, id)) = self.least.first().cloned()
        {
            let forgotten = self.remove(&id);
            self.floor = self.floor.max(forgotten.map_or(0, |known| known.notices));
        }
    }

    /// Whether there are notices of it whose ids would be given again, were it forgotten.
    pub(super) fn gave_ids(&self, known: &Known) -> bool {
        known.notices > self.floor
    }

    /// What one sink was told of an alert.
    pub(super) fn told_mut(&mut self, id: &str, sink: &str) -> Option<&mut Told> {
        self.known.get_mut(id)?.told.get_mut(sink)
    }

    pub(super) fn told(&self, id: &str, sink: &str) -> Option<&Told> {
        self.known.get(id)?.told.get(sink)
    }

    /// When something is to be looked at next.
    pub(super) fn next_look(&self) -> Option<EventTime> {
        self.agenda.first().map(|&(look, _)| look)
    }

    /// Ids of all.
    pub(super) fn ids(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }

    /// Ids of those to be looked at, at `now`.
    pub(super) fn due(&self, now: EventTime) -> Vec<String> {
        self.agenda.iter().take_while(|&&(look, _)| look <= now).map(|(_, id)| id.clone()).collect()
    }

    /// Forgets what sinks that are not there were told.
    pub(super) fn retain_sinks(&mut self, sinks: &[String]) {
        for known in self.known.values_mut() {
            known.told.retain(|sink, _| sinks.contains(sink));
        }
    }

    /// The state, to be taken back by [`Memory::restore`].
    pub(super) fn state(&self) -> (&BTreeMap<String, Known>, u32) {
        (&self.known, self.floor)
    }

    pub(super) fn restore((known, floor): (BTreeMap<String, Known>, u32)) -> Self {
        let mut memory = Self { floor, ..Self::default() };
        for (id, known) in known {
            memory.keep(id, known);
        }
        memory
    }
}
