//! Where objects end that `ConvertTo-Json` writes one after the other: in an array over many lines, in a single line, or each
//! in a line of its own.
//!
//! Where a file breaks off, no brace closes the object, and it must not swallow what follows. So a line end closes any
//! string (RFC 8259, section 7: none stands in one as it is), and a line that opens an object, indented no further than the
//! one in which this object began, begins the next one.

use memchr::memchr3;
use serde::{Deserialize, Serialize};

/// Where in such a file one stands. What is between two objects are records, too, which end with their line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Object {
    /// Braces that are open.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Blanks in front of the object in its line.
    indent: usize,
    /// Blanks at the beginning of this line; `None` behind them.
    blanks: Option<usize>,
}

impl Object {
    /// The beginning of a record.
    pub(super) const BEGIN: Self =
        Self { depth: 0, in_string: false, escaped: false, indent: 0, blanks: Some(0) };

    /// Passes over `bytes`; where the record ends, if it does.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Option<usize> {
        let (mut at, mut line) = (0, 0);
        while at < bytes.len() {
            if self.in_string {
                if std::mem::take(&mut self.escaped) && bytes[at] != b'\n' {
                    at += 1;
                    continue;
                }
                at += memchr3(b'"', b'\\', b'\n', &bytes[at..])?;
                self.escaped = bytes[at] == b'\\';
                self.in_string = self.escaped;
                at += usize::from(bytes[at] != b'\n');
                continue;
            }
            let blanks = self.blanks.take();
            match bytes[at] {
                b' ' | b'\t' | b'\r' => self.blanks = blanks.map(|blanks| blanks + 1),
                b'\n' if self.depth == 0 => return Some(at + 1),
                b'\n' => (self.blanks, line) = (Some(0), at + 1),
                b'"' => self.in_string = self.depth > 0,
                b'{' if self.depth > 0 && blanks.is_some_and(|blanks| blanks <= self.indent) => {
                    return Some(line);
                }
                b'{' => {
                    if self.depth == 0 {
                        self.indent = blanks.unwrap_or(0);
                    }
                    self.depth += 1;
                }
                b'}' if self.depth == 1 => return Some(at + 1),
                b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ends;
    use crate::model::Format;

    fn cut(text: &str) -> Vec<&str> {
        let ends = ends(Format::ExchangeJson, text.as_bytes());
        let starts = [0].into_iter().chain(ends.iter().copied());
        starts.zip(&ends).map(|(start, &end)| &text[start as usize..end as usize]).collect()
    }

    #[test]
    fn objects_are_cut_however_they_are_laid_out() {
        let pretty = "[\r\n    {\r\n        \"a\":  \"}\\\"{\",\r\n        \"b\":  {\r\n                  }\r\n    },\r\n";
        let object = &pretty[3..pretty.len() - 3];
        assert_eq!(cut(pretty), ["[\r\n", object, ",\r\n"]);
        assert_eq!(cut(r#"[{"a":"\\"},{"b":[{},"]"]}]"#), [r#"[{"a":"\\"}"#, r#",{"b":[{},"]"]}"#, "]"]);
        assert_eq!(cut("{\"a\":1}\n{\"b\":2}\n"), ["{\"a\":1}", "\n", "{\"b\":2}", "\n"]);
        assert_eq!(cut("no object\n\n"), ["no object\n", "\n"]);
    }

    #[test]
    fn half_an_object_swallows_no_other() {
        let whole = "    {\n        \"a\": 1\n    }";
        for half in [
            "    {\n",
            "    {\n        \"a\": \"x\n",
            "    {\n        \"b\": {\n",
            "    {\n        \"a\": \"\\\n",
        ] {
            assert_eq!(cut(&[half, whole].concat()), [half, whole]);
        }
        assert_eq!(cut("{\"a\":\"x\n{\"b\":2}\n"), ["{\"a\":\"x\n", "{\"b\":2}", "\n"]);
    }

    #[test]
    fn it_does_not_matter_how_the_bytes_come() {
        let text = b"  [ {\n \"a\\\"}\": {\n  \"b\":\"\\\\\"},\n  \"c\":1 }";
        for split in 0..text.len() {
            let mut object = Object::BEGIN;
            assert_eq!(object.pass(&text[..split]), None);
            assert_eq!(object.pass(&[&text[split..], b"more"].concat()), Some(text.len() - split), "{split}");
        }
    }
}
