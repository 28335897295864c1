//! An event as the ordered stage sees it: a record of a batch, with its time and host settled.

use std::net::IpAddr;
use std::ops::Range;

use super::{
    Batch, Class, EventTime, Field, FieldSpan, Format, HostId, Kind, Mta, Origin, Parsed, Record, Stage,
    parse_ip,
};

/// One event, borrowed from its batch. Cheap to copy; nothing in it is escaped for any place yet.
#[derive(Clone, Copy, Debug)]
pub struct Event<'b> {
    parsed: &'b Parsed,
    record: &'b Record,
    time: EventTime,
    host: HostId,
    /// Who wrote it: asked for several times per event.
    mta: Option<Mta>,
    fields: &'b [FieldSpan],
    /// For each field, one more than its index in `fields`; 0: the line has no such field. Made once, because most
    /// events are asked for a handful of fields, each of them more than once.
    places: [u8; Field::ALL.len()],
}

impl<'b> Event<'b> {
    /// The event of `record`, which must belong to `parsed`.
    #[inline]
    pub fn new(parsed: &'b Parsed, record: &'b Record, time: EventTime, host: HostId) -> Self {
        let first = record.first_field as usize;
        let fields = parsed.fields.get(first..first + usize::from(record.field_count)).unwrap_or_default();
        let mta = parsed.mta(record);
        // Filled where it stays: this is made for every line.
        let mut event = Self { parsed, record, time, host, mta, fields, places: [0; Field::ALL.len()] };
        // From the last to the first: where a field occurs twice, the first one counts.
        for place in (0..fields.len()).rev() {
            event.places[fields[place].field as usize] = place as u8 + 1;
        }
        event
    }

    /// When it happened. A line without a stamp takes the time of the line before it.
    pub fn time(&self) -> EventTime {
        self.time
    }

    /// Whether the line itself stated a time.
    pub fn has_stamp(&self) -> bool {
        self.record.stamp != super::Stamp::None
    }

    /// The host, as a number that compares fast.
    pub fn host(&self) -> HostId {
        self.host
    }

    /// The host as the line names it; empty where it names none.
    pub fn host_name(&self) -> &'b [u8] {
        self.parsed
            .hosts
            .get(usize::from(self.record.host))
            .map_or(&[], |span| span.of(&self.parsed.batch.bytes))
    }

    /// What the line says.
    pub fn kind(&self) -> Kind {
        self.record.kind
    }

    /// Why the client was refused.
    pub fn class(&self) -> Option<Class> {
        self.record.class
    }

    /// Where in the SMTP dialogue.
    pub fn stage(&self) -> Option<Stage> {
        self.record.stage
    }

    /// Process id; 0 where the line has none.
    pub fn pid(&self) -> u32 {
        self.record.pid
    }

    /// Number of the pattern that matched.
    pub fn pattern(&self) -> u16 {
        self.record.pattern
    }

    /// The mail server; `None` for another program's line.
    pub fn mta(&self) -> Option<Mta> {
        self.mta
    }

    /// The program name as logged: `postfix/submission/smtpd`.
    pub fn program(&self) -> &'b [u8] {
        self.ident().map_or(&[], |ident| ident.text.of(&self.parsed.batch.bytes))
    }

    /// The service: `submission/smtpd`.
    pub fn service(&self) -> &'b [u8] {
        self.ident().map_or(&[], |ident| match ident.service.of(&self.parsed.batch.bytes) {
            [] => ident.unnamed.as_bytes(),
            service => service,
        })
    }

    /// The layout of the file that the line stands in.
    pub fn format(&self) -> Format {
        self.parsed.batch.format
    }

    /// The text of `field`, from the line or else from the pattern.
    #[inline]
    pub fn get(&self, field: Field) -> Option<&'b [u8]> {
        match self.places[field as usize] {
            0 => self.parsed.constants.get(self.record.pattern, field),
            place => self.text_of(*self.fields.get(usize::from(place) - 1)?),
        }
    }

    /// All fields that stand in the line, in its own order, with their texts.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &'b [u8])> {
        self.fields.iter().map(|&span| (span.field, self.text_of(span).unwrap_or_default()))
    }

    #[inline]
    fn text_of(&self, span: FieldSpan) -> Option<&'b [u8]> {
        let start = self.record.base as usize + usize::from(span.start);
        self.parsed.batch.bytes.get(start..start + usize::from(span.len))
    }

    /// The peer address of the connection; `None` where the line names none, or says `unknown`.
    pub fn client_ip(&self) -> Option<IpAddr> {
        self.record.client_ip
    }

    /// `field` as an address; `None` where it is absent or says `unknown`.
    pub fn ip(&self, field: Field) -> Option<IpAddr> {
        parse_ip(self.get(field)?)
    }

    /// `field` as a whole number; `None` where it is absent or no number.
    pub fn int(&self, field: Field) -> Option<u64> {
        whole_number(self.get(field)?)
    }

    /// The whole line, without its end.
    pub fn line(&self) -> &'b [u8] {
        self.record.line.of(&self.parsed.batch.bytes)
    }

    /// The line with `***` in place of `field`; where that was unwrapped from the line, what the program said instead.
    pub fn line_without(&self, field: Field) -> Vec<u8> {
        let place = usize::from(self.places[field as usize]);
        let Some(span) = place.checked_sub(1).and_then(|place| self.fields.get(place)) else {
            return self.line().to_vec();
        };
        let start = self.record.base as usize + usize::from(span.start);
        let end = start + usize::from(span.len);
        let ranges = [self.record.line, self.record.text].map(super::Span::range);
        let outer = ranges.into_iter().find(|outer| outer.start <= start && end <= outer.end);
        let bytes = |range: Range<usize>| self.parsed.batch.bytes.get(range).unwrap_or_default();
        outer.map_or_else(Vec::new, |outer| {
            [bytes(outer.start..start), b"***", bytes(end..outer.end)].concat()
        })
    }

    /// What the program said: the line without its header, unwrapped.
    pub fn text(&self) -> &'b [u8] {
        self.record.text.of(&self.parsed.batch.bytes)
    }

    /// What it is made of.
    #[inline]
    pub fn source(&self) -> (&'b Batch, &'b Record) {
        (&self.parsed.batch, self.record)
    }

    /// Where the line stands.
    pub fn origin(&self) -> Origin {
        self.parsed.origin(self.record)
    }

    fn ident(&self) -> Option<&'b super::Ident> {
        self.parsed.idents.get(usize::from(self.record.ident))
    }
}

/// Decimal digits as a number; `None` for anything else, and for what does not fit.
fn whole_number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
