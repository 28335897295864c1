//! What the service's own log says of alerts: each once when it begins, when it is graver, and when it is over.

use std::collections::HashMap;

use crate::model::{Alert, AlertState, Severity, shown_text};

/// Alerts that are remembered. Of more, some are said again.
const MOST: usize = 20_000;

/// What was said.
#[derive(Debug, Default)]
pub(super) struct Said(HashMap<String, (AlertState, Severity), ahash::RandomState>);

impl Said {
    /// Says what is new about `alert`.
    pub(super) fn say(&mut self, alert: &Alert) {
        let now = (alert.state, alert.severity);
        if self.0.len() >= MOST {
            self.0.clear();
        }
        if self.0.insert(alert.id.clone(), now) == Some(now) {
            return;
        }
        tracing::info!(
            id = alert.id,
            detector = alert.detector,
            severity = alert.severity.name(),
            state = alert.state.name(),
            "{}: {}",
            shown_text(&alert.subject.to_string()),
            shown_text(&alert.title)
        );
    }
}
