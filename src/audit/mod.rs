//! What a mail server's own configuration says about relaying, read from its files.
//!
//! `audit` runs no program and asks no network: what the files do not say is left out and noted, never guessed.

pub mod exchange;
mod fault;
mod files;
mod octets;
pub mod postfix;
pub mod sendmail;

use std::path::{Path, PathBuf};

use crate::model::ServerConfiguration;

pub use fault::{Fault, faults};

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
    /// A folder in which nothing is any server's.
    #[error(
        "{} holds no mail server's configuration: neither main.cf (Postfix), nor sendmail.cf or sendmail.mc, nor exports of \
         Get-AcceptedDomain and Get-ReceiveConnector (Exchange)", .0.display()
    )]
    Nothing(PathBuf),
}

/// Reads the configuration in `folder`, of whatever server it is.
///
/// # Errors
/// It cannot be read: it holds no server's main file, and no export of Exchange's.
pub fn read(folder: &Path) -> Result<ServerConfiguration, Error> {
    if folder.join("main.cf").exists() {
        postfix::read(folder)
    } else if ["sendmail.cf", "sendmail.mc"].iter().any(|name| folder.join(name).exists()) {
        sendmail::read(folder)
    } else {
        exchange::read(folder).map_err(|error| match error {
            Error::Read { source, path, .. } if source.kind() == std::io::ErrorKind::InvalidData => {
                Error::Nothing(path)
            }
            other => other,
        })
    }
}
