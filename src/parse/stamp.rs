//! Time stamps of log lines, read byte by byte: no calendar library on the path of every line.

use std::ops::Range;

use super::digits;
use crate::model::{EventTime, Stamp};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 86_400 * SECOND;

/// Days before each month of a leap year, as [`Stamp::Yearless`] counts them.
const DAYS_BEFORE: [i64; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
const DAYS_IN: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The minute of the line before: most lines are of the same one, and then only the seconds have to be read.
#[derive(Debug, Default)]
pub(super) struct Recent<'l> {
    /// The beginning of the line before, with its stamp and its host: mostly this one begins so, too.
    pub(super) begin: Begin<'l>,
    /// `2024-11-05T22:35:`, and the local microseconds at which it begins.
    rfc3339: Option<([u8; 17], i64)>,
    /// `Nov  5 22:35:`, likewise.
    traditional: Option<([u8; 13], i64)>,
    /// `+01:00`, and how many microseconds that is ahead of UTC.
    zone: Option<([u8; 6], i64)>,
    /// Whether the line before was the beginning of one that was cut, by stream: standard output, standard error.
    pub(super) cut: [bool; 2],
}

/// How a line begins.
#[derive(Debug, Default)]
pub(super) struct Begin<'l> {
    /// All up to the blank behind the host; empty before there was any line.
    pub(super) text: &'l [u8],
    pub(super) stamp: Stamp,
    pub(super) host: Range<usize>,
}

impl Recent<'_> {
    /// The stamp at the start of `line`, and where it ends.
    #[inline]
    pub(super) fn stamp(&mut self, line: &[u8]) -> Option<(Stamp, usize)> {
        if line.first()?.is_ascii_digit() {
            if let (Some((minute, begin)), Some((prefix, _))) = (&self.rfc3339, line.split_first_chunk())
                && prefix == minute
                && let Some((micros, at)) = seconds(line, 17)
            {
                let local = begin + micros;
                return match (&self.zone, line.get(at..).and_then(<[u8]>::first_chunk)) {
                    (Some((zone, east)), Some(text)) if zone == text => {
                        Some((Stamp::Absolute(EventTime::from_micros(local - east)), at + 6))
                    }
                    _ => self.with_zone(line, local, at),
                };
            }
            let (date, time, at) = rfc3339(line)?;
            let since_minute = seconds(line, 17)?.0;
            self.rfc3339 = line.split_first_chunk().map(|(prefix, _)| (*prefix, date + time - since_minute));
            self.with_zone(line, date + time, at)
        } else {
            if let (Some((minute, begin)), Some((prefix, _))) = (&self.traditional, line.split_first_chunk())
                && prefix == minute
                && let Some((micros, at)) = seconds(line, 13)
            {
                return Some((Stamp::Yearless(begin + micros), at));
            }
            let (micros, at) = traditional(line)?;
            // Only where the day is padded do the seconds stand where they are looked for.
            self.traditional = match (line.split_first_chunk(), seconds(line, 13)) {
                (Some((prefix, _)), Some((since_minute, _))) if prefix[12] == b':' => {
                    Some((*prefix, micros - since_minute))
                }
                _ => None,
            };
            Some((Stamp::Yearless(micros), at))
        }
    }

    /// The local time with the offset at `at`: `Z`, `+01:00`, `+0100` or none at all.
    pub(super) fn with_zone(&mut self, line: &[u8], local: i64, at: usize) -> Option<(Stamp, usize)> {
        match line.get(at) {
            Some(b'Z' | b'z') => Some((Stamp::Absolute(EventTime::from_micros(local)), at + 1)),
            Some(&sign @ (b'+' | b'-')) => {
                let (minutes, end) = offset(line, at + 1)?;
                let east = if sign == b'+' { minutes } else { -minutes } * MINUTE;
                let text = line.get(at..).and_then(<[u8]>::first_chunk).filter(|_| end == at + 6);
                self.zone = text.map(|text| (*text, east));
                Some((Stamp::Absolute(EventTime::from_micros(local - east)), end))
            }
            _ => Some((Stamp::Local(local), at)),
        }
    }
}

/// `Nov  5 22:35:02`, `Nov 5 ...`, `Nov 05 ...`, with or without a fraction: microseconds as
/// [`Stamp::Yearless`] has them, and where it ends.
fn traditional(line: &[u8]) -> Option<(i64, usize)> {
    let (month, day, at) = month_and_day(line)?;
    let (micros, at) = time_of_day(line, at)?;
    Some(((DAYS_BEFORE[month] + day - 1) * DAY + micros, at))
}

