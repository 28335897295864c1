//! The newest lines. They are kept as bytes, in buffers that serve again: most are never looked at.

use std::collections::VecDeque;

use super::picture::TailLine;
use super::text::{LINE, NAME, capped, text};
use crate::model::{Class, Event, EventTime, Field, Kind, Mta, Origin};

/// Bytes that a line's fields take together: they are parts of it, but for a few.
const FIELDS: usize = LINE;

/// A ring of lines.
#[derive(Debug)]
pub(super) struct Tail {
    most: usize,
    lines: VecDeque<Line>,
    /// Lines so far.
    number: u64,
    /// Where the newest one stands.
    newest: Option<Origin>,
}

#[derive(Debug)]
struct Line {
    number: u64,
    time: EventTime,
    mta: Option<Mta>,
    kind: Kind,
    class: Option<Class>,
    /// The host, the line, the fields, one behind the other.
    bytes: Vec<u8>,
    host_end: usize,
    text_end: usize,
    /// Names of the fields, and where their texts end.
    fields: Vec<(&'static str, usize)>,
}

impl Tail {
    /// At most `most` lines.
    pub(super) fn new(most: usize) -> Self {
        Self { most, lines: VecDeque::new(), number: 0, newest: None }
    }

    /// Takes the line of `event`; nothing of it tells what is in the field `secret`. Of an event that the same line gives
    /// as the one before, what it says more.
    pub(super) fn push(&mut self, event: &Event<'_>, host: &[u8], secret: Option<Field>) {
        if self.most == 0 {
            return;
        }
        let origin = Some(event.origin());
        if origin == self.newest
            && let Some(line) = self.lines.back_mut()
        {
            line.add_fields(event, secret, true);
            return;
        }
        self.newest = origin;
        self.number += 1;
        let free = if self.lines.len() >= self.most { self.lines.pop_front() } else { None };
        let (mut bytes, mut fields) = free.map_or_else(Default::default, |line| (line.bytes, line.fields));
        bytes.clear();
        fields.clear();
        add(&mut bytes, host, NAME);
        let host_end = bytes.len();
        match secret {
            Some(field) => add(&mut bytes, &event.line_without(field), LINE),
            None => add(&mut bytes, event.line(), LINE),
        }
        let text_end = bytes.len();
        let mut line = Line {
            number: self.number,
            time: event.time(),
            mta: event.mta(),
            kind: event.kind(),
            class: event.class(),
            bytes,
            host_end,
            text_end,
            fields,
        };
        line.add_fields(event, secret, false);
        self.lines.push_back(line);
    }

    /// The newest `most` lines, oldest first.
    pub(super) fn picture(&self, most: usize) -> Vec<TailLine> {
        let skipped = self.lines.len().saturating_sub(most);
        self.lines.iter().skip(skipped).map(Line::picture).collect()
    }
}

impl Line {
    /// Adds what `event` says, field by field; `more`: only what other events of this line have not said.
    fn add_fields(&mut self, event: &Event<'_>, secret: Option<Field>, more: bool) {
        let secret = secret.and_then(|field| event.get(field));
        let stage = event.stage().map(|stage| ("stage", stage.name().as_bytes()));
        let service = Some(("service", event.service())).filter(|(_, service)| !service.is_empty());
        let fields = Field::ALL.iter().filter(|field| is_shown(**field));
        let fields = fields.filter_map(|&field| Some((field.name(), event.get(field)?)));
        for (name, value) in service.into_iter().chain(stage).chain(fields) {
            let value = capped(value, NAME);
            let has_room = self.bytes.len() - self.text_end + value.len() <= FIELDS;
            let tells = secret.is_some_and(|secret| memchr::memmem::find(value, secret).is_some());
            if has_room && !tells && !(more && self.says(name, value)) {
                add(&mut self.bytes, value, NAME);
                self.fields.push((name, self.bytes.len()));
            }
        }
    }

    fn says(&self, name: &str, value: &[u8]) -> bool {
        self.said().any(|said| said == (name, value))
    }

    fn said(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let starts = std::iter::once(self.text_end).chain(self.fields.iter().map(|&(_, end)| end));
        let part = |(&(name, end), start)| (name, self.bytes.get(start..end).unwrap_or_default());
        self.fields.iter().zip(starts).map(part)
    }

    fn picture(&self) -> TailLine {
        let (host, rest) = self.bytes.split_at(self.host_end);
        TailLine {
            number: self.number,
            time: self.time,
            host: text(host, NAME),
            mta: self.mta,
            kind: self.kind,
            class: self.class,
            text: text(capped(rest, self.text_end - self.host_end), LINE),
            fields: self.said().map(|(name, value)| (name, text(value, NAME))).collect(),
        }
    }
}

/// What no output has.
fn is_shown(field: Field) -> bool {
    !matches!(field, Field::ClaimedUser | Field::SequenceNumber)
}

/// Appends at most `most` bytes of `more`; no room is taken in advance.
fn add(bytes: &mut Vec<u8>, more: &[u8], most: usize) {
    let more = capped(more, most);
    bytes.reserve_exact(more.len());
    bytes.extend_from_slice(more);
}
