//! Postfix program names: `postfix/smtpd`, `postfix/submission/smtpd`, `postfix-out/smtp`, `mailout/qmgr`.
//!
//! postconf(5), `syslog_name`: any name a site likes, with the service's name from master.cf(5) and the daemon behind
//! it. So the daemon is the last part, and a name without `postfix` in front is Postfix if the daemon is.

use std::borrow::Cow;

use super::patterns::PatternSet;
use crate::model::{Field, FieldSpan, Mta};

/// A program of Postfix.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program<'p> {
    /// The daemon, as pattern files name it.
    pub(super) daemon: Cow<'p, str>,
    /// Where the service begins in the name: behind the first slash.
    pub(super) service: usize,
}

/// Reads `program`; `None` if it is not Postfix. `is_daemon` knows the daemons that have patterns.
pub(super) fn recognise(program: &[u8], is_daemon: impl Fn(&str) -> bool) -> Option<Program<'_>> {
    let text = std::str::from_utf8(program).ok()?;
    if is_unit(text) {
        return Some(Program { daemon: Cow::Borrowed(UNNAMED), service: 0 });
    }
    let Some(first) = text.find('/') else {
        return (text == "postfix").then_some(Program { daemon: Cow::Borrowed("postfix"), service: 0 });
    };
    let last = text.rfind('/').map_or(text, |slash| &text[slash + 1..]);
    let daemon = if last.contains('_') { Cow::Owned(last.replace('_', "-")) } else { Cow::Borrowed(last) };
    let daemon = if daemon == "script" { Cow::Borrowed("postfix-script") } else { daemon };
    let is_postfix = text.starts_with("postfix") || (first > 0 && is_daemon(&daemon));
    is_postfix.then_some(Program { daemon, service: first + 1 })
}

/// What stands for a daemon that is not named.
const UNNAMED: &str = "postfix";

/// Names of systemd's units: `postfix.service`, `postfix@-.service` (journalctl(1), `--output=with-unit`).
fn is_unit(program: &str) -> bool {
    program.strip_suffix(".service").is_some_and(|unit| unit == "postfix" || unit.starts_with("postfix@"))
}

/// Daemons whose lines could not be those of another one by their patterns. Delivery agents share theirs.
const TOLD_BY_PATTERN: [&str; 5] = ["smtpd", "cleanup", "qmgr", "pickup", "postscreen"];

/// The daemon of a line that names only Postfix, by the pattern that read it: journalctl's `with-unit` shows the unit in a
/// program's place, and rsyslog ends `programname` and `app-name` at the first slash.
#[cold]
pub(super) fn daemon_of(
    set: &PatternSet,
    pattern: u16,
    line: &[u8],
    fields: &[FieldSpan],
) -> Option<&'static str> {
    let daemon = set.patterns().get(usize::from(pattern))?.daemons.first()?;
    match daemon.as_str() {
        "smtp" => agent(line, fields),
        daemon => TOLD_BY_PATTERN.into_iter().find(|known| *known == daemon),
    }
}

/// The delivery agent, by the next hop it logs: a host with its address, a socket, or else the name of the transport.
fn agent(line: &[u8], fields: &[FieldSpan]) -> Option<&'static str> {
    if fields.iter().any(|span| span.field == Field::RelayIp) {
        return Some("smtp");
    }
    let relay = fields.iter().find(|span| span.field == Field::RelayName)?;
    let (start, end) = (usize::from(relay.start), usize::from(relay.start) + usize::from(relay.len));
    match line.get(start..end)? {
        b"local" => Some("local"),
        b"virtual" => Some("virtual"),
        b"none" | b"" => None,
        _ if line.get(end) == Some(&b'[') || line[end - 1] == b']' => Some("lmtp"),
        _ => Some("pipe"),
    }
}

/// When patterns of these daemons have their turn on a line whose daemon is not named: those that say most come first.
pub(super) fn turn(daemons: &[String]) -> usize {
    const FIRST: [&str; 4] = ["smtpd", "postscreen", "cleanup", "qmgr"];
    let known = daemons.first().and_then(|daemon| FIRST.iter().position(|first| first == daemon));
    known.unwrap_or(FIRST.len())
}

/// The list of patterns for lines that name only Postfix.
pub(super) fn unnamed(set: &PatternSet) -> Option<usize> {
    set.has_daemon(Mta::Postfix, UNNAMED).then(|| set.list_of(Mta::Postfix, UNNAMED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_is_the_daemon_whatever_stands_before() {
        let is_daemon = |name: &str| ["smtpd", "qmgr", "smtp"].contains(&name);
        for (program, want) in [
            ("postfix/smtpd", Some(("smtpd", "smtpd"))),
            ("postfix/submission/smtpd", Some(("smtpd", "submission/smtpd"))),
            ("postfix/10025/smtpd", Some(("smtpd", "10025/smtpd"))),
            ("postfix-out/smtp", Some(("smtp", "smtp"))),
            ("postfix-192.0.2.4/smtp", Some(("smtp", "smtp"))),
            ("mailout/qmgr", Some(("qmgr", "qmgr"))),
            ("postfix/postfix_script", Some(("postfix-script", "postfix_script"))),
            ("postfix/script", Some(("postfix-script", "script"))),
            ("postfix/brand-new", Some(("brand-new", "brand-new"))),
            ("postfix", Some(("postfix", "postfix"))),
            ("postfix.service", Some(("postfix", "postfix.service"))),
            ("postfix@-.service", Some(("postfix", "postfix@-.service"))),
            ("postfixadmin.service", None),
            ("dovecot", None),
            ("smtpd", None),
            ("/usr/sbin/cron", None),
            ("opendkim/x", None),
        ] {
            let got = recognise(program.as_bytes(), is_daemon);
            let got = got.map(|found| (found.daemon.into_owned(), &program[found.service..]));
            assert_eq!(got, want.map(|(daemon, service)| (daemon.to_owned(), service)), "{program}");
        }
    }
}
