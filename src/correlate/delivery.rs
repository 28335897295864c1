//! What becomes of messages: deliveries, hand-overs to content filters and back, removal.

use super::intake::message_key;
use super::message::{Entry, Held, KeptLine, MAX_PENDING, Message, MessageKey, Pending, Slice};
use super::tell::{Telling, judged, line_of};
use super::{Correlator, Tell};
use crate::model::{
    Authority, Event, EventTime, Field, LineRef, Outcome, QueueId, is_private, is_relay_trick,
};

/// What a delivery line says.
#[derive(Clone, Copy)]
pub(super) struct Delivery<'b> {
    pub(super) recipient: &'b [u8],
    pub(super) original: Option<&'b [u8]>,
    outcome: Outcome,
    status: Option<&'b [u8]>,
    next_hop: Option<&'b [u8]>,
    line: LineRef<'b>,
    /// Done by a daemon that stores mail, with nothing that says it came back into the queue.
    proves_local: bool,
}

impl Correlator {
    pub(super) fn delivery(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(key) = message_key(event) else { return };
        let Some(outcome) = event.get(Field::Status).and_then(outcome) else {
            return self.unreadable(key, event, tell);
        };
        self.message(key, event, tell);
        let Some(recipient) = event.get(Field::Recipient) else {
            if outcome == Outcome::Expired {
                self.expire(key, line_of(event), tell);
            }
            return;
        };
        let next_id = event.get(Field::NextQueueId).and_then(QueueId::new);
        let daemon = daemon(event);
        // lmtp(8) and pipe(8) may lead to a filter, whose copy tells.
        let contested = self.messages.get(&key).is_some_and(|message| message.contested);
        let stores =
            matches!(daemon, b"local" | b"virtual") || matches!(daemon, b"lmtp" | b"pipe") && !contested;
        let delivery = Delivery {
            recipient,
            original: event.get(Field::OriginalRecipient),
            outcome,
            status: event.get(Field::ReplyStatus),
            next_hop: event
                .get(Field::RelayName)
                .or_else(|| event.get(Field::RelayIp))
                .filter(|name| *name != b"none"),
            line: line_of(event),
            proves_local: stores && outcome == Outcome::Delivered && next_id.is_none(),
        };
        let near = match event.ip(Field::RelayIp) {
            Some(ip) => is_private(ip) || self.trust.of(ip),
            None => daemon != b"smtp",
        };
        if outcome == Outcome::Delivered && near {
            if let Some(next) = next_id.map(|id| MessageKey { host: key.host, id })
                && self.hand_over_to(key, next, daemon, &delivery, tell)
            {
                return;
            }
            let copy = self.messages.get(&key).and_then(|message| message.copy);
            if let Some(copy) = copy.filter(|_| daemon != b"local" && daemon != b"virtual") {
                self.hand_over(key, MessageKey { host: key.host, id: copy }, &delivery, tell);
                return;
            }
        }
        let waits = daemon == b"pipe" && delivery.proves_local || self.may_be_added(key, &delivery);
        let Some(message) = self.messages.get_mut(&key) else { return };
        if waits || message.is_news_to_its_original(&delivery) || message.maybe_copy_of.is_some() {
            message.hold(&delivery);
            self.release_if_not_added(key, tell);
        } else {
            let authority = message.entry.authority;
            let named = message.client_named(&delivery).map(<[u8]>::to_vec);
            let delivery = Delivery { original: named.as_deref().or(delivery.original), ..delivery };
            self.told(key, &delivery, authority, tell);
        }
    }

    /// A recipient whose line cannot be read: whoever chose such an address does not hide the message by it.
    fn unreadable(&mut self, key: MessageKey, event: &Event<'_>, tell: Tell<'_>) {
        self.message(key, event, tell);
        let Some(message) = self.messages.get_mut(&key) else { return };
        if event.get(Field::Status).is_none() && !message.told && message.entry.authority.is_some() {
            message.told = true;
            let telling = Telling::accepted(message.entry.authority, line_of(event));
            message.tell(key, &self.domains, &telling, tell);
        }
    }

