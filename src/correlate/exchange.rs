//! Exchange: receive logs tell sessions, tracking logs tell messages, and the same message may stand in both.
//!
//! A message is known by its internal id together with its Message-ID: internal ids are each server's own, and small
//! numbers before Exchange 2013. Whichever log tells of it first opens it; the other adds what it knows, and nothing is
//! told twice.

use std::net::IpAddr;

use super::dialogue::{Command, DialogueKey};
use super::intake::text_hash;
use super::locality::Locality;
use super::message::{Entry, KeptLine, MAX_PENDING, MessageKey, Pending, Texts};
use super::refusal::{Refusal, is_for_its_sender};
use super::tell::{Telling, line_of};
use super::{Correlator, Tell};
use crate::aggregate::Slot;
use crate::model::{Authority, Class, Event, Field, HostId, Kind, Outcome, QueueId, Stage, is_relay_trick};

/// The right that makes a session a relay (`ms-Exch-SMTP-Accept-Any-Recipient`), as protocol logs write it.
const ANY_RECIPIENT: &[u8] = b"SMTPAcceptAnyRecipient";
/// How servers of one organisation log in to each other: the mechanism behind `X-EXPS`.
const EXCHANGE_AUTH: &[u8] = b"EXCHANGEAUTH";

impl Correlator {
    pub(super) fn exchange(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        if let Some(session) = event.get(Field::SessionId).and_then(QueueId::new) {
            if event.service().starts_with(b"send:") {
                return self.sending(event);
            }
            if event.service().starts_with(b"agent:") {
                return self.judged(session, event, tell);
            }
            self.received_by = event.host();
            self.receiving(DialogueKey { host: event.host(), session }, event, tell);
        } else if let Some(session) = iis_session(event) {
            self.receiving(DialogueKey { host: event.host(), session }, event, tell);
        } else {
            self.tracked(event, tell);
        }
    }

    /// A row of a receive log.
    fn receiving(&mut self, key: DialogueKey, event: &Event<'_>, tell: Tell<'_>) {
        let slot = self.dialogues.find_or_insert(key, event.time());
        let dialogue = &mut self.dialogues[slot];
        if dialogue.client_ip.is_none() {
            dialogue.client_ip = event.client_ip();
        }
        if let Some(number) = event.int(Field::SequenceNumber) {
            dialogue.comes(number);
        }
        if event.kind() == Kind::Disconnect {
            self.dialogues.remove(slot);
        } else if let Some(rights) = event.get(Field::Permissions) {
            dialogue.may_relay = Some(rights.split(|&byte| byte == b' ').any(|right| right == ANY_RECIPIENT));
        } else if let Some(user) = event.get(Field::AuthUser).filter(|user| is_account(user)) {
            let good = event.kind() == Kind::Auth && event.class().is_none();
            if good && (user.ends_with(b"$") || !dialogue.logs_in()) {
                // A computer's account, or the login that servers of an organisation use among themselves.
                dialogue.of_server = true;
                return;
            }
            dialogue.logged_in = good;
            dialogue.auth_user.clear();
            dialogue.auth_user.extend_from_slice(user);
        } else if event.get(Field::ReplyCode).is_some() && event.stage().is_none() {
            self.replied(slot, event, tell);
        } else if let Some(stage) = event.stage() {
            if let Some(helo) = event.get(Field::Helo) {
                dialogue.helo.clear();
                dialogue.helo.extend_from_slice(helo);
            }
            let path = event.get(Field::Sender).or(event.get(Field::Recipient)).unwrap_or_default();
            let of_server = event.get(Field::OrigClientIp).is_some()
                || event
                    .get(Field::AuthMethod)
                    .is_some_and(|method| method.eq_ignore_ascii_case(EXCHANGE_AUTH));
            dialogue.ask(if of_server { Command::Server } else { Command::new(Some(stage), path) });
            // The IIS SMTP service logs a command together with its reply, and names no sessions: a greeting begins one.
            if event.get(Field::SessionId).is_none() {
                if stage == Stage::Helo {
                    dialogue.logged_in = false;
                    dialogue.auth_user.clear();
                }
                if event.get(Field::ReplyCode).is_some() {
                    self.replied(slot, event, tell);
                }
                if stage == Stage::Quit {
                    self.dialogues.remove(slot);
                }
            }
        }
    }

