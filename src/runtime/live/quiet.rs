//! How long nothing was written: event time goes on by the clock then, so that what is over ends.

use std::time::{Duration, Instant};

/// A log that nothing was written to for so long has no more to say of that time: event time goes on without it. Servers
/// that write in blocks (Exchange) are up to minutes late.
const QUIET: Duration = Duration::from_mins(10);

/// A log that nothing is written to.
#[derive(Debug)]
pub(super) struct Quiet {
    /// When something was read last.
    since: Instant,
    /// Seconds that event time has gone on for.
    seconds: i64,
}

impl Quiet {
    /// Something was read just now.
    pub(super) fn since(now: Instant) -> Self {
        Self { since: now, seconds: 0 }
    }

    /// The seconds that event time goes on for altogether, where they are more than when this was asked last.
    pub(super) fn grown(&mut self, now: Instant) -> Option<i64> {
        let seconds = (now - self.since).saturating_sub(QUIET).as_secs() as i64;
        let has_grown = seconds > self.seconds;
        self.seconds = seconds;
        has_grown.then_some(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::live::clocks::clock;

    #[test]
    fn time_goes_on_only_after_a_while_and_each_second_once() {
        let begin = clock();
        let at = |seconds| begin + QUIET + Duration::from_secs(seconds);
        let mut quiet = Quiet::since(begin);
        assert_eq!(quiet.grown(begin), None);
        assert_eq!(quiet.grown(at(0)), None);
        assert_eq!(quiet.grown(at(3)), Some(3));
        assert_eq!(quiet.grown(at(3)), None);
        assert_eq!(quiet.grown(at(9)), Some(9));
        let mut quiet = Quiet::since(at(9));
        assert_eq!(quiet.grown(at(10)), None);
    }
}
