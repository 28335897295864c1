//! Who is told of an alert, when, and until it has arrived. Pure: alerts that changed and the time go in, entries of the spool
//! come out; whoever calls this keeps them, hands them to sinks and says how that went.
//!
//! The time here is that of this machine, as it is told to each function: notices wait and repeat as people's time goes, not
//! as the log's does. Where it goes backwards, what waits goes at once rather than never.

mod groups;
mod hand_out;
mod held;
mod memory;
mod outlet;
mod route;
mod settings;
mod spool;
mod subject;
mod weigh;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::{Alert, Entry, EventTime, Period, Silence, SnapshotError, decode, encode};
use groups::Groups;
use memory::{Known, Memory};
use outlet::Outlet;
pub use route::{Route, check, covers};
pub use settings::{GroupBy, Settings};
use spool::{Spool, Want};
pub use subject::check_subject;

/// What the database is to be told of the spool.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::large_enum_variant, reason = "most are entries, and each is soon written and gone")]
pub enum Change {
    /// An entry is new, or has changed.
    Put(Entry),
    /// The entry of that number is no more.
    Delete(u64),
}

/// How one sink is doing.
#[derive(Clone, PartialEq, Debug)]
pub struct Statistics {
    /// Its name.
    pub sink: String,
    /// Notices that wait, those that are being tried among them.
    pub waiting: usize,
    /// Notices that it will never take.
    pub dead: usize,
    /// Notices that arrived, since the state was begun.
    pub delivered: u64,
    /// Notices that did not arrive, counted each time they were tried.
    pub failed: u64,
    /// Notices that gave way to others.
    pub dropped: u64,
    /// Notices that were told in a summary, instead of one by one.
    pub held_back: u64,
    /// Why a notice did not arrive, the last time that happened.
    pub last_error: Option<String>,
    /// When a notice arrived last.
    pub last_delivery: Option<EventTime>,
    /// Nothing is taken there any more, until somebody says to try again.
    pub is_gone: bool,
}

/// Why an entry is dead whose sink is not configured any more.
const NO_SINK: &str = "no sink of that name any more";

/// Tells alerts.
#[derive(Debug)]
pub struct Dispatch {
    settings: Settings,
    routes: Vec<Route>,
    sinks: Vec<String>,
    /// Sinks that forget what they are not told again, and after how long.
    forgetful: BTreeMap<String, Period>,
    silences: Vec<Silence>,
    memory: Memory,
    groups: Groups,
    outlets: BTreeMap<String, Outlet>,
    spool: Spool,
    /// Notices that gave way and were not said to have, by sink.
    dropped: BTreeMap<String, u64>,
    /// What is told may be another thing for every alert.
    is_all_to_be_weighed: bool,
    /// The time as it was told last.
    now: EventTime,
}

/// What was told, as it is restored: what is known of alerts and the number in front, groups, sinks, the next number.
type State = ((BTreeMap<String, Known>, u32), Groups, BTreeMap<String, Outlet>, u64);

/// Seconds by which the clock may go back, as clocks do that are set right little by little.
const JITTER: i64 = 10;

const PART: &str = "dispatch";
const VERSION: u32 = 1;

impl Dispatch {
    /// Tells `sinks`, by name, what `routes` lead to them; where there is no route, everything as grave as
    /// [`Settings::min_severity`].
    pub fn new(settings: Settings, routes: Vec<Route>, sinks: Vec<String>) -> Self {
        let outlets = sinks.iter().map(|sink| (sink.clone(), Outlet::default())).collect();
        Self {
            settings,
            routes,
            sinks,
            forgetful: BTreeMap::new(),
            silences: Vec::new(),
            memory: Memory::default(),
            groups: Groups::default(),
            outlets,
            spool: Spool::default(),
            dropped: BTreeMap::new(),
            is_all_to_be_weighed: false,
            now: EventTime::MIN,
        }
    }

