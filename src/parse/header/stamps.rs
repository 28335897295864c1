//! Stamps as writers other than syslogd put them in front of a line. It never guesses: what states no year or zone
//! stays without.
//!
//! - `Nov  5 2026 22:35:02`, `2026 Nov  5 22:35:02`: with the year (syslog-ng's manual, macro `FULLDATE`).
//! - `Thu Nov  5 22:35:02 2026`: ctime(3), as logread of `OpenWrt` prints it.
//! - `Thu 2026-11-05 22:35:02 CET`: journalctl(1), `--output=short-full` and `with-unit`.
//! - `1793918102.123456`: journalctl(1), `--output=short-unix`.
//! - `*Nov  5 22:35:02.104 UTC: `, `.Nov  5 22:35:02.104: `, `Nov 05 2026 22:35:02: `: Cisco's devices (the guides, "System
//!   message logging", `service timestamps log datetime`). An asterisk says that the clock was never set, a point that it
//!   was not checked of late.
//! - `[12345.678901]`: journalctl(1), `--output=short-monotonic`: time since the machine booted, so no calendar time.

use std::ops::Range;

use super::shape::Shape;
use crate::model::{EventTime, Stamp};
use crate::parse::stamp::{self, Recent, digit, month_and_day, time_of_day};

const SECOND: i64 = 1_000_000;

/// A stamp, and where it ends.
pub(super) struct Read {
    pub(super) stamp: Stamp,
    pub(super) end: usize,
    /// What it is, unless it is one of the plain two.
    pub(super) shape: Option<Shape>,
}

/// The stamp at `at`.
pub(super) fn read(line: &[u8], at: usize, recent: &mut Recent<'_>) -> Option<Read> {
    let rest = line.get(at..)?;
    if let Some((stamp, len)) = cisco(rest) {
        return Some(Read { stamp, end: at + len, shape: Some(Shape::Dated) });
    }
    if let Some((stamp, len)) = recent.stamp(rest) {
        let (stamp, len) = stamp::with_zone_apart(rest, stamp, len);
        return Some(Read { stamp, end: at + len, shape: None });
    }
    let (stamp, len, shape) = match rest {
        [b'[', ..] => (Stamp::None, monotonic(rest)?, Shape::SinceBoot),
        [b'0'..=b'9', ..] => {
            let (stamp, len) = year_first(rest).or_else(|| unix(rest))?;
            (stamp, len, Shape::Dated)
        }
        [b'A'..=b'Z', ..] => {
            let (stamp, len) = year_behind_day(rest).or_else(|| weekday(rest))?;
            (stamp, len, Shape::Dated)
        }
        _ => return None,
    };
    Some(Read { stamp, end: at + len, shape: Some(shape) })
}

/// Seconds since the epoch, with a fraction or without; or milliseconds, microseconds, nanoseconds, by their length:
/// none of the ranges overlap between the years 1973 and 5138.
pub(in crate::parse) fn epoch(text: &[u8]) -> Option<Stamp> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = number(text, 0..digits)?;
    let micros = match digits {
        9..=11 => {
            let fraction = match &text[digits..] {
                [] => 0,
                [b'.', fraction @ ..] if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) => {
                    (0..6).fold(0, |micros, at| {
                        micros * 10 + fraction.get(at).copied().and_then(digit).unwrap_or(0)
                    })
                }
                _ => return None,
            };
            whole * SECOND + fraction
        }
        12..=14 if text.len() == digits => whole * 1000,
        15..=17 if text.len() == digits => whole,
        18..=19 if text.len() == digits => whole / 1000,
        _ => return None,
    };
    Some(Stamp::Absolute(EventTime::from_micros(micros)))
}

/// `1793918102.123456`
fn unix(text: &[u8]) -> Option<(Stamp, usize)> {
    let len = text.iter().position(|&byte| byte == b' ')?;
    let word = &text[..len];
    // Nothing but this writer's fraction makes a mere number a time.
    (word.len() >= 16 && word[word.len() - 7] == b'.')
        .then(|| epoch(word))
        .flatten()
        .map(|stamp| (stamp, len))
}

