//! The shape of a text: what differs from line to line is masked by the field types of the template language
//! (ARCHITECTURE.md, *Patterns*), so that a shape is what the template of a new pattern begins as.
//!
//! Linear in a bounded part of the text, and allocates nothing. A shape is counted and read by people; it decides
//! nothing, so what it takes for a name or an id may well be a word.

use crate::model::parse_ip;

/// So much of a text has a shape; what stands behind is `{:text}`. Templates are shorter.
const MAX_TEXT: usize = 400;
/// Longer shapes are no help to anybody.
const MAX_SHAPE: usize = 400;
/// No peer's address is longer: 45 characters of an IPv4-mapped one (RFC 4291, section 2.2), and a zone.
const MAX_IP: usize = 64;
/// Words of a language are shorter; keys, digests and encoded names are not.
const LONG_WORD: usize = 24;
/// Lengths of queue ids, from the shortest of Postfix to the longest of Postfix and Exim.
const QUEUE_ID: std::ops::RangeInclusive<usize> = 5..=23;
/// Lengths of Exim's ids, before and since 4.97: no other ids have dashes.
const EXIM_IDS: [usize; 2] = [16, 23];

const REST: &[u8] = b"{:text}";

/// Appends the shape of `text` to `shape`.
pub(super) fn mask(text: &[u8], shape: &mut Vec<u8>) {
    let longest = shape.len() + MAX_SHAPE;
    let whole = text.len() <= MAX_TEXT;
    let text = &text[..text.len().min(MAX_TEXT)];
    let mut at = queue_id(text);
    if at > 0 {
        shape.extend_from_slice(b"{:queue_id}");
    }
    while at < text.len() {
        let before = shape.len();
        let masked = match text[at] {
            b'<' => angle(text, at, shape),
            b'"' => quoted(text, at, shape),
            b'[' => peer(text, at, shape),
            byte if is_word(byte) => word(text, at, shape),
            _ => None,
        };
        at = masked.unwrap_or_else(|| literal(text, at, shape));
        if shape.len() > longest || (!whole && at == text.len()) {
            // What the text was cut in might have been anything.
            if masked.is_some() {
                shape.truncate(before);
            }
            shape.extend_from_slice(REST);
            return;
        }
    }
}

/// Bytes of names, numbers, addresses, paths.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"._-+@:/%~&#$*^\\".contains(&byte)
}

/// One byte as it is; braces stand for themselves where they are doubled.
fn literal(text: &[u8], at: usize, shape: &mut Vec<u8>) -> usize {
    let byte = text[at];
    shape.push(byte);
    if matches!(byte, b'{' | b'}') {
        shape.push(byte);
    }
    at + 1
}

/// The length of the queue id that `text` begins with, or of the `NOQUEUE` in its place; 0 if there is neither.
fn queue_id(text: &[u8]) -> usize {
    let len =
        text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-').unwrap_or(text.len());
    let id = &text[..len];
    let is_id = match text.get(len) {
        Some(b':') if id == b"NOQUEUE" => true,
        Some(b':') => QUEUE_ID.contains(&len) && id.iter().any(u8::is_ascii_digit) && !id.contains(&b'-'),
        Some(b' ') => EXIM_IDS.contains(&len) && id.iter().filter(|&&byte| byte == b'-').count() == 2,
        _ => false,
    };
    if is_id { len } else { 0 }
}

/// `<...>`. A quoted local part (RFC 5321, section 4.1.2) may hold the closing bracket.
fn angle(text: &[u8], at: usize, shape: &mut Vec<u8>) -> Option<usize> {
    let plain = if text.get(at + 1) == Some(&b'"') { closing_quote(text, at + 1)? + 1 } else { at + 1 };
    let end = plain + memchr::memchr(b'>', &text[plain..])?;
    let is_address = !text[plain..end].iter().any(|byte| matches!(byte, b' ' | b',' | b'"' | b'<'));
    shape.extend_from_slice(if is_address { b"<{:address}>" } else { b"<{:token}>" });
    Some(end + 1)
}

/// `"..."`.
fn quoted(text: &[u8], at: usize, shape: &mut Vec<u8>) -> Option<usize> {
    let end = closing_quote(text, at)?;
    shape.extend_from_slice(if end == at + 1 { b"\"\"" } else { b"\"{:token}\"" });
    Some(end + 1)
}

/// Where the quote that opens at `at` closes.
fn closing_quote(text: &[u8], at: usize) -> Option<usize> {
    let mut next = at + 1;
    loop {
        next += memchr::memchr2(b'"', b'\\', text.get(next..)?)?;
        if text[next] == b'"' {
            return Some(next);
        }
        next += 2;
    }
}

