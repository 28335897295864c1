//! The syslog header of a line: when, which host, which program, which process.
//!
//! Two shapes are read: traditional (RFC 3164, section 4.1) and RFC 3339 stamps as rsyslog, syslog-ng and postlogd write
//! them. It runs for every line, so it works on bytes by hand. It never guesses the year or the zone, and never fails
//! loudly: a line without a header is `None`.

use std::ops::Range;

use crate::model::{Mta, Stamp};

use super::parser::header_of;
use super::stamp::Recent;

/// The parts of a header, as ranges into the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The time as stated.
    pub stamp: Stamp,
    /// The host.
    pub host: Range<usize>,
    /// The program (`postfix/smtpd`); empty where syslog itself speaks (`last message repeated 2 times`).
    pub program: Range<usize>,
    /// The process id; 0 where there is none.
    pub pid: u32,
    /// Where the text begins; it ends with the line.
    pub text: usize,
    /// The mail server whose own log this is: such lines name no program.
    pub own: Option<Mta>,
}

/// Reads the header of `line`; `None` if it has none.
///
/// ```
/// use relaywatch::parse::header;
/// let line = b"Nov  5 22:35:02 mx1 postfix/smtpd[811]: connect from unknown[192.0.2.1]";
/// let header = header::parse(line).unwrap();
/// assert_eq!(&line[header.program], b"postfix/smtpd");
/// assert_eq!(header.pid, 811);
/// assert!(line[header.text..].starts_with(b"connect"));
/// ```
pub fn parse(line: &[u8]) -> Option<Header> {
    parse_near(line, &mut Recent::default())
}

/// The same for a line that was written soon after others.
pub(super) fn parse_near(line: &[u8], recent: &mut Recent) -> Option<Header> {
    let (stamp, host, rest) = stamp_and_host(line, recent)?;
    let word = word_end(line, rest);
    if word == rest || line[word - 1] != b':' {
        let said_by_syslog =
            line[rest..].starts_with(b"last message repeated ") || line[rest..].starts_with(b"-- MARK --");
        return said_by_syslog.then_some(Header {
            stamp,
            host,
            program: rest..rest,
            pid: 0,
            text: rest,
            own: None,
        });
    }
    let (program, pid) = program_and_pid(line, rest, word - 1)?;
    Some(Header { stamp, host, program, pid, text: (word + 1).min(line.len()), own: None })
}

/// The stamp and host of the first line in `bytes` that has a header: what orders files.
pub fn first_stamp(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let format = super::detect(bytes);
    bytes.split(|&byte| byte == b'\n').find_map(|line| {
        let header = header_of(format, line, &mut Recent::default()).filter(|h| h.stamp != Stamp::None)?;
        Some((header.stamp, &line[header.host]))
    })
}

fn stamp_and_host(line: &[u8], recent: &mut Recent) -> Option<(Stamp, Range<usize>, usize)> {
    let (stamp, at) = recent.stamp(line)?;
    if line.get(at) != Some(&b' ') {
        return None;
    }
    let end = word_end(line, at + 1);
    (end > at + 1 && end < line.len()).then_some((stamp, at + 1..end, end + 1))
}

/// Names are short: a plain loop beats a vectorised search here.
fn word_end(line: &[u8], start: usize) -> usize {
    line[start..].iter().position(|&byte| byte == b' ').map_or(line.len(), |len| start + len)
}

/// Splits `name[123]`; brackets around anything but digits belong to the name.
fn program_and_pid(line: &[u8], start: usize, end: usize) -> Option<(Range<usize>, u32)> {
    if end == start {
        return None;
    }
    if line[end - 1] == b']' {
        let (mut at, mut pid, mut unit) = (end - 1, 0_u32, 1_u32);
        while at > start && line[at - 1].is_ascii_digit() {
            at -= 1;
            pid = pid.wrapping_add(u32::from(line[at] - b'0').wrapping_mul(unit));
            unit = unit.wrapping_mul(10);
        }
        if at < end - 1 && at > start + 1 && line[at - 1] == b'[' {
            return Some((start..at - 1, pid));
        }
    }
    Some((start..end, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventTime;

    fn parts(line: &str) -> Option<(Stamp, &str, &str, u32, &str)> {
        let header = parse(line.as_bytes())?;
        Some((header.stamp, &line[header.host], &line[header.program], header.pid, &line[header.text..]))
    }

    #[test]
    fn programs_keep_their_names_and_lose_their_pid() {
        for (tag, program, pid) in [
            ("postfix/smtpd[811]:", "postfix/smtpd", 811),
            ("postfix-192.0.2.4/smtp[1]:", "postfix-192.0.2.4/smtp", 1),
            ("getty@tty1[9]:", "getty@tty1", 9),
            ("dovecot:", "dovecot", 0),
            ("x[y]:", "x[y]", 0),
            ("[5]:", "[5]", 0),
        ] {
            let line = format!("Nov  5 22:35:02 mx1 {tag} the text: more");
            let (stamp, host, name, number, text) = parts(&line).unwrap();
            assert_eq!((host, name, number, text), ("mx1", program, pid, "the text: more"), "{line}");
            assert_eq!(Some(stamp), Stamp::yearless(11, 5, 81_302_000_000));
        }
    }

    #[test]
    fn an_empty_text_is_a_text() {
        assert_eq!(parts("Nov 5 22:35:02 mx1 cron:").unwrap().4, "");
        assert_eq!(parts("Nov 5 22:35:02 mx1 cron: ").unwrap().4, "");
    }

    #[test]
    fn rfc3339_lines_have_a_complete_time() {
        let line = "2024-11-05T22:35:02.123456+01:00 mx1 postfix/smtpd[811]: connect";
        let (stamp, host, program, pid, text) = parts(line).unwrap();
        assert_eq!(stamp, Stamp::Absolute(EventTime::from_micros(1_730_842_502_123_456)));
        assert_eq!((host, program, pid, text), ("mx1", "postfix/smtpd", 811, "connect"));
    }

    #[test]
    fn lines_without_header_have_none() {
        for line in [
            "",
            "\0",
            "hello",
            "Nov",
            "Nov  5 22:35:02",
            "Nov  5 22:35:02 ",
            "Nov  5 22:35:02 mx1",
            "Nov  5 22:35:02 mx1 ",
            "Nov  5 22:35:02 mx1 :",
            "Nov  5 22:35:02 mx1 postfix/smt",
            "2024-11-05T22:35:02Z",
        ] {
            assert_eq!(parts(line), None, "{line}");
        }
    }

    #[test]
    fn what_syslog_says_itself_has_no_program() {
        assert_eq!(parts("Nov  5 22:35:02 mx1 last message repeated 2 times").unwrap().2, "");
    }

    #[test]
    fn the_first_stamp_of_a_block_skips_what_is_no_line() {
        let block = b"rest of a line\n\nNov  6 00:00:01 mx2 cron: x\nNov  7 00:00:01 mx3 cron: x\n";
        let (stamp, host) = first_stamp(block).unwrap();
        assert_eq!((Some(stamp), host), (Stamp::yearless(11, 6, 1_000_000), &b"mx2"[..]));
        assert_eq!(first_stamp(b"nothing here\n"), None);
    }
}
