//! The schema of `service.db`, and what is found in a file of that name.

use rusqlite::Connection;

/// "RLYW": tells our databases from others' (`file` shows it).
pub(super) const APPLICATION: i64 = 0x524c_5957;
/// Raised with every change of the schema; [`MIGRATIONS`] has a step for each.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// What makes a database of each version out of the one before, an empty one at first.
const MIGRATIONS: &[&str] = &["
    -- Snapshots and positions, each by the name of the part that it is the state of.
    CREATE TABLE parts (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
    -- Alerts as JSON, and what they are looked for by: `severity` from 0, `last_seen` in microseconds.
    CREATE TABLE alerts (
        id TEXT PRIMARY KEY, firing INTEGER NOT NULL, severity INTEGER NOT NULL, detector TEXT NOT NULL,
        last_seen INTEGER NOT NULL, json TEXT NOT NULL
    );
    CREATE INDEX alerts_by_age ON alerts (firing, last_seen);
    -- Notices on their way, as JSON.
    CREATE TABLE spool (number INTEGER PRIMARY KEY, dead INTEGER NOT NULL, json TEXT NOT NULL);
    -- AUTOINCREMENT: a number that was given is never given again.
    CREATE TABLE silences (id INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL);
    -- What other processes ask of the one that runs: to try again the notice of that number, or all (null).
    CREATE TABLE requests (id INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER);
"];

/// What a database is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// Nothing yet.
    Empty,
    /// Ours, of that version.
    Ours(i64),
    /// Somebody else's.
    Foreign,
}

/// Says what the database is. Reads only.
pub(super) fn find(connection: &Connection) -> rusqlite::Result<Found> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, version, tables) {
        (APPLICATION, version, _) => Found::Ours(version),
        (0, 0, 0) => Found::Empty,
        _ => Found::Foreign,
    })
}

/// Brings a database of version `from` to this one, or leaves it as it is.
pub(super) fn migrate(connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
    let steps = MIGRATIONS.get(usize::try_from(from).unwrap_or(0)..).unwrap_or_default();
    if steps.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
