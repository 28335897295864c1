//! Decimal digits, eight bytes at a time.

/// The number at the start of `text`, if it has six digits and no more.
#[inline]
pub(super) fn six(text: [u8; 8]) -> Option<u32> {
    let (values, others) = split(text);
    (others.trailing_zeros() == 6 * 8 + 7).then(|| number(values << 16))
}

/// The number that the digits at the end of `text` are, and how many there are.
#[inline]
pub(super) fn trailing(text: [u8; 8]) -> (u32, usize) {
    let (values, others) = split(text);
    let count = others.leading_zeros() / 8;
    let before = u64::MAX.checked_shr(8 * count).unwrap_or(0);
    (number(values & !before), count as usize)
}

/// What each byte is worth, the first one lowest, and the highest bit of each that is no digit.
#[inline]
const fn split(text: [u8; 8]) -> (u64, u64) {
    let values = u64::from_le_bytes(text) ^ 0x3030_3030_3030_3030;
    let low = values & 0x7f7f_7f7f_7f7f_7f7f;
    // Adding 118 to ten or more carries into the highest bit.
    let others = ((low + 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    (values, others)
}

/// The number of eight digits, the first of them in the lowest byte: pairs, then fours, then all of them.
#[inline]
const fn number(values: u64) -> u32 {
    let pairs = (values * 10 + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours * 10_000 + (fours >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_at_either_end_are_a_number() {
        for (text, start, end) in [
            (b"12345678", None, (12_345_678, 8)),
            (b"99999999", None, (99_999_999, 8)),
            (b"123456+0", Some(123_456), (0, 1)),
            (b"9999990+", None, (0, 0)),
            (b"smtpd[71", None, (71, 2)),
            (b"4z7\xb0:/09", None, (9, 2)),
            (b"12345\xb6:8", None, (8, 1)),
            (b"abcdefgh", None, (0, 0)),
        ] {
            assert_eq!((six(*text), trailing(*text)), (start, end), "{}", text.escape_ascii());
        }
    }
}
