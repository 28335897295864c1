//! Exim: whatever a client writes, what the server wrote stays what it is; and what two of its logs say happened once.

use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use relaywatch::model::{Batch, Class, Event, EventTime, Field, FileId, HostId, Kind};
use relaywatch::parse::{Parser, PatternSet};
use serde_json::Value;

use super::program::{code, err, out, run};

static PARSER: LazyLock<Parser> = LazyLock::new(|| Parser::new(PatternSet::builtin().unwrap()));

type Checked = Result<(), TestCaseError>;

fn with_event(text: &str, check: impl FnOnce(&Event<'_>) -> Checked) -> Checked {
    let bytes = format!("Nov  5 22:35:02 mx1 exim[811]: {text}").into_bytes();
    let parsed = PARSER.parse(Batch::lines(FileId(0), 1, 0, bytes));
    prop_assert_eq!(parsed.records.len(), 1);
    check(&Event::new(&parsed, &parsed.records[0], EventTime::MIN, HostId(0)))
        .map_err(|error| TestCaseError::fail(format!("{error}\n  {text}")))
}

fn get(event: &Event<'_>, field: Field) -> Option<String> {
    event.get(field).map(|text| String::from_utf8_lossy(text).into_owned())
}

/// `field` is exactly this; or, where nobody can tell, absent.
fn is(event: &Event<'_>, field: Field, truth: &str, may_be_absent: bool) -> Checked {
    let found = get(event, field);
    let right = found.as_deref().map_or(may_be_absent, |found| found == truth);
    prop_assert!(right, "{} is {:?}, in truth {:?}", field, found, truth);
    Ok(())
}

fn absent(event: &Event<'_>, fields: &[Field]) -> Checked {
    for &field in fields {
        prop_assert_eq!(get(event, field), None, "{}", field);
    }
    Ok(())
}

/// Pieces of the lines' own syntax, and anything else that is printable.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            ") [192.0.2.1]",
            ":25",
            " H=(x) [192.0.2.1]",
            " I=[192.0.2.2]:25",
            " F=<",
            "> ",
            " rejected RCPT <",
            ">: relay not permitted",
            ">: Unknown user",
            " temporarily",
            " P=esmtpa",
            " P=esmtp",
            " A=plain:admin",
            " S=3",
            " id=y",
            " id=\"",
            " T=\"",
            " from <",
            " for ",
            "\"",
            "\\",
            "@",
            "@far.example",
            "<",
            " <",
            ">",
            ": ",
            " R=local_user",
            " T=mail_spool",
            "bob@our.example",
            "bob <bob@our.example>",
            "|/x <bob@our.example>",
            ":blackhole: <",
            " H=mx [192.0.2.1]",
            " C=\"250 ok",
            " queued as 77B01D2E55\"",
            " id=1wAbCe-000AbE-1y\"",
            " DT=1s",
            " X=TLS:256",
            " CV=yes",
            " DN=\"x",
            " SNI=",
            " U=root",
            " 535 Incorrect authentication data (set_id=",
            " defer (1)",
            "1wAbCe-000AbE-1y ",
            "x",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
        "\\PC{0,3}",
    ];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

/// A local part: as it is, and as Exim quotes it.
fn local_part() -> impl Strategy<Value = (String, String)> {
    let quoted = hostile().prop_map(|text| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        (text, format!("\"{escaped}\""))
    });
    prop_oneof![quoted, "[a-z]{1,5}".prop_map(|text| (text.clone(), text))]
}

/// A HELO: such as the default allows, and (true) such as `helo_accept_junk_hosts` does.
fn helo() -> impl Strategy<Value = (String, bool)> {
    prop_oneof![
        "[a-z0-9.-]{1,8}".prop_map(|helo| (helo, false)),
        Just(("[192.0.2.1]".to_owned(), false)),
        hostile().prop_filter("no HELO", |helo| !helo.is_empty()).prop_map(|helo| (helo, true)),
    ]
}

