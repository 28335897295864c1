//! Stamps of one series, in order -> moments: the zone, and the years of stamps that state none.
//!
//! A yearless stamp stays in the year of the stamps before it. The year goes up where stamps jump back by more than
//! half a year (Dec 31 -> Jan 1); a late line of the old year behind that jump (Jan 1 -> Dec 31) is taken back.
//!
//! A jump of more than half a year, in either direction, is in *doubt* until a hundred lines, or lines over a minute,
//! follow it. If a line returns before that to where the log was, the year returns too: a stray `Dec 31` in March, or
//! the lines a machine writes before its clock is set, raise no year of what follows.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::zone::{HOUR, Zone};
use crate::model::{EventTime, Stamp};

const DAY: i64 = 24 * HOUR;
/// A jump back by more than this is a new year.
const NEW_YEAR: i64 = 180 * DAY;
/// Yearless stamps count through a leap year.
const YEAR: i64 = 366 * DAY;
/// So many lines behind a jump settle that it was none of a broken clock ...
const LINES: u32 = 100;
/// ... or lines that go on for so long.
const SETTLED: i64 = 60 * 1_000_000;
/// A line is back where the log was if it is no further behind than a late line, nor further ahead than a silence.
const LATE: i64 = DAY;
const SILENCE: i64 = 30 * DAY;

/// Turns the stamps of one series into moments. Almost all of them cost one comparison and one addition: within an
/// hour in which the clock does not change, a stamp and its moment differ by a constant.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    zone: Zone,
    /// Where in the year the stamps begin, and the year; `None` until a file is entered or a stamp is met.
    year: Option<i32>,
    /// The yearless stamp before this one, to the hour.
    previous: Option<i64>,
    doubt: Option<Doubt>,
    /// Yearless stamps up to this moment are possible in the current file.
    latest: EventTime,
    yearless: Hour,
    local: Hour,
    /// The moment of the line before: a line without a stamp takes it.
    now: EventTime,
    /// A year that nobody stated and no plan foresaw.
    guessed: Option<i32>,
}

/// What survives a restart: all but what is found again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    year: Option<i32>,
    previous: Option<i64>,
    doubt: Option<Doubt>,
    latest: EventTime,
    now: EventTime,
}

/// The log jumped by more than half a year, and may come back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Doubt {
    /// Where it was: year and stamp.
    year: i32,
    previous: i64,
    /// Where it went.
    first: i64,
    /// Lines there.
    lines: u32,
}

impl Doubt {
    /// The year of a stamp that is back where the log was.
    fn returns(&self, yearless: i64) -> Option<i32> {
        let ahead = yearless - self.previous;
        // Around new year, what is near may be on the other side of it.
        let (ahead, year) = match ahead {
            _ if ahead < -NEW_YEAR => (ahead + YEAR, self.year + 1),
            _ if ahead > NEW_YEAR => (ahead - YEAR, self.year - 1),
            _ => (ahead, self.year),
        };
        (-LATE..=SILENCE).contains(&ahead).then_some(year)
    }

    fn is_settled_by(&mut self, yearless: i64) -> bool {
        self.lines += 1;
        self.lines >= LINES || yearless - self.first >= SETTLED
    }
}

/// An hour of stamps whose moments are `stamp + shift`.
#[derive(Clone, Copy, Debug)]
struct Hour {
    start: i64,
    shift: i64,
}

impl Hour {
    const NONE: Self = Self { start: i64::MIN, shift: 0 };

    fn moment(self, stamp: i64) -> Option<EventTime> {
        // Unsigned: what lies before the start wraps around to something large.
        let within = (stamp.wrapping_sub(self.start) as u64) < HOUR as u64;
        within.then(|| EventTime::from_micros(stamp + self.shift))
    }
}

impl Clock {
    pub(super) fn new(zone: Tz) -> Self {
        Self {
            zone: Zone::new(zone),
            year: None,
            previous: None,
            doubt: None,
            latest: EventTime::MIN,
            yearless: Hour::NONE,
            local: Hour::NONE,
            now: EventTime::MIN,
            guessed: None,
        }
    }

    /// The state, to be taken back by [`Clock::restore`].
    pub(super) fn save(&self) -> Saved {
        let Self { year, previous, doubt, latest, now, .. } = self.clone();
        Saved { year: year.or(self.guessed), previous, doubt, latest, now }
    }

    /// Takes back what was saved.
    pub(super) fn restore(&mut self, saved: &Saved) {
        let Saved { year, previous, doubt, latest, now } = *saved;
        (self.year, self.previous, self.doubt) = (year, previous, doubt);
        (self.latest, self.now) = (latest, now);
        (self.yearless, self.local, self.guessed) = (Hour::NONE, Hour::NONE, None);
    }

    /// The year that had to be chosen when the first yearless stamp came, told once.
    pub(super) fn take_guess(&mut self) -> Option<i32> {
        self.guessed.take()
    }

