//! Frames to draw: nothing yet, a busy server under attack, and one whose clients write what terminals obey.

use std::net::IpAddr;

use crate::aggregate::Coverage;
use crate::aggregate::board::{
    AccountRow, Counts, FlowRow, MessageRow, NetworkRow, Picture, Rates, RecipientRow, SourceRow, Step,
    TailLine,
};
use crate::model::{
    Alert, AlertState, Authority, Class, Direction, EventTime, Evidence, Kind, Mta, Network, Outcome,
    Severity, Subject,
};
use crate::tui::{Frame, Reading, SourceHealth};

/// The newest moment: 2026-03-03 03:01:07 UTC.
pub(super) const NOW: EventTime = EventTime::from_seconds(1_772_506_867);

fn ago(seconds: i64) -> EventTime {
    NOW.plus_seconds(-seconds)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn source(name: &str) -> SourceHealth {
    SourceHealth { name: name.to_owned(), behind_bytes: 0, exists: true, problem: None }
}

pub(super) fn empty() -> Frame {
    Frame {
        picture: Picture::default(),
        alerts: Vec::new(),
        sources: vec![source("/var/log/mail.log")],
        state: Reading::Starting,
        lines_per_second: 0,
    }
}

pub(super) fn busy() -> Frame {
    let names = ["/var/log/mail.log", "/var/log/exim4/mainlog"];
    let mut sources: Vec<SourceHealth> = names.map(source).into();
    sources[1].behind_bytes = 1_440_000;
    sources.push(SourceHealth {
        problem: Some("permission denied; add this user to the group adm".to_owned()),
        ..source("/var/log/maillog")
    });
    Frame {
        picture: Picture {
            now: Some(NOW),
            coverage: Coverage { lines: 1_204_518, events: 1_190_002, ignored: 12_090, unmatched: 412 },
            rates: rates(),
            sources: self::sources(),
            networks: networks(),
            accounts: accounts(),
            flows: flows(),
            messages: messages(),
            tail: tail(),
        },
        alerts: alerts(),
        sources,
        state: Reading::Live,
        lines_per_second: 1_234,
    }
}

/// Two hours of minutes: a quiet night, then somebody who tries, and gets through.
fn rates() -> Rates {
    let step = |at: u64| {
        let wave = 12 + (at * 7) % 9 + if at > 60 { 6 } else { 0 };
        let attack = at.saturating_sub(75) * (at.saturating_sub(75)) / 6;
        Step {
            connections: wave + attack.min(180),
            attempts: wave / 2 + attack.min(150),
            denied: if at < 104 { attack.min(140) } else { 20 },
            rejected: wave / 4,
            delivered: wave / 3 + if at >= 104 { 90 } else { 0 },
        }
    };
    Rates { start: Some(ago(120 * 60)), step_seconds: 60, steps: (0..120).map(step).collect() }
}

fn sources() -> Vec<SourceRow> {
    let mut rows = vec![
        SourceRow {
            ip: ip("203.0.113.66"),
            name: "unknown".to_owned(),
            counts: Counts {
                connections: 4_812,
                attempts: 4_790,
                denied: 3_380,
                rejected: 12,
                accepted: 1_398,
                logins: 0,
                failed_logins: 41,
            },
            classes: vec![(Class::RelayDenied, 3_380), (Class::UnknownRecipient, 9), (Class::Greylisted, 3)],
            helos: vec!["WIN-8K2Q7".to_owned(), "localhost".to_owned(), "[203.0.113.66]".to_owned()],
            accounts: Vec::new(),
            first: ago(2_700),
            last: ago(1),
        },
        SourceRow {
            ip: ip("2001:db8:17::25"),
            name: "mail.partner.example".to_owned(),
            counts: Counts {
                connections: 901,
                accepted: 880,
                attempts: 2,
                rejected: 21,
                ..Counts::default()
            },
            classes: vec![(Class::UnknownRecipient, 21)],
            helos: vec!["mail.partner.example".to_owned()],
            accounts: Vec::new(),
            first: ago(100_000),
            last: ago(30),
        },
        SourceRow {
            ip: ip("192.0.2.10"),
            name: "office.corp.example".to_owned(),
            counts: Counts {
                connections: 210,
                attempts: 190,
                accepted: 190,
                logins: 205,
                failed_logins: 2,
                ..Counts::default()
            },
            classes: Vec::new(),
            helos: vec!["laptop".to_owned()],
            accounts: vec!["ann@corp.example".to_owned(), "bob@corp.example".to_owned()],
            first: ago(90_000),
            last: ago(12),
        },
    ];
    for host in 1..40_u8 {
        rows.push(SourceRow {
            ip: IpAddr::from([198, 51, 100, host]),
            name: format!("h{host}.isp.example"),
            counts: Counts {
                connections: u64::from(60 - host),
                rejected: u64::from(host % 5),
                ..Counts::default()
            },
            classes: Vec::new(),
            helos: vec![format!("h{host}")],
            accounts: Vec::new(),
            first: ago(7_000 - i64::from(host)),
            last: ago(60 * i64::from(host)),
        });
    }
    rows
}

fn networks() -> Vec<NetworkRow> {
    sources()
        .iter()
        .take(4)
        .map(|row| NetworkRow {
            network: Network::of(row.ip),
            addresses: 1 + row.counts.connections / 900,
            counts: row.counts.clone(),
            first: row.first,
            last: row.last,
        })
        .collect()
}

fn accounts() -> Vec<AccountRow> {
    let row = |name: &str, logins, failed, networks, from: &[&str]| AccountRow {
        name: name.to_owned(),
        counts: Counts { logins, failed_logins: failed, accepted: logins * 2, ..Counts::default() },
        from: from.iter().map(|text| ip(text)).collect(),
        networks,
        first: ago(80_000),
        last: ago(logins as i64),
    };
    vec![
        row("ann@corp.example", 182, 1, 2, &["192.0.2.10", "198.51.100.7"]),
        row("bob@corp.example", 23, 96, 11, &["203.0.113.99", "203.0.113.14", "192.0.2.10"]),
        row("scanner", 7, 0, 1, &["192.0.2.40"]),
    ]
}

fn flows() -> Vec<FlowRow> {
    let row = |who: &str, authority, direction, to: &str, recipients, delivered, denied| FlowRow {
        who: who.to_owned(),
        authority,
        direction,
        to: to.to_owned(),
        recipients,
        delivered,
        denied,
        last: ago(recipients as i64 % 50),
    };
    vec![
        row(
            "203.0.113.66",
            Some(Authority::None),
            Direction::Outbound,
            "foreign-one.example",
            4_021,
            641,
            3_380,
        ),
        row("203.0.113.66", Some(Authority::None), Direction::Outbound, "mailprobe.example", 757, 757, 0),
        row(
            "ann@corp.example",
            Some(Authority::Authenticated),
            Direction::Outbound,
            "partner.example",
            180,
            178,
            0,
        ),
        row("192.0.2.40", Some(Authority::TrustedNetwork), Direction::Outbound, "cloud.example", 7, 7, 0),
        row("local", Some(Authority::LocalSubmission), Direction::Internal, "corp.example", 3, 3, 0),
        row("198.51.100.9", None, Direction::Unknown, "elsewhere.example", 2, 0, 0),
    ]
}

fn recipient(
    address: &str,
    outcome: Outcome,
    class: Option<Class>,
    next_hop: &str,
    told: EventTime,
) -> RecipientRow {
    RecipientRow { address: address.to_owned(), outcome, class, next_hop: next_hop.to_owned(), told }
}

fn messages() -> Vec<MessageRow> {
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

fn tail() -> Vec<TailLine> {
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

fn alerts() -> Vec<Alert> {
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

/// What nobody may obey, reorder by or be misaligned by.
pub(super) const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nroot\u{202e}gro.live\u{2028}\u{9b}31m 日本語\u{200b}\u{feff} e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} 👩‍💻 \t\0 x";

/// What takes two columns each, with an odd one between them.
const WIDE: &str = "日本語のメ-ール送信者";

/// The busy frame, with one or the other in every text.
pub(super) fn hostile() -> Frame {
    let mut frame = busy();
    let turn = std::cell::Cell::new(0);
    let evil = |text: &mut String| {
        turn.set(turn.get() + 1);
        *text = format!("{}{text}", if turn.get() % 3 == 0 { EVIL } else { WIDE });
    };
    let picture = &mut frame.picture;
    for row in &mut picture.sources {
        evil(&mut row.name);
        row.helos.iter_mut().chain(&mut row.accounts).for_each(evil);
    }
    picture.accounts.iter_mut().for_each(|row| evil(&mut row.name));
    for row in &mut picture.flows {
        evil(&mut row.who);
        evil(&mut row.to);
    }
    for row in &mut picture.messages {
        [&mut row.queue_id, &mut row.host, &mut row.account, &mut row.sender].into_iter().for_each(evil);
        for one in &mut row.recipients {
            evil(&mut one.address);
            evil(&mut one.next_hop);
        }
        for (file, _, text) in &mut row.lines {
            evil(file);
            evil(text);
        }
    }
    for line in &mut picture.tail {
        evil(&mut line.text);
        evil(&mut line.host);
        line.fields.iter_mut().for_each(|(_, value)| evil(value));
    }
    for alert in &mut frame.alerts {
        let texts = [
            &mut alert.subject.value,
            &mut alert.title,
            &mut alert.summary,
            &mut alert.remedy,
            &mut alert.host,
        ];
        texts.into_iter().for_each(evil);
        for proof in &mut alert.evidence {
            evil(&mut proof.text);
            evil(&mut proof.file);
        }
    }
    for source in &mut frame.sources {
        evil(&mut source.name);
        source.problem.iter_mut().for_each(evil);
    }
    frame
}
