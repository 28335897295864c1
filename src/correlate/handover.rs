//! Messages that a content filter takes and gives back, and those that forwarding makes: one message to the client,
//! two to the queue.

use super::delivery::Delivery;
use super::mailer::Mailer;
use super::message::{Entry, Held, KeptLine, MAX_LINES, Made, Message, Slice};
use super::{Correlator, Tell};
use crate::aggregate::Slot;
use crate::model::{Authority, EventTime, LineRef, Origin, Outcome};

impl Correlator {
    /// A filter (or forwarding) answered with the queue id of `next`. False if that is not a message it can have made.
    pub(super) fn hand_over_to(
        &mut self,
        original: Slot,
        next: Slot,
        mailer: Mailer,
        delivery: &Delivery<'_>,
        tell: Tell<'_>,
    ) -> bool {
        let made = &self.messages[next];
        if mailer == Mailer::Local {
            // "forwarded as": a new message to whom the local recipient chose. The recipient itself is told.
            if made.entry.client_ip.is_none() && made.forwarded_for.is_none() && !made.is_copy() {
                self.take_entry(next, original);
                let made = &mut self.messages[next];
                made.forwarded_for = Some(made.texts.keep(delivery.original.unwrap_or(delivery.recipient)));
            }
            return false;
        }
        let from_here = matches!(
            made.entry.authority,
            Some(Authority::TrustedNetwork | Authority::LocalSubmission) | None
        );
        if !made.is_copy() && (!from_here || made.entry.auth_user.is_some()) {
            return false;
        }
        self.hand_over(original, next, delivery, tell);
        true
    }

    /// One recipient of `original` goes on in its copy.
    pub(super) fn hand_over(&mut self, original: Slot, copy: Slot, delivery: &Delivery<'_>, tell: Tell<'_>) {
        let known = self.messages[copy].made;
        self.inherit(copy, original);
        let message = &mut self.messages[original];
        // What the client named, if this message is a copy itself.
        let named = message.client_named(delivery).map(<[u8]>::to_vec);
        let named = named.as_deref().or(delivery.original);
        message.told = true;
        message.drop_pending(delivery.recipient);
        let message = &mut self.messages[copy];
        message.hand_over(delivery.recipient, named);
        // What it held when it was found to be a copy was looked through then.
        if known != Made::ByFilter || message.holds_what_was_handed_over() {
            self.release(copy, false, tell);
        }
    }

    /// A copy turned up after its original had been delivered by pipe(8): that was the filter.
    pub(super) fn hand_over_held(&mut self, original: Slot, copy: Slot, tell: Tell<'_>) {
        for held in std::mem::take(&mut self.messages[original].held) {
            let owned = OwnedDelivery::of(&self.messages[original], &held);
            self.hand_over(original, copy, &owned.borrow(), tell);
        }
        if self.messages[original].removed.is_some() {
            self.forget(original);
        }
    }

    /// `copy` is what a filter made of `original`: it entered as its original did.
    pub(super) fn inherit(&mut self, copy: Slot, original: Slot) {
        if self.messages[copy].is_copy() {
            return;
        }
        self.take_entry(copy, original);
        let message = &mut self.messages[copy];
        message.made = Made::ByFilter;
        message.maybe_copy_of = None;
        self.reinjections += 1;
    }

    pub(super) fn take_entry(&mut self, to: Slot, from: Slot) {
        let id = self.messages.key(from).id;
        let Some((message, original)) = self.messages.pair(to, from) else { return };
        message.own_authority = message.entry.authority;
        let (entry, texts) = (original.entry, &mut message.texts);
        let mut copied = |slice| texts.keep(original.texts.get(slice));
        message.entry = Entry {
            first_id: entry.first_id.or(Some(id)),
            client_name: entry.client_name.map(&mut copied),
            helo: entry.helo.map(&mut copied),
            auth_user: entry.auth_user.map(&mut copied),
            uid: entry.uid.map(&mut copied),
            line: entry.line.map(|line| KeptLine { text: copied(line.text), ..line }),
            ..entry
        };
        message.lines.splice(..0, original.lines.iter().copied());
        message.lines.truncate(MAX_LINES);
    }

    /// Tells held deliveries that can be told now; with `all`, the others too.
    pub(super) fn release(&mut self, slot: Slot, all: bool, tell: Tell<'_>) {
        if self.messages[slot].held.is_empty() {
            return;
        }
        let added = self.messages[slot].explained_by_addition();
        for held in std::mem::take(&mut self.messages[slot].held) {
            let message = &mut self.messages[slot];
            let mut owned = OwnedDelivery::of(message, &held);
            let is_news = message.is_news_to_its_original(&owned.borrow());
            if !all && (is_news || !message.is_copy()) {
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
            self.told(slot, &owned.borrow(), authority, tell);
        }
    }
}

/// `smtpd_recipient_limit` of postconf(5) is 1,000; beyond, a recipient counts as the filter's own.
const MAX_HANDED_OVER: usize = 1000;

impl Message {
    /// Remembers a recipient, and whom the client named where that is another one.
    pub(super) fn hand_over(&mut self, recipient: &[u8], named: Option<&[u8]>) {
        if self.handed_over.len() < MAX_HANDED_OVER {
            let recipient = self.texts.keep(recipient);
            let named = named.map(|named| self.texts.keep(named));
            self.handed_over.push((recipient, named));
        }
    }

    /// For a copy: whether it may hold a delivery to the recipient handed over last, or one that waits for another reason.
    fn holds_what_was_handed_over(&self) -> bool {
        let Some(&(recipient, _)) = self.handed_over.last() else { return false };
        let recipient = self.texts.get(recipient);
        let is = |slice: Slice| self.texts.get(slice).eq_ignore_ascii_case(recipient);
        self.held.iter().any(|held| held.proves_local || is(held.recipient) || held.original.is_some_and(is))
    }

    /// For a copy: the recipient as its original handed it over.
    fn handed_over(&self, delivery: &Delivery<'_>) -> Option<&(Slice, Option<Slice>)> {
        let is = |slice: Slice, address: &[u8]| self.texts.get(slice).eq_ignore_ascii_case(address);
        self.handed_over.iter().find(|(recipient, _)| {
            is(*recipient, delivery.recipient)
                || delivery.original.is_some_and(|original| is(*recipient, original))
        })
    }

    /// Whether it is a copy, and its original did not (yet) hand this recipient over.
    pub(super) fn is_news_to_its_original(&self, delivery: &Delivery<'_>) -> bool {
        self.made == Made::ByFilter && self.handed_over(delivery).is_none()
    }

    /// For a copy: whom the client named, where that is not the recipient itself.
    pub(super) fn client_named(&self, delivery: &Delivery<'_>) -> Option<&[u8]> {
        let &(recipient, named) = self.handed_over(delivery)?;
        let recipient = self.texts.get(recipient);
        named
            .map(|named| self.texts.get(named))
            .or((!recipient.eq_ignore_ascii_case(delivery.recipient)).then_some(recipient))
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
    origin: Origin,
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
