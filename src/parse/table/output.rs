//! What the rows of one batch become: records, their fields, and names that no stretch of the batch spells.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Range;

use crate::model::{Batch, Class, Field, FieldSpan, Ident, Kind, Mta, Parsed, Record, Span, Stage, Stamp};
use crate::parse::captures::Captures;
use crate::parse::parser::{Parser, Verdict};
use crate::parse::patterns::{NO_PATTERN, PatternSet};
use crate::parse::reply;

/// Names are few; beyond, they share the last number.
const MAX_NAMES: usize = 65_535;

/// What a row says.
pub(in crate::parse) struct Said {
    pub(in crate::parse) kind: Kind,
    pub(in crate::parse) class: Option<Class>,
    pub(in crate::parse) stage: Option<Stage>,
    pub(in crate::parse) client_ip: Option<IpAddr>,
    /// The pattern that decided, whose constants are fields of the record.
    pub(in crate::parse) pattern: u16,
}

impl Said {
    /// Only what kind of line it is.
    pub(in crate::parse) const fn kind(kind: Kind) -> Self {
        Self { kind, class: None, stage: None, client_ip: None, pattern: NO_PATTERN }
    }
}

/// Collects the records of a batch.
pub(in crate::parse) struct Output<'b> {
    parser: &'b Parser,
    bytes: &'b [u8],
    records: Vec<Record>,
    fields: Vec<FieldSpan>,
    hosts: Vec<Span>,
    idents: Vec<Ident>,
    host_numbers: HashMap<&'b [u8], u16, ahash::RandomState>,
    services: HashMap<(&'static str, &'b [u8]), u16, ahash::RandomState>,
    /// Stands behind the batch's own bytes.
    written: Vec<u8>,
    line: Span,
    /// Where the record's text is counted from.
    base: u32,
    line_index: u32,
    first_field: usize,
    stamp: Stamp,
    host: u16,
    ident: u16,
}

impl<'b> Output<'b> {
    pub(super) fn new(parser: &'b Parser, bytes: &'b [u8], recycled: Parsed) -> Self {
        let Parsed { mut records, mut fields, mut hosts, mut idents, .. } = recycled;
        records.clear();
        fields.clear();
        hosts.clear();
        idents.clear();
        Self {
            parser,
            bytes,
            records,
            fields,
            hosts,
            idents,
            host_numbers: HashMap::default(),
            services: HashMap::default(),
            written: Vec::new(),
            line: Span::default(),
            base: 0,
            line_index: 0,
            first_field: 0,
            stamp: Stamp::None,
            host: 0,
            ident: 0,
        }
    }

    /// The next record of the table, with `line_index` lines before it; its row stands at `base`.
    pub(super) fn at(&mut self, line: Span, base: u32, line_index: u32) {
        (self.line, self.base, self.line_index) = (line, base, line_index);
        self.stamp = Stamp::None;
        self.first_field = self.fields.len();
        self.host(0..0);
        self.service("", 0..0);
    }

    /// When it happened.
    pub(in crate::parse) fn stamp(&mut self, stamp: Stamp) {
        self.stamp = stamp;
    }

    /// Which host wrote it; `name` counts from the start of the record.
    pub(in crate::parse) fn host(&mut self, name: Range<usize>) {
        let span = self.span(name);
        let hosts = &mut self.hosts;
        self.host = *self.host_numbers.entry(span.of(self.bytes)).or_insert_with(|| {
            if hosts.len() < MAX_NAMES {
                hosts.push(span);
            }
            hosts.len() as u16 - 1
        });
    }

    /// Which service wrote it: `kind`, and a name in the record (`receive:Default Frontend EX1`), if there is one.
    pub(in crate::parse) fn service(&mut self, kind: &'static str, name: Range<usize>) {
        let name = self.span(name).of(self.bytes);
        let (idents, written, bytes) = (&mut self.idents, &mut self.written, self.bytes.len());
        self.ident = *self.services.entry((kind, name)).or_insert_with(|| {
            if idents.len() < MAX_NAMES {
                let start = bytes + written.len();
                written.extend_from_slice(kind.as_bytes());
                if !name.is_empty() {
                    written.push(b':');
                    written.extend_from_slice(name);
                }
                let service = Span { start: start as u32, len: (bytes + written.len() - start) as u32 };
                let text = Span::default();
                idents.push(Ident { text, mta: Some(Mta::Exchange), service, unnamed: Mta::Exchange.name() });
            }
            idents.len() as u16 - 1
        });
    }

