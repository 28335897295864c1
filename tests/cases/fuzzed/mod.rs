//! What must hold whatever the input is, one file for each target of `fuzz/`; and what fuzzing came upon, read again in
//! each run: `tests/fuzzed/<target>/`, one input to a file.

mod header;
mod main_cf;
mod patterns;
mod template;
mod unwrap;

use std::fs;
use std::path::Path;

fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzzed").join(target);
    let all: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(!all.is_empty(), "no inputs for {target}");
    all
}

#[test]
fn headers_lie_within_their_lines() {
    for input in inputs("header") {
        header::holds(&input);
    }
}

#[test]
fn lines_keep_their_fields_within() {
    for input in inputs("template") {
        template::holds(&input);
    }
}

#[test]
fn what_is_unwrapped_stands_behind_its_lines() {
    for input in inputs("unwrap") {
        unwrap::holds(&input);
    }
}

#[test]
fn pattern_files_are_read_or_refused_by_name() {
    for input in inputs("patterns") {
        patterns::holds(&input);
    }
}

#[test]
fn configurations_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for input in inputs("main_cf") {
        main_cf::holds(folder.path(), &input);
    }
}
