//! Why a sink cannot be opened.

use std::io;
use std::path::PathBuf;

/// A sink that cannot be opened: what it needs is not there, or is not what it must be. Names no secret.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read.
    #[error("cannot read {what} {}: {source}; correct the path or the file's permissions", path.display())]
    Read {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something is missing or wrong; the text says what to do.
    #[error("{0}")]
    Wrong(String),
}
