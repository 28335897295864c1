//! The one thread of the service, and its loop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::clocks::{QUIET, clock, wall};
use super::courier::Couriers;
use super::lanes::{Lanes, Round, Saved};
use super::learner::Learner;
use super::manager;
use super::metrics::{Metrics, Page};
use super::said::Said;
use super::store::Store;
use super::{Control, Error, Service};
use crate::alert::dispatch::Dispatch;
use crate::input::Settings;
use crate::input::follow::Follower;
use crate::model::{Files, Period, Severity, SnapshotError, decode, encode, shown_text};
use crate::parse::{self, Parser};
use crate::runtime::saved::Parts;
use crate::runtime::stage::Pipeline;
use crate::sink::{self, Failure};
use crate::state::learned::Known;
use crate::state::{self, Retry};

/// Bytes read of a source at once.
const BATCH: usize = 128 << 10;
/// How often sources are asked what is new while others keep the engine busy.
const LOOK: Duration = Duration::from_millis(50);
/// How long to wait for something to be written, where nothing is under way ...
const IDLE: Duration = Duration::from_secs(1);
/// ... and where a delivery is.
const PENDING: Duration = Duration::from_millis(100);
/// How often figures are shown.
const SHOW: Duration = Duration::from_secs(1);
/// An engine that has shown nothing for so many seconds stands still.
const ALIVE_SECONDS: i64 = 60;
/// How long deliveries that are under way may take once the service is to end.
const FAREWELL: Duration = Duration::from_secs(10);

const LANES: &str = "lanes";
const DISPATCH: &str = "dispatch";
/// Version of the part that says where sources stand.
const VERSION: u32 = 1;

pub(super) struct Engine {
    service: Service,
    follower: Follower,
    parser: Parser,
    lanes: Lanes,
    pipeline: Pipeline,
    dispatch: Dispatch,
    couriers: Couriers,
    store: Store,
    learner: Learner,
    /// Whether a service manager wants to hear that all is well.
    is_watched: bool,
    page: Page,
    lines: u64,
    said: Said,
    /// When something was read last.
    active: Instant,
    /// Seconds of quiet that event time has gone on for.
    quiet: i64,
}

impl Engine {
    /// Opens all that is needed, and goes on where it was.
    pub(super) fn start(service: Service) -> Result<Self, Error> {
        let parser = super::super::parser(service.run.patterns.as_deref())?.only(service.run.format);
        let database = state::Service::open(&service.state)?;
        let saved = database.load()?;
        let parts: Parts = saved.parts;

        let lanes = restored(LANES, &parts, |bytes| decode::<Vec<Saved>>(LANES, VERSION, bytes));
        let lanes = lanes.unwrap_or_default();
        let (learner, known) = match service.run.learn {
            Some(_) => Learner::start(&service.state),
            None => (Learner::default(), Known::default()),
        };
        let mut pipeline = pipeline(&service, &known);
        if let Err(error) = pipeline.restore(&parts) {
            tracing::warn!(
                "{error}; what was known of sessions and sources is gone, alerts and positions are not"
            );
            pipeline = self::pipeline(&service, &known);
        }
        // What the snapshot says may be older than what people said.
        pipeline.rule(&known.rulings);
        let mut dispatch = Dispatch::new(service.notify.clone(), service.routes.clone(), names(&service));
        match parts.get(DISPATCH) {
            None => dispatch.put_back(saved.entries),
            Some(part) => {
                if let Err(error) = dispatch.restore(saved.entries.clone(), part) {
                    tracing::warn!("{error}; alerts that were told may be told again");
                    dispatch.put_back(saved.entries);
                }
            }
        }
        dispatch.set_silences(saved.silences);
        dispatch.set_forgetful(forgetful(&service));

        let mut couriers = Couriers::default();
        for sink in &service.sinks {
            couriers.start(sink.name(), sink.open()?)?;
        }
        let page = Page::default();
        if let Some(address) = service.listen {
            page.serve(address, || wall().seconds()).map_err(|source| Error::Listen { address, source })?;
        }
        let positions = lanes.iter().map(|saved| saved.position().clone()).collect();
        let settings = Settings {
            batch_bytes: service.run.batch_bytes.unwrap_or(BATCH),
            consumed: Arc::default(),
            format: parse::detect,
            stated: service.run.format,
        };
        let follower = Follower::new(&service.run.inputs, service.from, positions, settings);
        let now = clock();
        Ok(Self {
            lanes: Lanes::new(service.run.timezone, lanes),
            store: Store::new(database, now),
            learner,
            is_watched: manager::watchdog().is_some(),
            active: now,
            quiet: 0,
            lines: 0,
            said: Said::default(),
            service,
            follower,
            parser,
            pipeline,
            dispatch,
            couriers,
            page,
        })
    }

