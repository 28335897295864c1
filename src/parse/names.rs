//! The host and program names of one batch, numbered. A batch has a handful of them, in every line.

use std::collections::HashMap;
use std::ops::Range;

use crate::model::{Ident, Mta, Span};

use super::bytes::same;
use super::header::is_mark;
use super::patterns::PatternSet;
use super::{dovecot, exim, postfix, sendmail};

/// Slots of the table that answers before any map is asked.
const SLOTS: usize = 64;
/// Numbers are 16 bits wide; names beyond share the last.
const MAX_NAMES: usize = 65_535;

/// Names of one sort. The names themselves stay in the batch.
struct Names<'b> {
    recent: [(&'b [u8], u16); SLOTS],
    ids: HashMap<&'b [u8], u16, ahash::RandomState>,
}

impl<'b> Names<'b> {
    fn new() -> Self {
        Self { recent: [(&[], u16::MAX); SLOTS], ids: HashMap::default() }
    }

    /// The number of `name`, which `add` makes if it is new.
    #[inline]
    fn id(&mut self, name: &'b [u8], add: impl FnOnce() -> u16) -> u16 {
        let slot = slot(name);
        let (known, id) = self.recent[slot];
        if id != u16::MAX && same(known, name) {
            return id;
        }
        let id = *self.ids.entry(name).or_insert_with(add);
        self.recent[slot] = (name, id);
        id
    }
}

/// Programs differ at their ends (`smtp`, `smtpd`), hosts at their beginnings.
#[inline]
fn slot(name: &[u8]) -> usize {
    let part = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let (head, tail) = (part(name.first_chunk()), part(name.last_chunk()));
    let mixed = (head ^ tail.rotate_left(16)).wrapping_add(name.len() as u32).wrapping_mul(0x9e37_79b9);
    (mixed >> (u32::BITS - SLOTS.ilog2())) as usize
}

/// A program, and how its lines are read: the mail server and the list of its patterns.
pub(super) type Reading = Option<(Mta, usize)>;

/// Hosts and programs of a batch.
pub(super) struct BatchNames<'b> {
    set: &'b PatternSet,
    bytes: &'b [u8],
    hosts: Names<'b>,
    idents: Names<'b>,
    readings: Vec<Reading>,
    /// Programs that nobody knows by name, as those whose lines are Sendmail's, and as those whose are Dovecot's.
    renamed: [Names<'b>; 2],
    /// The numbers of servers whose own log the lines are in, by [`Mta`].
    own: [Option<u16>; Mta::ALL.len()],
    /// The list that tries every pattern of Postfix, and the programs read by it whose daemon is known by their lines.
    unnamed: Option<usize>,
    told: Vec<(u16, &'static str, u16)>,
}

impl<'b> BatchNames<'b> {
    pub(super) fn new(set: &'b PatternSet, bytes: &'b [u8]) -> Self {
        Self {
            set,
            bytes,
            hosts: Names::new(),
            idents: Names::new(),
            readings: Vec::new(),
            renamed: [Names::new(), Names::new()],
            own: [None; _],
            unnamed: postfix::unnamed(set),
            told: Vec::new(),
        }
    }

    /// Whether lines that are read so name no daemon.
    #[inline]
    pub(super) fn is_unnamed(&self, reading: Reading) -> bool {
        reading.is_some_and(|(_, list)| Some(list) == self.unnamed)
    }

    /// The number of the program `ident` as the daemon that its line is one of.
    #[cold]
    pub(super) fn told(&mut self, ident: u16, daemon: &'static str, idents: &mut Vec<Ident>) -> u16 {
        if let Some(&(.., told)) = self.told.iter().find(|&&(of, known, _)| (of, known) == (ident, daemon)) {
            return told;
        }
        let Some(&known) = idents.get(usize::from(ident)).filter(|_| idents.len() < MAX_NAMES) else {
            return ident;
        };
        idents.push(Ident { service: Span::default(), unnamed: daemon, ..known });
        self.readings.push(self.readings[usize::from(ident)]);
        let told = idents.len() as u16 - 1;
        self.told.push((ident, daemon, told));
        told
    }

    /// Counts on from names that were found before.
    pub(super) fn go_on(&mut self, hosts: &[Span], idents: &[Ident]) {
        let (set, bytes) = (self.set, self.bytes);
        for (number, host) in hosts.iter().enumerate() {
            self.hosts.id(host.of(bytes), || number as u16);
        }
        for (number, ident) in idents.iter().enumerate() {
            let name = ident.text.of(bytes);
            let reading = reading(set, name).map(|(mta, list, _)| (mta, list));
            if ident.unnamed.is_empty() {
                self.idents.id(name, || number as u16);
                self.readings.push(reading);
            } else if !name.is_empty() {
                // A daemon that a line told of its program, or a program that is a server by its lines.
                let by_lines = ident.mta.map(|mta| (mta, set.list_of(mta, mta.name())));
                if reading.is_none() {
                    let renamed = &mut self.renamed[usize::from(ident.mta == Some(Mta::Dovecot))];
                    renamed.id(name, || number as u16);
                }
                self.readings.push(reading.or(by_lines));
            } else {
                let own = ident.mta.map(|mta| {
                    self.own[mta as usize] = Some(number as u16);
                    (mta, set.list_of(mta, mta.name()))
                });
                self.readings.push(own);
            }
        }
    }

    /// The number of the host at `range` of the batch.
    #[inline]
    pub(super) fn host(&mut self, range: Range<usize>, hosts: &mut Vec<Span>) -> u16 {
        self.hosts.id(&self.bytes[range.clone()], || {
            if hosts.len() < MAX_NAMES {
                // Where a severity stands in a host's place, no host is named.
                let range =
                    if is_mark(&self.bytes[range.clone()]) { range.start..range.start } else { range };
                hosts.push(span(range));
            }
            hosts.len() as u16 - 1
        })
    }

    /// The number of the program at `range` of the batch, and how to read its line `text`.
    #[inline]
    pub(super) fn ident_of(
        &mut self,
        range: Range<usize>,
        text: &[u8],
        idents: &mut Vec<Ident>,
    ) -> (u16, Reading) {
        let (id, reading) = self.ident(range.clone(), idents);
        match reading {
            None => self.by_text(range, text, idents).unwrap_or((id, None)),
            known => (id, known),
        }
    }

    /// A program with a name of its own whose line says what it is.
    fn by_text(
        &mut self,
        range: Range<usize>,
        text: &[u8],
        idents: &mut Vec<Ident>,
    ) -> Option<(u16, Reading)> {
        let (mta, list, _) = by_text(self.set, text)?;
        let readings = &mut self.readings;
        let id = self.renamed[usize::from(mta == Mta::Dovecot)].id(&self.bytes[range.clone()], || {
            if idents.len() < MAX_NAMES {
                let name = span(range);
                idents.push(Ident { text: name, mta: Some(mta), service: name, unnamed: mta.name() });
                readings.push(Some((mta, list)));
            }
            idents.len() as u16 - 1
        });
        Some((id, self.readings[usize::from(id)]))
    }

    /// The number of the program at `range` of the batch, and how to read its lines.
    #[inline]
    pub(super) fn ident(&mut self, range: Range<usize>, idents: &mut Vec<Ident>) -> (u16, Reading) {
        let name = &self.bytes[range.clone()];
        let (set, readings) = (self.set, &mut self.readings);
        let id = self.idents.id(name, || {
            if idents.len() < MAX_NAMES {
                let (ident, reading) = resolve(set, name, range);
                idents.push(ident);
                readings.push(reading);
            }
            idents.len() as u16 - 1
        });
        (id, self.readings[usize::from(id)])
    }

    /// The number of `mta` as the program of lines in its own log, which name none.
    pub(super) fn own(&mut self, mta: Mta, idents: &mut Vec<Ident>) -> (u16, Reading) {
        let id = *self.own[mta as usize].get_or_insert_with(|| {
            if idents.len() < MAX_NAMES {
                let nothing = Span::default();
                let ident = Ident { text: nothing, mta: Some(mta), service: nothing, unnamed: mta.name() };
                idents.push(ident);
                self.readings.push(Some((mta, self.set.list_of(mta, mta.name()))));
            }
            idents.len() as u16 - 1
        });
        (id, self.readings[usize::from(id)])
    }
}

fn resolve(set: &PatternSet, name: &[u8], range: Range<usize>) -> (Ident, Reading) {
    match reading(set, name) {
        Some((mta, list, service)) => {
            let service = span(range.start + service..range.end);
            (Ident { text: span(range), mta: Some(mta), service, unnamed: "" }, Some((mta, list)))
        }
        None => (Ident { text: span(range.clone()), mta: None, service: span(range), unnamed: "" }, None),
    }
}

/// The mail server a program belongs to, its list of patterns, and where the service begins in its name.
pub(super) fn reading(set: &PatternSet, program: &[u8]) -> Option<(Mta, usize, usize)> {
    if let Some(found) = postfix::recognise(program, |daemon| set.has_daemon(Mta::Postfix, daemon)) {
        return Some((Mta::Postfix, set.list_of(Mta::Postfix, &found.daemon), found.service));
    }
    // One program each, whatever it is called.
    let one = |mta: Mta| Some((mta, set.list_of(mta, mta.name()), 0));
    match program {
        _ if sendmail::recognise(program) => one(Mta::Sendmail),
        _ if exim::recognise(program) => one(Mta::Exim),
        _ => None,
    }
}

/// The same for a line of a program with a name of its own.
pub(super) fn by_text(set: &PatternSet, text: &[u8]) -> Option<(Mta, usize, usize)> {
    let mta = match text {
        _ if sendmail::is_unmistakable(text) => Mta::Sendmail,
        _ if dovecot::is_failed_login(text) => Mta::Dovecot,
        _ => return None,
    };
    Some((mta, set.list_of(mta, mta.name()), 0))
}

fn span(range: Range<usize>) -> Span {
    Span { start: range.start as u32, len: range.len() as u32 }
}
