//! What happened to one mail: a row for each message, and for each refusal of one that never had a queue id.

use std::cmp::Reverse;
use std::net::IpAddr;

use ahash::RandomState;

use super::NEVER;
use super::picture::{MessageRow, RecipientRow};
use super::sources::sorted;
use super::text::{LINE, NAME, capped, text};
use crate::aggregate::{Reuse, Table};
use crate::model::{
    Attempt, Authority, Class, Event, EventTime, Field, FileId, Files, HostId, Kind, Origin, Outcome, QueueId,
};

/// Recipients kept of a message.
const RECIPIENTS: usize = 20;
/// Lines kept of a message.
const LINES: usize = 12;
/// Bytes that the texts of a message take together: some lines of the usual length, or four of the longest.
const TEXTS: usize = 4_000;
/// A server gives queue ids again (short ones of Postfix: the inode's number and microseconds), and a refused client
/// comes back: what enters so many seconds after the last word about a message is another one.
const APART_SECONDS: i64 = 3600;

/// Messages, by what makes one of them.
#[derive(Debug)]
pub(super) struct Messages {
    table: Table<Key, Message>,
    hasher: RandomState,
    /// Names of the files whose lines were seen, by their numbers.
    files: Vec<Box<str>>,
}

/// What makes several tellings be about one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// Its host and first queue id.
    Queued(HostId, QueueId),
    /// Refused before it had one: the host, the client, and the sender's hash. Its recipients are refused one by one.
    Refused(HostId, Option<IpAddr>, u64),
    /// No queue id is anybody's (Exchange): the first line that tells of it.
    Line(Origin),
}

#[derive(Debug, Default)]
struct Message {
    host: Piece,
    queue_id: Piece,
    account: Piece,
    sender: Piece,
    time: Option<EventTime>,
    /// The last word about it.
    told: Option<EventTime>,
    client: Option<IpAddr>,
    authority: Option<Authority>,
    recipients: Vec<Recipient>,
    lines: Vec<(Origin, Piece)>,
    texts: Texts,
}

#[derive(Debug)]
struct Recipient {
    address: Piece,
    outcome: Outcome,
    class: Option<Class>,
    next_hop: Piece,
    told: EventTime,
}

/// A stretch of [`Texts`].
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    start: u16,
    len: u16,
}

/// All texts of a message, in one buffer of bounded size that serves again.
#[derive(Debug, Default)]
struct Texts(Vec<u8>);

impl Texts {
    /// Keeps at most `most` bytes of `text`; `None` if there is no room left for it.
    fn add(&mut self, text: &[u8], most: usize) -> Option<Piece> {
        let text = capped(text, most);
        if self.0.len() + text.len() > TEXTS {
            return None;
        }
        let piece = Piece { start: self.0.len() as u16, len: text.len() as u16 };
        self.0.reserve_exact(text.len());
        self.0.extend_from_slice(text);
        Some(piece)
    }

    /// Has `piece` say `text`, if there is room for it.
    fn set(&mut self, piece: &mut Piece, text: &[u8]) {
        if *self.get(*piece) != *capped(text, NAME)
            && let Some(new) = self.add(text, NAME)
        {
            *piece = new;
        }
    }

    fn get(&self, piece: Piece) -> &[u8] {
        let start = usize::from(piece.start);
        self.0.get(start..start + usize::from(piece.len)).unwrap_or_default()
    }
}

impl Reuse for Message {
    fn reuse(&mut self) {
        let Self { mut recipients, mut lines, mut texts, .. } = std::mem::take(self);
        recipients.clear();
        lines.clear();
        texts.0.clear();
        *self = Self { recipients, lines, texts, ..Self::default() };
    }
}

impl Messages {
    pub(super) fn new(most: usize) -> Self {
        Self { table: Table::new(most, NEVER), hasher: RandomState::new(), files: Vec::new() }
    }

    /// Takes any telling of an attempt. `account`: the login, if it is one.
    pub(super) fn tell(
        &mut self,
        attempt: &Attempt<'_>,
        account: Option<&[u8]>,
        host: &[u8],
        files: &Files,
        now: EventTime,
    ) {
        let Some(key) = self.key(attempt) else { return };
        for origin in attempt.lines {
            self.know(origin.file, files);
        }
        let slot = self.table.find_or_insert(key, now);
        let message = &mut self.table[slot];
        if message.told.is_some_and(|told| attempt.time.seconds_since(told) > APART_SECONDS) {
            message.reuse();
        }
        message.tell(attempt, account, host);
    }

    /// Keeps a line that names a queue id. An acceptance begins a message, which has a row as soon as an attempt tells of
    /// it: a content filter's second copy never gets one.
    pub(super) fn line(&mut self, event: &Event<'_>, now: EventTime) {
        let accepted = event.kind() == Kind::Accept;
        if !accepted
            && !matches!(event.kind(), Kind::Envelope | Kind::MessageId | Kind::Delivery | Kind::Removed)
        {
            return;
        }
        let Some(id) = event.get(Field::QueueId).and_then(QueueId::new) else { return };
        let key = Key::Queued(event.host(), id);
        let slot = if accepted { Some(self.table.find_or_insert(key, now)) } else { self.table.find(&key) };
        let Some(slot) = slot else { return };
        let message = &mut self.table[slot];
        if accepted && message.told.is_none_or(|told| event.time().seconds_since(told) > APART_SECONDS) {
            message.reuse();
        }
        message.line(event.origin(), event.line());
    }

