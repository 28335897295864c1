//! Searching and comparing short texts. A call to the C library costs more than the work itself where texts have a few
//! bytes. These are inlined and look at blocks of fixed size, of which the compiler makes vector instructions.

/// UTF-8's mark in front of a text (RFC 3629, section 6). Joining files puts it into the midst of one, too.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// `text` without the byte order mark that it may begin with.
#[inline]
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Bytes looked at in one go: a vector register, and longer than most fields.
const BLOCK: usize = 16;

/// Where the first of `bytes` stands from `at`; the length of `text` if none does. For one or two of them this is
/// faster than [`first`].
#[inline]
pub(super) fn first_of<const N: usize>(text: &[u8], at: usize, bytes: [u8; N]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The highest bit of the first byte that is wanted, and perhaps of some behind it.
    let hits = |block: &[u8; 8]| {
        let block = u64::from_le_bytes(*block);
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        bytes.iter().fold(0, |hits, &byte| hits | zero(block ^ (ONES * u64::from(byte)))) & (ONES << 7)
    };
    let mut at = at;
    while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let hits = hits(block);
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let Some(block) = text.last_chunk() else {
        let rest = text.get(at..).unwrap_or_default();
        return rest.iter().position(|byte| bytes.contains(byte)).map_or(text.len(), |len| at + len);
    };
    // The last block overlaps with what was seen already: that is made something else.
    let seen = 8 * (at + 8 - text.len()) as u32;
    let block = u64::from_le_bytes(*block).checked_shr(seen).unwrap_or(0);
    let hits = hits(&block.to_le_bytes());
    text.len().min(at + hits.trailing_zeros() as usize / 8)
}

/// Where the first byte from `at` stands that `wanted` accepts; the length of `text` if none does. `wanted` is asked
/// about bytes that do not matter, too, and may not branch (`|`, not `||`), or no vector instructions come of it.
#[inline]
pub(super) fn first(text: &[u8], at: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let mut at = at;
    while let Some((block, seen)) = block(text, at) {
        let mut hits = [0; BLOCK];
        for (hit, &byte) in hits.iter_mut().zip(block) {
            *hit = u8::from(wanted(byte)).wrapping_neg();
        }
        // The first byte is the lowest.
        let mut hits = u128::from_le_bytes(hits);
        if seen > 0 {
            hits = hits.checked_shr(8 * seen as u32).unwrap_or(0);
        }
        if hits as u64 != 0 {
            return at + (hits as u64).trailing_zeros() as usize / 8;
        } else if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += BLOCK - seen;
    }
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().position(|&byte| wanted(byte)).map_or(text.len(), |len| at + len)
}

/// The block at `at`, or else the last one and how many of its bytes stand before `at`; `None` at the end, and in a
/// text that is too short for one.
#[inline]
fn block(text: &[u8], at: usize) -> Option<(&[u8; BLOCK], usize)> {
    match text.get(at..)?.first_chunk() {
        Some(block) => Some((block, 0)),
        None if at < text.len() => Some((text.last_chunk()?, at + BLOCK - text.len())),
        None => None,
    }
}

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
}

/// A text to look for, its beginning and its end ready to be compared as one number each: what is looked for differs
/// early, and most of it is no longer than both together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    text: Box<[u8]>,
    head: Eight,
    tail: Eight,
}

/// Eight bytes of a line, of which not all need to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Eight {
    bytes: u64,
    mask: u64,
}

impl Eight {
    const ALL: usize = 8;

    /// What begins with `text`, or with as much of it as counts.
    fn head(text: &[u8]) -> Self {
        let (mut bytes, mut mask) = ([0; Self::ALL], [0; Self::ALL]);
        for (at, &byte) in text.iter().take(Self::ALL).enumerate() {
            (bytes[at], mask[at]) = (byte, u8::MAX);
        }
        Self { bytes: u64::from_le_bytes(bytes), mask: u64::from_le_bytes(mask) }
    }

    /// What ends with `text`, or with as much of it as counts.
    fn tail(text: &[u8]) -> Self {
        let Self { bytes, mask } = Self::head(&text[text.len().saturating_sub(Self::ALL)..]);
        let before = 8 * Self::ALL.saturating_sub(text.len()) as u32;
        let shift = |word: u64| word.checked_shl(before).unwrap_or(0);
        Self { bytes: shift(bytes), mask: shift(mask) }
    }

    #[inline]
    const fn is(self, bytes: [u8; Self::ALL]) -> bool {
        (u64::from_le_bytes(bytes) ^ self.bytes) & self.mask == 0
    }
}

impl Literal {
    pub(super) fn new(text: &[u8]) -> Self {
        Self { text: text.into(), head: Eight::head(text), tail: Eight::tail(text) }
    }

