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
        let stranger = denied || !refusal.client_ip.is_some_and(|ip| self.trust.of(ip));
        let authority = Some(if stranger { Authority::None } else { Authority::TrustedNetwork });
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
            sender_is_ours: false,
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
            last: true,
        });
    }
}
