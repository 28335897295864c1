//! Entries go to sinks, and come back as what became of them.

use std::time::Duration;

use super::outlet::short;
use super::spool::{Kept, Want};
use super::{Dispatch, NO_SINK};
use crate::model::{Entry, EventTime};

impl Dispatch {
    /// What to tell `sink` now: up to `most` entries of one group, the gravest first, then those that were tried less often,
    /// then the oldest. They are on their way until one of the functions below says what became of them. What the
    /// database does not have is handed out only `even_unstored`. Nothing: there is nothing to tell it now.
    pub fn next(&mut self, sink: &str, most: usize, now: EventTime, even_unstored: bool) -> Vec<Entry> {
        self.mind(now);
        if !self.sinks.iter().any(|known| known == sink) {
            return Vec::new();
        }
        self.end_window(sink, now);
        self.spool.wake(sink, now);
        let (_, _, in_flight) = self.spool.counts(sink);
        let Some(outlet) = self.outlets.get(sink) else { return Vec::new() };
        if outlet.is_gone || outlet.resting(now).is_some() {
            return Vec::new();
        }
        let room = self.room(sink, outlet, in_flight);
        let picked = self.spool.pick(sink, Want { most, room, even_unstored });
        if let Some(outlet) = self.outlets.get_mut(sink) {
            outlet.is_limited |= picked.held && outlet.is_full(&self.settings);
        }
        picked.numbers.into_iter().filter_map(|number| self.spool.take_off(number)).collect()
    }

    /// These have arrived.
    pub fn delivered(&mut self, numbers: &[u64], now: EventTime) {
        self.mind(now);
        for &number in numbers {
            let tells = self.spool.get(number).is_some_and(Kept::tells);
            let Some(entry) = self.spool.remove(number) else { continue };
            self.outlets.entry(entry.sink.clone()).or_default().delivered(now);
            if let Some(told) = self.memory.told_mut(&entry.notice.alert.id, &entry.sink) {
                told.has_arrived |= tells && number >= told.since;
            }
        }
    }

    /// These may arrive later, though not before so much time has passed `after` `now`.
    pub fn failed_later(&mut self, numbers: &[u64], why: &str, after: Option<Duration>, now: EventTime) {
        self.mind(now);
        let Some(sink) = self.sink_of(numbers) else { return };
        let outlet = self.outlets.entry(sink.clone()).or_default();
        outlet.failed(numbers.len(), why);
        outlet.rest(&sink, after, now);
        self.come_back(numbers);
    }

    /// These will never be taken. Of several it may be one that is to blame: they are tried again, fewer at once.
    pub fn refused(&mut self, numbers: &[u64], why: &str, now: EventTime) {
        self.mind(now);
        let Some(sink) = self.sink_of(numbers) else { return };
        let outlet = self.outlets.entry(sink).or_default();
        outlet.failed(numbers.len(), why);
        // It answered, so nothing is wrong with the way there.
        outlet.open();
        match numbers {
            [one] => self.die(*one, &short(why)),
            _ => self.come_back(numbers),
        }
    }

    /// Nothing is taken by `sink` any more. What waits for it goes on waiting.
    pub fn gone(&mut self, sink: &str, numbers: &[u64], why: &str, now: EventTime) {
        self.mind(now);
        let outlet = self.outlets.entry(sink.to_owned()).or_default();
        outlet.failed(numbers.len(), why);
        outlet.is_gone = true;
        self.come_back(numbers);
    }

    /// The dead of these `numbers`, or all, are tried again as if they were new, and so is a sink that took nothing any
    /// more or rests. Gives how many that are.
    pub fn retry(&mut self, numbers: Option<&[u64]>, now: EventTime) -> usize {
        self.mind(now);
        let dead: Vec<u64> = self.spool.dead().collect();
        let meant = numbers.map_or(&dead[..], |numbers| numbers);
        if numbers.is_none() {
            self.outlets.values_mut().for_each(super::Outlet::open);
        }
        let mut revived = 0;
        for &number in meant {
            let Some(sink) = self.sink_of(&[number]) else { continue };
            if self.sinks.contains(&sink) {
                self.outlets.entry(sink).or_default().open();
                revived += usize::from(self.spool.revive(number, now));
            }
        }
        revived
    }

    /// What could not be delivered for too long is dead. A clock that was set forward kills nothing that was never tried.
    pub(super) fn give_up(&mut self, now: EventTime) {
        let limit = self.settings.give_up_after;
        for number in self.spool.due_since(now.plus_seconds(-limit.seconds())) {
            let Some(kept) = self.spool.get(number) else { continue };
            let outlet = self.outlets.get(&kept.entry.sink);
            let is_failing = outlet.is_some_and(|outlet| outlet.failures > 0 || outlet.is_gone);
            if kept.in_flight || !kept.is_live() || kept.entry.attempts == 0 && !is_failing {
                continue;
            }
            let error = outlet.and_then(|outlet| outlet.last_error.as_deref()).unwrap_or("it was not tried");
            let why = format!("not delivered within {limit}: {error}");
            self.die(number, &why);
        }
    }

    fn sink_of(&self, numbers: &[u64]) -> Option<String> {
        numbers.iter().find_map(|&number| self.spool.get(number)).map(|kept| kept.entry.sink.clone())
    }

    /// They were tried in vain. Those whose sink went meanwhile are dead, and stay so.
    fn come_back(&mut self, numbers: &[u64]) {
        for &number in numbers {
            let Some(kept) = self.spool.get(number) else { continue };
            let (is_live, is_known) = (kept.is_live(), self.sinks.contains(&kept.entry.sink));
            match (is_live, is_known) {
                (true, true) => self.spool.tried(number),
                (true, false) => self.die(number, NO_SINK),
                (false, _) => {}
            }
        }
    }
}
