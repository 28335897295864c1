//! JSON strings from bytes of a log, fit for a terminal too: what JSON itself lets through raw (DEL, C1 controls,
//! bidirectional overrides) is escaped as well, so that looking at the output is safe. Nothing is lost by it.

use crate::model::is_unfit;

/// Appends `bytes` as a quoted JSON string; invalid UTF-8 becomes U+FFFD.
pub(super) fn json_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    if is_plain(bytes) {
        out.extend_from_slice(bytes);
    } else {
        for chunk in bytes.utf8_chunks() {
            json_fragment(out, chunk.valid());
            if !chunk.invalid().is_empty() {
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
    out.push(b'"');
}

/// Whether every byte stands for itself in a JSON string: nearly every field of a log is like that.
fn is_plain(bytes: &[u8]) -> bool {
    // Counting without an early end is done 16 bytes at a time.
    let special = |byte: &u8| !matches!(byte, 0x20..0x7f) || matches!(byte, b'"' | b'\\');
    bytes.iter().filter(|byte| special(byte)).count() == 0
}

/// Appends text as the inside of a JSON string.
pub(super) fn json_fragment(out: &mut Vec<u8>, text: &str) {
    let mut units = [0_u16; 2];
    let mut utf8 = [0_u8; 4];
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            _ if is_unfit(character) => {
                for unit in character.encode_utf16(&mut units) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_become_a_json_string_without_unfit_characters(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..80),
                ".*".prop_map(String::into_bytes),
            ]
        ) {
            let mut out = Vec::new();
            json_string(&mut out, &bytes);
            let text = String::from_utf8(out).unwrap();
            prop_assert!(!text.chars().any(is_unfit), "{:?}", text);
            let read: String = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, String::from_utf8_lossy(&bytes));
        }
    }
}
