//! What other processes ask of the monitor that runs: it alone changes the spool.

use super::save::number;
use super::{Error, Service};

/// Requests kept until the monitor takes them: more are asked for by nobody, and `alerts retry` may be run in a loop.
const MOST: i64 = 10_000;

/// Dead notices that somebody wants to be tried again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Retry {
    /// All of them.
    All,
    /// Those of these numbers.
    Numbers(Vec<u64>),
}

impl Service {
    /// Asks the monitor, now or when it runs next, to try dead notices again.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn request_retry(&mut self, retry: &Retry) -> Result<(), Error> {
        let numbers = match retry {
            Retry::All => vec![None],
            Retry::Numbers(numbers) => numbers.iter().map(|&asked| Some(number(asked))).collect(),
        };
        let ask = |connection: &mut rusqlite::Connection| -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            for number in numbers {
                transaction.execute("INSERT INTO requests (number) VALUES (?1)", [number])?;
            }
            transaction
                .execute("DELETE FROM requests WHERE id <= (SELECT max(id) FROM requests) - ?1", [MOST])?;
            transaction.commit()
        };
        ask(&mut self.connection).map_err(|error| Error::database(&self.path, error))
    }

    /// What was asked since this was called last, if anything.
    ///
    /// # Errors
    /// If it cannot be read, or not be written that it was.
    pub fn take_requests(&self) -> Result<Option<Retry>, Error> {
        let asked: Vec<Option<i64>> =
            self.rows("DELETE FROM requests RETURNING number", [], |row| row.get(0))?;
        Ok(match asked.iter().copied().collect::<Option<Vec<i64>>>() {
            Some(numbers) if numbers.is_empty() => None,
            Some(mut numbers) => {
                numbers.sort_unstable();
                numbers.dedup();
                Some(Retry::Numbers(numbers.into_iter().map(i64::unsigned_abs).collect()))
            }
            None => Some(Retry::All),
        })
    }
}
