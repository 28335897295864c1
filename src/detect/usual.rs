//! What is usual, where it is learned: a detector asks it before it says that something is too much.

use crate::learn::{Normals, State, Verdict, Whose};
use crate::model::{EventTime, Learned, Measure, Ruling, Subject, SubjectKind};

use super::Setup;

/// What is usual of one measure; nothing where nothing is to be learned, and then nothing is counted.
#[derive(Debug)]
pub struct Usual(Option<Normals>);

impl Usual {
    /// What is usual of `measure` for subjects of these `kinds`.
    pub(super) fn new(measure: Measure, kinds: &'static [SubjectKind], setup: &Setup<'_>) -> Self {
        Self(setup.learn.map(|settings| Normals::new(measure, kinds, settings, setup.memory)))
    }

    /// Counts one more of `whose`, and says whether that is too many, less than `least` in an hour never being.
    pub(super) fn count(
        &mut self,
        whose: Whose,
        subject: impl FnOnce() -> Subject,
        now: EventTime,
        least: u64,
    ) -> Verdict {
        self.count_more(1, whose, subject, now, least)
    }

    /// The same for so many more; none, where nothing more was done and an hour may have begun since.
    pub(super) fn count_more(
        &mut self,
        more: u64,
        whose: Whose,
        subject: impl FnOnce() -> Subject,
        now: EventTime,
        least: u64,
    ) -> Verdict {
        let Some(normals) = &mut self.0 else { return Verdict::Unknown };
        normals.count(more, whose, subject, now);
        normals.verdict(whose, least)
    }

    /// Something is wrong with `whose`: nothing is to be learned of this hour.
    pub(super) fn exclude(&mut self, whose: Whose) {
        if let Some(normals) = &mut self.0 {
            normals.exclude(whose);
        }
    }

    /// There is a log at `now`.
    pub(super) fn heard(&mut self, now: EventTime) {
        if let Some(normals) = &mut self.0 {
            normals.watched(now);
        }
    }

    pub(super) fn teach(&mut self, learned: &Learned) {
        if let Some(normals) = &mut self.0 {
            normals.teach(&learned.normals);
        }
    }

    /// Somebody says something of what was learned.
    pub(super) fn rule(&mut self, ruling: &Ruling) {
        if let Some(normals) = &mut self.0 {
            normals.rule(ruling);
        }
    }

    /// Adds what is learned up to `now`.
    pub(super) fn learned(&mut self, now: EventTime, learned: &mut Learned) {
        let Some(normals) = &mut self.0 else { return };
        if learned.normals.iter().all(|normal| normal.measure != Measure::Lines) {
            learned.normals.push(normals.watched_hours());
        }
        learned.normals.extend(normals.learned(now));
    }

    pub(super) fn state(&self) -> Option<State> {
        self.0.as_ref().map(Normals::state)
    }

    pub(super) fn restore(&mut self, state: Option<State>) {
        if let (Some(normals), Some(state)) = (&mut self.0, state) {
            normals.restore(state);
        }
    }
}
