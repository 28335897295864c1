//! Alerts that were too many to be told one by one are told in one notice.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dispatch, Settings};
use crate::alert::digest;
use crate::model::{Alert, AlertState, Entry, EventTime, News, Notice, Subject};

/// Whose alerts these are: no detector has that id.
pub(super) const DETECTOR: &str = "held-back";
/// Subjects that are named.
const NAMED: usize = 5;
/// Longer names of subjects are cut, in characters: a login can be as long as a line.
const MAX_NAME: usize = 100;

impl Dispatch {
    /// Ends the window of `sink` if it is over; what was held back in it becomes one notice.
    pub(super) fn end_window(&mut self, sink: &str, now: EventTime) {
        let Some(outlet) = self.outlets.get_mut(sink) else { return };
        if outlet.end_window(&self.settings, now) {
            self.spool.wake(sink, now);
            self.sum_up(sink, now);
        }
    }

    fn sum_up(&mut self, sink: &str, now: EventTime) {
        let chains = self.spool.held_chains(sink);
        // One alone says more by itself.
        if chains.len() < 2 {
            return;
        }
        let (mut alerts, mut ids, mut held) = (Vec::new(), Vec::new(), 0);
        for number in chains.into_iter().flatten() {
            let Some(kept) = self.spool.get(number).filter(|kept| kept.is_live() && !kept.in_flight) else {
                continue;
            };
            let (tells, alert) = (kept.tells(), &kept.entry.notice.alert);
            let has_arrived = self.memory.told(&alert.id, sink).is_none_or(|told| told.has_arrived);
            // Who knows that it fires is told that it is over.
            if !tells && has_arrived {
                continue;
            }
            if let Some(entry) = self.spool.remove(number)
                && tells
            {
                held += 1;
                ids.push(entry.notice.id);
                alerts.push(entry.notice.alert);
            }
        }
        let Some(alert) = summary(alerts, &ids, sink, &self.settings) else { return };
        if let Some(outlet) = self.outlets.get_mut(sink) {
            outlet.held += held;
        }
        let notice = Notice { id: format!("{}.1", alert.id), news: News::Firing, time: now, alert };
        let (sink, group) = (sink.to_owned(), DETECTOR.to_owned());
        self.spool.push(Entry { number: 0, sink, group, notice, attempts: 0, due: now, dead: None });
    }
}

/// One alert for `alerts`, of which several may be the same at different times.
fn summary(alerts: Vec<Alert>, ids: &[String], sink: &str, settings: &Settings) -> Option<Alert> {
    let parts: Vec<&[u8]> =
        [DETECTOR, sink].into_iter().chain(ids.iter().map(String::as_str)).map(str::as_bytes).collect();
    let id = digest(&parts);
    let mut last: BTreeMap<String, Alert> = BTreeMap::new();
    for alert in alerts {
        last.insert(alert.id.clone(), alert);
    }
    let mut alerts: Vec<Alert> = last.into_values().collect();
    alerts.sort_by(|a, b| (b.severity, a.started_at, &a.id).cmp(&(a.severity, b.started_at, &b.id)));
    let gravest = alerts.first()?;

    let mut detectors: BTreeMap<&str, usize> = BTreeMap::new();
    for alert in &alerts {
        *detectors.entry(&alert.detector).or_default() += 1;
    }
    let mut detectors: Vec<(&str, usize)> = detectors.into_iter().collect();
    detectors.sort_by_key(|&(detector, count)| (std::cmp::Reverse(count), detector));
    let detectors: Vec<String> =
        detectors.into_iter().map(|(detector, count)| format!("{count} of {detector}")).collect();

    let mut seen = BTreeSet::new();
    let subjects: Vec<&Subject> =
        alerts.iter().map(|alert| &alert.subject).filter(|&subject| seen.insert(subject)).collect();
    let name = |subject: &&Subject| subject.to_string().chars().take(MAX_NAME).collect::<String>();
    let named: Vec<String> = subjects.iter().take(NAMED).map(name).collect();
    let more = match subjects.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (limit, period) = (settings.rate_limit, settings.rate_period);
    Some(Alert {
        id,
        detector: DETECTOR.to_owned(),
        subject: Subject::site(),
        severity: gravest.severity,
        state: AlertState::Firing,
        title: format!("{} alerts were held back", alerts.len()),
        summary: format!(
            "There were more than {limit} notices in {period}. Not told one by one: {}; about {}{more}.",
            detectors.join(", "),
            named.join(", ")
        ),
        count: alerts.len() as u64,
        first_seen: alerts.iter().map(|alert| alert.first_seen).min()?,
        last_seen: alerts.iter().map(|alert| alert.last_seen).max()?,
        started_at: alerts.iter().map(|alert| alert.started_at).min()?,
        host: gravest.host.clone(),
        mta: gravest.mta,
        evidence: Vec::new(),
        remedy: "See `relaywatch alerts list`.".to_owned(),
        related: Vec::new(),
    })
}
