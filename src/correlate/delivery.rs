//! Deliveries: what became of one recipient of a message.

use super::intake::message_key;
use super::locality::Locality;
use super::mailer::Mailer;
use super::message::{Held, KeptLine, MAX_PENDING, Message, MessageKey, Pending};
use super::tell::{Telling, judged, line_of};
use super::{Correlator, Tell};
use crate::aggregate::Slot;
use crate::model::{Authority, Event, Field, LineRef, Outcome, QueueId, is_private, is_relay_trick};

/// What a delivery line says.
#[derive(Clone, Copy)]
pub(super) struct Delivery<'b> {
    pub(super) recipient: &'b [u8],
    pub(super) original: Option<&'b [u8]>,
    pub(super) outcome: Outcome,
    pub(super) status: Option<&'b [u8]>,
    pub(super) next_hop: Option<&'b [u8]>,
    pub(super) line: LineRef<'b>,
    /// Done by a daemon that stores mail, with nothing that says it came back into the queue.
    pub(super) proves_local: bool,
}

impl Correlator {
    pub(super) fn delivery(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        if let Some(key) = message_key(event) {
            let message = self.message(key, event, tell);
            self.deliver(message, event, tell);
        }
    }

    /// A line about a recipient of `message`, which it was added to.
    pub(super) fn deliver(&mut self, message: Slot, event: &Event<'_>, tell: Tell<'_>) {
        if self.messages[message].refused {
            return;
        }
        let Some(outcome) = event.get(Field::Status).and_then(outcome) else {
            if event.get(Field::Status).is_none() {
                self.unreadable(message, event, tell);
            }
            return;
        };
        let Some(recipient) = event.get(Field::Recipient) else {
            if outcome == Outcome::Expired {
                // qmgr(8) gave up: every recipient that still waited has expired.
                self.end_pending(message, Some(Outcome::Expired), line_of(event), tell);
            }
            return;
        };
        let next_id = event.get(Field::NextQueueId).and_then(QueueId::new);
        let mailer = Mailer::of(event);
        let relay_ip = event.get(Field::RelayIp);
        let stores = match mailer {
            // These may lead to a filter, whose copy tells.
            Mailer::Lmtp | Mailer::Pipe => !self.messages[message].contested,
            mailer => mailer.stores(),
        };
        let delivery = Delivery {
            recipient,
            original: event.get(Field::OriginalRecipient).or_else(|| self.controller(message, event)),
            outcome,
            status: event.get(Field::ReplyStatus),
            next_hop: event.get(Field::RelayName).or(relay_ip).filter(|name| *name != b"none"),
            line: line_of(event),
            proves_local: outcome == Outcome::Delivered && next_id.is_none() && stores,
        };
        if outcome == Outcome::Delivered {
            let host = event.host();
            let find = |id| self.messages.find(&MessageKey { host, id });
            let other = |slot: &Slot| *slot != message;
            let next = next_id.and_then(find).filter(other);
            let copy = self.messages[message].copy.filter(|_| !mailer.stores());
            let copy = copy.and_then(find).filter(other);
            if (next.is_some() || copy.is_some()) && self.is_near(event, mailer) {
                if next.is_some_and(|next| self.hand_over_to(message, next, mailer, &delivery, tell)) {
                    return;
                }
                if let Some(copy) = copy {
                    self.hand_over(message, copy, &delivery, tell);
                    return;
                }
            }
        }
        let domains = &self.domains;
        let known = &mut self.messages[message];
        let may_be_added = known.may_be_added()
            && delivery.original.is_none()
            && domains.of(delivery.recipient) != Locality::Ours;
        // What finds no room to wait is told as things stand: nothing is lost.
        let has_room = known.held.len() < MAX_PENDING;
        let waits = may_be_added || known.must_wait(&delivery, mailer) || known.is_cut_through(event);
        if has_room && waits {
            known.hold(&delivery);
            self.release_if_not_added(message, tell);
        } else if !known.handed_over.is_empty() {
            let named = known.client_named(&delivery).map(<[u8]>::to_vec);
            let delivery = Delivery { original: named.as_deref().or(delivery.original), ..delivery };
            self.told(message, &delivery, self.messages[message].entry.authority, tell);
        } else {
            self.told(message, &delivery, self.messages[message].entry.authority, tell);
        }
    }

