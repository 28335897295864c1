//! Queue ids as Postfix writes them (postconf(5), `enable_long_queue_ids`).

/// A queue id at the start of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct QueueIdAt {
    /// Bytes of the id.
    pub(super) len: usize,
    /// False for `NOQUEUE`, which stands where an id would.
    pub(super) is_id: bool,
}

/// Hex digits of microseconds (5) and inode; no inode has more than 64 bits.
const SHORT: std::ops::RangeInclusive<usize> = 5..=21;
/// Six characters of seconds, four of microseconds, `z`, and the inode in base 51.
const LONG: std::ops::RangeInclusive<usize> = 10..=23;

/// A letter or digit; then what an id made of such bytes may be.
const ALPHANUMERIC: u8 = 1;
const HEX: u8 = 2;
const BASE_51: u8 = 4;
const Z: u8 = 8;

/// What each byte is.
const BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() {
            let hex = if byte.is_ascii_digit() || (b'A' <= byte && byte <= b'F') { HEX } else { 0 };
            let vowel = matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u');
            let z = if byte == b'z' { Z } else { 0 };
            table[at] = ALPHANUMERIC | hex | if vowel { 0 } else { BASE_51 } | z;
        }
        at += 1;
    }
    table
};

/// The queue id at the start of `text`: the whole run of letters and digits there must be one.
#[inline]
pub(super) fn at_start(text: &[u8]) -> Option<QueueIdAt> {
    let (mut len, mut all, mut any) = (0, u8::MAX, 0);
    for &byte in text.iter().take(*LONG.end() + 1) {
        let is = BYTES[usize::from(byte)];
        if is == 0 {
            break;
        }
        all &= is;
        any |= is;
        len += 1;
    }
    let (hex, base_51, z) = (all & HEX != 0, all & BASE_51 != 0, any & Z != 0);
    let is_id = (hex && SHORT.contains(&len)) || (base_51 && z && LONG.contains(&len));
    if is_id || (len == 7 && text.starts_with(b"NOQUEUE")) { Some(QueueIdAt { len, is_id }) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_words() {
        for id in ["1A89D", "9C2A06D1E8", "4XyzGh1T5Pz3kqB", "3QxK4w0vJZz1r"] {
            assert_eq!(
                at_start(format!("{id}: x").as_bytes()),
                Some(QueueIdAt { len: id.len(), is_id: true })
            );
        }
        assert_eq!(at_start(b"NOQUEUE: reject"), Some(QueueIdAt { len: 7, is_id: false }));
        for word in [
            "",
            "connect from",
            "1A89",
            "1a89d0",
            "NOQUEUES: x",
            "warning: ",
            "Anonymous TLS",
            "4XyzGh1TaPz3kqB",
        ] {
            assert_eq!(at_start(word.as_bytes()), None, "{word}");
        }
    }
}
