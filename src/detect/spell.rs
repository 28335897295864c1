//! A spell: the time in which a subject does what it is watched for. It begins, goes on, is over; a finding tells of it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::{EventTime, Finding, Mta, Proof, Severity, Subject};

/// A spell is over after an hour without anything that belongs to it.
const QUIET_SECONDS: i64 = 3600;
/// One that only the count of a whole day shows is over after a day.
const SLOW_QUIET_SECONDS: i64 = 86_400;
/// Evidence lines per spell.
pub(super) const MAX_PROOFS: usize = 5;

/// One more of what is counted.
pub(super) struct Hit<'h> {
    pub(super) time: EventTime,
    pub(super) mta: Mta,
    /// Copies the line that tells of it; only called while the line may still become evidence.
    pub(super) proof: &'h dyn Fn() -> Option<Proof>,
}

/// What the lines may have together, in bytes: what most lines have, five times; whoever makes them long fills no memory.
const MAX_PROOF_BYTES: usize = 1000;

/// What a threshold that is passed means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum News {
    /// A spell begins.
    Begun,
    /// A spell goes on, which has not been said yet and now waits to be said.
    Changed,
    /// It goes on, and waits already.
    Unsaid,
}

/// The spell that goes on, if one does.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Spell {
    pub(super) proofs: VecDeque<Proof>,
    /// The line that passed the threshold: the spell has begun.
    pub(super) trigger: Option<Proof>,
    pub(super) mta: Option<Mta>,
    pub(super) count: u64,
    pub(super) first: EventTime,
    /// The last time the threshold was passed.
    pub(super) last: EventTime,
    /// Seconds of quiet after which it is over, where [`QUIET_SECONDS`] are too few.
    pub(super) patience: i64,
    /// What came since then: part of the spell only if it goes on.
    since: u64,
    /// It goes on so slowly that an hour without it says nothing.
    slow: bool,
    /// Something changed since it was last said.
    pub(super) unsaid: bool,
    /// The gravest that was said of it, by detectors that weigh.
    gravest: Option<Severity>,
}

/// What differs between findings.
pub(super) struct Words {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) remedy: String,
}

impl Spell {
    /// One more happened, which makes no spell yet.
    pub(super) fn hit(&mut self, hit: &Hit<'_>) {
        if self.trigger.is_some() && hit.time.seconds_since(self.last) > self.quiet_seconds() {
            self.trigger = None;
            (self.since, self.slow) = (0, false);
        }
        self.since += 1;
        if self.trigger.is_none() {
            // A line that tells of several is one line.
            self.proofs.extend((hit.proof)().filter(|proof| self.proofs.back() != Some(proof)));
            while self.proofs.len() > 1 && self.has_too_much() {
                self.proofs.pop_front();
            }
        }
    }

    /// One more line that proves it, where a spell begins with its very first hit.
    pub(super) fn prove(&mut self, hit: &Hit<'_>) {
        if self.proofs.len() < MAX_PROOFS {
            self.proofs.extend((hit.proof)().filter(|proof| !self.proofs.contains(proof)));
            if self.proofs.len() > 1 && self.has_too_much() {
                self.proofs.pop_back();
            }
        }
    }

    fn has_too_much(&self) -> bool {
        let bytes: usize = self.proofs.iter().map(|proof| proof.text.len()).sum();
        self.proofs.len() > MAX_PROOFS || bytes > MAX_PROOF_BYTES
    }

    /// The threshold is passed at `now`: a spell begins with the `so_far` that were counted since `first`, or goes on.
    pub(super) fn go_on(&mut self, hit: &Hit<'_>, now: EventTime, so_far: u64, first: EventTime) -> News {
        self.slow = false;
        let begins = self.trigger.is_none();
        if begins {
            self.trigger = (hit.proof)();
            self.mta = Some(hit.mta);
            (self.first, self.count, self.unsaid) = (first, so_far, false);
            self.gravest = None;
        } else {
            self.count += self.since;
        }
        self.since = 0;
        self.last = now;
        if begins {
            News::Begun
        } else if std::mem::replace(&mut self.unsaid, true) {
            News::Unsaid
        } else {
            News::Changed
        }
    }

    /// It is as grave as this now; true if that is more than was said, and then it counts as said.
    pub(super) fn rises(&mut self, severity: Severity) -> bool {
        let rises = Some(severity) > self.gravest;
        if rises {
            self.gravest = Some(severity);
            self.unsaid = false;
        }
        rises
    }

    /// The gravest that was said of it.
    pub(super) fn gravest(&self) -> Option<Severity> {
        self.gravest
    }

    /// Whether a spell is on at `now`.
    pub(super) fn is_on(&self, now: EventTime) -> bool {
        self.trigger.is_some() && now.seconds_since(self.last) <= self.quiet_seconds()
    }

    /// The same for a spell that only the count of a whole day shows.
    pub(super) fn go_on_slowly(
        &mut self,
        hit: &Hit<'_>,
        now: EventTime,
        so_far: u64,
        first: EventTime,
    ) -> News {
        let news = self.go_on(hit, now, so_far, first);
        self.slow = true;
        news
    }

    /// Whether only the count of a whole day shows it.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    /// No spell is on, and `left` is all that was counted.
    pub(super) fn recount(&mut self, left: u64) {
        self.since = left;
    }

    fn quiet_seconds(&self) -> i64 {
        let usual = if self.slow { SLOW_QUIET_SECONDS } else { QUIET_SECONDS };
        self.patience.max(usual)
    }

    /// The server it was seen on.
    pub(super) fn mta(&self) -> Mta {
        self.mta.unwrap_or(Mta::Postfix)
    }

    /// What `detector` says of `subject`, which does this.
    pub(super) fn finding(
        &self,
        detector: &'static str,
        subject: Subject,
        severity: Severity,
        words: Words,
    ) -> Option<Finding> {
        Some(Finding {
            detector,
            subject,
            severity,
            title: words.title,
            summary: words.summary,
            count: self.count,
            first_seen: self.first,
            last_seen: self.last,
            mta: self.mta(),
            trigger: self.trigger.clone()?,
            evidence: self.proofs.iter().cloned().collect(),
            remedy: words.remedy,
            quiet_seconds: self.quiet_seconds(),
        })
    }
}
