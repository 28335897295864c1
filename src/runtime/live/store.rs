//! When state is stored, and what happens where it cannot be.
//!
//! Storing costs time in proportion to what is known. It may take a tenth of all time at most, however much that is; new
//! alerts are stored within a second otherwise, because none is sent before.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::alert::dispatch::Change;
use crate::model::{Alert, EventTime};
use crate::state::{Error, Save, Service};

/// How long what was read may stay unstored: so much is read again after a crash.
const USUAL: Duration = Duration::from_secs(5);
/// The same for alerts, which wait for it.
const URGENT: Duration = Duration::from_millis(500);
/// Storing takes a tenth of all time at most.
const SHARE: u32 = 9;
/// How long to wait before trying again where it failed.
const AGAIN: Duration = Duration::from_secs(5);

/// `service.db`, and what is to be stored in it.
#[derive(Debug)]
pub(super) struct Store {
    service: Service,
    alerts: BTreeMap<String, Alert>,
    dirty: bool,
    /// Not before that.
    next: Instant,
    urgent: Option<Instant>,
    usual: Option<Instant>,
    failure: Option<String>,
}

impl Store {
    pub(super) fn new(service: Service, now: Instant) -> Self {
        let alerts = BTreeMap::new();
        Self { service, alerts, dirty: false, next: now, urgent: None, usual: None, failure: None }
    }

    pub(super) fn service(&mut self) -> &mut Service {
        &mut self.service
    }

    /// Something was read.
    pub(super) fn touch(&mut self, now: Instant) {
        self.dirty = true;
        self.usual.get_or_insert(now + USUAL);
    }

    /// Alerts changed.
    pub(super) fn alerts(&mut self, alerts: &[Alert]) {
        self.alerts.extend(alerts.iter().map(|alert| (alert.id.clone(), alert.clone())));
    }

    /// The spool changed: what it holds waits to be stored.
    pub(super) fn urge(&mut self, now: Instant) {
        self.touch(now);
        self.urgent.get_or_insert(now + URGENT);
    }

    /// Whether it is time to store.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        self.dirty && now >= self.next && (due(self.urgent) || due(self.usual))
    }

    /// Why storing fails, if it does.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Stores `parts`, the `changes` of the spool and the alerts that changed; storing has `begun`, `clock` tells the time. Whether
    /// all is stored: if not, all of it is to be given again.
    pub(super) fn save(
        &mut self,
        parts: &[(&str, Vec<u8>)],
        changes: Vec<Change>,
        now: EventTime,
        begun: Instant,
        clock: impl Fn() -> Instant,
    ) -> bool {
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
        let alerts: Vec<Alert> = self.alerts.values().cloned().collect();
        let (mut put, mut deleted) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Put(entry) => put.push(entry),
                Change::Delete(number) => deleted.push(number),
            }
        }
        let save =
            Save { start_afresh: true, parts: &parts, alerts: &alerts, put: &put, deleted: &deleted, now };
        let saved = self.service.save(&save);
        let ended = clock();
        match saved {
            Ok(()) => {
                self.alerts.clear();
                (self.dirty, self.urgent, self.usual) = (false, None, None);
                self.next = ended + (ended - begun) * SHARE;
                if self.failure.take().is_some() {
                    tracing::info!("state is stored again");
                }
                true
            }
            Err(error) => {
                self.next = ended + AGAIN;
                self.tell(&error);
                false
            }
        }
    }

    /// Says a failure once, until it is another one.
    fn tell(&mut self, error: &Error) {
        let text = error.to_string();
        if self.failure.as_ref() != Some(&text) {
            tracing::error!(
                "{text}; alerts go out all the same, but what is read from now on is read again after a crash"
            );
            self.failure = Some(text);
        }
    }
}
