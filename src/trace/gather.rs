//! Gathers, reading by reading, what belongs to what is looked for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use super::fate::Fate;
use super::search::Search;
use super::story::{Line, Stories, Together, told};
use crate::correlate::serves_one_session;
use crate::model::{Attempt, Event, EventTime, Field, HostId, Kind, Origin, QueueId};

/// Lines that are kept: what a person still reads, and no more than some megabytes.
const MOST_LINES: usize = 10_000;
/// What all lines may take together, in bytes.
const MOST_BYTES: usize = 64 << 20;
/// Messages whose lines are looked for.
const MOST_MESSAGES: usize = 1_000;
/// Processes that are watched: each session of Sendmail has one of its own.
const MOST_PROCESSES: usize = 10_000;
/// Lines of a session that is not known to be wanted yet.
const MOST_WAITING: usize = 500;
/// So often a log is read: once for what names it, and once for every message that led to another one, as far as that goes;
/// a log that grows meanwhile has always something new.
const MOST_READINGS: u32 = 10;
/// A process that is silent for so long has ended its session, whatever the log says (RFC 5321, section 4.5.3.2, asks for
/// timeouts of at most ten minutes; a slow transfer takes longer).
const SESSION_SECONDS: i64 = 3600;

/// A process of a host.
type Process = (HostId, u32);

/// Gathers stories from a log that is read again as long as [`Tracer::goes_on`].
#[derive(Debug)]
pub struct Tracer {
    search: Search,
    known: Known,
    /// More has turned up that belongs to it, whose lines may stand further in front.
    grew: bool,
    is_cut: bool,
    readings: u32,
    reading: Reading,
}

/// What is known to belong to it.
#[derive(Debug, Default)]
struct Known {
    messages: HashSet<(HostId, QueueId)>,
    /// Sessions that have an id of their own, Message-IDs of what has no other.
    sessions: HashSet<Box<[u8]>>,
    /// Processes that have served such a session.
    processes: HashSet<Process>,
    /// Lines that tell of an attempt.
    origins: HashSet<Origin>,
}

/// What one reading has shown so far.
#[derive(Debug, Default)]
struct Reading {
    /// Lines read.
    number: u64,
    together: Together,
    /// What the lines take, those included that wait.
    bytes: usize,
    lines: Vec<(usize, Line)>,
    fates: Vec<(usize, Fate)>,
    messages: HashMap<(HostId, QueueId), usize>,
    /// The messages in the order in which they turned up.
    order: Vec<(usize, (HostId, QueueId))>,
    sessions: HashMap<Box<[u8]>, usize>,
    /// To what a line belongs.
    at: HashMap<Origin, usize>,
    open: BTreeMap<Process, Open>,
    /// There was no room for a line.
    is_cut: bool,
}

/// What a process does: a session, of which it turns out whether it is wanted.
#[derive(Debug)]
struct Open {
    belongs: usize,
    client: Option<IpAddr>,
    last: EventTime,
    is_wanted: bool,
    /// Its lines that are not wanted for themselves.
    lines: Vec<Line>,
    is_cut: bool,
}

impl Tracer {
    /// One that looks for this.
    pub fn new(search: Search) -> Self {
        let (known, reading) = (Known::default(), Reading::default());
        Self { search, known, grew: true, is_cut: false, readings: 0, reading }
    }

    /// Whether the log must be read (again), from its beginning.
    pub fn goes_on(&mut self) -> bool {
        let grew = std::mem::take(&mut self.grew);
        let goes_on = grew && self.readings < MOST_READINGS;
        if goes_on {
            self.readings += 1;
            self.reading = Reading::default();
        }
        self.is_cut |= grew && !goes_on;
        goes_on
    }

    /// Takes the next line.
    pub fn event(&mut self, event: &Event<'_>) {
        if event.mta().is_none() {
            return;
        }
        self.reading.number += 1;
        let message = event.get(Field::QueueId).and_then(QueueId::new).map(|id| (event.host(), id));
        // Where a server logs no queue id, the Message-ID is all that its lines have in common.
        let in_common = || event.get(Field::MessageId).filter(|_| message.is_none());
        let session = event.get(Field::SessionId).or_else(in_common).filter(|text| !text.is_empty());
        let process = serves_one_session(event).then(|| (event.host(), event.pid()));
        let is_named = self.search.names(event);
        if is_named || self.known.origins.contains(&event.origin()) {
            self.learn(message, session);
        }
        let message = message.filter(|message| self.known.messages.contains(message));
        let session = session.filter(|session| self.known.sessions.contains(*session));
        let is_told = self.known.origins.contains(&event.origin());
        let is_wanted = is_named || is_told || message.is_some() || session.is_some();
        if is_wanted
            && let Some(process) = process
            && event.client_ip().is_some()
        {
            if self.known.processes.len() < MOST_PROCESSES {
                self.grew |= self.known.processes.insert(process);
            } else {
                self.is_cut |= !self.known.processes.contains(&process);
            }
        }
        let open = process
            .filter(|process| self.known.processes.contains(process))
            .and_then(|process| self.reading.enter(process, event, is_wanted));
        if is_wanted {
            let belongs = self.reading.belongs(message, session, open);
            let line = Line::of(event, self.reading.number);
            self.reading.bytes += line.text.len();
            self.reading.keep(belongs, line);
        }
        // Its id may be another message's next.
        if event.kind() == Kind::Removed
            && let Some(message) = message
        {
            self.reading.messages.remove(&message);
        }
        if event.kind() == Kind::Disconnect
            && let Some(process) = process
        {
            self.reading.close(process);
        }
    }