    /// These sinks forget what they are not told again within so long: what fires is repeated to them that often, whatever
    /// [`Settings::repeat_interval`] and [`Settings::rate_limit`] say.
    pub fn set_forgetful(&mut self, forgetful: BTreeMap<String, Period>) {
        self.forgetful = forgetful;
        self.is_all_to_be_weighed = true;
    }

    /// After how many seconds `sink` is told again what still fires; 0: never.
    fn repeat_seconds(&self, sink: &str) -> i64 {
        self.forgetful.get(sink).unwrap_or(&self.settings.repeat_interval).seconds()
    }

    /// From now on, other settings hold. What waits for a sink that is gone is dead; a sink that took nothing any more is
    /// tried again. Alerts that nobody was to be told of so far are told when they change, or are given to
    /// [`Dispatch::changed`] once more, which does no harm.
    pub fn reconfigure(&mut self, settings: Settings, routes: Vec<Route>, sinks: Vec<String>) {
        (self.settings, self.routes, self.sinks) = (settings, routes, sinks);
        self.memory.retain_sinks(&self.sinks);
        self.match_sinks();
        for outlet in self.outlets.values_mut() {
            outlet.open();
        }
        self.make_room();
        self.is_all_to_be_weighed = true;
    }

    /// Takes back the entries of the database, and what [`Dispatch::snapshot`] gave when they were stored.
    ///
    /// # Errors
    /// If the snapshot is of another version or damaged; nothing is taken back then.
    pub fn restore(&mut self, entries: Vec<Entry>, state: &[u8]) -> Result<(), SnapshotError> {
        let (memory, groups, outlets, next): State = decode(PART, VERSION, state)?;
        self.memory = Memory::restore(memory);
        (self.groups, self.outlets) = (groups, outlets);
        self.put_back(entries);
        self.spool.next = self.spool.next.max(next);
        Ok(())
    }

    /// Takes back the entries of the database where there is no snapshot: what waits is delivered, and nothing is known of
    /// what was told.
    pub fn put_back(&mut self, entries: Vec<Entry>) {
        self.spool = Spool::default();
        for entry in entries {
            self.spool.put_back(entry);
        }
        self.match_sinks();
        self.make_room();
        self.is_all_to_be_weighed = true;
    }

