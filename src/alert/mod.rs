//! Findings become alerts: identity, life cycle, evidence. In event time; no clock, no I/O.
//!
//! Who is told of them, and when, is [`dispatch`]'s.

mod changed;
pub mod dispatch;
mod firing;
mod related;
mod resolved;

use std::fmt::Write;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::model::{
    Alert, AlertState, EventTime, Evidence, Files, Finding, HostId, Hosts, Memory, Proof, Severity,
    SnapshotError, decode, encode,
};
use changed::Changed;
use firing::{Firing, Kept};
use related::Related;
use resolved::Resolved;

/// Evidence lines kept per alert, the first ones.
const MAX_EVIDENCE: usize = 10;
/// What they may have together, in bytes: ten usual ones have hardly more, and ten thousand alerts have their room in memory.
const MAX_EVIDENCE_BYTES: usize = 2500;
/// What fires again within so many seconds of its last news is the same alert: a source that comes and goes makes one.
const HOLD_SECONDS: i64 = 6 * 3600;
/// The most quiet that is asked of what comes and goes.
const DAY: i64 = 86_400;
/// Alerts kept in the usual memory; the oldest resolved ones, then the least grave, give way.
const MAX_ALERTS: usize = 10_000;

/// The alerts of a run. At most one alert fires per detector and subject.
#[derive(Debug)]
pub struct Alerts {
    firing: Firing,
    resolved: Resolved,
    /// Alerts kept.
    most: usize,
    /// How often an alert had to give way. Not part of the state: it is said at the end of a run.
    given_up: u64,
    /// Which have changed; `None` where nobody asks.
    changed: Option<Changed>,
}

impl Alerts {
    /// Alerts in the room that `memory` has for them.
    pub fn new(memory: Memory) -> Self {
        let (firing, resolved) = (Firing::default(), Resolved::default());
        Self { firing, resolved, most: memory.room(MAX_ALERTS), given_up: 0, changed: None }
    }

    /// The same, remembering from now on which alerts change, for [`Alerts::take_changed`].
    #[must_use]
    pub fn telling_changes(mut self) -> Self {
        self.changed = Some(Changed::default());
        self
    }

    /// Takes a finding: a new alert, or news of an old one.
    pub fn find(&mut self, finding: Finding, files: &Files, hosts: &Hosts) {
        let evidence = |proof: &Proof| Evidence {
            file: files.name(proof.origin.file).to_owned(),
            line: proof.origin.line,
            offset: proof.origin.offset,
            text: String::from_utf8_lossy(&proof.text).into_owned(),
        };
        let key = Arc::new((finding.detector.to_owned(), finding.subject.clone()));
        let spell = identity(&finding, hosts.name(finding.trigger.host));
        let known = self.firing.remove(&key).or_else(|| {
            let held = finding.first_seen.plus_seconds(-HOLD_SECONDS);
            self.resolved.take_spell(&spell).or_else(|| self.resolved.take_since(&key, held))
        });
        if let Some(mut kept) = known {
            let (was, before) = (kept.alert.state, kept.alert.severity);
            kept.tell(finding, spell, evidence);
            self.note(&kept.alert.id, was == AlertState::Resolved || kept.alert.severity > before);
            self.firing.insert(kept);
            return;
        }
        self.make_room();
        let mut lines = Vec::new();
        add_evidence(&mut lines, finding.evidence.iter().map(evidence));
        let alert = Alert {
            id: spell.clone(),
            detector: key.0.clone(),
            subject: finding.subject,
            severity: finding.severity,
            state: AlertState::Firing,
            title: finding.title,
            summary: finding.summary,
            count: finding.count,
            first_seen: finding.first_seen,
            last_seen: finding.last_seen,
            started_at: finding.trigger.time,
            host: host_name(hosts, finding.trigger.host),
            mta: finding.mta,
            evidence: lines,
            remedy: finding.remedy,
            related: Vec::new(),
        };
        self.note(&alert.id, true);
        self.firing.insert(Kept { alert, quiet_seconds: finding.quiet_seconds, spell, before: 0 });
    }

    /// Event time has come this far: alerts that have been quiet resolve.
    pub fn watermark(&mut self, time: EventTime) {
        for mut kept in self.firing.take_over(time) {
            kept.alert.state = AlertState::Resolved;
            self.note(&kept.alert.id, false);
            self.resolved.push(kept);
        }
    }

    /// All alerts, gravest first, then oldest first.
    pub fn all(&self) -> Vec<Alert> {
        let all = self.in_order();
        let related = Related::among(&all);
        (0..all.len()).map(|at| related.told(&all, at)).collect()
    }

    /// The alerts that are new, have changed or were resolved since this was asked last, as they are now, gravest first,
    /// then oldest first; one that began or became graver and is over comes twice, as it fired and as it ended. One that fired and had to give way is among the first of them, as resolved: nothing more will be
    /// heard of it. Nothing without [`Alerts::telling_changes`].
    pub fn take_changed(&mut self) -> Vec<Alert> {
        let Some(changed) = self.changed.as_mut().map(std::mem::take) else { return Vec::new() };
        let mut told = Vec::new();
        if changed.is_any_kept() {
            let all = self.in_order();
            let related = Related::among(&all);
            for at in 0..all.len() {
                changed.tell(|| related.told(&all, at), &all[at].id, &mut told);
            }
        }
        changed.given_up.into_iter().chain(told).collect()
    }

