//! Whatever happens, nothing is lost and no id is given twice; and a restart at any moment changes nothing.

use proptest::prelude::*;

use super::*;
use crate::model::Notice;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// An alert, of a few, changes.
    Changed(u8, Severity, bool),
    /// Seconds pass.
    Passes(i64),
    /// A sink is told what there is for it, and so it goes.
    Told(bool, Outcome),
    Retry,
    /// Some alerts are silenced for so long.
    Silenced(u8, i64),
    /// The process ends and begins again.
    Restart,
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Arrives,
    Fails,
    Refuses,
    Gone,
}

fn step() -> impl Strategy<Value = Step> {
    let severity = prop_oneof![Just(Severity::Info), Just(Severity::Warning), Just(Severity::Critical)];
    let outcome = prop_oneof![
        4 => Just(Outcome::Arrives),
        3 => Just(Outcome::Fails),
        1 => Just(Outcome::Refuses),
        1 => Just(Outcome::Gone),
    ];
    prop_oneof![
        8 => (0..12_u8, severity, any::<bool>()).prop_map(|(id, severity, fires)| Step::Changed(id, severity, fires)),
        3 => prop_oneof![0..30_i64, 0..1000_i64, 0..90_000_i64].prop_map(Step::Passes),
        8 => (any::<bool>(), outcome).prop_map(|(first, outcome)| Step::Told(first, outcome)),
        1 => Just(Step::Retry),
        1 => (0..12_u8, 0..5000_i64).prop_map(|(id, seconds)| Step::Silenced(id, seconds)),
        2 => Just(Step::Restart),
    ]
}

fn settings() -> Settings {
    Settings { rate_limit: 4, spool: 12, group_by: Vec::new(), ..Settings::default() }
}

const SINKS: [&str; 2] = ["chat", "log"];

/// A dispatch, its database, and all that was seen of it.
struct World {
    dispatch: Dispatch,
    silences: Vec<Silence>,
    database: BTreeMap<u64, Entry>,
    alerts: BTreeMap<u8, Alert>,
    now: EventTime,
    /// What each id was given to.
    ids: BTreeMap<String, Notice>,
    /// What has arrived, by sink.
    arrived: BTreeMap<String, Vec<Notice>>,
}

impl World {
    fn new() -> Self {
        Self {
            dispatch: routed(settings(), "", &SINKS),
            silences: Vec::new(),
            database: BTreeMap::new(),
            alerts: BTreeMap::new(),
            now: at(0),
            ids: BTreeMap::new(),
            arrived: BTreeMap::new(),
        }
    }

    fn store(&mut self) {
        for change in self.dispatch.take_changes() {
            match change {
                Change::Put(entry) => {
                    let notice = entry.notice.clone();
                    let known = self.ids.entry(notice.id.clone()).or_insert_with(|| notice.clone());
                    assert_eq!(*known, notice, "two notices of one id");
                    self.database.insert(entry.number, entry);
                }
                Change::Delete(number) => drop(self.database.remove(&number)),
            }
        }
        self.dispatch.stored();
        assert!(self.database.len() <= 12);
    }

