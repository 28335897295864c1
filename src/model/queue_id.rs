//! A queue id, kept inline: it is the key of the largest table, and most lines look one up.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// Postfix ids have 6 to 21 characters, Sendmail's 14, Exim's 16 or 23.
const CAPACITY: usize = 23;

/// A queue id of at most 23 bytes, copied out of a line.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct QueueId {
    /// The id, zeros, and in the last byte its length.
    bytes: [u8; CAPACITY + 1],
}

impl QueueId {
    /// The id `text`; `None` if it is empty or longer than any server's.
    #[inline]
    pub fn new(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > CAPACITY {
            return None;
        }
        let mut bytes = [0; CAPACITY + 1];
        bytes[..text.len()].copy_from_slice(text);
        bytes[CAPACITY] = text.len() as u8;
        Some(Self { bytes })
    }

    /// The id as the log spells it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.bytes[CAPACITY]).min(CAPACITY)]
    }

    /// The id as three machine words: compared and hashed without a loop over bytes.
    #[inline]
    fn words(&self) -> [u64; 3] {
        let (words, _) = self.bytes.as_chunks::<8>();
        [0, 1, 2].map(|at| words.get(at).map_or(0, |word| u64::from_le_bytes(*word)))
    }
}

impl PartialEq for QueueId {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.words() == other.words()
    }
}

impl Eq for QueueId {}

impl Hash for QueueId {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c] = self.words();
        state.write_u64(a);
        state.write_u64(b);
        state.write_u64(c);
    }
}

impl fmt::Debug for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_text_and_length() {
        let id = |text: &str| QueueId::new(text.as_bytes()).unwrap();
        assert_eq!(id("3F2A91C0D4").as_bytes(), b"3F2A91C0D4");
        assert!(id("3F2A91C0D4") == id("3F2A91C0D4") && id("3F2A91C0D4") != id("3F2A91C0D5"));
        assert!(id("0") != id("0\0") && id(&"z".repeat(23)) != id(&"z".repeat(22)));
        assert!(QueueId::new(b"").is_none() && QueueId::new(&[b'z'; 24]).is_none());
    }
}
