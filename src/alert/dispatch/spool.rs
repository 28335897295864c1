//! Notices that have not arrived yet, and those that never will.
//!
//! What one sink is told of one alert goes in the order in which it was said: of each such *chain* only the first that lives
//! may be tried, as urgently as the most urgent behind it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Change;
use crate::model::{Entry, EventTime, News, Severity};

/// The gravest first, then what was tried less often, then the oldest.
type Rank = (Reverse<Severity>, u32, u64);

/// Where an entry stands in its queue.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Place {
    /// Nowhere: dead, on its way, or behind another one of its chain.
    None,
    /// Until it is due.
    Waiting(EventTime),
    Ready(Rank),
}

/// Whether the database has it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Stored {
    No,
    Taken,
    Yes,
}

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) entry: Entry,
    pub(super) in_flight: bool,
    stored: Stored,
    place: Place,
    /// As grave as the gravest of its chain.
    severity: Severity,
}

impl Kept {
    pub(super) fn is_live(&self) -> bool {
        self.entry.dead.is_none()
    }

    /// Whether it says that an alert fires.
    pub(super) fn tells(&self) -> bool {
        self.entry.notice.news != News::Resolved
    }

    fn rank(&self) -> Rank {
        (Reverse(self.severity), self.entry.attempts, self.entry.number)
    }
}

/// What waits for one sink.
#[derive(Debug, Default)]
struct Queue {
    /// Numbers by alert, dead ones among them.
    chains: BTreeMap<String, BTreeSet<u64>>,
    waiting: BTreeSet<(EventTime, u64)>,
    ready: BTreeSet<Rank>,
    live: usize,
    dead: usize,
    in_flight: usize,
}

/// What is allowed to be taken from a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    /// At most so many.
    pub(super) most: usize,
    /// At most so many that may be held back.
    pub(super) room: usize,
    /// What is not in the database yet, too.
    pub(super) even_unstored: bool,
}

/// What was found in a queue.
#[derive(Debug, Default)]
pub(super) struct Picked {
    /// Numbers, in the order in which they are to be told.
    pub(super) numbers: Vec<u64>,
    /// Whether something had no room.
    pub(super) held: bool,
}

/// Places of a queue that are looked at for more of a group: a queue of many groups is not read to its end each time.
const SCAN: usize = 10_000;

/// The entries of all sinks.
#[derive(Debug, Default)]
pub(super) struct Spool {
    kept: BTreeMap<u64, Kept>,
    queues: BTreeMap<String, Queue>,
    /// Those that live, by the time they are due.
    ages: BTreeSet<(EventTime, u64)>,
    /// Those that live, the least grave first, the newest first among them.
    least: BTreeSet<(Severity, Reverse<u64>)>,
    dead: BTreeSet<u64>,
    /// What the database must be told, and what it has been told without saying that it has it.
    dirty: BTreeSet<u64>,
    taken: BTreeSet<u64>,
    /// The number given next.
    pub(super) next: u64,
}

impl Spool {
    /// Puts in a new entry, which gets the next number.
    pub(super) fn push(&mut self, entry: Entry) -> u64 {
        let number = self.next;
        self.insert(Entry { number, ..entry }, Stored::No);
        self.dirty.insert(number);
        number
    }

    /// Puts back an entry of the database.
    pub(super) fn put_back(&mut self, entry: Entry) {
        self.insert(entry, Stored::Yes);
    }

