//! Headers that are more than stamp, host and program, or less; and what others put around a line. It is asked only
//! about lines that have no plain header.
//!
//! **What is complete in itself counts, whatever stands behind it.** Only where a header lacks its host or program is
//! looked for another one within: text that a client chose stands behind a program name, so no client's text is ever
//! taken for a header.

use std::ops::Range;

use super::shape::{Shape, Shapes};
use super::{
    Found, Header, collector, marks, object, prefix, program_and_pid, rfc5424, said_by_syslog, stamps,
    word_end,
};
use crate::model::Stamp;
use crate::parse::bytes::without_mark;
use crate::parse::stamp::Recent;

/// Headers within each other: a service's name, a runtime's stamp, a relay's header, the line's own.
const DEPTH: u8 = 4;

/// Reads the header of `line`.
#[cold]
pub(super) fn read(line: &[u8], recent: &mut Recent<'_>) -> Option<Found> {
    let at = line.len() - without_mark(line).len();
    let wanting = Wanting { stamp: Stamp::None, host: at..at };
    if let Some(found) = raw(line, at, &wanting, recent, DEPTH) {
        return Some(found.around_object(line));
    }
    let shapes = Shapes::default().with(Shape::Prefix);
    prefix::candidates(line, marks::priority(line, at).unwrap_or(at))
        .find_map(|rest| written(line, rest, &Wanting { host: rest..rest, ..wanting.clone() }, recent))
        .map(|found| found.with(shapes))
}

/// What is known of a line besides what stands in it.
#[derive(Clone)]
pub(in crate::parse) struct Wanting {
    /// When it was written.
    pub(in crate::parse) stamp: Stamp,
    /// Where the name of its host stands.
    pub(in crate::parse) host: Range<usize>,
}

/// Reads the line that begins at `at`, as a program wrote it to its output: it may have a header of its own, begin with
/// the program, or be an object.
pub(in crate::parse) fn written(
    line: &[u8],
    at: usize,
    known: &Wanting,
    recent: &mut Recent<'_>,
) -> Option<Found> {
    written_within(line, at, known, recent, DEPTH)
}

/// The same within so many other headers.
fn written_within(
    line: &[u8],
    at: usize,
    known: &Wanting,
    recent: &mut Recent<'_>,
    depth: u8,
) -> Option<Found> {
    let found = raw(line, at, known, recent, depth).or_else(|| object_alone(line, at, known))?;
    Some(found.around_object(line))
}

/// An object in the place of a line: what is known of it, it has to say itself.
fn object_alone(line: &[u8], at: usize, known: &Wanting) -> Option<Found> {
    object(line, at).map(|_| silent(known, at))
}

/// The same, but for an object.
fn raw(line: &[u8], at: usize, known: &Wanting, recent: &mut Recent<'_>, depth: u8) -> Option<Found> {
    if let Some(found) = complete(line, at, recent, depth) {
        return Some(found);
    }
    if line.get(at..)?.starts_with(b"-- ") && line.ends_with(b" --") {
        // journalctl(1): where the machine booted, and which time is shown.
        return Some(silent(known, line.len()));
    }
    let at = marks::priority(line, at).unwrap_or(at);
    // Without a stamp in front, only what is a program beyond doubt is one.
    let is_program = |header: &Header| {
        header.pid != 0 && line[header.program.clone()].iter().all(|&byte| prefix::is_of_name(byte))
    };
    let mut found = own(line, known, at).filter(|found| is_program(&found.header))?;
    if known.stamp == Stamp::None {
        found.shapes = found.shapes.with(Shape::Timeless);
    }
    Some(found)
}

/// A line that says nothing of a server: of no program.
fn silent(known: &Wanting, text: usize) -> Found {
    Found::plain(Header::without_program(known.stamp, known.host.clone(), text))
}

/// A header at `at` that begins with its priority or its stamp.
fn complete(line: &[u8], at: usize, recent: &mut Recent<'_>, depth: u8) -> Option<Found> {
    let depth = depth.checked_sub(1)?;
    let behind = marks::priority(line, at);
    let begin = behind.unwrap_or(at);
    let found = rfc5424::read(line, begin, recent)
        .or_else(|| stamped(line, begin, recent, depth))
        .or_else(|| tagged_record(line, begin, recent))?;
    Some(if behind.is_some() { found.with(Shapes::default().with(Shape::Priority)) } else { found })
}

/// A record behind a collector's tag.
fn tagged_record(line: &[u8], begin: usize, recent: &mut Recent<'_>) -> Option<Found> {
    let (stamp, at) = collector::fluentd(line, begin, recent)?;
    let found = object_alone(line, at, &Wanting { stamp, host: at..at })?;
    Some(found.with(Shapes::default().with(Shape::Relayed)))
}

