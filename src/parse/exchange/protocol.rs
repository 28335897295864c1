//! SMTP receive and send protocol logs (Microsoft Learn, "Protocol logging"): one row for each command, reply, and remark
//! of the server. A row is read alone here; which command a reply answers is for the correlator to join.
//!
//! `data` of a command is the client's text, all of it; `context` and every other column are the server's.

use std::ops::Range;

use crate::model::{Class, Field, Kind, Stage, parse_ip};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

use super::when;

/// Which end of the connection this server is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// A receive connector, named `SERVER\Name`: `<` is a client's command, `>` our reply.
    Receive,
    /// A send connector, which has no server in its name: `>` is our command, `<` a remote server's reply.
    Send,
}

/// Reads one row.
pub(in crate::parse) fn read(row: &Row<'_>, recent: &mut Recent<'_>, out: &mut Output<'_>) {
    if let Some(stamp) = when::stamp(row, recent) {
        out.stamp(stamp);
    }
    let connector = row.cell(Column::ConnectorId).unwrap_or_default();
    let backslash = memchr::memchr(b'\\', row.text(Column::ConnectorId));
    let side = if let Some(at) = backslash {
        out.host(connector.start..connector.start + at);
        out.service("receive", connector.start + at + 1..connector.end);
        Side::Receive
    } else {
        out.service("send", connector);
        Side::Send
    };
    if let Some(session) = row.cell(Column::SessionId) {
        out.field(Field::SessionId, session);
        if let Some(number) = row.cell(Column::SequenceNumber) {
            out.field(Field::SequenceNumber, number);
        }
    }
    let mut said = Said::kind(Kind::Other);
    if let Some(remote) = row.cell(Column::RemoteEndpoint) {
        let (ip, port) = endpoint(row.line(), remote);
        let names = match side {
            Side::Receive => [Field::ClientIp, Field::ClientPort],
            Side::Send => [Field::RelayIp, Field::RelayPort],
        };
        if side == Side::Receive {
            said.client_ip = parse_ip(&row.line()[ip.clone()]);
        }
        out.field(names[0], ip);
        if let Some(port) = port {
            out.field(names[1], port);
        }
    }
    match (row.text(Column::Event), side) {
        (b"+", Side::Receive) => said.kind = Kind::Connect,
        (b"-", Side::Receive) => said.kind = Kind::Disconnect,
        (b"<", Side::Receive) | (b">", Side::Send) => command(row, &mut said, out),
        (b">", Side::Receive) => answer(row, &mut said, out),
        (b"<", Side::Send) => remote_answer(row, out),
        _ => remark(row, &mut said, out),
    }
    out.say(&said);
}

/// The address and port of `192.0.2.1:25` or `[2001:db8::1]:25`.
pub(super) fn endpoint(line: &[u8], cell: Range<usize>) -> (Range<usize>, Option<Range<usize>>) {
    let text = &line[cell.clone()];
    let Some(colon) = memchr::memrchr(b':', text) else { return (cell, None) };
    let port = cell.start + colon + 1..cell.end;
    if !line[port.clone()].iter().all(u8::is_ascii_digit) {
        return (cell, None);
    }
    match &text[..colon] {
        [b'[', .., b']'] => (cell.start + 1..cell.start + colon - 1, Some(port)),
        _ => (cell.start..cell.start + colon, Some(port)),
    }
}

/// A command of SMTP, whoever sent it.
fn command(row: &Row<'_>, said: &mut Said, out: &mut Output<'_>) {
    let Some(data) = row.cell(Column::Data) else { return };
    let line = row.line();
    let text = &line[data.clone()];
    let verb_len = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    let verb = &text[..verb_len];
    said.stage = Some(Stage::from_command(verb).unwrap_or_else(|| own_command(verb)));
    let behind = (data.start + verb_len + 1).min(data.end)..data.end;
    match said.stage {
        Some(Stage::Helo) => out.field(Field::Helo, behind),
        Some(Stage::Auth) => {
            let len = line[behind.clone()].iter().position(|byte| *byte == b' ').unwrap_or(behind.len());
            out.field(Field::AuthMethod, behind.start..behind.start + len);
        }
        Some(Stage::Mail) => path(line, behind, Field::Sender, out),
        Some(Stage::Rcpt) => path(line, behind, Field::Recipient, out),
        Some(Stage::Unknown) if is_http(verb) => said.kind = Kind::Abuse,
        Some(Stage::Unknown) if verb.starts_with(b"XPROXY") => {
            if let Some(ip) = parameter(line, behind, b"IP=") {
                out.field(Field::OrigClientIp, ip);
            }
        }
        _ => {}
    }
}

/// What Exchange calls a command that others call otherwise.
fn own_command(verb: &[u8]) -> Stage {
    if verb.eq_ignore_ascii_case(b"X-EXPS") { Stage::Auth } else { Stage::Unknown }
}

/// The value of the first parameter that begins with `key`.
fn parameter(line: &[u8], text: Range<usize>, key: &[u8]) -> Option<Range<usize>> {
    let mut at = text.start;
    for word in line[text].split(|&byte| byte == b' ') {
        if word.starts_with(key) {
            return Some(at + key.len()..at + word.len());
        }
        at += word.len() + 1;
    }
    None
}

