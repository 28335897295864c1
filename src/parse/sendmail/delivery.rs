//! `to=<a>,<b>, ctladdr=<c> (uid/gid), delay=, xdelay=, mailer=, pri=, relay=, dsn=, stat=`: what became of recipients.
//!
//! The recipients and the controlling address are the client's, what `stat=` and `reply=` say is the remote server's,
//! all between is Sendmail's and read from the left. A long list is cut at a comma into several lines, wherever that
//! stands: such a line may begin within a quoted address. So the keys must be the last of their kind in the line, and
//! an address whose quotes do not fit makes the whole line unreadable.

use std::ops::Range;

use super::super::captures::Captures;
use super::super::queue;
use super::path::mailbox;
use super::{digits, each, first, last, peer};
use crate::model::{Field, Mta};

/// `SYSLOG_BUFSIZE` of Sendmail is 1024: no line of its own names more.
const MAX_RECIPIENTS: usize = 256;
const DELAY: &[u8] = b", delay=";
const CONTROLLER: &[u8] = b", ctladdr=";

pub(super) fn scan(line: &[u8], at: usize, capture: bool, out: &mut Captures<'_>) -> Option<Range<usize>> {
    let delay = last(line, at, DELAY)?;
    let end = recipients(line, at, capture, out)?;
    let end = if line[end..].starts_with(CONTROLLER) {
        controller(line, end + CONTROLLER.len(), capture, out)?
    } else {
        end
    };
    (end == delay).then_some(())?;
    keys(line, delay, capture, out)
}

/// The list of recipients at `at`: where it ends.
fn recipients(line: &[u8], mut at: usize, capture: bool, out: &mut Captures<'_>) -> Option<usize> {
    for _ in 0..MAX_RECIPIENTS {
        let (recipient, end) = mailbox(line, at)?;
        if capture {
            out.push(Field::Recipient, recipient);
        }
        match &line[end..] {
            [b',', b' ', b'[', ..] => return line[end..].starts_with(b", [more], ").then_some(end + 8),
            [b',', b' ', ..] => return Some(end),
            [b',', ..] => at = end + 1,
            _ => return None,
        }
    }
    None
}

/// `<address> (uid/gid)` at `at`: where it ends. A long address is cut in the middle, and then may not be whole: it ends
/// before the keys.
fn controller(line: &[u8], at: usize, capture: bool, out: &mut Captures<'_>) -> Option<usize> {
    let Some((address, end)) = mailbox(line, at) else {
        return first(line, at, DELAY);
    };
    let Some(id) = line[end..].strip_prefix(b" (").map(|_| end + 2) else {
        if capture {
            out.push(Field::Controller, address);
        }
        return Some(end);
    };
    let user = digits(line, id);
    let group = digits(line, id + user + 1);
    let close = id + user + 1 + group;
    (user > 0 && line[id + user..].starts_with(b"/") && line[close..].starts_with(b")")).then_some(())?;
    if capture {
        out.push(Field::Controller, address);
        out.push(Field::ControllerUid, id..id + user);
    }
    Some(close + 1)
}

/// The keys from `, delay=` at `at` to the end of the line.
fn keys(line: &[u8], mut at: usize, capture: bool, out: &mut Captures<'_>) -> Option<Range<usize>> {
    loop {
        let start = at + line.get(at..)?.strip_prefix(b", ").map(|_| 2)?;
        let len = line[start..].iter().take(32).position(|&byte| byte == b'=')?;
        let key = &line[start..start + len];
        let value = start + len + 1;
        if matches!(key, b"stat" | b"reply") {
            return status(line, value, key == b"reply", capture, out);
        }
        let end = first(line, value, b", ")?;
        at = end;
        let field = match key {
            b"relay" => {
                relay(line, value..end, capture, out)?;
                continue;
            }
            b"delay" => Field::Delay,
            b"mailer" => Field::Mailer,
            b"dsn" => Field::ReplyStatus,
            _ if key.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_') => continue,
            _ => return None,
        };
        let is_word =
            line[value..end].iter().all(|byte| byte.is_ascii_graphic() && !b"\"<>,=".contains(byte));
        if !is_word || value == end {
            return None;
        }
        if capture {
            out.push(field, value..end);
        }
    }
}

