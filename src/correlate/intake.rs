//! How messages come in, or do not: connections, acceptances, Message-IDs, envelopes, refusals.

use ahash::RandomState;

use super::exchange::exchange_key;
use super::message::{Entry, KeptLine, Made, MessageKey};
use super::refusal::{Refusal, is_for_its_sender, named_login};
use super::session::{Certificate, MAX_MESSAGES, Session, SessionKey};
use super::tell::{Telling, line_of};
use super::{Correlator, Tell};
use crate::aggregate::{KeyHash, Reuse, Slot};
use crate::model::{
    Authority, Class, ClientCertificates, Event, Field, Mta, Outcome, QueueId, Stage, is_relay_trick,
};

impl Correlator {
    /// A session begins, if the line is of one.
    pub(super) fn connect(&mut self, event: &Event<'_>) -> Option<Slot> {
        let slot = self.sessions.find_or_insert(session_key(event)?, event.time());
        let session = &mut self.sessions[slot];
        session.reuse();
        session.client_ip = event.client_ip();
        Some(slot)
    }

    pub(super) fn disconnect(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        if let Some(session) = self.session_of(event) {
            self.count_recipients(session, event.get(Field::Commands).unwrap_or_default(), tell);
            self.sessions.remove(session);
        }
    }

    /// A client showed a certificate. What it is worth is decided by the configuration, at the next message.
    pub(super) fn tls(&mut self, event: &Event<'_>) {
        let (Some(key), Some(level)) = (session_key(event), event.get(Field::Tls)) else { return };
        if event.get(Field::ClientIp).is_none() {
            return;
        }
        let certificate = match level {
            b"Trusted" | b"Verified" => Certificate::Trusted,
            b"Untrusted" => Certificate::Untrusted,
            _ => return,
        };
        self.session(key, event).certificate = certificate;
    }

    /// The session of this line, new or known.
    fn session(&mut self, key: SessionKey, event: &Event<'_>) -> &mut Session {
        let slot = self.sessions.find_or_insert(key, event.time());
        &mut self.sessions[slot]
    }

    pub(super) fn session_of(&self, event: &Event<'_>) -> Option<Slot> {
        self.sessions.find(&session_key(event)?)
    }

    /// On what authority the client of this line, logged in as `login`, may relay; `None` where the line does not show
    /// who it is.
    fn authority(&mut self, event: &Event<'_>, login: Option<&[u8]>) -> Option<Authority> {
        let ip = event.client_ip();
        if ip.is_none() && (event.get(Field::Uid).is_some() || is_submitted_here(event)) {
            return Some(Authority::LocalSubmission);
        }
        if login.is_some() {
            return Some(Authority::Authenticated);
        }
        let ip = ip?;
        if self.trust.of(ip) || self.trust.of_name(event) {
            return Some(Authority::TrustedNetwork);
        }
        if self.certificates_of(event) == ClientCertificates::None {
            return Some(Authority::None);
        }
        let session = self.session_of(event);
        let session = session.filter(|&slot| self.sessions[slot].client_ip.is_none_or(|known| known == ip));
        let certificate = session.map_or(Certificate::None, |session| self.sessions[session].certificate);
        Some(if self.accepts(certificate, event) { Authority::TlsCertificate } else { Authority::None })
    }

    pub(super) fn accept(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        if let Some(key) = message_key(event) {
            self.accept_as(key, event, login(event), tell);
        }
    }

