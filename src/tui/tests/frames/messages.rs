//! Messages, and the lines that tell of them.

use super::{ago, ip};
use crate::aggregate::board::{MessageRow, RecipientRow, TailLine};
use crate::model::{Authority, Class, EventTime, Kind, Mta, Outcome};

fn recipient(
    address: &str,
    outcome: Outcome,
    class: Option<Class>,
    next_hop: &str,
    told: EventTime,
) -> RecipientRow {
    RecipientRow { address: address.to_owned(), outcome, class, next_hop: next_hop.to_owned(), told }
}

pub(super) fn messages() -> Vec<MessageRow> {
    let mut rows = vec![
        MessageRow {
            queue_id: "7E4B34A0D8".to_owned(),
            host: "mx".to_owned(),
            time: ago(3),
            client: Some(ip("203.0.113.66")),
            account: String::new(),
            sender: "support@bank.example".to_owned(),
            authority: Some(Authority::None),
            recipients: vec![
                recipient("check.relay03@mailprobe.example", Outcome::Delivered, None, "mx.mailprobe.example", ago(2)),
                recipient("victim@foreign-one.example", Outcome::Deferred, None, "mx1.foreign-one.example", ago(1)),
            ],
            lines: vec![
                ("/var/log/mail.log".to_owned(), 33, "Mar  3 03:01:04 mx postfix/smtpd[8467]: 7E4B34A0D8: client=unknown[203.0.113.66]".to_owned()),
                ("/var/log/mail.log".to_owned(), 36, "Mar  3 03:01:05 mx postfix/smtp[8430]: 7E4B34A0D8: to=<check.relay03@mailprobe.example>, relay=mx.mailprobe.example[203.0.113.80]:25, delay=1.9, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9C1E6220)".to_owned()),
            ],
        },
        MessageRow {
            queue_id: String::new(),
            host: "mx".to_owned(),
            time: ago(20),
            client: Some(ip("203.0.113.66")),
            account: String::new(),
            sender: "support@bank.example".to_owned(),
            authority: Some(Authority::None),
            recipients: vec![recipient("check.relay01@mailprobe.example", Outcome::Denied, Some(Class::RelayDenied), "", ago(20))],
            lines: Vec::new(),
        },
        MessageRow {
            queue_id: "6A2D94A0D7".to_owned(),
            host: "mx".to_owned(),
            time: ago(61),
            client: Some(ip("192.0.2.10")),
            account: "ann@corp.example".to_owned(),
            sender: "ann@corp.example".to_owned(),
            authority: Some(Authority::Authenticated),
            recipients: vec![recipient("office@partner.example", Outcome::Delivered, None, "mail.partner.example", ago(60))],
            lines: Vec::new(),
        },
        MessageRow {
            queue_id: "11B2C4A0D1".to_owned(),
            host: "mx".to_owned(),
            time: ago(400),
            client: None,
            account: String::new(),
            sender: String::new(),
            authority: Some(Authority::LocalSubmission),
            recipients: vec![recipient("root@corp.example", Outcome::Bounced, None, "local", ago(399))],
            lines: Vec::new(),
        },
    ];
    for number in 0..40 {
        rows.push(MessageRow {
            queue_id: format!("3F{number:03}A0D8"),
            time: ago(500 + number * 11),
            client: Some(ip("2001:db8:17::25")),
            sender: format!("news{number}@partner.example"),
            authority: Some(Authority::RecipientIsLocal),
            recipients: vec![recipient(
                "ann@corp.example",
                Outcome::Delivered,
                None,
                "local",
                ago(500 + number * 11),
            )],
            ..rows[2].clone()
        });
        rows.last_mut().unwrap().account.clear();
    }
    rows
}

fn line(
    number: u64,
    kind: Kind,
    class: Option<Class>,
    text: &str,
    fields: &[(&'static str, &str)],
) -> TailLine {
    TailLine {
        number,
        time: ago(60 - number.min(60) as i64),
        host: "mx".to_owned(),
        mta: (kind != Kind::Ignored).then_some(Mta::Postfix),
        kind,
        class,
        text: text.to_owned(),
        fields: fields.iter().map(|&(name, value)| (name, value.to_owned())).collect(),
    }
}

pub(super) fn tail() -> Vec<TailLine> {
    let mut lines = Vec::new();
    for turn in 0..8 {
        let at = turn * 7;
        lines.extend([
            line(at + 1, Kind::Connect, None, "Mar  3 03:01:02 mx postfix/smtpd[8207]: connect from unknown[203.0.113.66]", &[("client_name", "unknown"), ("client_ip", "203.0.113.66")]),
            line(at + 2, Kind::Ignored, None, "Mar  3 03:01:02 mx systemd[1]: Started Daily apt download activities.", &[]),
            line(
                at + 3,
                Kind::Reject,
                Some(Class::RelayDenied),
                "Mar  3 03:01:03 mx postfix/smtpd[8207]: NOQUEUE: reject: RCPT from unknown[203.0.113.66]: 454 4.7.1 <check.relay01@mailprobe.example>: Relay access denied; from=<support@bank.example> to=<check.relay01@mailprobe.example> proto=ESMTP helo=<WIN-8K2Q7>",
                &[("client_name", "unknown"), ("client_ip", "203.0.113.66"), ("reply_code", "454"), ("reply_status", "4.7.1"), ("reply_text", "<check.relay01@mailprobe.example>: Relay access denied"), ("sender", "support@bank.example"), ("recipient", "check.relay01@mailprobe.example"), ("helo", "WIN-8K2Q7")],
            ),
            line(at + 4, Kind::Accept, None, "Mar  3 03:01:04 mx postfix/smtpd[8467]: 7E4B34A0D8: client=unknown[203.0.113.66]", &[("queue_id", "7E4B34A0D8"), ("client_name", "unknown"), ("client_ip", "203.0.113.66")]),
            line(at + 5, Kind::Auth, Some(Class::AuthFailed), "Mar  3 03:01:04 mx postfix/smtpd[8471]: warning: unknown[203.0.113.99]: SASL LOGIN authentication failed: authentication failure, sasl_username=bob", &[("client_ip", "203.0.113.99"), ("auth_method", "LOGIN"), ("auth_user", "bob")]),
            line(at + 6, Kind::Delivery, None, "Mar  3 03:01:05 mx postfix/smtp[8430]: 7E4B34A0D8: to=<check.relay03@mailprobe.example>, relay=mx.mailprobe.example[203.0.113.80]:25, delay=1.9, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9C1E6220)", &[("queue_id", "7E4B34A0D8"), ("recipient", "check.relay03@mailprobe.example"), ("relay_name", "mx.mailprobe.example"), ("relay_ip", "203.0.113.80"), ("status", "sent"), ("delay", "1.9")]),
            line(at + 7, Kind::Unmatched, None, "Mar  3 03:01:06 mx postfix/quotad[311]: 4F2A1B3C5D: over quota: <bob@harbour.example> by 1200 bytes", &[]),
        ]);
    }
    lines
}