/// The next hop: `host. [address]`, `[address] [address]`, or the destination itself where nobody was reached. The
/// destination is the client's: what is no plain name makes the line unreadable.
fn relay(line: &[u8], range: Range<usize>, capture: bool, out: &mut Captures<'_>) -> Option<()> {
    let text = &line[..range.end];
    let (name_end, ip) = match memchr::memchr(b' ', &line[range.clone()]) {
        Some(blank) => {
            let name_end = range.start + blank;
            let (ip, _, end) = peer::bracketed(text, name_end + 1)?;
            (end == range.end).then_some((name_end, Some(ip)))?
        }
        None => (range.end, None),
    };
    let name = range.start..name_end;
    let literal = peer::bracketed(&line[..name_end], name.start).filter(|&(_, _, end)| end == name_end);
    // `[host]`: that host itself, not its mail exchangers.
    let brackets = usize::from(line[name.clone()].starts_with(b"[") && line[name.clone()].ends_with(b"]"));
    let inside = name.start + brackets..name.end - brackets;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:/@".contains(byte);
    if literal.is_none() && !line[inside.clone()].iter().all(is_name) {
        return None;
    }
    if capture {
        let (name, literal) = match literal {
            Some((inside, _, _)) => (name.end..name.end, Some(inside)),
            None => (inside.start..inside.end - usize::from(line[inside].ends_with(b".")), None),
        };
        if !name.is_empty() {
            out.push(Field::RelayName, name);
        }
        if let Some(ip) = ip.or(literal) {
            out.push(Field::RelayIp, ip);
        }
    }
    Some(())
}

/// What `stat=` says, from `at` on, or `reply=` with `stat=` behind it. If that could as well be another line's keys,
/// nobody can tell.
fn status(
    line: &[u8],
    at: usize,
    is_reply: bool,
    capture: bool,
    out: &mut Captures<'_>,
) -> Option<Range<usize>> {
    const STATUS: &[u8] = b", stat=";
    let mut others = each(line, at, STATUS);
    let other = others.next();
    if other.is_some() != is_reply || others.next().is_some() {
        return None;
    }
    let (reply, status) = match other {
        Some(other) => (Some(at..other), other + STATUS.len()..line.len()),
        // In later releases the reply may stand last.
        None => match first(line, at, b", reply=") {
            Some(hit) => (Some(hit + 8..line.len()), at..hit),
            None => (None, at..line.len()),
        },
    };
    if capture {
        let text = reply.unwrap_or_else(|| answer(line, status.clone()));
        push_next_id(line, text.clone(), out);
        if !text.is_empty() {
            out.push(Field::ReplyText, text);
        }
    }
    Some(status)
}

/// The remote server's words within `Sent (...)`, or all of it.
fn answer(line: &[u8], status: Range<usize>) -> Range<usize> {
    match line[status.clone()].strip_prefix(b"Sent (").and_then(|text| text.strip_suffix(b")")) {
        Some(text) => status.start + 6..status.start + 6 + text.len(),
        None if &line[status.clone()] == b"Sent" => status.end..status.end,
        None => status,
    }
}

/// The queue id that the next server gave: `ID Message accepted for delivery`, `queued as ID`.
fn push_next_id(line: &[u8], text: Range<usize>, out: &mut Captures<'_>) {
    let mut start = text.start;
    for code in [&b"250 "[..], b"2.0.0 "] {
        start += if line[start..text.end].starts_with(code) { code.len() } else { 0 };
    }
    let words = &line[start..text.end];
    let id = match queue::at_start(Mta::Sendmail, words) {
        Some(id) if id.is_id && words[id.len..].starts_with(b" Message accepted for delivery") => {
            start..start + id.len
        }
        _ => {
            let mut hits = memchr::memrchr_iter(b'q', words);
            let Some(hit) = hits.find(|&hit| words[hit..].starts_with(b"queued as ")) else { return };
            let start = start + hit + b"queued as ".len();
            let len = line[start..text.end]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-');
            start..start + len.count()
        }
    };
    if !id.is_empty() {
        out.push(Field::NextQueueId, id);
    }
}
