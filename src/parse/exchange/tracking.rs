//! Message tracking logs (Microsoft Learn, "Message tracking"), versions 8 to 15: one row for each thing that happened to
//! a message. Columns are the server's; `message-subject`, addresses, `message-id` and what a remote server replied
//! (`recipient-status`, `source-context`) are others' text, each within its own cell.

use std::ops::Range;

use crate::model::{Field, Kind, parse_ip};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

use super::when;

/// Reads one row.
pub(in crate::parse) fn read(row: &Row<'_>, recent: &mut Recent<'_>, out: &mut Output<'_>) {
    if let Some(stamp) = when::stamp(row, recent) {
        out.stamp(stamp);
    }
    let event = row.text(Column::EventId);
    let sends = matches!(event, b"SEND" | b"SENDEXTERNAL");
    // Of a message that leaves, this server is the client.
    let host = if sends { Column::ClientHostname } else { Column::ServerHostname };
    out.host(row.cell(host).unwrap_or_default());
    let connector = row.cell(Column::ConnectorId).unwrap_or_default();
    let text = row.text(Column::ConnectorId);
    let (kind, name) = match memchr::memchr(b'\\', text) {
        Some(at) => ("receive", connector.start + at + 1..connector.end),
        None if sends => ("send", connector),
        None => ("transport", row.cell(Column::Source).unwrap_or_default()),
    };
    out.service(kind, name);
    let said = meaning(row, out);
    match said.kind {
        Kind::Accept => received(row, said, out),
        Kind::Delivery => each_recipient(row, said, out, delivery),
        _ => each_recipient(row, said, out, |row, _, out| {
            if let Some(named) = row.cell(Column::RelatedRecipientAddress) {
                out.field(Field::OriginalRecipient, named);
            }
        }),
    }
}

const NUMBERED: &[u8] = b"NUMBERED";

/// What an event means is data: the patterns of `tracking` read its source, its name and the connector.
fn meaning(row: &Row<'_>, out: &mut Output<'_>) -> Said {
    let mut text = [0; 128];
    let mut len = 0;
    // Exchange 2000 and 2003 number their events, and have no source.
    if row.cell(Column::Source).is_none() {
        text[..NUMBERED.len()].copy_from_slice(NUMBERED);
        len = NUMBERED.len();
    }
    for column in [Column::Source, Column::EventId, Column::ConnectorId] {
        for &byte in row.text(column).iter().chain(b" ") {
            if let Some(slot) = text.get_mut(len) {
                *slot = byte;
                len += 1;
            }
        }
    }
    out.read_apart("tracking", &text[..len.saturating_sub(1)])
}

/// The names by which rows of one message are joined.
fn message(row: &Row<'_>, out: &mut Output<'_>) {
    if let Some(id) = row.cell(Column::InternalMessageId) {
        out.field(Field::QueueId, id);
    }
    if let Some(id) = row.cell(Column::MessageId) {
        out.field(Field::MessageId, without_brackets(row.line(), id));
    }
    if let Some(size) = row.cell(Column::TotalBytes) {
        out.field(Field::Size, size);
    }
}

/// The envelope sender; `<>` is the null sender. Before Exchange 2007 SP1 there is only the header's.
fn sender(row: &Row<'_>, out: &mut Output<'_>) {
    if let Some(sender) = row.cell(Column::ReturnPath).or_else(|| row.cell(Column::SenderAddress)) {
        out.field(Field::Sender, without_brackets(row.line(), sender));
    }
}

pub(super) fn without_brackets(line: &[u8], cell: Range<usize>) -> Range<usize> {
    match &line[cell.clone()] {
        [b'<', .., b'>'] => cell.start + 1..cell.end - 1,
        _ => cell,
    }
}

/// The message came in: once as acceptance, then an envelope for every further recipient.
fn received(row: &Row<'_>, mut said: Said, out: &mut Output<'_>) {
    // Of a proxied session the address of the frontend is ours; whom it served stands apart.
    let client = row.cell(Column::OriginalClientIp).or_else(|| row.cell(Column::ClientIp));
    let client = client.filter(|_| matches!(row.text(Column::Source), b"SMTP" | b""));
    said.client_ip = client.clone().and_then(|client| parse_ip(&row.line()[client]));
    let client = client.filter(|_| said.client_ip.is_some());
    each_recipient(row, said, out, |row, _, out| {
        if let Some(client) = client.clone() {
            out.field(Field::ClientIp, client);
        }
        for (field, column) in
            [(Field::Recipients, Column::RecipientCount), (Field::Directionality, Column::Directionality)]
        {
            if let Some(cell) = row.cell(column) {
                out.field(field, cell);
            }
        }
    });
}

/// One recipient's copy: number `at` of the list.
fn delivery(row: &Row<'_>, at: usize, out: &mut Output<'_>) {
    let line = row.line();
    let answers = row.cell(Column::RecipientStatus).unwrap_or_default();
    // As many answers as recipients, or one for all.
    let answer = pieces(line, answers.clone()).nth(at).or_else(|| pieces(line, answers).next());
    if let Some(answer) = answer.filter(|answer| !answer.is_empty()) {
        out.reply(line, answer);
    }
    if row.text(Column::Source) == b"SMTP" {
        for (field, column) in
            [(Field::RelayName, Column::ServerHostname), (Field::RelayIp, Column::ServerIp)]
        {
            if let Some(cell) = row.cell(column) {
                out.field(field, cell);
            }
        }
    }
    if let Some(source) = row.cell(Column::Source) {
        out.field(Field::Mailer, source);
    }
}

/// One record for every recipient of the row, at least one. What came in comes in once: its further records are its
/// envelope.
fn each_recipient(
    row: &Row<'_>,
    mut said: Said,
    out: &mut Output<'_>,
    more: impl Fn(&Row<'_>, usize, &mut Output<'_>),
) {
    let mut list = recipients(row);
    let mut next = list.next();
    for at in 0.. {
        message(row, out);
        sender(row, out);
        if let Some(recipient) = next {
            out.field(Field::Recipient, recipient);
        }
        more(row, at, out);
        out.say(&said);
        if said.kind == Kind::Accept {
            said.kind = Kind::Envelope;
        }
        next = list.next();
        if next.is_none() {
            break;
        }
    }
}

/// The recipients: separated by semicolons, quoted with apostrophes where they have one of their own.
fn recipients<'r>(row: &Row<'r>) -> impl Iterator<Item = Range<usize>> + use<'r> {
    let cell = row.cell(Column::RecipientAddress).unwrap_or_default();
    let line = row.line();
    pieces(line, cell).map(|piece| match &line[piece.clone()] {
        [b'\'', .., b'\''] => piece.start + 1..piece.end - 1,
        _ => piece,
    })
}

/// The parts of a cell between semicolons.
fn pieces(line: &[u8], cell: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = cell.start;
    let end = cell.end;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let len = memchr::memchr(b';', &line[at..end]).unwrap_or(end - at);
        let piece = at..at + len;
        at += len + 1;
        Some(piece)
    })
}
