//! Alerts, for people to look at.

use rusqlite::params;

use super::{Error, Service};
use crate::model::{Alert, AlertState, EventTime, Severity};

/// Which alerts. What is absent narrows nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Those that fire, or those that are over.
    pub state: Option<AlertState>,
    /// As grave, or graver.
    pub min_severity: Option<Severity>,
    /// Of one detector.
    pub detector: Option<String>,
    /// Seen then or later, in the log's time.
    pub since: Option<EventTime>,
    /// At most so many.
    pub most: Option<usize>,
}

impl Service {
    /// The alerts that `filter` asks for: those that fire first, then the gravest, then those that were seen last.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn alerts(&self, filter: &Filter) -> Result<Vec<Alert>, Error> {
        self.json(
            "SELECT json FROM alerts
             WHERE (?1 IS NULL OR firing = ?1) AND (?2 IS NULL OR severity >= ?2)
               AND (?3 IS NULL OR detector = ?3) AND (?4 IS NULL OR last_seen >= ?4)
             ORDER BY firing DESC, severity DESC, last_seen DESC, id LIMIT ?5",
            params![
                filter.state.map(|state| state == AlertState::Firing),
                filter.min_severity.map(|severity| severity as i64),
                filter.detector,
                filter.since.map(EventTime::micros),
                // A negative limit is none (SQLite, "The LIMIT clause").
                filter.most.map_or(-1, |most| i64::try_from(most).unwrap_or(-1)),
            ],
        )
    }
}
