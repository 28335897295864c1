//! `ruleset=check_rcpt, arg1=<recipient>, relay=client, reject=550 5.7.1 <recipient>... Relaying denied`: a refusal.
//!
//! What was checked (`arg1=`) is the client's, `relay=` is Sendmail's, the reply quotes the client again. Where the
//! argument cannot be read, the reply tells: it begins with the same argument.

use std::ops::Range;

use memchr::memmem;

use super::super::captures::Captures;
use super::super::reply;
use super::each;
use super::path::path;
use super::peer::{Peer, peer};
use crate::model::Field;

const RELAY: &[u8] = b", relay=";
const REJECT: &[u8] = b", reject=";
/// Between an address that is quoted and what is said about it.
const ECHO: &[u8] = b"... ";
/// More places than this that look alike are no accident: then none is believed.
const MAX_PLACES: usize = 16;

/// A place where the argument may end.
struct Place {
    /// Where `, relay=` stands.
    end: usize,
    peer: Peer,
}

impl Place {
    fn reply(&self) -> usize {
        self.peer.end + REJECT.len()
    }
}

/// From `arg1=` on; `field` is what the argument is.
pub(super) fn scan(
    line: &[u8],
    at: usize,
    field: Option<Field>,
    capture: bool,
    out: &mut Captures<'_>,
) -> Option<Range<usize>> {
    let argument = at + line.get(at..)?.starts_with(b"arg1=").then_some(b"arg1=".len())?;
    let place = |hit: usize| {
        let peer = peer(line, hit + RELAY.len())?;
        line[peer.end..].starts_with(REJECT).then_some(Place { end: hit, peer })
    };
    let read = path(line, argument);
    let by_path = read.as_ref().and_then(|&(_, end)| line[end..].starts_with(RELAY).then(|| place(end))?);
    let Some(place) = by_path.or_else(|| only(line, argument, each(line, argument, RELAY).filter_map(place)))
    else {
        out.doubtful = true;
        return each(line, argument, RELAY).find_map(place).map(|_| line.len()..line.len());
    };
    if capture {
        place.peer.push(out);
        let inside = match &read {
            Some((inside, end)) if *end == place.end => Some(inside.clone()),
            _ => plain(line, argument..place.end),
        };
        if let (Some(field), Some(inside)) = (field, inside) {
            out.push(field, inside);
        }
    }
    Some(refusal(line, place.reply(), Some(argument..place.end), capture, out))
}

/// A reply from `at` to the end: code, status, the address that it quotes (`quoted`, where that is known), and the text
/// behind, which is returned.
pub(super) fn refusal(
    line: &[u8],
    at: usize,
    quoted: Option<Range<usize>>,
    capture: bool,
    out: &mut Captures<'_>,
) -> Range<usize> {
    let text = reply::scan(line, at..line.len(), capture, out);
    let known = quoted.map(|quoted| &line[quoted]).filter(|known| line[text.clone()].starts_with(known));
    let end = match known {
        Some(known) => Some(text.start + known.len()),
        None => path(line, text.start).map(|(_, end)| end),
    };
    match end.filter(|&end| line[end..].starts_with(ECHO)) {
        Some(end) => end + ECHO.len()..text.end,
        // It begins with an address that cannot be read: what belongs to it, nobody can tell.
        None if line.get(text.start) == Some(&b'<') => {
            out.doubtful = true;
            text
        }
        None => text,
    }
}

/// The only place, or of several the only one whose reply begins with its argument.
fn only(line: &[u8], argument: usize, mut places: impl Iterator<Item = Place>) -> Option<Place> {
    let (first, second) = (places.next()?, places.next());
    let Some(second) = second else { return Some(first) };
    let all: Vec<Place> = [first, second].into_iter().chain(places.take(MAX_PLACES)).collect();
    let echoes = |place: &Place| {
        let reply = &line[place.reply()..];
        let text = memmem::find(reply, &line[argument..place.end]);
        // Behind `550 5.7.1 ` at most, and with the dots behind it.
        text.is_some_and(|start| {
            start <= b"550 5.999.999 ".len() && reply[start + (place.end - argument)..].starts_with(ECHO)
        })
    };
    let few = all.len() <= MAX_PLACES;
    let mut matching = all.into_iter().filter(echoes);
    let found = matching.next().filter(|_| few)?;
    matching.next().is_none().then_some(found)
}

/// An argument without brackets: one word.
fn plain(line: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let is_word =
        line[range.clone()].iter().all(|byte| byte.is_ascii_graphic() && !b",\"<>()\\=".contains(byte));
    (is_word && !range.is_empty()).then_some(range)
}
