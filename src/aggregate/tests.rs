//! What counts as what.

use std::sync::Arc;

use super::*;
use crate::model::{
    Authority, Batch, Class, Constants, Direction, EventTime, Field, FileId, HostId, Ident, Mta, Parsed,
    Record, Span, Stamp,
};

/// A line that begins with its program name; what it says besides comes from a pattern's constants.
fn offer(aggregate: &mut Aggregate, line: &str, kind: Kind, class: Option<Class>, said: &[(Field, &str)]) {
    let program = line.split(':').next().unwrap();
    let service = program.rsplit('/').next().unwrap();
    let at = |text: &str| Span { start: line.find(text).unwrap() as u32, len: text.len() as u32 };
    let said = said.iter().map(|&(field, text)| (field, Box::from(text.as_bytes()))).collect();
    let parsed = Parsed {
        batch: Batch::lines(FileId(0), 1, 0, line.into()),
        lines_end: line.len() as u32,
        records: vec![Record {
            line: at(line),
            base: 0,
            text: at(line).behind(program.len() + 2),
            line_index: 0,
            stamp: Stamp::Yearless(0),
            host: 0,
            ident: 0,
            pid: 1,
            pattern: 0,
            kind,
            class,
            stage: None,
            client_ip: None,
            first_field: 0,
            field_count: 0,
        }],
        fields: vec![],
        hosts: vec![],
        idents: vec![Ident { text: at(program), mta: Some(Mta::Postfix), service: at(service), unnamed: "" }],
        constants: Arc::new(Constants(vec![said])),
    };
    aggregate.event(&Event::new(&parsed, &parsed.records[0], EventTime::from_seconds(60), HostId(0)));
}

fn attempt(authority: Option<Authority>, direction: Direction, outcome: Outcome) -> Attempt<'static> {
    Attempt {
        told: EventTime::from_seconds(61),
        client_ip: "203.0.113.66".parse().ok(),
        helo: Some(b"evil.example"),
        sender: Some(b""),
        recipient: Some(b"victim@Foreign.example"),
        direction,
        authority,
        ..Attempt::bare(EventTime::from_seconds(60), outcome)
    }
}

#[test]
fn traffic_means_what_postmasters_expect() {
    let mut aggregate = Aggregate::new(Settings::default());
    let mut line = |text, kind, class, said: &[_]| offer(&mut aggregate, text, kind, class, said);
    line("postfix/postscreen: CONNECT", Kind::Connect, None, &[]);
    line("postfix/smtpd: connect", Kind::Connect, None, &[]);
    line("postfix/smtpd: client", Kind::Accept, None, &[]);
    line("postfix/10025/smtpd: client", Kind::Accept, None, &[]);
    line("postfix/smtp: to", Kind::Delivery, None, &[(Field::Status, "deferred")]);
    line("postfix/smtp: to", Kind::Delivery, None, &[(Field::Status, "sent")]);
    line("postfix/smtp: to", Kind::Delivery, None, &[(Field::Status, "bounced")]);
    line("postfix/qmgr: from", Kind::Delivery, None, &[(Field::Status, "expired")]);
    line("postfix/verify: to", Kind::Delivery, None, &[(Field::Status, "undeliverable")]);
    let denied = Some(Class::RelayDenied);
    line("postfix/smtpd: reject", Kind::Reject, denied, &[(Field::Action, "reject")]);
    line("postfix/cleanup: milter-reject", Kind::Reject, None, &[(Field::Action, "milter-reject")]);
    line("postfix/smtpd: reject_warning", Kind::Reject, denied, &[(Field::Action, "reject_warning")]);
    line("postfix/smtpd: hold", Kind::Reject, None, &[(Field::Action, "hold")]);
    line("cron: job", Kind::Ignored, None, &[]);
    let traffic = aggregate.traffic(1);
    assert_eq!((traffic.connections, traffic.accepted, traffic.messages), (1, 2, 1));
    assert_eq!((traffic.delivered, traffic.deferred, traffic.bounced, traffic.expired), (1, 1, 1, 1));
    assert_eq!(traffic.rejected, 2);
    assert_eq!(traffic.rejected_by_class, [(Class::RelayDenied, 1), (Class::Other, 1)].into());
    let lines = aggregate.lines();
    assert_eq!((lines.coverage.events, lines.coverage.ignored, lines.coverage.unmatched), (13, 1, 0));
    assert_eq!(lines.first_time, Some(EventTime::from_seconds(60)));
    assert_eq!(aggregate.series().rows, [[1, 2, 1, 0, 2, 1, 1]]);
}