    /// Goes on until it is told to stop, or there will never be more to read.
    pub(super) fn run(mut self, control: &Control, mut reread: impl FnMut() -> Result<Service, String>) {
        tracing::info!("{} is followed", self.service.run.inputs.join(", "));
        // Where sources stand that nothing was read of yet: what is written while nobody follows is read later.
        self.look();
        self.save();
        manager::ready("following");
        let (mut looked, mut shown): (Option<Instant>, Option<Instant>) = (None, None);
        let mut round = Round::Busy;
        while !control.stop.load(Relaxed) {
            if control.reload.swap(false, Relaxed) {
                self.reload(&mut reread);
            }
            let now = clock();
            if round == Round::Idle || looked.is_none_or(|at| now - at >= LOOK) {
                looked = Some(now);
                self.look();
            }
            round = self.lanes.round(&mut self.follower, &self.parser, &mut self.pipeline, None);
            self.account(round, now);
            self.tell();
            self.deliver();
            if self.store.is_due(clock()) {
                self.save();
            }
            if shown.is_none_or(|at| now - at >= SHOW) {
                shown = Some(now);
                self.show();
            }
            match round {
                Round::Busy => {}
                Round::Idle => self.follower.wait(if self.is_pending() { PENDING } else { IDLE }),
                Round::Ended => break,
            }
        }
        self.end(round == Round::Ended);
    }

    /// What the sources' files and other processes have done meanwhile.
    fn look(&mut self) {
        self.follower.look(&mut self.pipeline.files);
        self.lanes.wake(&self.follower, wall().plus_seconds(86_400));
        for problem in self.follower.problems() {
            tracing::warn!("{}: {}", shown_text(&problem.name), problem.message);
        }
        let by_others = self.store.service().changed_by_others();
        if by_others.unwrap_or_else(|error| {
            tracing::debug!("{error}");
            false
        }) {
            self.listen_to_others();
        }
        let now = clock();
        if self.learner.listen(&mut self.pipeline, now) {
            self.store.urge(now);
        }
    }

    /// Takes what `relaywatch alerts` has written into the database.
    fn listen_to_others(&mut self) {
        let service = self.store.service();
        match service.silences() {
            Ok(silences) => self.dispatch.set_silences(silences),
            Err(error) => tracing::warn!("{error}"),
        }
        match service.take_requests() {
            Ok(None) => {}
            Ok(Some(Retry::All)) => self.retry(None),
            Ok(Some(Retry::Numbers(numbers))) => self.retry(Some(&numbers)),
            Err(error) => tracing::warn!("{error}"),
        }
    }

    fn retry(&mut self, numbers: Option<&[u64]>) {
        let revived = self.dispatch.retry(numbers, wall());
        tracing::info!("{revived} notices are tried again, as somebody asked");
    }

    /// Counts what was read; where nothing was, time goes on.
    fn account(&mut self, round: Round, now: Instant) {
        let lines = self.lanes.take_lines();
        self.lines += lines;
        if lines > 0 {
            (self.active, self.quiet) = (now, 0);
            self.store.touch(now);
        }
        let quiet = (now - self.active).saturating_sub(QUIET).as_secs() as i64;
        if round == Round::Idle && quiet > self.quiet {
            self.quiet = quiet;
            self.pipeline.quiet(quiet);
            self.store.touch(now);
        }
    }

    /// Alerts that changed go to those who are to be told.
    fn tell(&mut self) {
        let now = wall();
        let changed = self.pipeline.alerts.take_changed();
        if !changed.is_empty() {
            for alert in &changed {
                self.said.say(alert);
            }
            self.store.alerts(&changed);
            self.store.touch(clock());
            self.dispatch.changed(changed, now);
        }
        self.dispatch.tick(now);
        for (sink, count) in self.dispatch.take_dropped() {
            tracing::error!("the spool is full: {count} of the least grave notices for {sink} were dropped");
        }
        self.urge();
    }

    /// What changed in the spool is stored soon.
    fn urge(&mut self) {
        if self.dispatch.has_changes() {
            self.store.urge(clock());
        }
    }

