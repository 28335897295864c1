//! What is learned, kept, and handled by people: the program over archives. The service learns in `monitor/learn.rs`.

mod archives;
mod detectors;
mod intermediaries;
pub(crate) mod logs;
mod people;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use super::program::{code, err, out, relaywatch};
use logs::SITE;

/// A folder with a configuration and what was learned.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("config.toml"), SITE).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn database(&self) -> PathBuf {
        self.path("state/learned.db")
    }

    /// Runs a command of the program with the state of this folder.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = relaywatch();
        command.args(arguments).arg("--state").arg(self.path("state"));
        command.arg("--config").arg(self.path("config.toml")).output().unwrap()
    }

    /// The report about `log`, judged by what was learned; with `--learn` it is learned from.
    fn report(&self, log: &str, flags: &[&str]) -> Value {
        fs::write(self.path("mail.log"), log).unwrap();
        let path = self.path("mail.log");
        let output = self.run(&[&["analyze", "--output", "json", path.to_str().unwrap()], flags].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn learn(&self, log: &str) -> Value {
        self.report(log, &["--learn"])
    }

    /// Everything that is known.
    fn known(&self) -> Value {
        let output = self.run(&["sources", "list", "--output", "json"]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn listed(&self) -> String {
        let output = self.run(&["sources", "list"]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        out(&output)
    }
}

/// What the alerts of one detector about a subject say, as title and summary.
fn told(report: &Value, detector: &str, subject: &str) -> Vec<String> {
    let alerts = report["alerts"].as_array().unwrap().iter();
    let about = alerts.filter(|alert| alert["detector"] == detector && alert["subject"]["value"] == subject);
    about.map(|alert| format!("{}: {}", alert["title"], alert["summary"])).collect()
}
