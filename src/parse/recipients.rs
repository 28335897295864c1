//! Lines that name several recipients say the same of each of them: one record for every recipient.

use crate::model::{Field, FieldSpan, Record};

/// Adds `record`, the last one whose fields were found, to `records`: once for each recipient among its fields, which are
/// `at_most` so many.
#[inline]
pub(super) fn push(record: Record, at_most: usize, fields: &mut Vec<FieldSpan>, records: &mut Vec<Record>) {
    if at_most > 1 {
        several(record, fields, records);
    } else {
        records.push(record);
    }
}

#[cold]
fn several(record: Record, fields: &mut Vec<FieldSpan>, records: &mut Vec<Record>) {
    let first = record.first_field as usize;
    let of_record = fields.get(first..).unwrap_or_default();
    if of_record.iter().filter(|span| span.field == Field::Recipient).nth(1).is_none() {
        records.push(record);
        return;
    }
    let all = fields.split_off(first);
    let (named, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|span| span.field == Field::Recipient);
    for recipient in named {
        let first_field = fields.len() as u32;
        fields.push(recipient);
        fields.extend_from_slice(&others);
        let field_count = (1 + others.len()).min(usize::from(u8::MAX)) as u8;
        records.push(Record { first_field, field_count, ..record });
    }
}
