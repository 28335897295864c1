//! A queue id, kept inline: it is the key of the largest table, and most lines look one up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Postfix ids have 6 to about 20 characters, Sendmail's 14, Exim's 16 or 23.
const CAPACITY: usize = 23;

/// A queue id of at most 23 bytes, copied out of a line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueueId {
    len: u8,
    bytes: [u8; CAPACITY],
}

impl QueueId {
    /// The id `text`; `None` if it is empty or longer than any server's.
    pub fn new(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > CAPACITY {
            return None;
        }
        let mut bytes = [0; CAPACITY];
        bytes[..text.len()].copy_from_slice(text);
        Some(Self { len: text.len() as u8, bytes })
    }

    /// The id as the log spells it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len).min(CAPACITY)]
    }
}

impl fmt::Debug for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}