    fn insert(&mut self, entry: Entry, stored: Stored) {
        self.next = self.next.max(entry.number.saturating_add(1));
        let (number, sink, alert) = (entry.number, entry.sink.clone(), entry.notice.alert.id.clone());
        let queue = self.queues.entry(sink.clone()).or_default();
        queue.chains.entry(alert.clone()).or_default().insert(number);
        let severity = entry.notice.alert.severity;
        if entry.dead.is_none() {
            queue.live += 1;
            self.ages.insert((entry.due, number));
            self.least.insert((severity, Reverse(number)));
        } else {
            queue.dead += 1;
            self.dead.insert(number);
        }
        self.kept.insert(number, Kept { entry, in_flight: false, stored, place: Place::None, severity });
        self.settle(&sink, &alert);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Entry> {
        self.land(number);
        let kept = self.kept.remove(&number)?;
        let (sink, alert) = (&kept.entry.sink, &kept.entry.notice.alert);
        if let Some(queue) = self.queues.get_mut(sink) {
            unplace(queue, &kept);
            if let Some(chain) = queue.chains.get_mut(&alert.id) {
                chain.remove(&number);
                if chain.is_empty() {
                    queue.chains.remove(&alert.id);
                }
            }
            *if kept.is_live() { &mut queue.live } else { &mut queue.dead } -= 1;
            if queue.chains.is_empty() {
                self.queues.remove(sink);
            }
        }
        self.forget_life(&kept.entry);
        self.dead.remove(&number);
        match kept.stored {
            Stored::No => self.dirty.remove(&number),
            Stored::Taken | Stored::Yes => self.dirty.insert(number),
        };
        self.settle(sink, &alert.id);
        Some(kept.entry)
    }

    /// It will not be tried any more, because of `why`.
    pub(super) fn kill(&mut self, number: u64, why: &str) {
        self.land(number);
        self.change(number, |kept| kept.entry.dead = Some(why.to_owned()));
    }

    /// It is tried as if it were new, from `due` on. False if it is not dead.
    pub(super) fn revive(&mut self, number: u64, due: EventTime) -> bool {
        if !self.dead.contains(&number) {
            return false;
        }
        self.change(number, |kept| {
            (kept.entry.dead, kept.entry.attempts, kept.entry.due) = (None, 0, due);
        });
        true
    }

    /// It was tried in vain.
    pub(super) fn tried(&mut self, number: u64) {
        self.land(number);
        self.change(number, |kept| kept.entry.attempts = kept.entry.attempts.saturating_add(1));
    }

    /// A courier has it.
    pub(super) fn take_off(&mut self, number: u64) -> Option<Entry> {
        let kept = self.kept.get_mut(&number)?;
        kept.in_flight = true;
        let queue = self.queues.get_mut(&kept.entry.sink)?;
        queue.in_flight += 1;
        unplace(queue, kept);
        kept.place = Place::None;
        Some(kept.entry.clone())
    }

    fn land(&mut self, number: u64) {
        if let Some(kept) = self.kept.get_mut(&number)
            && std::mem::take(&mut kept.in_flight)
            && let Some(queue) = self.queues.get_mut(&kept.entry.sink)
        {
            queue.in_flight -= 1;
        }
    }

    fn forget_life(&mut self, entry: &Entry) {
        self.ages.remove(&(entry.due, entry.number));
        self.least.remove(&(entry.notice.alert.severity, Reverse(entry.number)));
    }

    /// Changes what is known of an entry, and where it stands.
    fn change(&mut self, number: u64, change: impl FnOnce(&mut Kept)) {
        let Some(mut kept) = self.kept.remove(&number) else { return };
        let was_live = kept.is_live();
        self.forget_life(&kept.entry);
        change(&mut kept);
        let entry = &kept.entry;
        let (sink, alert) = (entry.sink.clone(), entry.notice.alert.id.clone());
        if kept.is_live() {
            self.ages.insert((entry.due, number));
            self.least.insert((entry.notice.alert.severity, Reverse(number)));
            self.dead.remove(&number);
        } else {
            self.dead.insert(number);
        }
        if let Some(queue) = self.queues.get_mut(&sink) {
            match (was_live, kept.is_live()) {
                (true, false) => (queue.live, queue.dead) = (queue.live - 1, queue.dead + 1),
                (false, true) => (queue.live, queue.dead) = (queue.live + 1, queue.dead - 1),
                _ => {}
            }
            unplace(queue, &kept);
            kept.place = Place::None;
        }
        self.kept.insert(number, kept);
        self.dirty.insert(number);
        self.settle(&sink, &alert);
    }

    /// Gives the first of a chain its place, and takes it from the others.
    fn settle(&mut self, sink: &str, alert: &str) {
        let Some(queue) = self.queues.get_mut(sink) else { return };
        let Some(chain) = queue.chains.get(alert) else { return };
        let live = |number: &&u64| self.kept.get(number).is_some_and(Kept::is_live);
        let live: Vec<u64> = chain.iter().filter(live).copied().collect();
        let each = || live.iter().filter_map(|number| self.kept.get(number)).map(|kept| &kept.entry);
        let (Some(&head), Some(severity), Some(due)) = (
            live.first(),
            each().map(|entry| entry.notice.alert.severity).max(),
            each().map(|entry| entry.due).min(),
        ) else {
            return;
        };
        for number in live {
            let Some(kept) = self.kept.get_mut(&number) else { continue };
            unplace(queue, kept);
            kept.place = Place::None;
            if number == head && !kept.in_flight {
                kept.severity = severity;
                kept.place = Place::Waiting(due);
                queue.waiting.insert((due, number));
            }
        }
    }

    /// What waits for `sink` and is due at `now` becomes ready.
    pub(super) fn wake(&mut self, sink: &str, now: EventTime) {
        let Some(queue) = self.queues.get_mut(sink) else { return };
        while let Some(&(due, number)) = queue.waiting.first()
            && due <= now
        {
            queue.waiting.pop_first();
            if let Some(kept) = self.kept.get_mut(&number) {
                kept.place = Place::Ready(kept.rank());
                queue.ready.insert(kept.rank());
            }
        }
    }

    /// What is ready for `sink` and may go together: entries of one group. One that was tried before goes with fewer others
    /// each time, so that the one that is to blame is found, and the others go without it.
    pub(super) fn pick(&self, sink: &str, want: Want) -> Picked {
        let mut picked = Picked::default();
        let Some(queue) = self.queues.get(sink) else { return picked };
        let (mut group, mut room) = (None, want.room);
        for &(Reverse(severity), attempts, number) in queue.ready.iter().take(SCAN) {
            if picked.numbers.len() >= want.most {
                break;
            }
            let Some(kept) = self.kept.get(&number) else { continue };
            let may_go = (want.even_unstored || kept.stored == Stored::Yes)
                && group.is_none_or(|group| group == kept.entry.group)
                && picked.numbers.len() < want.most.checked_shr(attempts).unwrap_or(0).max(1);
            if !may_go {
                continue;
            }
            if can_be_held(severity, &kept.entry) {
                if room == 0 {
                    picked.held = true;
                    continue;
                }
                room -= 1;
            }
            group = Some(kept.entry.group.as_str());
            picked.numbers.push(number);
        }
        picked
    }

    /// The chains whose first entry is ready for `sink` and can be held back.
    pub(super) fn held_chains(&self, sink: &str) -> Vec<Vec<u64>> {
        let Some(queue) = self.queues.get(sink) else { return Vec::new() };
        let heads = queue.ready.iter().filter_map(|&(Reverse(severity), _, number)| {
            let kept = self.kept.get(&number)?;
            (kept.tells() && can_be_held(severity, &kept.entry)).then_some(kept)
        });
        heads.map(|kept| self.chain(sink, &kept.entry.notice.alert.id)).collect()
    }

    /// The numbers of what `sink` is to be told of `alert`, in order.
    pub(super) fn chain(&self, sink: &str, alert: &str) -> Vec<u64> {
        let chain = self.queues.get(sink).and_then(|queue| queue.chains.get(alert));
        chain.into_iter().flatten().copied().collect()
    }

    pub(super) fn get(&self, number: u64) -> Option<&Kept> {
        self.kept.get(&number)
    }

    /// Numbers of dead entries, the oldest first.
    pub(super) fn dead(&self) -> impl Iterator<Item = u64> {
        self.dead.iter().copied()
    }

    /// Those that live and were due at `time` or before.
    pub(super) fn due_since(&self, time: EventTime) -> Vec<u64> {
        self.ages.range(..=(time, u64::MAX)).map(|&(_, number)| number).collect()
    }

    /// When something of `sink` becomes due next; not what is ready.
    pub(super) fn next_due(&self, sink: &str) -> Option<EventTime> {
        self.queues.get(sink)?.waiting.first().map(|&(due, _)| due)
    }

    /// What is due later than `latest` is due `now`.
    pub(super) fn hurry(&mut self, latest: EventTime, now: EventTime) {
        let late = self.ages.iter().rev().take_while(|&&(due, _)| due > latest);
        for number in late.map(|&(_, number)| number).collect::<Vec<_>>() {
            self.change(number, |kept| kept.entry.due = now);
        }
    }

    /// What must give way first where there are too many: the oldest that is dead, then the newest of the least grave.
    pub(super) fn give_way(&self) -> Option<u64> {
        let is_here = |number: &u64| self.kept.get(number).is_some_and(|kept| !kept.in_flight);
        let least = self.least.iter().map(|&(_, Reverse(number))| number).find(is_here);
        self.dead.first().copied().or(least)
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Of `sink`: how many wait (in flight or not), how many are dead, how many are in flight.
    pub(super) fn counts(&self, sink: &str) -> (usize, usize, usize) {
        self.queues.get(sink).map_or((0, 0, 0), |queue| (queue.live, queue.dead, queue.in_flight))
    }

    /// Sinks that have entries.
    pub(super) fn sinks(&self) -> impl Iterator<Item = &String> {
        self.queues.keys()
    }

    /// Numbers of all entries for `sink`.
    pub(super) fn of_sink(&self, sink: &str) -> Vec<u64> {
        self.queues.get(sink).into_iter().flat_map(|queue| queue.chains.values().flatten()).copied().collect()
    }

    /// Whether there is anything that the database does not say that it has.
    pub(super) fn has_changes(&self) -> bool {
        !(self.dirty.is_empty() && self.taken.is_empty())
    }

    /// What the database does not say that it has, whether it was told or not.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        self.taken.append(&mut self.dirty);
        let change = |&number: &u64| match self.kept.get_mut(&number) {
            Some(kept) => {
                if kept.stored == Stored::No {
                    kept.stored = Stored::Taken;
                }
                Change::Put(kept.entry.clone())
            }
            None => Change::Delete(number),
        };
        self.taken.iter().map(change).collect()
    }

    /// The database has all changes taken so far.
    pub(super) fn stored(&mut self) {
        for number in std::mem::take(&mut self.taken) {
            if let Some(kept) = self.kept.get_mut(&number) {
                kept.stored = Stored::Yes;
            }
        }
    }
}

/// Critical ones never are, nor the summary of what was.
fn can_be_held(severity: Severity, entry: &Entry) -> bool {
    severity < Severity::Critical && entry.notice.alert.detector != super::held::DETECTOR
}

fn unplace(queue: &mut Queue, kept: &Kept) {
    match kept.place {
        Place::None => {}
        Place::Waiting(due) => drop(queue.waiting.remove(&(due, kept.entry.number))),
        Place::Ready(rank) => drop(queue.ready.remove(&rank)),
    }
}
