//! Agent logs (Microsoft Learn, "Anti-spam agent logging"): what connection, sender, recipient and content filtering did to
//! a session.

use crate::model::{Field, Kind, Stage, parse_ip};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

use super::when;

/// Reads one row.
pub(in crate::parse) fn read(row: &Row<'_>, recent: &mut Recent<'_>, out: &mut Output<'_>) {
    let line = row.line();
    if let Some(stamp) = when::stamp(row, recent) {
        out.stamp(stamp);
    }
    out.service("agent", row.cell(Column::Agent).unwrap_or_default());
    let mut said = Said::kind(Kind::Other);
    // Behind an edge server it is the address from which the message entered the organisation that counts.
    let client = row.cell(Column::EnteredOrgFromIp).or_else(|| row.cell(Column::RemoteEndpoint));
    if let Some(client) = client.map(|client| super::protocol::endpoint(line, client).0) {
        said.client_ip = parse_ip(&line[client.clone()]);
        out.field(Field::ClientIp, client);
    }
    for (field, column) in [
        (Field::SessionId, Column::SessionId),
        (Field::MessageId, Column::MessageId),
        (Field::Sender, Column::ReturnPath),
        (Field::Recipient, Column::RecipientAddress),
        (Field::Action, Column::Action),
    ] {
        if let Some(cell) = row.cell(column) {
            out.field(field, super::tracking::without_brackets(line, cell));
        }
    }
    let response = row.cell(Column::SmtpResponse).filter(|_| refuses(row.text(Column::Action)));
    if let Some(response) = response {
        let text = out.reply(line, response);
        (said.kind, said.class) = (Kind::Reject, Some(out.class(&line[text])));
    }
    said.stage = stage(row.text(Column::Event));
    out.say(&said);
}

/// Actions that end in a refusal; others delete, quarantine, stamp or accept.
fn refuses(action: &[u8]) -> bool {
    matches!(
        action,
        b"RejectConnection" | b"RejectCommand" | b"RejectMessage" | b"RejectRecipients" | b"Disconnect"
    )
}

/// The event of the transport pipeline at which the agent acted.
fn stage(event: &[u8]) -> Option<Stage> {
    Some(match event {
        b"OnConnectEvent" => Stage::Connect,
        b"OnHeloCommand" | b"OnEhloCommand" => Stage::Helo,
        b"OnAuthCommand" => Stage::Auth,
        b"OnMailCommand" => Stage::Mail,
        b"OnRcptCommand" => Stage::Rcpt,
        b"OnDataCommand" => Stage::Data,
        b"OnEndOfHeaders" | b"OnEndOfData" => Stage::Eom,
        _ => return None,
    })
}