    /// A message came in from a client that is logged in as `login`.
    pub(super) fn accept_as(
        &mut self,
        key: MessageKey,
        event: &Event<'_>,
        login: Option<&[u8]>,
        tell: Tell<'_>,
    ) -> Slot {
        let authority = self.authority(event, login);
        let hash = self.messages.hash(&key);
        let slot = match self.messages.find_hashed(&key, hash) {
            Some(slot) if self.awaits_arrival(slot) => self.goes_on(slot, event),
            known => {
                // A queue id that comes back belongs to a new message.
                if let Some(old) = known {
                    self.close(old, tell);
                }
                self.new_message(key, hash, event, tell)
            }
        };
        let message = &mut self.messages[slot];
        let texts = &mut message.texts;
        message.entry = Entry {
            time: event.time(),
            first_id: Some(key.id),
            authority,
            client_ip: event.client_ip(),
            client_name: event.get(Field::ClientName).map(|name| texts.keep(name)),
            helo: event.get(Field::Helo).map(|helo| texts.keep(helo)),
            auth_user: login.map(|user| texts.keep(user)),
            uid: event.get(Field::Uid).map(|uid| texts.keep(uid)),
            line: (authority == Some(Authority::None)).then(|| KeptLine {
                origin: event.origin(),
                time: event.time(),
                text: texts.keep(event.line()),
            }),
        };
        message.sender = event.get(Field::Sender).map(|sender| texts.keep(sender));
        match authority {
            Some(Authority::None) => self.accepted_from_stranger(slot, event),
            Some(Authority::TrustedNetwork) => {
                // A filter or gateway passes on what came to it from somebody else (XFORWARD). Unless that entry is
                // found, nobody knows on what authority.
                if event.get(Field::OrigClientIp).is_some() {
                    message.entry.authority = None;
                }
                let original = event.get(Field::OrigQueueId).and_then(QueueId::new);
                let original = original.and_then(|id| self.messages.find(&MessageKey { host: key.host, id }));
                if let Some(original) = original.filter(|original| *original != slot) {
                    self.inherit(slot, original);
                }
            }
            _ => {}
        }
        // Where the acceptance is told in one line, that has the Message-ID, too.
        if let Some(id) = message_id_of(event) {
            self.identify(slot, id, tell);
        }
        self.arrived(slot, tell);
        slot
    }

    /// What a stranger's session has shown goes into his message, and the message is counted with his session.
    fn accepted_from_stranger(&mut self, slot: Slot, event: &Event<'_>) {
        let Some(session) = self.session_of(event) else { return };
        let id = self.messages.key(slot).id;
        let session = &mut self.sessions[session];
        let message = &mut self.messages[slot];
        message.entry.helo = (!session.helo.is_empty()).then(|| message.texts.keep(&session.helo));
        // One more than can be counted says that there were too many.
        if session.messages.len() <= MAX_MESSAGES {
            session.messages.push(id);
        }
    }

    /// `NOQUEUE: client=...`: the message goes through a filter in front of the queue (`smtpd_proxy_filter`).
    fn proxy_client(&mut self, event: &Event<'_>) {
        let authority = self.authority(event, login(event));
        let Some(key) = session_key(event) else { return };
        let session = self.session(key, event);
        session.client_ip = event.client_ip();
        session.proxied = authority;
        session.client_name.clear();
        session.client_name.extend_from_slice(event.get(Field::ClientName).unwrap_or_default());
        session.auth_user.clear();
        session.auth_user.extend_from_slice(event.get(Field::AuthUser).unwrap_or_default());
    }

    /// `proxy-accept: ... queued as ID`: the server behind the filter queued what this session's client sent.
    fn proxied(&mut self, event: &Event<'_>) {
        let Some(session) = self.session_of(event) else { return };
        let session = &mut self.sessions[session];
        let Some(authority) = session.proxied.take() else { return };
        let Some(id) = event.get(Field::NextQueueId).and_then(QueueId::new) else { return };
        let Some(slot) = self.messages.find(&MessageKey { host: event.host(), id }) else { return };
        let message = &mut self.messages[slot];
        // Only the server behind the filter can have queued it: its client was this host.
        if message.is_copy() || !message.entry.client_ip.is_some_and(|ip| ip.is_loopback()) {
            return;
        }
        let texts = &mut message.texts;
        message.made = Made::AroundQueue;
        message.entry.authority = Some(authority);
        message.entry.client_ip = session.client_ip;
        message.entry.client_name = Some(texts.keep(&session.client_name));
        message.entry.auth_user = (!session.auth_user.is_empty()).then(|| texts.keep(&session.auth_user));
        message.entry.line = (authority == Authority::None).then(|| KeptLine {
            origin: event.origin(),
            time: event.time(),
            text: texts.keep(event.line()),
        });
    }

