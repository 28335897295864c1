//! A capped table whose entries expire in event time. Sessions and messages live in it.
//!
//! Entries stay in place (a slab), so a table of a hundred thousand messages is never moved, and the buffers of a
//! freed entry serve the next one. Expiry is lazy: a queue holds each entry once; an entry that was touched since it
//! was queued is queued again when its turn comes, one that is gone is dropped then, or when the gone ones outnumber
//! the living. Every operation is O(1), amortised.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use ahash::RandomState;
use serde::Serialize;

use crate::model::EventTime;

/// A value whose buffers can be used again.
pub trait Reuse: Default {
    /// Back to the default, keeping allocated buffers.
    fn reuse(&mut self);
}

#[derive(Debug)]
struct Slot<K, V> {
    key: K,
    value: V,
    touched: EventTime,
    /// Counts the entries this slot has served, so that the queue tells them apart.
    generation: u32,
}

#[derive(Debug, Clone, Copy)]
struct Queued {
    slot: u32,
    generation: u32,
    /// The entry was touched no earlier than this when it was queued.
    touched: EventTime,
}

/// A capped table whose entries expire in event time.
#[derive(Debug)]
pub struct Table<K, V> {
    index: HashMap<K, u32, RandomState>,
    slots: Vec<Slot<K, V>>,
    free: Vec<u32>,
    queue: VecDeque<Queued>,
    capacity: usize,
    seconds: i64,
}

impl<K: Copy + Eq + Hash, V: Reuse> Table<K, V> {
    /// A table of at most `capacity` entries that expire `seconds` after they were last touched.
    pub fn new(capacity: usize, seconds: i64) -> Self {
        Self {
            index: HashMap::default(),
            slots: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            capacity,
            seconds,
        }
    }

    /// Whether the next entry needs room made for it.
    pub fn is_full(&self) -> bool {
        self.index.len() >= self.capacity
    }

    /// The value of `key`, touched.
    pub fn touch(&mut self, key: &K, now: EventTime) -> Option<&mut V> {
        let slot = &mut self.slots[*self.index.get(key)? as usize];
        slot.touched = slot.touched.max(now);
        Some(&mut slot.value)
    }

    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.index.get(key).map(|&at| &self.slots[at as usize].value)
    }

    /// The value of `key`, to change without touching it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.index.get(key).map(|&at| &mut self.slots[at as usize].value)
    }

    /// The value of a key that is in the table; a fresh one if it is not after all.
    pub fn existing(&mut self, key: &K) -> &mut V {
        match self.index.get(key) {
            Some(&at) => &mut self.slots[at as usize].value,
            None => self.insert(*key, EventTime::MIN),
        }
    }

    /// A fresh value for `key`, which must not be in the table. The caller makes room first.
    pub fn insert(&mut self, key: K, now: EventTime) -> &mut V {
        if self.queue.len() > 2 * self.index.len() + 1024 {
            let (slots, index) = (&self.slots, &self.index);
            self.queue.retain(|queued| is_live(slots, index, queued));
        }
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { key, value: V::default(), touched: now, generation: 0 });
            self.slots.len() as u32 - 1
        });
        let slot = &mut self.slots[at as usize];
        (slot.key, slot.touched, slot.generation) = (key, now, slot.generation.wrapping_add(1));
        self.index.insert(key, at);
        self.queue.push_back(Queued { slot: at, generation: slot.generation, touched: now });
        &mut slot.value
    }

    /// Forgets `key`; its buffers serve the next entry.
    pub fn remove(&mut self, key: &K) {
        if let Some(at) = self.index.remove(key) {
            self.slots[at as usize].value.reuse();
            self.free.push(at);
        }
    }

    /// The next key that has not been touched for the table's time.
    pub fn expired(&mut self, now: EventTime) -> Option<K> {
        while let Some(&queued) = self.queue.front() {
            if !is_live(&self.slots, &self.index, &queued) {
                self.queue.pop_front();
                continue;
            }
            if queued.touched.plus_seconds(self.seconds) > now {
                return None;
            }
            self.queue.pop_front();
            let slot = &self.slots[queued.slot as usize];
            self.queue.push_back(Queued { touched: slot.touched, ..queued });
            if slot.touched.plus_seconds(self.seconds) <= now {
                return Some(slot.key);
            }
        }
        None
    }

    /// The key that was queued longest ago: the one to give up when the table is full.
    pub fn oldest(&mut self) -> Option<K> {
        while let Some(queued) = self.queue.front() {
            if is_live(&self.slots, &self.index, queued) {
                return Some(self.slots[queued.slot as usize].key);
            }
            self.queue.pop_front();
        }
        None
    }

    /// The entries' keys, oldest first.
    pub fn keys(&self) -> Vec<K> {
        self.living().map(|slot| slot.key).collect()
    }

    fn living(&self) -> impl Iterator<Item = &Slot<K, V>> {
        let live = |queued: &&Queued| is_live(&self.slots, &self.index, queued);
        self.queue.iter().filter(live).map(|queued| &self.slots[queued.slot as usize])
    }
}

fn is_live<K: Eq + Hash, V>(
    slots: &[Slot<K, V>],
    index: &HashMap<K, u32, RandomState>,
    queued: &Queued,
) -> bool {
    let slot = &slots[queued.slot as usize];
    slot.generation == queued.generation && index.get(&slot.key) == Some(&queued.slot)
}

impl<K: Copy + Eq + Hash + Serialize, V: Reuse + Serialize> Table<K, V> {
    /// The live entries, oldest first, for a snapshot.
    pub fn entries(&self) -> Vec<(&K, &V, EventTime)> {
        self.living().map(|slot| (&slot.key, &slot.value, slot.touched)).collect()
    }

    /// Fills an empty table from a snapshot.
    pub fn restore(&mut self, entries: Vec<(K, V, EventTime)>) {
        for (key, value, touched) in entries.into_iter().take(self.capacity) {
            *self.insert(key, touched) = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Reuse for u32 {
        fn reuse(&mut self) {
            *self = 0;
        }
    }

    fn at(seconds: i64) -> EventTime {
        EventTime::from_seconds(seconds)
    }

    #[test]
    fn entries_expire_after_their_last_touch() {
        let mut table = Table::<u8, u32>::new(10, 60);
        *table.insert(1, at(0)) = 7;
        table.insert(2, at(10));
        assert_eq!(table.touch(&1, at(50)), Some(&mut 7));
        assert_eq!(table.expired(at(69)), None);
        assert_eq!(table.expired(at(70)), Some(2));
        table.remove(&2);
        assert_eq!(table.expired(at(109)), None);
        assert_eq!(table.expired(at(110)), Some(1));
        table.remove(&1);
        assert_eq!((table.expired(at(1000)), table.get(&1)), (None, None));
    }

    #[test]
    fn the_queue_does_not_grow_with_entries_that_are_gone() {
        let mut table = Table::<u32, u32>::new(10, 60);
        for n in 0..100_000 {
            table.insert(n, at(0));
            table.remove(&n);
        }
        assert!(table.queue.len() < 2000 && table.slots.len() == 1);
    }

    #[test]
    fn a_key_that_comes_back_is_a_new_entry() {
        let mut table = Table::<u8, u32>::new(2, 60);
        *table.insert(1, at(0)) = 7;
        table.remove(&1);
        assert_eq!(*table.insert(1, at(100)), 0);
        table.insert(2, at(100));
        assert!(table.is_full());
        assert_eq!(table.oldest(), Some(1));
        assert_eq!(table.expired(at(159)), None);
        assert_eq!(table.keys().len(), 2);
    }
}
