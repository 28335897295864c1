//! RFC 5424, section 6: `<22>1 2026-11-05T22:35:02.003Z mx1 postfix/smtpd 811 - [id name="value"] text`.
//!
//! The structured data is stepped over, as its quoting says: a value ends at a quote that no backslash masks, an element
//! at a bracket outside of values. Files may lack the priority.

use super::shape::{Shape, Shapes};
use super::{Found, Header, program_and_pid, tagged};
use crate::model::Stamp;
use crate::parse::bytes::without_mark;
use crate::parse::stamp::Recent;

/// Reads the header whose VERSION stands at `at`.
pub(super) fn read(line: &[u8], at: usize, recent: &mut Recent<'_>) -> Option<Found> {
    if !line.get(at..)?.starts_with(b"1 ") {
        return None;
    }
    let (stamp, at) = timestamp(line, at + 2, recent)?;
    let host = word(line, at)?;
    let app = word(line, host.end + 1)?;
    let proc = word(line, app.end + 1)?;
    let msgid = word(line, proc.end + 1)?;
    let text = text(line, structured_data(line, msgid.end + 1)?);
    let nil = |range: std::ops::Range<usize>| {
        if line[range.clone()] == *b"-" { range.start..range.start } else { range }
    };
    let shapes = Shapes::default().with(Shape::Rfc5424);
    let host = nil(host);
    if line[app.clone()] == *b"-" {
        // Relays that could not tell the program leave it in the text.
        let header = tagged(line, stamp, host.clone(), text)
            .unwrap_or_else(|| Header::without_program(stamp, host, text));
        return Some(Found { header, shapes });
    }
    let (program, in_name) = program_and_pid(line, app.start, app.end)?;
    let stated = std::str::from_utf8(&line[proc]).ok().and_then(|digits| digits.parse().ok());
    let header = Header { stamp, host, program, pid: stated.unwrap_or(in_name), text, own: None };
    Some(Found { header, shapes })
}

/// The stamp, or none where it is nil; and where the next word begins.
fn timestamp(line: &[u8], at: usize, recent: &mut Recent<'_>) -> Option<(Stamp, usize)> {
    let rest = line.get(at..)?;
    if rest.starts_with(b"- ") {
        return Some((Stamp::None, at + 2));
    }
    let (stamp, len) = recent.stamp(rest)?;
    // Its stamp is one of RFC 3339, with its zone (section 6.2.3).
    (matches!(stamp, Stamp::Absolute(_)) && rest.get(len) == Some(&b' ')).then_some((stamp, at + len + 1))
}

fn word(line: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let len = line.get(at..)?.iter().position(|&byte| byte == b' ')?;
    (len > 0).then_some(at..at + len)
}

/// Where the structured data at `at` ends.
fn structured_data(line: &[u8], at: usize) -> Option<usize> {
    if line.get(at) == Some(&b'-') {
        return matches!(line.get(at + 1), None | Some(b' ')).then_some(at + 1);
    }
    let mut end = at;
    while line.get(end) == Some(&b'[') {
        end = element(line, end + 1)?;
    }
    (end > at && matches!(line.get(end), None | Some(b' '))).then_some(end)
}

/// Where the element that begins at `at` ends, its bracket included.
fn element(line: &[u8], mut at: usize) -> Option<usize> {
    let mut quoted = false;
    loop {
        match line.get(at)? {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
}

/// Where MSG begins, behind the byte order mark that says it is UTF-8 (section 6.4). Templates put the text with its own
/// leading space there.
fn text(line: &[u8], end: usize) -> usize {
    let spaces = line[end..].iter().take(2).take_while(|&&byte| byte == b' ').count();
    line.len() - without_mark(&line[end + spaces..]).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<(&str, &str, u32, &str)> {
        let header = read(line.as_bytes(), 0, &mut Recent::default())?.header;
        Some((&line[header.host], &line[header.program], header.pid, &line[header.text..]))
    }

    const HEAD: &str = "1 2026-11-05T22:35:02.003Z mx1 postfix/smtpd 811 -";

    #[test]
    fn structured_data_is_stepped_over_as_it_is_quoted() {
        for data in [
            "-",
            "[x@1]",
            r#"[x@1 a="b"]"#,
            r#"[x@1 a="b"][y@2 c="d" e="f"]"#,
            r#"[x@1 a="] - \" [q] \\"]"#,
            r#"[x@1 a="\] connect from"]"#,
        ] {
            for between in [" ", "  ", " \u{feff}"] {
                let line = format!("{HEAD} {data}{between}connect from x");
                assert_eq!(told(&line), Some(("mx1", "postfix/smtpd", 811, "connect from x")), "{line}");
            }
            assert_eq!(told(&format!("{HEAD} {data}")).unwrap().3, "");
        }
        for bad in [r#"[x@1 a="b]"#, "[x@1", "[x@1]text", "-text", "x", "", r#"[x@1 a="\"] text"#] {
            assert_eq!(told(&format!("{HEAD} {bad}")), None, "{bad}");
        }
    }

    #[test]
    fn nil_is_nothing() {
        assert_eq!(told("1 - - postfix/smtpd - - - x"), Some(("", "postfix/smtpd", 0, "x")));
        assert_eq!(
            told("1 2026-11-05T22:35:02Z mx1 - - - - postfix/smtpd[811]: x"),
            Some(("mx1", "postfix/smtpd", 811, "x"))
        );
        assert_eq!(told("1 2026-11-05T22:35:02Z mx1 - - - - x"), Some(("mx1", "", 0, "x")));
        for bad in
            ["2 - - p - - - x", "1 Nov  5 22:35:02 mx1 p - - - x", "1 2026-11-05T22:35:02Z mx1 p - -", "1 "]
        {
            assert_eq!(told(bad), None, "{bad}");
        }
    }
}
