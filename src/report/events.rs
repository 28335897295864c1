//! Events and attempts, one per line, appended to a buffer that the caller writes out and clears.
//!
//! Written by hand: a log of a gigabyte becomes several of these, and a generic serializer would be the bottleneck.

use std::io::Write;

use super::escape::json_string;
use crate::model::{Attempt, Event, EventTime, Field, Files, Hosts, Kind, Origin, shown};

/// The fields in the order of output, and whether they are numbers.
const FIELDS: &[(Field, bool)] = &[
    (Field::QueueId, false),
    (Field::SessionId, false),
    (Field::MessageId, false),
    (Field::ClientIp, false),
    (Field::ClientName, false),
    (Field::ClientPort, true),
    (Field::Helo, false),
    (Field::AuthUser, false),
    (Field::AuthMethod, false),
    (Field::Tls, false),
    (Field::Sender, false),
    (Field::Recipient, false),
    (Field::OriginalRecipient, false),
    (Field::Uid, true),
    (Field::ReplyCode, true),
    (Field::ReplyStatus, false),
    (Field::ReplyText, false),
    (Field::RelayName, false),
    (Field::RelayIp, false),
    (Field::RelayPort, true),
    (Field::Status, false),
    (Field::Delay, true),
    (Field::Size, true),
    (Field::Recipients, true),
    (Field::Action, false),
    (Field::Commands, false),
    (Field::NextQueueId, false),
    (Field::OrigQueueId, false),
    (Field::OrigClientIp, false),
    (Field::OrigClientName, false),
    (Field::Reason, false),
];

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
    for &(field, is_number) in FIELDS {
        match event.get(field) {
            None => {}
            // No address is not an address.
            Some(b"unknown") if matches!(field, Field::ClientIp | Field::OrigClientIp | Field::RelayIp) => {}
            Some(value) if is_number => {
                if is_json_number(value) {
                    key(out, field.name());
                    out.extend_from_slice(value);
                }
            }
            Some(value) => text(out, field.name(), value),
        }
    }
    if matches!(event.kind(), Kind::Unmatched) {
        text(out, "text", event.line());
    }
    let origin = event.origin();
    text(out, "file", files.name(origin.file).as_bytes());
    number(out, "line", origin.line);
    number(out, "offset", origin.offset);
    out.extend_from_slice(b"}\n");
}

/// Appends `attempt` as one JSON object and a newline. What the log does not show is absent.
pub fn write_attempt(out: &mut Vec<u8>, attempt: &Attempt<'_>, files: &Files, hosts: &Hosts) {
    out.push(b'{');
    key(out, "time");
    time(out, attempt.time);
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
        number(out, "uid", u64::from(uid));
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
    if let Some(stage) = event.stage() {
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

/// Begins a member; the first one follows its brace.
fn key(out: &mut Vec<u8>, name: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn text(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    key(out, name);
    json_string(out, value);
}

fn some(out: &mut Vec<u8>, name: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        text(out, name, value);
    }
}

fn number(out: &mut Vec<u8>, name: &str, value: u64) {
    key(out, name);
    decimal(out, value);
}

/// A value that needs no escaping.
fn quoted(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    let _ = write!(out, "\"{value}\"");
}

fn write_origin(out: &mut Vec<u8>, origin: Origin, files: &Files) {
    out.push(b'{');
    text(out, "file", files.name(origin.file).as_bytes());
    number(out, "line", origin.line);
    number(out, "offset", origin.offset);
    out.push(b'}');
}

fn decimal(out: &mut Vec<u8>, mut value: u64) {
    // 2^64 has 20 digits.
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// A time as a JSON string. The days of a log follow each other: years 1970 to 9999 are computed here, without the
/// general machinery, which would take longer than all other fields together.
fn time(out: &mut Vec<u8>, time: EventTime) {
    quoted(out, time);
}

/// Digits, with at most one point between them, as JSON writes numbers: no sign, no leading zero.
fn is_json_number(text: &[u8]) -> bool {
    let (whole, fraction) = match memchr::memchr(b'.', text) {
        Some(point) => (&text[..point], Some(&text[point + 1..])),
        None => (text, None),
    };
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    digits(whole) && (whole.len() == 1 || whole[0] != b'0') && fraction.is_none_or(digits)
}
