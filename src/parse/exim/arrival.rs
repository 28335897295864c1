//! How a message came in: what stands behind `<= `.
//!
//! `sender R=bounced H=client I=.. U=.. P=protocol X=.. CV=.. DN=".." SNI=.. A=login:user S=size id=.. T=".." from <..>
//! for ..`: the items that `log_selector` asks for, always in this order. The client chose the sender, the HELO, the
//! Message-ID, the subject and the recipients, and Exim quotes each of them so that the next item can be found. So a
//! reading of the client counts only if all that is behind it parses; if two do, none is believed.

use std::ops::Range;

use super::super::captures::Captures;
use super::super::{queue, scan};
use super::host::{self, Client};
use crate::model::{Field, Mta};

/// What the server says behind the client.
#[derive(Default)]
struct Items {
    user: Option<Range<usize>>,
    login: Option<(Range<usize>, Range<usize>)>,
    size: Option<Range<usize>>,
    message_id: Option<Range<usize>>,
}

/// Reads what stands behind `<= `, to the end of the line.
pub(in crate::parse) fn arrival(
    line: &[u8],
    at: usize,
    capture: bool,
    out: &mut Captures<'_>,
) -> Option<usize> {
    let (sender, mut at) = sender(line, at)?;
    let mut parent = None;
    if line[at..].starts_with(b" R=") {
        let id = queue::at_start(Mta::Exim, &line[at + 3..])?;
        parent = Some(at + 3..at + 3 + id.len);
        at += 3 + id.len;
    }
    if line[at..].starts_with(b" DS") {
        at += 3;
    }
    let (client, items) = if line[at..].starts_with(b" H=") {
        match only_reading(line, at + 3) {
            Some((client, items)) => (Some(client), items),
            None => (None, Items::default()),
        }
    } else {
        (None, items(line, at)?)
    };
    if capture {
        push(out, sender, parent, client.as_ref(), &items, line[at..].starts_with(b" H="));
    }
    Some(line.len())
}

/// The client at `at`, and what is said behind it, if that can be read in one way only.
fn only_reading(line: &[u8], at: usize) -> Option<(Client, Items)> {
    let mut only = None;
    for (number, client) in host::readings(line, at).enumerate() {
        // Exim writes the size of every message.
        let whole = items(line, client.end).filter(|items| items.size.is_some());
        if number == host::MAX_READINGS || whole.is_some() && only.is_some() {
            return None;
        }
        only = only.or(whole.map(|items| (client, items)));
    }
    only
}

fn push(
    out: &mut Captures<'_>,
    sender: Range<usize>,
    parent: Option<Range<usize>>,
    client: Option<&Client>,
    items: &Items,
    is_remote: bool,
) {
    out.push(Field::Sender, sender);
    if let Some(client) = client {
        client.push(out);
    }
    if let Some((method, user)) = &items.login {
        out.push(Field::AuthMethod, method.clone());
        out.push(Field::AuthUser, user.clone());
    }
    let user = items.user.clone().filter(|_| !is_remote);
    for (field, range) in [
        (Field::OrigQueueId, parent),
        (Field::Uid, user),
        (Field::Size, items.size.clone()),
        (Field::MessageId, items.message_id.clone()),
    ] {
        if let Some(range) = range {
            out.push(field, range);
        }
    }
}

/// The sender, empty for `<>`, and where it ends.
fn sender(line: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    if line.get(at..)?.starts_with(b"<>") {
        return Some((at + 1..at + 1, at + 2));
    }
    let (_, end) = scan::address_end(line, at)?;
    (end > at && line.get(end).is_none_or(|&byte| byte == b' ')).then_some((at..end, end))
}

