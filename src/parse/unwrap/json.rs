//! The members of one JSON object (RFC 8259), in one pass and without copying. Strict: what is no JSON gives nothing at
//! all, so no text of a client's can end a string that its writer did not end. Never recurses deeper than [`DEPTH`].

/// Objects and arrays within each other; collectors nest four or five.
const DEPTH: u8 = 32;

/// The value of a member; raw as it stands in the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value<'l> {
    /// Between its quotes; and whether there are escapes in it.
    Text(&'l [u8], bool),
    Number(&'l [u8]),
    /// With its brackets.
    Array(&'l [u8]),
    /// With its braces.
    Object(&'l [u8]),
    /// `true`, `false`, `null`.
    Literal,
}

/// Hands every member of the object that `text` is to `each`; a key is raw as well. `None` if `text` is anything else,
/// in which case some members may have been told.
pub(super) fn members<'l>(text: &'l [u8], each: impl FnMut(&'l [u8], Value<'l>)) -> Option<()> {
    let mut scan = Scan { text, at: 0, depth: 0 };
    scan.spaces();
    scan.object(each)?;
    scan.spaces();
    (scan.at == text.len()).then_some(())
}

/// Hands every element of the array that `text` is to `each`.
pub(super) fn elements<'l>(text: &'l [u8], each: impl FnMut(Value<'l>)) -> Option<()> {
    let mut scan = Scan { text, at: 0, depth: 0 };
    scan.array(each)?;
    (scan.at == text.len()).then_some(())
}

struct Scan<'l> {
    text: &'l [u8],
    at: usize,
    depth: u8,
}

impl<'l> Scan<'l> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEPTH).then_some(())
    }

    fn object(&mut self, mut each: impl FnMut(&'l [u8], Value<'l>)) -> Option<()> {
        self.expect(b'{')?;
        self.enter()?;
        self.spaces();
        if self.peek()? == b'}' {
            self.at += 1;
        } else {
            loop {
                let (key, _) = self.string()?;
                self.spaces();
                self.expect(b':')?;
                self.spaces();
                let value = self.value()?;
                each(key, value);
                self.spaces();
                match self.peek()? {
                    b',' => self.at += 1,
                    b'}' => break self.at += 1,
                    _ => return None,
                }
                self.spaces();
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn array(&mut self, mut each: impl FnMut(Value<'l>)) -> Option<()> {
        self.expect(b'[')?;
        self.enter()?;
        self.spaces();
        if self.peek()? == b']' {
            self.at += 1;
        } else {
            loop {
                each(self.value()?);
                self.spaces();
                match self.peek()? {
                    b',' => self.at += 1,
                    b']' => break self.at += 1,
                    _ => return None,
                }
                self.spaces();
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn value(&mut self) -> Option<Value<'l>> {
        let start = self.at;
        match self.peek()? {
            b'"' => self.string().map(|(text, escaped)| Value::Text(text, escaped)),
            b'{' => {
                self.object(|_, _| {})?;
                Some(Value::Object(&self.text[start..self.at]))
            }
            b'[' => {
                self.array(|_| {})?;
                Some(Value::Array(&self.text[start..self.at]))
            }
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number(),
        }
    }

    fn literal(&mut self, word: &[u8]) -> Option<Value<'l>> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())?;
        Some(Value::Literal)
    }

    /// Section 6: no leading zeros, digits on both sides of a point.
    fn number(&mut self) -> Option<Value<'l>> {
        let start = self.at;
        self.at += usize::from(self.peek()? == b'-');
        let zero = self.peek()? == b'0';
        let whole = self.digits()?;
        if zero && whole > 1 {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Some(Value::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(self.at - start)
    }

    /// Section 7: no control character stands in a string as it is.
    fn string(&mut self) -> Option<(&'l [u8], bool)> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += self.text[self.at..].iter().position(|&byte| SPECIAL[usize::from(byte)])?;
            match self.text[self.at] {
                b'"' => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Some((text, escaped));
                }
                b'\\' => {
                    escaped = true;
                    match self.text.get(self.at + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
                        b'u' => {
                            let digits = self.text.get(self.at + 2..self.at + 6)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then(|| self.at += 6)?;
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

/// What ends a run of plain text in a string.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = true;
        byte += 1;
    }
    special[b'"' as usize] = true;
    special[b'\\' as usize] = true;
    special
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> Option<Vec<(String, Value<'_>)>> {
        let mut all = Vec::new();
        members(text.as_bytes(), |key, value| all.push((String::from_utf8_lossy(key).into_owned(), value)))?;
        Some(all)
    }

    #[test]
    fn members_are_told_as_they_stand() {
        let text = r#" {"a":"b\"c" , "d":-1.5e3,"e":[1,{"f":"]"}],"g":{"h":"}"},"i":null,"":""} "#;
        let want = [
            ("a", Value::Text(br#"b\"c"#, true)),
            ("d", Value::Number(b"-1.5e3")),
            ("e", Value::Array(br#"[1,{"f":"]"}]"#)),
            ("g", Value::Object(br#"{"h":"}"}"#)),
            ("i", Value::Literal),
            ("", Value::Text(b"", false)),
        ];
        assert_eq!(told(text).unwrap(), want.map(|(key, value)| (key.to_owned(), value)));
        assert_eq!(told("{}"), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_json_gives_nothing() {
        for bad in [
            "",
            "{",
            "[]",
            "\"a\"",
            "{}x",
            "{}{}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            "{a:1}",
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":+1}"#,
            r#"{"a":1e}"#,
            r#"{"a":NaN}"#,
            r#"{"a":nul}"#,
            r#"{"a":"b}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            r#"{"a":"\"}"#,
            "{\"a\":\"\t\"}",
            r#"{"a":[1,]}"#,
            r#"{"a":[1}"#,
        ] {
            assert_eq!(told(bad), None, "{bad}");
        }
        let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(told(&nested(31)).is_some() && told(&nested(32)).is_none());
        assert!(told(&nested(100_000)).is_none());
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f32>().prop_map(|number| Value::from(f64::from(number))),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::hash_map(".*", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_object_is_read_and_every_wrong_one_refused(
            value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let good = serde_json::to_vec(&value).unwrap();
            let ours = |text: &[u8]| members(text, |_, _| {}).is_some();
            prop_assert_eq!(ours(&good), value.is_object());
            let mut bad = good;
            let at = at.index(bad.len());
            bad[at] = byte;
            // Theirs refuses some that are only no UTF-8, or too large for a number.
            if serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bad).is_ok() {
                prop_assert!(ours(&bad), "{}", String::from_utf8_lossy(&bad));
            } else if let Ok(text) = std::str::from_utf8(&bad)
                && ours(&bad)
            {
                let error = serde_json::from_str::<serde_json::Value>(text).map(|_| ()).unwrap_err().to_string();
                prop_assert!(error.contains("out of range") || error.contains("surrogate"), "{error}: {text}");
            }
        }
    }
}
