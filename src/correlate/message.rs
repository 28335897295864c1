//! One queued message: how it entered, what it is linked to, what became of its recipients.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::sendmail::Waiting;
use crate::aggregate::Reuse;
use crate::model::{Authority, EventTime, HostId, Mta, Origin, Outcome, QueueId};

/// A queue id is unique on its host while the message is in the queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct MessageKey {
    pub(super) host: HostId,
    pub(super) id: QueueId,
}

/// Text kept for a message is capped: RFC 5321 (section 4.5.3.1.3) allows paths of 256 octets, and a line of evidence
/// says what it has to say in its first 1,000.
const MAX_TEXT: usize = 1000;
/// What a list of a usual message takes, in bytes.
const USUAL_BYTES: usize = 2048;
/// All texts of one message together.
const MAX_TEXTS: usize = 16 * 1024;
/// Origins kept for a message: acceptance, Message-ID, envelope, and what came later.
pub(super) const MAX_LINES: usize = 8;
/// Recipients that wait for a final outcome; those beyond are told as final when they are first seen.
pub(super) const MAX_PENDING: usize = 200;

/// Where a text stands in a message's buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slice {
    start: u16,
    len: u16,
}

/// The texts of a message, in one buffer that serves the next message too.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Texts(Vec<u8>);

impl Texts {
    /// Copies `text`, capped; empty once the message has too much text.
    pub(super) fn keep(&mut self, text: &[u8]) -> Slice {
        let text = &text[..text.len().min(MAX_TEXT)];
        if self.0.len() + text.len() > MAX_TEXTS {
            return Slice::default();
        }
        let start = self.0.len() as u16;
        self.0.extend_from_slice(text);
        Slice { start, len: text.len() as u16 }
    }

    pub(super) fn get(&self, slice: Slice) -> &[u8] {
        self.0
            .get(usize::from(slice.start)..usize::from(slice.start) + usize::from(slice.len))
            .unwrap_or_default()
    }
}

/// A kept line.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct KeptLine {
    pub(super) origin: Origin,
    pub(super) time: EventTime,
    pub(super) text: Slice,
}

/// How a message first entered. A filter's copy has the entry of the message it was made from.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) time: EventTime,
    pub(super) first_id: Option<QueueId>,
    /// `None`: the log does not show how it entered.
    pub(super) authority: Option<Authority>,
    pub(super) client_ip: Option<IpAddr>,
    pub(super) client_name: Option<Slice>,
    pub(super) helo: Option<Slice>,
    pub(super) auth_user: Option<Slice>,
    pub(super) uid: Option<Slice>,
    pub(super) line: Option<KeptLine>,
}

/// What a delivery line says, kept until it can be told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) recipient: Slice,
    pub(super) original: Option<Slice>,
    pub(super) outcome: Outcome,
    pub(super) status: Option<Slice>,
    pub(super) next_hop: Option<Slice>,
    pub(super) line: KeptLine,
    /// Final local delivery, if the message does not come back in.
    pub(super) proves_local: bool,
}

/// A recipient that was told and may still change its outcome.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) recipient: Slice,
    pub(super) original: Option<Slice>,
    pub(super) authority: Option<Authority>,
    pub(super) outcome: Outcome,
}

/// Who made a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) enum Made {
    /// Whoever sent it, as far as anybody knows.
    #[default]
    BySender,
    /// A filter, of another message, whose `entry` it has.
    ByFilter,
    /// A filter in front of the queue, of what never was in a queue: its `entry` is the client's, and so are all its
    /// recipients.
    AroundQueue,
}

