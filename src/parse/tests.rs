//! Whole lines through the parser, with a few patterns of their own: what a user would see, and what must hold always.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::model::{Batch, Class, Event, EventTime, Field, FileId, HostId, Kind, Mta, Parsed, Stage};

const PATTERNS: &str = r#"
mta = "postfix"
daemons = ["smtpd", "cleanup"]

[[pattern]]
name = "header"
kind = "reject"
template = "{queue_id}: {action}: header {text} from {client}; {envelope}"
sample = [{ line = "9C2A06D: reject: header Subject: x from a.example[192.0.2.1]; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<c>: no" }]

[[pattern]]
name = "reject"
kind = "reject"
template = "{queue_id}: {action}: {stage} from {client}: {reply}; {envelope}"
classify = true
sample = [{ line = "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <b@b.example>: Relay access denied; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<c>", fields = { client_ip = "192.0.2.1", class = "relay_denied", stage = "rcpt", reply_code = 554, action = "reject", helo = "c" } }]

[[pattern]]
name = "sasl"
kind = "auth"
class = "auth_failed"
stage = "auth"
template = "warning: {client}: SASL {auth_method} authentication failed: {reason:text}{[, sasl_username={auth_user}]}"
unless = ["Connection lost"]
set = { status = "failed" }
sample = [{ line = "warning: a.example[192.0.2.1]: SASL LOGIN authentication failed: no, sasl_username=x", fields = { auth_user = "x", status = "failed", reason = "no" } }]

[[pattern]]
name = "accept"
kind = "accept"
template = "{queue_id}: client={client}{[, sasl_method={auth_method}]}{[, sasl_username={auth_user}]}"
sample = [{ line = "9C2A06D: client=a.example[192.0.2.1], sasl_method=PLAIN, sasl_username=u" , fields = { auth_method = "PLAIN", auth_user = "u" } }]

[[pattern]]
name = "connect"
kind = "connect"
regex = '^connect from (?<client_name>[^\[]*)\[(?<client_ip>[^\]]+)\]$'
sample = [{ line = "connect from a.example[192.0.2.1]", fields = { client_name = "a.example" } }]

[[class]]
class = "relay_denied"
contains = ["Relay access denied"]
samples = ["<a@b.example>: Relay access denied"]
"#;

static PARSER: LazyLock<Parser> =
    LazyLock::new(|| Parser::new(PatternSet::from_sources(&[], &[("test.toml", PATTERNS)]).unwrap()));

fn parse_bytes(bytes: &[u8]) -> Parsed {
    PARSER.parse(Batch::lines(FileId(0), 1, 0, bytes.to_vec()))
}

/// One line of smtpd, through the parser; `check` sees its event.
fn with_event<T>(text: &str, check: impl FnOnce(&Event<'_>) -> T) -> T {
    let parsed = parse_bytes(format!("Nov  5 22:35:02 mx1 postfix/smtpd[811]: {text}").as_bytes());
    assert_eq!(parsed.records.len(), 1);
    check(&Event::new(&parsed, &parsed.records[0], EventTime::MIN, HostId(0)))
}

fn get(event: &Event<'_>, field: Field) -> Option<String> {
    event.get(field).map(|text| String::from_utf8_lossy(text).into_owned())
}

#[test]
fn samples_hold() {
    assert_eq!(check_samples(&PARSER), []);
}

#[test]
fn a_sample_that_does_not_hold_is_told() {
    let text = PATTERNS.replace("helo = \"c\"", "helo = \"d\"");
    let parser = Parser::new(PatternSet::from_sources(&[], &[("test.toml", &text)]).unwrap());
    let failures = check_samples(&parser);
    assert_eq!(failures.len(), 1, "for smtpd and cleanup alike, told once");
}

#[test]
fn every_line_is_accounted_for() {
    let parsed = parse_bytes(
        b"Nov  5 22:35:02 mx1 postfix/smtpd[811]: connect from a.example[192.0.2.1]\r\n\
          \n  \t\r\n\
          Nov  5 22:35:03 mx1 cron[1]: connect from a.example[192.0.2.1]\n\
          Nov  5 22:35:03 mx2 postfix/smtpd[811]: never seen\n\
          no header at all\n\
          2024-11-05T22:35:04Z mx1 postfix/submission/smtpd[5]: connect from b.example[192.0.2.2]",
    );
    let kinds: Vec<Kind> = parsed.records.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, [Kind::Connect, Kind::Ignored, Kind::Unmatched, Kind::Unmatched, Kind::Connect]);
    assert_eq!(parsed.batch.lines, 7);
    let indexes: Vec<u32> = parsed.records.iter().map(|record| record.line_index).collect();
    assert_eq!(indexes, [0, 3, 4, 5, 6]);
    let last = Event::new(&parsed, &parsed.records[4], EventTime::MIN, HostId(0));
    assert_eq!(last.service(), b"submission/smtpd");
    assert_eq!((last.mta(), last.pid(), last.host_name()), (Some(Mta::Postfix), 5, &b"mx1"[..]));
    let first = Event::new(&parsed, &parsed.records[0], EventTime::MIN, HostId(0));
    assert!(first.line().ends_with(b"[192.0.2.1]"), "no carriage return");
}

