//! Puts an attempt together: judges direction and authority, and tells it.

use super::Tell;
use super::locality::{Domains, Locality};
use super::message::{MAX_LINES, Message, MessageKey};
use crate::model::{Attempt, Authority, Class, Direction, LineRef, Mta, Outcome, is_relay_trick};

/// What a line says about one recipient.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling<'a> {
    pub(super) recipient: Option<&'a [u8]>,
    /// The recipient the client named, where the server changed it.
    pub(super) original: Option<&'a [u8]>,
    /// On what authority this recipient was accepted.
    pub(super) authority: Option<Authority>,
    pub(super) outcome: Outcome,
    pub(super) class: Option<Class>,
    pub(super) status: Option<&'a [u8]>,
    pub(super) next_hop: Option<&'a [u8]>,
    pub(super) line: LineRef<'a>,
    pub(super) first: bool,
    /// What is said of its delivery is said for the first time.
    pub(super) tried: bool,
    pub(super) last: bool,
}

impl<'a> Telling<'a> {
    /// The message came in; of its recipients nothing is known.
    pub(super) fn accepted(authority: Option<Authority>, line: LineRef<'a>) -> Self {
        Self {
            recipient: None,
            original: None,
            authority,
            outcome: Outcome::Accepted,
            class: None,
            status: None,
            next_hop: None,
            line,
            first: true,
            tried: false,
            last: true,
        }
    }
}

/// The recipient that decides where an attempt leads: the one the client named. An alias of ours that points
/// elsewhere is our own doing; an address with a route in its local part is no alias, so there the result counts.
pub(super) fn judged<'a>(recipient: &'a [u8], original: Option<&'a [u8]>) -> &'a [u8] {
    original.filter(|original| !original.is_empty() && !is_relay_trick(original)).unwrap_or(recipient)
}

/// Where mail to somebody in `locality` leads, for a client with `authority`.
pub(super) fn direction(locality: Locality, authority: Option<Authority>) -> Direction {
    match (locality, authority) {
        (Locality::Foreign, _) => Direction::Outbound,
        (Locality::Unknown, _) => Direction::Unknown,
        (Locality::Ours, None | Some(Authority::None | Authority::RecipientIsLocal)) => Direction::Inbound,
        (Locality::Ours, Some(_)) => Direction::Internal,
    }
}

impl Message {
    /// Tells what a line says about one of this message's recipients.
    pub(super) fn tell(&self, key: MessageKey, domains: &Domains, telling: &Telling<'_>, tell: Tell<'_>) {
        let entry = &self.entry;
        let text = |slice| self.texts.get(slice);
        let original = telling.original.or(self.forwarded_for.map(text));
        let locality = match telling.recipient {
            Some(recipient) => match original {
                // A route at somebody else's domain was never ours to resolve, whatever the recipient looks like.
                Some(original) if is_relay_trick(original) && domains.of(original) != Locality::Ours => {
                    domains.of(original)
                }
                _ => domains.of(judged(recipient, original)),
            },
            None => Locality::Unknown,
        };
        let authority = match telling.authority {
            Some(Authority::None) if locality == Locality::Ours => Some(Authority::RecipientIsLocal),
            authority => authority,
        };
        let known = self.lines.get(..MAX_LINES).unwrap_or(&self.lines);
        let this = telling.line.origin;
        let with_this;
        // Mostly it is the line that was added last.
        let lines = if self.lines.last() == Some(&this) || self.lines.contains(&this) {
            known
        } else {
            let mut lines = [this; MAX_LINES + 1];
            lines[..known.len()].copy_from_slice(known);
            with_this = lines;
            &with_this[..=known.len()]
        };
        let evidence =
            [entry.line.map(|line| LineRef { origin: line.origin, time: line.time, text: text(line.text) })];
        let evidence = match evidence {
            [Some(entered)] if entered.origin != telling.line.origin => &[entered, telling.line][..],
            _ => &[telling.line][..],
        };
        let direction = direction(locality, telling.authority);
        // The key of a message of Exchange's is made of two names: as such it is nobody's.
        let named = (self.mta != Some(Mta::Exchange)).then_some(key.id);
        let queue_id = entry.first_id.or(named).map(|id| id.text());
        let sender = self.sender.map(text);
        let matters = match authority {
            Some(Authority::None) => direction == Direction::Unknown,
            // Of a list's copy, the list is the sender: that the server wrote itself.
            Some(Authority::RecipientIsLocal) => telling.first && self.forwarded_for.is_none(),
            _ => false,
        };
        let sender_is_ours = matters && sender.is_some_and(|sender| domains.are_of(sender));
        tell(&Attempt {
            time: entry.time,
            told: telling.line.time,
            host: self.host,
            mta: self.mta.unwrap_or(Mta::Postfix),
            queue_id: queue_id.as_deref(),
            session_id: None,
            client_ip: entry.client_ip,
            client_name: entry.client_name.map(text),
            helo: entry.helo.map(text),
            auth_user: entry.auth_user.map(text),
            uid: entry.uid.map(text),
            sender,
            sender_is_ours,
            recipient: telling.recipient,
            original_recipient: original,
            direction,
            authority,
            outcome: telling.outcome,
            class: telling.class,
            reply_code: None,
            reply_status: telling.status,
            next_hop: telling.next_hop,
            lines,
            evidence,
            first: telling.first,
            tried: telling.tried,
            last: telling.last,
        });
    }
}

/// Where a line stands, when and what it says.
pub(super) fn line_of<'b>(event: &crate::model::Event<'b>) -> LineRef<'b> {
    LineRef { origin: event.origin(), time: event.time(), text: event.line() }
}
