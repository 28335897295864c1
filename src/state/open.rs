//! Finding, making and locking databases. Nothing is written to a file that is not known to be ours.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::Error;
use super::schema::{Found, Schema};

/// How long one process waits for another that writes. A transaction takes much less, even on a slow disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database at `path`, which is made where there is none, and brought to this version.
pub(super) fn own(path: &Path, schema: Schema) -> Result<Connection, Error> {
    // SQLite gives its other files the rights of this one.
    file_of_ours(path)?;
    let wrong = |error| Error::database(path, error);
    let mut connection = connect(path)?;
    let version = match schema.find(&connection).map_err(wrong)? {
        Found::Empty => 0,
        Found::Ours(version) if version <= schema.version() => version,
        other => return Err(unfit(path, other, schema)),
    };
    prepare(&mut connection, version, schema).map_err(wrong)?;
    Ok(connection)
}

/// The database at `path`, beside the process that owns it; `None` where there is none, or not yet one that can be read.
pub(super) fn look(path: &Path, schema: Schema) -> Result<Option<Connection>, Error> {
    if !path.try_exists().map_err(|error| Error::io(path, error))? {
        return Ok(None);
    }
    let connection = connect(path)?;
    match schema.find(&connection).map_err(|error| Error::database(path, error))? {
        Found::Ours(version) if schema.is_readable(version) => Ok(Some(connection)),
        // Its owner will bring it to this version, or is just about to make it.
        Found::Ours(version) if version < schema.version() => Ok(None),
        Found::Empty => Ok(None),
        other => Err(unfit(path, other, schema)),
    }
}

fn unfit(path: &Path, found: Found, schema: Schema) -> Error {
    let path = path.to_owned();
    match found {
        Found::Ours(found) => Error::Newer { path, found, known: schema.version() },
        Found::Empty | Found::Foreign => Error::Foreign { path },
    }
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| Error::database(path, error))?;
    connection.busy_timeout(PATIENCE).map_err(|error| Error::database(path, error))?;
    Ok(connection)
}

/// Sets how it is written, and brings it to this version of the schema.
fn prepare(connection: &mut Connection, version: i64, schema: Schema) -> rusqlite::Result<()> {
    // Those who look do not wait for the one who writes, nor he for them.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What was committed is there after a power failure.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A log that grew large once gives its room back.
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    schema.migrate(connection, version)
}

/// Makes the folder of the state where there is none, and locks the file `lock` in it as long as what is given is kept. Where
/// another process has it, `taken` says so of the folder.
pub(super) fn take(folder: &Path, lock: &str, taken: impl FnOnce(PathBuf) -> Error) -> Result<File, Error> {
    make_folder(folder)?;
    self::lock(&folder.join(lock))?
        .ok_or_else(|| taken(fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())))
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

/// Locks the file at `path` as long as what is given is kept; `None`: another process has. Not a database itself: `SQLite`
/// has locks of its own on that.
fn lock(path: &Path) -> Result<Option<File>, Error> {
    let file = file_of_ours(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Error::io(path, error)),
    }
}