#[test]
fn constants_and_optional_groups_are_fields_like_others() {
    with_event(
        "warning: a.example[192.0.2.1]: SASL LOGIN authentication failed: x, y, sasl_username=u",
        |event| {
            assert_eq!(get(event, Field::Status).as_deref(), Some("failed"));
            assert_eq!(get(event, Field::Reason).as_deref(), Some("x, y"));
            assert_eq!(get(event, Field::AuthUser).as_deref(), Some("u"));
            assert_eq!((event.class(), event.stage()), (Some(Class::AuthFailed), Some(Stage::Auth)));
        },
    );
    with_event("warning: a.example[192.0.2.1]: SASL LOGIN authentication failed: Connection lost", |event| {
        assert_eq!(event.kind(), Kind::Unmatched);
        assert_eq!(event.get(Field::AuthMethod), None);
    });
}

#[test]
fn envelopes_are_read_cut_quoted_and_with_gaps() {
    let envelope = |tail: &str| {
        with_event(
            &format!("NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 No; {tail}"),
            |event| {
                assert_eq!(event.kind(), Kind::Reject, "{tail}");
                let fields = [Field::ReplyText, Field::Sender, Field::Recipient, Field::Helo];
                fields.map(|field| get(event, field).unwrap_or("-".into())).join(" ")
            },
        )
    };
    for (tail, want) in [
        ("from=<a@x.example> to=<b@y.example> proto=ESMTP helo=<h>", "No a@x.example b@y.example h"),
        ("from=<>, to=<b@y.example>, proto=ESMTP, helo=<h>", "No  b@y.example h"),
        ("proto=SMTP", "No - - -"),
        ("to=<b@y.example> proto=ESMTP helo=h", "No - b@y.example h"),
        (
            r#"from=<"; from=<a> to=<b@c"@x.example> to=<b@y.example> helo=<h>"#,
            r#"No "; from=<a> to=<b@c"@x.example b@y.example h"#,
        ),
        ("from=<a@x.example> to=<b@y.exa", "No a@x.example - -"),
        ("from=<a@x.example> to=<b@y.example> pro", "No a@x.example b@y.example -"),
        ("from=<a b@x.example> to=<b@y.example> helo=<h>", "No - - -"),
        (
            "from=<a@x.example> to=<b@y.example> proto=ESMTP helo=<h> sasl_method=PLAIN",
            "No a@x.example b@y.example h",
        ),
    ] {
        assert_eq!(envelope(tail), want, "{tail}");
    }
}

#[test]
fn explanations_name_the_place_that_did_not_fit() {
    let line = b"Nov  5 22:35:02 mx1 postfix/smtpd[811]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <b@b.example>: Relay access denied; from=<a@a.example> to=<\x1b[2J@b.example> proto=ESMTP helo=<c>";
    let shown = PARSER.explain(line).to_string();
    assert!(
        shown.contains(
            "not postfix.smtpd.header: expected action (word) and then `: header ` at byte 49, found `reject: RCPT from a.exam`"
        ),
        "{shown}"
    );
    assert!(shown.contains("pattern   postfix.smtpd.reject (test.toml)"), "{shown}");
    assert!(shown.contains("class     relay_denied (test.toml:"), "{shown}");
    assert!(shown.contains("client_ip = 192.0.2.1"), "{shown}");
    assert!(!shown.contains('\x1b'), "{shown}");
    assert!(PARSER.explain(b"hello").to_string().contains("no header, so the line is unmatched"));
    assert!(PARSER.explain(b"Nov  5 22:35:02 mx1 cron[1]: x").to_string().contains("ignored"));
}

