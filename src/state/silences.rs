//! Silences: whoever may write the database makes and ends them.

use super::save::{json, number};
use super::{Error, Service};
use crate::model::{EventTime, Silence};

/// Days for which silences that have ended are kept: who wonders why nothing was told looks sooner.
const MAX_DAYS: i64 = 30;

impl Service {
    /// All silences, those that have ended among them, in the order in which they were made.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn silences(&self) -> Result<Vec<Silence>, Error> {
        let sql = "SELECT id, json FROM silences ORDER BY id";
        let rows: Vec<(i64, String)> = self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let read =
            |(id, text): (i64, String)| Ok(Silence { id: id.unsigned_abs(), ..self.read_json(&text)? });
        rows.into_iter().map(read).collect()
    }

    /// Adds a silence, which gets a number of its own, whatever it has; gives that. Those that ended long before it was made
    /// are forgotten.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_silence(&self, silence: &Silence) -> Result<u64, Error> {
        self.forget_silences(silence.created)?;
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

    fn forget_silences(&self, now: EventTime) -> Result<(), Error> {
        let oldest = now.plus_seconds(-MAX_DAYS * 86_400);
        for silence in self.silences()?.iter().filter(|silence| silence.until < oldest) {
            self.remove_silence(silence.id)?;
        }
        Ok(())
    }
}