/// `Nov  5 `, `Nov 5 `, `Nov 05 `: the month from 0, the day from 1, and what is behind them.
pub(super) fn month_and_day(line: &[u8]) -> Option<(usize, i64, usize)> {
    let &[m1, m2, m3, b' ', ref rest @ ..] = line else { return None };
    let month = match [m1, m2, m3] {
        [b'J', b'a', b'n'] => 0,
        [b'F', b'e', b'b'] => 1,
        [b'M', b'a', b'r'] => 2,
        [b'A', b'p', b'r'] => 3,
        [b'M', b'a', b'y'] => 4,
        [b'J', b'u', b'n'] => 5,
        [b'J', b'u', b'l'] => 6,
        [b'A', b'u', b'g'] => 7,
        [b'S', b'e', b'p'] => 8,
        [b'O', b'c', b't'] => 9,
        [b'N', b'o', b'v'] => 10,
        [b'D', b'e', b'c'] => 11,
        _ => return None,
    };
    let (day, at) = match *rest {
        [b' ', d1, b' ', ..] => (digit(d1)?, 7),
        [d1, b' ', ..] => (digit(d1)?, 6),
        [d1, d2, b' ', ..] => (digit(d1)? * 10 + digit(d2)?, 7),
        _ => return None,
    };
    (1..=DAYS_IN[month]).contains(&day).then_some((month, day, at))
}

/// RFC 3339, section 5.6, with `T`, `t` or a space; any number of fraction digits behind a point or comma (ISO 8601):
/// local microseconds of the day's begin and since then, and where the offset begins.
fn rfc3339(line: &[u8]) -> Option<(i64, i64, usize)> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', ..] = line else { return None };
    let year = ((digit(y1)? * 10 + digit(y2)?) * 10 + digit(y3)?) * 10 + digit(y4)?;
    let month = digit(m1)? * 10 + digit(m2)?;
    let day = digit(d1)? * 10 + digit(d2)?;
    let date = date(year, month, day)?;
    let (time, at) = time_of_day(line, 11)?;
    Some((date, time, at))
}

/// Local microseconds at which a day begins (`month` and `day` from 1); `None` if there is no such day.
#[inline]
pub(super) fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = DAYS_IN.get(usize::try_from(month - 1).ok()?)? - i64::from(month == 2 && !leap);
    (1..=longest).contains(&day).then(|| days_from_civil(year, month, day) * DAY)
}

/// The same with an offset that stands apart, as Exim writes it: `03:04:05 +0100 `.
pub(super) fn with_zone_apart(line: &[u8], stamp: Stamp, at: usize) -> (Stamp, usize) {
    let zoned = match (stamp, line.get(at), line.get(at + 1)) {
        (Stamp::Local(local), Some(b' '), Some(b'+' | b'-')) => {
            Recent::default().with_zone(line, local, at + 1)
        }
        _ => None,
    };
    zoned.filter(|&(_, end)| line.get(end) == Some(&b' ')).unwrap_or((stamp, at))
}

/// `22:35:02` with an optional fraction: microseconds of the day. Second 60 is a leap second, taken as the next one.
pub(super) fn time_of_day(line: &[u8], at: usize) -> Option<(i64, usize)> {
    let &[h1, h2, b':', m1, m2, b':'] = line.get(at..at + 6)? else { return None };
    let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    if hour > 23 || minute > 59 {
        return None;
    }
    let (micros, end) = seconds(line, at + 6)?;
    Some(((hour * 60 + minute) * MINUTE + micros, end))
}

/// `02` with an optional fraction: microseconds of the minute.
#[inline]
fn seconds(line: &[u8], at: usize) -> Option<(i64, usize)> {
    let &[s1, s2] = line.get(at..at + 2)? else { return None };
    let second = digit(s1)? * 10 + digit(s2)?;
    if second > 60 {
        return None;
    }
    match line.get(at + 2) {
        Some(b'.' | b',') => {
            let (fraction, end) = fraction(line, at + 3)?;
            Some((second * SECOND + fraction, end))
        }
        _ => Some((second * SECOND, at + 2)),
    }
}

/// Digits behind the point as microseconds; further digits are dropped, not rounded.
#[inline]
fn fraction(line: &[u8], start: usize) -> Option<(i64, usize)> {
    // Nearly all have six.
    match line.get(start..)?.first_chunk().and_then(|text| digits::six(*text)) {
        Some(micros) => Some((i64::from(micros), start + 6)),
        None => any_fraction(line, start),
    }
}

fn any_fraction(line: &[u8], start: usize) -> Option<(i64, usize)> {
    let (mut at, mut value, mut unit) = (start, 0, 100_000);
    while let Some(d) = line.get(at).copied().and_then(digit) {
        value += d * unit;
        unit /= 10;
        at += 1;
    }
    (at > start).then_some((value, at))
}