/// What browsers and worms send to port 25.
fn is_http(verb: &[u8]) -> bool {
    const VERBS: [&[u8]; 5] = [b"GET", b"POST", b"HEAD", b"CONNECT", b"OPTIONS"];
    VERBS.contains(&verb)
}

/// The path of `FROM:<path> PARAMETERS` or `TO:<path>`, without its brackets.
fn path(line: &[u8], text: Range<usize>, field: Field, out: &mut Output<'_>) {
    let text_bytes = &line[text.clone()];
    let Some(colon) = memchr::memchr(b':', text_bytes) else { return };
    let blanks = text_bytes[colon + 1..].iter().take_while(|byte| **byte == b' ').count();
    let start = text.start + colon + 1 + blanks;
    let rest = &line[start..text.end];
    if rest.first() == Some(&b'<') {
        // Whatever the client wrote behind it is not read.
        let doubled = is_quoted(line, text.end);
        out.field(field, start + 1..start + 1 + unquoted_len(&rest[1..], b'>', doubled));
    } else {
        let len = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
        out.field(field, start..start + len);
    }
}

/// Whether the cell that ends at `end` is in quotes, so that quotes within it are doubled.
pub(super) fn is_quoted(line: &[u8], end: usize) -> bool {
    line.get(end) == Some(&b'"')
}

/// Length of an address up to the byte that ends it: one in a quoted local part (RFC 5321, section 4.1.2) does not. All of
/// `text` where none does.
pub(super) fn unquoted_len(text: &[u8], end: u8, doubled: bool) -> usize {
    let (mut at, mut quoted) = (0, false);
    while at < text.len() {
        let step = match text[at] {
            b'"' => {
                quoted = !quoted;
                if doubled && text.get(at + 1) == Some(&b'"') { 2 } else { 1 }
            }
            b'\\' if quoted && doubled && text[at + 1..].starts_with(b"\"\"") => 3,
            b'\\' if quoted => 2,
            byte if byte == end && !quoted => return at,
            _ => 1,
        };
        at += step;
    }
    text.len()
}

/// A reply of this server to its client.
fn answer(row: &Row<'_>, said: &mut Said, out: &mut Output<'_>) {
    let Some(data) = row.cell(Column::Data) else { return };
    let line = row.line();
    let code = row.text(Column::Data);
    // Of a reply of several lines only the last one answers.
    if code.get(3) == Some(&b'-') {
        return out.field(Field::ReplyText, data);
    }
    let text = out.reply(line, data);
    match code {
        [b'2', b'3', b'5', ..] => said.kind = Kind::Auth,
        [b'5', b'3', b'5', ..] | [b'4', b'5', b'4', ..] if is_about_login(&line[text.clone()]) => {
            (said.kind, said.class) = (Kind::Auth, Some(Class::AuthFailed));
        }
        // Nobody asked for anything, so nothing was refused.
        [b'4', b'2', b'1', ..] if line[text.clone()].starts_with(b"Connection timed out") => {}
        [b'4' | b'5', ..] => (said.kind, said.class) = (Kind::Reject, Some(out.class(&line[text]))),
        [b'2', ..] => {
            if let Some((message_id, id)) = queued(line, text) {
                said.kind = Kind::Accept;
                out.field(Field::MessageId, message_id);
                out.field(Field::QueueId, id);
            }
        }
        _ => {}
    }
}

fn is_about_login(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"uthentication").is_some()
}

/// `<a@b.example> [InternalId=46497315947381, Hostname=ex1.corp.example] 24072 bytes in ... Queued mail for delivery`: the
/// Message-ID and the internal id. A Message-ID is the client's; the id that counts is behind the last ` [InternalId=`.
fn queued(line: &[u8], text: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    const KEY: &[u8] = b"> [InternalId=";
    let reply = &line[text.clone()];
    let at = memchr::memmem::rfind(reply, KEY).filter(|_| reply.first() == Some(&b'<'))?;
    let id = text.start + at + KEY.len();
    let digits = line[id..text.end].iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then_some((text.start + 1..text.start + at, id..id + digits))
}

/// A remote server's reply to us: a delivery's result at most, never a refusal of ours.
fn remote_answer(row: &Row<'_>, out: &mut Output<'_>) {
    if let Some(data) = row.cell(Column::Data) {
        out.reply(row.line(), data);
    }
}

/// What the server says about the session: `*`, or an event column that lost it.
fn remark(row: &Row<'_>, said: &mut Said, out: &mut Output<'_>) {
    let context = row.text(Column::Context);
    let data = row.cell(Column::Data);
    if context == b"Set Session Permissions" {
        if let Some(data) = data {
            out.field(Field::Permissions, data);
        }
    } else if context == b"authenticated" {
        said.kind = Kind::Auth;
        if let Some(data) = data {
            out.field(Field::AuthUser, data);
        }
    } else if let Some(cell) = row.cell(Column::Context).or(data) {
        let client_ip = said.client_ip;
        *said = Said { client_ip, ..out.read("remark", row.line(), cell) };
    }
}
