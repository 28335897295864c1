//! Message tracking logs (Microsoft Learn, "Message tracking"), versions 8 to 15: one row for each thing that happened to
//! a message. Columns are the server's; `message-subject`, addresses, `message-id` and what a remote server replied
//! (`recipient-status`, `source-context`) are others' text, each within its own cell.

use std::ops::Range;

use crate::model::{Field, Kind, is_private, parse_ip};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

use super::protocol::{is_quoted, unquoted_len};
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
    // Of a proxied session the address of the frontend is ours; whom it served stands apart. A stranger's word for it, in a
    // header that a connector let through, is none.
    let original =
        row.cell(Column::OriginalClientIp).or_else(|| proxied_client(row)).filter(|_| is_ours(row));
    let client = original.or_else(|| row.cell(Column::ClientIp).filter(|_| !is_this_server(row)));
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

/// Whom the frontend served, as it told this server: `S:ProxiedClientIPAddress=203.0.113.66` in `custom-data`. What the
/// client called itself stands there, too, so one that is told twice is believed by nobody.
fn proxied_client(row: &Row<'_>) -> Option<Range<usize>> {
    const KEY: &[u8] = b"S:ProxiedClientIPAddress=";
    let data = row.cell(Column::CustomData)?;
    let text = &row.line()[data.clone()];
    let mut places = memchr::memmem::find_iter(text, KEY);
    let (Some(place), None) = (places.next(), places.next()) else { return None };
    let start = data.start + place + KEY.len();
    let len = memchr::memchr(b';', &text[place + KEY.len()..]).unwrap_or(data.end - start);
    (place == 0 || text[place - 1] == b';').then_some(start..start + len)
}

/// Whether the peer is a server of this organisation: this one, or one of the inner network.
fn is_ours(row: &Row<'_>) -> bool {
    is_this_server(row)
        || parse_ip(row.text(Column::ClientIp)).is_none_or(|ip| ip.is_loopback() || is_private(ip))
}

/// Whether the peer is another service of this server: then it is nobody's client.
fn is_this_server(row: &Row<'_>) -> bool {
    row.text(Column::ClientIp) == row.text(Column::ServerIp)
}

/// One recipient's copy, and what was answered about it.
fn delivery(row: &Row<'_>, answer: Range<usize>, out: &mut Output<'_>) {
    let line = row.line();
    if !answer.is_empty() {
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
    more: impl Fn(&Row<'_>, Range<usize>, &mut Output<'_>),
) {
    let (mut list, mut answers) = (recipients(row), answers(row));
    let mut told = false;
    loop {
        let (recipient, answer) = (list.next(), answers.next().unwrap_or_default());
        let ends = recipient.is_none();
        if ends && told {
            break;
        }
        // `;;`: nobody stands between them.
        if recipient.as_ref().is_some_and(Range::is_empty) {
            continue;
        }
        message(row, out);
        sender(row, out);
        if let Some(recipient) = recipient {
            out.field(Field::Recipient, recipient);
        }
        more(row, answer, out);
        out.say(&said);
        if ends {
            break;
        }
        if said.kind == Kind::Accept {
            said.kind = Kind::Envelope;
        }
        told = true;
    }
}

/// The recipients: separated by semicolons, quoted with apostrophes where they have one of their own.
fn recipients<'r>(row: &Row<'r>) -> impl Iterator<Item = Range<usize>> + use<'r> {
    let line = row.line();
    let cell = row.cell(Column::RecipientAddress).filter(|cell| &line[cell.clone()] != UNJOINED);
    let cell = cell.unwrap_or_default();
    let doubled = is_quoted(line, cell.end);
    pieces(line, cell, move |text| unquoted_len(text, b';', doubled)).map(|piece| {
        match &line[piece.clone()] {
            [b'\'', .., b'\''] => piece.start + 1..piece.end - 1,
            _ => piece,
        }
    })
}

/// What `Export-Csv` makes of a list that nobody joined.
const UNJOINED: &[u8] = b"System.String[]";

/// What was answered about each recipient, in their order: as many answers as recipients, or one for all. A remote server's
/// words may hold semicolons, too; where it cannot be told whose they are, they are nobody's.
fn answers<'r>(row: &Row<'r>) -> impl Iterator<Item = Range<usize>> + use<'r> {
    let line = row.line();
    let cell = row.cell(Column::RecipientStatus).unwrap_or_default();
    let split = |cell: &Range<usize>| {
        pieces(line, cell.clone(), |text| memchr::memchr(b';', text).unwrap_or(text.len()))
    };
    let (count, recipients) = (split(&cell).count(), recipients(row).count());
    let mut each = split(&cell);
    std::iter::from_fn(move || match (recipients, count) {
        (0 | 1, _) | (_, 1) => Some(cell.clone()),
        _ if count == recipients => each.next(),
        _ => None,
    })
}

/// The parts of a cell between semicolons, each as long as `len_of` says of what it begins.
fn pieces(
    line: &[u8],
    cell: Range<usize>,
    len_of: impl Fn(&[u8]) -> usize,
) -> impl Iterator<Item = Range<usize>> {
    let mut at = cell.start;
    let end = cell.end;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let len = len_of(&line[at..end]);
        let piece = at..at + len;
        at += len + 1;
        Some(piece)
    })
}
