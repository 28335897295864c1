//! Subjects of one kind under watch, each with its spell, and those of which something is still to be said.

use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::spell::{Hit, News, Spell};
use crate::aggregate::{Reuse, Table};
use crate::model::{EventTime, Memory, Severity};

/// Subjects that are counted at once in the usual memory; one that was not seen for long gives way.
const MAX_SUBJECTS: usize = 10_000;
/// Seconds after which a subject that did nothing more is forgotten.
pub(super) const KEPT_SECONDS: i64 = 86_400;

/// What is known of one subject: its spell, and what the detector adds to it.
pub(super) trait Watchable: Reuse {
    /// Its spell.
    fn spell(&mut self) -> &mut Spell;
}

/// The subjects.
#[derive(Debug)]
pub(super) struct Watched<K, S> {
    subjects: Table<K, S>,
    /// Those with something unsaid, in the order in which they were counted.
    unsaid: Vec<K>,
    /// Subjects at once.
    most: usize,
}

/// A snapshot of [`Watched`].
#[derive(Serialize, Deserialize)]
pub(super) struct State<K, S> {
    subjects: Vec<(K, S, EventTime)>,
    unsaid: Vec<K>,
}

impl<K: Copy + Eq + Hash, S: Watchable> Watched<K, S> {
    pub(super) fn new(memory: Memory) -> Self {
        Self::keeping(memory, KEPT_SECONDS)
    }

    /// Subjects that are kept so many seconds after they did something.
    pub(super) fn keeping(memory: Memory, seconds: i64) -> Self {
        let most = memory.room(MAX_SUBJECTS);
        Self { subjects: Table::new(most, seconds), unsaid: Vec::new(), most }
    }

    /// Whether no subject is known.
    pub(super) fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// What is known of `key`, which did something at `now`.
    pub(super) fn subject(&mut self, key: K, now: EventTime) -> &mut S {
        let slot = self.subjects.find_or_insert(key, now);
        &mut self.subjects[slot]
    }

    /// The same, where a subject that is not known becomes so only `if_new`: most of them never do anything wrong, and
    /// cost nothing.
    pub(super) fn subject_if(&mut self, if_new: bool, key: K, now: EventTime) -> Option<&mut S> {
        if if_new { Some(self.subject(key, now)) } else { self.get_mut(&key) }
    }

    pub(super) fn get(&self, key: &K) -> Option<&S> {
        self.subjects.find(key).map(|slot| &self.subjects[slot])
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut S> {
        self.subjects.find(key).map(|slot| &mut self.subjects[slot])
    }

    /// Whether the `news` of `key` must be said at once. Otherwise it waits for [`Watched::take_unsaid`].
    pub(super) fn is_urgent(&mut self, key: K, news: News) -> bool {
        if news == News::Changed {
            self.unsaid.push(key);
        }
        news == News::Begun
    }

    /// `key` is as grave as `severity` now, with `so_far` counted since `first`. Whether that must be said at once: it
    /// begins, or it is graver than what was said.
    pub(super) fn is_graver(
        &mut self,
        key: K,
        severity: Severity,
        hit: &Hit<'_>,
        (so_far, first): (u64, EventTime),
    ) -> bool {
        let Some(subject) = self.get_mut(&key) else { return false };
        let spell = subject.spell();
        spell.hit(hit);
        let news = spell.go_on(hit, hit.time, so_far, first);
        if spell.rises(severity) {
            return true;
        }
        if news == News::Changed {
            self.unsaid.push(key);
        }
        false
    }

    /// So many wait that they must be said now: a flood within one minute of event time does not make this grow.
    pub(super) fn is_crowded(&self) -> bool {
        self.unsaid.len() >= self.most
    }

    /// Those of which something is to be said, if they are still known.
    pub(super) fn take_unsaid(&mut self) -> Vec<K> {
        let mut unsaid = std::mem::take(&mut self.unsaid);
        unsaid.retain(|key| {
            let Some(subject) = self.get_mut(key) else { return false };
            std::mem::take(&mut subject.spell().unsaid)
        });
        unsaid
    }

    /// Lets go of those that did nothing for long.
    pub(super) fn expire(&mut self, now: EventTime) {
        while let Some(slot) = self.subjects.expired(now) {
            self.subjects.remove(slot);
        }
    }
}

impl<K: Copy + Eq + Hash + Serialize, S: Watchable + Serialize> Watched<K, S> {
    pub(super) fn state(&self) -> State<&K, &S> {
        State { subjects: self.subjects.entries(), unsaid: self.unsaid.iter().collect() }
    }

    pub(super) fn restore(&mut self, state: State<K, S>) {
        self.subjects.clear();
        self.subjects.restore(state.subjects);
        self.unsaid = state.unsaid;
    }
}
