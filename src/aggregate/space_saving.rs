//! The most frequent keys of a stream in fixed memory: Space-Saving (Metwally, Agrawal, El Abbadi: Efficient
//! Computation of Frequent and Top-k Elements in Data Streams, ICDT 2005).
//!
//! A key that is known counts one up; a new key takes the place of the rarest one and inherits its count as *error*.
//! So a count is never too low, too high by at most its error, and exact while there are no more keys than places.
//! Every key that makes up more than `1 / capacity` of the stream is in the summary.
//!
//! Invariant: the counts sum up to the length of the stream. Hence the lowest count rises at most once per
//! `capacity` offers, and looking through all places when it does costs constant time per offer.

use std::borrow::Borrow;
use std::hash::Hash;

use ahash::RandomState;
use hashbrown::HashTable;

use crate::model::EventTime;

/// A key of the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<K> {
    /// The key.
    pub key: K,
    /// How often it came, at most.
    pub count: u64,
    /// By how much `count` may be too high; 0: it is exact.
    pub error: u64,
    /// Its earliest time since it has its place.
    pub first_seen: EventTime,
    /// Its latest time.
    pub last_seen: EventTime,
}

impl<K> Entry<K> {
    /// How often it came, at least.
    pub fn certain(&self) -> u64 {
        self.count - self.error
    }
}

/// The most frequent keys so far.
#[derive(Debug)]
pub struct SpaceSaving<K> {
    capacity: usize,
    /// Places by the hash of their key: nothing is hashed twice, and no key is kept twice.
    places: HashTable<u32>,
    hasher: RandomState,
    entries: Vec<Entry<K>>,
    /// The hash of each entry's key.
    hashes: Vec<u64>,
    /// Entries that had the lowest count when that count was last looked up; those that rose since are passed over.
    rarest: Vec<u32>,
    lowest: u64,
}

impl<K: Hash + Ord> SpaceSaving<K> {
    /// Room for `capacity` keys, at least one.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            capacity,
            places: HashTable::new(),
            hasher: RandomState::new(),
            entries: Vec::new(),
            hashes: Vec::new(),
            rarest: Vec::new(),
            lowest: 0,
        }
    }

    /// Counts `key`, seen at `time`. Allocates nothing for a key that is known, or as long as one that it replaces.
    /// The place that a new key took, for whoever keeps something beside it.
    pub fn offer<Q>(&mut self, key: &Q, time: EventTime) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let entries = &self.entries;
        if let Some(&place) = self.places.find(hash, |&place| entries[place as usize].key.borrow() == key) {
            let entry = &mut self.entries[place as usize];
            entry.count += 1;
            entry.first_seen = entry.first_seen.min(time);
            entry.last_seen = entry.last_seen.max(time);
            None
        } else if self.entries.len() < self.capacity {
            let (first_seen, last_seen) = (time, time);
            self.entries.push(Entry { key: key.to_owned(), count: 1, error: 0, first_seen, last_seen });
            self.hashes.push(hash);
            let place = self.entries.len() - 1;
            self.enter(hash, place as u32);
            Some(place)
        } else {
            Some(self.replace(key, hash, time) as usize)
        }
    }

    /// Gives the place of a rarest key to `key`.
    fn replace<Q>(&mut self, key: &Q, hash: u64, time: EventTime) -> u32
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let place = self.rarest_place();
        let entry = &mut self.entries[place as usize];
        key.clone_into(&mut entry.key);
        entry.error = entry.count;
        entry.count += 1;
        (entry.first_seen, entry.last_seen) = (time, time);
        let old = std::mem::replace(&mut self.hashes[place as usize], hash);
        if let Ok(found) = self.places.find_entry(old, |&known| known == place) {
            found.remove();
        }
        self.enter(hash, place);
        place
    }

    fn enter(&mut self, hash: u64, place: u32) {
        let hashes = &self.hashes;
        self.places.insert_unique(hash, place, |&place| hashes[place as usize]);
    }

    /// A place with the lowest count. There is at least one entry.
    fn rarest_place(&mut self) -> u32 {
        loop {
            while let Some(place) = self.rarest.pop() {
                if self.entries[place as usize].count == self.lowest {
                    return place;
                }
            }
            self.lowest = self.entries.iter().map(|entry| entry.count).min().unwrap_or_default();
            let places = (0_u32..).zip(&self.entries).filter(|(_, entry)| entry.count == self.lowest);
            self.rarest.extend(places.map(|(place, _)| place));
        }
    }

    /// The `shown` most frequent keys: highest count first, equal counts in the order of their keys.
    pub fn top(&self, shown: usize) -> Vec<&Entry<K>> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        entries.truncate(shown);
        entries
    }

    /// All keys, by their places.
    pub fn entries(&self) -> &[Entry<K>] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn summary(capacity: usize, stream: &[u8]) -> SpaceSaving<Vec<u8>> {
        let mut summary = SpaceSaving::new(capacity);
        for (second, &key) in stream.iter().enumerate() {
            summary.offer(&[key][..], EventTime::from_seconds(second as i64));
        }
        summary
    }

    proptest! {
        #[test]
        fn counts_are_never_too_low_and_too_high_by_their_error_at_most(
            stream in prop::collection::vec(0_u8..40, 0..600),
            capacity in 1_usize..50,
        ) {
            let mut truth: HashMap<u8, u64> = HashMap::new();
            for &key in &stream {
                *truth.entry(key).or_default() += 1;
            }
            let summary = summary(capacity, &stream);
            let top = summary.top(usize::MAX);
            prop_assert!(top.len() <= capacity);
            prop_assert_eq!(top.iter().map(|entry| entry.count).sum::<u64>(), stream.len() as u64);
            for entry in &top {
                let count = truth[&entry.key[0]];
                prop_assert!(entry.count >= count && entry.count - entry.error <= count);
                prop_assert!(entry.error <= (stream.len() / capacity) as u64);
                prop_assert!(entry.first_seen <= entry.last_seen);
            }
            for (&key, &count) in &truth {
                if count > (stream.len() / capacity) as u64 {
                    prop_assert!(top.iter().any(|entry| entry.key == [key]), "frequent key {} is missing", key);
                }
            }
            if truth.len() <= capacity {
                prop_assert_eq!(top.len(), truth.len());
                prop_assert!(top.iter().all(|entry| entry.error == 0));
            }
        }
    }

    #[test]
    fn equal_counts_stand_in_the_order_of_their_keys() {
        let summary = summary(10, b"cabbac_");
        let keys: Vec<_> = summary.top(3).into_iter().map(|entry| entry.key.clone()).collect();
        assert_eq!(keys, [b"a", b"b", b"c"]);
    }

    #[test]
    fn a_key_remembers_when_it_was_seen_whatever_the_order() {
        let mut summary = SpaceSaving::new(2);
        for second in [5, 3, 9] {
            summary.offer(&1_u32, EventTime::from_seconds(second));
        }
        let entry = summary.top(1)[0];
        assert_eq!((entry.first_seen.seconds(), entry.last_seen.seconds()), (3, 9));
    }
}
