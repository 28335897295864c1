//! Alerts of every state, and what people have decided about them.

use super::{ago, ip};
use crate::model::{Alert, AlertState, Evidence, Mta, Network, Severity, Subject};
use crate::tui::{Marks, Silenced};

/// One is looked after, one silenced.
pub(super) fn marks() -> Marks {
    let silenced =
        Silenced { alert: "c3".to_owned(), seconds: 3_210, comment: "Bob is on a journey".to_owned() };
    Marks { acknowledged: vec!["d4".to_owned()], silenced: vec![silenced], ..Marks::default() }
}

fn alert(
    id: &str,
    detector: &str,
    subject: Subject,
    severity: Severity,
    title: &str,
    count: u64,
    minutes: i64,
) -> Alert {
    Alert {
        id: id.to_owned(),
        detector: detector.to_owned(),
        subject,
        severity,
        state: AlertState::Firing,
        title: title.to_owned(),
        summary: String::new(),
        count,
        first_seen: ago(minutes * 60 + 40),
        last_seen: ago(2),
        started_at: ago(minutes * 60),
        host: "mx".to_owned(),
        mta: Mta::Postfix,
        evidence: Vec::new(),
        remedy: String::new(),
        related: Vec::new(),
    }
}

pub(super) fn alerts() -> Vec<Alert> {
    let proof = |line, text: &str| Evidence {
        file: "/var/log/mail.log".to_owned(),
        line,
        offset: 0,
        text: text.to_owned(),
    };
    let relay = Alert {
        summary: "203.0.113.66, neither trusted nor logged in, got 1,398 recipients accepted within 15 min for domains that are not yours (mailprobe.example, foreign-one.example, foreign-two.example and 2 more); 1,204 delivered. It had been denied 3,380 times before.".to_owned(),
        evidence: vec![
            proof(9, "Mar  3 02:02:50 mx postfix/smtpd[8207]: NOQUEUE: reject: RCPT from unknown[203.0.113.66]: 454 4.7.1 <check.relay01@mailprobe.example>: Relay access denied; from=<support@bank.example> to=<check.relay01@mailprobe.example> proto=ESMTP helo=<WIN-8K2Q7>"),
            proof(26, "Mar  3 02:45:57 mx postfix/smtpd[8422]: 6A2D94A0D7: client=unknown[203.0.113.66]"),
            proof(30, "Mar  3 02:45:58 mx postfix/smtp[8430]: 6A2D94A0D7: to=<check.relay03@mailprobe.example>, relay=mx.mailprobe.example[203.0.113.80]:25, delay=1.9, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9C1E6220)"),
        ],
        remedy: "In main.cf, list in mynetworks the addresses of your own hosts and no others, and let every list of relay restrictions end with a refusal:\n  smtpd_relay_restrictions = permit_mynetworks,\n    permit_sasl_authenticated, reject_unauth_destination\nIn master.cf, look for services that override them: -o mynetworks=, -o smtpd_relay_restrictions=, -o smtpd_recipient_restrictions=\nThen reload, and see what still waits in the queue:\n  postfix reload\n  postqueue -p".to_owned(),
        related: vec!["b2".to_owned()],
        ..alert("a1", "open-relay", Subject::ip(ip("203.0.113.66")), Severity::Critical, "The server relays for strangers", 1_398, 16)
    };
    let ended = Alert {
        state: AlertState::Resolved,
        last_seen: ago(5_000),
        ..alert(
            "e5",
            "bounce-surge",
            Subject::domain(b"corp.example"),
            Severity::Warning,
            "Many bounces",
            212,
            100,
        )
    };
    vec![
        ended,
        alert(
            "c3",
            "auth-brute-force",
            Subject::account(b"bob@corp.example"),
            Severity::Warning,
            "Passwords are guessed from many networks",
            96,
            30,
        ),
        relay,
        alert(
            "b2",
            "relay-denied-spike",
            Subject::network(Network::of(ip("203.0.113.66"))),
            Severity::Warning,
            "Many relay attempts denied",
            3_380,
            40,
        ),
        alert(
            "d4",
            "protocol-abuse",
            Subject::ip(ip("198.51.100.9")),
            Severity::Info,
            "Talks before it is greeted",
            14,
            70,
        ),
    ]
}
