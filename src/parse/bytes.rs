//! Comparing short texts. A call to the C library costs more than the comparison itself where texts have a few bytes
//! and differ, if at all, in the first of them; these are inlined.

/// A set of bytes, asked in a few instructions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) const fn of(bytes: &[u8]) -> Self {
        let (mut set, mut at) = ([0; 4], 0);
        while at < bytes.len() {
            set[(bytes[at] >> 6) as usize] |= 1 << (bytes[at] & 63);
            at += 1;
        }
        Self(set)
    }

    #[must_use]
    pub(super) const fn with(self, byte: u8) -> Self {
        let mut set = self.0;
        set[(byte >> 6) as usize] |= 1 << (byte & 63);
        Self(set)
    }

    #[inline]
    pub(super) const fn has(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    /// Where the first byte of the set stands in `text`.
    #[inline]
    pub(super) fn first_in(&self, text: &[u8]) -> Option<usize> {
        text.iter().position(|&byte| self.has(byte))
    }
}

/// `a == b`.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    let ((words_a, rest_a), (words_b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    a.len() == b.len()
        && words_a.iter().zip(words_b).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && rest_a.iter().zip(rest_b).all(|(a, b)| a == b)
}

/// `text.starts_with(literal)`.
#[inline]
pub(super) fn begins_with(text: &[u8], literal: &[u8]) -> bool {
    text.get(..literal.len()).is_some_and(|text| same(text, literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set = ByteSet::of(b" <").with(0xff).with(0);
        for byte in 0..=u8::MAX {
            assert_eq!(set.has(byte), matches!(byte, b' ' | b'<' | 0 | 0xff), "{byte}");
        }
        assert_eq!((set.first_in(b"ab<c "), set.first_in(b"abc")), (Some(2), None));
    }

    #[test]
    fn short_texts_compare_as_slices_do() {
        let text = b"improper command pipelining after";
        for len in 0..text.len() {
            assert!(begins_with(text, &text[..len]) && same(&text[..len], &text.to_vec()[..len]));
            assert!(!same(&text[..len], &text[..=len]) && !begins_with(&text[..len], &text[..=len]));
            for at in 0..len {
                let mut other = text[..len].to_vec();
                other[at] ^= 1;
                assert!(!same(&text[..len], &other) && !begins_with(text, &other));
            }
        }
    }
}
