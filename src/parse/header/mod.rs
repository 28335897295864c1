//! The header of a line: when, which host, which program, which process.
//!
//! It runs for every line, so it works on bytes by hand, and what it finds are ranges into the line. First the two plain
//! shapes are tried: traditional (RFC 3164, section 4.1) and RFC 3339 stamps as rsyslog, syslog-ng and postlogd write
//! them. What is written in another way, or wrapped, is left to `around`. It never guesses the year or the zone, and
//! never fails loudly: a line without a header is `None`.

mod around;
mod collector;
mod marks;
mod object;
mod prefix;
mod rfc5424;
mod shape;
mod stamps;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::model::{Mta, Stamp};

use super::bytes::{begins_with, first_of};
use super::digits;
use super::stamp::{Begin, Recent};

pub(super) use around::{Wanting, written};
pub(super) use marks::is_mark;
pub(super) use object::object;
pub use shape::{Shape, Shapes};
pub(super) use stamps::epoch;

use around::tagged;

/// The parts of a header, as ranges into the line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Header {
    /// The time as stated.
    pub stamp: Stamp,
    /// The host; empty where none is named.
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

impl Header {
    /// That of a line that has none.
    pub(super) const NOTHING: Self =
        Self { stamp: Stamp::None, host: 0..0, program: 0..0, pid: 0, text: 0, own: None };

    /// One that names no program.
    pub(super) fn without_program(stamp: Stamp, host: Range<usize>, text: usize) -> Self {
        Self { stamp, program: host.end..host.end, host, pid: 0, text, own: None }
    }
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
#[inline]
pub(super) fn parse_near<'l>(line: &'l [u8], recent: &mut Recent<'l>) -> Option<Header> {
    read(line, recent).map(|found| found.header)
}

/// A header, and how it is written.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) header: Header,
    pub(super) shapes: Shapes,
}

impl Found {
    /// A header that is nothing special.
    pub(super) fn plain(header: Header) -> Self {
        Self { header, shapes: Shapes::default() }
    }

    pub(super) fn with(self, shapes: Shapes) -> Self {
        Self { shapes: self.shapes.and(shapes), ..self }
    }

    /// Whether its text, where it was found, is an object that the message may stand in.
    #[inline]
    pub(super) fn is_around_object(&self) -> bool {
        self.shapes.has(Shape::Json)
    }

    /// The same, which may stand around an object.
    fn around_object(self, line: &[u8]) -> Self {
        match object(line, self.header.text) {
            Some(_) => self.with(Shapes::default().with(Shape::Json)),
            None => self,
        }
    }
}

/// The header of `line`, and how it is written.
#[inline]
pub(super) fn read<'l>(line: &'l [u8], recent: &mut Recent<'l>) -> Option<Found> {
    match plain(line, recent) {
        // What ends in a colon is a program and no host.
        Some(header) if line[header.host.end - 1] != b':' => {
            if line.get(header.text).is_none_or(|&byte| is_text(byte)) {
                Some(Found::plain(header))
            } else {
                Some(with_more(line, header))
            }
        }
        _ => around::read(line, recent),
    }
}

/// Whether a text that begins with `byte` is neither a message id nor an object.
#[inline]
fn is_text(byte: u8) -> bool {
    // The lower six bits tell them from all that texts begin with, in one instruction.
    const OTHERS: u64 = 1 << (b'[' & 63) | 1 << (b'{' & 63) | 1 << (b'@' & 63);
    OTHERS >> (byte & 63) & 1 == 0
}

/// A header behind which more than the text may stand.
#[cold]
fn with_more(line: &[u8], mut header: Header) -> Found {
    let mut shapes = Shapes::default();
    if let Some(text) = marks::behind_message_id(line, header.text) {
        header.text = text;
        shapes = shapes.with(Shape::MessageId);
    }
    Found { header, shapes }.around_object(line)
}

/// Stamp, host, program, and nothing else.
#[inline]
fn plain<'l>(line: &'l [u8], recent: &mut Recent<'l>) -> Option<Header> {
    let (stamp, host, rest) = stamp_and_host(line, recent)?;
    let word = word_end(line, rest);
    if word == rest || line[word - 1] != b':' {
        return said_by_syslog(&line[rest..]).then(|| Header::without_program(stamp, host, rest));
    }
    if object(line, rest).is_some() {
        return None;
    }
    let (program, pid) = program_and_pid(line, rest, word - 1)?;
    Some(Header { stamp, host, program, pid, text: (word + 1).min(line.len()), own: None })
}

/// syslogd's own lines name no program.
fn said_by_syslog(text: &[u8]) -> bool {
    text.starts_with(b"last message repeated ") || text.starts_with(b"-- MARK --")
}

/// The stamp that `text` is, as any writer writes them.
pub(super) fn stamp(text: &[u8], recent: &mut Recent<'_>) -> Option<Stamp> {
    stamps::read(text, 0, recent).filter(|read| read.end == text.len()).map(|read| read.stamp)
}

#[inline]
fn stamp_and_host<'l>(line: &'l [u8], recent: &mut Recent<'l>) -> Option<(Stamp, Range<usize>, usize)> {
    let Begin { text, stamp, host } = &recent.begin;
    if !text.is_empty() && begins_with(line, text) {
        return Some((*stamp, host.clone(), text.len()));
    }
    let (stamp, at) = recent.stamp(line)?;
    if line.get(at) != Some(&b' ') {
        return None;
    }
    let start = at + 1;
    // Mostly the host, at least, is the same.
    let known = recent.begin.text.get(recent.begin.host.start..).unwrap_or_default();
    let end = match line.get(start..) {
        Some(rest) if !known.is_empty() && begins_with(rest, known) => start + known.len() - 1,
        _ => word_end(line, start),
    };
    if end == start || end == line.len() || is_zone_or_labels(&line[start..]) {
        return None;
    }
    recent.begin = Begin { text: &line[..=end], stamp, host: start..end };
    Some((stamp, start..end, end + 1))
}

/// What may stand behind a stamp and is no host: a zone that stands apart, a collector's labels.
fn is_zone_or_labels(text: &[u8]) -> bool {
    matches!(text, [b'{', ..] | [b'+' | b'-', b'0'..=b'9', ..])
}

#[inline]
fn word_end(line: &[u8], start: usize) -> usize {
    first_of(line, start, [b' '])
}

/// Splits `name[123]`; brackets around anything but digits belong to the name.
#[inline]
pub(super) fn program_and_pid(line: &[u8], start: usize, end: usize) -> Option<(Range<usize>, u32)> {
    if start >= end {
        return None;
    }
    let inside = line.get(..end)?.strip_suffix(b"]").unwrap_or_default();
    let (pid, digits) = number_at_end(inside);
    // The bracket, and something in front of it.
    let program = inside.len().wrapping_sub(digits + 1);
    if digits > 0 && inside.get(program) == Some(&b'[') && program > start {
        return Some((start..program, pid));
    }
    Some((start..end, 0))
}

/// The number whose digits `text` ends with (of a very long one the last 32 bits), and how many they are.
#[inline]
fn number_at_end(text: &[u8]) -> (u32, usize) {
    match text.last_chunk().map(|text| digits::trailing(*text)) {
        Some(near) if near.1 < 8 => near,
        _ => long_number_at_end(text),
    }
}

/// The same where eight bytes do not tell. No process id is so long.
#[cold]
fn long_number_at_end(text: &[u8]) -> (u32, usize) {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let number = text[text.len() - digits..]
        .iter()
        .fold(0_u32, |number, byte| number.wrapping_mul(10).wrapping_add(u32::from(byte - b'0')));
    (number, digits)
}
