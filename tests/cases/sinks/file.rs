//! Files that others rename, remove and fill up; and standard output in the same form.

use std::fs;
use std::path::Path;

use relaywatch::model::Notice;

use super::notices::{assert_fit, hostile, open_relay};
use super::{open, settings};

fn table(path: &Path) -> String {
    format!("type = \"file\"\npath = \"{}\"", path.display())
}

fn ids(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str::<Notice>(line).unwrap().id).collect()
}

#[test]
fn each_notice_is_a_line_that_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.ndjson");
    let mut sink = open(&table(&path));
    let notice = hostile("n1");
    let receipt = sink.deliver(std::slice::from_ref(&notice)).unwrap();
    sink.deliver(&[open_relay("n2")]).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_fit(&text);
    assert!(
        text.starts_with("{\"id\":\"n1\",\"news\":\"firing\",\"time\":\"20")
            && text.starts_with(&receipt.sent)
    );
    assert_eq!(serde_json::from_str::<Notice>(text.lines().next().unwrap()).unwrap(), notice);
    assert_eq!(ids(&path), ["n1", "n2"]);
}

#[test]
fn a_file_renamed_or_removed_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("alerts"), folder.path().join("alerts.1"));
    let mut sink = open(&table(&path));
    sink.deliver(&[open_relay("n1")]).unwrap();
    fs::rename(&path, &old).unwrap();
    sink.deliver(&[open_relay("n2")]).unwrap();
    fs::remove_file(&path).unwrap();
    sink.deliver(&[open_relay("n3")]).unwrap();
    sink.deliver(&[open_relay("n4")]).unwrap();
    assert_eq!(ids(&old), ["n1"]);
    assert_eq!(ids(&path), ["n3", "n4"]);
}

#[test]
fn half_a_line_is_ended_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts");
    fs::write(&path, "{\"id\":\"n0").unwrap();
    open(&table(&path)).deliver(&[open_relay("n1")]).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{\"id\":\"n0\n{\"id\":\"n1\""), "{text}");
}

#[cfg(unix)]
#[test]
fn others_may_not_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts");
    open(&table(&path)).deliver(&[open_relay("n1")]).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o137, 0);
}

#[test]
fn what_cannot_be_written_is_told_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("later/alerts");
    let mut sink = open(&table(&path));
    let why = sink.deliver(&[open_relay("n1")]).unwrap_err().to_string();
    assert!(why.contains("later/alerts") && why.contains("create its folder"), "{why}");
    fs::create_dir(path.parent().unwrap()).unwrap();
    sink.deliver(&[open_relay("n1")]).unwrap();
    assert_eq!(ids(&path), ["n1"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let why = open(&table(Path::new("/dev/full"))).deliver(&[open_relay("n1")]).unwrap_err().to_string();
    assert!(why.contains("/dev/full") && why.contains("make room there"), "{why}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_in_the_middle_of_a_line_leaves_whole_lines() {
    use std::process::Command;

    // The limit of a process' files stands for the disk: a shell sets it for the program, which is this test again.
    const FOLDER: &str = "RELAYWATCH_TEST_LIMITED";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let mut sink = open(&table(&Path::new(&folder).join("alerts")));
        let told = (0..20).filter(|n| sink.deliver(&[open_relay(&format!("n{n}"))]).is_ok()).count();
        assert!((1..20).contains(&told), "{told}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = "cases::sinks::file::a_limit_in_the_middle_of_a_line_leaves_whole_lines";
    let status = Command::new("/bin/sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" --exact \"$1\""])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    assert!(!ids(&folder.path().join("alerts")).is_empty());
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_reader_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let why = open(&table(&path)).deliver(&[open_relay("n1")]).unwrap_err().to_string();
    assert!(why.contains("named pipe"), "{why}");
}

#[test]
fn standard_output_gets_the_same_lines() {
    let receipt = open("type = \"stdout\"").deliver(&[open_relay("n1")]).unwrap();
    assert_eq!(serde_json::from_str::<Notice>(&receipt.sent).unwrap(), open_relay("n1"));
    assert_eq!(settings("type = \"stdout\"").describe(), "stdout");
}
