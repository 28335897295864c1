//! The service in a folder of its own, started and ended like a daemon.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::cases::program::relaywatch;
use crate::cases::sinks::daemon::{free_port, until};

/// A folder with a configuration, a log and the service's state.
pub(super) struct Place {
    folder: TempDir,
    port: u16,
}

impl Place {
    /// A configuration of `tables`, in which `LOG` stands for this folder's log and `FOLDER` for this folder, and whose
    /// `[monitor]` is added.
    pub(super) fn new(tables: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), port: free_port() };
        place.configure(tables);
        place
    }

    /// Another configuration.
    pub(super) fn configure(&self, tables: &str) {
        let monitor = format!(
            "[monitor]\ninputs = [\"LOG\"]\nstate = \"FOLDER/state\"\nlisten = \"127.0.0.1:{}\"\n\n",
            self.port
        );
        let folder = self.folder.path().to_str().unwrap();
        let log = self.log();
        let text = (monitor + tables).replace("LOG", log.to_str().unwrap()).replace("FOLDER", folder);
        fs::write(self.path("config.toml"), text).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path("mail.log")
    }

    /// Adds to the log.
    pub(super) fn write(&self, lines: &str) {
        let mut log = OpenOptions::new().append(true).create(true).open(self.log()).unwrap();
        log.write_all(lines.as_bytes()).unwrap();
    }

    /// The service, which reads what is there already, and follows.
    pub(super) fn start(&self) -> Service {
        self.start_by(relaywatch())
    }

    /// The same by a command to which its arguments are added.
    pub(super) fn start_by(&self, mut command: Command) -> Service {
        let said = OpenOptions::new().append(true).create(true).open(self.path("said")).unwrap();
        command.args(["monitor", "--from", "start", "--config"]).arg(self.path("config.toml"));
        let child = command.stdout(File::create(self.path("out")).unwrap()).stderr(said).spawn().unwrap();
        Service { child }
    }

    /// The service, once it has looked at its log and serves figures.
    pub(super) fn started(&self) -> Service {
        self.started_by(relaywatch())
    }

    /// The same by a command to which its arguments are added.
    pub(super) fn started_by(&self, command: Command) -> Service {
        let mut service = self.start_by(command);
        until("it follows", || {
            assert!(service.runs(), "{}", self.said());
            self.figure("relaywatch_lines_total")
        });
        service
    }

    /// Everything that it said on standard error, over all starts.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(self.path("said")).unwrap_or_default()
    }

    /// Waits until it has said this.
    pub(super) fn says(&self, text: &str) {
        until(text, || self.said().contains(text).then_some(()));
    }

    /// Another command of the program, with the same configuration.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        relaywatch().args(arguments).arg("--config").arg(self.path("config.toml")).output().unwrap()
    }

    /// Status and body of what the service answers to `GET path`; `None`: it does not.
    pub(super) fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().unwrap(), body.to_owned()))
    }

    /// A figure of `/metrics`, by its name with its labels.
    pub(super) fn figure(&self, name: &str) -> Option<u64> {
        let (status, text) = self.get("/metrics")?;
        assert_eq!(status, 200);
        let values = text.lines().filter_map(|line| line.rsplit_once(' '));
        values.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.parse().unwrap())
    }
}

/// A running service. It does not outlive the test.
pub(super) struct Service {
    child: Child,
}

impl Service {
    /// Sends a signal.
    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// SIGTERM, and how it ends.
    pub(super) fn stop(self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ends()
    }

    /// How it ends, once it does.
    pub(super) fn ends(mut self) -> ExitStatus {
        until("it ends", || self.child.try_wait().unwrap())
    }

    /// Whether it still runs.
    pub(super) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL.
    pub(super) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}

/// The standard output of a command, which must have succeeded.
pub(super) fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}
