//! Where a copy went: what Exim writes of a recipient in a delivery line.
//!
//! `address`, or `address <named>` where the client named another one; `bob <named>` for a mailbox of this host,
//! `|command <named>` and `/file <named>` for what an alias leads to; `(parent)` between them. The address itself is
//! written without the quotes of its local part, so it may hold anything; `<named>` is then the same with quotes, and
//! nothing is read here: a pattern that reads from the right may.

use std::ops::Range;

use super::super::captures::Captures;
use super::super::scan;
use crate::model::Field;

/// A recipient of a delivery, as ranges into the line.
pub(in crate::parse) struct Destination {
    recipient: Range<usize>,
    original: Option<Range<usize>>,
    pub(in crate::parse) end: usize,
}

impl Destination {
    pub(in crate::parse) fn push(&self, out: &mut Captures<'_>) {
        out.push(Field::Recipient, self.recipient.clone());
        if let Some(original) = &self.original {
            out.push(Field::OriginalRecipient, original.clone());
        }
    }
}

/// What may stand behind a recipient, apart from the end of the line.
const ENDS: [&[u8]; 8] = [b" R=", b" T=", b" F=<", b" P=<", b" Q=", b": ", b" defer (", b" routing defer ("];

/// The recipient at `at`, behind `=> ` or `-> ` if one of these stands there.
pub(in crate::parse) fn destination(line: &[u8], at: usize) -> Option<Destination> {
    let ends = |at: usize| at == line.len() || ENDS.iter().any(|end| line[at..].starts_with(end));
    let text = line.get(at..)?;
    // Only the queue id stands in front of the sign; behind another sign it is part of an address.
    let may_be_signed = at.checked_sub(2).is_some_and(|id_end| line[id_end].is_ascii_alphanumeric());
    let is_signed = may_be_signed && (text.starts_with(b"=> ") || text.starts_with(b"-> "));
    let at = at + if is_signed { 3 } else { 0 };
    let text = line.get(at..)?;
    let leads_away = matches!(text.first(), Some(b'|' | b'/' | b':')) || text.starts_with(b"save ");
    let (start, plain) = scan::address_end(line, at)?;
    let is_address = start == at && plain > at && !leads_away;
    if is_address && let Some(end) = [plain - 1, plain].into_iter().find(|&end| end > at && ends(end)) {
        return Some(Destination { recipient: at..end, original: None, end });
    }
    if is_address {
        let behind = behind_parents(line, plain)?;
        let named = named(line, behind).filter(|named| ends(named.end + 1))?;
        let has_domain = memchr::memchr(b'@', &line[at..plain]).is_some();
        let end = named.end + 1;
        return Some(if has_domain {
            Destination { recipient: at..plain, original: Some(named), end }
        } else {
            Destination { recipient: named, original: None, end }
        });
    }
    if !leads_away {
        return None;
    }
    // A command may hold anything, but it is the site's own.
    memchr::memmem::find_iter(text, b" <")
        .filter_map(|len| named(line, at + len))
        .find(|named| ends(named.end + 1))
        .map(|named| Destination { end: named.end + 1, recipient: named, original: None })
}

/// Behind ` (parent, parent)` at `at`, if that is there.
fn behind_parents(line: &[u8], at: usize) -> Option<usize> {
    match line.get(at..)?.strip_prefix(b" (") {
        Some(rest) => Some(at + 2 + memchr::memmem::find(rest, b") <")? + 1),
        None => Some(at),
    }
}

/// The address within ` <..>` at `at`.
fn named(line: &[u8], at: usize) -> Option<Range<usize>> {
    line.get(at..)?.strip_prefix(b" <")?;
    let (_, end) = scan::address_end(line, at + 2)?;
    (line.get(end) == Some(&b'>')).then_some(at + 2..end)
}

/// Whether the address at `at..end` has a comment (RFC 5322, section 3.2.2), which Exim takes and logs as the client
/// wrote it: anything may stand in one, so the address may not end where it seems to.
pub(in crate::parse) fn has_comment(line: &[u8], at: usize, end: usize) -> bool {
    let plain = scan::address_end(line, at).map_or(at, |(plain, _)| plain.min(end));
    memchr::memchr(b'(', &line[plain..end]).is_some()
}
