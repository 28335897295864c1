//! Texts of a log as the board keeps them: bytes, capped, in buffers that serve again; and as it shows them.

use std::collections::VecDeque;

/// Names, addresses, domains: RFC 1035 section 2.3.4 and RFC 5321 section 4.5.3.1 allow about as many bytes.
pub(super) const NAME: usize = 255;
/// Lines.
pub(super) const LINE: usize = 1_000;
/// Texts that [`Few`] holds.
const FEW: usize = 3;

/// The first `most` bytes.
pub(super) fn capped(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

/// `bytes` as text of at most `most` bytes; what is no UTF-8 becomes U+FFFD.
pub(super) fn text(bytes: &[u8], most: usize) -> String {
    let mut text = String::from_utf8_lossy(capped(bytes, most)).into_owned();
    // A replacement character takes more room than the byte that it stands for.
    while text.len() > most {
        text.pop();
    }
    text
}

/// A name that may be another one later: what the buffer holds gives way, and it takes no more room than it needs.
pub(super) fn rename(buffer: &mut Vec<u8>, name: &[u8]) {
    let name = capped(name, NAME);
    if *buffer != name {
        buffer.clear();
        buffer.reserve_exact(name.len());
        buffer.extend_from_slice(name);
    }
}

/// The hash of a name, whatever its case.
pub(super) fn caseless(hasher: &ahash::RandomState, name: &[u8]) -> u64 {
    let name = capped(name, NAME);
    let mut lower = [0; NAME];
    let (lower, _) = lower.split_at_mut(name.len());
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    hasher.hash_one(&*lower)
}

/// A few different names, the newest first.
#[derive(Debug, Default)]
pub(super) struct Few(VecDeque<Vec<u8>>);

impl Few {
    /// Puts `name` in front; the one that was not seen for longest gives way.
    pub(super) fn see(&mut self, name: &[u8]) {
        let name = capped(name, NAME);
        if self.0.front().is_some_and(|newest| newest == name) {
            return;
        }
        let known = self.0.iter().position(|known| known == name);
        let free = match known {
            Some(place) => self.0.remove(place),
            None if self.0.len() >= FEW => self.0.pop_back(),
            None => None,
        };
        let mut buffer = free.unwrap_or_default();
        rename(&mut buffer, name);
        self.0.push_front(buffer);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.0.iter().map(|name| text(name, NAME)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_capped_and_valid_whatever_was_written() {
        assert_eq!(text(b"m\xfcnchen", NAME), "m\u{fffd}nchen");
        assert_eq!(text(&[0xff; 1_000], NAME).len(), NAME);
        assert_eq!(text("é".repeat(200).as_bytes(), NAME).chars().filter(|&c| c == 'é').count(), 127);
    }

    #[test]
    fn the_newest_names_stay() {
        let mut few = Few::default();
        for name in ["a", "b", "a", "c", "c", "d", "a"] {
            few.see(name.as_bytes());
        }
        assert_eq!(few.texts(), ["a", "d", "c"]);
    }
}
