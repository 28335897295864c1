//! Who connects: addresses, and their networks.

use std::cmp::Reverse;
use std::net::IpAddr;

use super::NEVER;
use super::picture::{Counts, NetworkRow, SourceRow};
use super::seen::Seen;
use super::text::{Few, NAME, rename, text};
use crate::aggregate::{Distinct, Reuse, Slot, Table};
use crate::model::{Class, EventTime, Network};

/// Addresses and networks.
#[derive(Debug)]
pub(super) struct Sources {
    sources: Table<IpAddr, Source>,
    networks: Table<Network, Neighbours>,
}

/// One address.
#[derive(Debug, Default)]
struct Source {
    name: Vec<u8>,
    counts: Counts,
    classes: [u32; Class::ALL.len()],
    helos: Few,
    accounts: Few,
    seen: Seen,
}

/// One network.
#[derive(Debug, Default)]
struct Neighbours {
    addresses: Distinct,
    counts: Counts,
    seen: Seen,
}

impl Reuse for Source {
    fn reuse(&mut self) {
        self.name.clear();
        self.helos.clear();
        self.accounts.clear();
        self.counts = Counts::default();
        self.classes = [0; Class::ALL.len()];
        self.seen = Seen::default();
    }
}

impl Reuse for Neighbours {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

/// One address that a line tells of, and its network.
pub(super) struct Sighting<'s> {
    source: &'s mut Source,
    network: &'s mut Neighbours,
}

impl Sources {
    pub(super) fn new(sources: usize, networks: usize) -> Self {
        Self { sources: Table::new(sources, NEVER), networks: Table::new(networks, NEVER) }
    }

    /// The address `ip`, seen at `time`.
    pub(super) fn seen(&mut self, ip: IpAddr, time: EventTime, now: EventTime) -> Sighting<'_> {
        let slot = self.sources.find_or_insert(ip, now);
        let source = &mut self.sources[slot];
        source.seen.at(time);
        let slot = self.networks.find_or_insert(Network::of(ip), now);
        let network = &mut self.networks[slot];
        network.seen.at(time);
        network.addresses.insert(&ip);
        Sighting { source, network }
    }

    /// The `most` busiest addresses.
    pub(super) fn sources(&self, most: usize) -> Vec<SourceRow> {
        let row = |slot: Slot| {
            let source = &self.sources[slot];
            SourceRow {
                ip: self.sources.key(slot),
                name: text(&source.name, NAME),
                counts: source.counts.clone(),
                classes: classes(&source.classes),
                helos: source.helos.texts(),
                accounts: source.accounts.texts(),
                first: source.seen.first,
                last: source.seen.last,
            }
        };
        let busy = |&slot: &Slot| (Reverse(busy(&self.sources[slot].counts)), self.sources.key(slot));
        sorted(&self.sources, most, busy).into_iter().map(row).collect()
    }

    /// The `most` busiest networks.
    pub(super) fn networks(&self, most: usize) -> Vec<NetworkRow> {
        let row = |slot: Slot| {
            let network = &self.networks[slot];
            NetworkRow {
                network: self.networks.key(slot),
                addresses: network.addresses.count(),
                counts: network.counts.clone(),
                first: network.seen.first,
                last: network.seen.last,
            }
        };
        let busy = |&slot: &Slot| (Reverse(busy(&self.networks[slot].counts)), self.networks.key(slot));
        sorted(&self.networks, most, busy).into_iter().map(row).collect()
    }
}

impl Sighting<'_> {
    /// Counts for the address and for its network.
    pub(super) fn count(&mut self, add: impl Fn(&mut Counts)) {
        add(&mut self.source.counts);
        add(&mut self.network.counts);
    }

    /// It was refused.
    pub(super) fn refused(&mut self, class: Class) {
        if let Some(count) = self.source.classes.get_mut(class as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// The server found its name.
    pub(super) fn name(&mut self, name: Option<&[u8]>) {
        if let Some(name) = name.filter(|name| !name.is_empty() && *name != b"unknown") {
            rename(&mut self.source.name, name);
        }
    }

    /// What it called itself.
    pub(super) fn helo(&mut self, helo: Option<&[u8]>) {
        if let Some(helo) = helo.filter(|helo| !helo.is_empty()) {
            self.source.helos.see(helo);
        }
    }

    /// It logged in.
    pub(super) fn account(&mut self, name: &[u8]) {
        self.source.accounts.see(name);
    }
}

/// How much there was of everything: what the rows of a list stand in order by.
pub(super) fn busy(counts: &Counts) -> u64 {
    let Counts { connections, attempts, denied: _, rejected, accepted, logins, failed_logins } = counts;
    connections + attempts + rejected + accepted + logins + failed_logins
}

/// The first `most` entries of a table.
pub(super) fn sorted<K, V, O>(table: &Table<K, V>, most: usize, order: impl FnMut(&Slot) -> O) -> Vec<Slot>
where
    K: Copy + Eq + std::hash::Hash,
    V: Reuse,
    O: Ord,
{
    if most == 0 {
        return Vec::new();
    }
    let mut slots = table.slots();
    slots.sort_by_cached_key(order);
    slots.truncate(most);
    slots
}

fn classes(counts: &[u32]) -> Vec<(Class, u64)> {
    let counts = Class::ALL.iter().copied().zip(counts.iter().map(|&count| u64::from(count)));
    let mut classes: Vec<_> = counts.filter(|&(_, count)| count > 0).collect();
    classes.sort_by_key(|&(_, count)| Reverse(count));
    classes
}
