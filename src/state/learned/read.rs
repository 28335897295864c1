//! Reading what was learned. What makes no sense in it is damage, wherever it came from.

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Row};

use super::{CONDUCT, CONDUCT_VERSION, Known, Rulings, hours};
use crate::model::{
    EventTime, KnownAccount, KnownIntermediary, KnownSource, Learned, Measure, Network, Normal, Ruling,
    Subject, SubjectKind, Verb, decode,
};

/// All of it, as of one moment.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Known> {
    let transaction = connection.unchecked_transaction()?;
    let learned = Learned {
        sources: rows(&transaction, "SELECT ip, last_seen, approved FROM sources", source)?,
        intermediaries: intermediaries(&transaction)?,
        accounts: rows(&transaction, "SELECT name, last_seen, networks FROM accounts", account)?,
        normals: rows(&transaction, "SELECT measure, kind, subject, begins, hours FROM normals", normal)?,
    };
    Ok(Known { learned, rulings: rulings(&transaction)? })
}

/// What people have said.
pub(super) fn rulings(connection: &Connection) -> rusqlite::Result<Rulings> {
    let rows = rows(connection, "SELECT id, verb, about FROM rulings ORDER BY id", |row| {
        let verb = understood(row, 1, Verb::from_name)?;
        Ok((row.get(0)?, Ruling { verb, about: understood(row, 2, |text| text.parse().ok())? }))
    })?;
    let last = rows.last().map_or(0, |(id, _)| *id);
    Ok(Rulings { all: rows.into_iter().map(|(_, ruling)| ruling).collect(), last })
}

fn source(row: &Row<'_>) -> rusqlite::Result<KnownSource> {
    Ok(KnownSource {
        ip: understood(row, 0, |text| text.parse().ok())?,
        last_seen: EventTime::from_micros(row.get(1)?),
        is_approved: row.get(2)?,
    })
}

fn account(row: &Row<'_>) -> rusqlite::Result<KnownAccount> {
    let network = |text: &str| text.parse().ok().map(Network::of);
    Ok(KnownAccount {
        name: row.get(0)?,
        last_seen: EventTime::from_micros(row.get(1)?),
        networks: understood(row, 2, |text| text.split_whitespace().map(network).collect())?,
    })
}

/// What version 1 of the file does not have is not known.
fn intermediaries(connection: &Connection) -> rusqlite::Result<Vec<KnownIntermediary>> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version < 2 {
        return Ok(Vec::new());
    }
    rows(connection, "SELECT network, last_seen, conduct FROM intermediaries", |row| {
        let packed: Vec<u8> = row.get(2)?;
        Ok(KnownIntermediary {
            network: understood(row, 0, |text| text.parse().ok().map(Network::of))?,
            last_seen: EventTime::from_micros(row.get(1)?),
            conduct: decode(CONDUCT, CONDUCT_VERSION, &packed).map_err(|_| damaged(2, Type::Blob))?,
        })
    })
}

fn normal(row: &Row<'_>) -> rusqlite::Result<Normal> {
    let kind = understood(row, 1, SubjectKind::from_name)?;
    let packed: Vec<u8> = row.get(4)?;
    Ok(Normal {
        measure: understood(row, 0, Measure::from_name)?,
        subject: Subject { kind, value: row.get(2)? },
        begins: row.get(3)?,
        hours: hours::unpack(&packed).ok().flatten().ok_or_else(|| damaged(4, Type::Blob))?,
    })
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}

/// What the text in a column means.
fn understood<T>(row: &Row<'_>, column: usize, read: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    read(row.get_ref(column)?.as_str()?).ok_or_else(|| damaged(column, Type::Text))
}

fn damaged(column: usize, kind: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, FromSqlError::InvalidType.into())
}