#[test]
fn attempts_are_counted_once_and_only_if_they_ask_for_relaying() {
    let mut aggregate = Aggregate::new(Settings::default());
    let none = Some(Authority::None);
    let mut tell = |attempt: &Attempt<'_>| aggregate.attempt(attempt);
    tell(&attempt(none, Direction::Outbound, Outcome::Denied));
    tell(&attempt(none, Direction::Unknown, Outcome::Denied));
    tell(&attempt(none, Direction::Outbound, Outcome::Rejected));
    let open = attempt(none, Direction::Outbound, Outcome::Deferred);
    tell(&Attempt { last: false, ..open });
    tell(&Attempt { first: false, outcome: Outcome::Delivered, ..open });
    tell(&attempt(none, Direction::Unknown, Outcome::Delivered));
    tell(&attempt(None, Direction::Outbound, Outcome::Delivered));
    tell(&attempt(Some(Authority::Authenticated), Direction::Outbound, Outcome::Bounced));
    tell(&attempt(Some(Authority::RecipientIsLocal), Direction::Inbound, Outcome::Delivered));
    tell(&attempt(Some(Authority::LocalSubmission), Direction::Internal, Outcome::Delivered));
    let relay = aggregate.relay();
    assert_eq!((relay.attempts, relay.denied, relay.rejected), (7, 2, 1));
    assert_eq!((relay.authorised, relay.unauthorised, relay.undetermined), (1, 1, 2));
    assert_eq!(relay.undetermined_strangers(), 1);
    let json = serde_json::to_value(relay).unwrap();
    assert_eq!(json["by_authority"], serde_json::json!({ "authenticated": 1, "none": 2, "unknown": 1 }));
    let top = aggregate.top();
    assert_eq!((top.denied_sources[0].count, top.denied_networks[0].value.as_str()), (2, "203.0.113.0/24"));
    assert_eq!((top.relay_sources[0].count, top.helo[0].count), (4, 7));
    assert_eq!((top.senders[0].value.as_str(), top.destinations[0].value.as_str()), ("", "foreign.example"));
    assert_eq!(aggregate.series().rows, [[0, 0, 0, 2, 0, 0, 0]]);
}

fn shapes(aggregate: &Aggregate) -> Vec<Shape> {
    let mut files = Files::default();
    files.add("mail.log");
    aggregate.unmatched_shapes(&files)
}

#[test]
fn unmatched_lines_are_grouped_by_program_and_shape() {
    let mut aggregate = Aggregate::new(Settings::default());
    for number in 0..1_000 {
        offer(&mut aggregate, &format!("postfix/a: {number} left"), Kind::Unmatched, None, &[]);
        offer(&mut aggregate, &format!("postfix/b: {number} left"), Kind::Unmatched, None, &[]);
    }
    offer(&mut aggregate, "postfix/a: none left", Kind::Unmatched, None, &[]);
    let shapes = shapes(&aggregate);
    let told: Vec<_> = shapes
        .iter()
        .map(|shape| (&*shape.program, &*shape.shape, shape.count, &*shape.example.text))
        .collect();
    let want = [
        ("postfix/a", "{:decimal} left", 1_000, "postfix/a: 0 left"),
        ("postfix/b", "{:decimal} left", 1_000, "postfix/b: 0 left"),
        ("postfix/a", "none left", 1, "postfix/a: none left"),
    ];
    assert_eq!(told, want);
    let example = &shapes[0].example;
    assert_eq!((&*example.file, example.line, example.offset), ("mail.log", 1, 0));
    assert_eq!(aggregate.lines().coverage.unmatched, 2_001);
}

/// A word that nothing masks, another one for each number.
fn invented(mut number: u32) -> String {
    let mut word = String::new();
    for _ in 0..6 {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    word
}

#[test]
fn a_flood_of_invented_shapes_hides_neither_another_program_nor_what_is_frequent() {
    let mut aggregate =
        Aggregate::new(Settings { shapes_capacity: 20, shapes_shown: 5, ..Settings::default() });
    offer(&mut aggregate, "postfix/quiet: what", Kind::Unmatched, None, &[]);
    for number in 0..5_000 {
        offer(&mut aggregate, &format!("postfix/noisy: {}", invented(number)), Kind::Unmatched, None, &[]);
        if number % 10 == 0 {
            offer(&mut aggregate, "postfix/noisy: frequent", Kind::Unmatched, None, &[]);
        }
    }
    let shapes = shapes(&aggregate);
    assert_eq!(shapes.len(), 5);
    let find = |wanted: &str| shapes.iter().find(|shape| shape.shape == wanted);
    let frequent = find("frequent").unwrap();
    assert!(shapes[0].shape == "frequent" && frequent.count <= 500 && frequent.count + frequent.error >= 500);
    assert_eq!(find("what").map(|shape| (shape.count, shape.error)), Some((1, 0)));
    assert_eq!(find("what").unwrap().example.text, "postfix/quiet: what");
    // The example is one of its own lines, whoever had the place before.
    assert!(shapes.iter().all(|shape| shape.example.text.ends_with(&shape.shape)), "{shapes:?}");
}

#[test]
fn programs_beyond_the_limit_share_a_place_and_keep_their_names() {
    let mut aggregate = Aggregate::new(Settings { shapes_shown: 500, ..Settings::default() });
    for number in 0..100 {
        offer(&mut aggregate, &format!("postfix/{}: what", invented(number)), Kind::Unmatched, None, &[]);
    }
    let shapes = shapes(&aggregate);
    assert_eq!(shapes.len(), 100);
    assert!(shapes.iter().all(|shape| shape.example.text == format!("{}: what", shape.program)));
}