    /// Tells a delivery, and learns from it.
    fn told(
        &mut self,
        key: MessageKey,
        delivery: &Delivery<'_>,
        authority: Option<Authority>,
        tell: Tell<'_>,
    ) {
        let Some(message) = self.messages.get_mut(&key) else { return };
        if delivery.proves_local {
            self.domains.delivered(delivery.recipient);
            if let Some(original) = delivery.original.filter(|original| !is_relay_trick(original)) {
                self.domains.delivered(original);
            }
        }
        let (first, last) = message.progress(delivery, authority);
        if !first && !last {
            return;
        }
        message.told = true;
        let telling = Telling {
            recipient: Some(delivery.recipient),
            original: delivery.original,
            authority,
            outcome: delivery.outcome,
            class: None,
            status: delivery.status,
            next_hop: delivery.next_hop,
            line: delivery.line,
            first,
            last,
        };
        message.tell(key, &self.domains, &telling, tell);
        if authority == Some(Authority::None)
            && let (Some(ip), Some(hop)) = (message.entry.client_ip, delivery.next_hop)
            && !delivery.proves_local
            && delivery.outcome == Outcome::Delivered
        {
            self.domains.passed(judged(delivery.recipient, delivery.original), ip, hop);
        }
    }

    /// A filter (or forwarding) answered with the queue id `next`. False if that is not a message it could have made.
    fn hand_over_to(
        &mut self,
        key: MessageKey,
        next: MessageKey,
        daemon: &[u8],
        delivery: &Delivery<'_>,
        tell: Tell<'_>,
    ) -> bool {
        let Some(copy) = self.messages.get(&next).filter(|_| next != key) else { return false };
        if daemon == b"local" {
            // "forwarded as": a new message to whom the local recipient chose. The recipient itself is told.
            if copy.entry.client_ip.is_none() && copy.forwarded_for.is_none() {
                self.inherit(next, key);
                let copy = self.messages.existing(&next);
                copy.is_copy = false;
                copy.forwarded_for = Some(copy.texts.keep(delivery.original.unwrap_or(delivery.recipient)));
                self.reinjections = self.reinjections.saturating_sub(1);
            }
            return false;
        }
        let from_here = copy.is_copy
            || copy.own_authority == Some(Authority::TrustedNetwork)
            || matches!(
                copy.entry.authority,
                Some(Authority::TrustedNetwork | Authority::LocalSubmission) | None
            );
        if !from_here || copy.entry.auth_user.is_some() && !copy.is_copy {
            return false;
        }
        self.hand_over(key, next, delivery, tell);
        true
    }

    /// One recipient of `key` goes on in its copy.
    fn hand_over(&mut self, key: MessageKey, copy: MessageKey, delivery: &Delivery<'_>, tell: Tell<'_>) {
        self.inherit(copy, key);
        let Some(original) = self.messages.get_mut(&key) else { return };
        // What the client named, if this message is a copy itself.
        let named = original.client_named(delivery).map(<[u8]>::to_vec);
        let named = named.as_deref().or(delivery.original);
        original.told = true;
        original.drop_pending(delivery.recipient);
        let Some(copy_message) = self.messages.get_mut(&copy) else { return };
        let recipient = copy_message.texts.keep(delivery.recipient);
        let named = named.map(|named| copy_message.texts.keep(named));
        copy_message.handed_over.push((recipient, named));
        self.release(copy, false, tell);
    }

    /// A copy turned up after its original had been delivered by pipe(8): that was the filter.
    pub(super) fn hand_over_held(&mut self, original: MessageKey, copy: MessageKey, tell: Tell<'_>) {
        let Some(message) = self.messages.get_mut(&original) else { return };
        for held in std::mem::take(&mut message.held) {
            let Some(message) = self.messages.get(&original) else { return };
            let owned = OwnedDelivery::of(message, &held);
            self.hand_over(original, copy, &owned.borrow(), tell);
        }
        if self.messages.get(&original).is_some_and(|message| message.removed.is_some()) {
            self.forget(original);
        }
    }

    /// `copy` is what a filter made of `original`: it entered as its original did.
    pub(super) fn inherit(&mut self, copy: MessageKey, original: MessageKey) {
        let Some(message) = self.messages.get(&original) else { return };
        let text = |slice: Option<Slice>| slice.map(|slice| message.texts.get(slice).to_vec());
        let entry = message.entry;
        let (name, helo, user) = (text(entry.client_name), text(entry.helo), text(entry.auth_user));
        let line = entry.line.map(|line| (line, message.texts.get(line.text).to_vec()));
        let lines = message.lines.clone();
        let Some(message) = self.messages.get_mut(&copy).filter(|copy| !copy.is_copy) else { return };
        message.is_copy = true;
        message.maybe_copy_of = None;
        message.own_authority = message.entry.authority;
        let texts = &mut message.texts;
        message.entry = Entry {
            first_id: entry.first_id.or(Some(original.id)),
            client_name: name.map(|name| texts.keep(&name)),
            helo: helo.map(|helo| texts.keep(&helo)),
            auth_user: user.map(|user| texts.keep(&user)),
            line: line.map(|(line, text)| KeptLine { text: texts.keep(&text), ..line }),
            ..entry
        };
        let own = std::mem::replace(&mut message.lines, lines);
        for origin in own {
            message.add_line(origin);
        }
        self.reinjections += 1;
    }