    /// Whether the next hop may be a filter of this host: itself, or an address that is ours.
    fn is_near(&mut self, event: &Event<'_>, mailer: Mailer) -> bool {
        match event.ip(Field::RelayIp) {
            Some(ip) => is_private(ip) || self.trust.of(ip),
            None => mailer != Mailer::Smtp,
        }
    }

    /// A recipient whose line cannot be read: whoever chose such an address does not hide the message by it.
    fn unreadable(&mut self, slot: Slot, event: &Event<'_>, tell: Tell<'_>) {
        let key = self.messages.key(slot);
        let message = &mut self.messages[slot];
        if !message.told && message.entry.authority.is_some() {
            message.told = true;
            let telling = Telling::accepted(message.entry.authority, line_of(event));
            message.tell(key, &self.domains, &telling, tell);
        }
    }

    /// Tells a delivery, and learns from it.
    pub(super) fn told(
        &mut self,
        slot: Slot,
        delivery: &Delivery<'_>,
        authority: Option<Authority>,
        tell: Tell<'_>,
    ) {
        if delivery.proves_local {
            self.domains.delivered(delivery.recipient);
            if let Some(original) = delivery.original.filter(|original| !is_relay_trick(original)) {
                self.domains.delivered(original);
            }
        }
        let key = self.messages.key(slot);
        let message = &mut self.messages[slot];
        let Progress { first, tried, last } = message.progress(delivery, authority);
        if !first && !tried && !last {
            return;
        }
        message.told = true;
        if let Some(original) = delivery.original.filter(|_| first && message.recipients > 1) {
            message.count_expansion(original);
        }
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
            tried,
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
}

/// Which telling of its recipient a delivery is: see [`Attempt`](crate::model::Attempt).
struct Progress {
    first: bool,
    tried: bool,
    last: bool,
}

impl Message {
    /// Whether a delivery cannot be told yet, because what comes later may say whose doing it is.
    fn must_wait(&self, delivery: &Delivery<'_>, mailer: Mailer) -> bool {
        mailer == Mailer::Pipe && delivery.proves_local
            || self.maybe_copy_of.is_some()
            || self.is_news_to_its_original(delivery)
    }

    /// What this delivery is in the life of its recipient.
    fn progress(&mut self, delivery: &Delivery<'_>, authority: Option<Authority>) -> Progress {
        let known = self.pending_at(delivery.recipient);
        let last = delivery.outcome != Outcome::Deferred;
        match known {
            Some(at) => {
                let before = self.pending[at].outcome;
                if last {
                    self.pending.swap_remove(at);
                } else {
                    self.pending[at].outcome = delivery.outcome;
                }
                Progress { first: false, tried: before == Outcome::Accepted, last }
            }
            None if last || self.pending.len() >= MAX_PENDING => {
                Progress { first: true, tried: true, last: true }
            }
            None => {
                let recipient = self.texts.keep(delivery.recipient);
                let original = delivery.original.map(|original| self.texts.keep(original));
                self.pending.push(Pending { recipient, original, authority, outcome: delivery.outcome });
                Progress { first: true, tried: true, last: false }
            }
        }
    }

    pub(super) fn pending_at(&self, recipient: &[u8]) -> Option<usize> {
        self.pending.iter().position(|pending| self.texts.get(pending.recipient) == recipient)
    }

    pub(super) fn drop_pending(&mut self, recipient: &[u8]) {
        if let Some(at) = self.pending_at(recipient) {
            self.pending.swap_remove(at);
        }
    }

    fn hold(&mut self, delivery: &Delivery<'_>) {
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

pub(super) fn outcome(status: &[u8]) -> Option<Outcome> {
    match status {
        b"sent" => Some(Outcome::Delivered),
        b"deferred" => Some(Outcome::Deferred),
        b"bounced" => Some(Outcome::Bounced),
        b"expired" => Some(Outcome::Expired),
        // `deliverable`, `undeliverable`: verify(8) only asks.
        _ => None,
    }
}