    /// What was told to whom, to be stored together with the changes taken just before.
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(PART, VERSION, &(self.memory.state(), &self.groups, &self.outlets, self.spool.next))
    }

    /// These silences hold, and no others. What they no longer silence is told at the next [`Dispatch::tick`].
    pub fn set_silences(&mut self, silences: Vec<Silence>) {
        if self.silences != silences {
            self.silences = silences;
            self.is_all_to_be_weighed = true;
        }
    }

    /// These alerts have changed, and are so now.
    pub fn changed(&mut self, alerts: Vec<Alert>, now: EventTime) {
        self.mind(now);
        for alert in alerts {
            let known = self.memory.take(alert);
            self.weigh(known, now);
        }
    }

    /// Time has passed: repeats, silences that ended, summaries of what was held back, and what is given up.
    pub fn tick(&mut self, now: EventTime) {
        self.mind(now);
        let is_all = std::mem::take(&mut self.is_all_to_be_weighed);
        let ids = if is_all { self.memory.ids() } else { self.memory.due(now) };
        for id in ids {
            if let Some(known) = self.memory.remove(&id) {
                self.weigh_again(id, known, now);
            }
        }
        for sink in self.sinks.clone() {
            self.end_window(&sink, now);
        }
        self.give_up(now);
        self.groups.prune(&self.settings, now);
    }

    /// What the database does not have yet: everything since [`Dispatch::stored`] was called last.
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.spool.take_changes()
    }

    /// Whether there is anything that the database does not have.
    pub fn has_changes(&self) -> bool {
        self.spool.has_changes()
    }

    /// Whether anything waits to be delivered.
    pub fn has_waiting(&self) -> bool {
        self.sinks.iter().any(|sink| self.spool.counts(sink).0 > 0)
    }

    /// The database has what was taken last.
    pub fn stored(&mut self) {
        self.spool.stored();
    }

    /// How many notices gave way to others, by sink, since this was asked last.
    pub fn take_dropped(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.dropped)
    }

    /// When there is something to do: a tick, or entries to hand out; a time that has passed means now. What a sink is being
    /// told, what the database does not have yet, and what may be given up counts for nothing here.
    pub fn next_due(&self) -> Option<EventTime> {
        if self.is_all_to_be_weighed {
            return Some(self.now);
        }
        let sinks = self.sinks.iter().filter_map(|sink| self.next_due_of(sink));
        sinks.chain(self.memory.next_look()).min()
    }

    /// How many notices `sink` may still be told in its window, of which `in_flight` are on their way.
    fn room(&self, sink: &str, outlet: &Outlet, in_flight: usize) -> usize {
        if self.forgetful.contains_key(sink) { usize::MAX } else { outlet.room(&self.settings, in_flight) }
    }

    fn next_due_of(&self, sink: &str) -> Option<EventTime> {
        let outlet = self.outlets.get(sink)?;
        let (_, _, in_flight) = self.spool.counts(sink);
        let window = outlet.window_end(&self.settings).filter(|_| outlet.is_limited);
        if outlet.is_gone || in_flight > 0 {
            return window;
        }
        let want = Want { most: 1, room: self.room(sink, outlet, 0), even_unstored: false };
        let ready = self.spool.pick(sink, want).numbers.first().map(|_| self.now);
        let next = ready.into_iter().chain(self.spool.next_due(sink)).min();
        let next = next.map(|next| next.max(outlet.rested().unwrap_or(EventTime::MIN)));
        next.into_iter().chain(window).min()
    }

    /// How each sink is doing, in the order of their names; those that are gone from the configuration too, while anything
    /// waits for them.
    pub fn statistics(&self) -> Vec<Statistics> {
        let of = |(sink, outlet): (&String, &Outlet)| {
            let (waiting, dead, _) = self.spool.counts(sink);
            Statistics {
                sink: sink.clone(),
                waiting,
                dead,
                delivered: outlet.delivered,
                failed: outlet.failed,
                dropped: outlet.dropped,
                held_back: outlet.held,
                last_error: outlet.last_error.clone(),
                last_delivery: outlet.last_delivery,
                is_gone: outlet.is_gone,
            }
        };
        self.outlets.iter().map(of).collect()
    }

    /// Sees to it that there is an outlet for each sink that is configured or has entries, and that what waits for others
    /// is dead.
    fn match_sinks(&mut self) {
        let with_entries: Vec<String> = self.spool.sinks().cloned().collect();
        self.outlets.retain(|sink, _| self.sinks.contains(sink) || with_entries.contains(sink));
        for sink in self.sinks.iter().chain(&with_entries) {
            self.outlets.entry(sink.clone()).or_default();
        }
        for sink in with_entries.iter().filter(|sink| !self.sinks.contains(sink)) {
            for number in self.spool.of_sink(sink) {
                if self.spool.get(number).is_some_and(spool::Kept::is_live) {
                    self.spool.kill(number, NO_SINK);
                }
            }
        }
    }

    /// Remembers the time. Nothing waits for long because the clock was wrong before.
    fn mind(&mut self, now: EventTime) {
        let is_first = self.now == EventTime::MIN;
        let went_back = now.plus_seconds(JITTER) < self.now;
        if is_first || went_back {
            let longest = self.settings.group_wait.max(self.settings.group_interval);
            self.spool.hurry(now.plus_seconds(longest.seconds()), now);
            self.is_all_to_be_weighed |= went_back;
            self.now = now;
        }
        self.now = self.now.max(now);
    }
}
