//! What was learned: `learned.db`, apart from `service.db`, because it may be deleted: then learning begins anew.
//!
//! One process learns ([`Learning`]): the running monitor, or `analyze --learn`. It alone changes what was learned. What people
//! say of it is written beside it, as rulings ([`Stored::rule`]): whoever reads takes them into account, and whoever learns
//! makes them true and lets go of them. So nobody's word is undone by the next save.

mod hours;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::schema::LEARNED;
use super::{Error, open};
use crate::model::{Learned, Ruling};

/// The database in the folder of the state.
const DATABASE: &str = "learned.db";
/// Whoever has locked it learns.
const LOCK: &str = "learned.lock";
/// How an intermediary behaves is packed under this name; the version is raised when that is done in another way.
const CONDUCT: &str = "conduct";
const CONDUCT_VERSION: u32 = 1;

/// What was learned, for whoever looks at it and says something of it.
#[derive(Debug)]
pub struct Stored {
    connection: Connection,
    path: PathBuf,
}

/// What was learned, for the one who learns. The file is opened for each use: it may be deleted at any time.
#[derive(Debug)]
pub struct Learning {
    path: PathBuf,
    /// Held as long as somebody learns.
    _lock: fs::File,
}

/// What was learned, and what people have said of it that is not in it yet.
#[derive(Debug, Default, PartialEq)]
pub struct Known {
    /// As it was saved.
    pub learned: Learned,
    /// In the order in which they were said.
    pub rulings: Rulings,
}

/// What people have said, up to a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rulings {
    /// In the order in which it was said.
    pub all: Vec<Ruling>,
    /// The number of the last one.
    last: i64,
}

impl Known {
    /// What was learned, as it will be once everything that was said is heard.
    pub fn ruled(mut self) -> Learned {
        for ruling in &self.rulings.all {
            self.learned.ruled(ruling);
        }
        self.learned
    }
}

impl Stored {
    /// What was learned in `folder`; `None`: nothing.
    ///
    /// # Errors
    /// If it is not ours, of a newer version or damaged, or if it may not be used.
    pub fn look(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(DATABASE);
        let connection = open::look(&path, LEARNED).map_err(Error::of_learned)?;
        Ok(connection.map(|connection| Self { connection, path }))
    }

    /// All of it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn load(&self) -> Result<Known, Error> {
        read::all(&self.connection).map_err(|error| self.wrong(error))
    }

    /// Says something of it, to whoever learns and whoever looks.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn rule(&self, ruling: &Ruling) -> Result<(), Error> {
        write::rule(&self.connection, ruling).map_err(|error| self.wrong(error))
    }

    fn wrong(&self, error: rusqlite::Error) -> Error {
        Error::database(&self.path, error).of_learned()
    }
}

impl Learning {
    /// Begins to learn in `folder`, which is made where there is none.
    ///
    /// # Errors
    /// If another process learns there, or the folder may not be used.
    pub fn begin(folder: &Path) -> Result<Self, Error> {
        let lock = open::take(folder, LOCK, |folder| Error::Learning { folder })?;
        Ok(Self { path: folder.join(DATABASE), _lock: lock })
    }

    /// What was learned before.
    ///
    /// # Errors
    /// If it is not ours, of a newer version or damaged (it is left as it is then), or if it may not be used.
    pub fn load(&self) -> Result<Known, Error> {
        self.open()?.load()
    }

    /// Whether there is such a file.
    pub fn is_there(&self) -> bool {
        self.path.exists()
    }

    /// What people have said that is not let go of yet.
    ///
    /// # Errors
    /// As for [`Learning::load`].
    pub fn rulings(&self) -> Result<Rulings, Error> {
        // A file that was deleted is made again when there is something to save.
        let Some(stored) = self.path.parent().map_or(Ok(None), Stored::look)? else {
            return Ok(Rulings::default());
        };
        read::rulings(&stored.connection).map_err(|error| stored.wrong(error))
    }

    /// Saves all that is learned, instead of what was there. Rulings stay.
    ///
    /// # Errors
    /// As for [`Learning::load`]; what was saved before is still there then.
    pub fn save(&self, learned: &Learned) -> Result<(), Error> {
        let mut stored = self.open()?;
        write::all(&mut stored.connection, learned).map_err(|error| stored.wrong(error))
    }

    /// Lets go of `rulings`: they are true of what was saved, and will be.
    ///
    /// # Errors
    /// As for [`Learning::load`].
    pub fn settle(&self, rulings: &Rulings) -> Result<(), Error> {
        let stored = self.open()?;
        write::settle(&stored.connection, rulings.last).map_err(|error| stored.wrong(error))
    }

    fn open(&self) -> Result<Stored, Error> {
        let connection = open::own(&self.path, LEARNED).map_err(Error::of_learned)?;
        Ok(Stored { connection, path: self.path.clone() })
    }
}
