//! Comparing short texts. A call to the C library costs more than the comparison itself where texts have a few bytes
//! and differ, if at all, in the first of them; these are inlined.

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
