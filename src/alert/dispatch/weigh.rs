//! What there is to tell of an alert, and to whom.

use std::collections::BTreeMap;

use super::memory::{Known, Told};
use super::route::covers;
use super::spool::Kept;
use super::{Dispatch, held};
use crate::model::{Alert, AlertState, Entry, EventTime, News, Notice, Severity};

impl Dispatch {
    /// Tells what there is to tell of an alert that changed, and keeps what is known of it.
    pub(super) fn weigh(&mut self, mut known: Known, now: EventTime) {
        let Some(alert) = known.alert.take() else { return };
        known.look = None;
        let silence = self.silences.iter().filter(|silence| silence.until > now && covers(silence, &alert));
        let silenced_until = silence.map(|silence| silence.until).max();
        let mut is_of_interest = !known.told.is_empty();
        let mut ids = BTreeMap::new();
        for sink in self.sinks.clone() {
            let is_wanted = alert.state == AlertState::Firing && self.wants(&alert, &sink);
            is_of_interest |= is_wanted;
            if silenced_until.is_some() {
                continue;
            }
            if let Some(news) = self.news(&alert, &sink, known.told.get_mut(&sink), is_wanted, now) {
                // What sinks are told at once, and is the same, has one id.
                let id = ids.entry(news).or_insert_with(|| {
                    known.notices = known.notices.saturating_add(1);
                    format!("{}.{}", alert.id, known.notices)
                });
                let notice = Notice { id: id.clone(), news, time: now, alert: alert.clone() };
                self.tell(&sink, notice, &mut known, now);
            }
            let repeat = self.repeat_seconds(&sink);
            if let Some(told) = known.told.get(&sink)
                && is_wanted
                && repeat > 0
            {
                let again = told.at.plus_seconds(repeat);
                known.look = Some(known.look.map_or(again, |look| look.min(again)));
            }
        }
        known.look = silenced_until.or(known.look);
        let owes_its_end = || known.told.values().any(|told| told.state == AlertState::Firing);
        let is_kept = alert.state == AlertState::Firing || silenced_until.is_some() && owes_its_end();
        let id = alert.id.clone();
        known.alert = is_kept.then_some(alert);
        if is_of_interest || self.memory.gave_ids(&known) {
            self.memory.keep(id, known);
        }
        self.make_room();
    }

    /// The same for an alert that has not changed.
    pub(super) fn weigh_again(&mut self, id: String, known: Known, now: EventTime) {
        match known.alert {
            Some(_) => self.weigh(known, now),
            None => self.memory.keep(id, known),
        }
    }

    /// Whether a route leads `alert` to `sink`.
    fn wants(&self, alert: &Alert, sink: &str) -> bool {
        let usual = self.settings.min_severity;
        match &self.routes[..] {
            [] => alert.severity >= usual,
            routes => routes.iter().any(|route| route.leads(alert, sink, usual)),
        }
    }

    /// What `sink` is to be told of `alert`, after what it was `told`.
    fn news(
        &self,
        alert: &Alert,
        sink: &str,
        told: Option<&mut Told>,
        is_wanted: bool,
        now: EventTime,
    ) -> Option<News> {
        let told = match (alert.state, told) {
            (AlertState::Firing, None) => return is_wanted.then_some(News::Firing),
            (AlertState::Firing, Some(told)) if told.state == AlertState::Resolved => {
                return is_wanted.then_some(News::Firing);
            }
            (AlertState::Firing, Some(told)) => told,
            (AlertState::Resolved, Some(told)) if told.state == AlertState::Firing => {
                told.state = AlertState::Resolved;
                let is_to_be_told =
                    self.settings.resolved && (told.has_arrived || self.will_know(alert, sink, told.since));
                return is_to_be_told.then_some(News::Resolved);
            }
            (AlertState::Resolved, _) => return None,
        };
        if !is_wanted {
            return None;
        }
        if alert.severity > told.severity {
            return Some(News::Updated);
        }
        // A clock that was set back.
        told.at = told.at.min(now);
        let repeat = self.repeat_seconds(sink);
        if repeat == 0 || now < told.at.plus_seconds(repeat) {
            return None;
        }
        // What still waits tells it as well.
        told.at = now;
        let waits = self.spool.chain(sink, &alert.id).into_iter().filter_map(|number| self.spool.get(number));
        waits.filter(|kept| kept.is_live()).count().eq(&0).then_some(News::Repeated)
    }

