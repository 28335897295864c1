//! A capped table whose entries expire in event time. Sessions and messages live in it.
//!
//! Entries stay in place (a slab), so a table of a hundred thousand messages is never moved, and the buffers of a
//! freed entry serve the next one. Expiry is lazy: a queue holds each entry once; an entry that was touched since it
//! was queued is queued again when its turn comes, one that is gone is dropped then, or when the gone ones outnumber
//! the living. Every operation is O(1), amortised.

use std::collections::VecDeque;
use std::hash::Hash;
use std::ops::{Index, IndexMut};

use ahash::RandomState;
use hashbrown::HashTable;
use serde::Serialize;

use crate::model::EventTime;

/// A value whose buffers can be used again.
pub trait Reuse: Default {
    /// Back to the default, keeping allocated buffers.
    fn reuse(&mut self);
}

/// What looking an entry up and touching it needs stands in front, in one line of the processor's cache.
#[derive(Debug)]
#[repr(C, align(64))]
struct Entry<K, V> {
    key: K,
    hash: u64,
    touched: EventTime,
    /// Counts the entries this slot has served, so that the queue tells them apart.
    generation: u32,
    /// Cleared when the entry is removed.
    live: bool,
    /// Touched at a later time than it came, or had its last turn in the queue.
    used: bool,
    value: V,
}

#[derive(Debug, Clone, Copy)]
struct Queued {
    slot: Slot,
    generation: u32,
    /// The entry was touched no earlier than this when it was queued.
    touched: EventTime,
}

/// Where an entry is, until it is removed: found once, then reached without looking its key up again.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

/// The hash of a key in one table; no other table has the same.
#[derive(Debug, Clone, Copy)]
pub struct KeyHash(u64);

/// A capped table whose entries expire in event time.
#[derive(Debug)]
pub struct Table<K, V> {
    /// Slots by the hash of their key, which the entries remember: nothing is hashed twice.
    index: HashTable<Slot>,
    hasher: RandomState,
    entries: Vec<Entry<K, V>>,
    free: Vec<Slot>,
    queue: VecDeque<Queued>,
    capacity: usize,
    seconds: i64,
}

impl<K, V> Index<Slot> for Table<K, V> {
    type Output = V;

    fn index(&self, slot: Slot) -> &V {
        &self.entries[slot.0 as usize].value
    }
}

impl<K, V> IndexMut<Slot> for Table<K, V> {
    fn index_mut(&mut self, slot: Slot) -> &mut V {
        &mut self.entries[slot.0 as usize].value
    }
}

