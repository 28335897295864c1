//! The envelope at the end of a line: `from=<..> to=<..> proto=.. helo=<..>`.
//!
//! Everything in it was written by the client. What makes it readable is how Postfix logs it: addresses in their
//! RFC 5321 quoted form (postconf(5), `info_log_addr_form`), and HELO with blanks and `<>()";@` made `?`.
//!
//! Of several places where an envelope could begin the *last* from which everything parses to the end of the line is
//! the real one. A place inside a quoted address cannot be it: it would see an odd number of quotes. A place before the
//! real one lies in text that is opaque. Where the line was cut, or text follows the envelope, that proof does not
//! hold; then the place must be the only one, or else no field is given.

use std::ops::Range;

use crate::model::Field;

use super::captures::Captures;
use super::scan;

/// More places than this to begin at are no accident; the search stops there.
const MAX_PLACES: usize = 64;

const KEYS: [&[u8]; 4] = [b"from=", b"to=", b"proto=", b"helo="];

/// How the text behind the last item goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// Not at all: the line is whole.
    Line,
    /// With `: ` and text of the server's.
    Text,
    /// The line was cut within an item.
    Cut,
}

#[derive(Default, Clone)]
struct Envelope {
    sender: Option<Range<usize>>,
    recipient: Option<Range<usize>>,
    helo: Option<Range<usize>>,
}

impl Envelope {
    fn push(&self, out: &mut Captures<'_>) {
        for (field, range) in
            [(Field::Sender, &self.sender), (Field::Recipient, &self.recipient), (Field::Helo, &self.helo)]
        {
            if let Some(range) = range {
                out.push(field, range.clone());
            }
        }
    }
}

/// An envelope found from the right.
pub(super) struct Found {
    /// Where it begins.
    pub(super) start: usize,
    /// False if it may begin elsewhere: nothing left of it may be read from the right.
    pub(super) sure: bool,
}

/// The envelope that begins at `at` and ends the line.
pub(super) fn from_left(line: &[u8], at: usize, capture: bool, out: &mut Captures<'_>) -> Option<usize> {
    if !begins(line, at) {
        return None;
    }
    if let Some((envelope, _)) = parse(line, at)
        && capture
    {
        envelope.push(out);
    }
    Some(line.len())
}

/// The envelope behind `before`, somewhere in `line[low..]`.
pub(super) fn from_right(
    line: &[u8],
    low: usize,
    before: &[u8],
    capture: bool,
    out: &mut Captures<'_>,
) -> Option<Found> {
    let first = *before.first()?;
    let places = memchr::memrchr_iter(first, line.get(low..)?)
        .map(|hit| low + hit)
        .filter(|&hit| line[hit..].starts_with(before))
        .map(|hit| hit + before.len())
        .filter(|&start| begins(line, start));
    let (mut last, mut doubtful, mut count) = (None, None, 0);
    for (index, start) in places.enumerate() {
        last = last.or(Some(start));
        match parse(line, start) {
            Some((envelope, End::Line)) => {
                if capture {
                    envelope.push(out);
                }
                return Some(Found { start, sure: true });
            }
            Some((envelope, _)) => {
                count += 1;
                doubtful = Some((start, envelope));
            }
            None => {}
        }
        if index == MAX_PLACES {
            count = usize::MAX;
            break;
        }
    }
    match (doubtful, count) {
        (Some((start, envelope)), 1) => {
            if capture {
                envelope.push(out);
            }
            Some(Found { start, sure: true })
        }
        _ => Some(Found { start: last?, sure: false }),
    }
}

fn begins(line: &[u8], at: usize) -> bool {
    KEYS.iter().any(|key| line[at..].starts_with(key))
}

/// Items in their order, each at most once, then unknown `key=value` items.
fn parse(line: &[u8], start: usize) -> Option<(Envelope, End)> {
    let mut envelope = Envelope::default();
    let (mut at, mut next_key) = (start, 0);
    loop {
        let rest = &line[at..];
        let key = (next_key..KEYS.len()).find(|&key| rest.starts_with(KEYS[key]));
        let value = at + key.map_or_else(|| unknown_key(rest), |key| Some(KEYS[key].len()))?;
        let item = match key {
            Some(0 | 1) => bracketed_address(line, value),
            Some(2) => plain(line, value, u8::is_ascii_alphanumeric),
            _ => helo(line, value),
        };
        let (range, end) = match item {
            Item::Whole(range, end) => (range, end),
            Item::Cut => return Some((envelope, End::Cut)),
            Item::Bad => return None,
        };
        match key {
            Some(0) => envelope.sender = Some(range),
            Some(1) => envelope.recipient = Some(range),
            Some(3) => envelope.helo = Some(range),
            _ => {}
        }
        next_key = key.map_or(KEYS.len(), |key| key + 1);
        at = match &line[end..] {
            [] => return Some((envelope, End::Line)),
            [b':', b' ', ..] => return Some((envelope, End::Text)),
            [b',', b' ', ..] => end + 2,
            [b' ', ..] | [b','] => end + 1,
            _ => return None,
        };
        if !line[at..].contains(&b'=') && line.len() - at <= 5 {
            return Some((envelope, End::Cut));
        }
    }
}

enum Item {
    Whole(Range<usize>, usize),
    Cut,
    Bad,
}

/// Length of `key=` where the key is lower case, as later versions of a server may add.
fn unknown_key(rest: &[u8]) -> Option<usize> {
    let len = rest.iter().take(32).position(|byte| !(byte.is_ascii_lowercase() || *byte == b'_'))?;
    (len > 0 && rest[len] == b'=' && !KEYS.contains(&&rest[..=len])).then_some(len + 1)
}

fn bracketed_address(line: &[u8], at: usize) -> Item {
    match line.get(at) {
        None => Item::Cut,
        Some(b'<') => match scan::address_end(line, at + 1) {
            Some((_, end)) if end == line.len() => Item::Cut,
            Some((_, end)) if line[end] == b'>' => Item::Whole(at + 1..end, end + 1),
            Some(_) => Item::Bad,
            // A quote that never closes: cut, or no address.
            None => Item::Cut,
        },
        Some(_) => Item::Bad,
    }
}

/// A HELO, with or without brackets.
fn helo(line: &[u8], at: usize) -> Item {
    if line.get(at) != Some(&b'<') {
        return plain(line, at, |byte| !matches!(byte, b' ' | b',' | b'<' | b'>' | b'"'));
    }
    let len = line[at + 1..].iter().position(|byte| matches!(byte, b' ' | b'<' | b'>' | b'"'));
    match len {
        Some(len) if line[at + 1 + len] == b'>' => Item::Whole(at + 1..at + 1 + len, at + 2 + len),
        Some(_) => Item::Bad,
        None => Item::Cut,
    }
}

fn plain(line: &[u8], at: usize, wanted: impl Fn(&u8) -> bool) -> Item {
    let len = line[at..].iter().position(|byte| !wanted(byte)).unwrap_or(line.len() - at);
    match len {
        0 if at == line.len() => Item::Cut,
        0 => Item::Bad,
        len => Item::Whole(at..at + len, at + len),
    }
}