    /// A row of an agent log, which names no server. Where the session stands in a receive log, the reply stands there.
    fn judged(&mut self, session: QueueId, event: &Event<'_>, tell: Tell<'_>) {
        if self.dialogues.find(&DialogueKey { host: self.received_by, session }).is_some() {
            self.retold += 1;
        } else if event.kind() == Kind::Reject {
            self.reject(event, tell);
        }
    }

    /// A reply of ours: settles the command that waits longest.
    fn replied(&mut self, slot: Slot, event: &Event<'_>, tell: Tell<'_>) {
        let code = event.get(Field::ReplyCode).unwrap_or_default();
        let dialogue = &mut self.dialogues[slot];
        match code {
            // The login goes on; the data follow.
            b"334" => return,
            b"354" if dialogue.goes_on() => return,
            b"235" if dialogue.logs_in() => dialogue.logged_in = !dialogue.of_server,
            _ => {}
        }
        let good = code.starts_with(b"2");
        let answered = dialogue.answered();
        // The server's own words for it: whatever was asked, a message is in its queue.
        if event.kind() == Kind::Accept {
            return self.queued(slot, event, tell);
        }
        match answered {
            Some(Command::Mail(sender)) if good => dialogue.begin(&sender),
            Some(Command::Rcpt(recipient)) if good => dialogue.accept(recipient),
            Some(Command::Rcpt(recipient)) => self.refused_in(slot, Some(&recipient), event, tell),
            Some(Command::Mail(sender)) if event.class().is_some_and(is_for_its_sender) => {
                dialogue.begin(&sender);
                self.refused_in(slot, None, event, tell);
                self.dialogues[slot].end();
            }
            Some(Command::Data) if !good => {
                let recipients = std::mem::take(&mut self.dialogues[slot].recipients);
                for recipient in &recipients {
                    self.refused_in(slot, Some(recipient), event, tell);
                }
                self.dialogues[slot].end();
            }
            Some(Command::Reset) => dialogue.end(),
            Some(Command::Server) if good => dialogue.of_server = true,
            _ => {}
        }
    }

    /// On what authority this session may relay; `None` where it only passes on what another server took.
    fn authority_of(&mut self, slot: Slot) -> Option<Authority> {
        let dialogue = &self.dialogues[slot];
        let may_relay = dialogue.may_relay != Some(false);
        match dialogue.client_ip {
            _ if dialogue.of_server => None,
            _ if dialogue.logged_in => Some(Authority::Authenticated),
            // A trusted range grants relaying only together with the permission.
            Some(ip) if may_relay && self.trust.of(ip) => Some(Authority::TrustedNetwork),
            _ => Some(Authority::None),
        }
    }

    /// The server refused a recipient, or a sender before there was any.
    fn refused_in(&mut self, slot: Slot, recipient: Option<&[u8]>, event: &Event<'_>, tell: Tell<'_>) {
        let class = recipient.map_or_else(
            || event.class().unwrap_or(Class::Other),
            |recipient| self.class_of(recipient, event),
        );
        match (class, recipient) {
            (Class::RelayDenied, Some(recipient)) if !is_relay_trick(recipient) => {
                self.domains.refused(recipient);
            }
            // The directory was asked: the domain is one of ours.
            (Class::UnknownRecipient, Some(recipient)) => self.domains.delivered(recipient),
            _ => {}
        }
        let dialogue = std::mem::take(&mut self.dialogues[slot]);
        self.tell_refusal(
            &Refusal {
                told: event.time(),
                host: event.host(),
                mta: event.mta(),
                queue_id: None,
                session_id: event.get(Field::SessionId),
                client_ip: dialogue.client_ip,
                client_name: None,
                helo: some(&dialogue.helo),
                auth_user: some(&dialogue.auth_user),
                logged_in: dialogue.logged_in,
                sender: dialogue.sender.as_deref(),
                recipient,
                class,
                code: event.int(Field::ReplyCode).and_then(|code| u16::try_from(code).ok()),
                status: event.get(Field::ReplyStatus),
                evidence: &[line_of(event)],
            },
            tell,
        );
        self.dialogues[slot] = dialogue;
    }