impl<K: Copy + Eq + Hash, V: Reuse> Table<K, V> {
    /// A table of at most `capacity` entries that expire `seconds` after they were last touched.
    pub fn new(capacity: usize, seconds: i64) -> Self {
        Self {
            index: HashTable::new(),
            hasher: RandomState::new(),
            entries: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            capacity,
            seconds,
        }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether the next entry needs room made for it.
    pub fn is_full(&self) -> bool {
        self.index.len() >= self.capacity
    }

    /// Where `key` is.
    #[inline]
    pub fn find(&self, key: &K) -> Option<Slot> {
        self.find_hashed(key, self.hash(key))
    }

    /// The hash of `key`, for whoever looks it up more than once.
    #[inline]
    pub fn hash(&self, key: &K) -> KeyHash {
        KeyHash(self.hasher.hash_one(key))
    }

    /// Where `key` is, which has this hash.
    #[inline]
    pub fn find_hashed(&self, key: &K, hash: KeyHash) -> Option<Slot> {
        self.index.find(hash.0, |slot| self.entries[slot.0 as usize].key == *key).copied()
    }

    /// Whether `slot` is where `key` is.
    pub fn holds(&self, slot: Slot, key: &K) -> bool {
        self.entries.get(slot.0 as usize).is_some_and(|entry| entry.live && entry.key == *key)
    }

    /// Whether anything is in `slot`.
    pub fn is_live(&self, slot: Slot) -> bool {
        self.entries.get(slot.0 as usize).is_some_and(|entry| entry.live)
    }

    /// The key of an entry.
    pub fn key(&self, slot: Slot) -> K {
        self.entries[slot.0 as usize].key
    }

    /// Two different entries at once; `None` if they are the same.
    pub fn pair(&mut self, one: Slot, other: Slot) -> Option<(&mut V, &mut V)> {
        let [one, other] = self.entries.get_disjoint_mut([one.0 as usize, other.0 as usize]).ok()?;
        Some((&mut one.value, &mut other.value))
    }

    /// When an entry was last touched.
    pub fn touched(&self, slot: Slot) -> EventTime {
        self.entries[slot.0 as usize].touched
    }

    /// Puts an entry's expiry off.
    pub fn touch(&mut self, slot: Slot, now: EventTime) {
        let entry = &mut self.entries[slot.0 as usize];
        // Several looks at one line are one use.
        entry.used |= now > entry.touched;
        entry.touched = now.max(entry.touched);
    }

    /// A fresh value for `key`, which must not be in the table. The caller makes room first.
    pub fn insert(&mut self, key: K, now: EventTime) -> Slot {
        self.insert_hashed(key, self.hash(&key), now)
    }

    /// The same for a key that has this hash.
    pub fn insert_hashed(&mut self, key: K, KeyHash(hash): KeyHash, now: EventTime) -> Slot {
        if self.queue.len() > 2 * self.index.len() + 1024 {
            let entries = &self.entries;
            self.queue.retain(|queued| is_live(entries, queued));
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            let value = V::default();
            self.entries.push(Entry {
                key,
                hash,
                value,
                touched: now,
                live: true,
                used: false,
                generation: 0,
            });
            Slot(self.entries.len() as u32 - 1)
        });
        let entry = &mut self.entries[slot.0 as usize];
        (entry.key, entry.hash, entry.touched) = (key, hash, now);
        (entry.live, entry.used) = (true, false);
        entry.generation = entry.generation.wrapping_add(1);
        self.queue.push_back(Queued { slot, generation: entry.generation, touched: now });
        let entries = &self.entries;
        self.index.insert_unique(hash, slot, |slot| entries[slot.0 as usize].hash);
        slot
    }

    /// The entry of `key`, touched; a new one, for which one that was not touched for long gives way if the table is full.
    pub fn find_or_insert(&mut self, key: K, now: EventTime) -> Slot {
        let hash = self.hash(&key);
        if let Some(slot) = self.find_hashed(&key, hash) {
            self.touch(slot, now);
            return slot;
        }
        if self.is_full()
            && let Some(idle) = self.idle()
        {
            self.remove(idle);
        }
        self.insert_hashed(key, hash, now)
    }

    /// Forgets an entry; its buffers serve the next one.
    pub fn remove(&mut self, slot: Slot) {
        let entry = &mut self.entries[slot.0 as usize];
        if let Ok(found) = self.index.find_entry(entry.hash, |known| *known == slot) {
            found.remove();
            entry.value.reuse();
            entry.live = false;
            self.free.push(slot);
        }
    }

    /// The next entry that has not been touched for the table's time.
    pub fn expired(&mut self, now: EventTime) -> Option<Slot> {
        while let Some(&queued) = self.queue.front() {
            if !is_live(&self.entries, &queued) {
                self.queue.pop_front();
                continue;
            }
            if queued.touched.plus_seconds(self.seconds) > now {
                return None;
            }
            self.queue.pop_front();
            let entry = &self.entries[queued.slot.0 as usize];
            self.queue.push_back(Queued { touched: entry.touched, ..queued });
            if entry.touched.plus_seconds(self.seconds) <= now {
                return Some(queued.slot);
            }
        }
        None
    }

    /// The entry that was queued longest ago: the one to give up when the table is full.
    pub fn oldest(&mut self) -> Option<Slot> {
        while let Some(queued) = self.queue.front() {
            if is_live(&self.entries, queued) {
                return Some(queued.slot);
            }
            self.queue.pop_front();
        }
        None
    }

