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

/// The queue id at the start of `text`: the whole run of letters and digits there must be one.
#[inline]
pub(super) fn at_start(text: &[u8]) -> Option<QueueIdAt> {
    let (mut len, mut hex, mut base_51, mut z) = (0, true, true, false);
    for &byte in text.iter().take(*LONG.end() + 1) {
        match byte {
            b'A' | b'E' => base_51 = false,
            b'0'..=b'9' | b'B' | b'C' | b'D' | b'F' => {}
            b'I' | b'O' | b'U' | b'a' | b'e' | b'i' | b'o' | b'u' => (hex, base_51) = (false, false),
            b'G'..=b'Z' | b'b'..=b'y' => hex = false,
            b'z' => (hex, z) = (false, true),
            _ => break,
        }
        len += 1;
    }
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
