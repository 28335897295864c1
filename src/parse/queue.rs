//! Queue ids as servers write them at the start of a text.
//!
//! Postfix: postconf(5), `enable_long_queue_ids`. Sendmail: `queueup.c`, "assign queue id": eight characters of time and
//! sequence, then the process id with at least five digits; releases before 8.10 wrote one to three characters less. Exim: the
//! specification, "Message identification": 6-6-2 characters in base 62, since 4.97 6-11-4.

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

/// A letter or digit; then what an id made of such bytes may be.
const ALPHANUMERIC: u8 = 1;
const HEX: u8 = 2;
const BASE_51: u8 = 4;
const Z: u8 = 8;

/// What each byte is.
const BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() {
            let hex = if byte.is_ascii_digit() || (b'A' <= byte && byte <= b'F') { HEX } else { 0 };
            let vowel = matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u');
            let z = if byte == b'z' { Z } else { 0 };
            table[at] = ALPHANUMERIC | hex | if vowel { 0 } else { BASE_51 } | z;
        }
        at += 1;
    }
    table
};

/// What stands between a queue id of `mta` and the rest of the text.
pub(super) const fn separator(mta: Mta) -> &'static [u8] {
    match mta {
        Mta::Postfix | Mta::Sendmail | Mta::Exchange => b": ",
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
        Mta::Exchange => None,
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
    let longest = SENDMAIL_TIME + SENDMAIL_PID.end() + 1;
    let len = text.iter().take(longest).position(|byte| !byte.is_ascii_alphanumeric())?;
    let digits = text[..len].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let is_id = len <= SENDMAIL_TIME + SENDMAIL_PID.end()
        && len >= *SENDMAIL_PID.start() + 3
        && digits >= *SENDMAIL_PID.start()
        && text[..len].iter().any(u8::is_ascii_alphabetic);
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
    let (mut len, mut all, mut any) = (0, u8::MAX, 0);
    for &byte in text.iter().take(*LONG.end() + 1) {
        let is = BYTES[usize::from(byte)];
        if is == 0 {
            break;
        }
        all &= is;
        any |= is;
        len += 1;
    }
    let (hex, base_51, z) = (all & HEX != 0, all & BASE_51 != 0, any & Z != 0);
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
