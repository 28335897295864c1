//! Writing what was learned, all of it or nothing.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{CONDUCT, CONDUCT_VERSION, hours};
use crate::model::{Learned, Ruling, SnapshotError, encode};

/// Puts `learned` in the place of what is there.
pub(super) fn all(connection: &mut Connection, learned: &Learned) -> rusqlite::Result<()> {
    // Immediate: it waits for another writer before it begins, not in its middle.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "DELETE FROM sources; DELETE FROM accounts; DELETE FROM intermediaries; DELETE FROM normals;",
    )?;
    sources(&transaction, learned)?;
    accounts(&transaction, learned)?;
    intermediaries(&transaction, learned)?;
    normals(&transaction, learned)?;
    transaction.commit()
}

fn sources(transaction: &Transaction<'_>, learned: &Learned) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT OR REPLACE INTO sources (ip, last_seen, approved) VALUES (?1, ?2, ?3)")?;
    for source in &learned.sources {
        insert.execute(params![source.ip.to_string(), source.last_seen.micros(), source.is_approved])?;
    }
    Ok(())
}

fn accounts(transaction: &Transaction<'_>, learned: &Learned) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT OR REPLACE INTO accounts (name, last_seen, networks) VALUES (?1, ?2, ?3)")?;
    for account in &learned.accounts {
        let networks: Vec<String> =
            account.networks.iter().map(|network| network.first().to_string()).collect();
        insert.execute(params![account.name, account.last_seen.micros(), networks.join(" ")])?;
    }
    Ok(())
}

fn intermediaries(transaction: &Transaction<'_>, learned: &Learned) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT OR REPLACE INTO intermediaries (network, last_seen, conduct) VALUES (?1, ?2, ?3)")?;
    for known in &learned.intermediaries {
        let packed = encode(CONDUCT, CONDUCT_VERSION, &known.conduct).map_err(unfit)?;
        insert.execute(params![known.network.first().to_string(), known.last_seen.micros(), packed])?;
    }
    Ok(())
}

fn unfit(error: SnapshotError) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

fn normals(transaction: &Transaction<'_>, learned: &Learned) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare(
        "INSERT OR REPLACE INTO normals (measure, kind, subject, begins, hours) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for normal in &learned.normals {
        let packed = hours::pack(&normal.hours).map_err(unfit)?;
        let (measure, kind) = (normal.measure.name(), normal.subject.kind.name());
        insert.execute(params![measure, kind, normal.subject.value, normal.begins, packed])?;
    }
    Ok(())
}

/// Adds a ruling.
pub(super) fn rule(connection: &Connection, ruling: &Ruling) -> rusqlite::Result<()> {
    let sql = "INSERT INTO rulings (verb, about) VALUES (?1, ?2)";
    connection.execute(sql, params![ruling.verb.name(), ruling.about.to_string()]).map(drop)
}

/// Lets go of the rulings up to number `last`.
pub(super) fn settle(connection: &Connection, last: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM rulings WHERE id <= ?1", [last]).map(drop)
}
