//! Sendmail's program names, and how its lines come apart.
//!
//! A line of Sendmail is a list of `key=value` between commas, and nothing in a value is escaped: addresses, Message-IDs,
//! login names and replies may hold `, relay=` as well. What makes the lines readable is who wrote which key, and in
//! which order: see [`origin`], [`delivery`] and [`check`]. Where that does not tell, there is no field.

mod check;
mod delivery;
mod origin;
mod path;
mod peer;

use std::ops::Range;

use super::bytes::{begins_with, first_of};
use super::captures::Captures;
use super::queue;
use super::types::Type;
use crate::model::{Field, Mta};

pub(super) use path::path;
pub(super) use peer::peer;

/// Names that distributions and the installation guide use. It is one program under many names: whatever it was
/// started as (`sendmail`, `sm-mta`), or `-L` of sendmail(8) gave it.
const NAMES: [&[u8]; 6] =
    [b"sendmail", b"sm-mta", b"sm-msp", b"sm-msp-queue", b"sm-acceptingconnections", b"sm-que"];

/// Whether `program` is Sendmail by its name.
pub(super) fn recognise(program: &[u8]) -> bool {
    NAMES.contains(&program)
}

/// Whether a text of a program that nobody knows is one of Sendmail's: it has a name of its own there. Decided by the
/// line alone, so that neither the lines around it nor the borders of batches matter.
pub(super) fn is_unmistakable(text: &[u8]) -> bool {
    let rest = match queue::at_start(Mta::Sendmail, text) {
        Some(id) => match text[id.len..].strip_prefix(queue::separator(Mta::Sendmail)) {
            Some(rest) => rest,
            None => return false,
        },
        None => text,
    };
    let holds = |key: &[u8]| first(rest, 0, key).is_some();
    match rest.first() {
        Some(b'f') => rest.starts_with(b"from=") && holds(b", size=") && holds(b", nrcpts="),
        Some(b't') => rest.starts_with(b"to=") && holds(b", delay=") && holds(b", stat="),
        Some(b'r') => rest.starts_with(b"ruleset=") && holds(b", arg1="),
        Some(b'A') => rest.starts_with(b"AUTH=server, relay=") || rest.starts_with(b"AUTH failure ("),
        Some(b'S') => rest.starts_with(b"STARTTLS=server, ") || rest.starts_with(b"STARTTLS=client, "),
        _ => false,
    }
}

/// Reads the rest of `line` from `at` as `ty`; returns the text that decides about class and kind.
pub(super) fn tail(
    ty: Type,
    line: &[u8],
    at: usize,
    field: Option<Field>,
    capture: bool,
    out: &mut Captures<'_>,
) -> Option<Range<usize>> {
    match ty {
        Type::Origin => origin::scan(line, at, capture, out),
        Type::Delivery => delivery::scan(line, at, capture, out),
        Type::Check => check::scan(line, at, field, capture, out),
        Type::Refusal => Some(check::refusal(line, at, None, capture, out)),
        _ => None,
    }
}

/// Where `key`, which begins with a comma, stands in `line` from `at` on, one place after the other. A line has ten
/// commas or so: to look at each is faster than any search for a longer text.
fn each<'l>(line: &'l [u8], at: usize, key: &'l [u8]) -> impl DoubleEndedIterator<Item = usize> + 'l {
    memchr::memchr_iter(b',', line.get(at..).unwrap_or_default())
        .map(move |hit| at + hit)
        .filter(move |&hit| begins_with(&line[hit..], key))
}

/// The first such place, which mostly is near.
fn first(line: &[u8], mut at: usize, key: &[u8]) -> Option<usize> {
    loop {
        at = first_of(line, at, [b',']);
        if at == line.len() {
            return None;
        } else if begins_with(&line[at..], key) {
            return Some(at);
        }
        at += 1;
    }
}

/// The last such place.
fn last(line: &[u8], at: usize, key: &[u8]) -> Option<usize> {
    each(line, at, key).next_back()
}

/// Length of the digits at `at`.
fn digits(line: &[u8], at: usize) -> usize {
    line.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Behind `, key=` and the digits that follow it at `at`.
fn number(line: &[u8], at: usize, key: &[u8]) -> Option<Range<usize>> {
    let start = at + line.get(at..)?.starts_with(key).then_some(key.len())?;
    let sign = usize::from(line.get(start) == Some(&b'-'));
    let len = digits(line, start + sign);
    (len > 0).then_some(start..start + sign + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_program_is_known_by_its_lines() {
        for text in [
            "62PBMHxH003131: from=<a@b.example>, size=1, class=0, nrcpts=1, relay=x.example [192.0.2.1]",
            "62PBMHxH003131: to=<a@b.example>, delay=00:00:01, mailer=local, stat=Sent",
            "62PBMHxH003131: ruleset=check_rcpt, arg1=<a@b.example>, relay=[192.0.2.1], reject=550 no",
            "ruleset=check_relay, arg1=x, arg2=y, relay=[192.0.2.1], reject=421 no",
            "AUTH=server, relay=[192.0.2.1], authid=alice, mech=PLAIN, bits=0",
        ] {
            assert!(is_unmistakable(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "62PBMHxH003131",
            "62PBMHxH003131: addr x[192.0.2.1] from <a@b.example> to <c@d.example> delayed",
            "from=elsewhere",
            "to=<a@b.example> from=<c@d.example>",
            "connect from x[192.0.2.1]",
        ] {
            assert!(!is_unmistakable(text.as_bytes()), "{text}");
        }
    }
}
