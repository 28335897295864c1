//! Postfix program names: `postfix/smtpd`, `postfix/submission/smtpd`, `postfix-out/smtp`, `mailout/qmgr`.
//!
//! postconf(5), `syslog_name`: any name a site likes, with the service's name from master.cf(5) and the daemon behind
//! it. So the daemon is the last part, and a name without `postfix` in front is Postfix if the daemon is.

use std::borrow::Cow;

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
    let Some(first) = text.find('/') else {
        return (text == "postfix").then_some(Program { daemon: Cow::Borrowed("postfix"), service: 0 });
    };
    let last = text.rfind('/').map_or(text, |slash| &text[slash + 1..]);
    let daemon = if last.contains('_') { Cow::Owned(last.replace('_', "-")) } else { Cow::Borrowed(last) };
    let daemon = if daemon == "script" { Cow::Borrowed("postfix-script") } else { daemon };
    let is_postfix = text.starts_with("postfix") || (first > 0 && is_daemon(&daemon));
    is_postfix.then_some(Program { daemon, service: first + 1 })
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
