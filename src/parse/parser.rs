//! From a batch of lines to records. Stateless: batches may be parsed in any order, on any thread.

use std::net::IpAddr;

use crate::model::{Batch, Class, Field, FieldSpan, Format, Kind, Mta, Parsed, Record, Span, Stage, Stamp};

use super::captures::Captures;
use super::header::{self, Header};
use super::names::{BatchNames, Reading};
use super::patterns::{NO_PATTERN, PatternSet};
use super::stamp::Recent;
use super::{exim, recipients};

/// Fields are spans of 16 bits: of a longer line only the beginning is parsed.
pub const MAX_LINE: usize = 65_535;

/// Parses batches with one set of patterns.
#[derive(Debug)]
pub struct Parser {
    pub(super) set: PatternSet,
}

/// What a text was found to say.
pub(super) struct Verdict {
    pub(super) pattern: u16,
    pub(super) kind: Kind,
    pub(super) class: Option<Class>,
    pub(super) stage: Option<Stage>,
    client_ip: Option<IpAddr>,
}

impl Verdict {
    const fn without_pattern(kind: Kind) -> Self {
        Self { pattern: NO_PATTERN, kind, class: None, stage: None, client_ip: None }
    }
}

impl Parser {
    /// A parser that knows the patterns of `set`.
    pub fn new(set: PatternSet) -> Self {
        Self { set }
    }

    /// The patterns.
    pub fn patterns(&self) -> &PatternSet {
        &self.set
    }

    /// Parses `batch`: at least one record for every line that is not blank.
    pub fn parse(&self, batch: Batch) -> Parsed {
        let nothing = Parsed {
            batch: Batch::lines(batch.file, 0, 0, Vec::new()),
            lines: 0,
            records: Vec::new(),
            fields: Vec::new(),
            hosts: Vec::new(),
            idents: Vec::new(),
            constants: self.set.constants().clone(),
        };
        self.parse_into(batch, nothing)
    }

    /// The same, in the memory of a batch that is done with.
    pub fn parse_into(&self, batch: Batch, recycled: Parsed) -> Parsed {
        let Parsed { mut records, mut fields, mut hosts, mut idents, .. } = recycled;
        records.clear();
        fields.clear();
        hosts.clear();
        idents.clear();
        let bytes = &batch.bytes[..];
        let mut names = BatchNames::new(&self.set, bytes);
        let mut recent = Recent::default();
        let (mut start, mut lines) = (0, 0);
        while start < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |len| start + len);
            let line = without_carriage_return(&bytes[start..end]);
            if !is_blank(line) {
                let (start, line) = without_nuls(start, line);
                let span = Span { start: start as u32, len: line.len() as u32 };
                let line = &line[..line.len().min(MAX_LINE)];
                let header = header_of(batch.format, line, &mut recent);
                let first_field = fields.len();
                let record = if let Some(header) = header {
                    let host = names.host(start + header.host.start..start + header.host.end, &mut hosts);
                    let (ident, reading) = if let Some(mta) = header.own {
                        names.own(mta, &mut idents)
                    } else {
                        let program = start + header.program.start..start + header.program.end;
                        names.ident(program, &mut idents)
                    };
                    let text = text_of(reading, line, &header);
                    let verdict = self.verdict(reading, line, text, &mut fields);
                    let (stamp, pid) = (header.stamp, header.pid);
                    Record { stamp, host, ident, pid, ..record(span, lines, &verdict) }
                } else {
                    // Such a line has a host and a program without a name.
                    let host = names.host(start..start, &mut hosts);
                    let (ident, _) = names.ident(start..start, &mut idents);
                    Record { host, ident, ..record(span, lines, &Verdict::without_pattern(Kind::Unmatched)) }
                };
                let field_count = (fields.len() - first_field).min(usize::from(u8::MAX)) as u8;
                let record =
                    Record { base: start as u32, first_field: first_field as u32, field_count, ..record };
                recipients::push(record, &mut fields, &mut records);
            }
            lines += 1;
            start = end + 1;
        }
        Parsed { lines, records, fields, hosts, idents, constants: self.set.constants().clone(), batch }
    }

    fn verdict(&self, reading: Reading, line: &[u8], text: usize, fields: &mut Vec<FieldSpan>) -> Verdict {
        match reading {
            Some((mta, list)) => self.read(mta, list, line, text, fields),
            None => Verdict::without_pattern(Kind::Ignored),
        }
    }

    /// Reads the text of `line` from `text` on with the patterns of a list.
    pub(super) fn read(
        &self,
        mta: Mta,
        list: usize,
        line: &[u8],
        text: usize,
        fields: &mut Vec<FieldSpan>,
    ) -> Verdict {
        let mut out = Captures::new(mta, fields);
        let patterns = self.set.patterns();
        let (candidates, id) = self.set.list(list).candidates(&line[text..]);
        out.queue_id = id.map(|id| (text, id));
        for &number in candidates {
            let pattern = &patterns[usize::from(number)];
            if pattern.matches(line, text, &mut out).is_ok() {
                let class = if pattern.classify && out.doubtful {
                    Some(Class::Other)
                } else if pattern.classify {
                    let text = &line[out.opaque.clone()];
                    Some(self.set.classes(mta).map_or(Class::Other, |classes| classes.class(text)))
                } else {
                    pattern.class
                };
                return Verdict {
                    pattern: number,
                    kind: pattern.kind,
                    class,
                    stage: out.stage.or(pattern.stage),
                    client_ip: out.client_ip,
                };
            }
            out.clear();
        }
        Verdict::without_pattern(Kind::Unmatched)
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

fn record(line: Span, line_index: u32, verdict: &Verdict) -> Record {
    Record {
        line,
        base: line.start,
        line_index,
        stamp: Stamp::None,
        host: 0,
        ident: 0,
        pid: 0,
        pattern: verdict.pattern,
        kind: verdict.kind,
        class: verdict.class,
        stage: verdict.stage,
        client_ip: verdict.client_ip,
        first_field: 0,
        field_count: 0,
    }
}

/// The header of a line: as the file is laid out, or in the other way, as where two logs were put into one file.
#[inline]
pub(super) fn header_of(format: Format, line: &[u8], recent: &mut Recent) -> Option<Header> {
    match format {
        Format::Exim => exim::header(line, recent)
            .or_else(|| header::parse_near(line, recent))
            .or_else(|| exim::quoted(line)),
        _ => header::parse_near(line, recent).or_else(|| exim::header(line, recent)),
    }
}

/// Where the text of a line begins that is to be read so: a server may write a header of its own behind syslog's.
#[inline]
pub(super) fn text_of(reading: Reading, line: &[u8], header: &Header) -> usize {
    match reading {
        Some((Mta::Exim, _)) if header.own.is_none() => exim::behind_own_stamp(line, header.text),
        _ => header.text,
    }
}

fn without_carriage_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
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
