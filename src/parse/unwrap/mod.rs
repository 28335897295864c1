//! Messages that stand within something else: a JSON object, or an entry of systemd's journal export format.
//!
//! What is found is written behind the lines of the batch, as `host program[pid]: message`, and read from there. The
//! message of a program that is named beside it is that program's, whatever it looks like; only where none is named, or
//! where a container's output was passed on as it was, may it have a header of its own.

pub(super) mod export;
mod fields;
mod json;
#[cfg(test)]
mod tests;
mod text;

use crate::model::Stamp;

use super::header::{self, Found, Header, Shape, Shapes, Wanting};
use super::stamp::Recent;
use fields::{Fields, Slot};
use json::Value;

/// Docker cuts lines to this length (`defaultBufSize` of its logger's copier), and ends only the last part with a
/// newline.
const DOCKER_CUTS: usize = 16 * 1024;

/// UTF-8's mark in front of a file.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The JSON object that `line` may be.
#[inline]
pub(super) fn object(line: &[u8]) -> Option<&[u8]> {
    let object = line.strip_prefix(BOM).unwrap_or(line);
    (object.first() == Some(&b'{')).then_some(object)
}

/// Writes the message within the JSON object `line` to `out`, and reads its header there. What it finds is counted from
/// where `out` ended before; of what is no message, nothing is left.
pub(super) fn json(line: &[u8], out: &mut Vec<u8>, recent: &mut Recent<'_>) -> Option<Found> {
    unwrap(&Fields::of(line)?, Shape::Json, out, recent)
}

/// The same for an entry of systemd's journal export format.
pub(super) fn entry(entry: &[u8], out: &mut Vec<u8>, recent: &mut Recent<'_>) -> Option<Found> {
    unwrap(&export::fields(entry)?, Shape::JournalExport, out, recent)
}

fn unwrap(fields: &Fields<'_>, shape: Shape, out: &mut Vec<u8>, recent: &mut Recent<'_>) -> Option<Found> {
    let base = out.len();
    let found = write(fields, out, recent);
    if found.is_none() {
        out.truncate(base);
    }
    found.map(|found| Found { shapes: found.shapes.with(shape), ..found })
}

fn write(fields: &Fields<'_>, out: &mut Vec<u8>, recent: &mut Recent<'_>) -> Option<Found> {
    if fields.is_doubtful() {
        return None;
    }
    let message = fields.get(Slot::Message)?;
    let base = out.len();
    let stamp = fields.get(Slot::Time).map_or(Stamp::None, |value| time(value, recent));
    if let Some(host) = fields.get(Slot::Host) {
        text::append(out, host)?;
    }
    let host = 0..out.len() - base;
    out.push(b' ');
    if fields.is_line() {
        let at = out.len();
        text::append(out, message)?;
        let continued = cut(fields, &out[at..], recent);
        trim(out, at);
        let known = Wanting { stamp, host };
        let line = &out[base..];
        if continued {
            let (program, text) = (known.host.end..known.host.end, line.len());
            let header = Header { stamp, host: known.host, program, pid: 0, text, own: None };
            return Some(Found { header, shapes: Shapes::default().with(Shape::Continued) });
        }
        return header::raw(line, at - base, &known, recent);
    }
    let program = out.len() - base;
    text::append(out, fields.get(Slot::Program)?)?;
    if out.last() == Some(&b':') {
        out.pop();
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
    Some(Found {
        header: Header { stamp, host, program, pid, text: at - base + spaces, own: None },
        shapes: Shapes::default(),
    })
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
