//! Slow rises: what no single hour shows, and days in a row do.
//!
//! A cumulative sum (CUSUM) of the evidence that days have twice the usual, which begins anew whenever there is none left (Page;
//! Lorden). Where each day's evidence is a logarithm of how much more likely the rise is, a limit of `ln(N)` is passed once in N
//! days or less often while nothing has risen.
//!
//! - E. S. Page: Continuous inspection schemes. Biometrika 41 (1954), 100-115.
//! - G. Lorden: Procedures for reacting to a change in distribution. Ann. Math. Statist. 42 (1971), 1897-1908.

use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::hour::Day;

/// So many times the usual is what is looked for.
const TIMES: f64 = 2.0;

/// The evidence so far.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Rise {
    sum: f64,
    /// The day behind the last one that is in it.
    next: Day,
    /// The first day of the rise, while there is any evidence.
    since: Option<Day>,
}

impl Rise {
    /// The first day that is not in it.
    pub(super) fn next(&self) -> Day {
        self.next
    }

    /// Whether there is any evidence so far.
    pub(super) fn is_any(&self) -> bool {
        self.sum > 0.0
    }

    /// The first day of the rise; `today` if it begins today.
    pub(super) fn since(&self, today: Day) -> Day {
        self.since.unwrap_or(today)
    }

    /// Nothing is known of the days before `next`, or nothing is to be concluded from them.
    pub(super) fn skip_to(&mut self, next: Day) {
        self.next = self.next.max(next);
    }

    /// A day is over that had `count`. It counts as `most` at most, what a single hour shows being another test's matter. Twice
    /// the evidence that one false alarm in so many `days` needs is enough: so the end of a long rise is seen soon.
    pub(super) fn add(&mut self, day: Day, count: u32, usual: &Baseline, most: u64, days: f64) {
        let (none, each) = usual.evidence(TIMES);
        let count = u64::from(count).min(most);
        let enough = 2.0 * days.max(1.0).ln();
        self.sum = (self.sum + none + each * count as f64).clamp(0.0, enough);
        self.since = if self.is_any() { self.since.or(Some(day)) } else { None };
        self.next = day.plus(1);
    }

    /// The count of today with which the evidence passes the limit for one false alarm in so many days.
    pub(super) fn limit(&self, usual: &Baseline, days: f64) -> u64 {
        let (none, each) = usual.evidence(TIMES);
        ((days.max(1.0).ln() - self.sum - none) / each).ceil().max(1.0) as u64
    }
}