#[test]
fn own_patterns_replace_by_name_and_stand_before_others() {
    let own = r#"
mta = "postfix"
daemons = ["smtpd"]
[[pattern]]
name = "connect"
kind = "other"
template = "connect from {client}"
sample = [{ line = "connect from a.example[192.0.2.1]" }]
[[pattern]]
name = "mine"
kind = "abuse"
template = "NOQUEUE: reject: RCPT from {client}: {reply}; {envelope}"
sample = [{ line = "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 No; proto=SMTP" }]
"#;
    let set = PatternSet::from_sources(&[("own.toml", own)], &[("test.toml", PATTERNS)]).unwrap();
    assert_eq!(set.patterns().len(), 6);
    let parser = Parser::new(set);
    let explain = |text: &str| {
        let line = format!("Nov  5 22:35:02 mx1 postfix/smtpd[811]: {text}");
        parser.explain(line.as_bytes()).matched.map(|matched| (matched.pattern, matched.kind)).unwrap()
    };
    assert_eq!(explain("connect from a.example[192.0.2.1]"), ("postfix.smtpd.connect".into(), Kind::Other));
    assert_eq!(
        explain("NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 No; proto=SMTP"),
        ("postfix.smtpd.mine".into(), Kind::Abuse)
    );
}

#[test]
fn text_in_a_header_does_not_become_the_client() {
    for subject in [
        "x from evil.example[203.0.113.9]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h>: x",
        "x from evil.example[203.0.113.9]; from=<\"",
        "x from evil.example[203.0.113.9]; from=<a@b.example>",
    ] {
        for tail in ["", ": no"] {
            let text = format!(
                "9C2A06D: reject: header Subject: {subject} from a.example[192.0.2.1]; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<c>{tail}"
            );
            with_event(&text, |event| {
                assert_ne!(get(event, Field::ClientIp).as_deref(), Some("203.0.113.9"), "{text}");
                assert_eq!(get(event, Field::QueueId).as_deref(), Some("9C2A06D"));
            });
        }
    }
}

/// A local part as Postfix logs it: quoted where RFC 5321 asks for it. Control characters it logs as `?`.
fn external(local: &str) -> String {
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if !local.is_empty() && local.chars().all(is_atom) {
        return local.to_owned();
    }
    let quoted: String =
        local.chars().flat_map(|c| matches!(c, '"' | '\\').then_some('\\').into_iter().chain([c])).collect();
    format!("\"{quoted}\"")
}

