//! The body of Standard Webhooks: what happened, when, and the alert with all its fields.

use serde::Serialize;

use super::super::json;
use crate::model::{Alert, EventTime, News, Notice};

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: String,
    timestamp: EventTime,
    data: &'a Alert,
}

/// The body.
pub(super) fn write(notice: &Notice) -> String {
    let kind = kind(&notice.alert.detector, notice.news);
    json::to_string(&Event { kind, timestamp: notice.time, data: &notice.alert })
}

/// The type of an event, its words separated by points: `relay.denied.spike.firing`.
pub(super) fn kind(detector: &str, news: News) -> String {
    format!("{}.{news}", detector.replace('-', "."))
}
