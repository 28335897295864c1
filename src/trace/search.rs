//! What is looked for: an address, a network, or a text that a line names.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::{Event, Field};

/// What stories are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// Clients of a network.
    Clients(IpNet),
    /// A queue id, a session id, a Message-ID, an account, the address of a sender or of a recipient.
    Name(Box<[u8]>),
}

/// Where a name may stand.
const FIELDS: [Field; 9] = [
    Field::QueueId,
    Field::NextQueueId,
    Field::OrigQueueId,
    Field::SessionId,
    Field::MessageId,
    Field::AuthUser,
    Field::Sender,
    Field::Recipient,
    Field::OriginalRecipient,
];

impl Search {
    /// What somebody typed; `None` if nothing is left of it. Angle brackets around an address or a Message-ID do not count.
    ///
    /// ```
    /// use relaywatch::trace::Search;
    /// assert_eq!(Search::of("<ann@far.example>"), Search::of("ann@far.example"));
    /// assert!(matches!(Search::of("203.0.113.0/24"), Some(Search::Clients(_))));
    /// assert_eq!(Search::of("<>"), None);
    /// ```
    pub fn of(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if let Ok(network) = typed.parse::<IpNet>().or_else(|_| typed.parse::<IpAddr>().map(IpNet::from)) {
            return Some(Self::Clients(network));
        }
        let name = bare(typed.as_bytes());
        (!name.is_empty()).then(|| Self::Name(name.into()))
    }

    /// Whether `event` names it. Names have no case here: who looks for one has read it somewhere.
    pub(super) fn names(&self, event: &Event<'_>) -> bool {
        match self {
            Self::Clients(network) => {
                let behind = || event.ip(Field::OrigClientIp);
                event.client_ip().or_else(behind).is_some_and(|ip| network.contains(&ip))
            }
            Self::Name(name) => FIELDS
                .iter()
                .filter_map(|&field| event.get(field))
                .any(|value| bare(value).eq_ignore_ascii_case(name)),
        }
    }
}

/// `text` without the angle brackets around it.
fn bare(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"<").and_then(|text| text.strip_suffix(b">")).unwrap_or(text)
}