/// `[12345.678901]`, `[    5.678901]`: where it ends.
fn monotonic(text: &[u8]) -> Option<usize> {
    let end = text.iter().take(32).position(|&byte| byte == b']')?;
    let inside = text[1..end].trim_ascii_start();
    let point = inside.iter().position(|&byte| byte == b'.')?;
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    (digits(&inside[..point]) && digits(&inside[point + 1..])).then_some(end + 1)
}

/// `Nov  5 2026 22:35:02`
fn year_behind_day(text: &[u8]) -> Option<(Stamp, usize)> {
    let (month, day, at) = month_and_day(text)?;
    let year = year(text, at)?;
    local(text, year, month, day, at + 5)
}

/// `*Nov  5 22:35:02.104 UTC:`, with a colon behind it. A word is a zone, and no program, if the clock's mark stands in
/// front, or a message of Cisco's behind.
fn cisco(text: &[u8]) -> Option<(Stamp, usize)> {
    let marks = usize::from(matches!(text.first()?, b'*' | b'.'));
    let date = &text[marks..];
    if !date.first()?.is_ascii_uppercase() {
        return None;
    }
    let (stamp, len) = Recent::default().stamp(date).or_else(|| year_behind_day(date))?;
    let at = marks + len;
    let word = text.get(at..)?.iter().take(LONGEST_ZONE + 2).position(|&byte| byte == b':')?;
    let (name, end) = (&text[at..at + word], at + word + 1);
    let is_zone = match name {
        [] => true,
        [b' ', name @ ..] => {
            let fits = name.len() > 1 && name.iter().all(u8::is_ascii_uppercase);
            fits && (marks > 0 || text[end..].starts_with(b" %"))
        }
        _ => false,
    };
    let stamp = match stamp {
        _ if text[0] == b'*' => Stamp::None,
        Stamp::Local(local) if name == b" UTC" => Stamp::Absolute(EventTime::from_micros(local)),
        stamp => stamp,
    };
    (is_zone && text.get(end) == Some(&b' ')).then_some((stamp, end))
}

/// Letters of a zone's short name.
const LONGEST_ZONE: usize = 5;

/// `2026 Nov  5 22:35:02`
fn year_first(text: &[u8]) -> Option<(Stamp, usize)> {
    let year = year(text, 0)?;
    let (month, day, at) = month_and_day(text.get(5..)?)?;
    local(text, year, month, day, 5 + at)
}

/// `Thu Nov  5 22:35:02 2026`, `Thu 2026-11-05 22:35:02 CET`
fn weekday(text: &[u8]) -> Option<(Stamp, usize)> {
    const DAYS: [&[u8]; 7] = [b"Mon ", b"Tue ", b"Wed ", b"Thu ", b"Fri ", b"Sat ", b"Sun "];
    let rest = text.get(4..)?;
    if !DAYS.contains(&&text[..4]) {
        return None;
    }
    if let Some((month, day, at)) = month_and_day(rest) {
        let (time, end) = time_of_day(rest, at)?;
        let year = year(rest, end + 1).filter(|_| rest[end] == b' ')?;
        let date = stamp::date(year, month as i64 + 1, day)?;
        return Some((Stamp::Local(date + time), 4 + end + 5));
    }
    let (stamp, len) = Recent::default().stamp(rest)?;
    let Stamp::Local(local) = stamp else { return None };
    let (stamp, len) = zone(rest, local, len)?;
    Some((stamp, 4 + len))
}

/// The word behind a time: `UTC`, `+03`. What other zones' short names mean is not agreed upon (there are three `IST`),
/// so such a stamp is one of the stated zone.
fn zone(text: &[u8], local: i64, at: usize) -> Option<(Stamp, usize)> {
    let word = text.get(at..)?.strip_prefix(b" ")?;
    let len = word.iter().position(|&byte| byte == b' ')?;
    let end = at + 1 + len;
    match &word[..len] {
        b"UTC" | b"GMT" => Some((Stamp::Absolute(EventTime::from_micros(local)), end)),
        [b'+' | b'-', ..] => {
            Recent::default().with_zone(text, local, at + 1).filter(|&(_, behind)| behind == end)
        }
        name => (len >= 2 && name.iter().all(u8::is_ascii_alphabetic)).then_some((Stamp::Local(local), end)),
    }
}

fn local(text: &[u8], year: i64, month: usize, day: i64, at: usize) -> Option<(Stamp, usize)> {
    let (time, end) = time_of_day(text, at)?;
    let date = stamp::date(year, month as i64 + 1, day)?;
    Recent::default().with_zone(text, date + time, end)
}

