//! Exim: its own log files, its program names in syslog, and the stretches of its lines that only Exim writes so.
//!
//! What is true of a whole line is the patterns' job. Nothing in here believes text that a client may have written.

mod arrival;
mod destination;
mod host;

use super::header::Header;
use super::stamp::{self, Recent};
use crate::model::{Mta, Stamp};

pub(super) use arrival::arrival;
pub(super) use destination::{destination, has_comment};
pub(super) use host::client;

/// Whether `program` is Exim by its name (`syslog_processname` of the Exim specification, and Debian's).
pub(super) fn recognise(program: &[u8]) -> bool {
    program == b"exim" || program == b"exim4"
}

/// The stamp of a line of Exim's own log (the specification, "Log files"): `2026-01-02 03:04:05`, with fraction and zone
/// where `log_selector = +millisec` and `log_timezone` are set, then the process id in brackets with `+pid`.
///
/// A line that syslog wrote with such a stamp is not Exim's own, and one without any stamp may be a journal's.
pub(super) fn header(line: &[u8], recent: &mut Recent<'_>) -> Option<Header> {
    // A date with `T` is another program's.
    if line.get(10) != Some(&b' ') {
        return from_host(line, 0, Stamp::None, recent);
    }
    let (stamp, text) = stamp_at(line, 0, recent)?;
    if let Some(header) = from_host(line, text, stamp, recent) {
        return Some(header);
    }
    let (pid, text) = pid(line, text).unwrap_or((0, text));
    Some(Header { pid, own: Some(Mta::Exim), ..Header::without_program(stamp, 0..0, text) })
}

/// `mx1.harbour.example exim[4711]: ` at `at`, as syslog writes it. No line of Exim's own begins with a name in lower
/// case and its program's, and no header that its reject log quotes does.
fn from_host(line: &[u8], at: usize, stamp: Stamp, recent: &mut Recent<'_>) -> Option<Header> {
    let is_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(byte);
    let host = at..at + line.get(at..)?.iter().position(|byte| !is_name(byte))?;
    let rest = line[host.end..].strip_prefix(b" exim")?;
    let rest = rest.strip_prefix(b"4").unwrap_or(rest);
    let (number, text) = pid(line, line.len() - rest.len())?;
    if host.len() < 2 || line[..text].last() != Some(&b' ') {
        return None;
    }
    let program = host.end + 1..line.len() - rest.len();
    let stamp = if stamp == Stamp::None { stamp_at(line, text, recent)?.0 } else { stamp };
    Some(Header { stamp, host, program, pid: number, text, own: None })
}

/// The stamp at `at`, and where the text behind it begins.
fn stamp_at(line: &[u8], at: usize, recent: &mut Recent<'_>) -> Option<(Stamp, usize)> {
    let line = line.get(at..)?;
    let (stamp, end) = recent.stamp(line).filter(|_| line.get(10) == Some(&b' '))?;
    let (stamp, end) = stamp::with_zone_apart(line, stamp, end);
    (line.get(end) == Some(&b' ')).then_some((stamp, at + end + 1))
}

/// Where Exim's text begins in a line that came through syslog: there it may have a stamp and a process id of its own
/// (`syslog_timestamp`, `syslog_pid`), and `[1/3] ` in front if syslog got it in pieces.
pub(super) fn behind_own_stamp(line: &[u8], text: usize) -> usize {
    let first = first_piece(line, text).unwrap_or(text);
    let (_, at) = stamp_at(line, first, &mut Recent::default()).unwrap_or((Stamp::None, first));
    pid(line, at).map_or(at, |(_, at)| at)
}

/// Behind `[1/3] `, or `[1\3] ` where a newline follows the piece.
fn first_piece(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?.strip_prefix(b"[1")?;
    let rest = rest.strip_prefix(b"/").or(rest.strip_prefix(b"\\"))?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest[digits..].strip_prefix(b"] ")?;
    (digits > 0).then(|| line.len() - rest.len())
}

/// A line that the reject log quotes from a refused message: the envelope, a header behind the letter of its sort, the
/// continuation of one. The client wrote it, so no header is looked for in it; it states no time.
pub(super) fn quoted(line: &[u8]) -> Option<Header> {
    let is_header = matches!(line, [b' ' | b'\t', ..] | [b'A'..=b'Z' | b'*', b' ', ..])
        || line.starts_with(b"Envelope-")
        || line == b"*** truncated ***";
    is_header.then(|| Header { own: Some(Mta::Exim), ..Header::default() })
}

/// `[4711] ` or `[4711]: ` at `at`: the number, and where the text behind it begins.
fn pid(line: &[u8], at: usize) -> Option<(u32, usize)> {
    let rest = line.get(at..)?.strip_prefix(b"[")?;
    let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let rest = rest[digits..].strip_prefix(b"]")?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")?;
    Some((number, line.len() - rest.len()))
}
