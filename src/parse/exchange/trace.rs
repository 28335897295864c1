//! Message traces of Exchange Online, exported (Microsoft Learn, "Get-MessageTraceV2"; `Export-Csv`): one row for each recipient, with where it
//! came from and what became of it. There are no sessions and no refusals in it.

use crate::model::{EventTime, Field, Kind, Stamp, parse_ip};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

use super::tracking::without_brackets;
use super::when;

/// Reads one row: how the message came in, then what became of this recipient's copy.
pub(in crate::parse) fn read(row: &Row<'_>, recent: &mut Recent<'_>, out: &mut Output<'_>) {
    // Whatever culture writes them, times are in UTC.
    match when::stamp(row, recent) {
        Some(Stamp::Local(local)) => out.stamp(Stamp::Absolute(EventTime::from_micros(local))),
        Some(stamp) => out.stamp(stamp),
        None => {}
    }
    out.service("trace", 0..0);
    let line = row.line();
    let client = row.cell(Column::FromIp);
    let client_ip = client.clone().and_then(|client| parse_ip(&line[client]));
    let came_from_a_mailbox = client_ip.is_none();
    let envelope = |out: &mut Output<'_>| {
        for (field, column) in [
            (Field::MessageId, Column::MessageId),
            (Field::Sender, Column::SenderAddress),
            (Field::Recipient, Column::RecipientAddress),
            (Field::Size, Column::TotalBytes),
        ] {
            if let Some(cell) = row.cell(column) {
                out.field(field, without_brackets(line, cell));
            }
        }
    };
    envelope(out);
    if let Some(client) = client.filter(|_| client_ip.is_some()) {
        out.field(Field::ClientIp, client);
    }
    let meaning = if came_from_a_mailbox { &b"TRACE submitted"[..] } else { b"TRACE received" };
    let said = out.read_apart("tracking", meaning);
    out.say(&Said { client_ip, ..said });
    let status = out.read_apart("trace", row.text(Column::TraceStatus));
    if status.kind == Kind::Delivery {
        envelope(out);
        if let Some(relay) = row.cell(Column::ToIp) {
            out.field(Field::RelayIp, relay);
        }
        out.say(&status);
    }
}