    /// Takes what couriers bring back, and hands them what is due.
    fn deliver(&mut self) {
        let now = wall();
        for outcome in self.couriers.outcomes() {
            let (sink, numbers) = (&*outcome.sink, &outcome.numbers[..]);
            match outcome.result {
                Ok(()) => {
                    tracing::debug!("{sink} has taken {} of them", numbers.len());
                    self.dispatch.delivered(numbers, now);
                }
                Err(Failure::Later { why, after }) => {
                    tracing::warn!("{sink}: {}; it is tried again", shown_text(&why));
                    self.dispatch.failed_later(numbers, &why, after, now);
                }
                Err(Failure::Refused { why }) => {
                    tracing::error!(
                        "{sink} refuses: {}; see `relaywatch alerts list --dead`",
                        shown_text(&why)
                    );
                    self.dispatch.refused(numbers, &why, now);
                }
                Err(Failure::Gone { why }) => {
                    tracing::error!(
                        "{sink} is gone: {}; nothing is sent there until its configuration is corrected and read again, \
                         or `relaywatch alerts retry`",
                        shown_text(&why)
                    );
                    self.dispatch.gone(sink, numbers, &why, now);
                }
            }
        }
        let even_unstored = self.store.failure().is_some();
        for courier in self.couriers.all.iter_mut().filter(|courier| !courier.is_busy) {
            let entries = self.dispatch.next(&courier.sink, courier.most, now, even_unstored);
            if entries.is_empty() {
                continue;
            }
            let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
            if !courier.hand(entries) {
                self.dispatch.failed_later(&numbers, "its thread has ended", None, now);
            }
        }
        self.urge();
    }

    /// Whether something will have to be done soon, whatever is written.
    fn is_pending(&self) -> bool {
        let soon = wall().plus_seconds(1);
        self.couriers.are_busy() || self.dispatch.next_due().is_some_and(|due| due <= soon)
    }

