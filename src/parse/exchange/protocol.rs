//! SMTP receive and send protocol logs (Microsoft Learn, "Protocol logging"): one row for each command, reply, and remark
//! of the server. Which command a reply answers is for the correlator to join; a row is read alone here.

use crate::model::{Field, Kind};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

/// Reads one row.
pub(in crate::parse) fn read(row: &Row<'_>, recent: &mut Recent, out: &mut Output<'_>) {
    if let Some((stamp, _)) = recent.stamp(row.text(Column::DateTime)) {
        out.stamp(stamp);
    }
    if let Some(session) = row.cell(Column::SessionId) {
        out.field(Field::SessionId, session);
    }
    out.say(&Said::kind(Kind::Other));
}
