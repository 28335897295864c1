//! What Sendmail's lines need joined in a way of their own.
//!
//! - A login, and a certificate, stand in lines without queue id: the process id joins them with the messages of the
//!   same client. `ctladdr=` is no login: it also names a local user whom anybody wrote into the envelope.
//! - A refusal by Sendmail itself names no client: the later `from=` line of its queue id does. It waits for that line.
//! - No line says that a message has left the queue: it has when as many recipients are done as it came in with, or,
//!   where nobody knows how many these are (a notification, what others were derived from), when none that is known waits.
//! - A delivery on behalf of an address that is not the sender was made by that address's alias or `.forward` file.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::intake::message_key;
use super::message::{KeptLine, MAX_PENDING, MessageKey, Slice};
use super::refusal::Refusal;
use super::tell::line_of;
use super::{Correlator, Tell};
use crate::aggregate::Slot;
use crate::model::{Authority, Class, Event, Field, Kind, LineRef, Outcome, QueueId, Stage};

/// A refusal that waits to learn whose it was.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Waiting {
    recipient: Slice,
    class: Class,
    code: Option<u16>,
    status: Option<Slice>,
    line: KeptLine,
    /// The client of the process that wrote the line, as far as that is known.
    client_ip: Option<IpAddr>,
}

impl Correlator {
    /// Takes the next event of Sendmail.
    pub(super) fn sendmail(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        match event.kind() {
            Kind::Connect => {
                self.connect(event);
            }
            Kind::Disconnect => self.disconnect(event, tell),
            Kind::Tls => self.starttls(event),
            Kind::Auth => self.login(event),
            Kind::Accept => self.taken(event, tell),
            Kind::Envelope => self.nothing_taken(event, tell),
            Kind::Reject => self.refused(event, tell),
            Kind::Delivery => self.tried(event, tell),
            Kind::Removed => self.removed(event, tell),
            Kind::Other => self.derived(event, tell),
            _ => {}
        }
    }

    /// STARTTLS begins a session anew: whatever was said before does not count (RFC 3207, section 4.2).
    fn starttls(&mut self, event: &Event<'_>) {
        if event.client_ip().is_some() {
            self.connect(event);
            self.tls(event);
        }
    }

    /// Somebody logged in. Failures change nothing.
    fn login(&mut self, event: &Event<'_>) {
        let (None, Some(user)) = (event.class(), event.get(Field::AuthUser)) else { return };
        let known = self.session_of(event);
        let known = known.filter(|&slot| self.sessions[slot].client_ip == event.client_ip());
        if let Some(slot) = known.or_else(|| self.connect(event)) {
            let known = &mut self.sessions[slot].auth_user;
            known.clear();
            known.extend_from_slice(user);
        }
    }

    /// `from=...`: a message came in.
    fn taken(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(key) = message_key(event) else { return };
        self.tell_waiting(key, event, tell);
        let session = self.session_of(event).filter(|&slot| {
            self.sessions.touch(slot, event.time());
            let client = self.sessions[slot].client_ip;
            client.is_some() && client == event.client_ip()
        });
        // Lent for a moment, instead of copied.
        let user = session.map(|slot| std::mem::take(&mut self.sessions[slot].auth_user)).unwrap_or_default();
        let slot = self.accept_as(key, event, (!user.is_empty()).then_some(&user), tell);
        if let Some(session) = session {
            self.sessions[session].auth_user = user;
        }
        let message = &mut self.messages[slot];
        message.recipients =
            event.int(Field::Recipients).and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
        // What milters add is not counted anywhere.
        message.added = Some(0);
    }

    /// `from=..., nrcpts=0`: every recipient was refused, or the client gave up.
    fn nothing_taken(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        if let Some(key) = message_key(event) {
            self.tell_waiting(key, event, tell);
        }
    }

    fn refused(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let recipient = event.get(Field::Recipient);
        // Sendmail looked the recipient up itself: the domain is one of ours.
        if let Some(recipient) = recipient.filter(|_| event.get(Field::ReplyText) == Some(b"User unknown")) {
            self.domains.delivered(recipient);
        }
        match (recipient, message_key(event)) {
            (Some(recipient), Some(key))
                if event.client_ip().is_none()
                    && !matches!(event.stage(), Some(Stage::Data | Stage::Eom)) =>
            {
                self.wait(key, recipient, event, tell);
            }
            _ => self.reject(event, tell),
        }
    }

    /// Keeps a refusal until the client is known.
    fn wait(&mut self, key: MessageKey, recipient: &[u8], event: &Event<'_>, tell: Tell<'_>) {
        let client_ip = self.session_of(event).and_then(|slot| self.sessions[slot].client_ip);
        let slot = self.message(key, event, tell);
        let message = &mut self.messages[slot];
        if message.waiting.len() >= MAX_PENDING {
            // It is told as things stand.
            return self.reject(event, tell);
        }
        let (line, texts) = (line_of(event), &mut message.texts);
        message.waiting.push(Waiting {
            recipient: texts.keep(recipient),
            class: event.class().unwrap_or(Class::Other),
            code: event.int(Field::ReplyCode).and_then(|code| u16::try_from(code).ok()),
            status: event.get(Field::ReplyStatus).map(|status| texts.keep(status)),
            line: KeptLine { origin: line.origin, time: line.time, text: texts.keep(line.text) },
            client_ip,
        });
    }

