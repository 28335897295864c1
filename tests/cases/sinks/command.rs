//! Programs that are run.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use relaywatch::model::Notice;
use relaywatch::sink::{Failure, Receipt};
use tempfile::TempDir;

use super::notices::{assert_fit, hostile};
use super::open;

struct Script {
    folder: TempDir,
}

impl Script {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        // Renamed into place by a shell: a file that this process has had open for writing may be busy when another
        // thread has just forked.
        fs::write(folder.path().join("text"), format!("#!/bin/sh\n{text}\n")).unwrap();
        let copied = std::process::Command::new("cp").arg(folder.path().join("text")).arg(&path).status();
        assert!(copied.unwrap().success());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, timeout: &str) -> Result<Receipt, Failure> {
        let script = self.at("script").display().to_string();
        let out = self.at("out").display().to_string();
        let table = format!(
            "type = \"command\"\ncommand = [\"{script}\", \"{out}\", \"a $HOME; b\"]\ntimeout = \"{timeout}\""
        );
        open(&table).deliver(&[hostile("n1")])
    }
}

#[test]
fn a_program_gets_the_notice_and_little_else() {
    let script = Script::new("cat > \"$1.json\"; env > \"$1.env\"; echo \"$2\" > \"$1.args\"; echo taken");
    let receipt = script.run("20s").unwrap();
    assert!(receipt.answer.contains("taken"), "{}", receipt.answer);
    let input = fs::read_to_string(script.at("out.json")).unwrap();
    assert_eq!(input, receipt.sent);
    assert_fit(&input);
    assert_eq!(serde_json::from_str::<Notice>(&input).unwrap(), hostile("n1"));
    assert_eq!(fs::read_to_string(script.at("out.args")).unwrap(), "a $HOME; b\n", "no shell reads it");
    let environment = fs::read_to_string(script.at("out.env")).unwrap();
    let mut names: Vec<_> = environment.lines().filter_map(|line| line.split('=').next()).collect();
    // The shell itself adds some.
    names.retain(|name| !matches!(*name, "PWD" | "SHLVL" | "_" | "OLDPWD"));
    names.sort_unstable();
    assert_eq!(names, ["PATH", "RELAYWATCH_ID", "RELAYWATCH_SEVERITY"]);
    assert!(
        environment.contains("RELAYWATCH_ID=n1\n") && environment.contains("RELAYWATCH_SEVERITY=critical\n")
    );
}

#[test]
fn a_program_that_fails_is_quoted() {
    let Failure::Later { why, .. } =
        Script::new("printf 'no route\\033[31m' >&2; exit 3").run("20s").unwrap_err()
    else {
        panic!("another time may do")
    };
    assert!(why.contains("exit code 3; it said: no route\\u{1b}[31m"), "{why}");
    let temporary = Script::new("exit 75").run("20s").unwrap_err().to_string();
    assert!(temporary.contains("try again later"), "{temporary}");
    let flood = Script::new("yes no | head -c 1000000 >&2; exit 1").run("20s").unwrap_err().to_string();
    assert!(flood.len() < 12_000, "{}", flood.len());
    let killed = Script::new("kill -9 $$").run("20s").unwrap_err().to_string();
    assert!(killed.contains("signal"), "{killed}");
}

#[test]
fn a_program_that_hangs_is_ended_with_all_that_it_started() {
    let script = Script::new("sleep 300 & echo $! > \"$1\"; echo waiting >&2; wait");
    let start = Instant::now();
    let why = script.run("1s").unwrap_err().to_string();
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(why.contains("was killed: it had not ended after 1 s; it said: waiting"), "{why}");
    let child = fs::read_to_string(script.at("out")).unwrap().trim().to_owned();
    super::daemon::until("the child is gone", || {
        // Nobody may be there to wait for it, where the test runs as the first process.
        let state = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
}

#[test]
fn a_program_that_leaves_a_child_behind_is_not_waited_for() {
    let script = Script::new("sleep 20 & exit 0");
    let start = Instant::now();
    script.run("15s").unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let sink = open("type = \"command\"\ncommand = [\"/nowhere/page\"]").deliver(&[hostile("n1")]);
    let why = sink.unwrap_err().to_string();
    assert!(why.contains("cannot run /nowhere/page") && why.contains("correct command"), "{why}");
}