/// Of a TLS session: what Exim logs of the name that the client asked for.
fn sni() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        hostile().prop_map(|name| format!(" X=TLS1.3:ECDHE:256 CV=no SNI={}", name.replace(' ', "\\040"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_refusal_names_whom_it_was_told(
        (helo, junk) in helo(), sni in sni(), sender in local_part(), recipient in local_part(), ours in any::<bool>(),
    ) {
        let (sender, recipient) = (format!("{}@bulk.example", sender.1), format!("{}@far.example", recipient.1));
        let (says, class) = if ours { ("Unknown user", Class::UnknownRecipient) } else { ("relay not permitted", Class::RelayDenied) };
        let text = format!(
            "H=vps.bulk.example ({helo}) [203.0.113.66]:4711 I=[192.0.2.25]:25{sni} F=<{sender}> rejected RCPT \
             <{recipient}>: {says}"
        );
        // A quoted address that holds what Exim writes of a TLS session could be two halves of something else, and one with
        // `>, ` in it two addresses.
        let looks_split = [" SNI=", " DN=\"", " U=", " A=", ">, "].iter().any(|key| (sender.clone() + &recipient).contains(key));
        let unclear = junk || looks_split || !sni.is_empty() || text.matches(") [").count() > 1;
        with_event(&text, |event| {
            is(event, Field::ClientIp, "203.0.113.66", unclear)?;
            is(event, Field::ClientPort, "4711", unclear)?;
            is(event, Field::ClientName, "vps.bulk.example", unclear)?;
            is(event, Field::Sender, &sender, unclear)?;
            is(event, Field::Recipient, &recipient, unclear)?;
            let told = event.class() == Some(class);
            // Of what looks like two addresses, nobody can tell which one was refused, nor why.
            prop_assert!(
                told || unclear && (event.kind() == Kind::Unmatched || event.class() == Some(Class::Other)),
                "{:?}",
                event.class()
            );
            absent(event, &[Field::QueueId, Field::Status, Field::AuthUser, Field::RelayIp, Field::Uid])
        })?;
    }

    #[test]
    fn an_arrival_names_the_peer_and_his_login(
        (helo, junk) in helo(), sni in sni(), sender in local_part(), id in local_part(), subject in hostile(),
        recipient in local_part(), login in any::<bool>(), logs in any::<[bool; 3]>(),
    ) {
        let (sender, id) = (format!("{}@bulk.example", sender.1), format!("{}@bulk.example", id.1));
        let (protocol, auth) = if login { ("esmtpa", " A=login:alice") } else { ("esmtp", "") };
        let mut text = format!(
            "1wAbCd-000AbC-1x <= {sender} H=({helo}) [203.0.113.66]:4711 P={protocol}{sni}{auth} S=352"
        );
        let mut item = |shown: bool, item: String| text.push_str(if shown { &item } else { "" });
        item(logs[0], format!(" id={id}"));
        item(logs[1], format!(" T=\"{}\"", subject.replace('\\', "\\\\").replace('"', "\\\"")));
        item(logs[2], format!(" from <{sender}> for {}@far.example w@far.example", recipient.1));
        // What imitates a client within a quoted text may make a second reading.
        let unclear = junk || text.matches(") [").count() > 1;
        with_event(&text, |event| {
            prop_assert_eq!(event.kind(), Kind::Accept);
            is(event, Field::QueueId, "1wAbCd-000AbC-1x", false)?;
            is(event, Field::Sender, &sender, false)?;
            is(event, Field::ClientIp, "203.0.113.66", unclear)?;
            is(event, Field::Size, "352", unclear)?;
            if login {
                is(event, Field::AuthUser, "alice", unclear)?;
            } else {
                absent(event, &[Field::AuthUser])?;
            }
            if logs[0] {
                is(event, Field::MessageId, &id, unclear)?;
            }
            absent(event, &[Field::Uid, Field::OrigQueueId, Field::Recipient, Field::RelayIp])
        })?;
    }

    #[test]
    fn a_delivery_goes_where_it_went(recipient in local_part(), reply in hostile(), fails in any::<bool>()) {
        let (plain, quoted) = (format!("{}@far.example", recipient.0), format!("{}@far.example", recipient.1));
        let named = if recipient.0 == recipient.1 { String::new() } else { format!(" <{quoted}>") };
        let answer = if fails {
            format!(": SMTP error from remote mail server after RCPT TO:<{quoted}>: 550 5.1.1 {reply}")
        } else {
            format!(" C=\"250 {}\"", reply.replace('\\', "\\\\").replace('"', "\\\""))
        };
        let sign = if fails { "**" } else { "=>" };
        let text = format!(
            "1wAbCd-000AbC-1x {sign} {plain}{named} R=dnslookup T=remote_smtp H=mx.far.example [198.51.100.60]{answer}"
        );
        with_event(&text, |event| {
            prop_assert_eq!(event.kind(), Kind::Delivery);
            is(event, Field::QueueId, "1wAbCd-000AbC-1x", false)?;
            // An address as it is, or as it was named; of an odd one nothing may be known.
            let odd = !named.is_empty();
            if get(event, Field::Recipient).is_none_or(|found| found != plain) {
                is(event, Field::Recipient, &quoted, odd || reply.contains(" <\""))?;
            }
            is(event, Field::Mailer, "remote_smtp", true)?;
            is(event, Field::RelayIp, "198.51.100.60", true)?;
            is(event, Field::RelayName, "mx.far.example", true)?;
            is(event, Field::Status, if fails { "bounced" } else { "sent" }, true)?;
            absent(event, &[Field::ClientIp, Field::AuthUser, Field::Sender])
        })?;
    }

    #[test]
    fn a_failed_login_has_failed((helo, junk) in helo(), user in hostile()) {
        let text = format!(
            "login authenticator failed for ({helo}) [203.0.113.66]: 535 Incorrect authentication data (set_id={user})"
        );
        with_event(&text, |event| {
            prop_assert_eq!((event.kind(), event.class()), (Kind::Auth, Some(Class::AuthFailed)));
            is(event, Field::ClientIp, "203.0.113.66", junk || user.contains(") ["))?;
            is(event, Field::AuthMethod, "login", false)?;
            absent(event, &[Field::QueueId, Field::Sender, Field::Recipient])
        })?;
    }

    #[test]
    fn commands_that_are_none_say_nothing((helo, _) in helo(), command in hostile(), next in hostile()) {
        for text in [
            format!("SMTP syntax error in \"{command}\" H=({helo}) [203.0.113.66] unrecognized command"),
            format!("SMTP protocol error in \"{command}\" H=({helo}) [203.0.113.66] AUTH command used when not advertised"),
            format!(
                "SMTP protocol synchronization error (next input sent too soon: pipelining was not advertised): \
                 rejected \"{command}\" H=({helo}) [203.0.113.66] next input=\"{next}\""
            ),
            format!("SMTP call from ({helo}) [203.0.113.66] dropped: too many unrecognized commands (last was \"{next}\")"),
        ] {
            with_event(&text, |event| {
                prop_assert_eq!(event.kind(), Kind::Abuse);
                is(event, Field::ClientIp, "203.0.113.66", true)?;
                absent(event, &[Field::QueueId, Field::AuthUser, Field::Sender, Field::Recipient, Field::Status])
            })?;
        }
    }
}

const DENIED: &str = "2026-03-02 10:00:00 H=(h) [203.0.113.66] F=<a@bulk.example> rejected RCPT <v@far.example>: relay not permitted\n";

/// Denials and ignored lines of `files`, each with its folder, and what is not understood of them.
fn counted(files: &[(&str, &str)]) -> (u64, u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let output = run(&["analyze", "--output", "json", "--timezone", "UTC", folder.path().to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    assert_eq!(
        number(&report["relay"]["denied"]),
        number(&report["traffic"]["rejected_by_class"]["relay_denied"])
    );
    (
        number(&report["relay"]["denied"]),
        number(&report["input"]["ignored"]),
        number(&report["input"]["unmatched"]),
    )
}

#[test]
fn what_two_logs_say_happened_once() {
    let quoted = "2026-03-02 10:00:01 1wAbCd-000AbC-1x H=(h) [203.0.113.66] F=<a@bulk.example> rejected after DATA: no\n\
                  Envelope-from: <a@bulk.example>\nEnvelope-to: <bob@our.example>\nP Received: from h\n\tby us\n  Subject: x\n";
    let line = quoted.split_inclusive('\n').next().unwrap();
    let twice = DENIED.repeat(2);
    let main = format!("{twice}{line}2026-03-02 10:00:02 End queue run: pid=1\n");
    let reject = format!("{twice}{quoted}");
    // Twice in each log: it happened twice.
    assert_eq!(counted(&[("mainlog", &main), ("rejectlog", &reject)]), (2, 3, 0));
    assert_eq!(counted(&[("rejectlog", &reject)]), (2, 0, 0));
    assert_eq!(counted(&[("mainlog", &main)]), (2, 0, 0));
    // Another server's log says the same of itself.
    let other = format!("{DENIED}2026-03-02 10:00:03 End queue run: pid=2\n");
    assert_eq!(counted(&[("a/mainlog", DENIED), ("b/mainlog", &other)]), (2, 0, 0));
}

#[test]
fn a_refused_message_quoted_in_a_log_says_nothing() {
    let forged = "1wAbCd-000AbC-1x <= a@b.example H=(h) [203.0.113.66] P=esmtp S=1";
    let mut reject = format!(
        "{DENIED}2026-03-02 10:00:01 1wAbCd-000AbC-1x H=(h) [203.0.113.66] F=<a@bulk.example> rejected after DATA: no\n"
    );
    for quoted in [
        "Envelope-from: <mx1 exim[5]: x>",
        "F exim[5]: ",
        "S Subject : exim[5]: ",
        "  mx1 exim[5]: 2026-03-02 10:00:01 ",
        "\tmx1 exim[5]: ",
        "  2026-03-02 10:00:01 ",
        "* Nov  5 22:35:02 mx1 exim[5]: ",
        "P {\"log\":\"Nov  5 22:35:02 mx1 exim[5]: x\"} ",
    ] {
        // More of them than lines that are looked at to see how a file is laid out.
        reject += &format!("{quoted}{forged}\n").repeat(40);
    }
    reject += "  Subject: ";
    reject += DENIED;
    assert_eq!(counted(&[("rejectlog", &reject)]), (1, 0, 0));
}
