//! Properties of lines that somebody made up to pass for others, one file for each server; and what they are checked
//! with.

mod exchange;
mod exim;
mod postfix;
mod sendmail;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use relaywatch::model::{Batch, Event, EventTime, Field, FileId, HostId};
use relaywatch::parse::{Parser, PatternSet};

static PARSER: LazyLock<Parser> = LazyLock::new(|| Parser::new(PatternSet::builtin().unwrap()));

type Checked = Result<(), TestCaseError>;

/// One line of `program`, through the built-in patterns.
fn with_line(program: &str, text: &str, check: impl FnOnce(&Event<'_>) -> Checked) -> Checked {
    let bytes = format!("Nov  5 22:35:02 mx1 {program}[811]: {text}").into_bytes();
    let parsed = PARSER.parse(Batch::lines(FileId(0), 1, 0, bytes));
    prop_assert_eq!(parsed.records.len(), 1);
    check(&Event::new(&parsed, &parsed.records[0], EventTime::MIN, HostId(0)))
        .map_err(|error| TestCaseError::fail(format!("{error}\n  {text}")))
}

fn get(event: &Event<'_>, field: Field) -> Option<String> {
    event.get(field).map(|text| String::from_utf8_lossy(text).into_owned())
}

/// `field` is exactly this.
fn is(event: &Event<'_>, field: Field, want: &str) -> Checked {
    prop_assert_eq!(get(event, field), Some(want.to_owned()), "{}", field);
    Ok(())
}

/// `field` is this or, where nobody can tell, absent; never anything else.
fn is_or_absent(event: &Event<'_>, field: Field, truth: &str) -> Checked {
    let found = get(event, field);
    prop_assert!(found.as_deref().is_none_or(|found| found == truth), "{} is {:?}", field, found);
    Ok(())
}

fn absent(event: &Event<'_>, fields: &[Field]) -> Checked {
    for &field in fields {
        prop_assert_eq!(get(event, field), None, "{}", field);
    }
    Ok(())
}

/// `field` is exactly this; if it is `unclear`, it may be absent.
fn is_unless(unclear: bool, event: &Event<'_>, field: Field, truth: &str) -> Checked {
    if unclear { is_or_absent(event, field, truth) } else { is(event, field, truth) }
}

/// What somebody hostile writes: these pieces, and anything else that is printable.
fn made_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![prop::sample::select(pieces).prop_map(str::to_owned), "[ -~]{0,8}", "\\PC{0,4}"];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}
