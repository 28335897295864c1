//! JSON of notices. What JSON itself lets through raw (DEL, C1 controls, bidirectional overrides) is escaped as well, so
//! that looking at a file of alerts is safe. Nothing is lost by it: whoever reads the JSON gets the same text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::model::{Notice, is_unfit};

/// `value` as JSON in one line, without a line end.
pub(super) fn to_string(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    // Writing into memory cannot fail, and everything told here has names as keys.
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Careful));
    String::from_utf8(out).unwrap_or_default()
}

/// A notice as one line, with its line end: `{"id":..,"news":..,"time":..,"alert":{..}}`.
pub(super) fn line(notice: &Notice) -> String {
    to_string(notice) + "\n"
}

/// Escapes what is unfit for eyes.
struct Careful;

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, character) in fragment.char_indices().filter(|(_, character)| is_unfit(*character)) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + character.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back_and_is_safe_to_look_at(text in ".*") {
            let json = to_string(&text);
            prop_assert!(!json.chars().any(is_unfit), "{json:?}");
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn controls_and_overrides_are_escaped() {
        assert_eq!(to_string(&"a\n\u{1b}\u{202e}\u{e0001}\"ü"), r#""a\n\u001b\u202e\udb40\udc01\"ü""#);
    }
}