    fn key(&self, attempt: &Attempt<'_>) -> Option<Key> {
        if let Some(id) = attempt.queue_id.and_then(QueueId::new) {
            return Some(Key::Queued(attempt.host, id));
        }
        if is_refusal(attempt.outcome) {
            let sender = self.hasher.hash_one(attempt.sender);
            return Some(Key::Refused(attempt.host, attempt.client_ip, sender));
        }
        let first = attempt.lines.first().copied();
        first.or_else(|| attempt.evidence.first().map(|line| line.origin)).map(Key::Line)
    }

    /// Remembers the name of a file.
    fn know(&mut self, file: FileId, files: &Files) {
        let number = file.0 as usize;
        if self.files.len() <= number {
            self.files.resize(number + 1, Box::default());
        }
        if let Some(known) = self.files.get_mut(number).filter(|known| known.is_empty()) {
            *known = text(files.name(file).as_bytes(), NAME).into();
        }
    }

    /// The `most` messages that entered last, the newest first.
    pub(super) fn picture(&self, most: usize) -> Vec<MessageRow> {
        // Those that no attempt tells of have no time, and stand last.
        let slots = sorted(&self.table, most, |&slot| Reverse(self.table[slot].time));
        let told = slots.into_iter().map(|slot| &self.table[slot]).filter(|message| message.time.is_some());
        told.map(|message| message.picture(&self.files)).collect()
    }
}

impl Message {
    fn tell(&mut self, attempt: &Attempt<'_>, account: Option<&[u8]>, host: &[u8]) {
        let Self { texts, .. } = self;
        texts.set(&mut self.host, host);
        texts.set(&mut self.queue_id, attempt.queue_id.unwrap_or_default());
        for (piece, known) in [(&mut self.account, account), (&mut self.sender, attempt.sender)] {
            if let Some(text) = known {
                texts.set(piece, text);
            }
        }
        self.time = Some(self.time.map_or(attempt.time, |time| time.min(attempt.time)));
        self.told = self.told.max(Some(attempt.told));
        self.client = attempt.client_ip.or(self.client);
        // Of a refused recipient, authority says nothing about the message.
        if self.authority.is_none() || !is_refusal(attempt.outcome) {
            self.authority = attempt.authority.or(self.authority);
        }
        self.recipient(attempt);
        for line in attempt.evidence {
            self.line(line.origin, line.text);
        }
    }

    fn recipient(&mut self, attempt: &Attempt<'_>) {
        let Self { texts, recipients, .. } = self;
        let address = attempt.recipient.unwrap_or_default();
        let known = capped(address, NAME);
        let known = recipients.iter().position(|recipient| texts.get(recipient.address) == known);
        let next_hop = attempt.next_hop.unwrap_or_default();
        if let Some(recipient) = known.and_then(|place| recipients.get_mut(place)) {
            (recipient.outcome, recipient.class) = (attempt.outcome, attempt.class);
            recipient.told = attempt.told;
            texts.set(&mut recipient.next_hop, next_hop);
        } else if recipients.len() < RECIPIENTS
            && let Some(address) = texts.add(address, NAME)
        {
            recipients.push(Recipient {
                address,
                outcome: attempt.outcome,
                class: attempt.class,
                next_hop: texts.add(next_hop, NAME).unwrap_or_default(),
                told: attempt.told,
            });
        }
    }

    fn line(&mut self, origin: Origin, line: &[u8]) {
        // Nobody keeps the text of every line: one that is told again long after may be without.
        if !line.is_empty()
            && self.lines.len() < LINES
            && self.lines.iter().all(|(known, _)| *known != origin)
            && let Some(text) = self.texts.add(line, LINE)
        {
            self.lines.push((origin, text));
        }
    }

    fn picture(&self, files: &[Box<str>]) -> MessageRow {
        let name = |piece| text(self.texts.get(piece), NAME);
        let recipient = |recipient: &Recipient| RecipientRow {
            address: name(recipient.address),
            outcome: recipient.outcome,
            class: recipient.class,
            next_hop: name(recipient.next_hop),
            told: recipient.told,
        };
        let line = |&(origin, line): &(Origin, Piece)| {
            let file = files.get(origin.file.0 as usize).map_or("", |name| name);
            (file.to_owned(), origin.line, text(self.texts.get(line), LINE))
        };
        MessageRow {
            queue_id: name(self.queue_id),
            host: name(self.host),
            time: self.time.unwrap_or(EventTime::MIN),
            client: self.client,
            account: name(self.account),
            sender: name(self.sender),
            authority: self.authority,
            recipients: self.recipients.iter().map(recipient).collect(),
            lines: self.lines.iter().map(line).collect(),
        }
    }
}

/// Whether a client was refused.
pub(super) fn is_refusal(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Denied | Outcome::Rejected)
}
