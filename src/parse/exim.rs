//! Exim's own log files, and its program names in syslog.

use super::header::Header;
use super::stamp::Recent;
use crate::model::Mta;

/// Whether `program` is Exim by its name (`syslog_processname` of the Exim specification, and Debian's).
pub(super) fn recognise(program: &[u8]) -> bool {
    program == b"exim" || program == b"exim4"
}

/// The stamp of a line of Exim's own log (the specification, "Log files"): `2026-01-02 03:04:05`, with fraction and zone
/// where `log_selector = +millisec` and `log_timezone` are set, then the process id in brackets with `+pid`.
pub(super) fn header(line: &[u8], recent: &mut Recent<'_>) -> Option<Header> {
    // A date with `T` is another program's.
    if line.get(10) != Some(&b' ') {
        return None;
    }
    let (stamp, at) = recent.stamp(line)?;
    let text = line.get(at..)?.strip_prefix(b" ").map(|_| at + 1)?;
    let (pid, text) = pid(line, text).unwrap_or((0, text));
    Some(Header { stamp, host: 0..0, program: 0..0, pid, text, own: Some(Mta::Exim) })
}

/// `[4711] ` at `at`: the number, and where the text behind it begins.
fn pid(line: &[u8], at: usize) -> Option<(u32, usize)> {
    let rest = line.get(at..)?.strip_prefix(b"[")?;
    let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    rest[digits..].starts_with(b"] ").then_some((number, at + 1 + digits + 2))
}
