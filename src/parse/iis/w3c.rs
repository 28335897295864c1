//! W3C extended log rows (W3C working draft WD-logfile; Microsoft, "IIS 6.0 Documentation: SMTP logging"): any columns, named
//! by `#Fields:`.

use crate::model::{EventTime, Field, Kind, Stamp, parse_ip};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

use super::{Exchange, some};

/// Reads one row. Stamps are in UTC, whatever the machine's zone.
pub(in crate::parse) fn read(row: &Row<'_>, recent: &mut Recent<'_>, out: &mut Output<'_>) {
    let line = row.line();
    if let (Some(date), Some(time)) = (row.cell(Column::Date), row.cell(Column::Time)) {
        // Mostly they stand side by side; a header may name them in any order.
        let stamp = if date.end + 1 == time.start {
            recent.stamp(&line[date.start..time.end])
        } else {
            recent.stamp(&[&line[date], b" ", &line[time]].concat())
        };
        if let Some((Stamp::Local(local), _)) = stamp {
            out.stamp(Stamp::Absolute(EventTime::from_micros(local)));
        }
    }
    out.host(some(line, row.cell(Column::ServerHostname)).unwrap_or_default());
    let name = row.text(Column::Username);
    let outbound = matches!(name, b"OutboundConnectionCommand" | b"OutboundConnectionResponse");
    out.service(if outbound { "send" } else { "receive" }, row.cell(Column::ServiceName).unwrap_or_default());
    let mut said = Said::kind(Kind::Other);
    if let Some(peer) = some(line, row.cell(Column::ClientIp)) {
        if outbound {
            out.field(Field::RelayIp, peer);
        } else {
            said.client_ip = parse_ip(&line[peer.clone()]);
            out.field(Field::ClientIp, peer);
        }
    }
    // What calls itself user is the name given in HELO.
    if let Some(helo) = some(line, row.cell(Column::Username)).filter(|_| !outbound) {
        out.field(Field::Helo, helo);
    }
    let command = Exchange {
        verb: row.cell(Column::Method).unwrap_or_default(),
        argument: some(line, row.cell(Column::Query)).unwrap_or_default(),
        code: row.cell(Column::Status).unwrap_or_default(),
        outbound,
    };
    command.say(line, said, out);
}
