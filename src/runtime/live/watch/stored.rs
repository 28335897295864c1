//! What a monitor on this machine knows: its alerts are shown, and it is asked to be silent.

use std::path::{Path, PathBuf};

use crate::model::{Alert, EventTime, Silence};
use crate::state::learned::{self, Known};
use crate::state::{Error, Filter, Service};

/// Alerts of the monitor that are shown at most.
const MOST: usize = 2_000;

/// The state of a monitor, where there is one.
#[derive(Debug)]
pub(super) struct Stored {
    folder: PathBuf,
    service: Option<Service>,
    alerts: Vec<Alert>,
}

/// What was learned in the folder of a monitor's state, if anything was. It is only read.
pub(super) fn learned(folder: &Path) -> Result<Option<Known>, Error> {
    learned::Stored::look(folder)?.map(|stored| stored.load()).transpose()
}

impl Stored {
    pub(super) fn new(folder: &Path) -> Self {
        let mut stored =
            Self { folder: folder.to_owned(), service: Service::look(folder).ok(), alerts: Vec::new() };
        stored.look();
        stored
    }

    /// Looks for what has changed; whether anything has.
    pub(super) fn look(&mut self) -> bool {
        let Some(service) = &self.service else { return false };
        if !service.changed_by_others().unwrap_or(false) {
            return false;
        }
        let filter = Filter { most: Some(MOST), ..Filter::default() };
        // What cannot be read now may be read at the next look.
        self.alerts = service.alerts(&filter).unwrap_or_default();
        true
    }

    /// The alerts it knows that are not among `known`.
    pub(super) fn beside<'a>(&'a self, known: &'a [Alert]) -> impl Iterator<Item = &'a Alert> {
        let ids: std::collections::HashSet<&str> = known.iter().map(|alert| alert.id.as_str()).collect();
        self.alerts.iter().filter(move |alert| !ids.contains(alert.id.as_str()))
    }

    /// Asks it to be silent about `alert` from `now` on.
    pub(super) fn silence(
        &self,
        alert: &Alert,
        seconds: i64,
        comment: String,
        now: EventTime,
    ) -> Result<(), Error> {
        let Some(service) = &self.service else { return Err(Error::Absent { folder: self.folder.clone() }) };
        let silence = Silence {
            id: 0,
            detector: Some(alert.detector.clone()),
            subject: Some(alert.subject.value.clone()),
            host: None,
            until: now.plus_seconds(seconds),
            comment,
            created: now,
        };
        service.add_silence(&silence).map(drop)
    }
}