/// A message in the queue.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) mta: Option<Mta>,
    /// The host of the line that opened it. Its key names none where several servers tell of one message.
    pub(super) host: HostId,
    pub(super) entry: Entry,
    pub(super) texts: Texts,
    pub(super) sender: Option<Slice>,
    /// Hash of the Message-ID; 0: none.
    pub(super) id_hash: u64,
    pub(super) lines: Vec<Origin>,
    /// Came in from a trusted peer or the host itself and has the Message-ID of this message, so it may be its
    /// filtered copy.
    pub(super) maybe_copy_of: Option<QueueId>,
    /// A message that may be, or is, the filtered copy of this one.
    pub(super) copy: Option<QueueId>,
    /// While it waited for its copy, another message came in with its Message-ID: whose a copy is, nobody can tell.
    pub(super) contested: bool,
    pub(super) made: Made,
    /// The authority it had itself before it turned out to be a copy.
    pub(super) own_authority: Option<Authority>,
    /// Recipients handed over by the original, with the recipient the client named where that differs.
    pub(super) handed_over: Vec<(Slice, Option<Slice>)>,
    /// Made by forwarding mail for this (local) recipient.
    pub(super) forwarded_for: Option<Slice>,
    pub(super) held: Vec<Held>,
    pub(super) pending: Vec<Pending>,
    /// Recipients in the queue file; 0: not known.
    pub(super) recipients: u32,
    /// How many of them the client did not name; `None`: not known.
    pub(super) added: Option<u32>,
    /// How many more recipients aliases made of those they replaced (hashes): these were not added on their own.
    pub(super) expanded: u32,
    pub(super) aliases: Vec<u64>,
    /// How many of its recipients have their final outcome; counted where the log does not say when it left the queue.
    pub(super) done: u32,
    /// Refusals that wait to learn whose they were.
    pub(super) waiting: Vec<Waiting>,
    /// Refused after it was taken, and that is told: what is said about its recipients later says no more.
    pub(super) refused: bool,
    /// At least one recipient was told.
    pub(super) told: bool,
    /// Left the queue, and only lingers because something is held.
    pub(super) removed: Option<EventTime>,
    /// What it took of memory when that was last looked at.
    #[serde(skip)]
    pub(super) weight: usize,
}

impl Message {
    /// Whether a filter made it, and it entered as its original did.
    pub(super) fn is_copy(&self) -> bool {
        self.made != Made::BySender
    }

    /// What it takes of memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        fn heap<T>(list: &Vec<T>) -> usize {
            list.capacity() * size_of::<T>()
        }
        size_of::<Self>()
            + heap(&self.texts.0)
            + heap(&self.lines)
            + heap(&self.handed_over)
            + heap(&self.held)
            + heap(&self.pending)
            + heap(&self.aliases)
            + heap(&self.waiting)
    }

    /// Remembers where a line about this message stands.
    pub(super) fn add_line(&mut self, origin: Origin) {
        // One line may say several things.
        if self.lines.len() < MAX_LINES && self.lines.last() != Some(&origin) {
            self.lines.push(origin);
        }
    }
}

impl Reuse for Message {
    fn reuse(&mut self) {
        // Every field by name, so that none is forgotten; in place, because a message is large.
        let Self {
            mta,
            host,
            entry,
            texts,
            sender,
            id_hash,
            lines,
            maybe_copy_of,
            copy,
            contested,
            made,
            own_authority,
            handed_over,
            forwarded_for,
            held,
            pending,
            recipients,
            added,
            expanded,
            aliases,
            done,
            waiting,
            refused,
            told,
            removed,
            weight,
        } = self;
        *mta = None;
        *host = HostId::default();
        *entry = Entry::default();
        empty(&mut texts.0);
        *sender = None;
        *id_hash = 0;
        empty(lines);
        (*maybe_copy_of, *copy) = (None, None);
        *made = Made::BySender;
        (*contested, *told) = (false, false);
        *own_authority = None;
        empty(handed_over);
        *forwarded_for = None;
        empty(held);
        empty(pending);
        *recipients = 0;
        *added = None;
        *expanded = 0;
        empty(aliases);
        *done = 0;
        empty(waiting);
        *refused = false;
        *removed = None;
        *weight = 0;
    }
}

/// Empties a list, whose buffer serves the next message if it is no larger than usual.
fn empty<T>(list: &mut Vec<T>) {
    if list.capacity() * size_of::<T>() > USUAL_BYTES {
        *list = Vec::new();
    }
    list.clear();
}
