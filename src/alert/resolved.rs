//! Alerts that are over, and may fire again. Whatever is asked of them costs no more the more there are: a flood of
//! sources fills this up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ahash::RandomState;

use super::firing::{Kept, Key};
use crate::model::{EventTime, Severity};

/// Resolved alerts, in the order in which they were resolved.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    kept: BTreeMap<u64, Kept>,
    /// The number of an alert, by its last spell.
    spells: HashMap<String, u64, RandomState>,
    /// The number of the last alert of a detector about a subject.
    last: HashMap<Key, u64, RandomState>,
    /// The least grave first, the one that was seen longest ago first among them.
    least: BTreeSet<(Severity, EventTime, u64)>,
    next: u64,
}

impl Resolved {
    pub(super) fn push(&mut self, kept: Kept) {
        self.least.insert((kept.alert.severity, kept.alert.last_seen, self.next));
        self.spells.insert(kept.spell.clone(), self.next);
        self.last.insert(kept.key(), self.next);
        self.kept.insert(self.next, kept);
        self.next += 1;
    }

    /// Takes out the alert whose last spell this was.
    pub(super) fn take_spell(&mut self, spell: &str) -> Option<Kept> {
        let number = *self.spells.get(spell)?;
        self.remove(number)
    }

    /// Takes out the last alert of `key`, if it was seen at `begin` or later.
    pub(super) fn take_since(&mut self, key: &Key, begin: EventTime) -> Option<Kept> {
        let number = *self.last.get(key)?;
        if self.kept.get(&number)?.alert.last_seen < begin {
            return None;
        }
        self.remove(number)
    }

    /// Gives up the least of them, if there is one.
    pub(super) fn give_up_least(&mut self) -> Option<Kept> {
        let number = self.least.first().map(|&(.., number)| number)?;
        self.remove(number)
    }

    fn remove(&mut self, number: u64) -> Option<Kept> {
        let kept = self.kept.remove(&number)?;
        self.spells.remove(&kept.spell);
        let key = kept.key();
        if self.last.get(&key) == Some(&number) {
            self.last.remove(&key);
        }
        self.least.remove(&(kept.alert.severity, kept.alert.last_seen, number));
        Some(kept)
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.kept.values()
    }
}
