//! Any bytes as a block of lines, through the built-in patterns: every line is accounted for, every field lies within
//! its line, and what people are shown has no control character.

use std::sync::LazyLock;

use relaywatch::model::{Batch, Event, EventTime, Field, FileId, HostId, is_unfit};
use relaywatch::parse::{Parser, PatternSet};

static PARSER: LazyLock<Parser> = LazyLock::new(|| Parser::new(PatternSet::builtin().unwrap()));

/// Whose lines have patterns; the first byte of the input chooses one, so that headers need not be guessed.
const PROGRAMS: &[&str] = &[
    "postfix/smtpd",
    "postfix/cleanup",
    "postfix/smtp",
    "postfix/qmgr",
    "postfix/postscreen",
    "postfix/pickup",
    "postfix/bounce",
    "postfix/local",
    "postfix/tlsproxy",
    "postfix/anvil",
    "postfix/master",
    "postfix/postsuper",
    "postfix/dnsblog",
    "sendmail",
    "exim",
];

pub(crate) fn holds(input: &[u8]) {
    let Some((&choice, text)) = input.split_first() else { return };
    let program = PROGRAMS[usize::from(choice) % PROGRAMS.len()];
    let mut bytes = format!("Nov  5 22:35:02 mx1 {program}[811]: ").into_bytes();
    bytes.extend_from_slice(text);
    let lines =
        bytes.split(|&byte| byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace)).count();
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let shown = PARSER.explain(first).to_string();
    assert!(!shown.chars().any(|character| character != '\n' && is_unfit(character)), "{shown:?}");

    let parsed = PARSER.parse(Batch::lines(FileId(0), 1, 0, bytes));
    // A line that names several recipients gives a record for each.
    assert!(parsed.records.is_sorted_by_key(|record| record.line_index));
    let told = parsed.records.chunk_by(|a, b| a.line_index == b.line_index).count();
    assert_eq!(told, lines);
    for record in &parsed.records {
        let event = Event::new(&parsed, record, EventTime::MIN, HostId(0));
        for &field in Field::ALL {
            let _ = event.get(field);
        }
        let first = record.first_field as usize;
        for span in &parsed.fields[first..first + usize::from(record.field_count)] {
            assert!(usize::from(span.start) + usize::from(span.len) <= event.line().len());
        }
    }
}
