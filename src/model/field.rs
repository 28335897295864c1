//! The fields an event may have, and where in its line each of them stands.

use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};
use std::fmt;

vocabulary! {
    /// A field of the event record that holds text of the line (or a constant its pattern states).
    Field {
        /// The server's id of a queued message. `NOQUEUE` is no id.
        QueueId = "queue_id",
        /// The server's id of an SMTP session, where it has one.
        SessionId = "session_id",
        /// Number of a row in its session, from 0 (Exchange). Only to see whether rows are missing; no output has it.
        SequenceNumber = "sequence_number",
        /// The Message-ID header, without angle brackets.
        MessageId = "message_id",
        /// The peer address of the connection.
        ClientIp = "client_ip",
        /// The verified name of the client; `unknown` where it has none.
        ClientName = "client_name",
        /// The client's port.
        ClientPort = "client_port",
        /// What the client called itself.
        Helo = "helo",
        /// The login name.
        AuthUser = "auth_user",
        /// The name of a failed login where it may as well be the password, typed or sent one prompt too early
        /// (Sendmail, AUTH LOGIN with an empty name). Only to be compared with accounts that are known; no output has it.
        ClaimedUser = "claimed_user",
        /// Failed logins that one line tells of, where it is more than one.
        Attempts = "attempts",
        /// The SASL mechanism.
        AuthMethod = "auth_method",
        /// Trust level or security level of a TLS connection.
        Tls = "tls",
        /// Envelope sender, without angle brackets; the null sender is empty.
        Sender = "sender",
        /// Envelope recipient, without angle brackets.
        Recipient = "recipient",
        /// The recipient before aliasing.
        OriginalRecipient = "original_recipient",
        /// The local user that submitted a message.
        Uid = "uid",
        /// On whose behalf a recipient is delivered to: the local address whose alias or `.forward` file names it, or a
        /// sender that is a local user, as anybody may write it into the envelope (Sendmail's `ctladdr`).
        Controller = "controller",
        /// The user id that goes with it.
        ControllerUid = "controller_uid",
        /// SMTP reply code, three digits.
        ReplyCode = "reply_code",
        /// Enhanced status code (RFC 3463) of a reply or a delivery.
        ReplyStatus = "reply_status",
        /// The text of a reply: ours in a rejection, the remote server's in a delivery.
        ReplyText = "reply_text",
        /// Name of the next hop.
        RelayName = "relay_name",
        /// Address of the next hop.
        RelayIp = "relay_ip",
        /// Port of the next hop.
        RelayPort = "relay_port",
        /// What delivers, where the line names it apart from the daemon: Sendmail's mailer, Exim's transport.
        Mailer = "mailer",
        /// `sent`, `deferred`, `bounced`, `expired`, ... as the server spells it.
        Status = "status",
        /// Seconds a message has been in the queue.
        Delay = "delay",
        /// Bytes.
        Size = "size",
        /// Number of recipients.
        Recipients = "recipients",
        /// What the server did with a refused command: `reject`, `reject_warning`, `hold`, ...
        Action = "action",
        /// Whether Exchange takes a message for one of its own users' (`Originating`) or a stranger's (`Incoming`).
        Directionality = "directionality",
        /// Rights that an Exchange session was granted (`Set Session Permissions`), separated by spaces.
        Permissions = "permissions",
        /// Counts of commands in a session, as the server writes them: `ehlo=1 auth=0/3`.
        Commands = "commands",
        /// The queue id the next server gave ("queued as"), or the id of a notification made from this message.
        NextQueueId = "next_queue_id",
        /// The queue id under which this message entered before a content filter saw it.
        OrigQueueId = "orig_queue_id",
        /// The address from which this message entered before a content filter saw it, as the filter says.
        OrigClientIp = "orig_client_ip",
        /// The name that goes with it.
        OrigClientName = "orig_client_name",
        /// What makes a line notable beyond its kind: `pregreet`, `pipelining`, `non_smtp_command`, ...
        Reason = "reason",
    }
}

/// Where a field's text stands: bytes from the start of its line. Lines are capped at 65,535 bytes, so 16 bits do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldSpan {
    /// Which field.
    pub field: Field,
    /// First byte, counted from the start of the line.
    pub start: u16,
    /// Length in bytes.
    pub len: u16,
}

/// What the patterns state themselves, by pattern number: `reason = "pregreet"` is in the pattern, not in the line.
#[derive(Debug, Default)]
pub struct Constants(pub Vec<Vec<(Field, Box<[u8]>)>>);

impl Constants {
    /// The constant `field` of pattern number `pattern`.
    pub fn get(&self, pattern: u16, field: Field) -> Option<&[u8]> {
        self.0.get(usize::from(pattern))?.iter().find(|(f, _)| *f == field).map(|(_, value)| &**value)
    }
}