    /// Takes an attempt, told for the last time.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) {
        let reading = &mut self.reading;
        let mut belongs: Option<usize> = None;
        for origin in attempt.lines {
            if let Some(&at) = reading.at.get(origin) {
                belongs = Some(belongs.map_or(at, |known| reading.together.join(known, at)));
            }
        }
        let Some(belongs) = belongs else { return };
        for origin in attempt.lines {
            if !reading.at.contains_key(origin) {
                if self.known.origins.len() < MOST_LINES {
                    self.grew |= self.known.origins.insert(*origin);
                } else {
                    self.is_cut = true;
                }
            }
        }
        if reading.fates.len() < MOST_LINES {
            reading.fates.push((belongs, Fate::of(attempt)));
        } else {
            self.is_cut = true;
        }
    }

    /// What was gathered.
    pub fn stories(mut self) -> Stories {
        while let Some((&process, _)) = self.reading.open.first_key_value() {
            self.reading.close(process);
        }
        let Reading { together, lines, fates, order, is_cut, .. } = self.reading;
        Stories { all: told(together, lines, order, fates), is_cut: self.is_cut || is_cut }
    }

    /// All about this message and this session belongs to it.
    fn learn(&mut self, message: Option<(HostId, QueueId)>, session: Option<&[u8]>) {
        if let Some(message) = message
            && !self.known.messages.contains(&message)
        {
            if self.known.messages.len() < MOST_MESSAGES {
                self.grew |= self.known.messages.insert(message);
            } else {
                self.is_cut = true;
            }
        }
        if let Some(session) = session
            && !self.known.sessions.contains(session)
        {
            if self.known.sessions.len() < MOST_MESSAGES {
                self.grew |= self.known.sessions.insert(session.into());
            } else {
                self.is_cut = true;
            }
        }
    }
}

impl Reading {
    /// To what a line belongs that tells of this message, of this session, and of what its process does.
    fn belongs(
        &mut self,
        message: Option<(HostId, QueueId)>,
        session: Option<&[u8]>,
        open: Option<usize>,
    ) -> usize {
        let message = message.map(|message| {
            *self.messages.entry(message).or_insert_with(|| {
                let new = self.together.add();
                self.order.push((new, message));
                new
            })
        });
        let session = session
            .map(|session| *self.sessions.entry(session.into()).or_insert_with(|| self.together.add()));
        let all = [message, session, open].into_iter().flatten();
        let joined = all.reduce(|one, other| self.together.join(one, other));
        joined.unwrap_or_else(|| self.together.add())
    }

    /// Keeps a line, if there is room for it.
    fn keep(&mut self, belongs: usize, line: Line) {
        if self.lines.len() < MOST_LINES && self.bytes <= MOST_BYTES {
            self.at.insert(line.origin, belongs);
            self.lines.push((belongs, line));
        } else {
            self.bytes -= line.text.len();
            self.is_cut = true;
        }
    }

    /// The process that is watched says something: to which session that belongs, if it does.
    fn enter(&mut self, process: Process, event: &Event<'_>, is_wanted: bool) -> Option<usize> {
        let client = event.client_ip();
        // What names no client and is about a message is not said of the session.
        if client.is_none() && event.get(Field::QueueId).is_some() {
            return None;
        }
        if let Some(open) = self.open.get(&process) {
            let is_other = client.is_some() && open.client.is_some() && client != open.client;
            let is_late = event.time().seconds_since(open.last) > SESSION_SECONDS;
            if event.kind() == Kind::Connect || is_other || is_late {
                self.close(process);
            }
        }
        let number = self.number;
        let together = &mut self.together;
        let open = self.open.entry(process).or_insert_with(|| Open {
            belongs: together.add(),
            client: None,
            last: event.time(),
            is_wanted: false,
            lines: Vec::new(),
            is_cut: false,
        });
        open.client = open.client.or(client);
        open.last = open.last.max(event.time());
        open.is_wanted |= is_wanted;
        if !is_wanted {
            if open.lines.len() < MOST_WAITING && self.bytes <= MOST_BYTES {
                let line = Line::of(event, number);
                self.bytes += line.text.len();
                open.lines.push(line);
            } else {
                open.is_cut = true;
            }
        }
        Some(open.belongs)
    }

    /// The session of a process is over.
    fn close(&mut self, process: Process) {
        let Some(open) = self.open.remove(&process) else { return };
        self.is_cut |= open.is_wanted && open.is_cut;
        for line in open.lines {
            if open.is_wanted {
                self.keep(open.belongs, line);
            } else {
                self.bytes -= line.text.len();
            }
        }
    }
}
