//! A program that is run for each notice, with the notice as JSON on its standard input. Never a shell: no word of a log
//! is ever part of a command line.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::clock::Deadline;
use super::settings::missing;
use super::table::{Table, Type};
use super::{Failure, Receipt, Sink, json, words};
use crate::model::{Notice, shown};

/// So much of what a program writes is shown, in bytes; the rest is read and dropped.
const OUTPUT: u64 = 2048;

/// How often is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(10);

/// How long is waited for the last words of a program that has ended: its own children may hold its output open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// `EX_TEMPFAIL` of sysexits.h.
const TEMPORARY: i32 = 75;

/// The settings of type `command`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Settings {
    program: String,
    arguments: Vec<String>,
    timeout: Duration,
}

impl Settings {
    pub(super) fn new(table: Table) -> Result<Self, String> {
        let example = "command = [\"/usr/local/bin/page\", \"--team\", \"mail\"]";
        let timeout = table.timeout()?;
        let mut words = table.command.ok_or_else(|| missing(Type::Command, "command", example))?.into_iter();
        let program = words.next().unwrap_or_default();
        // A relative path would be looked for in $PATH or in whatever folder the service runs in.
        if !std::path::Path::new(&program).is_absolute() {
            return Err(format!(
                "`command` begins with `{program}`, which is no absolute path; write {example}: no shell reads it, \
                 so each argument stands by itself"
            ));
        }
        Ok(Self { program, arguments: words.collect(), timeout })
    }

    pub(super) fn open(&self) -> Program {
        Program { settings: self.clone() }
    }

    pub(super) fn describe(&self) -> String {
        // Arguments may be secrets.
        format!("command {}", self.program)
    }
}

/// Runs the program.
#[derive(Debug)]
pub(super) struct Program {
    settings: Settings,
}

impl Sink for Program {
    fn deliver(&mut self, notices: &[Notice]) -> Result<Receipt, Failure> {
        let mut whole = Receipt::default();
        for notice in notices {
            let Receipt { sent, answer } = self.run(notice)?;
            whole.sent += &sent;
            whole.answer += &answer;
        }
        Ok(whole)
    }
}

impl Program {
    fn run(&self, notice: &Notice) -> Result<Receipt, Failure> {
        let Settings { program, arguments, timeout } = &self.settings;
        let deadline = Deadline::after(*timeout);
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin")))
            .env("RELAYWATCH_ID", words::line(&notice.id, 200))
            .env("RELAYWATCH_SEVERITY", notice.alert.severity.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        lead_a_group(&mut command);
        let mut child = command.spawn().map_err(|error| {
            Failure::later(format!(
                "cannot run {program}: {error}; correct command or the file's permissions"
            ))
        })?;
        let sent = json::line(notice);
        if let Some(mut input) = child.stdin.take() {
            let line = sent.clone();
            // A program that does not read its input must not stop us; it is no fault if it has ended.
            thread::spawn(move || input.write_all(line.as_bytes()));
        }
        let (output, errors) = (listen(child.stdout.take()), listen(child.stderr.take()));
        let status = wait(&mut child, deadline);
        if !matches!(status, Ok(Some(_))) {
            end(&mut child);
        }
        let (output, errors) = (said(&output), said(&errors));
        let spoken = if errors.is_empty() { String::new() } else { format!("; it said: {errors}") };
        match status {
            Ok(Some(status)) if status.success() => {
                Ok(Receipt { sent, answer: format!("{program} ended with 0{spoken}\n{output}") })
            }
            Ok(Some(status)) => {
                Err(Failure::later(format!("{program} did not take it: {}{spoken}", ending(status))))
            }
            Ok(None) => Err(Failure::later(format!(
                "{program} was killed: it had not ended after {} s{spoken}",
                timeout.as_secs()
            ))),
            Err(error) => Err(Failure::later(format!("cannot wait for {program}: {error}"))),
        }
    }
}

/// Waits for the end; `None`: it did not come in time.
fn wait(child: &mut Child, deadline: Deadline) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let Some(left) = deadline.left() else { return Ok(None) };
        thread::sleep(left.min(LOOK));
    }
}

/// Makes the program the leader of a process group of its own, so that it can be ended with all that it started.
#[cfg(unix)]
fn lead_a_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn lead_a_group(_: &mut Command) {}

/// Ends the program and what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // Not yet waited for, so that the number is nobody else's. It may have ended just now.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads an output to its end on a thread of its own, and keeps its beginning.
fn listen(output: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut output) = output else { return };
        let mut beginning = Vec::new();
        let _ = output.by_ref().take(OUTPUT).read_to_end(&mut beginning);
        let _ = sender.send(beginning);
        let _ = io::copy(&mut output, &mut io::sink());
    });
    receiver
}

/// What was heard, fit for eyes.
fn said(output: &Receiver<Vec<u8>>) -> String {
    let heard = output.recv_timeout(LAST_WORDS).unwrap_or_default();
    shown(heard.trim_ascii()).to_string()
}

/// How a program ended, in words.
fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(TEMPORARY) => "exit code 75, try again later".to_owned(),
        Some(code) => format!("exit code {code}"),
        // Ended by a signal.
        None => status.to_string(),
    }
}