/// What a hostile client would put into an address: pieces of the line's own syntax, and anything else.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("; from=<".to_owned()),
        Just("> to=<".to_owned()),
        Just("> proto=ESMTP helo=<x>".to_owned()),
        Just(" from evil.example[203.0.113.9]: 250 2.0.0 ".to_owned()),
        Just(">: Relay access denied".to_owned()),
        Just(">: ".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("@".to_owned()),
        Just(": ".to_owned()),
        "[ -~]{0,6}",
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_panic_and_no_line_is_lost(
        lines in proptest::collection::vec(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            "(NOQUEUE|9C2A06D): (reject|client)[ -~]{0,60}".prop_map(|text| {
                format!("Nov  5 22:35:02 mx1 postfix/smtpd[811]: {text}").into_bytes()
            }),
            "(Nov  5 22:35:02|2024-11-05T22:35:02Z) [a-z:\\[\\]0-9 /]{0,30}".prop_map(String::into_bytes),
        ], 0..12),
    ) {
        let bytes = lines.join(&b'\n');
        let parsed = parse_bytes(&bytes);
        let wanted = bytes.split(|&byte| byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
        prop_assert_eq!(parsed.records.len(), wanted.count());
        for line in &lines {
            let _ = PARSER.explain(line).to_string();
        }
    }

    #[test]
    fn batch_borders_do_not_matter(
        lines in proptest::collection::vec("[ -~]{0,50}", 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let lines: Vec<String> =
            lines.iter().map(|text| format!("Nov  5 22:35:02 mx1 postfix/smtpd[811]: {text}\n")).collect();
        let cut = cut.index(lines.len() + 1);
        let shape = |text: &str| -> Vec<String> {
            let parsed = parse_bytes(text.as_bytes());
            parsed.records.iter().map(|record| {
                let event = Event::new(&parsed, record, EventTime::MIN, HostId(0));
                format!("{:?} {:?} {:?}", event.line(), record.kind, event.get(Field::ClientIp))
            }).collect()
        };
        let mut parts = shape(&lines[..cut].concat());
        parts.extend(shape(&lines[cut..].concat()));
        prop_assert_eq!(parts, shape(&lines.concat()));
    }

    #[test]
    fn a_client_cannot_forge_what_the_server_says(
        sender in hostile(), recipient in hostile(), helo in hostile(), domain in "[a-z]{1,5}",
        echo in prop_oneof![Just(true), Just(false)],
    ) {
        let sender = format!("{}@{domain}.example", external(&sender));
        let recipient = format!("{}@{domain}.example", external(&recipient));
        let helo = helo.replace(['<', '>', '(', ')', '\\', '"', ';', '@', ' '], "?");
        let echoed = if echo { &recipient } else { &sender };
        let text = format!(
            "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <{echoed}>: Relay access denied; \
             from=<{sender}> to=<{recipient}> proto=ESMTP helo=<{helo}>"
        );
        with_event(&text, |event| {
            prop_assert_eq!(event.get(Field::ClientIp), Some(&b"192.0.2.1"[..]));
            prop_assert_eq!(event.get(Field::QueueId), None);
            prop_assert_eq!(event.get(Field::ReplyCode), Some(&b"554"[..]));
            prop_assert_eq!(event.get(Field::ReplyStatus), Some(&b"5.7.1"[..]));
            prop_assert_eq!(event.get(Field::Action), Some(&b"reject"[..]));
            // Where nobody can tell, nothing is said; never anything else.
            prop_assert!([Some(Class::RelayDenied), Some(Class::Other)].contains(&event.class()));
            for (field, truth) in
                [(Field::Sender, &sender), (Field::Recipient, &recipient), (Field::Helo, &helo)]
            {
                let found = get(event, field);
                prop_assert!(found.as_ref().is_none_or(|found| found == truth), "{} is {:?}", field, found);
            }
            Ok(())
        })?;
    }
}

#[test]
fn lines_that_name_only_the_server_are_read_as_those_of_its_daemon() {
    let parser = Parser::new(PatternSet::builtin().unwrap());
    let mut wrong = Vec::new();
    for pattern in parser.patterns().patterns().iter().filter(|pattern| pattern.mta == Mta::Postfix) {
        for sample in &pattern.samples {
            let line = |program: &str| format!("Nov  5 22:35:02 mx1 {program}[811]: {}\n", sample.line);
            let daemon = if pattern.is_general() { "smtpd" } else { &pattern.daemons[0] };
            let own = parser.explain(line(&format!("postfix/{daemon}")).as_bytes()).matched.unwrap();
            let any = parser.explain(line("postfix@-.service").as_bytes()).matched.unwrap();
            // Which of two daemons says these, nobody can tell by the text; what they mean is nearly the same.
            let either = ["postfix.cleanup.milter_", "postfix.smtp.tls_certificate_refused"];
            if either.iter().any(|either| own.pattern.starts_with(either)) {
                assert_eq!(own.kind, any.kind);
            } else if (own.kind, own.class, &own.fields) != (any.kind, any.class, &any.fields) {
                wrong.push(format!("{} as {}: {}", own.pattern, any.pattern, sample.line));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let bytes = b"Nov  5 22:35:02 mx1 postfix[811]: connect from x[192.0.2.1]\nNov  5 22:35:02 mx1 postfix[812]: 9C2A06D1E2: removed\n";
    let parsed = parser.parse(Batch::lines(FileId(0), 1, 0, bytes.to_vec()));
    let services: Vec<_> = parsed
        .records
        .iter()
        .map(|record| Event::new(&parsed, record, EventTime::MIN, HostId(0)).service().to_vec())
        .collect();
    assert_eq!(services, [&b"smtpd"[..], b"qmgr"]);
}
