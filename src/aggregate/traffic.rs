//! Traffic in numbers, with the meaning that postmasters know from pflogsumm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::series::Column;
use crate::model::{Class, Event, Field, Kind};

/// What went through the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Sessions that clients opened with an SMTP server. A client that only postscreen saw is not among them.
    pub connections: u64,
    /// Acceptances into a queue, by client or local submission, a content filter's re-injection included.
    pub accepted: u64,
    /// Messages, each once: acceptances less re-injections.
    pub messages: u64,
    /// Delivery lines that say a recipient's copy was handed on or stored.
    pub delivered: u64,
    /// Delivery lines that say it is tried again later.
    pub deferred: u64,
    /// Delivery lines that say it was returned.
    pub bounced: u64,
    /// Messages given up because their time in the queue was over.
    pub expired: u64,
    /// Refusals, whoever refused: SMTP server, postscreen, milter, header and body checks. What was only warned
    /// about, held or discarded is not refused.
    pub rejected: u64,
    /// The same by class, classes that occur only.
    pub rejected_by_class: BTreeMap<Class, u64>,
}

/// The counters behind [`Traffic`].
#[derive(Debug, Default)]
pub(super) struct TrafficCounts {
    traffic: Traffic,
    by_class: [u64; Class::ALL.len()],
}

impl TrafficCounts {
    /// Counts traffic; says in which column of the series it belongs.
    pub(super) fn count(&mut self, event: &Event<'_>) -> Option<Column> {
        let traffic = &mut self.traffic;
        match event.kind() {
            // A client that passes postscreen is logged a second time by smtpd: count sessions, not lines.
            Kind::Connect if event.service().ends_with(b"postscreen") => None,
            Kind::Connect => {
                traffic.connections += 1;
                Some(Column::Connections)
            }
            Kind::Accept if is_notification(event) => None,
            Kind::Accept => {
                traffic.accepted += 1;
                Some(Column::Accepted)
            }
            Kind::Reject if is_refusal(event.get(Field::Action)) => {
                traffic.rejected += 1;
                self.by_class[event.class().unwrap_or(Class::Other) as usize] += 1;
                Some(Column::Rejected)
            }
            Kind::Delivery => match event.get(Field::Status)? {
                b"sent" => {
                    traffic.delivered += 1;
                    Some(Column::Delivered)
                }
                // SOFTBOUNCE: a bounce that soft_bounce (postconf(5)) turned into a deferral.
                b"deferred" | b"SOFTBOUNCE" => {
                    traffic.deferred += 1;
                    Some(Column::Deferred)
                }
                b"bounced" => {
                    traffic.bounced += 1;
                    Some(Column::Bounced)
                }
                b"expired" | b"force-expired" => {
                    traffic.expired += 1;
                    None
                }
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn summary(&self, reinjections: u64) -> Traffic {
        let classes = Class::ALL.iter().map(|&class| (class, self.by_class[class as usize]));
        Traffic {
            messages: self.traffic.accepted.saturating_sub(reinjections),
            rejected_by_class: classes.filter(|&(_, count)| count > 0).collect(),
            ..self.traffic.clone()
        }
    }
}

/// The server's own message about one in its queue, which no client and no local user submitted.
fn is_notification(event: &Event<'_>) -> bool {
    let about_another = event.get(Field::Sender) == Some(b"") && event.get(Field::OrigQueueId).is_some();
    event.client_ip().is_none() && (about_another || event.get(Field::Action) == Some(b"notification"))
}

/// `reject`, `milter-reject`, `proxy-reject`, patterns that name no action, and what agents of Exchange's do
/// (`RejectCommand`, `Disconnect`); not `reject_warning`, `hold`, `warn`.
fn is_refusal(action: Option<&[u8]>) -> bool {
    action.is_none_or(|action| {
        action.ends_with(b"reject") || action.starts_with(b"Reject") || action == b"Disconnect"
    })
}
