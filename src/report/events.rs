//! Events and attempts, one per line, appended to a buffer that the caller writes out and clears.
//!
//! Written by hand: a log of a gigabyte becomes several of these, and a generic serializer would be the bottleneck.

use std::io::Write;

use super::object::{is_number, key, number, quoted, some, text, time};
use crate::model::{Attempt, Event, EventTime, Field, Files, Hosts, Kind, Origin, seconds_of, shown};

/// The fields in the order of output, and whether they are numbers.
pub(super) const FIELDS: &[(Field, bool)] = &[
    (Field::QueueId, false),
    (Field::SessionId, false),
    (Field::MessageId, false),
    (Field::ClientIp, false),
    (Field::ClientName, false),
    (Field::ClientPort, true),
    (Field::Helo, false),
    (Field::AuthUser, false),
    (Field::Attempts, true),
    (Field::AuthMethod, false),
    (Field::Tls, false),
    (Field::Sender, false),
    (Field::Recipient, false),
    (Field::OriginalRecipient, false),
    (Field::Uid, true),
    (Field::Controller, false),
    (Field::ControllerUid, true),
    (Field::ReplyCode, true),
    (Field::ReplyStatus, false),
    (Field::ReplyText, false),
    (Field::RelayName, false),
    (Field::RelayIp, false),
    (Field::RelayPort, true),
    (Field::Mailer, false),
    (Field::Status, false),
    (Field::Delay, true),
    (Field::Size, true),
    (Field::Recipients, true),
    (Field::Action, false),
    (Field::Directionality, false),
    (Field::Permissions, false),
    (Field::Commands, false),
    (Field::NextQueueId, false),
    (Field::OrigQueueId, false),
    (Field::OrigClientIp, false),
    (Field::OrigClientName, false),
    (Field::Reason, false),
];

/// What a line states of a field, as it is told.
pub(super) enum Stated<'e> {
    Text(&'e [u8]),
    /// Digits.
    Number(&'e [u8]),
    /// A duration, in seconds.
    Seconds(u64),
}

/// What `event` states of a field, of which numbers are expected if it is `numeric`.
pub(super) fn stated<'e>(event: &Event<'e>, field: Field, numeric: bool) -> Option<Stated<'e>> {
    match event.get(field)? {
        // No address is not an address.
        b"unknown" if matches!(field, Field::ClientIp | Field::OrigClientIp | Field::RelayIp) => None,
        value if numeric && is_number(value) => Some(Stated::Number(value)),
        // Who submitted a message on the host may have a name.
        value if !numeric || field == Field::Uid => Some(Stated::Text(value)),
        // What the server did not write as a number is left out rather than made up; but a duration is one.
        value => seconds_of(value).filter(|_| field == Field::Delay).map(Stated::Seconds),
    }
}

/// Appends `event` as one JSON object and a newline. Fields that its line does not state are absent.
pub fn write_event(out: &mut Vec<u8>, event: &Event<'_>, files: &Files) {
    out.push(b'{');
    if event.time() != EventTime::MIN {
        key(out, "time");
        time(out, event.time());
    }
    if !event.host_name().is_empty() {
        text(out, "host", event.host_name());
    }
    if let Some(mta) = event.mta() {
        text(out, "mta", mta.name().as_bytes());
        text(out, "service", event.service());
    } else if !event.program().is_empty() {
        text(out, "program", event.program());
    }
    if event.pid() != 0 {
        number(out, "pid", u64::from(event.pid()));
    }
    text(out, "kind", event.kind().name().as_bytes());
    if let Some(class) = event.class() {
        text(out, "class", class.name().as_bytes());
    }
    if let Some(stage) = event.stage() {
        text(out, "stage", stage.name().as_bytes());
    }
    for &(field, numeric) in FIELDS {
        match stated(event, field, numeric) {
            None => {}
            Some(Stated::Text(user) | Stated::Number(user)) if field == Field::Uid => local_user(out, user),
            Some(Stated::Text(value)) => text(out, field.name(), value),
            Some(Stated::Number(value)) => {
                key(out, field.name());
                out.extend_from_slice(value);
            }
            Some(Stated::Seconds(seconds)) => number(out, field.name(), seconds),
        }
    }
    if matches!(event.kind(), Kind::Unmatched) {
        text(out, "text", event.line());
    }
    origin_members(out, event.origin(), files);
    out.extend_from_slice(b"}\n");
}

/// Who submitted a message on the host: `uid` where the log has the number, `local_user` where it has the name.
fn local_user(out: &mut Vec<u8>, user: &[u8]) {
    if is_number(user) {
        key(out, "uid");
        out.extend_from_slice(user);
    } else {
        text(out, "local_user", user);
    }
}

