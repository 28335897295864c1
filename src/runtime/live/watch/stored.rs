//! What a monitor on this machine knows: its alerts and silences are shown, and it is asked to be silent.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::alert::dispatch::{check_subject, covers};
use crate::model::{Alert, AlertState, EventTime, Silence};
use crate::state::learned::{self, Known};
use crate::state::{Error, Filter, Service};
use crate::tui::Silenced;

/// Alerts of the monitor that are shown at most.
const MOST: usize = 2_000;

/// The state of a monitor, where there is one.
#[derive(Debug)]
pub(super) struct Stored {
    /// `None`: nobody looks for one.
    folder: Option<PathBuf>,
    /// Why there is none, where there is none.
    service: Result<Service, Option<String>>,
    alerts: Vec<Alert>,
    silences: Vec<Silence>,
    looked: EventTime,
}

/// What was learned in the folder of a monitor's state, if anything was. It is only read.
pub(super) fn learned(folder: &Path) -> Result<Option<Known>, Error> {
    learned::Stored::look(folder)?.map(|stored| stored.load()).transpose()
}

impl Stored {
    pub(super) fn new(folder: Option<&Path>, now: EventTime) -> Self {
        let mut stored = Self {
            folder: folder.map(Path::to_owned),
            service: Err(None),
            alerts: Vec::new(),
            silences: Vec::new(),
            looked: now,
        };
        stored.look(now);
        stored
    }

    /// Looks for what has changed; whether anything has.
    pub(super) fn look(&mut self, now: EventTime) -> bool {
        // Of what holds still, less time is left; or it has ended.
        let passes = self.silences.iter().any(|silence| silence.until > self.looked);
        self.looked = now;
        if let (Some(folder), Err(why)) = (&self.folder, &self.service) {
            let found = Service::look(folder).map_err(|error| Some(error.to_string()));
            if found.as_ref().err() == Some(why) {
                return false;
            }
            self.service = found;
        }
        let Ok(service) = &self.service else { return true };
        if !service.changed_by_others().unwrap_or(false) {
            return passes;
        }
        // What cannot be read now may be read at the next look.
        let filter = Filter { most: Some(MOST), ..Filter::default() };
        self.alerts = service.alerts(&filter).unwrap_or_default();
        self.read_silences();
        true
    }

    fn read_silences(&mut self) {
        if let Ok(service) = &self.service {
            self.silences = service.silences().unwrap_or_default();
            self.silences.retain(|silence| silence.until > self.looked);
        }
    }

    /// The alerts of `own`, and those it knows. What both have found is its: that is what people were told of, and it has
    /// read for longer.
    pub(super) fn with(&self, own: &[Alert]) -> Vec<Alert> {
        let about = |alert: &Alert| (alert.detector.clone(), alert.subject.clone(), alert.host.clone());
        let fires = |alert: &&Alert| alert.state == AlertState::Firing;
        let told: HashSet<_> = self.alerts.iter().filter(fires).map(about).collect();
        let kept = own.iter().filter(|alert| !(fires(alert) && told.contains(&about(alert))));
        let mut all: Vec<Alert> = kept.cloned().collect();
        let ids: HashSet<String> = all.iter().map(|alert| alert.id.clone()).collect();
        all.extend(self.alerts.iter().filter(|alert| !ids.contains(&alert.id)).cloned());
        all
    }

    /// Why it cannot be asked to be silent; `None`: it can.
    pub(super) fn no_silence(&self) -> Option<String> {
        self.service.as_ref().err().map(|why| why.clone().unwrap_or_default())
    }

    /// Those of `alerts` that it tells nobody of `now`: each by the silence that lasts longest.
    pub(super) fn silenced(&self, alerts: &[Alert], now: EventTime) -> Vec<Silenced> {
        let silenced = |alert: &Alert| {
            let all = self.silences.iter().filter(|silence| silence.until > now && covers(silence, alert));
            let silence = all.max_by_key(|silence| silence.until)?;
            Some(Silenced {
                alert: alert.id.clone(),
                seconds: silence.until.seconds_since(now),
                comment: silence.comment.clone(),
            })
        };
        if self.silences.is_empty() { Vec::new() } else { alerts.iter().filter_map(silenced).collect() }
    }

    /// Asks it to be silent about `alert` from `now` on.
    pub(super) fn silence(
        &mut self,
        alert: &Alert,
        seconds: i64,
        comment: String,
        now: EventTime,
    ) -> Result<(), String> {
        let subject = alert.subject.value.clone();
        check_subject(&subject)?;
        let silence = Silence {
            id: 0,
            detector: Some(alert.detector.clone()),
            subject: Some(subject),
            host: None,
            until: now.plus_seconds(seconds),
            comment,
            created: now,
        };
        let service = self.service.as_ref().map_err(|why| why.clone().unwrap_or_default())?;
        service.add_silence(&silence).map_err(|error: Error| error.to_string())?;
        // What this process has written is no news to it.
        self.read_silences();
        Ok(())
    }
}
