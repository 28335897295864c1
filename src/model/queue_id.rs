//! A queue id, kept inline: it is the key of the largest table, and most lines look one up.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// Postfix ids have 6 to 21 characters, Sendmail's 14, Exim's 16 or 23.
const CAPACITY: usize = 23;

/// A queue id of at most 23 bytes, copied out of a line: compared and hashed as three machine words.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueId {
    /// The bytes of the id in little-endian order, zeros, and in the last byte its length.
    words: [u64; 3],
}

/// Word by word: as an array, it would be hashed byte by byte.
impl Hash for QueueId {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words.iter().for_each(|&word| state.write_u64(word));
    }
}

impl QueueId {
    /// The id `text`; `None` if it is empty or longer than any server's.
    #[inline]
    pub fn new(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > CAPACITY {
            return None;
        }
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        // The last eight bytes overlap with those in front of them: what was read already is shifted out.
        let mut words =
            match (text.first_chunk(), text.get(8..).and_then(<[u8]>::first_chunk), text.last_chunk()) {
                (Some(first), Some(second), Some(last)) if text.len() > 16 => {
                    [word(first), word(second), word(last) >> (8 * (24 - text.len()))]
                }
                (Some(first), _, Some(last)) if text.len() > 8 => {
                    [word(first), word(last) >> (8 * (16 - text.len())), 0]
                }
                _ => [text.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)), 0, 0],
            };
        words[2] |= (text.len() as u64) << 56;
        Some(Self { words })
    }

    /// The id as the log spells it.
    pub fn text(&self) -> QueueIdText {
        let mut bytes = [0; CAPACITY + 1];
        for (chunk, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.words) {
            *chunk = word.to_le_bytes();
        }
        QueueIdText(bytes)
    }
}

/// The bytes of a [`QueueId`].
#[derive(Clone, Copy, Debug)]
pub struct QueueIdText([u8; CAPACITY + 1]);

impl Deref for QueueIdText {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0[..usize::from(self.0[CAPACITY]).min(CAPACITY)]
    }
}

impl fmt::Debug for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_text_and_length() {
        let id = |text: &str| QueueId::new(text.as_bytes()).unwrap();
        let long = "3F2A91C0D4zBCDFGHJKLMNP";
        for len in 1..=long.len() {
            assert_eq!(*id(&long[..len]).text(), long.as_bytes()[..len], "{len}");
        }
        assert!(id("3F2A91C0D4") == id("3F2A91C0D4") && id("3F2A91C0D4") != id("3F2A91C0D5"));
        assert!(id("0") != id("0\0") && id(&"z".repeat(23)) != id(&"z".repeat(22)));
        assert!(QueueId::new(b"").is_none() && QueueId::new(&[b'z'; 24]).is_none());
    }
}