    /// Why a recipient was refused. The IIS SMTP service does not log the reply's words: then it is not ours, or is unknown.
    fn class_of(&self, recipient: &[u8], event: &Event<'_>) -> Class {
        let class = event.class().unwrap_or(Class::Other);
        let is_final = event.get(Field::ReplyCode).is_some_and(|code| code.starts_with(b"55"));
        if class != Class::Other || event.get(Field::ReplyText).is_some() || !is_final {
            return class;
        }
        match self.domains.of(recipient) {
            Locality::Foreign => Class::RelayDenied,
            Locality::Ours => Class::UnknownRecipient,
            Locality::Unknown => class,
        }
    }

    /// `250 2.6.0 <Message-ID> [InternalId=...] Queued mail for delivery`: what the session sent is a message.
    fn queued(&mut self, slot: Slot, event: &Event<'_>, tell: Tell<'_>) {
        let authority = self.authority_of(slot);
        let Some(key) = exchange_key(event) else { return };
        let known = self.messages.find(&key).is_some();
        let message_slot = self.message(key, event, tell);
        let dialogue = &mut self.dialogues[slot];
        let message = &mut self.messages[message_slot];
        let client_ip = dialogue.client_ip.filter(|_| !dialogue.of_server);
        let texts = &mut message.texts;
        let helo = (!dialogue.helo.is_empty()).then(|| texts.keep(&dialogue.helo));
        let auth_user = (!dialogue.auth_user.is_empty()).then(|| texts.keep(&dialogue.auth_user));
        if known {
            // Tracking told of it first; who logged in only the session knows.
            message.entry.helo = message.entry.helo.or(helo);
            message.entry.auth_user = message.entry.auth_user.or(auth_user);
            dialogue.end();
            self.settle(message_slot, authority, client_ip, event, tell);
            self.retold += 1;
            return;
        }
        message.entry = Entry {
            time: event.time(),
            first_id: event.get(Field::QueueId).and_then(QueueId::new),
            authority,
            client_ip,
            client_name: None,
            helo,
            auth_user,
            uid: None,
            line: kept_if_stranger(authority, event, texts),
        };
        message.sender = dialogue.sender.as_deref().map(|sender| texts.keep(sender));
        let recipients = std::mem::take(&mut dialogue.recipients);
        dialogue.end();
        for recipient in &recipients {
            self.accepted(message_slot, recipient, event, tell);
        }
    }

    /// A recipient was accepted; a delivery may follow.
    fn accepted(&mut self, slot: Slot, recipient: &[u8], event: &Event<'_>, tell: Tell<'_>) {
        let key = self.messages.key(slot);
        let message = &mut self.messages[slot];
        let authority = message.entry.authority;
        let waits = message.pending.len() < MAX_PENDING;
        if waits {
            let kept = message.texts.keep(recipient);
            message.pending.push(Pending {
                recipient: kept,
                original: None,
                authority,
                outcome: Outcome::Accepted,
            });
        }
        message.told = true;
        let telling = Telling {
            recipient: Some(recipient),
            last: !waits,
            ..Telling::accepted(authority, line_of(event))
        };
        message.tell(key, &self.domains, &telling, tell);
    }

