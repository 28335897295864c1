//! What the monitor saves, all of it or nothing.

use rusqlite::{Transaction, params};
use serde::Serialize;

use super::{Error, Service};
use crate::model::{Alert, AlertState, Entry, EventTime};

/// Alerts kept for people to look at; the oldest that are over give way.
const MAX_ALERTS: i64 = 100_000;
/// Days for which alerts that are over are kept.
const MAX_DAYS: i64 = 90;

/// What is to be saved together.
#[derive(Clone, Copy, Debug)]
pub struct Save<'a> {
    /// Forget the state of all parts that are not named here.
    pub start_afresh: bool,
    /// State of parts, by their names.
    pub parts: &'a [(&'a str, &'a [u8])],
    /// Alerts that have changed.
    pub alerts: &'a [Alert],
    /// Entries of the spool that are new, or have changed.
    pub put: &'a [Entry],
    /// Numbers of entries that are no more.
    pub deleted: &'a [u64],
    /// The time: what is older than it is worth gives way.
    pub now: EventTime,
}

impl Service {
    /// Saves all of it, or nothing.
    ///
    /// # Errors
    /// If it cannot be written; what was saved before is still there then.
    pub fn save(&mut self, save: &Save<'_>) -> Result<(), Error> {
        save_all(&mut self.connection, save).map_err(|error| Error::database(&self.path, error))
    }
}

fn save_all(connection: &mut rusqlite::Connection, save: &Save<'_>) -> rusqlite::Result<()> {
    // Immediate: it waits for another writer before it begins, not in its middle.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    write(&transaction, save)?;
    transaction.commit()
}

/// Writes all of it into `transaction`.
pub(super) fn write(transaction: &Transaction<'_>, save: &Save<'_>) -> rusqlite::Result<()> {
    if save.start_afresh {
        transaction.execute("DELETE FROM parts", [])?;
    }
    let mut statement =
        transaction.prepare_cached("INSERT OR REPLACE INTO parts (name, bytes) VALUES (?1, ?2)")?;
    for (name, bytes) in save.parts {
        statement.execute(params![name, bytes])?;
    }
    write_alerts(transaction, save)?;
    let mut put = transaction
        .prepare_cached("INSERT OR REPLACE INTO spool (number, dead, json) VALUES (?1, ?2, ?3)")?;
    for entry in save.put {
        put.execute(params![number(entry.number), entry.dead.is_some(), json(entry)?])?;
    }
    let mut delete = transaction.prepare_cached("DELETE FROM spool WHERE number = ?1")?;
    for &gone in save.deleted {
        delete.execute([number(gone)])?;
    }
    Ok(())
}

fn write_alerts(transaction: &Transaction<'_>, save: &Save<'_>) -> rusqlite::Result<()> {
    let mut put = transaction.prepare_cached(
        "INSERT OR REPLACE INTO alerts (id, firing, severity, detector, last_seen, json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for alert in save.alerts {
        put.execute(params![
            alert.id,
            alert.state == AlertState::Firing,
            alert.severity as i64,
            alert.detector,
            alert.last_seen.micros(),
            json(alert)?
        ])?;
    }
    if save.alerts.is_empty() {
        return Ok(());
    }
    let oldest = save.now.plus_seconds(-MAX_DAYS * 86_400).micros();
    transaction
        .prepare_cached("DELETE FROM alerts WHERE firing = 0 AND last_seen < ?1")?
        .execute([oldest])?;
    let kept: i64 =
        transaction.prepare_cached("SELECT count(*) FROM alerts")?.query_row([], |row| row.get(0))?;
    if kept > MAX_ALERTS {
        transaction
            .prepare_cached(
                "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts ORDER BY firing, last_seen LIMIT ?1)",
            )?
            .execute([kept - MAX_ALERTS])?;
    }
    Ok(())
}

/// A number as `SQLite` has them: signed. Those of the spool count up from 0.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// As JSON. Whatever Unicode a log's text has, it comes back the same.
pub(super) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
