//! Files, directories, globs, archives, standard input, compressed or not, as batches of whole lines.
//!
//! `input` knows bytes, never what they mean: no stamps, no hosts, no mail.

mod archive;
mod columns;
mod compression;
mod encoding;
mod extent;
mod find;
pub mod follow;
mod objects;
mod open;
mod peeked;
mod reader;
mod records;
mod system;
mod twins;

use std::path::PathBuf;

use crate::model::EventTime;

pub use archive::{Member, expand};
pub use find::find;
pub use open::{PEEK, peek};
pub use reader::{Counters, MAX_LINE, Reader, Settings};
pub use records::ends;
pub use system::{JOURNAL_INPUT, mail_logs};
pub use twins::{Twin, leave_out_twins};

/// Where bytes come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// A file in an archive.
    Member(Member),
    /// Standard input.
    Stdin,
}

/// One thing to read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name as shown to people and put into origins: the path as given, `ARCHIVE/path/inside`, or `-`.
    pub name: String,
    /// Where its bytes come from.
    pub source: Source,
    /// Bytes on disk (compressed ones, where they are); `None` for what is no regular file.
    pub size: Option<u64>,
    /// When it was last written.
    pub modified: Option<EventTime>,
}

/// Something that went wrong with one input while the others go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The input's name.
    pub name: String,
    /// What was tried, why it failed, what to do.
    pub message: String,
    /// It, or a part of it, could not be read (else: nothing is lost, but somebody should know).
    pub unreadable: bool,
}
