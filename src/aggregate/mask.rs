//! The shape of a text: what differs from line to line is masked by the field types of the template language
//! (ARCHITECTURE.md, *Patterns*), so that a shape is what the template of a new pattern begins as.
//!
//! Linear in a bounded part of the text, and allocates nothing. A shape is counted and read by people; it decides
//! nothing, so what it takes for a name or an id may well be a word.

use std::ops::{Range, RangeInclusive};

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
const QUEUE_ID: RangeInclusive<usize> = 5..=23;
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
    // What stands from here on is not in the shape yet.
    let mut left = at;
    while at < text.len() {
        let piece = piece(text, at);
        let too_much = shape.len() + (piece.end - left) > longest;
        if too_much || (!whole && piece.end == text.len()) {
            // What the text was cut in might have been anything, but for the byte that ends what stands before: in a
            // template no word ends where any text may begin.
            shape.extend_from_slice(&text[left..at]);
            match text[at] {
                b'{' => shape.extend_from_slice(b"{{"),
                b'}' => shape.extend_from_slice(b"}}"),
                byte if IS[usize::from(byte)] == 0 => shape.push(byte),
                _ => {}
            }
            shape.extend_from_slice(REST);
            return;
        }
        if let Some((masked, mask)) = piece.masked {
            shape.extend_from_slice(&text[left..masked.start]);
            shape.extend_from_slice(mask);
            left = masked.end;
        }
        at = piece.end;
    }
    shape.extend_from_slice(&text[left..]);
}

/// A word, something in brackets or quotes, or one byte between them.
struct Piece {
    end: usize,
    /// What of it is masked, and by what.
    masked: Option<(Range<usize>, &'static [u8])>,
}

impl Piece {
    fn masked(end: usize, range: Range<usize>, mask: &'static [u8]) -> Self {
        Self { end, masked: Some((range, mask)) }
    }
}

#[inline]
fn piece(text: &[u8], at: usize) -> Piece {
    let byte = text[at];
    let found = match byte {
        _ if IS[usize::from(byte)] != 0 => return word(text, at),
        b'<' => angle(text, at),
        b'"' => quoted(text, at),
        b'[' => peer(text, at, at),
        // Braces stand for themselves where they are doubled.
        b'{' => Some(Piece::masked(at + 1, at..at + 1, b"{{")),
        b'}' => Some(Piece::masked(at + 1, at..at + 1, b"}}")),
        _ => None,
    };
    found.unwrap_or(Piece { end: at + 1, masked: None })
}

/// A byte of a name, a number, an address or a path; then which of these it tells apart.
const WORD: u8 = 1;
const DIGIT: u8 = 2;
const DOT: u8 = 4;
const COLON: u8 = 8;
const AT: u8 = 16;

/// What each byte is; 0: it stands between words.
const IS: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b'0'..=b'9' => WORD | DIGIT,
            b'.' => WORD | DOT,
            b':' => WORD | COLON,
            b'@' => WORD | AT,
            0..=b' '
            | 0x7f
            | b'<'
            | b'>'
            | b'['
            | b']'
            | b'('
            | b')'
            | b'{'
            | b'}'
            | b'"'
            | b'\''
            | b'`'
            | b','
            | b';'
            | b'='
            | b'|'
            | b'!'
            | b'?' => 0,
            _ => WORD,
        };
        at += 1;
    }
    table
};

/// The length of the queue id that `text` begins with, or of the `NOQUEUE` in its place; 0 if there is neither.
fn queue_id(text: &[u8]) -> usize {
    let len =
        text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-').unwrap_or(text.len());
    let id = &text[..len];
    let is_id = match text.get(len) {
        Some(b':') if id == b"NOQUEUE" => true,
        Some(b':') => QUEUE_ID.contains(&len) && id.iter().any(u8::is_ascii_digit) && !id.contains(&b'-'),
        Some(b' ') => EXIM_IDS.contains(&len) && memchr::memchr_iter(b'-', id).count() == 2,
        _ => false,
    };
    if is_id { len } else { 0 }
}