    /// All alerts, gravest first, then oldest first.
    fn in_order(&self) -> Vec<&Alert> {
        let kept = self.firing.iter().chain(self.resolved.iter());
        let mut all: Vec<&Alert> = kept.map(|kept| &kept.alert).collect();
        all.sort_by(|a, b| {
            (b.severity, a.started_at, &a.detector, &a.subject).cmp(&(
                a.severity,
                b.started_at,
                &b.detector,
                &b.subject,
            ))
        });
        all
    }

    /// How often an alert had to give way to another one: the least grave, of these the oldest. What gave way may come again.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// How many fire, by severity, in the order of [`Severity::ALL`].
    pub fn firing(&self) -> Vec<u64> {
        let mut counts = vec![0; Severity::ALL.len()];
        self.firing.iter().for_each(|kept| counts[kept.alert.severity as usize] += 1);
        counts
    }

    /// The state, to be taken back by [`Alerts::restore`].
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let (firing, resolved): (Vec<_>, Vec<_>) =
            (self.firing.iter().collect(), self.resolved.iter().collect());
        encode(PART, VERSION, &(firing, resolved))
    }

    /// Takes back a snapshot.
    ///
    /// # Errors
    /// If it is of another version or damaged; the state is then unchanged.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (firing, resolved): (Vec<Kept>, Vec<Kept>) = decode(PART, VERSION, snapshot)?;
        (self.firing, self.resolved) = (Firing::default(), Resolved::default());
        for kept in firing {
            self.firing.insert(kept);
        }
        for kept in resolved {
            self.resolved.push(kept);
        }
        Ok(())
    }

    fn make_room(&mut self) {
        if self.firing.len() + self.resolved.len() < self.most {
            return;
        }
        let given_up = self.resolved.give_up_least().or_else(|| self.firing.give_up_least());
        self.given_up += u64::from(given_up.is_some());
        if let (Some(changed), Some(kept)) = (&mut self.changed, given_up) {
            changed.give_up(kept.alert, self.most);
        }
    }

    fn note(&mut self, id: &str, is_news: bool) {
        if let Some(changed) = &mut self.changed {
            changed.note(id, is_news);
        }
    }
}

impl Kept {
    /// Takes news of it. Another spell than the one that goes on is the same matter again: the longer it comes and goes,
    /// the longer it must be quiet to be over.
    fn tell(&mut self, finding: Finding, spell: String, evidence: impl Fn(&Proof) -> Evidence) {
        let alert = &mut self.alert;
        if self.spell != spell {
            self.spell = spell;
            self.before = alert.count;
            if alert.state == AlertState::Resolved {
                self.quiet_seconds = (2 * self.quiet_seconds).min(DAY.max(finding.quiet_seconds));
            }
        }
        alert.state = AlertState::Firing;
        alert.severity = alert.severity.max(finding.severity);
        alert.title = finding.title;
        alert.summary = finding.summary;
        alert.count = alert.count.max(self.before + finding.count);
        alert.first_seen = alert.first_seen.min(finding.first_seen);
        alert.last_seen = alert.last_seen.max(finding.last_seen);
        alert.remedy = finding.remedy;
        add_evidence(&mut alert.evidence, finding.evidence.iter().map(evidence));
    }
}

/// Adds the lines that are not there yet, as far as there is room for them.
fn add_evidence(evidence: &mut Vec<Evidence>, lines: impl Iterator<Item = Evidence>) {
    for line in lines {
        let bytes = line.text.len() + evidence.iter().map(|line| line.text.len()).sum::<usize>();
        let fits = evidence.is_empty() || evidence.len() < MAX_EVIDENCE && bytes <= MAX_EVIDENCE_BYTES;
        if fits && !evidence.contains(&line) {
            evidence.push(line);
        }
    }
}

const PART: &str = "alerts";
const VERSION: u32 = 2;

fn host_name(hosts: &Hosts, host: HostId) -> String {
    String::from_utf8_lossy(hosts.name(host)).into_owned()
}

/// The digest of detector, subject, and host, time and content of the line that triggered it. Neither the file's name nor
/// the line's place in it count: a rotated file gives the same alerts.
fn identity(finding: &Finding, host: &[u8]) -> String {
    let time = finding.trigger.time.micros().to_be_bytes();
    let kind = finding.subject.kind.name().as_bytes();
    digest(&[
        finding.detector.as_bytes(),
        kind,
        finding.subject.value.as_bytes(),
        host,
        &time,
        &finding.trigger.text,
    ])
}

/// The first 128 bits of a SHA-256 over `parts` with their lengths, in hexadecimal.
fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()[..16].iter().fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether any alert is at least as grave as `severity`.
pub fn any_at_least(alerts: &[Alert], severity: Severity) -> bool {
    alerts.iter().any(|alert| alert.severity >= severity)
}

#[cfg(test)]
mod tests;