    /// A row of a tracking log.
    fn tracked(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(key) = exchange_key(event) else { return };
        match event.kind() {
            Kind::Accept => self.received(key, event, tell),
            Kind::Envelope => {
                if let (Some(slot), Some(recipient)) = (self.messages.find(&key), event.get(Field::Recipient))
                    // The row that opened the message; of others it is known already.
                    && self.messages[slot].lines.first() == Some(&event.origin())
                {
                    self.accepted(slot, recipient, event, tell);
                }
            }
            Kind::Delivery => {
                if is_numbered(event) {
                    self.replaced_silently(&key, event);
                }
                self.delivery(event, tell);
            }
            _ if event.get(Field::Action) == Some(b"replaced") => self.replaced(key, event, tell),
            _ => {}
        }
    }

    /// The message came in. What the session's own log told already is not told again.
    fn received(&mut self, key: MessageKey, event: &Event<'_>, tell: Tell<'_>) {
        let authority = match event.client_ip() {
            // Out of a mailbox, from a folder, or the server's own notification.
            None => event.get(Field::Action).map(|_| Authority::LocalSubmission),
            Some(ip) if self.trust.of(ip) => Some(Authority::TrustedNetwork),
            // So the server calls what a login sent, but also what came through a connector that takes everybody for one of
            // its own (`ExternalAuthoritative`), which may be the very fault: it proves nothing.
            Some(_) if event.get(Field::Directionality) == Some(b"Originating") => None,
            // Before Exchange 2010 SP1 the column is missing: somebody who sends as one of ours may have logged in.
            Some(_) if event.get(Field::Directionality).is_none() && self.is_sent_as_ours(event) => None,
            Some(_) => Some(Authority::None),
        };
        let known = self.messages.find(&key).is_some();
        let slot = self.message(key, event, tell);
        if known {
            self.settle(slot, authority, event.client_ip(), event, tell);
            self.retold += 1;
            if let Some(recipient) = event.get(Field::Recipient).filter(|_| tells_each_recipient(event))
                && self.messages[slot].pending_at(recipient).is_none()
            {
                self.accepted(slot, recipient, event, tell);
            }
            return;
        }
        let message = &mut self.messages[slot];
        message.entry = Entry {
            time: event.time(),
            first_id: event.get(Field::QueueId).and_then(QueueId::new),
            authority,
            client_ip: event.client_ip(),
            line: kept_if_stranger(authority, event, &mut message.texts),
            ..Entry::default()
        };
        message.sender = event.get(Field::Sender).map(|sender| message.texts.keep(sender));
        if let Some(recipient) = event.get(Field::Recipient) {
            self.accepted(slot, recipient, event, tell);
        }
    }

    /// The other log tells how a message came in of which the first one could not. Whatever was told of it before was told
    /// without authority, which nobody counts: it is told as if for the first time.
    fn settle(
        &mut self,
        slot: Slot,
        authority: Option<Authority>,
        client_ip: Option<IpAddr>,
        event: &Event<'_>,
        tell: Tell<'_>,
    ) {
        let key = self.messages.key(slot);
        let message = &mut self.messages[slot];
        if message.entry.authority.is_some() || authority.is_none() {
            return;
        }
        message.entry.authority = authority;
        message.entry.client_ip = client_ip.or(message.entry.client_ip);
        message.entry.line = kept_if_stranger(authority, event, &mut message.texts);
        for at in 0..message.pending.len() {
            if message.pending[at].authority.is_some() {
                continue;
            }
            message.pending[at].authority = authority;
            let Pending { recipient, original, outcome, .. } = message.pending[at];
            let telling = Telling {
                recipient: Some(message.texts.get(recipient)),
                original: original.map(|original| message.texts.get(original)),
                outcome,
                last: false,
                ..Telling::accepted(authority, line_of(event))
            };
            message.tell(key, &self.domains, &telling, tell);
        }
    }

