//! From a batch of lines to records. Stateless: batches may be parsed in any order, on any thread. (Only the rest of a
//! line that a container runtime cut at 16 KiB is known by the line before, so at a batch's beginning it is not: what mail
//! servers write is an eighth of that.)

use std::net::IpAddr;

use crate::model::{
    Batch, Class, Field, FieldSpan, Format, Framing, Ident, Kind, Mta, Parsed, Record, Span, Stage,
};

use super::captures::Captures;
use super::dispatch::Start;
use super::format::Layout;
use super::header::{Found, Header};
use super::names::{BatchNames, Reading};
use super::patterns::{NO_PATTERN, PatternSet};
use super::stamp::Recent;
use super::trial::first_match;
use super::{exim, postfix, recipients, table, unwrap};

/// Fields are spans of 16 bits: of a longer line only the beginning is parsed.
pub const MAX_LINE: usize = 65_535;

/// Parses batches with one set of patterns.
#[derive(Debug)]
pub struct Parser {
    pub(super) set: PatternSet,
    /// What files are said to be, whatever they look like.
    pub(super) only: Option<Format>,
}

/// What is found in a batch.
struct Lists {
    records: Vec<Record>,
    fields: Vec<FieldSpan>,
    hosts: Vec<Span>,
    idents: Vec<Ident>,
}

impl Lists {
    /// Empty ones, in the memory of a batch that is done with.
    fn new(recycled: Parsed) -> Self {
        let Parsed { mut records, mut fields, mut hosts, mut idents, .. } = recycled;
        records.clear();
        fields.clear();
        hosts.clear();
        idents.clear();
        Self { records, fields, hosts, idents }
    }
}

/// Where a record stands.
#[derive(Clone, Copy)]
struct Place {
    line: Span,
    /// Where its text is counted from.
    base: u32,
    /// Lines before it.
    index: u32,
}

/// What a text was found to say.
pub(super) struct Verdict {
    pub(super) pattern: u16,
    pub(super) kind: Kind,
    pub(super) class: Option<Class>,
    pub(super) stage: Option<Stage>,
    pub(super) client_ip: Option<IpAddr>,
    /// How many recipients it may have.
    recipients: usize,
}

impl Verdict {
    const fn without_pattern(kind: Kind) -> Self {
        Self { pattern: NO_PATTERN, kind, class: None, stage: None, client_ip: None, recipients: 0 }
    }
}

impl Parser {
    /// A parser that knows the patterns of `set`.
    pub fn new(set: PatternSet) -> Self {
        Self { set, only: None }
    }

    /// The same parser, for files that are laid out in this way and in no other, whatever they look like.
    #[must_use]
    pub fn only(self, format: Option<Format>) -> Self {
        Self { only: format, ..self }
    }

    /// The patterns.
    pub fn patterns(&self) -> &PatternSet {
        &self.set
    }

    /// Parses `batch`: at least one record for every line that is not blank.
    pub fn parse(&self, batch: Batch) -> Parsed {
        let nothing = Parsed {
            batch: Batch::lines(batch.file, 0, 0, Vec::new()),
            lines_end: 0,
            records: Vec::new(),
            fields: Vec::new(),
            hosts: Vec::new(),
            idents: Vec::new(),
            constants: self.set.constants().clone(),
        };
        self.parse_into(batch, nothing)
    }

