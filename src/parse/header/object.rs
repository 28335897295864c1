//! Where a JSON object begins that a message may stand in: with its brace, or behind `@cee:`, the cookie by which CEE's
//! syslog transport tells such a text from others ("CEE Log Transport", section "Syslog mapping"; rsyslog's mmjsonparse).

const COOKIE: &[u8] = b"@cee:";

/// Where the object begins that the text at `at` may be.
#[inline]
pub(in crate::parse) fn object(line: &[u8], at: usize) -> Option<usize> {
    match line.get(at)? {
        b'{' => opens(line, at).then_some(at),
        b'@' => behind_cookie(line, at),
        _ => None,
    }
}

/// Whether a name follows the brace at `at`: labels and other braces have none in quotes.
#[cold]
fn opens(line: &[u8], at: usize) -> bool {
    line[at + 1..].trim_ascii_start().starts_with(b"\"")
}

#[cold]
fn behind_cookie(line: &[u8], at: usize) -> Option<usize> {
    let text = line.get(at..)?.strip_prefix(COOKIE)?.trim_ascii_start();
    let at = line.len() - text.len();
    (text.starts_with(b"{") && opens(line, at)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_begins_with_its_brace_or_its_cookie() {
        for (text, want) in [("{\"a\"", 0), ("{ \"", 0), ("@cee:{\"a\":1}", 5), ("@cee: {\"a\":1}", 6)] {
            assert_eq!(object(text.as_bytes(), 0), Some(want), "{text}");
        }
        for none in [
            "",
            "{",
            "{}",
            "{a=\"b\"}",
            " {\"",
            "[{\"a",
            "@cee",
            "@cee:",
            "@cee: {x",
            "@cee: x {\"",
            "@CEE: {\"",
        ] {
            assert_eq!(object(none.as_bytes(), 0), None, "{none}");
        }
    }
}