    /// As much of `text` as one number holds.
    pub(super) fn beginning(text: &[u8]) -> Self {
        Self::new(&text[..text.len().min(Eight::ALL)])
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether `line` goes on with it at `at`.
    #[inline]
    pub(super) fn stands_at(&self, line: &[u8], at: usize) -> bool {
        match line.get(at..).and_then(<[u8]>::first_chunk) {
            Some(head) => {
                let end = at + self.text.len();
                self.head.is(*head)
                    && (self.text.len() <= Eight::ALL
                        || self.tail_ends_at(line, end)
                            && (self.text.len() <= 2 * Eight::ALL || self.stands_whole_at(line, at)))
            }
            None => self.stands_whole_at(line, at),
        }
    }

    /// Where it begins in `line`, if it ends at `end`.
    #[inline]
    pub(super) fn start(&self, line: &[u8], end: usize) -> Option<usize> {
        let start = end.checked_sub(self.text.len())?;
        let stands = if end < Eight::ALL || self.text.len() > Eight::ALL {
            self.stands_whole_at(line, start)
        } else {
            self.tail_ends_at(line, end)
        };
        stands.then_some(start)
    }

    #[inline]
    fn tail_ends_at(&self, line: &[u8], end: usize) -> bool {
        line.get(..end).and_then(<[u8]>::last_chunk).is_some_and(|tail| self.tail.is(*tail))
    }

    /// The same for all of it, seldom needed and kept out of the way.
    #[inline(never)]
    fn stands_whole_at(&self, line: &[u8], at: usize) -> bool {
        line.get(at..).is_some_and(|rest| begins_with(rest, &self.text))
    }

    /// Where it first stands from `at`: by its first byte, as fields are short and literals differ early.
    #[inline]
    pub(super) fn find(&self, line: &[u8], at: usize) -> Option<usize> {
        let Some(&byte) = self.text.first() else { return Some(at) };
        let mut at = at;
        loop {
            at = first_of(line, at, [byte]);
            if self.stands_at(line, at) {
                return Some(at);
            } else if at == line.len() {
                return None;
            }
            at += 1;
        }
    }

    /// Whether it stands anywhere in `text`, which mostly does not even hold its first byte.
    pub(super) fn stands_in(&self, text: &[u8]) -> bool {
        let Some(&byte) = self.text.first() else { return true };
        memchr::memchr_iter(byte, text).any(|at| self.stands_at(text, at))
    }

    /// Where it ends in `line`, if it stands at `at`.
    #[inline]
    pub(super) fn end(&self, line: &[u8], at: usize) -> Option<usize> {
        self.stands_at(line, at).then_some(at + self.text.len())
    }
}

/// `a == b`.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (Some(last_a), Some(last_b)) = (a.last_chunk(), b.last_chunk()) else {
        return match (a, b) {
            // Two halves that overlap.
            ([.., _, _, _, _], [.., _, _, _, _]) => {
                a.first_chunk::<4>() == b.first_chunk::<4>() && a.last_chunk::<4>() == b.last_chunk::<4>()
            }
            ([a, b, c], [x, y, z]) => a == x && b == y && c == z,
            _ => a.iter().zip(b).all(|(a, b)| a == b),
        };
    };
    // The last eight bytes overlap with those before them.
    let (words_a, words_b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    u64::from_ne_bytes(*last_a) == u64::from_ne_bytes(*last_b)
        && words_a.iter().zip(words_b).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
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
    }

    #[test]
    fn the_first_of_several_bytes_is_found_wherever_it_stands() {
        let wanted = |byte: u8| (byte == b'<') | (byte == b' ');
        for len in 0..70 {
            let mut text = vec![b'a'; len];
            for at in 0..=len {
                let found = (first(&text, at, wanted), first_of(&text, at, [b'<', b' ']));
                assert_eq!(found, (len, len), "nothing in {len} from {at}");
            }
            for hit in 0..len {
                text[hit] = b'<';
                for at in 0..=len {
                    let want = if at <= hit { hit } else { len };
                    let found = (first(&text, at, wanted), first_of(&text, at, [b'<', b' ']));
                    assert_eq!(found, (want, want), "{hit} of {len} from {at}");
                }
                text[hit] = b'a';
            }
        }
        assert_eq!((first(b"ab< c ", 0, wanted), first_of(b"ab< c ", 0, [b' ', b'<'])), (2, 2));
    }

    #[test]
    fn short_texts_compare_as_slices_do() {
        let text = b"improper command pipelining after";
        for len in 0..text.len() {
            assert!(begins_with(text, &text[..len]) && same(&text[..len], &text.to_vec()[..len]));
            let literal = Literal::new(&text[..len]);
            assert_eq!((literal.end(text, 0), literal.end(&text[..len], 0)), (Some(len), Some(len)));
            assert!(len == 0 || !literal.stands_at(text, 1) && !literal.stands_at(&text[..len - 1], 0));
            assert_eq!((literal.start(text, len), literal.start(&text[..len], len)), (Some(0), Some(0)));
            assert_eq!(literal.start(text, len + 1), (len == 0).then_some(1));
            let padded = [&b"12345678"[..], &text[..len]].concat();
            assert_eq!((literal.end(&padded, 8), literal.start(&padded, 8 + len)), (Some(8 + len), Some(8)));
            assert!(!same(&text[..len], &text[..=len]) && !begins_with(&text[..len], &text[..=len]));
            for at in 0..len {
                let mut other = text[..len].to_vec();
                other[at] ^= 1;
                assert!(!same(&text[..len], &other) && !begins_with(text, &other));
                let literal = Literal::new(&other);
                assert!(!literal.stands_at(text, 0) && literal.start(text, len).is_none());
                let padded = [&b"12345678"[..], text].concat();
                assert!(!literal.stands_at(&padded, 8) && literal.start(&padded, 8 + len).is_none());
            }
        }
    }
}
