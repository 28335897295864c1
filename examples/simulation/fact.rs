//! What a line of a log tells, in words that mean the same for every server.

use std::net::IpAddr;

use crate::simulation::visit::{Authority, Class, Mail, Recipient, Route};

/// The status of a delivery line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Sent,
    Deferred,
    Bounced,
    Expired,
}

/// What a delivery line tells of the way its recipient took, if it is the first to name that recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// A later line, or no attempt of its own (a copy, a notification to somebody here).
    NotCounted,
    /// A notification of the host itself, to somebody else's domain.
    Notification,
    /// To somebody else's domain.
    Outbound(Authority),
    /// To a local or relay domain.
    Inward(Authority),
}

/// Whose a message in the queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A client's: its first delivery lines are the first that name its recipients.
    Client,
    /// The same again, from the filter or forwarded.
    ClientAgain,
    /// The host's own notification.
    Host,
}

impl Whose {
    /// What the first line tells that hands such a message on to a recipient.
    pub(crate) fn attempt(self, authority: Authority, route: Route) -> Attempt {
        match (self, route) {
            (Self::Client, Route::Remote(_)) => Attempt::Outbound(authority),
            (Self::Client, Route::Local | Route::Gateway(_)) => Attempt::Inward(authority),
            (Self::Host, Route::Remote(_)) => Attempt::Notification,
            (Self::Host | Self::ClientAgain, _) => Attempt::NotCounted,
        }
    }
}

/// How a message came into a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// From a client, by SMTP.
    Client,
    /// By the host's own `sendmail` command.
    Command,
    /// Once more: back from the content filter, or handed on by the queue of the `sendmail` command.
    Again,
}

/// What one line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    None,
    Connected,
    Screened,
    Accepted(Entry),
    /// The same in a log that says at once for whom; whether it says, too, when the message has left the queue.
    AcceptedFor {
        entry: Entry,
        authority: Authority,
        outward: u32,
        inward: u32,
        tells_end: bool,
    },
    /// One recipient more of a message that has come in, in a log that tells of one at a time.
    AlsoFor {
        authority: Authority,
        outward: bool,
    },
    /// A recipient of a message that came in by `entry`, if it is the first one told of, and what has become of it.
    Traced {
        entry: Option<Entry>,
        authority: Authority,
        outward: bool,
        status: Option<Status>,
    },
    /// A notification of the host itself enters the queue.
    Notified,
    /// A forwarded copy enters the queue.
    Copied,
    /// What became of so many recipients; whether the message has left the queue with it.
    Delivery {
        status: Status,
        attempt: Attempt,
        recipients: u32,
        last: bool,
    },
    /// Given up after its time in the queue, and a notification of the host itself entered it instead.
    Returned,
    /// Refused; of a refused relay also who asked.
    Refused(Class, Option<IpAddr>),
    /// The same in a log that has a reply's code, but not its words.
    RefusedWordless(Class, Option<IpAddr>),
    /// A queued message is refused at its end.
    RefusedContent,
    LoginFailed,
    /// VRFY was tried, of which the log says no more: Postfix refuses it in so many words, others do not.
    Probed,
    Removed,
}

impl Fact {
    /// One recipient, of a message that stays in the queue until [`Fact::Removed`].
    pub(crate) const fn delivery(status: Status, attempt: Attempt) -> Self {
        Self::Delivery { status, attempt, recipients: 1, last: false }
    }

    /// `mail` comes in and all its recipients are told.
    pub(crate) fn accepted_for(entry: Entry, mail: &Mail, authority: Authority, tells_end: bool) -> Self {
        let is_outward = |recipient: &&Recipient| matches!(recipient.party.route, Route::Remote(_));
        let outward = mail.recipients.iter().filter(is_outward).count();
        let inward = (mail.recipients.len() - outward) as u32;
        Self::AcceptedFor { entry, authority, outward: outward as u32, inward, tells_end }
    }

    /// The message is given up.
    pub(crate) const fn expired() -> Self {
        Self::delivery(Status::Expired, Attempt::NotCounted)
    }
}
