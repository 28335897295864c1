//! The one thread of the service, and its loop.

mod deliver;
mod figures;
mod reload;
mod start;

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::clocks::{clock, wall};
use super::courier::Couriers;
use super::lanes::{Lanes, Round};
use super::learner::Learner;
use super::manager;
use super::metrics::Page;
use super::quiet::Quiet;
use super::said::Said;
use super::store::Store;
use super::{Control, Service};
use crate::alert::dispatch::Dispatch;
use crate::input::follow::Follower;
use crate::model::{SnapshotError, encode, shown_text};
use crate::parse::Parser;
use crate::runtime::stage::Pipeline;
use crate::state::Retry;

/// How often sources are asked what is new while others keep the engine busy.
const LOOK: Duration = Duration::from_millis(50);
/// How long to wait for something to be written, where nothing is under way ...
const IDLE: Duration = Duration::from_secs(1);
/// ... and where a delivery is.
const PENDING: Duration = Duration::from_millis(100);
/// How often figures are shown.
const SHOW: Duration = Duration::from_secs(1);
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
    quiet: Quiet,
}

impl Engine {
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
        self.lanes.look(&mut self.follower, &mut self.pipeline.files);
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
            self.quiet = Quiet::since(now);
            self.store.touch(now);
        }
        if round == Round::Idle
            && let Some(seconds) = self.quiet.grown(now)
        {
            self.pipeline.quiet(seconds);
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