    /// The same, in the memory of a batch that is done with.
    pub fn parse_into(&self, mut batch: Batch, recycled: Parsed) -> Parsed {
        let layout = Layout::of(self.only, batch.format);
        if table::is_table(layout.format) {
            return table::parse_into(self, batch, recycled);
        }
        let mut lists = Lists::new(recycled);
        let bytes = &batch.bytes[..];
        let lines_end = bytes.len() as u32;
        let mut names = BatchNames::new(&self.set, bytes);
        let mut recent = Recent::default();
        // What has its header within: unwrapped in the end, because that is written behind the lines.
        let mut wrapped: Vec<(Place, Option<Found>)> = Vec::new();
        if layout.format.framing() == Framing::Entries {
            entries(&batch, &mut wrapped);
        } else {
            let (mut start, mut index) = (0, 0);
            while start < bytes.len() {
                let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |len| start + len);
                let line = without_end(&bytes[start..end]);
                if !is_blank(line) {
                    let (start, line) = without_nuls(start, line);
                    let place = Place { line: span(start, line.len()), base: start as u32, index };
                    let line = &line[..line.len().min(MAX_LINE)];
                    let found = layout.header(line, &mut recent);
                    if found.as_ref().is_some_and(Found::is_around_object) {
                        wrapped.push((place, found));
                    } else {
                        self.add(&mut lists, &mut names, place, line, found.as_ref());
                    }
                }
                index += 1;
                start = end + 1;
            }
        }
        if !wrapped.is_empty() {
            self.unwrap(&mut lists, wrapped, &mut batch.bytes);
        }
        let Lists { records, fields, hosts, idents } = lists;
        let constants = self.set.constants().clone();
        Parsed { batch, lines_end, records, fields, hosts, idents, constants }
    }

    /// Adds what `line` says, which stands at `place` and has this header.
    #[inline]
    fn add<'b>(
        &self,
        lists: &mut Lists,
        names: &mut BatchNames<'b>,
        place: Place,
        line: &'b [u8],
        found: Option<&Found>,
    ) {
        let Lists { records, fields, hosts, idents } = lists;
        let base = place.base as usize;
        let first_field = fields.len();
        let has_header = found.is_some();
        // A line without header has a host and a program without a name.
        let header = found.map_or(&Header::NOTHING, |found| &found.header);
        let &Header { stamp, ref host, ref program, pid, text, own } = header;
        let host = names.host(base + host.start..base + host.end, hosts);
        let (mut ident, reading) = match own {
            Some(mta) => names.own(mta, idents),
            None => names.ident_of(base + program.start..base + program.end, &line[text..], idents),
        };
        let verdict = match reading {
            _ if !has_header => Verdict::without_pattern(Kind::Unmatched),
            Some((mta, list)) => self.read(mta, list, line, text_of(reading, line, text, own), fields),
            None => Verdict::without_pattern(Kind::Ignored),
        };
        if names.is_unnamed(reading)
            && let found = &fields[first_field..]
            && let Some(daemon) = postfix::daemon_of(&self.set, verdict.pattern, line, found)
        {
            ident = names.told(ident, daemon, idents);
        }
        let record = Record {
            line: place.line,
            base: place.base,
            text: span(base, line.len()).behind(text),
            line_index: place.index,
            stamp,
            host,
            ident,
            pid,
            pattern: verdict.pattern,
            kind: verdict.kind,
            class: verdict.class,
            stage: verdict.stage,
            client_ip: verdict.client_ip,
            first_field: first_field as u32,
            field_count: (fields.len() - first_field).min(usize::from(u8::MAX)) as u8,
        };
        recipients::push(record, verdict.recipients, fields, records);
    }

    /// Writes the messages that stand within lines (those that have a header) or entries behind them all, and adds what
    /// they say where those lines stand.
    #[cold]
    fn unwrap(&self, lists: &mut Lists, wrapped: Vec<(Place, Option<Found>)>, bytes: &mut Vec<u8>) {
        let mut recent = Recent::default();
        let in_order = lists.records.is_empty();
        let mut unwrapped = Vec::with_capacity(wrapped.len());
        let mut out = Vec::with_capacity(bytes.len());
        for (place, outer) in wrapped {
            let line = place.line.of(bytes);
            let begin = out.len();
            let found = match &outer {
                Some(outer) => unwrap::json(line, &outer.header, &mut out, &mut recent),
                None => unwrap::entry(line, &mut out, &mut recent),
            };
            if found.is_some() {
                let base = (bytes.len() + begin) as u32;
                unwrapped.push((Place { base, ..place }, out.len() - begin, found));
            } else {
                // What is no message is the text of the program that is named in front of it, if one is.
                let outer = outer.filter(|outer| !outer.header.program.is_empty());
                unwrapped.push((place, line.len(), outer));
            }
        }
        bytes.append(&mut out);
        let bytes = &bytes[..];
        let mut names = BatchNames::new(&self.set, bytes);
        names.go_on(&lists.hosts, &lists.idents);
        for (place, len, found) in unwrapped {
            let base = place.base as usize;
            self.add(lists, &mut names, place, &bytes[base..base + len.min(MAX_LINE)], found.as_ref());
        }
        if !in_order {
            lists.records.sort_by_key(|record| record.line_index);
        }
    }

    /// Reads the text of `line` from `text` on with the patterns of a list.
    #[inline]
    pub(super) fn read(
        &self,
        mta: Mta,
        list: usize,
        line: &[u8],
        text: usize,
        fields: &mut Vec<FieldSpan>,
    ) -> Verdict {
        let mut out = Captures::new(mta, fields);
        let Start { candidates, id, head } = self.set.list(list).beginning(line, text);
        out.queue_id = id.map(|id| (text, id));
        let found = first_match(self.set.patterns(), candidates, line, text, head, &mut out);
        let Some((number, pattern)) = found else { return Verdict::without_pattern(Kind::Unmatched) };
        let class = if pattern.classify && out.doubtful {
            Some(Class::Other)
        } else if pattern.classify {
            let text = &line[out.opaque.clone()];
            Some(self.set.classes(mta).map_or(Class::Other, |classes| classes.class(text)))
        } else {
            pattern.class
        };
        Verdict {
            pattern: number,
            kind: pattern.kind,
            class,
            stage: out.stage.or(pattern.stage),
            client_ip: out.client_ip,
            recipients: out.recipients,
        }
    }

    /// The text of `field` in what [`Parser::read`] found.
    pub(super) fn value<'l>(
        &'l self,
        line: &'l [u8],
        found: &[FieldSpan],
        pattern: u16,
        field: Field,
    ) -> Option<&'l [u8]> {
        match found.iter().find(|span| span.field == field) {
            Some(span) => line.get(usize::from(span.start)..usize::from(span.start) + usize::from(span.len)),
            None => self.set.constants().get(pattern, field),
        }
    }
}

