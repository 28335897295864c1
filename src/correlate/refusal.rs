//! A client's command was refused: who asked for what, and the attempt that it was.

use std::net::IpAddr;

use super::locality::Locality;
use super::tell::direction;
use super::{Correlator, Tell};
use crate::model::{Attempt, Authority, Class, Direction, EventTime, HostId, LineRef, Mta, Outcome};

/// What lines say about a refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    pub(super) told: EventTime,
    pub(super) host: HostId,
    pub(super) mta: Option<Mta>,
    pub(super) queue_id: Option<&'a [u8]>,
    pub(super) session_id: Option<&'a [u8]>,
    pub(super) client_ip: Option<IpAddr>,
    pub(super) client_name: Option<&'a [u8]>,
    pub(super) helo: Option<&'a [u8]>,
    pub(super) auth_user: Option<&'a [u8]>,
    /// The login succeeded.
    pub(super) logged_in: bool,
    pub(super) sender: Option<&'a [u8]>,
    pub(super) recipient: Option<&'a [u8]>,
    pub(super) class: Class,
    pub(super) code: Option<u16>,
    pub(super) status: Option<&'a [u8]>,
    /// The line that refuses first; one or two.
    pub(super) evidence: &'a [LineRef<'a>],
}

impl Correlator {
    /// Tells a refusal. It is its attempt's first and last word.
    pub(super) fn tell_refusal(&mut self, refusal: &Refusal<'_>, tell: Tell<'_>) {
        let Some(first) = refusal.evidence.first() else { return };
        let denied = refusal.class == Class::RelayDenied;
        let authority = Some(match refusal.client_ip {
            _ if denied => Authority::None,
            _ if refusal.logged_in => Authority::Authenticated,
            Some(ip) if self.trust.of(ip) => Authority::TrustedNetwork,
            _ => Authority::None,
        });
        let for_its_sender = is_for_its_sender(refusal.class) && authority == Some(Authority::None);
        let sender_is_ours =
            for_its_sender && refusal.sender.is_some_and(|sender| self.domains.are_of(sender));
        let direction = match refusal.recipient {
            _ if denied => Direction::Outbound,
            Some(_) if refusal.class == Class::UnknownRecipient => direction(Locality::Ours, authority),
            Some(recipient) => direction(self.domains.of(recipient), authority),
            None => Direction::Unknown,
        };
        let mut lines = [first.origin; 2];
        for (origin, line) in lines.iter_mut().zip(refusal.evidence) {
            *origin = line.origin;
        }
        tell(&Attempt {
            time: first.time,
            told: refusal.told,
            host: refusal.host,
            mta: refusal.mta.unwrap_or(Mta::Postfix),
            queue_id: refusal.queue_id,
            session_id: refusal.session_id,
            client_ip: refusal.client_ip,
            client_name: refusal.client_name,
            helo: refusal.helo,
            auth_user: refusal.auth_user,
            uid: None,
            sender: refusal.sender,
            sender_is_ours,
            recipient: refusal.recipient,
            original_recipient: None,
            direction,
            authority,
            outcome: if denied { Outcome::Denied } else { Outcome::Rejected },
            class: Some(refusal.class),
            reply_code: refusal.code,
            reply_status: refusal.status,
            next_hop: None,
            lines: lines.get(..refusal.evidence.len()).unwrap_or(&lines),
            evidence: refusal.evidence,
            first: true,
            tried: false,
            last: true,
        });
    }
}

/// The login that Postfix names when it refuses a sender that is another's (`reject_sender_login_mismatch`): its own words,
/// and nothing else.
pub(super) fn named_login<'t>(text: &'t [u8], sender: &[u8]) -> Option<&'t [u8]> {
    text.strip_prefix(b"<")
        .and_then(|text| text.strip_prefix(sender))
        .and_then(|text| text.strip_prefix(b">: Sender address rejected: not owned by user "))
        .filter(|login| !login.is_empty())
}

/// Whether a client is refused because of its sender: then it matters whose address that is, and the refusal is told even
/// where no recipient was named yet.
pub(super) fn is_for_its_sender(class: Class) -> bool {
    matches!(class, Class::SenderPolicy | Class::SenderMismatch)
}