/// Appends `attempt` as one JSON object and a newline. What the log does not show is absent.
pub fn write_attempt(out: &mut Vec<u8>, attempt: &Attempt<'_>, files: &Files, hosts: &Hosts) {
    out.push(b'{');
    if attempt.time != EventTime::MIN {
        key(out, "time");
        time(out, attempt.time);
    }
    text(out, "host", hosts.name(attempt.host));
    text(out, "mta", attempt.mta.name().as_bytes());
    some(out, "queue_id", attempt.queue_id);
    some(out, "session_id", attempt.session_id);
    if let Some(ip) = attempt.client_ip {
        key(out, "client_ip");
        quoted(out, ip);
    }
    some(out, "client_name", attempt.client_name);
    some(out, "helo", attempt.helo);
    some(out, "auth_user", attempt.auth_user);
    if let Some(uid) = attempt.uid {
        local_user(out, uid);
    }
    some(out, "sender", attempt.sender);
    some(out, "recipient", attempt.recipient);
    some(out, "original_recipient", attempt.original_recipient);
    text(out, "direction", attempt.direction.name().as_bytes());
    some(out, "authority", attempt.authority.map(|authority| authority.name().as_bytes()));
    text(out, "outcome", attempt.outcome.name().as_bytes());
    some(out, "class", attempt.class.map(|class| class.name().as_bytes()));
    if let Some(code) = attempt.reply_code {
        number(out, "reply_code", u64::from(code));
    }
    some(out, "reply_status", attempt.reply_status);
    some(out, "next_hop", attempt.next_hop);
    key(out, "lines");
    for (index, origin) in attempt.lines.iter().enumerate() {
        out.push(if index == 0 { b'[' } else { b',' });
        write_origin(out, *origin, files);
    }
    out.extend_from_slice(if attempt.lines.is_empty() { b"[]}\n" } else { b"]}\n" });
}

/// Appends `event` as one line for people: time, host, service, what it says, then its fields.
pub fn write_event_text(out: &mut Vec<u8>, event: &Event<'_>, files: &Files) {
    let origin = event.origin();
    // Writing into memory cannot fail.
    let _ = write!(out, "{}:{} ", shown(files.name(origin.file).as_bytes()), origin.line);
    if event.time() != EventTime::MIN {
        let _ = write!(out, "{} ", event.time());
    }
    let service = if event.mta().is_some() { event.service() } else { event.program() };
    let _ = write!(out, "{} {} {}", shown(event.host_name()), shown(service), event.kind());
    if let Some(class) = event.class() {
        let _ = write!(out, " {class}");
    }
    // "connect at connect" would say it twice.
    if let Some(stage) = event.stage().filter(|stage| stage.name() != event.kind().name()) {
        let _ = write!(out, " at {stage}");
    }
    for &(field, _) in FIELDS {
        if let Some(value) = event.get(field) {
            let _ = write!(out, " {field}={}", Word(value));
        }
    }
    if event.kind() == Kind::Unmatched {
        let _ = write!(out, ": {}", shown(event.line()));
    }
    out.push(b'\n');
}

/// A value of a `name=value` list: quoted where it would not be told from its neighbours.
struct Word<'a>(&'a [u8]);

impl std::fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() || self.0.iter().any(|byte| matches!(byte, b' ' | b'"' | b'=')) {
            write!(f, "\"{}\"", shown(self.0))
        } else {
            write!(f, "{}", shown(self.0))
        }
    }
}

fn write_origin(out: &mut Vec<u8>, origin: Origin, files: &Files) {
    out.push(b'{');
    origin_members(out, origin, files);
    out.push(b'}');
}