fn year(text: &[u8], at: usize) -> Option<i64> {
    let year = number(text, at..at + 4)?;
    (matches!(text.get(at + 4), None | Some(b' ')) && year >= 1970).then_some(year)
}

/// At most 19 digits, so it fits unless it begins with a 9.
fn number(text: &[u8], at: Range<usize>) -> Option<i64> {
    let digits = text.get(at).filter(|digits| (1..=19).contains(&digits.len()))?;
    digits.iter().try_fold(0_i64, |number, &byte| number.checked_mul(10)?.checked_add(digit(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(String, usize)> {
        let read = read(text.as_bytes(), 0, &mut Recent::default())?;
        let told = match read.stamp {
            Stamp::None => "none".to_owned(),
            Stamp::Absolute(time) => time.to_string(),
            Stamp::Local(micros) => EventTime::from_micros(micros).to_string().replace('Z', " local"),
            Stamp::Yearless(_) => "yearless".to_owned(),
        };
        Some((told, read.end))
    }

    #[test]
    fn every_writer_s_stamp_is_read() {
        for (text, want) in [
            ("Nov  5 22:35:02", "yearless"),
            ("2026-11-05T22:35:02Z", "2026-11-05T22:35:02Z"),
            ("Nov  5 2026 22:35:02", "2026-11-05T22:35:02 local"),
            ("Nov 05 2026 22:35:02.5", "2026-11-05T22:35:02.5 local"),
            ("2026 Nov  5 22:35:02", "2026-11-05T22:35:02 local"),
            ("2026 Nov 15 22:35:02", "2026-11-15T22:35:02 local"),
            ("Thu Nov  5 22:35:02 2026", "2026-11-05T22:35:02 local"),
            ("Thu 2026-11-05 22:35:02 CET", "2026-11-05T22:35:02 local"),
            ("Thu 2026-11-05 22:35:02 UTC", "2026-11-05T22:35:02Z"),
            ("Thu 2026-11-05 22:35:02.25 +03", "2026-11-05T19:35:02.25Z"),
            ("1793918102.123456", "2026-11-05T22:35:02.123456Z"),
            ("*Nov  5 22:35:02.104 UTC:", "none"),
            (".Nov  5 22:35:02.104 CET:", "yearless"),
            (".Nov  5 2026 22:35:02.5 UTC:", "2026-11-05T22:35:02.5Z"),
            ("Nov 05 2026 22:35:02:", "2026-11-05T22:35:02 local"),
            ("Nov  5 22:35:02:", "yearless"),
            ("2026-11-05 22:35:02.5 +0100", "2026-11-05T21:35:02.5Z"),
            ("[12345.678901]", "none"),
            ("[    5.678901]", "none"),
        ] {
            let line = format!("{text} mx1 x");
            assert_eq!(told(&line), Some((want.to_owned(), text.len())), "{text}");
        }
        for bad in [
            "Thu",
            "Thu ",
            "Xyz Nov  5 22:35:02 2026 x",
            "Nov  5 0026 22:35:02 x",
            "Nov 31 2026 22:35:02 x",
            "Feb 29 2026 22:35:02 x",
            "Thu Feb 29 22:35:02 2026 x",
            "*Nov  5 22:35:02.104 UTC x",
            "*2026-11-05 22:35:02: x",
            "*x",
            "*",
            "Thu 2026-11-05 22:35:02 x=y z",
            "Thu 2026-11-05T22:35:02Z UTC x",
            "1793918102 mx1 x",
            "1793918102.12 mx1 x",
            "[811] x",
            "[8.] x",
            "[",
        ] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_length_of_a_number_says_its_unit() {
        let want = Stamp::Absolute(EventTime::from_micros(1_793_918_102_123_000));
        for text in ["1793918102.123", "1793918102123", "1793918102123000", "1793918102123000999"] {
            assert_eq!(epoch(text.as_bytes()), Some(want), "{text}");
        }
        for bad in
            ["", "1", "1793918102.", "1793918102.x", "1793918102123.5", "9999999999999999999", "-1793918102"]
        {
            assert_eq!(epoch(bad.as_bytes()), None, "{bad}");
        }
    }
}
