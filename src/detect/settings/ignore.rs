//! Whom detectors leave alone: own scanners, monitoring.

use std::net::IpAddr;

use super::whom::Whom;
use crate::model::{Attempt, Event, Field, Finding, SubjectKind};

/// Whom one detector leaves alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::detect) struct Ignored(pub(in crate::detect) Vec<Whom>);

impl Ignored {
    /// Whether it is said of `event` that it does not count.
    pub(in crate::detect) fn covers_event(&self, event: &Event<'_>) -> bool {
        !self.0.is_empty()
            && (self.covers_ip(event.client_ip())
                || self.covers_account(event.get(Field::AuthUser))
                || self.covers_account(event.get(Field::ClaimedUser)))
    }

    /// Whether it is said of `attempt` that it does not count.
    pub(in crate::detect) fn covers_attempt(&self, attempt: &Attempt<'_>) -> bool {
        !self.0.is_empty() && (self.covers_ip(attempt.client_ip) || self.covers_account(attempt.auth_user))
    }

    /// Whether it is said of the subject of `finding`, a domain, that it does not count. Events and attempts have several
    /// domains each; which of them a finding is about only the detector knows.
    pub(in crate::detect) fn covers_finding(&self, finding: &Finding) -> bool {
        let (kind, name) = (finding.subject.kind, finding.subject.value.as_bytes());
        matches!(kind, SubjectKind::Domain | SubjectKind::Destination)
            && self.0.iter().any(|whom| whom.names_domain(name))
    }

    fn covers_ip(&self, ip: Option<IpAddr>) -> bool {
        ip.is_some_and(|ip| self.0.iter().any(|whom| whom.names_ip(ip)))
    }

    fn covers_account(&self, name: Option<&[u8]>) -> bool {
        name.is_some_and(|name| self.0.iter().any(|whom| whom.names_account(name)))
    }
}
