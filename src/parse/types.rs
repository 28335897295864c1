//! The types a template field may have, and the type each event field has by itself.

use crate::model::Field;

/// How a stretch of text is recognised. `ARCHITECTURE.md`, "Patterns", says what each of them matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Type {
    QueueId,
    Client,
    Relay,
    OrigClient,
    Reply,
    Envelope,
    Destination,
    Address,
    Stage,
    Int,
    Decimal,
    Word,
    Keyword,
    Ip,
    Token,
    Text,
    Peer,
    Path,
    Refusal,
    Check,
    Origin,
    Delivery,
}

impl Type {
    const ALL: [(Self, &'static str); 22] = [
        (Self::QueueId, "queue_id"),
        (Self::Client, "client"),
        (Self::Relay, "relay"),
        (Self::OrigClient, "orig_client"),
        (Self::Reply, "reply"),
        (Self::Envelope, "envelope"),
        (Self::Destination, "destination"),
        (Self::Address, "address"),
        (Self::Stage, "stage"),
        (Self::Int, "int"),
        (Self::Decimal, "decimal"),
        (Self::Word, "word"),
        (Self::Keyword, "keyword"),
        (Self::Ip, "ip"),
        (Self::Token, "token"),
        (Self::Text, "text"),
        (Self::Peer, "peer"),
        (Self::Path, "path"),
        (Self::Refusal, "refusal"),
        (Self::Check, "check"),
        (Self::Origin, "origin"),
        (Self::Delivery, "delivery"),
    ];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, text)| *text == name).map(|&(found, _)| found)
    }

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(found, _)| *found == self).map_or("", |&(_, text)| text)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|&(_, name)| name)
    }

    /// The type of `{field}` where the template names none.
    pub(super) fn of(field: Field) -> Self {
        match field {
            Field::QueueId => Self::QueueId,
            Field::ClientIp | Field::RelayIp | Field::OrigClientIp => Self::Ip,
            Field::Sender | Field::Recipient | Field::OriginalRecipient => Self::Address,
            Field::ClientPort
            | Field::RelayPort
            | Field::Uid
            | Field::ControllerUid
            | Field::ReplyCode
            | Field::Size
            | Field::Recipients => Self::Int,
            Field::Delay => Self::Decimal,
            Field::ReplyText => Self::Text,
            // One word each; as such they never run over text that stands behind them.
            Field::Action
            | Field::Status
            | Field::AuthMethod
            | Field::ReplyStatus
            | Field::SessionId
            | Field::NextQueueId
            | Field::OrigQueueId => Self::Word,
            _ => Self::Token,
        }
    }

    /// Holds several fields, named by the type itself.
    pub(super) fn is_composite(self) -> bool {
        matches!(
            self,
            Self::Client
                | Self::Relay
                | Self::OrigClient
                | Self::Reply
                | Self::Envelope
                | Self::Stage
                | Self::Peer
                | Self::Refusal
                | Self::Origin
                | Self::Delivery
                | Self::Destination
        )
    }

    /// Text that may hold anything; at most one stands in a template.
    pub(super) fn is_opaque(self) -> bool {
        matches!(self, Self::Text | Self::Reply) || self.is_tail()
    }

    /// Reads to the end of the line, and finds the opaque text in it by itself.
    pub(super) fn is_tail(self) -> bool {
        matches!(self, Self::Refusal | Self::Check | Self::Origin | Self::Delivery)
    }

    /// Whether it depends on what may stand behind it where it ends.
    pub(super) fn looks_for_its_end(self) -> bool {
        // Exim's clients have several readings.
        !self.ends_by_itself() || self == Self::Client
    }

    /// Its own spelling says where it ends, so that any field may follow.
    pub(super) fn ends_by_itself(self) -> bool {
        matches!(
            self,
            Self::QueueId
                | Self::Client
                | Self::OrigClient
                | Self::Int
                | Self::Decimal
                | Self::Peer
                | Self::Path
                | Self::Destination
        )
    }
}
