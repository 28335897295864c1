//! The envelope at the end of a line: `from=<..> to=<..> proto=.. helo=<..>`.
//!
//! Everything in it was written by the client. What makes it readable is how Postfix logs it: addresses in their
//! RFC 5321 quoted form (postconf(5), `info_log_addr_form`), and HELO with blanks and `<>()";@` made `?`.
//!
//! If only one place looks like its beginning, that is it: text before it would be the server's. Of several, the
//! reply's own quotation of the client tells which (`super::echo`); text that quotes nobody cannot tell, and then no
//! field is given. What begins there is believed only if all of it parses: every key at most once and in its order.

use std::ops::Range;

use crate::model::{Field, Mta, Stage};

use super::captures::Captures;
use super::{echo, exim, reply, scan};

/// More places than this to begin at are no accident: then none is believed.
const MAX_PLACES: usize = 64;

const KEYS: [&[u8]; 4] = [b"from=", RECIPIENT, b"proto=", b"helo="];
const RECIPIENT: &[u8] = b"to=";

#[derive(Default, Clone)]
struct Envelope {
    sender: Option<Range<usize>>,
    recipient: Option<Range<usize>>,
    helo: Option<Range<usize>>,
}

impl Envelope {
    /// Before RCPT there is no recipient: what seems to be one is the sender's invention, and part of it.
    fn push(&self, out: &mut Captures<'_>) {
        if self.recipient.is_some()
            && matches!(
                out.stage,
                Some(Stage::Connect | Stage::Helo | Stage::Starttls | Stage::Auth | Stage::Mail)
            )
        {
            return;
        }
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
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It begins here.
    At(usize),
    /// It begins here, but cannot be read; nothing left of it may be read from the right.
    Unreadable(usize),
    /// It begins somewhere.
    Somewhere,
}

/// The envelope that begins at `at` and ends the line.
pub(super) fn from_left(line: &[u8], at: usize, capture: bool, out: &mut Captures<'_>) -> Option<usize> {
    if out.mta == Mta::Exim {
        return exim::arrival(line, at, capture, out);
    }
    if !begins(line, at) {
        return None;
    }
    if let Some(envelope) = parse(line, at, true)
        && capture
    {
        envelope.push(out);
    }
    Some(line.len())
}

/// The envelope behind `before`, somewhere in `line[low..]`, where a reply begins or other text.
pub(super) fn from_right(
    line: &[u8],
    low: usize,
    before: &[u8],
    is_reply: bool,
    capture: bool,
    out: &mut Captures<'_>,
) -> Option<Found> {
    let first = *before.first()?;
    let mut places = memchr::memrchr_iter(first, line.get(low..)?)
        .map(|hit| low + hit)
        .filter(|&hit| line[hit..].starts_with(before))
        .map(|hit| hit + before.len())
        .filter(|&start| begins(line, start));
    let last = places.next()?;
    let start = match places.next() {
        None => last,
        Some(earlier) if is_reply => {
            let mut all: Vec<usize> = [last, earlier].into_iter().chain(places.take(MAX_PLACES)).collect();
            all.reverse();
            let text = reply::scan(line, low..line.len(), false, out).start;
            let client = line[..low].strip_suffix(b": ").unwrap_or_default();
            let client = client.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
            match echo::envelope_start(line, text, client, &all, before.len()) {
                Some(start) if all.len() <= MAX_PLACES => start,
                _ => return Some(Found::Somewhere),
            }
        }
        Some(_) => return Some(Found::Somewhere),
    };
    Some(match parse(line, start, !is_reply) {
        Some(envelope) => {
            if capture {
                envelope.push(out);
            }
            Found::At(start)
        }
        None => Found::Unreadable(start),
    })
}

fn begins(line: &[u8], at: usize) -> bool {
    KEYS.iter().any(|key| line[at..].starts_with(key))
}

/// Items in their order, each at most once, then unknown `key=value` items, then `: ` and text if there may be some.
fn parse(line: &[u8], start: usize, text_may_follow: bool) -> Option<Envelope> {
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
            // A quote that never closes, with items behind it, is no cut.
            Item::Cut => return (!has_items(&line[value..])).then_some(envelope),
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
            [] => return Some(envelope),
            // Text with items in it: the address ended before, and these are the real ones.
            [b':', b' ', text @ ..] if text_may_follow => {
                return (!has_items(text)).then_some(envelope);
            }
            [b',', b' ', ..] => end + 2,
            [b' ', ..] | [b','] => end + 1,
            _ => return None,
        };
        if !line[at..].contains(&b'=') && line.len() - at <= 5 {
            return Some(envelope);
        }
    }
}

/// Whether a quoted address could as well be two bare ones with a quote in each, as servers log them that do not quote.
/// A bare address ends with its domain; `postscreen`, which separates with commas, takes any.
fn may_be_two(address: &[u8]) -> bool {
    memchr::memchr_iter(b'>', address).any(|at| match &address[at + 1..] {
        [b',', b' ', rest @ ..] => rest.starts_with(RECIPIENT),
        [b' ', rest @ ..] => rest.starts_with(RECIPIENT) && scan::ends_domain(address, at),
        _ => false,
    })
}

/// Whether `text` holds what ends an address and goes on with the next item.
fn has_items(text: &[u8]) -> bool {
    memchr::memchr_iter(b'>', text).any(|at| {
        let rest = text[at + 1..].strip_prefix(b",").unwrap_or(&text[at + 1..]);
        rest.strip_prefix(b" ").is_some_and(|rest| begins(rest, 0))
    })
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
            Some((_, end)) if line[end] == b'>' && !may_be_two(&line[at + 1..end]) => {
                Item::Whole(at + 1..end, end + 1)
            }
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
