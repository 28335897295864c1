//! Queue ids as servers write them at the start of a text.
//!
//! Postfix: postconf(5), `enable_long_queue_ids`. Sendmail: `queueup.c`, "assign queue id": eight characters of time and
//! sequence, then the process id with at least five digits; releases before 8.10 wrote one to three characters less. Exim: the
//! specification, "Message identification": 6-6-2 characters in base 62, since 4.97 6-11-4.

use super::bytes::{ByteSet, first};
use crate::model::Mta;

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

const HEX: ByteSet = ByteSet::of(b"0123456789ABCDEF");
/// Digits and consonants.
const BASE_51: ByteSet = ByteSet::of(b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz");

/// What stands between a queue id of `mta` and the rest of the text.
pub(super) const fn separator(mta: Mta) -> &'static [u8] {
    match mta {
        Mta::Postfix | Mta::Sendmail | Mta::Exchange | Mta::Dovecot => b": ",
        Mta::Exim => b" ",
    }
}

/// The queue id of a message of `mta` at the start of `text`, or `NOQUEUE` where an id would stand.
#[inline]
pub(super) fn at_start(mta: Mta, text: &[u8]) -> Option<QueueIdAt> {
    match mta {
        Mta::Postfix => postfix(text),
        Mta::Sendmail => sendmail(text),
        Mta::Exim => exim(text),
        Mta::Exchange | Mta::Dovecot => None,
    }
}

/// Characters before the digits of the process id, at most.
const SENDMAIL_TIME: usize = 8;
/// Digits of the process id; Linux counts to seven (`pid_max` of proc(5) is at most 4,194,304).
const SENDMAIL_PID: std::ops::RangeInclusive<usize> = 5..=7;

fn sendmail(text: &[u8]) -> Option<QueueIdAt> {
    if text.starts_with(b"NOQUEUE:") {
        return Some(QueueIdAt { len: 7, is_id: false });
    }
    let longest = SENDMAIL_TIME + SENDMAIL_PID.end();
    // One byte more: something must end the id.
    let text = &text[..text.len().min(longest + 1)];
    let len = first(text, 0, |byte| {
        ((byte | 0x20).wrapping_sub(b'a') > b'z' - b'a') & (byte.wrapping_sub(b'0') > 9)
    });
    if len < SENDMAIL_PID.start() + 3 || len == text.len() {
        return None;
    }
    let digits = text[..len].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    // An id of time and process id whole may happen to have digits only; a shorter run of digits is a number.
    let is_id = digits >= *SENDMAIL_PID.start() && (digits < len || len >= SENDMAIL_TIME + 6);
    is_id.then_some(QueueIdAt { len, is_id: true })
}

/// Lengths of the three parts, before and since 4.97.
const EXIM: [[usize; 3]; 2] = [[6, 6, 2], [6, 11, 4]];

fn exim(text: &[u8]) -> Option<QueueIdAt> {
    EXIM.iter().find_map(|&[time, process, fraction]| {
        let len = time + process + fraction + 2;
        let is_part = |part: &[u8]| part.iter().all(u8::is_ascii_alphanumeric);
        let id = text.get(..len)?;
        let whole = id[time] == b'-'
            && id[time + 1 + process] == b'-'
            && is_part(&id[..time])
            && is_part(&id[time + 1..time + 1 + process])
            && is_part(&id[time + process + 2..])
            && !text.get(len).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        whole.then_some(QueueIdAt { len, is_id: true })
    })
}

/// The whole run of letters and digits must be an id.
#[inline]
fn postfix(text: &[u8]) -> Option<QueueIdAt> {
    if !text.first().is_some_and(|&byte| HEX.has(byte)) {
        return long_or_none(text);
    }
    let hex = first(text, 0, |byte| (byte.wrapping_sub(b'0') > 9) & (byte.wrapping_sub(b'A') > 5));
    match text.get(hex) {
        Some(next) if next.is_ascii_alphanumeric() => long_or_none(text),
        _ => SHORT.contains(&hex).then_some(QueueIdAt { len: hex, is_id: true }),
    }
}

/// A long id, or `NOQUEUE`.
fn long_or_none(text: &[u8]) -> Option<QueueIdAt> {
    let longest = &text[..text.len().min(LONG.end() + 1)];
    let len = longest.iter().position(|&byte| !BASE_51.has(byte)).unwrap_or(longest.len());
    let ends = |at: usize| !text.get(at).is_some_and(u8::is_ascii_alphanumeric);
    if LONG.contains(&len) && ends(len) && text[..len].contains(&b'z') {
        Some(QueueIdAt { len, is_id: true })
    } else {
        (text.starts_with(b"NOQUEUE") && ends(7)).then_some(QueueIdAt { len: 7, is_id: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_words() {
        for id in ["1A89D", "9C2A06D1E8", "4XyzGh1T5Pz3kqB", "3QxK4w0vJZz1r"] {
            assert_eq!(
                at_start(Mta::Postfix, format!("{id}: x").as_bytes()),
                Some(QueueIdAt { len: id.len(), is_id: true })
            );
        }
        assert_eq!(at_start(Mta::Postfix, b"NOQUEUE: reject"), Some(QueueIdAt { len: 7, is_id: false }));
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
            assert_eq!(at_start(Mta::Postfix, word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn every_server_has_ids_of_its_own() {
        let len =
            |mta, text: &str| at_start(mta, text.as_bytes()).map(|id| if id.is_id { id.len } else { 0 });
        for (mta, text, want) in [
            (Mta::Sendmail, "62PBMHxH003131: from=<a@b.example>", Some(14)),
            (Mta::Sendmail, "u0CB32qX3529566: x", Some(15)),
            (Mta::Sendmail, "NAA12345: x", Some(8)),
            (Mta::Sendmail, "NOQUEUE: connect from x", Some(0)),
            (Mta::Sendmail, "STARTTLS=server", None),
            (Mta::Sendmail, "123456789012: x", None),
            (Mta::Sendmail, "rejecting connections", None),
            (Mta::Exim, "1UlnXX-0001XX-AB <= a@b.example", Some(16)),
            (Mta::Exim, "1rBCDe-0000000AbCd-1Wxy => a", Some(23)),
            (Mta::Exim, "1UlnXX-0001XX-ABC <= x", None),
            (Mta::Exim, "no host name found", None),
        ] {
            assert_eq!(len(mta, text), want, "{text}");
        }
    }
}
