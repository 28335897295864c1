//! The log's sense of time: how far event time has come, so that windows may close and state may expire.
//!
//! The watermark trails the newest stamp by a fixed lag and moves in whole seconds. A stamp more than a day away from
//! it, ahead or behind, is only a *claim*: time follows when further lines agree (a hundred of them, or lines over a
//! minute), and stays where it is when the next line is back in the usual day. So one line of a broken clock closes no
//! window, and a log that really goes on elsewhere (after a silence, or two logs in one file) is followed soon.
//!
//! Depends on stamps and their order alone, holds one claim, and costs two comparisons per line.

use serde::{Deserialize, Serialize};

use crate::model::{EventTime, FileId, Origin};

/// Stamps this far away need to be confirmed, in seconds: more than hosts of one site disagree (zones included).
const FAR: i64 = 86_400;
/// So many lines confirm a claim ...
const LINES: u64 = 100;
/// ... or lines that go on for so many seconds.
const SECONDS: i64 = 60;
/// Files with stray stamps that are told one by one.
const TOLD: usize = 5;

/// Event time, as far as windows may close.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Watermark {
    lag_seconds: i64,
    /// Stamps from here on, up to `due`, change nothing.
    oldest: EventTime,
    /// The next move is due at this stamp.
    due: EventTime,
    claim: Option<Claim>,
    #[serde(skip)]
    strays: Vec<Stray>,
}

/// Time may have jumped.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Claim {
    origin: Origin,
    first: EventTime,
    lines: u64,
}

/// Lines of one file whose stamps nothing confirmed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stray {
    pub(super) file: FileId,
    /// Number of the first of them.
    pub(super) line: u64,
    /// What that one states.
    pub(super) time: EventTime,
    /// How many there are.
    pub(super) lines: u64,
}

impl Watermark {
    pub(super) fn new(lag_seconds: i64) -> Self {
        Self { lag_seconds, oldest: EventTime::MIN, due: EventTime::MIN, claim: None, strays: Vec::new() }
    }

    /// The watermark, if the `stamp` of the line at `origin` moves it.
    pub(super) fn moved(&mut self, stamp: EventTime, origin: impl FnOnce() -> Origin) -> Option<EventTime> {
        if stamp < self.due && stamp >= self.oldest && self.claim.is_none() {
            return None;
        }
        self.move_to(stamp, origin)
    }

    /// The watermark when nothing was written for so many `quiet` seconds: time went on all the same. `None` before the
    /// first stamp.
    pub(super) fn after_quiet(&self, quiet: i64) -> Option<EventTime> {
        (self.due != EventTime::MIN).then(|| self.due.plus_seconds(quiet - 1 - self.lag_seconds))
    }

    /// Lines whose stamps nothing confirmed, by file.
    pub(super) fn strays(&self) -> &[Stray] {
        &self.strays
    }

    fn move_to(&mut self, stamp: EventTime, origin: impl FnOnce() -> Origin) -> Option<EventTime> {
        if stamp == EventTime::MIN {
            return None;
        }
        // Nothing is known of the time before the first stamp.
        let begun = self.due != EventTime::MIN;
        let ahead = stamp > self.due.plus_seconds(FAR);
        if begun && (ahead || stamp < self.oldest) {
            match &mut self.claim {
                // Ahead of the claim is on its side, however far: lines of a quiet server may be days apart.
                Some(claim)
                    if (claim.first > self.due) == ahead && stamp >= claim.first.plus_seconds(-FAR) =>
                {
                    claim.lines += 1;
                    if claim.lines < LINES && stamp.seconds_since(claim.first) < SECONDS {
                        return None;
                    }
                    self.claim = None;
                }
                _ => {
                    self.stray();
                    self.claim = Some(Claim { origin: origin(), first: stamp, lines: 1 });
                    return None;
                }
            }
        } else {
            self.stray();
            if begun && stamp < self.due {
                return None;
            }
        }
        let second = EventTime::from_seconds(stamp.seconds());
        self.due = second.plus_seconds(1);
        self.oldest = second.plus_seconds(-FAR);
        Some(second.plus_seconds(-self.lag_seconds))
    }

    /// The claim, if there is one, is not confirmed.
    fn stray(&mut self) {
        let Some(Claim { origin, first, lines }) = self.claim.take() else { return };
        if let Some(known) = self.strays.iter_mut().find(|stray| stray.file == origin.file) {
            known.lines += lines;
        } else if self.strays.len() < TOLD {
            self.strays.push(Stray { file: origin.file, line: origin.line, time: first, lines });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const NOW: i64 = 1_700_000_000;
    const FAR_FUTURE: i64 = 4_100_000_000;

    /// Lets stamps pass (seconds); the watermark after each of them that moved it.
    fn moves(watermark: &mut Watermark, stamps: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut line = 0;
        let mut pass = |seconds| {
            line += 1;
            let origin = Origin { file: FileId(0), line, offset: 0 };
            watermark.moved(EventTime::from_seconds(seconds), || origin)
        };
        stamps.into_iter().filter_map(|seconds| pass(seconds).map(EventTime::seconds)).collect()
    }

    #[test]
    fn it_moves_once_a_second_and_late_lines_do_not_move_it() {
        let mut watermark = Watermark::new(10);
        let origin = Origin { file: FileId(0), line: 1, offset: 0 };
        let moves: Vec<_> = [100_200_000, 100_900_000, 99_000_000, 101_000_000, 101_000_001]
            .map(|micros| watermark.moved(EventTime::from_micros(micros), || origin).map(EventTime::seconds))
            .into();
        assert_eq!(moves, [Some(90), None, None, Some(91), None]);
        assert_eq!(watermark.moved(EventTime::MIN, || origin), None);
    }

    #[test]
    fn a_stray_stamp_is_not_followed_but_told() {
        for stray in [FAR_FUTURE, 0, NOW + 2 * DAY, NOW - 2 * DAY] {
            let mut watermark = Watermark::new(0);
            let stamps = [NOW, stray, stray, NOW + 1, NOW + 2, stray, NOW + 3];
            assert_eq!(moves(&mut watermark, stamps), [NOW, NOW + 1, NOW + 2, NOW + 3]);
            let told = Stray { file: FileId(0), line: 2, time: EventTime::from_seconds(stray), lines: 3 };
            assert_eq!(watermark.strays(), [told]);
        }
    }

    #[test]
    fn a_jump_is_followed_once_it_is_confirmed() {
        for to in [NOW + 3 * DAY, NOW - 30 * DAY, FAR_FUTURE] {
            let mut watermark = Watermark::new(0);
            assert_eq!(moves(&mut watermark, [NOW, to, to + 59, to + 60]), [NOW, to + 60]);
            let mut watermark = Watermark::new(0);
            assert_eq!(moves(&mut watermark, [NOW].into_iter().chain([to; 100])), [NOW, to]);
            assert_eq!(watermark.strays(), []);
        }
    }

    #[test]
    fn a_log_that_begins_with_a_wrong_clock_is_followed_back() {
        let mut watermark = Watermark::new(0);
        let stamps = [FAR_FUTURE, NOW, NOW + 30, NOW + 61, NOW + 62];
        assert_eq!(moves(&mut watermark, stamps), [FAR_FUTURE, NOW + 61, NOW + 62]);
    }

    #[test]
    fn lines_that_are_days_apart_move_it_too() {
        let mut watermark = Watermark::new(0);
        let stamps = (0..5).map(|n| NOW + n * 3 * DAY);
        assert_eq!(moves(&mut watermark, stamps), [NOW, NOW + 6 * DAY, NOW + 12 * DAY]);
    }
}