fn stamped(line: &[u8], begin: usize, recent: &mut Recent<'_>, depth: u8) -> Option<Found> {
    let stamps::Read { stamp, end, shape } = stamps::read(line, begin, recent)?;
    let at = spaces(line, end).filter(|&at| at > end)?;
    let known = Wanting { stamp, host: at..at };
    // Exim's own log has such stamps, and words that end in a colon behind them.
    let exims = line[begin].is_ascii_digit() && line.get(begin + 10) == Some(&b' ');
    let mine = own(line, &known, at)
        .filter(|found| !exims || found.header.pid != 0 || !found.header.host.is_empty())
        .or_else(|| container(line, &known, at, recent, depth))
        .map(|found| shape.map_or(found.clone(), |shape| found.with(Shapes::default().with(shape))));
    if mine.is_some() {
        return mine;
    }
    let word = at..word_end(line, at);
    let behind = if is_host(&line[word.clone()]) { spaces(line, word.end) } else { None };
    let within = complete(line, at, recent, depth)
        .or_else(|| complete(line, behind?, recent, depth))
        .or_else(|| written_within(line, collector::behind_labels(line, at)?, &known, recent, depth))
        .or_else(|| object_alone(line, at, &known).filter(|_| !exims))
        .or_else(|| {
            object_alone(line, behind?, &Wanting { host: word, ..known.clone() }).filter(|_| !exims)
        })?;
    let mut within = within.with(Shapes::default().with(Shape::Relayed));
    if within.header.stamp == Stamp::None {
        within.header.stamp = stamp;
    }
    Some(within)
}

/// What follows a stamp: severity, host, severity, program; of them only the program must be there.
fn own(line: &[u8], known: &Wanting, begin: usize) -> Option<Found> {
    let first = behind_marks(line, begin);
    if let Some(header) = tagged(line, known.stamp, known.host.clone(), first) {
        let mut shapes = Shapes::default();
        shapes = if first > begin { shapes.with(Shape::Severity) } else { shapes };
        shapes = if known.host.is_empty() { shapes.with(Shape::Hostless) } else { shapes };
        return Some(Found { header, shapes });
    }
    let host = first..word_end(line, first);
    if !is_host(&line[host.clone()]) {
        return None;
    }
    let second = spaces(line, host.end)?;
    // Cisco's devices part their name from the message so (`logging device-id`).
    let second = if line[second..].starts_with(b": ") { spaces(line, second + 1)? } else { second };
    let mut at = behind_marks(line, second);
    let word = at..word_end(line, at);
    if marks::is_facility(&line[word.clone()]) {
        let severity = spaces(line, word.end)?;
        let behind = behind_marks(line, severity);
        at = if behind > severity { behind } else { at };
    }
    let marked = first > begin || at > second;
    let shapes = if marked { Shapes::default().with(Shape::Severity) } else { Shapes::default() };
    let header = tagged(line, known.stamp, host.clone(), at)
        .or_else(|| said_by_syslog(&line[at..]).then(|| Header::without_program(known.stamp, host, at)))?;
    Some(Found { header, shapes })
}

/// `stdout F ` and the line, as container runtimes write it (Kubernetes, "CRI log format"): of a line that was cut
/// (`P`), the beginning is read, and what follows is none of its own.
fn container(line: &[u8], known: &Wanting, at: usize, recent: &mut Recent<'_>, depth: u8) -> Option<Found> {
    let rest = &line[at..];
    let (stream, rest_at) = match rest {
        _ if rest.starts_with(b"stdout ") => (0, 7),
        _ if rest.starts_with(b"stderr ") => (1, 7),
        _ => return None,
    };
    let tags = rest_at..word_end(rest, rest_at);
    let cut = match rest.get(tags.clone())? {
        [b'F'] | [b'F', b':', ..] => false,
        [b'P'] | [b'P', b':', ..] => true,
        _ => return None,
    };
    let shapes = Shapes::default().with(Shape::Cri);
    if std::mem::replace(&mut recent.cut[stream], cut) {
        return Some(silent(known, line.len()).with(shapes.with(Shape::Continued)));
    }
    let text = (at + tags.end + 1).min(line.len());
    Some(written_within(line, text, known, recent, depth)?.with(shapes))
}

/// The header of a line whose program stands at `at`.
pub(super) fn tagged(line: &[u8], stamp: Stamp, host: Range<usize>, at: usize) -> Option<Header> {
    let end = word_end(line, at);
    if end <= at + 1 || line[end - 1] != b':' || object(line, at).is_some() {
        return None;
    }
    let (program, pid) = program_and_pid(line, at, end - 1)?;
    let text = (end + 1).min(line.len());
    let text = marks::behind_message_id(line, text).unwrap_or(text);
    Some(Header { stamp, host, program, pid, text, own: None })
}

/// Names and addresses of hosts, chains of them (syslog-ng's `chain_hostnames`), and what relays make of them.
fn is_host(word: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:%@/".contains(byte);
    word.last().is_some_and(|&last| last != b':') && word.iter().all(fits)
}

fn behind_marks(line: &[u8], mut at: usize) -> usize {
    // Facility and severity, once each and once together, are three.
    for _ in 0..3 {
        let end = word_end(line, at);
        match spaces(line, end) {
            Some(next) if next > end && marks::is_mark(&line[at..end]) => at = next,
            _ => break,
        }
    }
    at
}

/// Behind the spaces at `at`; `None` if the line ends with them.
fn spaces(line: &[u8], at: usize) -> Option<usize> {
    let spaces = line.get(at..)?.iter().position(|&byte| byte != b' ')?;
    Some(at + spaces)
}
