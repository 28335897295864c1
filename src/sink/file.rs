//! A file of alerts, one line of JSON per notice, for other programs to follow.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::secret::absolute;
use super::settings::missing;
use super::table::{Table, Type};
use super::{Failure, Receipt, Sink, json};
use crate::model::Notice;

/// The settings of type `file`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Settings {
    path: PathBuf,
}

impl Settings {
    pub(super) fn new(table: Table) -> Result<Self, String> {
        let path = table
            .path
            .ok_or_else(|| missing(Type::File, "path", "path = \"/var/log/relaywatch/alerts.ndjson\""))?;
        Ok(Self { path: absolute(path)? })
    }

    pub(super) fn open(&self) -> Appender {
        Appender { path: self.path.clone(), file: None }
    }

    pub(super) fn describe(&self) -> String {
        format!("file {}", self.path.display())
    }
}

/// Appends to a file, which others may rename or remove at any time.
#[derive(Debug)]
pub(super) struct Appender {
    path: PathBuf,
    file: Option<File>,
}

impl Sink for Appender {
    fn deliver(&mut self, notices: &[Notice]) -> Result<Receipt, Failure> {
        let lines: String = notices.iter().map(json::line).collect();
        let appended = self.append(lines.as_bytes());
        let path = self.path.display();
        match appended {
            Ok(()) => Ok(Receipt { answer: format!("appended to {path}"), sent: lines }),
            Err(error) => {
                // Whatever state it is in, the next try begins with what is there then.
                self.file = None;
                let hint = match error.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room there",
                    io::ErrorKind::NotFound => "create its folder",
                    io::ErrorKind::PermissionDenied => "let this user write there",
                    _ => "correct path",
                };
                Err(Failure::later(format!("cannot append to {path}: {error}; {hint}")))
            }
        }
    }
}

impl Appender {
    /// Appends `lines` as a whole, or leaves the file as it was.
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) if same(&file.metadata()?, &self.path) => file,
            _ => open(&self.path)?,
        };
        let before = file.metadata()?;
        let written = terminate(&mut file, &before).and_then(|()| file.write_all(lines));
        // A device or a pipe has neither a length nor anything to be flushed to.
        if before.is_file() {
            if let Err(error) = written.and_then(|()| file.sync_data()) {
                // Half of a line is left by a disk that is full: the next one must not be written behind it. Where this
                // fails too, the next try ends the line.
                let _ = file.set_len(before.len());
                return Err(error);
            }
        } else {
            written?;
        }
        self.file = Some(file);
        Ok(())
    }
}

/// Opens for appending; a new file may be read by its group, not by everybody: alerts name people.
fn open(path: &Path) -> io::Result<File> {
    // Opening a pipe waits for a reader, for ever.
    if path.metadata().is_ok_and(|there| is_pipe(&there)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a named pipe, not a file"));
    }
    let mut options = OpenOptions::new();
    // Reading shows how a file ends; a device or another user's file may forbid it.
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.clone().read(true).open(path).or_else(|_| options.open(path))
}

/// Ends a line that somebody left open.
fn terminate(file: &mut File, before: &Metadata) -> io::Result<()> {
    let mut last = [b'\n'];
    if before.is_file() && before.len() > 0 && file.seek(SeekFrom::End(-1)).is_ok() {
        // A file that may not be read is believed to end well.
        let _ = file.read_exact(&mut last);
    }
    if last == [b'\n'] { Ok(()) } else { file.write_all(b"\n") }
}

#[cfg(unix)]
fn is_pipe(there: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&there.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

/// Whether the open file is still the one at `path`.
#[cfg(unix)]
fn same(open: &Metadata, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    path.metadata().is_ok_and(|there| (there.dev(), there.ino()) == (open.dev(), open.ino()))
}

/// Without an identity of files, each delivery opens the file anew.
#[cfg(not(unix))]
fn same(_: &Metadata, _: &Path) -> bool {
    false
}
