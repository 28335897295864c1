//! `from=<sender>, size=, class=, nrcpts=, msgid=<..>, bodytype=, proto=, daemon=, relay=client`: how a message came in.
//!
//! The sender and the Message-ID are the client's, all else is Sendmail's. So the client is read from the right, and the
//! counts where the sender ends. A Message-ID that imitates them counts only if the sender cannot be read, and then
//! nothing is given but the client.

use std::ops::Range;

use super::super::captures::Captures;
use super::path::path;
use super::{each, last, number, peer};
use crate::model::Field;

/// Keys between Message-ID and client, in their order.
const LATER: [&[u8]; 5] = [b"bodytype", b"proto", b"daemon", b"tls_verify", b"auth"];

/// The counts: where they begin, the numbers, where they end.
struct Counts {
    start: usize,
    size: Range<usize>,
    recipients: Range<usize>,
    end: usize,
}

pub(super) fn scan(line: &[u8], at: usize, capture: bool, out: &mut Captures<'_>) -> Option<Range<usize>> {
    let mut found = each(line, at, b", size=").filter_map(|hit| counts(line, hit));
    let first = found.next()?;
    let read = path(line, at);
    let counts = match found.next() {
        None => Some(first),
        // Several places look like it: the one where the address ends, if that can be read.
        Some(second) => {
            let end = read.as_ref().map(|&(_, end)| end);
            [first, second].into_iter().chain(found).find(|counts| Some(counts.start) == end)
        }
    };
    let client = last(line, at, b", relay=");
    if capture && let Some(counts) = &counts {
        let sender = match read {
            Some((range, end)) if end == counts.start => Some(range),
            _ => local_name(line, at..counts.start),
        };
        if let Some(sender) = sender {
            out.push(Field::Sender, sender);
        }
        out.push(Field::Size, counts.size.clone());
        out.push(Field::Recipients, counts.recipients.clone());
        let middle = counts.end..client.map_or(line.len(), |client| client.max(counts.end));
        if let Some(id) = message_id(line, middle) {
            out.push(Field::MessageId, id);
        }
    }
    if capture && let Some(client) = client {
        let whole = peer(line, client + b", relay=".len()).filter(|peer| peer.end == line.len());
        if let Some(peer) = whole.or_else(|| super::peer::address_at_end(line)) {
            peer.push(out);
        }
    }
    Some(at..at)
}

/// `, size=1, class=0, nrcpts=1` at `at`; `pri=` stood between the last two before 8.12.
fn counts(line: &[u8], at: usize) -> Option<Counts> {
    let size = number(line, at, b", size=")?;
    let class = number(line, size.end, b", class=")?;
    let before = number(line, class.end, b", pri=").map_or(class.end, |pri| pri.end);
    let recipients = number(line, before, b", nrcpts=")?;
    let end = recipients.end;
    (end == line.len() || line[end..].starts_with(b", ")).then_some(Counts {
        start: at,
        size,
        recipients,
        end,
    })
}

/// A sender without brackets: a name on this host, or what a local user wrote.
fn local_name(line: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let (name, end) = super::path::mailbox(line, range.start)?;
    (end == range.end && line[range.start] != b'<').then_some(name)
}

/// The Message-ID in the part between counts and client, without its brackets; nothing if it holds what could be
/// another key.
fn message_id(line: &[u8], mut range: Range<usize>) -> Option<Range<usize>> {
    let mut order = LATER.len();
    while let Some(comma) = last(&line[..range.end], range.start, b", ") {
        let item = &line[comma + 2..range.end];
        let key = item.split(|&byte| byte == b'=').next().unwrap_or_default();
        match LATER.iter().position(|later| *later == key) {
            Some(place) if place < order => order = place,
            _ => break,
        }
        range.end = comma;
    }
    let id = range.start + b", msgid=".len();
    line[range.clone()].starts_with(b", msgid=").then_some(())?;
    let (id, end) = match path(line, id) {
        Some((inside, end)) => (inside, end),
        None => (id..range.end, range.end),
    };
    let whole = end == range.end && !line[id.clone()].iter().any(|byte| b" ,<>\"".contains(byte));
    (whole && !id.is_empty()).then_some(id)
}
