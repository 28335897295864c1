//! What happened in the last day, in steps of a few seconds.

use std::collections::VecDeque;

use super::picture::{Rates, Step};
use crate::model::EventTime;

/// A ring of steps that ends with the newest stamp.
#[derive(Debug)]
pub(super) struct Steps {
    step_seconds: i64,
    most: usize,
    /// Number of the first step, in steps since 1970.
    first: i64,
    ring: VecDeque<Step>,
}

impl Steps {
    /// At most `most` steps of so many seconds each; at least one of each.
    pub(super) fn new(most: usize, step_seconds: i64) -> Self {
        Self { step_seconds: step_seconds.max(1), most: most.max(1), first: 0, ring: VecDeque::new() }
    }

    fn number(&self, time: EventTime) -> i64 {
        time.seconds().div_euclid(self.step_seconds)
    }

    /// Time has come to `newest`: the steps up to there exist, the oldest ones give way.
    pub(super) fn reach(&mut self, newest: EventTime) {
        let number = self.number(newest);
        let behind = self.first + self.ring.len() as i64;
        if self.ring.is_empty() || number - behind >= self.most as i64 {
            self.ring.clear();
            self.first = number;
            self.ring.push_back(Step::default());
            return;
        }
        for _ in behind..=number {
            if self.ring.len() >= self.most {
                self.ring.pop_front();
                self.first += 1;
            }
            self.ring.push_back(Step::default());
        }
    }

    /// The step of `time`: made if it is earlier than all, but not older than the ring is long; `None` where it lies
    /// before that or in the future.
    pub(super) fn at(&mut self, time: EventTime) -> Option<&mut Step> {
        let number = self.number(time);
        let earlier = usize::try_from(self.first - number).unwrap_or_default();
        if self.ring.is_empty() || earlier > self.most - self.ring.len() {
            return None;
        }
        for _ in 0..earlier {
            self.ring.push_front(Step::default());
            self.first -= 1;
        }
        self.ring.get_mut(usize::try_from(number - self.first).ok()?)
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.ring.clear();
    }

    /// The newest `most` steps.
    pub(super) fn picture(&self, most: usize) -> Rates {
        let skipped = self.ring.len().saturating_sub(most);
        let start = (self.first + skipped as i64) * self.step_seconds;
        Rates {
            start: (skipped < self.ring.len()).then(|| EventTime::from_seconds(start)),
            step_seconds: self.step_seconds,
            steps: self.ring.iter().skip(skipped).copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reaches a time and counts a connection there.
    fn count(steps: &mut Steps, second: i64) {
        let time = EventTime::from_seconds(second);
        steps.reach(time);
        if let Some(step) = steps.at(time) {
            step.connections += 1;
        }
    }

    fn told(steps: &Steps, most: usize) -> (i64, Vec<u64>) {
        let rates = steps.picture(most);
        let counts = rates.steps.iter().map(|step| step.connections).collect();
        (rates.start.map_or(-1, EventTime::seconds), counts)
    }

    #[test]
    fn the_ring_has_no_gaps_and_gives_up_the_oldest() {
        let mut steps = Steps::new(4, 10);
        assert_eq!(told(&steps, 9), (-1, vec![]));
        for second in [100, 105, 109, 121] {
            count(&mut steps, second);
        }
        assert_eq!(told(&steps, 9), (100, vec![3, 0, 1]));
        assert_eq!(told(&steps, 2), (110, vec![0, 1]));
        assert_eq!(told(&steps, 0), (-1, vec![]));
        count(&mut steps, 145);
        assert_eq!(told(&steps, 9), (110, vec![0, 1, 0, 1]));
        count(&mut steps, 1_000_000);
        assert_eq!(told(&steps, 9), (1_000_000, vec![1]));
    }

    #[test]
    fn late_times_count_in_their_step_as_far_as_the_ring_goes() {
        let mut steps = Steps::new(4, 10);
        for second in [200, 185, 170, 169, 201] {
            count(&mut steps, second);
        }
        assert_eq!(told(&steps, 9), (170, vec![1, 1, 0, 2]));
        assert!(steps.at(EventTime::from_seconds(169)).is_none());
        assert!(steps.at(EventTime::from_seconds(210)).is_none());
        assert!(steps.at(EventTime::MIN).is_none() && steps.at(EventTime::from_micros(i64::MAX)).is_none());
    }
}
