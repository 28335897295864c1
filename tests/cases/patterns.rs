//! The pattern files: the built-in ones do what their samples say; faults in a site's own are told with their place.

use std::fs;
use std::path::Path;

use relaywatch::parse::{Parser, PatternSet, check_samples};

#[test]
fn every_built_in_sample_is_read_as_its_file_says() {
    let parser = Parser::new(PatternSet::builtin().unwrap());
    let failures: Vec<String> = check_samples(&parser).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Every file in `tests/broken-patterns` begins with `# expect: LINE:COLUMN: MESSAGE`.
#[test]
fn faults_are_told_with_file_line_column_and_a_way_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken-patterns");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().next().unwrap().strip_prefix("# expect: ").unwrap();
        let own = tempfile::tempdir().unwrap();
        let copy = own.path().join(path.file_name().unwrap());
        fs::write(&copy, &text).unwrap();
        let message = PatternSet::with_overrides(own.path()).unwrap_err().to_string();
        let wanted = format!("{}:{expected}", copy.display());
        assert!(message.starts_with(&wanted), "{message}\nexpected {wanted}");
        count += 1;
    }
    assert!(count > 10, "the folder is not empty");
}

#[test]
fn a_missing_folder_is_told_by_name() {
    let message = PatternSet::with_overrides(Path::new("/no/such/folder")).unwrap_err().to_string();
    assert!(message.starts_with("cannot read patterns from /no/such/folder: "), "{message}");
}

/// Whoever adapts patterns begins with a copy of the built-in ones.
#[test]
fn a_copy_of_the_built_in_folder_is_no_fault() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_relaywatch"))
        .args(["patterns", "test", "--patterns", concat!(env!("CARGO_MANIFEST_DIR"), "/patterns/postfix")])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains(" 0 failures"), "{text}");
}