    /// The entry to give up when the table is full and those that come again matter more than those that came once: one
    /// that was not touched since its last turn in the queue (second chance, the clock of page replacement). So a flood
    /// of new entries drives out the flood, not whoever is there all the time.
    fn idle(&mut self) -> Option<Slot> {
        while let Some(queued) = self.queue.pop_front() {
            if !is_live(&self.entries, &queued) {
                continue;
            }
            let entry = &mut self.entries[queued.slot.0 as usize];
            if !std::mem::take(&mut entry.used) {
                return Some(queued.slot);
            }
            self.queue.push_back(Queued { touched: entry.touched, ..queued });
        }
        None
    }

    /// The entries, oldest first.
    pub fn slots(&self) -> Vec<Slot> {
        self.living().map(|queued| queued.slot).collect()
    }

    fn living(&self) -> impl Iterator<Item = &Queued> {
        self.queue.iter().filter(|queued| is_live(&self.entries, queued))
    }
}

fn is_live<K, V>(entries: &[Entry<K, V>], queued: &Queued) -> bool {
    let entry = &entries[queued.slot.0 as usize];
    entry.live && entry.generation == queued.generation
}

impl<K: Copy + Eq + Hash + Serialize, V: Reuse + Serialize> Table<K, V> {
    /// The live entries, oldest first, for a snapshot.
    pub fn entries(&self) -> Vec<(&K, &V, EventTime)> {
        let entry = |queued: &Queued| &self.entries[queued.slot.0 as usize];
        self.living().map(entry).map(|entry| (&entry.key, &entry.value, entry.touched)).collect()
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.index.clear();
        self.entries.clear();
        self.free.clear();
        self.queue.clear();
    }

    /// Takes in the entries of a snapshot; what it knows of their keys gives way to them.
    pub fn restore(&mut self, entries: Vec<(K, V, EventTime)>) {
        for (key, value, touched) in entries.into_iter().take(self.capacity) {
            let slot = self.find_or_insert(key, touched);
            self[slot] = value;
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
        let one = table.insert(1, at(0));
        table[one] = 7;
        let two = table.insert(2, at(10));
        assert_eq!(table.find(&1), Some(one));
        table.touch(one, at(50));
        assert_eq!(table.expired(at(69)), None);
        assert_eq!(table.expired(at(70)), Some(two));
        table.remove(two);
        assert_eq!(table.expired(at(109)), None);
        assert_eq!((table.expired(at(110)), table[one], table.key(one)), (Some(one), 7, 1));
        table.remove(one);
        assert_eq!((table.expired(at(1000)), table.find(&1)), (None, None));
    }

    #[test]
    fn the_queue_does_not_grow_with_entries_that_are_gone() {
        let mut table = Table::<u32, u32>::new(10, 60);
        for n in 0..100_000 {
            let slot = table.insert(n, at(0));
            table.remove(slot);
        }
        assert!(table.queue.len() < 2000 && table.entries.len() == 1);
    }

    #[test]
    fn a_key_that_comes_back_is_a_new_entry() {
        let mut table = Table::<u8, u32>::new(2, 60);
        let slot = table.insert(1, at(0));
        table[slot] = 7;
        table.remove(slot);
        let slot = table.insert(1, at(100));
        assert_eq!(table[slot], 0);
        table.insert(2, at(100));
        assert!(table.is_full());
        assert_eq!(table.oldest(), Some(slot));
        assert_eq!(table.expired(at(159)), None);
        assert_eq!(table.slots().len(), 2);
    }

    #[test]
    fn a_full_table_gives_up_its_oldest_entry() {
        let mut table = Table::<u8, u32>::new(2, 60);
        for key in 1..=3 {
            table.find_or_insert(key, at(i64::from(key)));
        }
        assert_eq!((table.find(&1), table.find(&2).is_some(), table.find(&3).is_some()), (None, true, true));
    }

    #[test]
    fn a_flood_drives_out_the_flood() {
        let mut table = Table::<u32, u32>::new(100, 3600);
        for passer_by in 1..100_000 {
            let now = at(i64::from(passer_by / 40));
            table.find_or_insert(passer_by, now);
            table.find_or_insert(passer_by, now); // the same line
            if passer_by % 50 == 0 {
                let slot = table.find_or_insert(0, now);
                table[slot] += 1;
            }
        }
        let heavy = table.find(&0).map(|slot| table[slot]);
        assert_eq!(heavy, Some(99_999 / 50));
        assert_eq!(table.slots().len(), 100);
    }
}