/// All items behind the client; `None` unless every one of them is what Exim writes there.
fn items(line: &[u8], mut at: usize) -> Option<Items> {
    let mut items = Items::default();
    let (mut protocol, mut has_login): (Option<&[u8]>, _) = (None, false);
    while at < line.len() {
        let rest = line[at..].strip_prefix(b" ")?;
        let word = at + 1..at + 1 + rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
        let text = &line[word.clone()];
        let behind = |key: usize| word.start + key..word.end;
        if rest.starts_with(b"id=") || rest.starts_with(b"id*=") {
            let id = message_id(line, word.start + memchr::memchr(b'=', rest)? + 1)?;
            items.message_id = Some(id.clone());
            return subject_and_recipients(line, id.end).then_some(items);
        } else if rest.starts_with(b"T=\"") || rest.starts_with(b"from <") || rest.starts_with(b"for ") {
            return subject_and_recipients(line, at).then_some(items);
        } else if text.starts_with(b"P=") {
            // Only once: an ident (RFC 1413) is the client's, and may have more words than one.
            if protocol.replace(&text[2..]).is_some() {
                return None;
            }
        } else if text.starts_with(b"A=") {
            // Only once, as its end is looked for in all that follows.
            if std::mem::replace(&mut has_login, true) {
                return None;
            }
            let login = login(line, word.start + 2)?;
            at = login.1.end;
            // The protocol of an authenticated session ends so: `esmtpa`, `esmtpsa`; Exim 4.4 and before wrote `asmtp`.
            if protocol.is_some_and(|name| name.ends_with(b"a") || name == b"asmtp") {
                items.login = Some(login);
            }
            continue;
        } else if text.starts_with(b"S=") && text.len() > 2 && text[2..].iter().all(u8::is_ascii_digit) {
            items.size = Some(behind(2));
        } else if text.starts_with(b"U=") {
            items.user = Some(behind(2));
        } else if text.starts_with(b"DN=\"") {
            at = host::item(line, at)?;
            continue;
        } else if !is_plain(text, items.size.is_none()) {
            return None;
        }
        at = word.end;
    }
    Some(items)
}

/// `plain:alice`, or the authenticator alone, which then stands for the user, too. The user ends with the items that
/// may follow.
fn login(line: &[u8], at: usize) -> Option<(Range<usize>, Range<usize>)> {
    let rest = line.get(at..)?;
    let ends = [&b" PRDR"[..], b" PRX=", b" K ", b" S="];
    let len = ends.iter().filter_map(|end| memchr::memmem::find(rest, end)).min()?;
    let text = &rest[..len];
    let colon = memchr::memchr(b':', text);
    let method = at..at + colon.unwrap_or(len);
    let user = colon.map_or(method.clone(), |colon| at + colon + 1..at + len);
    let is_name =
        line[method.clone()].iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
    (is_name && memchr::memmem::find(text, b" P=").is_none()).then_some((method, user))
}

/// An item of one word, `K`, `L-`, `X=TLS1.3:..:256`: without a quote, and beginning with a capital. The name that the
/// client asked for in TLS is written as it is, but for blanks, and before the size.
fn is_plain(word: &[u8], before_size: bool) -> bool {
    word.first().is_some_and(u8::is_ascii_uppercase) && memchr::memchr(b'"', word).is_none()
        || before_size && word.starts_with(b"SNI=")
}

/// A Message-ID: an address, whose left part may be quoted.
fn message_id(line: &[u8], at: usize) -> Option<Range<usize>> {
    let (plain, end) = scan::address_end(line, at)?;
    let is_whole = plain == at || line.get(plain) == Some(&b'@');
    (end > at && is_whole && line.get(end).is_none_or(|&byte| byte == b' ')).then_some(at..end)
}

/// Whether the rest of the line is ` T="subject" from <sender> for recipients`, each of them or none.
fn subject_and_recipients(line: &[u8], mut at: usize) -> bool {
    if let Some(subject) = line[at..].strip_prefix(b" T=\"") {
        let mut rest = subject;
        loop {
            match memchr::memchr2(b'"', b'\\', rest) {
                Some(hit) if rest[hit] == b'"' => {
                    rest = &rest[hit + 1..];
                    break;
                }
                Some(hit) if hit + 2 <= rest.len() => rest = &rest[hit + 2..],
                _ => return false,
            }
        }
        at = line.len() - rest.len();
    }
    if line[at..].starts_with(b" from <") {
        match scan::address_end(line, at + 7) {
            Some((_, end)) if line.get(end) == Some(&b'>') => at = end + 1,
            _ => return false,
        }
    }
    let Some(mut rest) = line[at..].strip_prefix(b" for") else { return at == line.len() };
    while !rest.is_empty() {
        at = line.len() - rest.len();
        let recipient = rest.first() == Some(&b' ');
        match scan::address_end(line, at + 1).filter(|_| recipient) {
            Some((_, end)) if end > at + 1 && is_recipient(&line[at + 1..end]) => rest = &line[end..],
            // The log's buffer was full.
            _ => return rest == b" <trunc>" || rest == b"<trunc>",
        }
    }
    true
}

/// Exim qualifies every recipient with a domain.
fn is_recipient(address: &[u8]) -> bool {
    scan::ends_domain(address, address.len())
}
