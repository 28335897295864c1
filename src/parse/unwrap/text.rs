//! Text out of its JSON, as one line: bytes stay as they are, but a line end within becomes `#012`, as rsyslog writes
//! it (`$EscapeControlCharactersOnReceive`), so that one record stays one line.

use super::json::{Value, elements};

/// Appends the text of `value`; `None` if it is none.
pub(super) fn append(out: &mut Vec<u8>, value: Value<'_>) -> Option<()> {
    match value {
        Value::Text(text, false) | Value::Number(text) => plain(out, text),
        Value::Text(text, true) => escaped(out, text)?,
        Value::Array(array) => bytes(out, array)?,
        Value::Object(_) | Value::Literal => return None,
    }
    Some(())
}

/// Text that holds what it says; of an export, that may be line ends.
fn plain(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\n', rest) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"#012");
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// A string whose escapes were checked.
fn escaped(out: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let (byte, len) = match rest.get(at + 1)? {
            b'n' => {
                out.extend_from_slice(b"#012");
                rest = &rest[at + 2..];
                continue;
            }
            b'u' => {
                let (character, len) = unicode(&rest[at..])?;
                if character == '\n' {
                    out.extend_from_slice(b"#012");
                } else {
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                rest = &rest[at + len..];
                continue;
            }
            b'b' => (8, 2),
            b'f' => (12, 2),
            b'r' => (b'\r', 2),
            b't' => (b'\t', 2),
            &itself => (itself, 2),
        };
        out.push(byte);
        rest = &rest[at + len..];
    }
    out.extend_from_slice(rest);
    Some(())
}

/// `\u00e9`, or a pair of surrogates (RFC 8259, section 7): the character, and the length of what stands for it. Half a
/// pair stands for nothing.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let first = hex(text)?;
    if (0xd800..0xdc00).contains(&first)
        && let Some(second @ 0xdc00..0xe000) = text.get(6..).and_then(hex)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Some((char::from_u32(code)?, 12));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

fn hex(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |value, &digit| Some(value * 16 + char::from(digit).to_digit(16)?))
}

/// journalctl(1) writes what is no UTF-8 as an array of bytes.
fn bytes(out: &mut Vec<u8>, array: &[u8]) -> Option<()> {
    let mut right = true;
    elements(array, |value| {
        let byte = match value {
            Value::Number(digits) => std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()),
            _ => None,
        };
        match byte {
            Some(b'\n') => out.extend_from_slice(b"#012"),
            Some(byte) => out.push(byte),
            None => right = false,
        }
    })?;
    right.then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse::unwrap::json::members;

    /// The text of the only member.
    fn told(json: &str) -> Option<Vec<u8>> {
        let mut found = None;
        members(json.as_bytes(), |_, value| found = Some(value))?;
        let mut out = Vec::new();
        append(&mut out, found?)?;
        Some(out)
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (json, want) in [
            (r#"{"a":"b"}"#, &b"b"[..]),
            (r#"{"a":"\"\\\/\b\f\r\t"}"#, b"\"\\/\x08\x0c\r\t"),
            (r#"{"a":"x\ny"}"#, b"x#012y"),
            (r#"{"a":"x\u000ay\u001b\u0000"}"#, b"x#012y\x1b\0"),
            (r#"{"a":"\u00e9\ud83d\ude00"}"#, "é😀".as_bytes()),
            (r#"{"a":"\ud83d\u0041\ude00"}"#, "\u{fffd}A\u{fffd}".as_bytes()),
            (r#"{"a":[104,105,255,10]}"#, b"hi\xff#012"),
            (r#"{"a":811}"#, b"811"),
        ] {
            assert_eq!(told(json).as_deref(), Some(want), "{json}");
        }
        for none in [r#"{"a":null}"#, r#"{"a":{}}"#, r#"{"a":["x","y"]}"#, r#"{"a":[256]}"#, r#"{"a":[-1]}"#]
        {
            assert_eq!(told(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn whatever_was_written_comes_out(text in "(?s).*") {
            let json = serde_json::json!({ "a": text }).to_string();
            prop_assert_eq!(told(&json).unwrap(), text.replace('\n', "#012").into_bytes());
        }
    }
}