    /// The `from=` line that refusals have waited for. What it belongs to was no message so far.
    fn tell_waiting(&mut self, key: MessageKey, event: &Event<'_>, tell: Tell<'_>) {
        let Some(slot) = self.messages.find(&key) else { return };
        if !self.messages[slot].waiting.is_empty() {
            self.release_waiting(slot, Some(event), tell);
            self.forget(slot);
        }
    }

    /// Tells the refusals that wait, of the client that `from` names, or of whom the process served.
    pub(super) fn release_waiting(&mut self, slot: Slot, from: Option<&Event<'_>>, tell: Tell<'_>) {
        // Lent for a moment, as its texts are: both serve the next message.
        let mut waiting = std::mem::take(&mut self.messages[slot].waiting);
        if waiting.is_empty() {
            return;
        }
        let key = self.messages.key(slot);
        let (id, mta) = (key.id.text(), self.messages[slot].mta);
        let texts = std::mem::take(&mut self.messages[slot].texts);
        for refused in &waiting {
            let line = LineRef {
                origin: refused.line.origin,
                time: refused.line.time,
                text: texts.get(refused.line.text),
            };
            let named = from.map(line_of);
            let evidence = [line, named.unwrap_or(line)];
            let count = 1 + usize::from(named.is_some());
            let client_ip = from.and_then(Event::client_ip).or(refused.client_ip);
            self.tell_refusal(
                &Refusal {
                    told: named.map_or(line.time, |named| named.time),
                    host: key.host,
                    mta,
                    queue_id: Some(&id),
                    session_id: None,
                    client_ip,
                    client_name: from.and_then(|from| from.get(Field::ClientName)),
                    helo: None,
                    auth_user: None,
                    logged_in: false,
                    sender: from.and_then(|from| from.get(Field::Sender)),
                    recipient: Some(texts.get(refused.recipient)),
                    class: refused.class,
                    code: refused.code,
                    status: refused.status.map(|status| texts.get(status)),
                    evidence: &evidence[..count],
                },
                tell,
            );
        }
        waiting.clear();
        let message = &mut self.messages[slot];
        (message.texts, message.waiting) = (texts, waiting);
    }

    /// `to=...`: recipients were tried.
    fn tried(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(key) = message_key(event) else { return };
        let slot = self.message(key, event, tell);
        let message = &mut self.messages[slot];
        if message.refused {
            // It lingers for this line, which says nothing new.
            return;
        }
        message.removed = None;
        if message.entry.authority == Some(Authority::LocalSubmission) && message.entry.uid.is_none() {
            message.entry.uid = event.get(Field::ControllerUid).map(|uid| message.texts.keep(uid));
        }
        self.deliver(slot, event, tell);
        self.other(event, tell);
        let outcome = event.get(Field::Status).and_then(super::delivery::outcome);
        let is_final = outcome.is_some_and(|outcome| outcome != Outcome::Deferred);
        // A notification may have been one message too many, and this the oldest.
        if !is_final || !self.messages.holds(slot, &key) {
            return;
        }
        let message = &mut self.messages[slot];
        message.done += 1;
        // Where it is not known how many there are, each may be the last one.
        let is_whole = event.get(Field::Recipient).is_none() || message.done >= message.recipients;
        if is_whole && message.pending.is_empty() {
            // An alias may have made more recipients than came in: it lingers for their lines.
            self.linger(slot, event.time());
        }
    }

    /// The address whose alias or `.forward` file named the recipient: on whose behalf it is delivered to, unless that
    /// is the sender, or the sender is not known.
    pub(super) fn controller<'b>(&self, slot: Slot, event: &Event<'b>) -> Option<&'b [u8]> {
        let controller = event.get(Field::Controller)?;
        let message = &self.messages[slot];
        let sender = message.texts.get(message.sender?);
        (!is_same(controller, sender)).then_some(controller)
    }

    /// Messages that come of others: notifications, what an alias with an owner makes, parts of a long list.
    fn derived(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let reason = event.get(Field::Reason);
        if !matches!(reason, Some(b"clone" | b"split")) {
            return self.other(event, tell);
        }
        let Some(original) = message_key(event).and_then(|key| self.messages.find(&key)) else { return };
        // How many recipients stay with it, no line says.
        self.messages[original].recipients = 0;
        for id in event.get(Field::NextQueueId).unwrap_or_default().split(|&byte| byte == b',') {
            let Some(id) = QueueId::new(id) else { continue };
            let part = self.message(MessageKey { host: event.host(), id }, event, tell);
            if part == original {
                continue;
            }
            self.take_entry(part, original);
            let message = &mut self.messages[part];
            if let Some(owner) = event.get(Field::Controller).filter(|_| reason == Some(b"clone")) {
                let owner = message.texts.keep(owner);
                (message.sender, message.forwarded_for) = (Some(owner), Some(owner));
            }
        }
    }
}

/// Whether a controlling address, which Sendmail cuts in the middle at 83 characters, is this sender.
fn is_same(controller: &[u8], sender: &[u8]) -> bool {
    if controller.eq_ignore_ascii_case(sender) {
        return true;
    }
    let Some(cut) = memchr::memmem::find(controller, b"...") else { return false };
    let (first, last) = (&controller[..cut], &controller[cut + 3..]);
    sender.len() > controller.len() && sender.starts_with(first) && sender.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn a_long_sender_is_known_by_its_ends() {
        assert!(is_same(b"Bob@our.example", b"bob@our.example"));
        assert!(is_same(b"aaaa...ur.example", b"aaaabbbbbbbbbbbbbbbbbbbb@our.example"));
        assert!(!is_same(b"list@our.example", b"bob@our.example"));
        assert!(!is_same(b"a...e", b"list@our"));
    }
}
