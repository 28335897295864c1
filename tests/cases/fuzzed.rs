//! What fuzzing came upon, read again in each run: `tests/fuzzed/<target>/`, one input to a file. `fuzz/README.md` says
//! what the targets are; here each must hold what it promises.

use std::fs;
use std::path::Path;

use relaywatch::audit::postfix;
use relaywatch::input::ends;
use relaywatch::model::{Batch, FileId, Format, is_unfit};
use relaywatch::parse::{Parser, PatternSet, check_samples, detect, first_stamp, header};

fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzzed").join(target);
    let all: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(!all.is_empty(), "no inputs for {target}");
    all
}

#[test]
fn headers_lie_within_their_lines() {
    for line in inputs("header") {
        if let Some(header) = header::parse(&line) {
            assert!(header.host.start <= header.host.end && header.host.end <= header.program.start);
            assert!(header.program.start <= header.program.end);
            assert!(header.program.end <= header.text && header.text <= line.len());
        }
        let _ = first_stamp(&line);
    }
}

#[test]
fn lines_keep_their_fields_within() {
    const DAEMONS: &[&str] = &[
        "smtpd",
        "cleanup",
        "smtp",
        "qmgr",
        "postscreen",
        "pickup",
        "bounce",
        "local",
        "tlsproxy",
        "anvil",
        "master",
        "postsuper",
        "dnsblog",
    ];
    let parser = Parser::new(PatternSet::builtin().unwrap());
    for input in inputs("template") {
        let Some((&choice, text)) = input.split_first() else { continue };
        let daemon = DAEMONS[usize::from(choice) % DAEMONS.len()];
        let mut bytes = format!("Nov  5 22:35:02 mx1 postfix/{daemon}[811]: ").into_bytes();
        bytes.extend_from_slice(text);
        let lines: Vec<_> = bytes
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
            .collect();
        let shown = parser.explain(lines[0]).to_string();
        assert!(!shown.chars().any(|character| character != '\n' && is_unfit(character)), "{shown:?}");
        let count = lines.len();
        let parsed = parser.parse(Batch::lines(FileId(0), 1, 0, bytes));
        assert_eq!(parsed.records.len(), count);
        for record in &parsed.records {
            let first = record.first_field as usize;
            for span in &parsed.fields[first..first + usize::from(record.field_count)] {
                assert!(usize::from(span.start) + usize::from(span.len) <= record.line.len as usize);
            }
        }
    }
}

#[test]
fn what_is_unwrapped_stands_behind_its_lines() {
    let parser = Parser::new(PatternSet::builtin().unwrap());
    for input in inputs("unwrap") {
        let Some((&choice, bytes)) = input.split_first() else { continue };
        let _ = (detect(bytes), first_stamp(bytes));
        let format = if choice % 2 == 0 { Format::Json } else { Format::JournalExport };
        let ends = ends(format, bytes);
        let parsed = parser.parse(Batch { format, ends, ..Batch::lines(FileId(0), 1, 0, bytes.to_vec()) });
        assert!(parsed.batch.bytes.starts_with(bytes) && parsed.lines_end as usize == bytes.len());
        assert!(parsed.batch.bytes.len() <= 3 * bytes.len() + 64 * parsed.records.len());
        assert!(parsed.records.is_sorted_by_key(|record| record.line_index));
        for record in &parsed.records {
            assert!(record.line.start + record.line.len <= parsed.lines_end);
            let first = record.first_field as usize;
            for span in &parsed.fields[first..first + usize::from(record.field_count)] {
                let end = record.base as usize + usize::from(span.start) + usize::from(span.len);
                assert!(end <= parsed.batch.bytes.len());
            }
        }
    }
}

#[test]
fn pattern_files_are_read_or_refused_by_name() {
    for input in inputs("patterns") {
        let Ok(text) = std::str::from_utf8(&input) else { continue };
        match PatternSet::from_sources(&[("fuzzed.toml", text)], &[]) {
            Ok(set) => drop(check_samples(&Parser::new(set))),
            Err(error) => assert!(error.to_string().contains("fuzzed.toml"), "{error}"),
        }
    }
}

#[test]
fn configurations_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for input in inputs("main_cf") {
        let mut parts = input.splitn(3, |&byte| byte == 0);
        for name in ["main.cf", "master.cf", "table"] {
            fs::write(folder.path().join(name), parts.next().unwrap_or_default()).unwrap();
        }
        postfix::read(folder.path()).unwrap();
    }
}