    /// Whether the configuration lets clients with such a certificate relay.
    fn accepts(&self, certificate: Certificate, event: &Event<'_>) -> bool {
        let needed = match self.certificates_of(event) {
            ClientCertificates::Listed => Certificate::Untrusted,
            ClientCertificates::AllTrusted => Certificate::Trusted,
            ClientCertificates::None => return false,
        };
        certificate >= needed
    }

    /// Which certificates give the right to relay, by the configuration of the server that wrote this line.
    fn certificates_of(&self, event: &Event<'_>) -> ClientCertificates {
        let server = self.trust.site().servers.iter().find(|server| Some(server.mta) == event.mta());
        server.map_or(ClientCertificates::None, |server| server.client_certificates)
    }

    /// The message of `key`, new or known, with this line added to it.
    pub(super) fn message(&mut self, key: MessageKey, event: &Event<'_>, tell: Tell<'_>) -> Slot {
        if self.messages.holds(self.recent, &key) {
            return self.goes_on(self.recent, event);
        }
        let hash = self.messages.hash(&key);
        match self.messages.find_hashed(&key, hash) {
            Some(slot) => self.goes_on(slot, event),
            None => self.new_message(key, hash, event, tell),
        }
    }

    /// Where the message of `key` is.
    pub(super) fn message_of(&self, key: &MessageKey) -> Option<Slot> {
        if self.messages.holds(self.recent, key) { Some(self.recent) } else { self.messages.find(key) }
    }

    /// Adds a line to a message.
    fn goes_on(&mut self, slot: Slot, event: &Event<'_>) -> Slot {
        self.turn_to(slot);
        self.messages.touch(slot, event.time());
        self.messages[slot].add_line(event.origin());
        slot
    }

    /// A message of which this is the first line; the oldest gives way where there are too many.
    fn new_message(&mut self, key: MessageKey, hash: KeyHash, event: &Event<'_>, tell: Tell<'_>) -> Slot {
        while (self.messages.is_full() || self.message_bytes > self.most_message_bytes)
            && let Some(oldest) = self.messages.oldest()
        {
            self.close(oldest, tell);
        }
        let slot = self.messages.insert_hashed(key, hash, event.time());
        self.turn_to(slot);
        let message = &mut self.messages[slot];
        message.mta = event.mta();
        message.host = event.host();
        message.entry.time = event.time();
        message.add_line(event.origin());
        slot
    }

    /// The line is about the message in `slot`. The one before has grown as far as it did.
    fn turn_to(&mut self, slot: Slot) {
        if slot == self.recent {
            return;
        }
        let before = std::mem::replace(&mut self.recent, slot);
        if self.messages.is_live(before) {
            let message = &mut self.messages[before];
            let bytes = message.bytes();
            self.message_bytes = (self.message_bytes + bytes).saturating_sub(message.weight);
            message.weight = bytes;
        }
    }

    pub(super) fn message_id(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        if let (Some(key), Some(id)) = (message_key(event), message_id_of(event)) {
            let slot = self.message(key, event, tell);
            self.identify(slot, id, tell);
        }
    }

    /// A message has this Message-ID.
    fn identify(&mut self, slot: Slot, id: &[u8], tell: Tell<'_>) {
        let (key, hash) = (self.messages.key(slot), text_hash(id));
        let message = &mut self.messages[slot];
        if message.id_hash != 0 {
            // A second Message-ID header is the client's own; the first one is what filters pass on.
            return;
        }
        message.id_hash = hash;
        let comes_from_here =
            matches!(message.entry.authority, Some(Authority::TrustedNetwork | Authority::LocalSubmission));
        let may_be_copy = !message.is_copy()
            && (comes_from_here || message.entry.client_ip.is_some_and(|ip| ip.is_loopback()));
        let earlier = self.by_message_id.insert((key.host, hash), key.id);
        let original = earlier.filter(|&earlier| earlier != key.id);
        let original = original.and_then(|id| self.messages.find(&MessageKey { host: key.host, id }));
        if let Some(original) = original {
            self.same_message_id(slot, original, may_be_copy, hash, tell);
        }
    }

