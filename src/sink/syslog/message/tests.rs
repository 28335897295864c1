use super::*;
use crate::model::{Alert, AlertState, EventTime, Mta, Subject, is_unfit};

fn notice(severity: Severity, news: News) -> Notice {
    let time = EventTime::from_seconds(1_700_000_000);
    Notice {
        id: "n1".to_owned(),
        news,
        time,
        alert: Alert {
            id: "a1".to_owned(),
            detector: "open-relay".to_owned(),
            subject: Subject::account(b"a\"b]c\\d\n\x1b[31m"),
            severity,
            state: AlertState::Firing,
            title: "Open relay".to_owned(),
            summary: "3 messages\r\n<1>forged".to_owned(),
            count: 3,
            first_seen: time,
            last_seen: time,
            started_at: time,
            host: "mx1".to_owned(),
            mta: Mta::Postfix,
            evidence: Vec::new(),
            remedy: String::new(),
            related: Vec::new(),
        },
    }
}

fn write(notice: &Notice, format: Format, longest: usize) -> String {
    let writer = Writer { host: "logs".to_owned(), process: 7 };
    writer.write(notice, format, Facility::Daemon, false, longest)
}

#[test]
fn rfc_5424_has_all_its_fields_escaped() {
    assert_eq!(
        write(&notice(Severity::Critical, News::Firing), Format::Rfc5424, 2048),
        "<26>1 2023-11-14T22:13:20Z logs relaywatch 7 open-relay [relaywatch@32473 id=\"a1\" notice=\"n1\" \
         news=\"firing\" detector=\"open-relay\" subjectKind=\"account\" \
         subject=\"a\\\"b\\]c\\\\d\\\\u{a}\\\\u{1b}[31m\" severity=\"critical\" state=\"firing\" count=\"3\" \
         firstSeen=\"2023-11-14T22:13:20Z\" lastSeen=\"2023-11-14T22:13:20Z\" host=\"mx1\"] \
         CRITICAL: Open relay: 3 messages\\u{d}\\u{a}<1>forged"
    );
}

#[test]
fn severities_are_those_of_syslog() {
    for (severity, news, want) in [
        (Severity::Critical, News::Updated, 26),
        (Severity::Warning, News::Repeated, 28),
        (Severity::Info, News::Test, 30),
        (Severity::Critical, News::Resolved, 29),
    ] {
        for format in [Format::Rfc5424, Format::Rfc3164] {
            let message = write(&notice(severity, news), format, 2048);
            assert!(message.starts_with(&format!("<{want}>")), "{message}");
        }
    }
}

#[test]
fn rfc_3164_has_what_it_is_about_in_its_text() {
    let message = write(&notice(Severity::Critical, News::Firing), Format::Rfc3164, 2048);
    assert!(message.contains(" logs relaywatch[7]: open-relay account a\"b]c\\d\\u{a}"), "{message}");
    assert!(message.ends_with("<1>forged (count 3, id a1)"), "{message}");
}

#[test]
fn a_message_is_cut_between_characters_and_its_data_never() {
    let mut notice = notice(Severity::Critical, News::Firing);
    let long = "ü\"]\u{202e}".repeat(5000);
    for text in [&mut notice.alert.subject.value, &mut notice.alert.summary, &mut notice.alert.title] {
        long.clone_into(text);
    }
    for text in [&mut notice.id, &mut notice.alert.id, &mut notice.alert.host, &mut notice.alert.detector] {
        long.clone_into(text);
    }
    for longest in [2048, 2049, 8192] {
        let message = write(&notice, Format::Rfc5424, longest);
        assert!(message.len() <= longest && !message.chars().any(is_unfit));
        assert!(message.contains("\"] CRITICAL: "), "{message}");
    }
}
