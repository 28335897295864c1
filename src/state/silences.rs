//! Silences: whoever may write the database makes and ends them.

use super::save::{json, number};
use super::{Error, Service};
use crate::model::Silence;

impl Service {
    /// All silences, those that have ended among them, in the order in which they were made.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn silences(&self) -> Result<Vec<Silence>, Error> {
        let rows = self.rows("SELECT id FROM silences ORDER BY id", [], |row| row.get::<_, i64>(0))?;
        let silences: Vec<Silence> = self.json("SELECT json FROM silences ORDER BY id", [])?;
        let numbered = rows.into_iter().zip(silences);
        Ok(numbered.map(|(id, silence)| Silence { id: id.unsigned_abs(), ..silence }).collect())
    }

    /// Adds a silence, which gets a number of its own, whatever it has; gives that.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_silence(&self, silence: &Silence) -> Result<u64, Error> {
        let add = || -> rusqlite::Result<i64> {
            self.connection.execute("INSERT INTO silences (json) VALUES (?1)", [json(silence)?])?;
            Ok(self.connection.last_insert_rowid())
        };
        add().map(i64::unsigned_abs).map_err(|error| self.wrong(error))
    }

    /// Ends a silence; false if there is none of that number.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn remove_silence(&self, id: u64) -> Result<bool, Error> {
        let removed = self.connection.execute("DELETE FROM silences WHERE id = ?1", [number(id)]);
        removed.map(|removed| removed > 0).map_err(|error| self.wrong(error))
    }
}
