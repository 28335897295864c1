//! Any bytes as a file of JSON, a journal export, or a table, by the first byte: every record is accounted for, every field
//! lies within what was written for it, and nothing is written that a batch could not hold.

use std::sync::LazyLock;

use relaywatch::input::ends;
use relaywatch::model::{Batch, Event, EventTime, Field, FileId, Format, HostId};
use relaywatch::parse::{Parser, PatternSet, detect, first_stamp};

static PARSER: LazyLock<Parser> = LazyLock::new(|| Parser::new(PatternSet::builtin().unwrap()));

const FORMATS: [Format; 5] =
    [Format::Json, Format::JournalExport, Format::Exchange, Format::ExchangeJson, Format::Iis];

pub(crate) fn holds(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else { return };
    let _ = (detect(bytes), first_stamp(bytes));
    let format = FORMATS[usize::from(choice) % FORMATS.len()];
    let ends = ends(format, bytes);
    let parsed = PARSER.parse(Batch { format, ends, ..Batch::lines(FileId(0), 1, 0, bytes.to_vec()) });
    assert!(parsed.batch.bytes.starts_with(bytes) && parsed.lines_end as usize == bytes.len());
    // What is no UTF-8 takes three bytes where it is written again.
    assert!(parsed.batch.bytes.len() <= 4 * bytes.len() + 64 * parsed.records.len());
    assert!(parsed.records.is_sorted_by_key(|record| record.line_index));
    for record in &parsed.records {
        let event = Event::new(&parsed, record, EventTime::MIN, HostId(0));
        assert!(record.line.start as usize + event.line().len() <= bytes.len());
        for &field in Field::ALL {
            let _ = event.get(field);
        }
        let first = record.first_field as usize;
        for span in &parsed.fields[first..first + usize::from(record.field_count)] {
            let end = record.base as usize + usize::from(span.start) + usize::from(span.len);
            assert!(end <= parsed.batch.bytes.len());
        }
    }
}