    /// Tells held deliveries that can be told now; with `all`, the others too.
    pub(super) fn release(&mut self, key: MessageKey, all: bool, tell: Tell<'_>) {
        let Some(message) = self.messages.get_mut(&key) else { return };
        let added = message.explained_by_addition();
        for held in std::mem::take(&mut message.held) {
            let Some(message) = self.messages.get_mut(&key) else { return };
            let mut owned = OwnedDelivery::of(message, &held);
            let is_news = message.is_news_to_its_original(&owned.borrow());
            if !all && (is_news || !message.is_copy) {
                message.held.push(held);
                continue;
            }
            let authority = match message.entry.authority {
                // Not a recipient the original had: whoever made the copy chose it, on his own authority.
                _ if is_news => message.own_authority,
                _ if added => Some(Authority::LocalSubmission),
                authority => authority,
            };
            if let Some(named) = message.client_named(&owned.borrow()) {
                owned.original = Some(named.to_vec());
            }
            self.told(key, &owned.borrow(), authority, tell);
        }
    }

    /// qmgr(8) gave up: every recipient that still waited has expired.
    fn expire(&mut self, key: MessageKey, line: LineRef<'_>, tell: Tell<'_>) {
        self.end_pending(key, Some(Outcome::Expired), line, tell);
    }

    pub(super) fn removed(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(key) = message_key(event) else { return };
        let Some(message) = self.messages.get_mut(&key) else { return };
        // Delivered by pipe(8), and a filter's copy may still come back through pickup(8); or the session is still
        // open, and its end will say how many recipients the client named.
        if message.may_come_back() || message.waits_for_count() {
            message.removed = Some(event.time());
            self.lingering.push_back((event.time(), key));
            return;
        }
        self.release(key, true, tell);
        self.end_pending(key, None, line_of(event), tell);
        self.forget(key);
    }

    /// Tells what is open of a message and forgets it.
    pub(super) fn close(&mut self, key: MessageKey, tell: Tell<'_>) {
        self.release(key, true, tell);
        let Some(message) = self.messages.get(&key) else { return };
        let Some(&origin) = message.lines.last() else { return self.forget(key) };
        let text = message.entry.line.map(|line| message.texts.get(line.text).to_vec()).unwrap_or_default();
        let line = LineRef { origin, time: message.entry.time, text: &text };
        let untold = !message.told && message.removed.is_none() && message.entry.authority.is_some();
        if untold {
            let telling = Telling::accepted(message.entry.authority, line);
            message.tell(key, &self.domains, &telling, tell);
        }
        self.end_pending(key, None, line, tell);
        self.forget(key);
    }

    /// Tells the recipients that still wait a last time, with `outcome` or as they stand.
    fn end_pending(&mut self, key: MessageKey, outcome: Option<Outcome>, line: LineRef<'_>, tell: Tell<'_>) {
        let Some(message) = self.messages.get_mut(&key) else { return };
        let pending = std::mem::take(&mut message.pending);
        for waiting in pending {
            let telling = Telling {
                recipient: Some(message.texts.get(waiting.recipient)),
                original: waiting.original.map(|original| message.texts.get(original)),
                authority: waiting.authority,
                outcome: outcome.unwrap_or(waiting.outcome),
                class: None,
                status: None,
                next_hop: None,
                line,
                first: false,
                last: true,
            };
            message.tell(key, &self.domains, &telling, tell);
        }
    }

    pub(super) fn forget(&mut self, key: MessageKey) {
        if let Some(message) = self.messages.get(&key) {
            let index = (key.host, message.message_id);
            if self.by_message_id.get(&index) == Some(&key.id) {
                self.by_message_id.remove(&index);
            }
        }
        self.messages.remove(&key);
    }
}

impl Message {
    /// For a copy: the recipient as its original handed it over.
    fn handed_over(&self, delivery: &Delivery<'_>) -> Option<&(Slice, Option<Slice>)> {
        let is = |slice: Slice, address: &[u8]| self.texts.get(slice).eq_ignore_ascii_case(address);
        self.handed_over.iter().find(|(recipient, _)| {
            is(*recipient, delivery.recipient)
                || delivery.original.is_some_and(|original| is(*recipient, original))
        })
    }