    fn restarted(&mut self) -> Dispatch {
        self.store();
        let mut again = routed(settings(), "", &SINKS);
        let state = self.dispatch.snapshot().unwrap();
        again.restore(self.database.values().cloned().collect(), &state).unwrap();
        again.set_silences(self.silences.clone());
        again
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Changed(id, severity, fires) => {
                let old = self.alerts.get(&id);
                let severity = old.map_or(severity, |old| old.severity.max(severity));
                let state = if fires { AlertState::Firing } else { AlertState::Resolved };
                let alert = Alert { state, ..alert(&format!("{id:032}"), severity) };
                self.alerts.insert(id, alert.clone());
                self.dispatch.changed(vec![alert], self.now);
            }
            Step::Passes(seconds) => {
                self.now = self.now.plus_seconds(seconds);
                self.dispatch.tick(self.now);
            }
            Step::Told(first, outcome) => {
                self.store();
                let sink = SINKS[usize::from(first)];
                let entries = self.dispatch.next(sink, 5, self.now, false);
                self.end(sink, &entries, outcome);
            }
            Step::Retry => drop(self.dispatch.retry(None, self.now)),
            Step::Silenced(id, seconds) => {
                self.silences = vec![Silence {
                    id: 1,
                    detector: (id < 3).then(|| "open-relay".to_owned()),
                    subject: (id >= 3).then(|| "nobody".to_owned()),
                    host: None,
                    until: self.now.plus_seconds(seconds),
                    comment: String::new(),
                    created: self.now,
                }];
                self.dispatch.set_silences(self.silences.clone());
                self.dispatch.tick(self.now);
            }
            Step::Restart => {
                self.dispatch = self.restarted();
                self.dispatch.tick(self.now);
            }
        }
    }

    fn end(&mut self, sink: &str, entries: &[Entry], outcome: Outcome) {
        let numbers = numbers(entries);
        if numbers.is_empty() {
            return;
        }
        match outcome {
            Outcome::Arrives => {
                let arrived = self.arrived.entry(sink.to_owned()).or_default();
                arrived.extend(entries.iter().map(|entry| entry.notice.clone()));
                self.dispatch.delivered(&numbers, self.now);
            }
            Outcome::Fails => self.dispatch.failed_later(&numbers, "down", None, self.now),
            Outcome::Refuses => self.dispatch.refused(&numbers, "no", self.now),
            Outcome::Gone => self.dispatch.gone(sink, &numbers, "gone", self.now),
        }
    }

    /// Nothing happens any more, and all sinks work.
    fn come_to_rest(&mut self) {
        self.silences = Vec::new();
        self.dispatch.set_silences(Vec::new());
        self.dispatch.retry(None, self.now);
        for round in 0..1000 {
            // What fires is repeated for ever.
            let waits = self.dispatch.statistics().iter().any(|sink| sink.waiting > 0);
            if round >= 50 && !waits {
                break;
            }
            self.now = self.now.plus_seconds(400);
            self.dispatch.tick(self.now);
            for sink in SINKS {
                self.store();
                let entries = self.dispatch.next(sink, 5, self.now, false);
                self.end(sink, &entries, Outcome::Arrives);
            }
        }
        self.store();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    /// Every alert that fires is known to each sink, by itself or in a summary, or gave way and was counted; and what was
    /// told to be over was told to fire.
    #[test]
    fn nothing_is_lost_and_no_id_is_given_twice(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.come_to_rest();
        for statistics in world.dispatch.statistics() {
            let arrived = world.arrived.remove(&statistics.sink).unwrap_or_default();
            prop_assert_eq!(statistics.waiting, 0);
            prop_assert_eq!(statistics.delivered, arrived.len() as u64);
            // How often each alert was said to fire and not to be over. What was dead and lives again comes late, so more
            // than once.
            let mut firing: BTreeMap<&str, u32> = BTreeMap::new();
            for notice in &arrived {
                let times = firing.entry(&notice.alert.id).or_default();
                match notice.news {
                    News::Firing => *times += 1,
                    News::Resolved => {
                        prop_assert!(*times > 0, "{:?}", notice);
                        *times -= 1;
                    }
                    _ => *times = (*times).max(1),
                }
            }
            let is_unknown = |alert: &&Alert| alert.severity >= Severity::Warning && alert.state == AlertState::Firing
                && firing.get(&*alert.id).is_none_or(|&times| times == 0);
            let unknown = world.alerts.values().filter(is_unknown).count() as u64;
            prop_assert!(
                unknown <= statistics.dropped + statistics.held_back + statistics.dead as u64,
                "{} alerts are unknown to {:?}", unknown, statistics
            );
        }
    }

    /// A process that begins again goes on as the one that went on.
    #[test]
    fn a_restart_changes_nothing(
        before in prop::collection::vec(step(), 0..60),
        after in prop::collection::vec(step(), 0..60),
    ) {
        let mut world = World::new();
        for step in &before {
            world.step(step);
        }
        let again = world.restarted();
        // A restart tells what there is to tell at once; so does a tick.
        world.dispatch.is_all_to_be_weighed = true;
        let mut twin = World {
            dispatch: again,
            silences: world.silences.clone(),
            database: world.database.clone(),
            alerts: world.alerts.clone(),
            now: world.now,
            ids: world.ids.clone(),
            arrived: world.arrived.clone(),
        };
        for step in &after {
            world.step(step);
            twin.step(step);
        }
        world.come_to_rest();
        twin.come_to_rest();
        prop_assert_eq!(&world.arrived, &twin.arrived);
        prop_assert_eq!(world.dispatch.statistics(), twin.dispatch.statistics());
        prop_assert_eq!(world.dispatch.snapshot().unwrap(), twin.dispatch.snapshot().unwrap());
    }
}
