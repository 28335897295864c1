//! Events become sessions, messages and relay attempts; who is local and who is trusted is decided here.
//!
//! Sessions are joined by host and process id, messages by host and queue id. A message that a content filter takes
//! and gives back is one message: the copy is found by the queue id in the filter's reply (`queued as`), by XFORWARD
//! (`orig_queue_id`), or by its Message-ID, and keeps the authority under which the original entered.
//!
//! Nothing here reads a clock or does I/O; every table is capped and expires in event time.

mod added;
mod delivery;
mod dialogue;
mod ending;
mod exchange;
mod exim;
mod handover;
mod intake;
mod locality;
mod mailer;
mod message;
mod refusal;
mod sendmail;
mod session;
mod stated;
mod tell;
mod trust;

use std::collections::{HashMap, VecDeque};

use ahash::RandomState;
use serde::Serialize;

use crate::aggregate::{Slot, Table};
use crate::model::{
    Attempt, Event, EventTime, HostId, Kind, Memory, Mta, QueueId, Site, SnapshotError, decode, encode,
};
use dialogue::{Dialogue, DialogueKey};
pub(crate) use intake::serves_one_session;
use locality::Domains;
use message::{Message, MessageKey};
use session::{Session, SessionKey};
use trust::Trust;

/// Something the correlator took for granted because nobody said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// `trusted`, `local`, `year`, `timezone`.
    pub about: String,
    /// What was assumed.
    pub assumed: String,
    /// Why.
    pub why: String,
}

