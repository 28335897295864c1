//! How far event time has come, as the watermark of the ordered stage sees it: a stamp more than a day away from the
//! newest is only a claim until a hundred lines agree with it, or lines that go on for a minute.

use crate::model::EventTime;

/// Stamps this far away need to be confirmed, in seconds.
const FAR: i64 = 86_400;
/// So many lines confirm a claim ...
const LINES: u64 = 100;
/// ... or lines that go on for so many seconds.
const SECONDS: i64 = 60;

/// The newest stamp that is believed.
#[derive(Debug, Default)]
pub(super) struct Now {
    newest: Option<EventTime>,
    claim: Option<Claim>,
}

/// Time may have jumped.
#[derive(Debug)]
struct Claim {
    first: EventTime,
    lines: u64,
}

impl Now {
    /// The newest stamp; `None` before the first one.
    pub(super) fn newest(&self) -> Option<EventTime> {
        self.newest
    }

    /// `time`, or the newest stamp where `time` is too far away from it to be believed.
    pub(super) fn believed(&self, time: EventTime) -> EventTime {
        match self.newest {
            Some(newest) if time > newest.plus_seconds(FAR) => newest,
            Some(newest) if time == EventTime::MIN => newest,
            _ => time,
        }
    }

    /// Takes the stamp of a line. Whether time is found to have gone back by it.
    pub(super) fn follow(&mut self, stamp: EventTime) -> bool {
        if stamp == EventTime::MIN {
            return false;
        }
        let Some(newest) = self.newest else {
            self.newest = Some(stamp);
            return false;
        };
        let ahead = stamp > newest.plus_seconds(FAR);
        if !ahead && stamp >= newest.plus_seconds(-FAR) {
            self.claim = None;
            self.newest = Some(newest.max(stamp));
            return false;
        }
        match &mut self.claim {
            // Ahead of the claim is on its side, however far: lines of a quiet server may be days apart.
            Some(claim) if (claim.first > newest) == ahead && stamp >= claim.first.plus_seconds(-FAR) => {
                claim.lines += 1;
                if claim.lines < LINES && stamp.seconds_since(claim.first) < SECONDS {
                    return false;
                }
            }
            _ => {
                self.claim = Some(Claim { first: stamp, lines: 1 });
                return false;
            }
        }
        self.claim = None;
        self.newest = Some(stamp);
        !ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const START: i64 = 1_700_000_000;

    fn newest(stamps: impl IntoIterator<Item = i64>) -> i64 {
        let mut now = Now::default();
        for stamp in stamps {
            now.follow(EventTime::from_seconds(stamp));
        }
        now.newest().map_or(0, EventTime::seconds)
    }

    #[test]
    fn late_and_stray_stamps_do_not_move_it() {
        assert_eq!(newest([START, START + 5, START + 2]), START + 5);
        for stray in [START + 2 * DAY, START - 2 * DAY, 4_100_000_000, 0] {
            assert_eq!(newest([START, stray, stray, START + 1, stray]), START + 1, "{stray}");
        }
        assert_eq!(Now::default().newest(), None);
    }

    #[test]
    fn a_jump_is_followed_once_it_is_confirmed() {
        for to in [START + 3 * DAY, START - 30 * DAY] {
            assert_eq!(newest([START, to, to + 59]), START);
            assert_eq!(newest([START, to, to + 59, to + 60]), to + 60);
            assert_eq!(newest([START].into_iter().chain([to; 100])), to);
        }
    }
}
