//! Alerts for Prometheus' Alertmanager, API version 2 (`POST /api/v2/alerts`). It takes an alert for the same as long as its
//! labels are the same, and for over when `endsAt` has passed or it has not heard of it for its `resolve_timeout`.

use serde::Serialize;

use super::super::{json, words};
use crate::model::{EventTime, News, Notice};

#[derive(Serialize)]
struct Posted {
    labels: Labels,
    annotations: Annotations,
    #[serde(rename = "startsAt", skip_serializing_if = "Option::is_none")]
    starts_at: Option<EventTime>,
    #[serde(rename = "endsAt", skip_serializing_if = "Option::is_none")]
    ends_at: Option<EventTime>,
}

#[derive(Serialize)]
struct Labels {
    alertname: String,
    detector: String,
    severity: &'static str,
    subject: String,
    subject_kind: &'static str,
    host: String,
}

#[derive(Serialize)]
struct Annotations {
    title: String,
    summary: String,
    remedy: String,
    evidence: String,
    id: String,
}

/// The body: a list, one alert per notice.
pub(super) fn write(notices: &[Notice]) -> String {
    json::to_string(&notices.iter().map(posted).collect::<Vec<_>>())
}

fn posted(notice: &Notice) -> Posted {
    let alert = &notice.alert;
    let detector = words::line(&alert.detector, 100);
    // A time that no calendar has would be refused, and with it all alerts of the list.
    let known = |time: EventTime| time.utc().is_some().then_some(time);
    Posted {
        labels: Labels {
            alertname: detector.clone(),
            detector,
            severity: alert.severity.name(),
            subject: words::line(&alert.subject.value, 200),
            subject_kind: alert.subject.kind.name(),
            host: words::line(&alert.host, 200),
        },
        annotations: Annotations {
            title: words::headline(notice),
            summary: words::line(&alert.summary, 2000),
            remedy: words::line(&alert.remedy, 2000),
            evidence: words::evidence(alert).join("\n"),
            id: words::line(&alert.id, 100),
        },
        starts_at: known(alert.started_at),
        // By the log's clock it may begin later than it ends by ours; Alertmanager refuses that.
        ends_at: (notice.news == News::Resolved).then(|| notice.time.max(alert.started_at)).and_then(known),
    }
}