/// `<...>`. A quoted local part (RFC 5321, section 4.1.2) may hold the closing bracket.
fn angle(text: &[u8], at: usize) -> Option<Piece> {
    let plain = if text.get(at + 1) == Some(&b'"') { closing_quote(text, at + 1)? + 1 } else { at + 1 };
    let end = plain + memchr::memchr(b'>', &text[plain..])?;
    let is_address = !text[plain..end].iter().any(|byte| matches!(byte, b' ' | b',' | b'"' | b'<'));
    Some(Piece::masked(end + 1, at + 1..end, if is_address { b"{:address}" } else { b"{:token}" }))
}

/// `"..."`.
fn quoted(text: &[u8], at: usize) -> Option<Piece> {
    let end = closing_quote(text, at)?;
    Some(Piece { end: end + 1, masked: (end > at + 1).then_some((at + 1..end, b"{:token}")) })
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

/// `name[address]`, `[address]:port`: a client or a next hop, whose name begins at `name` and its address at `at`.
fn peer(text: &[u8], name: usize, at: usize) -> Option<Piece> {
    let inside = &text[at + 1..];
    let len = inside.iter().take(MAX_IP + 1).position(|&byte| byte == b']')?;
    if &inside[..len] != b"unknown" && parse_ip(&inside[..len]).is_none() {
        return None;
    }
    let end = at + len + 2;
    let port = match text.get(end) {
        Some(b':') => text[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let end = if port > 0 { end + 1 + port } else { end };
    Some(Piece::masked(end, name..end, b"{:client}"))
}

/// A run of word bytes, with the address of a peer whose name it is. What ends a clause is no part of the word.
#[inline]
fn word(text: &[u8], at: usize) -> Piece {
    let (mut end, mut any) = (at, 0);
    while let Some(&byte) = text.get(end)
        && IS[usize::from(byte)] != 0
    {
        any |= IS[usize::from(byte)];
        end += 1;
    }
    if text.get(end) == Some(&b'[')
        && let Some(peer) = peer(text, at, end)
    {
        return peer;
    }
    let is_value = at > 0 && text[at - 1] == b'=';
    let is_long = end - at >= LONG_WORD;
    // Nearly every word of a language ends here.
    if any & (DIGIT | DOT | AT | COLON) == 0 && !is_value && !is_long && text[at] != b'/' {
        return Piece { end, masked: None };
    }
    let punctuation = text[at..end].iter().rev().take_while(|byte| matches!(byte, b'.' | b':')).count();
    let word = at..end - punctuation;
    let mask = mask_of(&text[word.clone()], is_value);
    Piece { end, masked: mask.map(|mask| (word, mask)) }
}

/// What stands for `word`; `None` if it is as good as any other line's.
fn mask_of(word: &[u8], is_value: bool) -> Option<&'static [u8]> {
    let first = *word.first()?;
    let (mut digits, mut dots, mut colons, mut any) = (0, 0, 0, 0);
    for &byte in word {
        let is = IS[usize::from(byte)];
        any |= is;
        digits += usize::from(is & DIGIT != 0);
        dots += usize::from(is & DOT != 0);
        colons += usize::from(is & COLON != 0);
    }
    if digits > 0 && digits + dots == word.len() && dots < 2 {
        return Some(b"{:decimal}");
    }
    if (dots == 3 || colons > 1) && parse_ip(word).is_some() {
        return Some(b"{:ip}");
    }
    if any & AT != 0 {
        return Some(b"{:address}");
    }
    let varies = digits > 0 || dots > 0 || is_value || word.len() >= LONG_WORD || first == b'/';
    varies.then_some(b"{:word}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A mask may be longer than what it masks by so much, and the mask of the rest follows.
    const LONGEST: usize = MAX_SHAPE + b"{:decimal}".len() + REST.len();

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
