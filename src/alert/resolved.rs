//! Alerts that are over, and may fire again. Whatever is asked of them costs no more the more there are: a flood of
//! sources fills this up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ahash::RandomState;

use crate::model::{Alert, EventTime, Severity};

/// Resolved alerts, in the order in which they were resolved.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    alerts: BTreeMap<u64, Alert>,
    /// The number of an alert, by its id.
    numbers: HashMap<String, u64, RandomState>,
    /// The least grave first, the one that was seen longest ago first among them.
    least: BTreeSet<(Severity, EventTime, u64)>,
    next: u64,
}

impl Resolved {
    pub(super) fn push(&mut self, alert: Alert) {
        self.least.insert((alert.severity, alert.last_seen, self.next));
        self.numbers.insert(alert.id.clone(), self.next);
        self.alerts.insert(self.next, alert);
        self.next += 1;
    }

    /// Takes out the alert of this id.
    pub(super) fn take(&mut self, id: &str) -> Option<Alert> {
        let number = *self.numbers.get(id)?;
        self.remove(number)
    }

    /// Gives up the least of them; false if there is none.
    pub(super) fn give_up_least(&mut self) -> bool {
        let least = self.least.first().map(|&(.., number)| number);
        least.is_some_and(|number| self.remove(number).is_some())
    }

    fn remove(&mut self, number: u64) -> Option<Alert> {
        let alert = self.alerts.remove(&number)?;
        self.numbers.remove(&alert.id);
        self.least.remove(&(alert.severity, alert.last_seen, number));
        Some(alert)
    }

    pub(super) fn len(&self) -> usize {
        self.alerts.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }
}