/// `[address]`, `[address]:port`: what follows a client's or a next hop's name.
fn peer(text: &[u8], at: usize, shape: &mut Vec<u8>) -> Option<usize> {
    let inside = &text[at + 1..];
    let len = inside.iter().take(MAX_IP + 1).position(|&byte| byte == b']')?;
    if &inside[..len] != b"unknown" && parse_ip(&inside[..len]).is_none() {
        return None;
    }
    shape.extend_from_slice(b"{:client}");
    let end = at + len + 2;
    let port = match text.get(end) {
        Some(b':') => text[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    Some(if port > 0 { end + 1 + port } else { end })
}

/// A run of word bytes, with the address of a peer whose name it is. What ends a clause is none of it.
fn word(text: &[u8], at: usize, shape: &mut Vec<u8>) -> Option<usize> {
    let run = &text[at..];
    let run = &run[..run.iter().position(|&byte| !is_word(byte)).unwrap_or(run.len())];
    let end = at + run.len();
    if text.get(end) == Some(&b'[')
        && let Some(end) = peer(text, end, shape)
    {
        return Some(end);
    }
    let len = run.iter().rposition(|byte| !matches!(byte, b'.' | b':')).map_or(0, |last| last + 1);
    let (word, punctuation) = run.split_at(len);
    let is_value = at > 0 && text[at - 1] == b'=';
    shape.extend_from_slice(mask_of(word, is_value).unwrap_or(word));
    shape.extend_from_slice(punctuation);
    Some(end)
}

/// What stands for `word`; `None` if it is as good as any other line's.
fn mask_of(word: &[u8], is_value: bool) -> Option<&'static [u8]> {
    let count = |wanted: u8| word.iter().filter(|&&byte| byte == wanted).count();
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let dots = count(b'.');
    if word.is_empty() {
        return None;
    }
    if digits > 0 && digits + dots == word.len() && dots < 2 {
        return Some(b"{:decimal}");
    }
    if (dots == 3 || count(b':') > 1) && parse_ip(word).is_some() {
        return Some(b"{:ip}");
    }
    if word.contains(&b'@') {
        return Some(b"{:address}");
    }
    let varies = digits > 0 || dots > 0 || is_value || word.len() >= LONG_WORD || word[0] == b'/';
    varies.then_some(b"{:word}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A doubled brace may stand between a shape of the greatest length and the mask of what follows.
    const LONGEST: usize = MAX_SHAPE + 2 + REST.len();

    fn shape(text: &str) -> String {
        let mut shape = Vec::new();
        mask(text.as_bytes(), &mut shape);
        String::from_utf8(shape).unwrap()
    }

    #[test]
    fn what_varies_is_masked_and_what_says_something_stays() {
        for (text, want) in [
            ("4F2A1B3C5D: quota of bob exceeded", "{:queue_id}: quota of bob exceeded"),
            ("NOQUEUE: refused", "{:queue_id}: refused"),
            ("1UlnXX-0001XX-AB no such user", "{:queue_id} no such user"),
            ("warning: dict_nis_init: NIS down", "warning: dict_nis_init: NIS down"),
            ("took 12 of 0.5 seconds, 30s left", "took {:decimal} of {:decimal} seconds, {:word} left"),
            ("bad hash 9f86d081 in 0x7ffd", "bad hash {:word} in {:word}"),
            ("for <a@b.example>, <>, <\"x> y\"@z>", "for <{:address}>, <{:address}>, <{:address}>"),
            ("helo=<a b> user=bob size=7", "helo=<{:token}> user={:word} size={:decimal}"),
            ("said \"go \\\" away\" and \"\"", "said \"{:token}\" and \"\""),
            ("from mx.a.example[192.0.2.1]:25: x", "from {:client}: x"),
            ("from unknown[unknown] or [2001:db8::1]", "from {:client} or {:client}"),
            ("by 192.0.2.1, 2001:db8::7: no", "by {:ip}, {:ip}: no"),
            ("tell bob@our.example.", "tell {:address}."),
            ("host mx.a.example: failed.", "host {:word}: failed."),
            ("cannot open /etc/x, private/lmtp", "cannot open {:word}, private/lmtp"),
            ("key QUJDREVGR0hJSktMTU5PUFFSU1RV", "key {:word}"),
            ("child[17]: {x}", "child[{:decimal}]: {{x}}"),
            ("a < b, \"c", "a < b, \"c"),
            ("...", "..."),
            ("", ""),
        ] {
            assert_eq!(shape(text), want, "{text}");
        }
    }

    #[test]
    fn a_long_text_ends_in_one_mask_wherever_it_is_cut() {
        let long = |word: &str| shape(&format!("said {}", word.repeat(500)));
        assert_eq!(long("abc"), "said {:text}");
        let shape = long("1 ");
        assert!(shape.ends_with(" {:text}") && shape.len() <= LONGEST, "{shape}");
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_bounded_shape(text in prop::collection::vec(any::<u8>(), 0..1_000)) {
            let mut shape = b"before".to_vec();
            mask(&text, &mut shape);
            prop_assert!(shape.starts_with(b"before"));
            prop_assert!(shape.len() <= 6 + LONGEST);
            prop_assert_eq!(shape.len() == 6, text.is_empty());
        }

        /// Two lines that differ in what varies have one shape.
        #[test]
        fn numbers_addresses_and_ids_make_no_shape(
            a in "[0-9A-F]{4}[0-9]", b in "[0-9A-F]{9}[0-9]", n in 0_u32..9_999_999, ip: [u8; 4], v6: [u16; 8],
        ) {
            let v4 = std::net::Ipv4Addr::from(ip);
            let v6 = std::net::Ipv6Addr::from(v6);
            let line = |id: &str, user: u32, ip: &str| {
                shape(&format!("{id}: user <u{user}@d{user}.example> at x{user}.example[{ip}], {user} times by {ip}"))
            };
            prop_assert_eq!(line(&a, n, &v4.to_string()), line(&b, n / 7, &v6.to_string()));
        }
    }
}
