//! Reading the files of a configuration, and naming places in them.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Larger files are no configuration. A virtual map of a million addresses has about 60 MB.
const MAX_FILE: u64 = 128 << 20;

/// The text of a file, in UTF-8 or behind a byte order mark in UTF-16; what is neither is replaced, since it can belong
/// only to comments or to values of no interest here.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut bytes = Vec::new();
    if file.take(MAX_FILE + 1).read_to_end(&mut bytes)? as u64 > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 128 MB"));
    }
    Ok(encoding_rs::UTF_8.decode(&bytes).0.into_owned())
}

/// A place in a configuration, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file.display(), self.line)
    }
}

/// What could not be settled, in whole sentences.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// Because of these, a domain or a client outside the lists is unknown, not foreign.
    pub(super) unread: Vec<String>,
    /// These are worth knowing; claims stand nevertheless.
    pub(super) notes: Vec<String>,
    /// Both.
    known: HashSet<String>,
}

impl Gaps {
    /// Adds to `unread`, once.
    pub(super) fn unread(&mut self, sentence: String) {
        if self.known.insert(sentence.clone()) {
            self.unread.push(sentence);
        }
    }

    /// Adds to `notes`, once.
    pub(super) fn note(&mut self, sentence: String) {
        if self.known.insert(sentence.clone()) {
            self.notes.push(sentence);
        }
    }
}

/// Names in their order, each once. A site may list a hundred thousand.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashSet<String>,
    pub(super) all: Vec<String>,
}

impl Names {
    pub(super) fn push(&mut self, name: String) {
        if self.known.insert(name.clone()) {
            self.all.push(name);
        }
    }
}