    /// Two messages have one Message-ID: a filter's copy and its original, or somebody plays with it.
    fn same_message_id(&mut self, slot: Slot, original: Slot, may_be_copy: bool, hash: u64, tell: Tell<'_>) {
        let (key, original_id) = (self.messages.key(slot), self.messages.key(original).id);
        let earlier = &mut self.messages[original];
        if !may_be_copy {
            if earlier.copy.is_none() && !earlier.is_copy() && earlier.maybe_copy_of.is_none() {
                earlier.contested = true;
                self.messages[slot].contested = true;
            }
        } else if earlier.contested {
            // On whose authority it goes on is known only if the filter says which message it was.
            self.messages[slot].entry.authority = None;
            self.by_message_id.insert((key.host, hash), original_id);
        } else if earlier.copy.is_none() {
            earlier.copy = Some(key.id);
            self.messages[slot].maybe_copy_of = Some(original_id);
            self.hand_over_held(original, slot, tell);
        }
    }

    pub(super) fn envelope(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(key) = message_key(event) else { return };
        let slot = self.message(key, event, tell);
        let message = &mut self.messages[slot];
        if let Some(sender) = event.get(Field::Sender) {
            message.sender = Some(message.texts.keep(sender));
        }
        message.recipients =
            event.int(Field::Recipients).and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    }

    /// Lines of no kind of their own that say how another message came to be.
    pub(super) fn other(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        match event.get(Field::Action) {
            Some(b"proxy-client") => self.proxy_client(event),
            Some(b"proxy-accept") => self.proxied(event),
            _ if event.get(Field::Reason) == Some(b"notification") => self.notification(event, tell),
            _ => {}
        }
    }

    /// `bounce: ...: sender non-delivery notification: ID`: the host itself wrote message `ID`.
    fn notification(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(id) = event.get(Field::NextQueueId).and_then(QueueId::new) else { return };
        let slot = self.message(MessageKey { host: event.host(), id }, event, tell);
        let message = &mut self.messages[slot];
        if message.entry.client_ip.is_none() && message.entry.authority.is_none() {
            message.entry.authority = Some(Authority::LocalSubmission);
        }
    }

    pub(super) fn reject(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let class = event.class().unwrap_or(Class::Other);
        let helo = event.get(Field::Helo).filter(|helo| !helo.is_empty());
        if let Some(helo) = helo
            && let Some(session) = self.session_of(event)
        {
            let known = &mut self.sessions[session].helo;
            if known != helo {
                known.clear();
                known.extend_from_slice(helo);
            }
        }
        let denied = class == Class::RelayDenied;
        let recipient = event.get(Field::Recipient);
        if denied && let Some(recipient) = recipient.filter(|recipient| !is_relay_trick(recipient)) {
            self.domains.refused(recipient);
        }
        // The server looked the recipient up in a table of its own: the domain is one of ours.
        if class == Class::UnknownRecipient
            && let Some(recipient) = recipient
            && event.get(Field::ReplyText).is_some_and(|text| is_unknown_in_own_table(text, recipient))
        {
            self.domains.delivered(recipient);
        }
        if matches!(event.stage(), Some(Stage::Data | Stage::Eom)) && self.refuse_message(event, class, tell)
        {
            return;
        }
        let for_its_sender = is_for_its_sender(class) && event.get(Field::Sender).is_some();
        if recipient.is_none() && !denied && !for_its_sender {
            return;
        }
        let named = (class == Class::SenderMismatch)
            .then(|| named_login(event.get(Field::ReplyText)?, event.get(Field::Sender)?))
            .flatten();
        let line = line_of(event);
        self.tell_refusal(
            &Refusal {
                told: event.time(),
                host: event.host(),
                mta: event.mta(),
                queue_id: event.get(Field::QueueId),
                session_id: event.get(Field::SessionId),
                client_ip: event.client_ip(),
                client_name: event.get(Field::ClientName),
                helo,
                auth_user: event.get(Field::AuthUser).or(named),
                logged_in: login(event).or(named).is_some(),
                sender: event.get(Field::Sender),
                recipient,
                class,
                code: event.int(Field::ReplyCode).and_then(|code| u16::try_from(code).ok()),
                status: event.get(Field::ReplyStatus),
                evidence: &[line],
            },
            tell,
        );
    }

