//! Message tracking logs (Microsoft Learn, "Message tracking"): one row for each thing that happened to a message.

use crate::model::{Field, Kind};
use crate::parse::stamp::Recent;
use crate::parse::table::{Column, Output, Row, Said};

/// Reads one row.
pub(in crate::parse) fn read(row: &Row<'_>, recent: &mut Recent, out: &mut Output<'_>) {
    if let Some((stamp, _)) = recent.stamp(row.text(Column::DateTime)) {
        out.stamp(stamp);
    }
    if let Some(id) = row.cell(Column::MessageId) {
        out.field(Field::MessageId, id);
    }
    out.say(&Said::kind(Kind::Other));
}