/// Who is told of attempts.
type Tell<'t> = &'t mut dyn FnMut(&Attempt<'_>);

/// Sessions at once. `default_process_limit` of Postfix is 100; a large site raises it to some thousands per host.
const MAX_SESSIONS: usize = 50_000;
/// Seconds without a line after which a session is over, whatever the log says: RFC 5321 (section 4.5.3.2) asks for
/// timeouts of at most 10 minutes; a slow transfer of a large message takes longer.
const SESSION_SECONDS: i64 = 3600;
/// Messages in the queue at once. Beyond, the oldest are told as they stand.
const MAX_MESSAGES: usize = 100_000;
/// What all messages may take of the usual memory together: a few with many recipients weigh as much as many with few.
const MESSAGE_BYTES: usize = 36_000_000;
/// `maximal_queue_lifetime` and `bounce_queue_lifetime` of postconf(5) are 5 days each; a day more for clocks.
const MESSAGE_SECONDS: i64 = 6 * 86_400;
/// Seconds a removed message waits for what is still held: for the copy that a filter run by pipe(8) may give back
/// (pickup(8) looks into the maildrop at least once a minute), for the end of its session (`smtpd_timeout` of
/// postconf(5) is 300 seconds).
const LINGER_SECONDS: i64 = 300;

/// Joins events into attempts. State is bounded and expires in event time.
#[derive(Debug)]
pub struct Correlator {
    memory: Memory,
    trust: Trust,
    domains: Domains,
    sessions: Table<SessionKey, Session>,
    /// Sessions of protocol logs, which have replies in rows of their own.
    dialogues: Table<DialogueKey, Dialogue>,
    messages: Table<MessageKey, Message>,
    /// What they take of memory together, and what they may.
    message_bytes: usize,
    most_message_bytes: usize,
    /// Where the message of the line before is, if it still is: lines about one message often stand together.
    recent: Slot,
    /// The newest message of a host with a Message-ID (a hash), to find filtered copies.
    by_message_id: HashMap<(HostId, u64), QueueId, RandomState>,
    lingering: VecDeque<(EventTime, MessageKey)>,
    reinjections: u64,
    /// Not part of the state: only whether an event moves it counts.
    retold: u64,
    /// Whose receive log told a session last. Not part of the state: the next one tells it again.
    received_by: HostId,
}

impl Correlator {
    /// A correlator that knows what was stated about the site.
    pub fn new(site: Site, memory: Memory) -> Self {
        Self {
            memory,
            domains: Domains::new(&site),
            trust: Trust::new(site),
            sessions: Table::new(memory.room(MAX_SESSIONS), SESSION_SECONDS),
            dialogues: Table::new(memory.room(MAX_SESSIONS), SESSION_SECONDS),
            messages: Table::new(memory.room(MAX_MESSAGES), MESSAGE_SECONDS),
            message_bytes: 0,
            most_message_bytes: memory.room(MESSAGE_BYTES),
            recent: Slot::default(),
            by_message_id: HashMap::default(),
            lingering: VecDeque::new(),
            reinjections: 0,
            retold: 0,
            received_by: HostId::default(),
        }
    }

    /// Takes the next event; tells the attempts that it starts, moves or ends.
    pub fn event(&mut self, event: &Event<'_>, tell: &mut dyn FnMut(&Attempt<'_>)) {
        if event.mta() == Some(Mta::Exchange) {
            return self.exchange(event, tell);
        }
        match event.kind() {
            _ if event.mta() == Some(Mta::Sendmail) => self.sendmail(event, tell),
            Kind::Connect => {
                self.connect(event);
            }
            Kind::Disconnect => self.disconnect(event, tell),
            Kind::Tls => self.tls(event),
            Kind::Accept => self.accept(event, tell),
            Kind::MessageId => self.message_id(event, tell),
            Kind::Envelope => self.envelope(event, tell),
            Kind::Delivery => self.delivery(event, tell),
            Kind::Removed => self.removed(event, tell),
            Kind::Reject => self.reject(event, tell),
            Kind::Other => self.other(event, tell),
            _ => {}
        }
    }

    /// Event time has come this far: lets go of what is over.
    pub fn watermark(&mut self, time: EventTime, tell: &mut dyn FnMut(&Attempt<'_>)) {
        while let Some(&(removed, key)) = self.lingering.front() {
            if removed.plus_seconds(LINGER_SECONDS) > time {
                break;
            }
            self.lingering.pop_front();
            let slot = self.messages.find(&key).filter(|&slot| self.messages[slot].removed == Some(removed));
            if let Some(slot) = slot {
                self.close(slot, tell);
            }
        }
        while let Some(slot) = self.sessions.expired(time) {
            self.sessions.remove(slot);
        }
        while let Some(slot) = self.dialogues.expired(time) {
            self.dialogues.remove(slot);
        }
        while let Some(slot) = self.messages.expired(time) {
            self.close(slot, tell);
        }
    }

    /// The log is at its end: tells what is still open.
    pub fn finish(&mut self, tell: &mut dyn FnMut(&Attempt<'_>)) {
        for slot in self.messages.slots() {
            self.close(slot, tell);
        }
    }

    /// Copies that a filter gave back: acceptances that are no new messages.
    pub fn reinjections(&self) -> u64 {
        self.reinjections
    }

    /// What another row, or another log, tells of, too: acceptances that are no new messages, refusals by an agent in a
    /// session that has a log of its own.
    pub fn retold(&self) -> u64 {
        self.retold
    }

    /// What was taken for granted so far.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let mut list = Vec::new();
        if let Some(ip) = self.trust.assumed() {
            list.push(Assumption {
                about: "trusted".to_owned(),
                assumed: format!("private addresses, such as {ip}, may relay"),
                why: "nobody said which networks are trusted: set [site] trusted_networks".to_owned(),
            });
        }
        let (delivered, inferred) = self.domains.taken_as_ours();
        if !delivered.is_empty() {
            list.push(Assumption {
                about: "local".to_owned(),
                assumed: named(&delivered),
                why: "mail to it was finally delivered on this host".to_owned(),
            });
        }
        if !inferred.is_empty() {
            list.push(Assumption {
                about: "local".to_owned(),
                assumed: named(&inferred),
                why: "received from unrelated networks, always passed on to one next hop, never refused"
                    .to_owned(),
            });
        }
        if !self.domains.are_stated() {
            list.push(Assumption {
                about: "local".to_owned(),
                assumed: "every other domain may or may not be yours".to_owned(),
                why: "nobody said which domains are yours: set [site] local_domains and relay_domains"
                    .to_owned(),
            });
        }
        list
    }

    /// The state, to be taken back by [`Correlator::restore`].
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let mut ids: Vec<_> = self.by_message_id.iter().collect();
        ids.sort_unstable_by_key(|&(key, _)| key);
        let state = (
            self.sessions.entries(),
            self.dialogues.entries(),
            self.messages.entries(),
            self.domains.snapshot(),
            ids,
            &self.lingering,
            self.reinjections,
        );
        encode(PART, VERSION, &state)
    }

    /// Takes back a [`Correlator::snapshot`]; what was stated about the site stays as it is now.
    ///
    /// # Errors
    /// If the snapshot is of another version, or damaged; the state is then unchanged.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sessions, dialogues, messages, domains, ids, lingering, reinjections): State =
            decode(PART, VERSION, snapshot)?;
        let mut fresh = Self::new(self.trust.site().clone(), self.memory);
        fresh.sessions.restore(sessions);
        fresh.dialogues.restore(dialogues);
        fresh.messages.restore(messages);
        for slot in fresh.messages.slots() {
            let message = &mut fresh.messages[slot];
            message.weight = message.bytes();
            fresh.message_bytes += message.weight;
        }
        fresh.domains.restore(domains);
        fresh.by_message_id = ids.into_iter().collect();
        fresh.lingering = lingering;
        fresh.reinjections = reinjections;
        *self = fresh;
        Ok(())
    }
}

const PART: &str = "correlator";
const VERSION: u32 = 4;

type State = (
    Vec<(SessionKey, Session, EventTime)>,
    Vec<(DialogueKey, Dialogue, EventTime)>,
    Vec<(MessageKey, Message, EventTime)>,
    Vec<(Box<[u8]>, locality::Learned)>,
    Vec<((HostId, u64), QueueId)>,
    VecDeque<(EventTime, MessageKey)>,
    u64,
);

/// The first few of a list of domains, in words.
fn named(domains: &[String]) -> String {
    const SHOWN: usize = 5;
    let first = domains.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match domains.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