    /// The next file begins. Its first yearless stamp is in `year`. Where nobody knows, the years go on from the file
    /// before; or, in a first file, begin with the largest year that makes the stamp no later than `latest`.
    pub(super) fn enter(&mut self, year: Option<i32>, latest: EventTime) {
        self.latest = latest;
        if year.is_some() {
            self.year = year;
            self.previous = None;
            self.doubt = None;
            self.yearless = Hour::NONE;
        }
    }

    /// Lines that come before any stamp happened at `time`, as far as anybody can tell.
    pub(super) fn begin(&mut self, time: EventTime) {
        self.now = time;
    }

    /// The moment that `stamp` means, or that of the line before.
    #[inline]
    pub(super) fn moment(&mut self, stamp: Stamp) -> EventTime {
        self.now = match stamp {
            Stamp::None => self.now,
            Stamp::Absolute(time) => time,
            Stamp::Local(local) => match self.local.moment(local) {
                Some(time) => time,
                None => self.local_slow(local),
            },
            Stamp::Yearless(yearless) => match self.yearless.moment(yearless) {
                Some(time) => time,
                None => self.yearless_slow(yearless),
            },
        };
        self.now
    }

    #[cold]
    fn local_slow(&mut self, local: i64) -> EventTime {
        let start = local.div_euclid(HOUR) * HOUR;
        if let Some(shift) = self.zone.shift_of_hour(start) {
            self.local = Hour { start, shift };
        }
        self.zone.moment(local)
    }

    #[cold]
    fn yearless_slow(&mut self, yearless: i64) -> EventTime {
        if self.year.is_none() {
            self.guessed = Some(largest_year(&mut self.zone, yearless, self.latest));
        }
        let mut year = self.year.or(self.guessed).unwrap_or_default();
        let previous = self.previous.unwrap_or(yearless);
        let jump = yearless - previous;
        let mut late = false;
        if let Some(old) = self.doubt.and_then(|doubt| doubt.returns(yearless)) {
            (year, self.doubt) = (old, None);
        } else if jump > NEW_YEAR && YEAR - jump <= LATE {
            // The current year stays: only this line is late.
            year -= 1;
            late = true;
        } else if jump.abs() > NEW_YEAR {
            self.doubt = Some(Doubt { year, previous, first: yearless, lines: 1 });
            self.yearless = Hour::NONE;
            year += i32::from(jump < 0);
        } else if self.doubt.as_mut().is_some_and(|doubt| doubt.is_settled_by(yearless)) {
            self.doubt = None;
        }
        if !late {
            self.year = Some(year);
            self.previous = Some(yearless);
        }
        let Some(local) = Stamp::in_year(yearless, year) else { return self.now };
        let start = yearless.div_euclid(HOUR) * HOUR;
        // While in doubt every line is looked at.
        if self.doubt.is_none()
            && !late
            && let Some(shift) = self.zone.shift_of_hour(local - (yearless - start))
        {
            self.yearless = Hour { start, shift: local - yearless + shift };
        }
        self.zone.moment(local)
    }
}