    /// Whether there is an entry since number `since` that tells `sink` that `alert` fires, or would if somebody let it live
    /// again.
    fn will_know(&self, alert: &Alert, sink: &str, since: u64) -> bool {
        let chain = self.spool.chain(sink, &alert.id);
        chain.into_iter().any(|number| number >= since && self.tells(number))
    }

    /// Makes an entry, and remembers that it was made.
    fn tell(&mut self, sink: &str, notice: Notice, known: &mut Known, now: EventTime) {
        let (news, severity, alert) = (notice.news, notice.alert.severity, notice.alert.id.clone());
        // The end of what never will be told is dead with it.
        let dead = match known.told.get(sink) {
            Some(told) if news == News::Resolved && !told.has_arrived => {
                self.why_never(sink, &alert, told.since)
            }
            _ => None,
        };
        let group = self.settings.group_of(&notice.alert);
        let mut due = self.groups.due(sink, &group, &self.settings, now);
        if severity == Severity::Critical && news != News::Resolved {
            due = due.min(now.plus_seconds(self.settings.group_wait.seconds()));
        }
        let sink_name = sink.to_owned();
        let number =
            self.spool.push(Entry { number: 0, sink: sink_name, group, notice, attempts: 0, due, dead });
        let told = known.told.entry(sink.to_owned()).or_insert(Told {
            state: AlertState::Resolved,
            severity,
            at: now,
            since: number,
            has_arrived: false,
        });
        if news == News::Firing {
            (told.state, told.since, told.has_arrived) = (AlertState::Firing, number, false);
        }
        (told.severity, told.at) = (severity, now);
    }

    /// Why `sink` will never be told that the alert fires, if no entry since number `since` that lives tells it.
    fn why_never(&self, sink: &str, alert: &str, since: u64) -> Option<String> {
        let numbers = self.spool.chain(sink, alert).into_iter().filter(|&number| number >= since);
        let entries = numbers.filter_map(|number| self.spool.get(number));
        let mut telling = entries.filter(|kept| kept.tells()).peekable();
        let first = telling.peek()?.entry.dead.clone()?;
        telling.all(|kept| !kept.is_live()).then_some(first)
    }

    fn tells(&self, number: u64) -> bool {
        self.spool.get(number).is_some_and(Kept::tells)
    }

    /// Entries that are too many give way.
    pub(super) fn make_room(&mut self) {
        while self.spool.len() > self.settings.spool
            && let Some(number) = self.spool.give_way()
        {
            self.drop_one(number);
        }
    }

    fn drop_one(&mut self, number: u64) {
        let Some(entry) = self.spool.remove(number) else { return };
        let outlet = self.outlets.entry(entry.sink.clone()).or_default();
        outlet.dropped += 1;
        *self.dropped.entry(entry.sink.clone()).or_default() += 1;
        for orphan in self.orphans(&entry) {
            self.drop_one(orphan);
        }
    }

    /// `number` will never be told, because of `why`, and the end of what it tells neither.
    pub(super) fn die(&mut self, number: u64, why: &str) {
        let Some(entry) = self.spool.get(number).map(|kept| kept.entry.clone()) else { return };
        self.spool.kill(number, why);
        for orphan in self.orphans(&entry) {
            self.spool.kill(orphan, why);
        }
    }

    /// The entries that say of an alert that it is over, and that nobody knows of, now that `entry` is not told.
    fn orphans(&self, entry: &Entry) -> Vec<u64> {
        let (sink, alert) = (&entry.sink, &entry.notice.alert);
        // What is forgotten may have arrived. Of a spell before the last one nothing is remembered.
        let has_arrived = self
            .memory
            .told(&alert.id, sink)
            .is_none_or(|told| told.has_arrived && entry.number >= told.since);
        if entry.notice.news == News::Resolved || has_arrived || alert.detector == held::DETECTOR {
            return Vec::new();
        }
        let chain = self.spool.chain(sink, &alert.id);
        // What is dead may live again together with what is dead as well, but not with what lives.
        let counts =
            |number: &u64| entry.dead.is_some() || self.spool.get(*number).is_some_and(Kept::is_live);
        let chain = chain.into_iter().filter(counts);
        let (before, behind): (Vec<u64>, Vec<u64>) = chain.partition(|&number| number < entry.number);
        // Something else of the same spell tells it, unless what stands before is the end of the one before.
        if before.last().is_some_and(|&number| self.tells(number)) {
            return Vec::new();
        }
        behind
            .into_iter()
            .filter(|&number| number != entry.number)
            .take_while(|&number| !self.tells(number))
            .collect()
    }
}
