//! What a mail server's own configuration says about relaying, read from its files.
//!
//! `audit` runs no program and asks no network: what the files do not say is left out and noted, never guessed.

pub mod exchange;
mod files;
mod octets;
pub mod postfix;
pub mod sendmail;

use std::path::PathBuf;

/// A configuration that could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The main file is missing or not readable.
    #[error(
        "cannot read the {server} configuration {}: {source}; \
         name the folder that holds {main}, and check that this user may read it", path.display()
    )]
    Read {
        /// The mail server.
        server: &'static str,
        /// Its main file.
        main: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