/// The largest year in which `yearless` is no later than `latest`.
pub(super) fn largest_year(zone: &mut Zone, yearless: i64, latest: EventTime) -> i32 {
    let year = zone.year_of(latest);
    // 29 February is looked for where it exists.
    let leap_day = (59 * DAY..60 * DAY).contains(&yearless);
    let exists = |year: i32| !leap_day || year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut fits = |year| Stamp::in_year(yearless, year).is_some_and(|local| zone.moment(local) <= latest);
    (year - 8..=year).rev().find(|&year| exists(year) && fits(year)).unwrap_or(year - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yearless(month: u32, day: u32, hour: i64, minute: i64) -> Stamp {
        Stamp::yearless(month, day, hour * HOUR + minute * 60_000_000).unwrap()
    }

    fn time(text: &str) -> EventTime {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap()
    }

    fn told(clock: &mut Clock, stamps: &[Stamp]) -> Vec<String> {
        stamps.iter().map(|&stamp| clock.moment(stamp).to_string()).collect()
    }

    #[test]
    fn the_year_is_the_largest_that_fits_and_goes_up_at_new_year() {
        let mut clock = Clock::new(Tz::UTC);
        clock.enter(None, time("2026-01-03T00:00:00Z"));
        let stamps = [
            yearless(12, 30, 5, 0),
            Stamp::None,
            yearless(12, 31, 23, 59),
            yearless(1, 1, 0, 0),
            yearless(12, 31, 23, 58),
            yearless(1, 1, 0, 1),
        ];
        let want = [
            "2025-12-30T05:00:00Z",
            "2025-12-30T05:00:00Z",
            "2025-12-31T23:59:00Z",
            "2026-01-01T00:00:00Z",
            "2025-12-31T23:58:00Z",
            "2026-01-01T00:01:00Z",
        ];
        assert_eq!(told(&mut clock, &stamps), want);
    }

    #[test]
    fn small_jumps_back_stay_in_the_year_and_large_ones_do_not() {
        let mut clock = Clock::new(Tz::UTC);
        clock.enter(Some(2024), EventTime::MIN);
        let stamps =
            [yearless(9, 1, 0, 0), yearless(4, 1, 0, 0), yearless(10, 1, 0, 0), yearless(3, 1, 0, 0)];
        let want =
            ["2024-09-01T00:00:00Z", "2024-04-01T00:00:00Z", "2024-10-01T00:00:00Z", "2025-03-01T00:00:00Z"];
        assert_eq!(told(&mut clock, &stamps), want);
    }

    /// The years of lines at these dates, in a log that begins in 2026.
    fn years(dates: &[(u32, u32, i64)]) -> Vec<i32> {
        let mut clock = Clock::new(Tz::UTC);
        clock.enter(Some(2026), EventTime::MIN);
        let year = |&(month, day, minute): &(u32, u32, i64)| {
            clock.moment(yearless(month, day, 12, minute)).to_string()[..4].parse().unwrap()
        };
        dates.iter().map(year).collect()
    }

    #[test]
    fn a_stray_stamp_raises_no_year() {
        // Ahead: what follows must not take the way back for a new year.
        let stray = [(3, 15, 0), (12, 31, 0), (12, 31, 0), (3, 15, 0), (3, 16, 0), (12, 31, 0), (3, 16, 5)];
        assert_eq!(years(&stray), [2026; 7]);
        // Behind: a new year as far as anybody can tell, until the log is back.
        let boot = [(11, 5, 0), (2, 14, 0), (2, 14, 0), (11, 5, 1), (11, 5, 2), (1, 10, 0)];
        assert_eq!(years(&boot), [2026, 2027, 2027, 2026, 2026, 2027]);
        // Around new year.
        assert_eq!(years(&[(12, 31, 0), (6, 20, 0), (1, 1, 0), (1, 2, 0)]), [2026, 2027, 2027, 2027]);
        assert_eq!(years(&[(1, 1, 0), (7, 2, 0), (12, 31, 30), (1, 1, 2)]), [2026, 2026, 2025, 2026]);
    }

    #[test]
    fn a_year_is_raised_for_good_once_lines_confirm_it() {
        let confirmed = [(11, 5, 0), (2, 14, 0), (2, 14, 1), (11, 5, 1)];
        assert_eq!(years(&confirmed), [2026, 2027, 2027, 2027]);
        let mut crowd = vec![(11, 5, 0)];
        crowd.extend([(2, 14, 0); 100]);
        crowd.push((11, 5, 1));
        assert_eq!(years(&crowd)[1..], [2027; 101]);
    }

    #[test]
    fn a_leap_day_finds_a_leap_year() {
        let mut zone = Zone::new(Tz::UTC);
        let Stamp::Yearless(leap_day) = yearless(2, 29, 12, 0) else { panic!("yearless") };
        assert_eq!(largest_year(&mut zone, leap_day, time("2026-07-01T00:00:00Z")), 2024);
        let mut clock = Clock::new(Tz::UTC);
        clock.enter(None, time("2024-03-01T10:00:00Z"));
        let stamps = [yearless(2, 28, 23, 59), yearless(2, 29, 0, 0), yearless(3, 1, 9, 0)];
        let want = ["2024-02-28T23:59:00Z", "2024-02-29T00:00:00Z", "2024-03-01T09:00:00Z"];
        assert_eq!(told(&mut clock, &stamps), want);
    }

    #[test]
    fn zones_apply_to_stamps_that_have_none_only() {
        let mut clock = Clock::new(Tz::Europe__Berlin);
        clock.enter(Some(2025), EventTime::MIN);
        let at = time("2025-06-01T12:00:00Z");
        let Some(local) = at.utc().map(|utc| utc.timestamp_micros()) else { panic!("a time") };
        let stamps = [
            yearless(3, 30, 1, 59),
            yearless(3, 30, 3, 0),
            yearless(10, 26, 2, 30),
            yearless(10, 26, 2, 50),
            yearless(10, 26, 2, 10),
            yearless(10, 26, 3, 10),
            Stamp::Absolute(at),
            Stamp::Local(local),
            Stamp::Local(local + 1),
        ];
        let want = [
            "2025-03-30T00:59:00Z",
            "2025-03-30T01:00:00Z",
            "2025-10-26T00:30:00Z",
            "2025-10-26T00:50:00Z",
            "2025-10-26T01:10:00Z",
            "2025-10-26T02:10:00Z",
            "2025-06-01T12:00:00Z",
            "2025-06-01T10:00:00Z",
            "2025-06-01T10:00:00.000001Z",
        ];
        assert_eq!(told(&mut clock, &stamps), want);
    }
}
