//! Messages that stand within something else: a JSON object, or an entry of systemd's journal export format.
//!
//! What is found is written behind the lines of the batch, as `host program[pid]: message`, and read from there. The
//! message of a program that is named beside it is that program's, whatever it looks like; only where none is named, or
//! where a container's output was passed on as it was, may it have a header of its own. The same holds for an object that
//! is the text of a line: a program in the line's header is the one that its message is of.

pub(super) mod export;
mod fields;
mod json;
#[cfg(test)]
mod tests;
mod text;

use crate::model::Stamp;

use super::bytes::without_mark;
use super::header::{self, Found, Header, Shape, Shapes, Wanting};
use super::stamp::Recent;
use fields::{Fields, Slot};
use json::Value;

/// Docker cuts lines to this length (`defaultBufSize` of its logger's copier), and ends only the last part with a
/// newline.
const DOCKER_CUTS: usize = 16 * 1024;

/// Objects that are each other's messages: a program's own, in that of its container, in that of who collected it.
const DEPTH: u8 = 4;

/// What stands around an object: a line, and its header, whose text the object is.
#[derive(Clone, Copy)]
struct Outer<'l> {
    line: &'l [u8],
    header: &'l Header,
}

impl Outer<'_> {
    /// Whether a program is named there: then it is that program's message, and what is said there counts.
    fn is_named(self) -> bool {
        !self.header.program.is_empty()
    }
}

/// The header of a `line` that is a JSON object.
#[inline]
pub(super) fn object(line: &[u8]) -> Option<Found> {
    let text = line.len() - without_mark(line).len();
    header::object(line, text)?;
    let header = Header::without_program(Stamp::None, text..text, text);
    Some(Found { header, shapes: Shapes::default().with(Shape::Json) })
}

/// Writes the message within the JSON object that the text of `line` is, whose header is `outer`, to `out`, and reads its
/// header there. What it finds is counted from where `out` ended before; of what is no message, nothing is left.
pub(super) fn json(line: &[u8], outer: &Header, out: &mut Vec<u8>, recent: &mut Recent<'_>) -> Option<Found> {
    within(Outer { line, header: outer }, out, recent, DEPTH)
}

/// The same for an entry of systemd's journal export format.
pub(super) fn entry(entry: &[u8], out: &mut Vec<u8>, recent: &mut Recent<'_>) -> Option<Found> {
    let outer = Outer { line: entry, header: &Header::default() };
    unwrap(&export::fields(entry)?, Shape::JournalExport, outer, out, recent, DEPTH)
}

fn within(outer: Outer<'_>, out: &mut Vec<u8>, recent: &mut Recent<'_>, depth: u8) -> Option<Found> {
    let depth = depth.checked_sub(1)?;
    let object = header::object(outer.line, outer.header.text)?;
    unwrap(&Fields::of(&outer.line[object..])?, Shape::Json, outer, out, recent, depth)
}

fn unwrap(
    fields: &Fields<'_>,
    shape: Shape,
    outer: Outer<'_>,
    out: &mut Vec<u8>,
    recent: &mut Recent<'_>,
    depth: u8,
) -> Option<Found> {
    let base = out.len();
    let found = write(fields, outer, out, recent, depth);
    if found.is_none() {
        out.truncate(base);
    }
    found.map(|found| found.with(Shapes::default().with(shape)))
}

fn write(
    fields: &Fields<'_>,
    outer: Outer<'_>,
    out: &mut Vec<u8>,
    recent: &mut Recent<'_>,
    depth: u8,
) -> Option<Found> {
    if fields.is_doubtful() {
        return None;
    }
    let message = fields.get(Slot::Message)?;
    let base = out.len();
    let said = fields.get(Slot::Time).map_or(Stamp::None, |value| time(value, recent));
    let (first, second) =
        if outer.is_named() { (outer.header.stamp, said) } else { (said, outer.header.stamp) };
    let stamp = if first == Stamp::None { second } else { first };
    let host = &outer.line[outer.header.host.clone()];
    match fields.get(Slot::Host) {
        Some(said) if host.is_empty() || !outer.is_named() => text::append(out, said)?,
        _ => out.extend_from_slice(host),
    }
    let host = 0..out.len() - base;
    out.push(b' ');
    if fields.is_line() && !outer.is_named() {
        let at = out.len();
        text::append(out, message)?;
        let continued = cut(fields, &out[at..], recent);
        trim(out, at);
        if continued {
            let header = Header::without_program(stamp, host, out.len() - base);
            return Some(Found { header, shapes: Shapes::default().with(Shape::Continued) });
        }
        let found = header::written(&out[base..], at - base, &Wanting { stamp, host }, recent)?;
        return if found.is_around_object() { again(found, base, out, recent, depth) } else { Some(found) };
    }
    let program = out.len() - base;
    if outer.is_named() {
        out.extend_from_slice(&outer.line[outer.header.program.clone()]);
        if outer.header.pid != 0 {
            out.extend_from_slice(format!("[{}]", outer.header.pid).as_bytes());
        }
    } else {
        text::append(out, fields.get(Slot::Program)?)?;
        if out.last() == Some(&b':') {
            out.pop();
        }
    }
    let (program, mut pid) = header::program_and_pid(&out[base..], program, out.len() - base)?;
    if let Some(Value::Text(digits, _) | Value::Number(digits)) = fields.get(Slot::Pid)
        && pid == 0
        && let Some(number) = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok())
    {
        pid = number;
        out.push(b'[');
        out.extend_from_slice(digits);
        out.push(b']');
    }
    out.extend_from_slice(b": ");
    let at = out.len();
    text::append(out, message)?;
    trim(out, at);
    let line = &out[base..];
    let spaces = line[at - base..].iter().take_while(|&&byte| byte == b' ').count();
    Some(Found::plain(Header { stamp, host, program, pid, text: at - base + spaces, own: None }))
}

/// What was written from `base` on is itself a line around an object.
fn again(found: Found, base: usize, out: &mut Vec<u8>, recent: &mut Recent<'_>, depth: u8) -> Option<Found> {
    let line = out.split_off(base);
    let outer = Outer { line: &line, header: &found.header };
    match within(outer, out, recent, depth) {
        Some(inner) => Some(inner.with(found.shapes)),
        // It is a program's own, then.
        None if outer.is_named() => {
            out.extend_from_slice(&line);
            Some(found)
        }
        None => None,
    }
}

/// Whether `line` goes on with one that Docker cut; takes note whether it was cut itself.
fn cut(fields: &Fields<'_>, line: &[u8], recent: &mut Recent<'_>) -> bool {
    let cut = line.len() >= DOCKER_CUTS && !line.ends_with(b"#012");
    std::mem::replace(&mut recent.cut[usize::from(fields.stderr)], cut)
}

/// A line end at the end is that of the line.
fn trim(out: &mut Vec<u8>, at: usize) {
    while let Some(shorter) = out[at..].strip_suffix(b"#012").or_else(|| out[at..].strip_suffix(b"\r")) {
        out.truncate(at + shorter.len());
    }
}

fn time(value: Value<'_>, recent: &mut Recent<'_>) -> Stamp {
    let stamp = match value {
        Value::Number(number) => header::epoch(number),
        Value::Text(text, false) => header::epoch(text).or_else(|| header::stamp(text, recent)),
        _ => None,
    };
    stamp.unwrap_or_default()
}