/// `01:00`, `0100` or `01`: minutes.
fn offset(line: &[u8], at: usize) -> Option<(i64, usize)> {
    let hours = digit(*line.get(at)?)? * 10 + digit(*line.get(at + 1)?)?;
    let digits = at + 2 + usize::from(line.get(at + 2) == Some(&b':'));
    let minutes = match (line.get(digits), line.get(digits + 1)) {
        (Some(&a), Some(&b)) if a.is_ascii_digit() => Some((digit(a)? * 10 + digit(b)?, digits + 2)),
        _ => (digits == at + 2).then_some((0, digits)),
    };
    let (minutes, end) = minutes?;
    (hours < 24 && minutes < 60).then_some((hours * 60 + minutes, end))
}

pub(super) fn digit(byte: u8) -> Option<i64> {
    let value = byte.wrapping_sub(b'0');
    (value < 10).then_some(i64::from(value))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years begin in March here, so that the leap day is the
/// last of its year (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Datelike, NaiveDate};

    fn read(text: &str) -> Option<(Stamp, usize)> {
        Recent::default().stamp(text.as_bytes())
    }

    #[test]
    fn a_stamp_is_the_same_whatever_came_before() {
        let texts = [
            "Mar  5 01:02:03 x",
            "Mar  5 01:02:04.5 x",
            "Mar 15 01:02:05 x",
            "Mar 5 01:02:03 x",
            "Mar 5 01:02:59 x",
            "Mar 05 01:02:60 x",
            "Mar 05 01:02:61 x",
            "Mar 05 01:02:0",
            "Mar  5 01:03:03 x",
            "Mar  5 01:02:03 x",
            "2024-11-05T22:35:02.123456+01:00 x",
            "2024-11-05T22:35:02Z x",
            "2024-11-05T22:35:60-08:00 x",
            "2024-11-05T22:35:59 x",
            "2024-11-05 22:35:59 x",
            "2024-11-05T22:35:61Z x",
            "2024-11-05T22:35:02.5+0100 x",
            "2024-11-05T22:35:02.1234567+01:00",
            "2024-11-05T22:35:02+01:0 x",
            "2024-11-05T22:35:02-01:00 x",
            "2024-11-05T22:35:",
            "x",
            "",
        ];
        for before in texts {
            for text in texts {
                let mut recent = Recent::default();
                recent.stamp(before.as_bytes());
                assert_eq!(recent.stamp(text.as_bytes()), read(text), "{text} after {before}");
            }
        }
    }

    #[test]
    fn days_agree_with_the_calendar() {
        let mut date = NaiveDate::from_ymd_opt(1899, 12, 31).unwrap();
        while date.year() < 2105 {
            let want = i64::from(date.num_days_from_ce()) - 719_163;
            let got = days_from_civil(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
            assert_eq!(got, want, "{date}");
            date = date.succ_opt().unwrap();
        }
    }

    #[test]
    fn traditional_days_are_padded_or_not() {
        let want = Stamp::yearless(3, 5, 3_723_000_000).unwrap();
        for text in ["Mar  5 01:02:03", "Mar 5 01:02:03", "Mar 05 01:02:03"] {
            assert_eq!(read(text), Some((want, text.len())), "{text}");
        }
        let leap = Stamp::yearless(2, 29, 0).unwrap();
        assert_eq!(read("Feb 29 00:00:00 x"), Some((leap, 15)));
        for bad in
            ["Feb 30 00:00:00", "Mar  0 00:00:00", "Mar 32 00:00:00", "Mrz  5 01:02:03", "Mar  5 24:00:00"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn offsets_and_fractions_come_in_every_length() {
        let micros = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
        for (text, same_as) in [
            ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
            ("2024-02-29 23:59:59.5z", "2024-02-29T23:59:59.5Z"),
            ("2024-02-29T23:59:59,123456789+05:30", "2024-02-29T23:59:59.123456+05:30"),
            ("2024-02-29T23:59:59.1-0800", "2024-02-29T23:59:59.1-08:00"),
            ("2024-02-29T23:59:59+01", "2024-02-29T23:59:59+01:00"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ] {
            let want = Stamp::Absolute(EventTime::from_micros(micros(same_as)));
            assert_eq!(read(text), Some((want, text.len())), "{text}");
        }
        let local = Stamp::Local(micros("2024-02-29T23:59:59Z"));
        assert_eq!(read("2024-02-29 23:59:59 mx1"), Some((local, 19)));
        for bad in
            ["2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T00:00:61Z", "2024-01-01T00:00:00."]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
