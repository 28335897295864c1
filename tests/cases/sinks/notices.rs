//! Notices to tell.

use relaywatch::model::{
    Alert, AlertState, EventTime, Evidence, Mta, News, Notice, Severity, Subject, is_unfit,
};

/// Text as an attacker would write it.
pub(super) const HOSTILE: &str =
    "a\"b'c\\d\r\n<1>x\u{1b}[31m\u{7}\0\u{9b}\u{202e}\u{2028}]) <!channel> @channel `&{{id}} ü";

/// An open relay.
pub(super) fn open_relay(id: &str) -> Notice {
    let time = EventTime::from_seconds(1_790_000_000);
    Notice {
        id: id.to_owned(),
        news: News::Firing,
        time,
        alert: Alert {
            id: format!("alert-{id}"),
            detector: "open-relay".to_owned(),
            subject: Subject::ip("203.0.113.66".parse().unwrap()),
            severity: Severity::Critical,
            state: AlertState::Firing,
            title: "Open relay".to_owned(),
            summary: "203.0.113.66 sent 3 messages to 3 foreign domains.".to_owned(),
            count: 3,
            first_seen: time.plus_seconds(-60),
            last_seen: time,
            started_at: time.plus_seconds(-30),
            host: "mx1".to_owned(),
            mta: Mta::Postfix,
            evidence: vec![evidence("Nov 29 20:00:00 mx1 postfix/smtp[1]: status=sent")],
            remedy: "Remove 0.0.0.0/0 from mynetworks.".to_owned(),
            related: Vec::new(),
        },
    }
}

/// The same, with hostile text wherever text stands.
pub(super) fn hostile(id: &str) -> Notice {
    let mut notice = open_relay(id);
    notice.alert.subject = Subject::account(HOSTILE.as_bytes());
    let alert = &mut notice.alert;
    for text in [&mut alert.title, &mut alert.summary, &mut alert.host, &mut alert.remedy] {
        HOSTILE.clone_into(text);
    }
    alert.evidence = vec![evidence(HOSTILE)];
    notice
}

fn evidence(text: &str) -> Evidence {
    Evidence { file: "mail.log".to_owned(), line: 1, offset: 0, text: text.to_owned() }
}

/// Nothing in `text` but line ends moves a cursor or hides anything.
pub(super) fn assert_fit(text: &str) {
    assert!(!text.chars().any(|character| character != '\n' && is_unfit(character)), "{text:?}");
}