/// Where a line stands: members of an object.
pub(super) fn origin_members(out: &mut Vec<u8>, origin: Origin, files: &Files) {
    text(out, "file", files.name(origin.file).as_bytes());
    number(out, "line", origin.line);
    number(out, "offset", origin.offset);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{
        Authority, Batch, Class, Constants, Direction, FieldSpan, FileId, Ident, Mta, Outcome, Parsed,
        Record, Span, Stage, Stamp, is_unfit,
    };

    /// A batch of one line, with the fields found in it by their text.
    fn parsed(line: &[u8], kind: Kind, fields: &[(Field, &[u8])]) -> Parsed {
        let find = |text: &[u8]| {
            memchr::memmem::find(line, text).map(|start| Span { start: start as u32, len: text.len() as u32 })
        };
        let spans = fields.iter().map(|&(field, text)| {
            let span = find(text).unwrap();
            FieldSpan { field, start: span.start as u16, len: span.len as u16 }
        });
        Parsed {
            batch: Batch::lines(FileId(0), 7, 100, line.to_vec()),
            lines_end: line.len() as u32,
            records: vec![Record {
                line: Span { start: 0, len: line.len() as u32 },
                base: 0,
                text: Span { start: 0, len: line.len() as u32 },
                line_index: 0,
                stamp: Stamp::None,
                host: 0,
                ident: 0,
                pid: 412,
                pattern: 0,
                kind,
                class: (kind == Kind::Reject).then_some(Class::RelayDenied),
                stage: (kind == Kind::Reject).then_some(Stage::Rcpt),
                client_ip: None,
                first_field: 0,
                field_count: fields.len() as u8,
            }],
            fields: spans.collect(),
            hosts: vec![find(b"mx").unwrap()],
            idents: vec![Ident {
                text: find(b"postfix/smtpd").unwrap(),
                mta: (kind != Kind::Ignored).then_some(Mta::Postfix),
                service: find(b"smtpd").unwrap(),
                unnamed: "",
            }],
            constants: Arc::new(Constants::default()),
        }
    }

    fn output(parsed: &Parsed, write: fn(&mut Vec<u8>, &Event<'_>, &Files)) -> String {
        let mut files = Files::default();
        files.add("mail.log");
        let time = EventTime::from_micros(1_772_434_800_250_000);
        let mut out = Vec::new();
        write(&mut out, &Event::new(parsed, &parsed.records[0], time, crate::model::HostId(0)), &files);
        String::from_utf8(out).unwrap()
    }

    const DENIED: &[u8] = b"mx postfix/smtpd[412]: NOQUEUE: reject: RCPT from unknown[unknown]: 554 5.7.1 \
        <a@b.example>: Relay access denied; from=<> to=<a@b.example> proto=SMTP helo=<\x1b[2Jevil>";

    #[test]
    fn an_event_has_the_fields_of_its_line_and_no_others() {
        let fields: &[(Field, &[u8])] = &[
            (Field::ClientIp, b"unknown"),
            (Field::ClientName, b"unknown"),
            (Field::ReplyCode, b"554"),
            (Field::Sender, b""),
            (Field::Helo, b"\x1b[2Jevil"),
        ];
        let parsed = parsed(DENIED, Kind::Reject, fields);
        assert_eq!(
            output(&parsed, write_event),
            "{\"time\":\"2026-03-02T07:00:00.25Z\",\"host\":\"mx\",\"mta\":\"postfix\",\"service\":\"smtpd\",\
             \"pid\":412,\"kind\":\"reject\",\"class\":\"relay_denied\",\"stage\":\"rcpt\",\
             \"client_name\":\"unknown\",\"helo\":\"\\u001b[2Jevil\",\"sender\":\"\",\"reply_code\":554,\
             \"file\":\"mail.log\",\"line\":7,\"offset\":100}\n"
        );
        assert_eq!(
            output(&parsed, write_event_text),
            "mail.log:7 2026-03-02T07:00:00.25Z mx smtpd reject relay_denied at rcpt client_ip=unknown \
             client_name=unknown helo=\\u{1b}[2Jevil sender=\"\" reply_code=554\n"
        );
    }

    #[test]
    fn unknown_and_foreign_lines_say_so() {
        let unmatched = output(
            &parsed(b"mx postfix/smtpd[412]: so\xe2\x80\xaemething", Kind::Unmatched, &[]),
            write_event,
        );
        let object: serde_json::Value = serde_json::from_str(&unmatched).unwrap();
        assert_eq!(object["kind"], "unmatched");
        assert_eq!(object["text"], "mx postfix/smtpd[412]: so\u{202e}mething");
        assert!(!unmatched.trim_end().chars().any(is_unfit));
        let ignored = output(&parsed(b"mx postfix/smtpd", Kind::Ignored, &[]), write_event);
        let object: serde_json::Value = serde_json::from_str(&ignored).unwrap();
        assert_eq!((&object["kind"], &object["program"]), (&"ignored".into(), &"postfix/smtpd".into()));
        assert!(object.get("mta").is_none());
    }

    #[test]
    fn an_attempt_names_its_lines() {
        let origin = |line| Origin { file: FileId(0), line, offset: line * 100 };
        let (mut files, mut hosts) = (Files::default(), Hosts::default());
        files.add("mail.log");
        let attempt = Attempt {
            host: hosts.id(b"mx"),
            queue_id: Some(b"4F1aBC0zKQz9"),
            client_ip: Some("2001:db8::66".parse().unwrap()),
            helo: Some(b"say \"hi\""),
            uid: Some(b"33"),
            sender: Some(b""),
            recipient: Some(b"a@b.example"),
            direction: Direction::Outbound,
            authority: Some(Authority::None),
            reply_status: Some(b"2.0.0"),
            lines: &[origin(1), origin(5)],
            ..Attempt::bare(EventTime::from_seconds(0), Outcome::Delivered)
        };
        let mut out = Vec::new();
        write_attempt(&mut out, &attempt, &files, &hosts);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"time\":\"1970-01-01T00:00:00Z\",\"host\":\"mx\",\"mta\":\"postfix\",\
             \"queue_id\":\"4F1aBC0zKQz9\",\"client_ip\":\"2001:db8::66\",\"helo\":\"say \\\"hi\\\"\",\
             \"uid\":33,\"sender\":\"\",\"recipient\":\"a@b.example\",\"direction\":\"outbound\",\
             \"authority\":\"none\",\"outcome\":\"delivered\",\"reply_status\":\"2.0.0\",\
             \"lines\":[{\"file\":\"mail.log\",\"line\":1,\"offset\":100},\
             {\"file\":\"mail.log\",\"line\":5,\"offset\":500}]}\n"
        );
    }
}
