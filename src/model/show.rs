//! Log text made fit for a person's eyes. Everything a client chose goes through here before it reaches a terminal.

use std::fmt;

/// Bytes of a log, displayed: invalid UTF-8 becomes U+FFFD; control characters, escape sequences, line separators
/// and bidirectional or invisible format characters become visible `\u{..}` escapes.
///
/// ```
/// use relaywatch::model::shown;
/// assert_eq!(shown(b"h\x1b[31mred").to_string(), "h\\u{1b}[31mred");
/// ```
pub fn shown(bytes: &[u8]) -> Shown<'_> {
    Shown(bytes)
}

/// The same for text.
pub fn shown_text(text: &str) -> Shown<'_> {
    Shown(text.as_bytes())
}

/// See [`shown`].
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if is_unfit(character) {
                    write!(f, "\\u{{{:x}}}", character as u32)?;
                } else {
                    f.write_char(character)?;
                }
            }
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

/// Control characters, and the format characters that reorder or hide text (Unicode Technical Report 36).
pub fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_or_the_reader_survives() {
        assert_eq!(shown(b"a\r\nb\0").to_string(), "a\\u{d}\\u{a}b\\u{0}");
        assert_eq!(shown("x\u{202e}y\u{9b}z".as_bytes()).to_string(), "x\\u{202e}y\\u{9b}z");
        assert_eq!(shown(b"m\xfcnchen").to_string(), "m\u{fffd}nchen");
        assert_eq!(shown("münchen 日本".as_bytes()).to_string(), "münchen 日本");
    }
}
