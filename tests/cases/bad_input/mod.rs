//! What goes wrong with input: a clear message with the file's name, no panic, no good line lost.

mod archives;
mod compressed;
mod content;
mod encodings;
mod files;
mod long_lines;
mod stamps;
mod tables;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use super::program::{code, err, relaywatch};

/// A line that an event comes of; `n` tells it from others.
fn line(n: usize) -> String {
    let (minute, second) = (n / 60 % 60, n % 60);
    format!(
        "2026-03-01T12:{minute:02}:{second:02}+00:00 mx1 postfix/smtpd[101]: connect from \
         client{n}.partner.example[198.51.100.9]\n"
    )
}

/// The same of Sendmail.
fn sendmail(n: usize) -> String {
    let (minute, second) = (n / 60 % 60, n % 60);
    format!(
        "2026-03-01T12:{minute:02}:{second:02}+00:00 mx1 sm-mta[101]: 621C00aa{n:06}: from=<a@partner.example>, size=1, \
         class=0, nrcpts=1, msgid=<{n}@partner.example>, proto=ESMTP, daemon=MTA, \
         relay=client{n}.partner.example [198.51.100.9]\n"
    )
}

/// The same of Exim, in its own log.
fn exim(n: usize) -> String {
    let (minute, second) = (n / 60 % 60, n % 60);
    format!(
        "2026-03-01 12:{minute:02}:{second:02} 1wAbCd-{n:06}-1x <= a@partner.example H=client{n}.partner.example \
         [198.51.100.9] P=esmtp S=352\n"
    )
}

/// Servers whose lines must bear the same.
const SERVERS: &[fn(usize) -> String] = &[line, sendmail, exim];

fn lines(count: usize) -> String {
    (0..count).map(line).collect()
}

/// A folder of inputs.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, content) in files {
            fs::write(folder.path(name), content).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command on files of the folder.
    fn run(&self, command: &[&str], files: &[&str]) -> Output {
        let mut program = relaywatch();
        program.args(command).args(files.iter().map(|name| self.path(name)));
        sound(program.output().unwrap())
    }

    /// The report on files of the folder, the exit code and what was said.
    fn analyze(&self, files: &[&str]) -> (Value, i32, String) {
        report(&self.run(&["analyze", "--output", "json"], files))
    }

    /// The names of the clients whose lines were understood, in order.
    fn clients(&self, files: &[&str]) -> Vec<String> {
        clients(&self.run(&["parse"], files))
    }
}

/// Whatever it read, it did not crash, and what it said can be shown on a terminal.
fn sound(output: Output) -> Output {
    let said = err(&output);
    assert!(!said.contains("panicked") && [0, 3].contains(&code(&output)), "{:?}: {said}", output.status);
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    assert!(said.lines().all(|line| line.starts_with("relaywatch: ")), "{said}");
    output
}

fn report(output: &Output) -> (Value, i32, String) {
    (serde_json::from_slice(&output.stdout).unwrap(), code(output), err(output))
}

fn clients(output: &Output) -> Vec<String> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let client = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["client_name"].as_str().unwrap_or_default().to_owned()
    };
    text.lines().map(client).collect()
}

/// The names that [`lines`] has.
fn expected(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("client{n}.partner.example")).collect()
}
