//! An attempt that outlives the log.

use std::net::IpAddr;

use crate::model::{Attempt, Authority, Class, Direction, EventTime, HostId, Mta, Origin, Outcome};

/// What became of one recipient, as it was told last.
#[derive(Clone, Debug)]
pub struct Fate {
    time: EventTime,
    told: EventTime,
    host: HostId,
    mta: Mta,
    client_ip: Option<IpAddr>,
    direction: Direction,
    authority: Option<Authority>,
    outcome: Outcome,
    class: Option<Class>,
    reply_code: Option<u16>,
    queue_id: Text,
    session_id: Text,
    client_name: Text,
    helo: Text,
    auth_user: Text,
    uid: Text,
    sender: Text,
    recipient: Text,
    original_recipient: Text,
    reply_status: Text,
    next_hop: Text,
    lines: Box<[Origin]>,
}

type Text = Option<Box<[u8]>>;

impl Fate {
    /// Copies all of `attempt` but the text of its lines.
    pub(super) fn of(attempt: &Attempt<'_>) -> Self {
        let own = |text: Option<&[u8]>| text.map(Box::from);
        Self {
            time: attempt.time,
            told: attempt.told,
            host: attempt.host,
            mta: attempt.mta,
            client_ip: attempt.client_ip,
            direction: attempt.direction,
            authority: attempt.authority,
            outcome: attempt.outcome,
            class: attempt.class,
            reply_code: attempt.reply_code,
            queue_id: own(attempt.queue_id),
            session_id: own(attempt.session_id),
            client_name: own(attempt.client_name),
            helo: own(attempt.helo),
            auth_user: own(attempt.auth_user),
            uid: own(attempt.uid),
            sender: own(attempt.sender),
            recipient: own(attempt.recipient),
            original_recipient: own(attempt.original_recipient),
            reply_status: own(attempt.reply_status),
            next_hop: own(attempt.next_hop),
            lines: attempt.lines.into(),
        }
    }

    /// The attempt. Its evidence is told elsewhere.
    pub fn attempt(&self) -> Attempt<'_> {
        Attempt {
            time: self.time,
            told: self.told,
            host: self.host,
            mta: self.mta,
            queue_id: self.queue_id.as_deref(),
            session_id: self.session_id.as_deref(),
            client_ip: self.client_ip,
            client_name: self.client_name.as_deref(),
            helo: self.helo.as_deref(),
            auth_user: self.auth_user.as_deref(),
            uid: self.uid.as_deref(),
            sender: self.sender.as_deref(),
            sender_is_ours: false,
            recipient: self.recipient.as_deref(),
            original_recipient: self.original_recipient.as_deref(),
            direction: self.direction,
            authority: self.authority,
            outcome: self.outcome,
            class: self.class,
            reply_code: self.reply_code,
            reply_status: self.reply_status.as_deref(),
            next_hop: self.next_hop.as_deref(),
            lines: &self.lines,
            evidence: &[],
            first: false,
            tried: false,
            last: true,
        }
    }
}
