//! What survives the process: `service.db`, and apart from it `learned.db` ([`learned`]).
//!
//! One process owns `service.db`, the running monitor, and writes it in one transaction at a time, so that what was read, what
//! is known of it and what must be told never disagree. Others look into it meanwhile, add silences, and ask for notices to be
//! tried again.

mod alerts;
mod error;
pub mod learned;
mod open;
mod requests;
mod save;
mod schema;
mod silences;
mod spool;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::model::{Entry, Silence};
pub use alerts::Filter;
pub use error::Error;
pub use requests::Retry;
pub use save::Save;

/// The database in the folder of the state.
const DATABASE: &str = "service.db";
/// Whoever has locked it owns the state.
const LOCK: &str = "service.lock";

/// The state of the service, in one folder.
#[derive(Debug)]
pub struct Service {
    connection: Connection,
    path: PathBuf,
    /// Held as long as the file is open; the process that looks only has none.
    _lock: Option<File>,
    /// `SQLite`'s number of what others wrote, as of the last look.
    version: Cell<Option<i64>>,
}

/// What was saved last.
#[derive(Debug, Default, PartialEq)]
pub struct Saved {
    /// State of each part, by its name.
    pub parts: BTreeMap<String, Vec<u8>>,
    /// Notices on their way, and dead ones, in the order of their numbers.
    pub entries: Vec<Entry>,
    /// Silences, those that have ended among them.
    pub silences: Vec<Silence>,
}

impl Service {
    /// Takes the state in `folder`, which is made where there is none, for this process alone.
    ///
    /// # Errors
    /// If another monitor has it, if it is not ours, of a newer version or damaged (it is left as it is then), or if it may not
    /// be used.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let lock = open::take(folder, LOCK, |folder| Error::Locked { folder })?;
        let path = folder.join(DATABASE);
        let connection = open::own(&path, schema::SERVICE)?;
        Ok(Self { connection, path, _lock: Some(lock), version: Cell::new(None) })
    }

    /// Looks at the state in `folder`, beside the process that owns it.
    ///
    /// # Errors
    /// If there is none, or as for [`Service::open`].
    pub fn look(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(DATABASE);
        let connection = open::look(&path, schema::SERVICE)?;
        let connection = connection.ok_or_else(|| Error::Absent { folder: folder.to_owned() })?;
        Ok(Self { connection, path, _lock: None, version: Cell::new(None) })
    }

    /// What was saved last.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn load(&self) -> Result<Saved, Error> {
        let parts = self.rows("SELECT name, bytes FROM parts", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Saved {
            parts: parts.into_iter().collect(),
            entries: self.json("SELECT json FROM spool ORDER BY number", [])?,
            silences: self.silences()?,
        })
    }

    /// Whether another process has written since this was asked last; the first answer is yes.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub fn changed_by_others(&self) -> Result<bool, Error> {
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        let version = Some(version.map_err(|error| self.wrong(error))?);
        Ok(self.version.replace(version) != version)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn wrong(&self, error: rusqlite::Error) -> Error {
        Error::database(&self.path, error)
    }

    /// What `read` makes of each row.
    fn rows<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let rows = || self.connection.prepare_cached(sql)?.query_map(parameters, read)?.collect();
        let rows: rusqlite::Result<Vec<T>> = rows();
        rows.map_err(|error| self.wrong(error))
    }

    /// What the JSON in the first column of each row says.
    fn json<T: serde::de::DeserializeOwned>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<T>, Error> {
        let texts: Vec<String> = self.rows(sql, parameters, |row| row.get(0))?;
        texts.iter().map(|text| self.read_json(text)).collect()
    }

    fn read_json<T: serde::de::DeserializeOwned>(&self, text: &str) -> Result<T, Error> {
        let damaged =
            |source: serde_json::Error| Error::Damaged { path: self.path.clone(), source: source.into() };
        serde_json::from_str(text).map_err(damaged)
    }
}