    /// Whether it is a copy, and its original did not (yet) hand this recipient over.
    fn is_news_to_its_original(&self, delivery: &Delivery<'_>) -> bool {
        self.is_copy && !self.passes_through && self.handed_over(delivery).is_none()
    }

    /// For a copy: whom the client named, where that is not the recipient itself.
    fn client_named(&self, delivery: &Delivery<'_>) -> Option<&[u8]> {
        let &(recipient, named) = self.handed_over(delivery)?;
        let recipient = self.texts.get(recipient);
        named
            .map(|named| self.texts.get(named))
            .or((!recipient.eq_ignore_ascii_case(delivery.recipient)).then_some(recipient))
    }

    /// Whether this delivery is the first telling of its recipient, and whether it is the last.
    fn progress(&mut self, delivery: &Delivery<'_>, authority: Option<Authority>) -> (bool, bool) {
        let known = self.pending_at(delivery.recipient);
        let last = delivery.outcome != Outcome::Deferred;
        match known {
            Some(at) if last => {
                self.pending.swap_remove(at);
                (false, true)
            }
            Some(_) => (false, false),
            None if last || self.pending.len() >= MAX_PENDING => (true, true),
            None => {
                let recipient = self.texts.keep(delivery.recipient);
                let original = delivery.original.map(|original| self.texts.keep(original));
                self.pending.push(Pending { recipient, original, authority, outcome: delivery.outcome });
                (true, false)
            }
        }
    }

    fn pending_at(&self, recipient: &[u8]) -> Option<usize> {
        self.pending.iter().position(|pending| self.texts.get(pending.recipient) == recipient)
    }

    fn drop_pending(&mut self, recipient: &[u8]) {
        if let Some(at) = self.pending_at(recipient) {
            self.pending.swap_remove(at);
        }
    }

    fn hold(&mut self, delivery: &Delivery<'_>) {
        if self.held.len() >= MAX_PENDING {
            return;
        }
        let line = delivery.line;
        let texts = &mut self.texts;
        self.held.push(Held {
            recipient: texts.keep(delivery.recipient),
            original: delivery.original.map(|original| texts.keep(original)),
            outcome: delivery.outcome,
            status: delivery.status.map(|status| texts.keep(status)),
            next_hop: delivery.next_hop.map(|hop| texts.keep(hop)),
            line: KeptLine { origin: line.origin, time: line.time, text: texts.keep(line.text) },
            proves_local: delivery.proves_local,
        });
    }
}

/// A held delivery, copied out of its message so that the message can change while it is told. Held deliveries are
/// those of filters: few.
struct OwnedDelivery {
    recipient: Vec<u8>,
    original: Option<Vec<u8>>,
    outcome: Outcome,
    status: Option<Vec<u8>>,
    next_hop: Option<Vec<u8>>,
    origin: crate::model::Origin,
    time: EventTime,
    text: Vec<u8>,
    proves_local: bool,
}

impl OwnedDelivery {
    fn of(message: &Message, held: &Held) -> Self {
        let text = |slice| message.texts.get(slice).to_vec();
        Self {
            recipient: text(held.recipient),
            original: held.original.map(text),
            outcome: held.outcome,
            status: held.status.map(text),
            next_hop: held.next_hop.map(text),
            origin: held.line.origin,
            time: held.line.time,
            text: text(held.line.text),
            proves_local: held.proves_local,
        }
    }

    fn borrow(&self) -> Delivery<'_> {
        Delivery {
            recipient: &self.recipient,
            original: self.original.as_deref(),
            outcome: self.outcome,
            status: self.status.as_deref(),
            next_hop: self.next_hop.as_deref(),
            line: LineRef { origin: self.origin, time: self.time, text: &self.text },
            proves_local: self.proves_local,
        }
    }
}

fn outcome(status: &[u8]) -> Option<Outcome> {
    match status {
        b"sent" => Some(Outcome::Delivered),
        b"deferred" => Some(Outcome::Deferred),
        b"bounced" => Some(Outcome::Bounced),
        b"expired" => Some(Outcome::Expired),
        // `deliverable`, `undeliverable`: verify(8) only asks.
        _ => None,
    }
}

/// The last part of the service: `smtp` of `relay/smtp`.
fn daemon<'b>(event: &Event<'b>) -> &'b [u8] {
    let service = event.service();
    memchr::memrchr(b'/', service).map_or(service, |slash| &service[slash + 1..])
}
