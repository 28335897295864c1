//! systemd's journal, by the program that reads it: `journalctl --follow`, from a cursor on.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use memchr::memmem;

use super::position::{At, Position};
use super::stream::{Got, Outlet, Stream, Told};
use super::watch::Waker;
use super::world::World;
use super::{Chunk, From};
use crate::model::{FileId, Files, Format};

/// What is typed for it, and what it is called.
pub(super) const NAME: &str = "journal";
/// The program's name.
pub(super) const PROGRAM: &str = "journalctl";
/// So long after it ended it is started again the first time; then twice as long each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// So much of what the program says of a failure is told.
const COMPLAINT: u64 = 1024;
/// The field of an entry that says where it stands (systemd's `JOURNAL_EXPORT_FORMATS`). Clients cannot write one: names
/// that begin with an underscore are the journal's own, and within a value every quote has a backslash in front of it.
const CURSOR: &[u8] = b"\"__CURSOR\"";

/// The journal, followed.
#[derive(Debug)]
pub(super) struct Journal {
    program: PathBuf,
    from: From,
    cursor: Option<String>,
    running: Option<Running>,
    pause: Duration,
    due: Option<Instant>,
    file: Option<FileId>,
    pub(super) read: u64,
}

#[derive(Debug)]
struct Running {
    stream: Stream,
    child: Arc<Mutex<Option<Child>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Journal {
    pub(super) fn new(program: &Path, from: From, position: Option<Position>) -> Self {
        let cursor = match position.map(|position| position.at) {
            Some(At::Journal(cursor)) => cursor,
            _ => None,
        };
        let (program, pause) = (program.to_owned(), FIRST_PAUSE);
        Self { program, from, cursor, running: None, pause, due: None, file: None, read: 0 }
    }

    pub(super) fn stands(&self) -> Position {
        Position { source: NAME.to_owned(), at: At::Journal(self.cursor.clone()) }
    }

    pub(super) fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// The next entries, if some are there.
    pub(super) fn read(
        &mut self,
        world: &mut World,
        waker: &Waker,
        files: &mut Files,
        recycled: Vec<u8>,
    ) -> Option<Chunk> {
        if self.running.is_none() {
            if self.due.is_some_and(|due| world.now() < due) {
                return None;
            }
            self.start(world, waker, files);
        }
        let running = self.running.as_mut()?;
        let got = running.stream.next(world, Some(Format::Json), recycled);
        for note in running.stream.notes() {
            match note {
                Told::Failed(message) => world.tell(NAME, message, true),
                Told::Place(cursor) => self.cursor = self.cursor.take().or(Some(cursor)),
                Told::Bytes(_) | Told::Hangup => {}
            }
        }
        match got {
            Got::Batch(mut batch) => {
                // An entry that broke off comes again, from the cursor in front of it.
                let whole = memchr::memrchr(b'\n', &batch.bytes).map_or(0, |newline| newline + 1);
                batch.bytes.truncate(whole);
                if batch.bytes.is_empty() {
                    return None;
                }
                self.read = running.stream.read;
                let begin = self.stands();
                let last =
                    memmem::rfind(&batch.bytes, CURSOR).and_then(|at| batch.bytes.get(at + CURSOR.len()..));
                self.cursor = last.and_then(cursor).or(self.cursor.take());
                self.pause = FIRST_PAUSE;
                world.well(NAME);
                Some(Chunk { batch, begin, end: self.stands() })
            }
            Got::Waiting => None,
            Got::Ended => {
                self.running = None;
                self.due = Some(world.now() + self.pause);
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                None
            }
        }
    }

    fn start(&mut self, world: &mut World, waker: &Waker, files: &mut Files) {
        let file = *self.file.get_or_insert_with(|| files.number(NAME));
        let child = Arc::default();
        let (program, from, cursor) = (self.program.clone(), self.from, self.cursor.clone());
        let held = Arc::clone(&child);
        let work = move |outlet: Outlet| {
            if let Err(message) = run(&program, from, cursor, &held, &outlet) {
                outlet.tell(Told::Failed(message));
            }
        };
        match Stream::start(NAME, file, world, waker, work) {
            Ok(stream) => self.running = Some(Running { stream, child }),
            Err(error) => {
                world.tell(NAME, format!("cannot start a thread for it: {error}"), true);
                self.due = Some(world.now() + self.pause);
            }
        }
    }
}

/// Runs the program until it ends; what went wrong, if anything did.
fn run(
    program: &Path,
    from: From,
    cursor: Option<String>,
    held: &Mutex<Option<Child>>,
    outlet: &Outlet,
) -> Result<(), String> {
    let cannot_run = |error: std::io::Error| {
        format!(
            "cannot run `{}`: {error}; it is a part of systemd, and must be in PATH: without it name the log's file instead",
            program.display()
        )
    };
    let command = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let cursor = if cursor.is_none() && from == From::End {
        let output = command(&["-n", "0", "--show-cursor", "--no-pager"]).output().map_err(cannot_run)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let cursor =
            text.lines().find_map(|line| line.strip_prefix("-- cursor: ")).map(|it| it.trim().to_owned());
        if let Some(cursor) = &cursor {
            outlet.tell(Told::Place(cursor.clone()));
        }
        cursor
    } else {
        cursor
    };
    let after = cursor.map(|cursor| format!("--after-cursor={cursor}"));
    let mut arguments = vec!["--output=json", "--follow", "--all", "--no-pager"];
    match (&after, from) {
        // Older versions show the last ten entries only, wherever they begin, unless told otherwise.
        (Some(after), _) => arguments.extend([after.as_str(), "--no-tail"]),
        (None, From::Start) => arguments.push("--no-tail"),
        // The journal was empty.
        (None, From::End) => arguments.push("--lines=0"),
    }
    let mut child = command(&arguments).spawn().map_err(cannot_run)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    *held.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
    if let Some(stdout) = stdout
        && !outlet.drain(stdout)
    {
        return Ok(());
    }
    let mut complaint = Vec::new();
    if let Some(stderr) = stderr {
        // What it says is only a help.
        let _ = BufReader::new(stderr).take(COMPLAINT).read_to_end(&mut complaint);
    }
    let status = held.lock().unwrap_or_else(PoisonError::into_inner).take().map(|mut child| child.wait());
    let said = String::from_utf8_lossy(&complaint);
    let said = said.lines().next().unwrap_or_default();
    let how = match status {
        Some(Ok(status)) => status.to_string(),
        _ => "it was ended".to_owned(),
    };
    Err(format!(
        "`{}` ended ({how}{}{said}); it is started again. Reading the journal takes membership of the group \
         `systemd-journal` or `adm`",
        program.display(),
        if said.is_empty() { "" } else { ": " },
    ))
}

/// The text behind `"__CURSOR"`.
fn cursor(behind: &[u8]) -> Option<String> {
    let text = behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', text)?;
    String::from_utf8(text.get(..end)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_however_it_is_spaced() {
        for text in [&b":\"s=1;i=2\",\"x\":1}"[..], b" : \"s=1;i=2\", ..."] {
            assert_eq!(cursor(text).as_deref(), Some("s=1;i=2"));
        }
        assert_eq!(cursor(b":\"s=1"), None);
    }
}