/// The entries of an export.
fn entries(batch: &Batch, found: &mut Vec<(Place, Option<Found>)>) {
    let mut index = 0;
    for record in batch.records() {
        let entry = &batch.bytes[record.clone()];
        if !is_blank(entry) {
            // Behind the newline of its last field stands that of the empty line.
            let fields = entry.strip_suffix(b"\n\n").or(entry.strip_suffix(b"\n")).unwrap_or(entry);
            let line = span(record.start, fields.len());
            found.push((Place { line, base: line.start, index }, None));
        }
        index += memchr::memchr_iter(b'\n', entry).count() as u32;
    }
}

fn span(start: usize, len: usize) -> Span {
    Span { start: start as u32, len: len as u32 }
}

/// Where the text of a line begins that is to be read so, whose header ends at `text`: a server may write a header of its
/// own behind syslog's.
#[inline]
pub(super) fn text_of(reading: Reading, line: &[u8], text: usize, own: Option<Mta>) -> usize {
    match reading {
        Some((Mta::Exim, _)) if own.is_none() => exim::behind_own_stamp(line, text),
        _ => text,
    }
}

/// Without the line's end, as it was written here or, by rsyslog, at its origin (`#012`, for a newline within a message).
#[inline]
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"#012") {
        line = shorter;
    }
    line
}

/// Behind blocks that were never written, as a crash leaves them, the log goes on in the same line.
#[inline]
fn without_nuls(start: usize, line: &[u8]) -> (usize, &[u8]) {
    if line.first() != Some(&0) {
        return (start, line);
    }
    let nuls = line.iter().position(|&byte| byte != 0).unwrap_or(0);
    (start + nuls, &line[nuls..])
}

#[inline]
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}