    /// A list, an alias or a forwarding put a recipient in the place of the one the client named.
    fn replaced(&mut self, key: MessageKey, event: &Event<'_>, tell: Tell<'_>) {
        let (Some(recipient), Some(named)) =
            (event.get(Field::Recipient), event.get(Field::OriginalRecipient))
        else {
            return;
        };
        let slot = self.message(key, event, tell);
        let message = &mut self.messages[slot];
        message.drop_pending(named);
        message.hand_over(recipient, Some(named));
    }

    fn is_sent_as_ours(&self, event: &Event<'_>) -> bool {
        event.get(Field::Sender).is_some_and(|sender| self.domains.of(sender) == Locality::Ours)
    }

    /// A recipient whom nobody named, in a log that does not say in whose place it came: of those who were named and are
    /// not delivered to, one of ours must be a list, an alias or a forwarding.
    fn replaced_silently(&mut self, key: &MessageKey, event: &Event<'_>) {
        let (Some(slot), Some(recipient)) = (self.messages.find(key), event.get(Field::Recipient)) else {
            return;
        };
        let message = &self.messages[slot];
        if message.pending_at(recipient).is_some() {
            return;
        }
        let mut named = message.pending.iter().map(|pending| message.texts.get(pending.recipient));
        let named = named.find(|named| self.domains.of(named) == Locality::Ours).map(<[u8]>::to_vec);
        if let Some(named) = named {
            self.messages[slot].hand_over(recipient, Some(&named));
        }
    }

    /// A row of a send log: which message it is about. What became of it, tracking tells.
    fn sending(&mut self, event: &Event<'_>) {
        if let Some(slot) = exchange_key(event).and_then(|key| self.messages.find(&key)) {
            self.messages[slot].add_line(event.origin());
        }
    }
}

/// Whether each row is about one recipient, so that the next one names another.
fn tells_each_recipient(event: &Event<'_>) -> bool {
    is_numbered(event) || event.service() == b"trace"
}

/// Exchange 2000 and 2003 number their events, which have no source then.
fn is_numbered(event: &Event<'_>) -> bool {
    event.service() == b"transport"
}

/// The line that let a stranger's message in.
fn kept_if_stranger(authority: Option<Authority>, event: &Event<'_>, texts: &mut Texts) -> Option<KeptLine> {
    (authority == Some(Authority::None)).then(|| KeptLine {
        origin: event.origin(),
        time: event.time(),
        text: texts.keep(event.line()),
    })
}

/// The IIS SMTP service names no sessions: rows of one address are taken for one.
fn iis_session(event: &Event<'_>) -> Option<QueueId> {
    event.stage()?;
    let ip = event.client_ip()?;
    QueueId::new(&text_hash(ip.to_string().as_bytes()).to_le_bytes())
}

/// Text that is there.
fn some(text: &[u8]) -> Option<&[u8]> {
    (!text.is_empty()).then_some(text)
}

/// Whether a login is somebody's: anonymous sessions are called so in the log, too.
fn is_account(user: &[u8]) -> bool {
    !user.is_empty() && user != b"NT AUTHORITY\\ANONYMOUS LOGON"
}

/// A message in whatever log: internal ids have at most 15 digits, and eight characters are left for its Message-ID.
pub(super) fn exchange_key(event: &Event<'_>) -> Option<MessageKey> {
    let internal = event.get(Field::QueueId).unwrap_or_default();
    let message_id = event.get(Field::MessageId);
    if internal.len() > 15 || internal.is_empty() && message_id.is_none() {
        return None;
    }
    let hash = message_id.map_or(0, text_hash);
    let mut id = [b'0'; 23];
    id[..internal.len()].copy_from_slice(internal);
    for (at, slot) in id[15..].iter_mut().enumerate() {
        // Six bits each, as printable characters.
        *slot = b'0' + (hash >> (6 * at) & 63) as u8;
    }
    id[internal.len()..15].fill(b' ');
    Some(MessageKey { host: HostId::default(), id: QueueId::new(&id)? })
}