    /// A queued message is refused as a whole, after its data. False if it is not known.
    fn refuse_message(&mut self, event: &Event<'_>, class: Class, tell: Tell<'_>) -> bool {
        let Some(key) = message_key(event) else { return false };
        let Some(slot) = self.messages.find(&key) else { return false };
        let message = &mut self.messages[slot];
        if message.sender.is_none() {
            message.sender = event.get(Field::Sender).map(|sender| message.texts.keep(sender));
        }
        let telling = Telling {
            recipient: event.get(Field::Recipient),
            original: None,
            authority: message.entry.authority,
            outcome: if class == Class::RelayDenied { Outcome::Denied } else { Outcome::Rejected },
            class: Some(class),
            status: event.get(Field::ReplyStatus),
            next_hop: None,
            line: line_of(event),
            first: true,
            tried: false,
            last: true,
        };
        message.tell(key, &self.domains, &telling, tell);
        if event.mta() == Some(Mta::Sendmail) {
            // Lines about its recipients follow.
            (self.messages[slot].refused, self.messages[slot].told) = (true, true);
            self.linger(slot, event.time());
        } else {
            self.forget(slot);
        }
        true
    }
}

/// Postfix's own words about a recipient that none of its tables knows, and nothing else: what it quotes of the client,
/// or of a server that it asked about the address, may say the same.
fn is_unknown_in_own_table(text: &[u8], recipient: &[u8]) -> bool {
    text.strip_prefix(b"<")
        .and_then(|text| text.strip_prefix(recipient))
        .and_then(|text| text.strip_prefix(b">: Recipient address rejected: User unknown in "))
        .is_some_and(|table| {
            table.ends_with(b" table")
                && table.len() < 40
                && table.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b' ')
        })
}

/// The Message-ID that the line names.
fn message_id_of<'b>(event: &Event<'b>) -> Option<&'b [u8]> {
    event.get(Field::MessageId).filter(|id| !id.is_empty())
}

/// The login that the line itself names.
fn login<'b>(event: &Event<'b>) -> Option<&'b [u8]> {
    event.get(Field::AuthUser).filter(|user| !user.is_empty())
}

/// Whether Sendmail got a message from a user of the host: `user@localhost`, without an address.
fn is_submitted_here(event: &Event<'_>) -> bool {
    event.mta() == Some(Mta::Sendmail) && event.get(Field::ClientName) == Some(b"localhost")
}

fn session_key(event: &Event<'_>) -> Option<SessionKey> {
    serves_one_session(event).then(|| SessionKey { host: event.host(), pid: event.pid() })
}

/// Whether the process that wrote the line serves one client at a time: smtpd(8) does, and Sendmail, which serves each
/// connection in a process of its own; a postscreen(8) process serves many at once.
pub(crate) fn serves_one_session(event: &Event<'_>) -> bool {
    event.pid() != 0 && (event.mta() == Some(Mta::Sendmail) || event.service().ends_with(b"smtpd"))
}

pub(super) fn message_key(event: &Event<'_>) -> Option<MessageKey> {
    if event.mta() == Some(Mta::Exchange) {
        return exchange_key(event);
    }
    Some(MessageKey { host: event.host(), id: QueueId::new(event.get(Field::QueueId)?)? })
}

/// Never 0. Fixed seeds, so that a snapshot means the same later; a client that makes two Message-IDs collide gains no
/// more than by sending one Message-ID twice, and one that makes two aliases collide gains nothing.
pub(super) fn text_hash(text: &[u8]) -> u64 {
    RandomState::with_seeds(1, 2, 3, 4).hash_one(text).max(1)
}
