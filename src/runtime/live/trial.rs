//! A sink, tried: a real notice on the real way.

use super::Error;
use crate::model::{Alert, AlertState, EventTime, Evidence, Mta, News, Notice, Severity, Subject};
use crate::sink::{Failure, Receipt, Settings};

/// Sends one test notice, made at `now`, through `sink`.
///
/// # Errors
/// The sink cannot be opened: its secret or certificate is not there. A delivery that fails is a result.
pub fn try_sink(sink: &Settings, now: EventTime) -> Result<Result<Receipt, Failure>, Error> {
    Ok(sink.open()?.deliver(&[notice(now)]))
}

/// What is sent: an alert with all its parts, about an address that is nobody's (RFC 5737).
fn notice(now: EventTime) -> Notice {
    let text = "postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 <test@example.com>: Relay access \
                denied; from=<test@example.net> to=<test@example.com> proto=ESMTP helo=<test.example>";
    let id = format!("test-{}", now.micros());
    let alert = Alert {
        id: id.clone(),
        detector: "test-alert".to_owned(),
        subject: Subject::ip(std::net::Ipv4Addr::new(192, 0, 2, 1).into()),
        severity: Severity::Info,
        state: AlertState::Firing,
        title: "This is a test".to_owned(),
        summary: "Somebody has asked relaywatch to send a test alert. Nothing has happened.".to_owned(),
        count: 1,
        first_seen: now,
        last_seen: now,
        started_at: now,
        host: "test".to_owned(),
        mta: Mta::Postfix,
        evidence: vec![Evidence { file: "test".to_owned(), line: 1, offset: 0, text: text.to_owned() }],
        remedy: "Nothing to do: alerts arrive.".to_owned(),
        related: Vec::new(),
    };
    Notice { id, news: News::Test, time: now, alert }
}
