//! Why the state could not be read or written, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Something is wrong with the state.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process has it.
    #[error(
        "another relaywatch monitor works with the state in {folder}: stop it first, or give this one a folder of its own"
    )]
    Locked {
        /// The folder of the state.
        folder: PathBuf,
    },
    /// There is none.
    #[error(
        "there is no state in {folder}: it is made by `relaywatch monitor`; if that keeps it elsewhere, name that folder"
    )]
    Absent {
        /// The folder of the state.
        folder: PathBuf,
    },
    /// Another process learns.
    #[error(
        "another relaywatch learns in {folder}: a running monitor does so by itself; end it first, or name another folder"
    )]
    Learning {
        /// The folder of the state.
        folder: PathBuf,
    },
    /// Nothing is learned yet.
    #[error(
        "nothing is learned in {folder} yet: `relaywatch monitor` learns by itself, and `relaywatch analyze --learn` from \
         archives; if that is kept elsewhere, name that folder"
    )]
    Unlearned {
        /// The folder of the state.
        folder: PathBuf,
    },
    /// `learned.db` cannot be used as it is.
    #[error("{0}; without it, learning begins anew")]
    Learned(Box<Self>),
    /// A newer program wrote it.
    #[error(
        "{path} was written by a newer relaywatch (schema {found}, this one knows {known}): use that one, or move the file away to start afresh"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// It is somebody else's, or nothing that a database is.
    #[error("{path} is no state of relaywatch: move it away, or name another folder")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It is damaged.
    #[error("{path} is damaged ({source}): move it away to start afresh; nothing was written to it")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no room for it.
    #[error("no space is left for {path}: make room on the disk; until then nothing more is stored")]
    Full {
        /// What could not be written.
        path: PathBuf,
    },
    /// It may not be read or written.
    #[error(
        "{path} may not be read and written by this user ({source}): run as the user who owns it, or name a folder that this one may write to"
    )]
    Permission {
        /// What may not be used.
        path: PathBuf,
        /// What the system says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process writes for too long.
    #[error("{path} is in use by another process for too long: try again")]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// Something else went wrong.
    #[error("cannot use {path}: {source}")]
    Other {
        /// What could not be used.
        path: PathBuf,
        /// What the system says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What `source` says of the file or folder `path`.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Permission { path, source: source.into() }
            }
            _ => Self::Other { path, source: source.into() },
        }
    }

    /// The same about a file that may be deleted.
    pub(super) fn of_learned(self) -> Self {
        match self {
            Self::Newer { .. } | Self::Foreign { .. } | Self::Damaged { .. } => Self::Learned(Box::new(self)),
            other => other,
        }
    }

    /// What `SQLite` says of the database `path`.
    pub(super) fn database(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, source: source.into() },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Permission { path, source: source.into() }
            }
            _ if matches!(
                source,
                rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)
            ) =>
            {
                Self::Damaged { path, source: source.into() }
            }
            _ => Self::Other { path, source: source.into() },
        }
    }
}
