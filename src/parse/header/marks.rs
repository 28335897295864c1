//! Facility and severity where they are written into a header.
//!
//! - `<22>`: RFC 3164, section 4.1.1, and RFC 5424, section 6.2.1; at most 191.
//! - `<mail.info>`, `<2.6>`: FreeBSD's syslogd(8), `-v`, between stamp and host.
//! - `mail.info`, `mail:info`: the syslogd of `BusyBox` and of AIX, between host and program; logread of `OpenWrt` without a host.
//! - `INFO`, `mail info`: templates of rsyslog (`syslogseverity-text`) and syslog-ng (`$FACILITY $PRIORITY`), and what
//!   images of mail servers write to standard output.
//! - `[ID 801593 mail.info]`: Solaris, syslogd(1M) and msgid(1M), in front of the text.

/// The keywords of syslog.conf(5), those of single systems included.
const FACILITIES: [&[u8]; 18] = [
    b"kern",
    b"user",
    b"mail",
    b"daemon",
    b"auth",
    b"syslog",
    b"lpr",
    b"news",
    b"uucp",
    b"cron",
    b"authpriv",
    b"ftp",
    b"ntp",
    b"security",
    b"console",
    b"audit",
    b"clock",
    b"local",
];
const SEVERITIES: [&[u8]; 11] = [
    b"emerg", b"panic", b"alert", b"crit", b"err", b"error", b"warning", b"warn", b"notice", b"info",
    b"debug",
];

/// Whether `word` states a severity, with or without its facility: no host is called that.
pub(in crate::parse) fn is_mark(word: &[u8]) -> bool {
    // Names of hosts are many and long; these are few and short.
    if word.len() > 20 || word.is_empty() {
        return false;
    }
    if let [b'<', inside @ .., b'>'] = word {
        return is_pair(inside, true) || is_severity(inside);
    }
    is_severity(word) || is_pair(word, false)
}

/// Whether `word` states a facility. A host may be called like one (`mail`).
pub(super) fn is_facility(word: &[u8]) -> bool {
    let name = match word {
        [b'l' | b'L', .., b'0'..=b'7'] => &word[..word.len() - 1],
        _ => word,
    };
    FACILITIES.iter().any(|facility| facility.eq_ignore_ascii_case(name))
}

fn is_severity(word: &[u8]) -> bool {
    SEVERITIES.iter().any(|severity| severity.eq_ignore_ascii_case(word))
}

fn is_pair(word: &[u8], numbers: bool) -> bool {
    let Some(point) = word.iter().position(|&byte| byte == b'.' || byte == b':') else { return false };
    let (facility, severity) = (&word[..point], &word[point + 1..]);
    let small = |word: &[u8]| matches!(word, [b'0'..=b'9'] | [b'0'..=b'9', b'0'..=b'9']);
    is_facility(facility) && is_severity(severity) || numbers && small(facility) && small(severity)
}

/// Where `<22>` at `at` ends.
pub(super) fn priority(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?.strip_prefix(b"<")?;
    let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let value = rest[..digits].iter().fold(0_u16, |value, digit| value * 10 + u16::from(digit - b'0'));
    (digits > 0 && value <= 191 && rest.get(digits) == Some(&b'>')).then_some(at + digits + 2)
}

/// Where the text begins behind `[ID 801593 mail.info] ` at `at`.
#[inline]
pub(in crate::parse) fn behind_message_id(line: &[u8], at: usize) -> Option<usize> {
    if line.get(at) == Some(&b'[') { message_id(line, at) } else { None }
}

#[cold]
fn message_id(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?.strip_prefix(b"[ID ")?;
    let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let pair = rest[digits..].strip_prefix(b" ")?;
    let len = pair.iter().take(20).position(|&byte| byte == b']')?;
    let end = at + 4 + digits + 1 + len + 1;
    (digits > 0 && is_pair(&pair[..len], false) && line.get(end) == Some(&b' ')).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_states_a_severity_is_known() {
        for word in [
            "<mail.info>",
            "<2.6>",
            "<info>",
            "mail.info",
            "mail:info",
            "local0.notice",
            "INFO",
            "Warning",
            "err",
        ] {
            assert!(is_mark(word.as_bytes()), "{word}");
        }
        for word in [
            "",
            "mail",
            "mx1",
            "<>",
            "<22>",
            "<2.>",
            "mail.example",
            "mail.info.example",
            "2.6",
            "local9.info",
        ] {
            assert!(!is_mark(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn priorities_have_a_range() {
        for (text, want) in [("<0>", Some(3)), ("<22>x", Some(4)), ("<191>", Some(5))] {
            assert_eq!(priority(text.as_bytes(), 0), want, "{text}");
        }
        for bad in ["", "<", "<>", "<192>", "<1911>", "<22", "22>", "<a>"] {
            assert_eq!(priority(bad.as_bytes(), 0), None, "{bad}");
        }
    }

    #[test]
    fn only_a_whole_message_id_is_one() {
        let text = "[ID 801593 mail.info] the text";
        assert_eq!(behind_message_id(text.as_bytes(), 0), Some(22));
        for bad in [
            "[ID 801593 mail.info]",
            "[ID mail.info] x",
            "[ID 1 x.y] x",
            "[192.0.2.1] x",
            "[ID 1 mail.info x",
        ] {
            assert_eq!(behind_message_id(bad.as_bytes(), 0), None, "{bad}");
        }
    }
}
