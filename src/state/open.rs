//! Finding, making and locking the state. Nothing is written to a file that is not known to be ours.

use std::cell::Cell;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::schema::{self, Found};
use super::{Error, Service};

/// The database in the folder of the state.
const DATABASE: &str = "service.db";
/// Whoever has locked it owns the state. Not the database itself: `SQLite` has locks of its own on that.
const LOCK: &str = "service.lock";
/// How long one process waits for another that writes. A transaction takes much less, even on a slow disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// See [`Service::open`].
pub(super) fn own(folder: &Path) -> Result<Service, Error> {
    make_folder(folder)?;
    let lock = lock(folder)?;
    let path = folder.join(DATABASE);
    // SQLite gives its other files the rights of this one.
    file_of_ours(&path)?;
    let mut service = connect(&path)?;
    let found = schema::find(&service.connection).map_err(|error| service.wrong(error))?;
    let version = match found {
        Found::Empty => 0,
        Found::Ours(version) if version <= schema::VERSION => version,
        other => return Err(unfit(&path, other)),
    };
    prepare(&mut service.connection, version).map_err(|error| Error::database(&path, error))?;
    Ok(Service { _lock: Some(lock), ..service })
}

/// See [`Service::look`].
pub(super) fn look(folder: &Path) -> Result<Service, Error> {
    let path = folder.join(DATABASE);
    let is_there = path.try_exists().map_err(|error| Error::io(&path, error))?;
    let absent = || Error::Absent { folder: folder.to_owned() };
    if !is_there {
        return Err(absent());
    }
    let service = connect(&path)?;
    match schema::find(&service.connection).map_err(|error| service.wrong(error))? {
        Found::Ours(schema::VERSION) => Ok(service),
        // The monitor will bring it to this version, or is just about to make it.
        Found::Ours(version) if version < schema::VERSION => Err(absent()),
        Found::Empty => Err(absent()),
        other => Err(unfit(&path, other)),
    }
}

fn unfit(path: &Path, found: Found) -> Error {
    let path = path.to_owned();
    match found {
        Found::Ours(found) => Error::Newer { path, found, known: schema::VERSION },
        Found::Empty | Found::Foreign => Error::Foreign { path },
    }
}

fn connect(path: &Path) -> Result<Service, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| Error::database(path, error))?;
    connection.busy_timeout(PATIENCE).map_err(|error| Error::database(path, error))?;
    Ok(Service { connection, path: path.to_owned(), _lock: None, version: Cell::new(None) })
}

/// Sets how it is written, and brings it to this version of the schema.
fn prepare(connection: &mut Connection, version: i64) -> rusqlite::Result<()> {
    // Those who look do not wait for the one who writes, nor he for them.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What was committed is there after a power failure.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A log that grew large once gives its room back.
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    schema::migrate(connection, version)
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o750);
    builder.create(folder).map_err(|error| Error::io(folder, error))
}

/// Opens a file that others may not read, empty if it is new.
fn file_of_ours(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.open(path).map_err(|error| Error::io(path, error))
}

fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let file = file_of_ours(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::Locked { folder: fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()) })
        }
        Err(TryLockError::Error(error)) => Err(Error::io(&path, error)),
    }
}
