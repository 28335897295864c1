//! Addresses as Sendmail logs them: as the client wrote them, angle brackets, quotes and all.
//!
//! It takes only those whose quotes are balanced, so what stands in quotes is skipped as RFC 5321 quotes it. Comments
//! (`<a(b>c)@d>`, RFC 822) and backslashes outside of quotes it also takes: of these nobody can tell where they end.

use std::ops::Range;

use super::super::bytes::first;
use super::super::scan::quoted;

/// Ends of a field that is no address: quotes, blanks and brackets belong to none of Sendmail's own names.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b',' | b'"' | b'<' | b'>' | b'(' | b')' | b'\\' | b'=')
}

/// `<address>` at `at`: what stands between the brackets, and where the field ends behind them.
pub(in super::super) fn path(line: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    if line.get(at) != Some(&b'<') {
        return None;
    }
    let mut next = at + 1;
    loop {
        next = first(line, next, |byte| {
            (byte == b'>')
                | (byte == b'"')
                | (byte == b'<')
                | (byte == b'(')
                | (byte == b')')
                | (byte == b'\\')
        });
        match line.get(next)? {
            b'>' => return Some((at + 1..next, next + 1)),
            b'"' => next = quoted(line, next)?,
            _ => return None,
        }
    }
}

/// One address of a list: `<address>`, a name on this host (`root`), or a program or file that an alias names
/// (`"|/usr/bin/filter -x"`, `/var/mail/old`).
pub(super) fn mailbox(line: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    match line.get(at)? {
        b'<' => path(line, at),
        b'"' => {
            let end = quoted(line, at)?;
            // `"a b"@here`: behind the quote it goes on as a plain one.
            let end = end + line[end..].iter().take_while(|&&byte| is_plain(byte)).count();
            Some((at..end, end))
        }
        _ => {
            // `\root`: no further aliasing.
            let escape =
                usize::from(line[at] == b'\\' && line.get(at + 1).is_some_and(u8::is_ascii_alphanumeric));
            let len = line[at + escape..].iter().take_while(|&&byte| is_plain(byte)).count();
            (len > 0).then(|| (at..at + escape + len, at + escape + len))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_where_its_quotes_say() {
        for (text, want) in [
            ("<a@b.example>, x", Some("a@b.example")),
            ("<>", Some("")),
            (r#"<"x>, size=1"@b.example>, "#, Some(r#""x>, size=1"@b.example"#)),
            (r#"<"x\">"@b.example>"#, Some(r#""x\">"@b.example"#)),
            ("<a(b>c)@d.example>", None),
            (r#"<a\"@b.example>"#, None),
            ("<a@b.example", None),
            (r#"<"a@b.example>"#, None),
            ("root", None),
        ] {
            let found = path(text.as_bytes(), 0).map(|(range, _)| &text[range]);
            assert_eq!(found, want, "{text}");
        }
    }

    #[test]
    fn aliases_name_programs_files_and_users() {
        for (text, want) in [
            ("root, delay", Some("root")),
            ("\\root, delay", Some("\\root")),
            (r#""|/usr/bin/filter -a, b", delay"#, Some(r#""|/usr/bin/filter -a, b""#)),
            ("/var/mail/old,<b@c.example>", Some("/var/mail/old")),
            (r#"\"x, delay"#, None),
            ("", None),
        ] {
            let found = mailbox(text.as_bytes(), 0).map(|(range, _)| &text[range]);
            assert_eq!(found, want, "{text}");
        }
    }
}