    /// Stores everything that must survive, together.
    fn save(&mut self) {
        let begun = clock();
        self.learner.keep(&mut self.pipeline, false, begun);
        match self.parts() {
            Ok(parts) => {
                let changes = self.dispatch.take_changes();
                if self.store.save(&parts, changes, wall(), begun, clock) {
                    self.dispatch.stored();
                    self.learner.settle();
                }
            }
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn parts(&self) -> Result<Vec<(&'static str, Vec<u8>)>, SnapshotError> {
        let mut parts = self.pipeline.snapshot()?;
        parts.push((LANES, encode(LANES, VERSION, &self.lanes.saved(&self.follower))?));
        parts.push((DISPATCH, self.dispatch.snapshot()?));
        Ok(parts)
    }

    /// The configuration anew; one that is wrong leaves the old one in force.
    fn reload(&mut self, reread: &mut impl FnMut() -> Result<Service, String>) {
        manager::reloading();
        match reread().and_then(|service| self.reconfigure(service)) {
            Ok(()) => tracing::info!("the configuration was read again and holds"),
            Err(error) => tracing::error!("{error}\nthe configuration before this one stays in force"),
        }
        manager::ready("following");
    }

    fn reconfigure(&mut self, mut service: Service) -> Result<(), String> {
        let learn = self.service.run.learn;
        if service.run.learn.is_some() != learn.is_some() {
            tracing::warn!("another `enabled` of [learn] holds after a restart");
            service.run.learn = learn;
        }
        // All that may fail comes first.
        let parser =
            super::super::parser(service.run.patterns.as_deref()).map_err(|error| error.to_string())?;
        let sinks: Result<Vec<_>, _> =
            service.sinks.iter().map(|sink| Ok((sink.name(), sink.open()?))).collect();
        let sinks = sinks.map_err(|error: sink::OpenError| error.to_string())?;
        let parts = self.pipeline.snapshot().map_err(|error| error.to_string())?;
        let learned = self.pipeline.learned();
        let mut pipeline = pipeline(&service, &Known { learned, ..Known::default() });
        let parts = parts.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
        pipeline.restore(&parts).map_err(|error| error.to_string())?;
        for (name, sink) in sinks {
            self.couriers.start(name, sink).map_err(|error| error.to_string())?;
        }
        let old = &self.service;
        if (&service.run.inputs, &service.state, service.listen) != (&old.run.inputs, &old.state, old.listen)
        {
            tracing::warn!("other inputs, another `state` and another `listen` hold after a restart");
        }
        self.couriers.keep(&names(&service));
        self.dispatch.reconfigure(service.notify.clone(), service.routes.clone(), names(&service));
        self.dispatch.set_forgetful(forgetful(&service));
        self.parser = parser.only(service.run.format);
        self.pipeline = pipeline;
        self.service = service;
        Ok(())
    }

    /// Figures for those who watch the watcher.
    fn show(&mut self) {
        if self.is_watched {
            manager::alive();
        }
        if self.service.listen.is_none() {
            return;
        }
        let mut metrics = Metrics::default();
        metrics.counter("lines_total", "Lines read since the start.", &[(&[], self.lines)]);
        let mut faults: Vec<String> = self.store.failure().map(str::to_owned).into_iter().collect();
        let health: Vec<_> = (0..self.follower.sources())
            .map(|n| (self.follower.source_name(n).to_owned(), self.follower.health(n)))
            .collect();
        for (name, health) in &health {
            if !health.exists {
                faults.push(format!("{name} cannot be read"));
            }
        }
        let behind: Vec<_> =
            health.iter().map(|(name, health)| ([("source", name.as_str())], health.bytes_behind)).collect();
        let behind: Vec<(&[(&str, &str)], u64)> =
            behind.iter().map(|(labels, value)| (&labels[..], *value)).collect();
        metrics.gauge("source_behind_bytes", "Bytes that are written and not read yet.", &behind);
        if let Some(time) = self.pipeline.event_time() {
            let lag = wall().seconds_since(time).max(0) as u64;
            metrics.gauge(
                "event_time_lag_seconds",
                "How far the newest line is behind the clock.",
                &[(&[], lag)],
            );
        }
        let firing = self.pipeline.alerts.firing();
        let firing: Vec<_> = Severity::ALL
            .iter()
            .zip(firing)
            .map(|(severity, count)| ([("severity", severity.name())], count))
            .collect();
        let firing: Vec<(&[(&str, &str)], u64)> =
            firing.iter().map(|(labels, value)| (&labels[..], *value)).collect();
        metrics.gauge("alerts_firing", "Alerts that fire.", &firing);
        let is_lost = u64::from(self.learner.failure().is_some());
        metrics.gauge("learned_lost", "1 where learned.db cannot be read or written.", &[(&[], is_lost)]);
        self.show_sinks(&mut metrics);
        self.page.show(&metrics, faults, wall().plus_seconds(ALIVE_SECONDS).seconds());
    }

    fn show_sinks(&self, metrics: &mut Metrics) {
        let all = self.dispatch.statistics();
        let labels: Vec<_> = all.iter().map(|sink| [("sink", sink.sink.as_str())]).collect();
        let each = |value: fn(&crate::alert::dispatch::Statistics) -> u64| -> Vec<(&[(&str, &str)], u64)> {
            labels.iter().zip(&all).map(|(labels, sink)| (&labels[..], value(sink))).collect()
        };
        metrics.gauge(
            "spool_waiting",
            "Notices that wait to be delivered.",
            &each(|sink| sink.waiting as u64),
        );
        metrics.gauge("spool_dead", "Notices that were refused for good.", &each(|sink| sink.dead as u64));
        metrics.counter(
            "notices_delivered_total",
            "Notices delivered since the start.",
            &each(|sink| sink.delivered),
        );
        metrics.counter(
            "deliveries_failed_total",
            "Deliveries that failed since the start.",
            &each(|sink| sink.failed),
        );
        metrics.counter(
            "notices_dropped_total",
            "Notices dropped from a full spool since the start.",
            &each(|sink| sink.dropped),
        );
    }

    /// Finishes what is under way, within a bound, and stores everything. `all`: nothing more will be written, so all that is
    /// known is told first.
    fn end(mut self, all: bool) {
        manager::stopping();
        let begun = clock();
        self.tell();
        self.save();
        self.deliver();
        while clock() - begun < FAREWELL && (self.couriers.are_busy() || all && self.dispatch.has_waiting()) {
            std::thread::sleep(PENDING);
            self.tell();
            self.deliver();
            if self.store.is_due(clock()) {
                self.save();
            }
        }
        self.save();
        self.learner.keep(&mut self.pipeline, true, clock());
        let waiting: usize = self.dispatch.statistics().iter().map(|sink| sink.waiting).sum();
        tracing::info!(
            "ended after {} lines; {waiting} notices wait in the spool for the next start",
            self.lines
        );
    }
}

/// A pipeline to which is `known` what was learned.
fn pipeline(service: &Service, known: &Known) -> Pipeline {
    let mut pipeline = Pipeline::new(&service.run, Files::default()).telling_changes();
    pipeline.teach(known);
    pipeline
}

fn names(service: &Service) -> Vec<String> {
    service.sinks.iter().map(|sink| sink.name().to_owned()).collect()
}

/// The sinks that must be told again what still fires.
fn forgetful(service: &Service) -> BTreeMap<String, Period> {
    let forgets = |sink: &sink::Settings| Some((sink.name().to_owned(), sink.forgets_after()?));
    service.sinks.iter().filter_map(forgets).collect()
}

/// A part of the state, where it is there and of this version.
fn restored<T>(
    name: &str,
    parts: &Parts,
    decode: impl FnOnce(&[u8]) -> Result<T, SnapshotError>,
) -> Option<T> {
    let part = decode(parts.get(name)?);
    part.inspect_err(|error| tracing::warn!("{error}")).ok()
}