    /// A field, which counts from the start of the record.
    pub(in crate::parse) fn field(&mut self, field: Field, range: Range<usize>) {
        if let (Ok(start), Ok(len)) = (u16::try_from(range.start), u16::try_from(range.len())) {
            self.fields.push(FieldSpan { field, start, len });
        }
    }

    /// The record says this.
    pub(in crate::parse) fn say(&mut self, said: &Said) {
        let record = self.record(said);
        self.records.push(record);
        self.first_field = self.fields.len();
    }

    /// The record is of this kind, and says no more.
    pub(super) fn other(&mut self, kind: Kind) {
        self.say(&Said::kind(kind));
    }

    /// The reply in `text` of `line`, the record: its code, its enhanced status, and where its words stand.
    pub(in crate::parse) fn reply(&mut self, line: &[u8], text: Range<usize>) -> Range<usize> {
        reply::scan(line, text, true, &mut Captures::new(Mta::Exchange, &mut self.fields))
    }

    /// What the patterns of `daemon` say of the text in `range` of `line`, the record; their fields are the record's.
    pub(in crate::parse) fn read(&mut self, daemon: &str, line: &[u8], range: Range<usize>) -> Said {
        let list = self.parser.set.list_of(Mta::Exchange, daemon);
        let verdict =
            self.parser.read(Mta::Exchange, list, &line[..range.end], range.start, &mut self.fields);
        let Verdict { kind, class, stage, client_ip, pattern, .. } = verdict;
        Said { kind, class, stage, client_ip, pattern }
    }

    /// The same for a text that no line has in one piece; its fields are nobody's.
    pub(in crate::parse) fn read_apart(&mut self, daemon: &str, text: &[u8]) -> Said {
        let first = self.fields.len();
        let said = self.read(daemon, text, 0..text.len());
        self.fields.truncate(first);
        said
    }

    /// The class of a reply.
    pub(in crate::parse) fn class(&self, reply: &[u8]) -> Class {
        self.parser.set.classes(Mta::Exchange).map_or(Class::Other, |classes| classes.class(reply))
    }

    /// All that was collected, no longer borrowed from the batch.
    pub(super) fn finish(self) -> Parts {
        let Self { records, fields, hosts, idents, written, .. } = self;
        Parts { records, fields, hosts, idents, written }
    }

    fn record(&self, said: &Said) -> Record {
        Record {
            line: self.line,
            base: self.base,
            text: self.line,
            line_index: self.line_index,
            stamp: self.stamp,
            host: self.host,
            ident: self.ident,
            pid: 0,
            pattern: said.pattern,
            kind: said.kind,
            class: said.class,
            stage: said.stage,
            client_ip: said.client_ip,
            first_field: self.first_field as u32,
            field_count: (self.fields.len() - self.first_field).min(usize::from(u8::MAX)) as u8,
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span { start: self.base + range.start as u32, len: range.len() as u32 }
    }
}

/// What [`Output`] collected.
pub(super) struct Parts {
    pub(super) records: Vec<Record>,
    pub(super) fields: Vec<FieldSpan>,
    pub(super) hosts: Vec<Span>,
    pub(super) idents: Vec<Ident>,
    pub(super) written: Vec<u8>,
}

impl Parts {
    /// The batch, whose lines end at `lines_end`, with what was `written` behind it.
    pub(super) fn parsed(self, mut batch: Batch, lines_end: usize, set: &PatternSet) -> Parsed {
        let Self { records, fields, hosts, idents, written } = self;
        batch.bytes.extend_from_slice(&written);
        let lines_end = lines_end as u32;
        Parsed { batch, lines_end, records, fields, hosts, idents, constants: set.constants().clone() }
    }
}
