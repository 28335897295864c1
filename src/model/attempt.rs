//! The relay attempt: one client, one recipient, on what authority, with what outcome.

use std::net::IpAddr;

use super::vocabulary::vocabulary;
use super::{Class, EventTime, HostId, Mta, Origin};
use serde::{Deserialize, Serialize};
use std::fmt;

vocabulary! {
    /// Why a relay was permitted. Decided where a message first enters, and carried through content filters.
    Authority {
        /// The client's address is in a trusted network.
        TrustedNetwork = "trusted_network",
        /// The client logged in.
        Authenticated = "authenticated",
        /// The client showed a certificate that the configuration accepts.
        TlsCertificate = "tls_certificate",
        /// Submitted on the host itself.
        LocalSubmission = "local_submission",
        /// Nobody needs authority to send mail to us.
        RecipientIsLocal = "recipient_is_local",
        /// None: if it was accepted, the server relays for strangers.
        None = "none",
    }
}

vocabulary! {
    /// What became of an attempt, so far.
    Outcome {
        /// Refused because the server does not relay for that client.
        Denied = "denied",
        /// Refused for another reason.
        Rejected = "rejected",
        /// In the queue; nothing is known of a delivery.
        Accepted = "accepted",
        /// Handed on or stored.
        Delivered = "delivered",
        /// Tried, and to be tried again.
        Deferred = "deferred",
        /// Given up, the sender was told.
        Bounced = "bounced",
        /// Given up after its time in the queue.
        Expired = "expired",
    }
}

vocabulary! {
    /// Where an attempt leads, seen from this site.
    Direction {
        /// To somebody else's domain.
        Outbound = "outbound",
        /// From outside to a domain of ours.
        Inbound = "inbound",
        /// From a trusted or local source to a domain of ours.
        Internal = "internal",
        /// Nobody said whose domain it is.
        Unknown = "unknown",
    }
}

/// A line that tells part of an attempt, with its text.
#[derive(Clone, Copy, Debug)]
pub struct LineRef<'a> {
    /// Where it stands.
    pub origin: Origin,
    /// When it was written.
    pub time: EventTime,
    /// The line.
    pub text: &'a [u8],
}

/// One attempt, borrowed from the correlator's state and the event that moved it.
///
/// The same attempt may be told several times: when its first outcome is known (`first`), when the outcome changes,
/// and when nothing more can come (`last`). Counting `first` counts attempts; counting `last` counts final outcomes.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "which telling it is, in three independent ways")]
pub struct Attempt<'a> {
    /// When the message entered, or was refused.
    pub time: EventTime,
    /// When the line that caused this telling was written.
    pub told: EventTime,
    /// The host.
    pub host: HostId,
    /// The mail server.
    pub mta: Mta,
    /// The first queue id.
    pub queue_id: Option<&'a [u8]>,
    /// The server's session id.
    pub session_id: Option<&'a [u8]>,
    /// The peer address of the connection by which it entered.
    pub client_ip: Option<IpAddr>,
    /// The verified name of that peer.
    pub client_name: Option<&'a [u8]>,
    /// What the client called itself.
    pub helo: Option<&'a [u8]>,
    /// The login.
    pub auth_user: Option<&'a [u8]>,
    /// The local user, for local submission: a number, of Exim a name.
    pub uid: Option<&'a [u8]>,
    /// Envelope sender; empty for the null sender.
    pub sender: Option<&'a [u8]>,
    /// The sender is in a domain that is known to be ours. Anybody can write it there; but a host that always does
    /// may well be one of ours. Looked up only where it matters: no authority and a domain of unknown ownership, a
    /// stranger's mail to us when it is first told, a refusal because of the sender.
    pub sender_is_ours: bool,
    /// Envelope recipient as it was delivered.
    pub recipient: Option<&'a [u8]>,
    /// The recipient the client named, where aliasing changed it.
    pub original_recipient: Option<&'a [u8]>,
    /// Where it leads.
    pub direction: Direction,
    /// Why it was permitted; absent where the log does not show how the message entered.
    pub authority: Option<Authority>,
    /// What became of it, so far.
    pub outcome: Outcome,
    /// Why it was refused.
    pub class: Option<Class>,
    /// SMTP reply code of a refusal.
    pub reply_code: Option<u16>,
    /// Enhanced status of the refusal or the delivery.
    pub reply_status: Option<&'a [u8]>,
    /// The next hop's name or address.
    pub next_hop: Option<&'a [u8]>,
    /// The lines that tell it, oldest first, bounded.
    pub lines: &'a [Origin],
    /// Text of the line that let it in (or refused it) and of the line that tells its outcome.
    pub evidence: &'a [LineRef<'a>],
    /// First telling.
    pub first: bool,
    /// The first telling of what became of its delivery: stored or handed on, put off, given up. The very first one, as a
    /// rule; where the server tells when a message comes in as well, a later one.
    pub tried: bool,
    /// Last telling.
    pub last: bool,
}

impl Attempt<'_> {
    /// Whether a client without any authority got a recipient accepted that is not ours: an open relay in action.
    pub fn is_unauthorised(&self) -> bool {
        self.authority == Some(Authority::None)
            && self.direction == Direction::Outbound
            && !matches!(self.outcome, Outcome::Denied | Outcome::Rejected)
    }
}

#[cfg(test)]
impl Attempt<'_> {
    /// One of which no more is known, told once: for tests, which say what matters to them.
    pub(crate) fn bare(time: EventTime, outcome: Outcome) -> Self {
        Self {
            time,
            told: time,
            host: HostId(0),
            mta: Mta::Postfix,
            queue_id: None,
            session_id: None,
            client_ip: None,
            client_name: None,
            helo: None,
            auth_user: None,
            uid: None,
            sender: None,
            sender_is_ours: false,
            recipient: None,
            original_recipient: None,
            direction: Direction::Unknown,
            authority: None,
            outcome,
            class: None,
            reply_code: None,
            reply_status: None,
            next_hop: None,
            lines: &[],
            evidence: &[],
            first: true,
            tried: true,
            last: true,
        }
    }
}
