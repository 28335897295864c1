//! Names of one kind that a sender shows, sender domains or HELO names: how many different ones, and how many are usual.

use serde::{Deserialize, Serialize};

use super::Whom;
use crate::detect::recent::{MOST, Recent};
use crate::detect::usual::Usual;
use crate::learn::{Unusual, Verdict};
use crate::model::{EventTime, caseless_hash};

const HOUR_SECONDS: i64 = 3600;

/// The names that one sender showed last.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Names {
    recent: Recent,
    /// Whether those of this hour are more than is usual.
    verdict: Verdict,
}

/// Too many names, and against what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Many {
    count: u64,
    /// `None`: a fixed rule spoke.
    unusual: Option<Unusual>,
}

impl Names {
    /// Sees a name; `None`: one that does not count.
    pub(super) fn see(&mut self, name: Option<&[u8]>, now: EventTime, begin: EventTime, usual: &mut Usual, whom: &Whom<'_>, least: usize) {
        let more = name.map_or(0, |name| u64::from(self.is_new_in_hour(name, now, begin)));
        self.verdict = usual.count_more(more, whom.whose, whom.subject, now, least as u64);
    }

    /// Sees `name`, in a window since `begin`; whether this hour of the clock had not shown it so far. Once it has shown as many as
    /// are remembered, nobody knows.
    fn is_new_in_hour(&mut self, name: &[u8], now: EventTime, begin: EventTime) -> bool {
        let hour = EventTime::from_seconds(now.seconds().div_euclid(HOUR_SECONDS) * HOUR_SECONDS);
        let is_full = self.recent.at_least(MOST, hour).is_some();
        let before = self.recent.see_key(caseless_hash(name), now, begin.min(hour));
        !is_full && before.is_none_or(|before| before < hour)
    }

    /// Whether there are too many since `begin`: `least` in any case, and more than is usual where that is known.
    pub(super) fn too_many(&self, begin: EventTime, least: usize) -> Option<Many> {
        let count = self.recent.at_least(least, begin).filter(|_| self.verdict.is_too_much(|| true))?;
        Some(Many { count: count as u64, unusual: self.verdict.unusual() })
    }
}

impl Many {
    /// Says how many, with what is between the number and the usual: `14 HELO names (usual for this hour: 1 to 3)`.
    pub(super) fn of(&self, names: &str) -> String {
        match self.unusual {
            None => format!("{} or more {names}", self.count),
            Some(unusual) => {
                let more = if unusual.count() >= MOST as u64 { " or more" } else { "" };
                format!("{}{more} {names} (usual for this hour: {})", unusual.count(), unusual.range())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> EventTime {
        EventTime::from_seconds(seconds)
    }

    #[test]
    fn a_name_counts_once_in_each_hour_however_short_the_window_is() {
        for window in [60, 3600, 86_400] {
            let mut names = Names::default();
            let mut see = |second: i64, name: &[u8]| names.is_new_in_hour(name, at(second), at(second - window));
            let seen = [(0, b"a"), (1200, b"b"), (3599, b"A"), (3600, b"a"), (3700, b"a"), (3800, b"b")];
            let new = seen.map(|(second, name)| see(second, name));
            assert_eq!(new, [true, true, false, true, false, true], "in a window of {window}");
        }
    }

    #[test]
    fn an_hour_counts_no_more_names_than_are_remembered() {
        let mut names = Names::default();
        let mut see = |number: u32| names.is_new_in_hour(&number.to_be_bytes(), at(10), at(-3590));
        let new = (0..3).flat_map(|_| 0..1000).filter(|&number| see(number)).count();
        assert_eq!(new, MOST);
    }
}
