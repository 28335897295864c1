//! What our databases are made of, and what is found in a file that should be one.

use rusqlite::Connection;

/// A kind of database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema {
    /// Tells it from others' (`file` shows it).
    application: i64,
    /// What makes a database of each version out of the one before, an empty one at first.
    steps: &'static [&'static str],
    /// The oldest version that those can read who only look.
    readable: i64,
}

/// `service.db`, "RLYW".
pub(super) const SERVICE: Schema = Schema { application: 0x524c_5957, steps: SERVICE_STEPS, readable: 1 };
/// `learned.db`, "RLYL".
pub(super) const LEARNED: Schema = Schema { application: 0x524c_594c, steps: LEARNED_STEPS, readable: 1 };

const SERVICE_STEPS: &[&str] = &["
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

const LEARNED_STEPS: &[&str] = &["
    -- Addresses that may relay, and did; `last_seen` in microseconds.
    CREATE TABLE sources (ip TEXT PRIMARY KEY, last_seen INTEGER NOT NULL, approved INTEGER NOT NULL) WITHOUT ROWID;
    -- Accounts; networks as addresses with blanks between them, the newest last.
    CREATE TABLE accounts (name TEXT PRIMARY KEY, last_seen INTEGER NOT NULL, networks TEXT NOT NULL) WITHOUT ROWID;
    -- Counts by hour, packed; `begins` is the number of the first hour since 1970.
    CREATE TABLE normals (
        measure TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, begins INTEGER NOT NULL, hours BLOB NOT NULL,
        PRIMARY KEY (measure, kind, subject)
    ) WITHOUT ROWID;
    -- What people say of these, until whoever learns has heard it. What is said again counts from then on.
    CREATE TABLE rulings (
        id INTEGER PRIMARY KEY AUTOINCREMENT, verb TEXT NOT NULL, about TEXT NOT NULL,
        UNIQUE (verb, about) ON CONFLICT REPLACE
    );
", "
    -- Networks outside that send in our names, by their first address, and how they behave, packed.
    CREATE TABLE intermediaries (network TEXT PRIMARY KEY, last_seen INTEGER NOT NULL, conduct BLOB NOT NULL) WITHOUT ROWID;
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

impl Schema {
    /// Raised with every change.
    pub(super) const fn version(&self) -> i64 {
        self.steps.len() as i64
    }

    /// Whether those who only look can read that version.
    pub(super) const fn is_readable(&self, version: i64) -> bool {
        self.readable <= version && version <= self.version()
    }

    /// Says what the database is. Reads only.
    pub(super) fn find(&self, connection: &Connection) -> rusqlite::Result<Found> {
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let application = number("PRAGMA application_id")?;
        let version = number("PRAGMA user_version")?;
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        Ok(match (application, version, tables) {
            (found, version, _) if found == self.application => Found::Ours(version),
            (0, 0, 0) => Found::Empty,
            _ => Found::Foreign,
        })
    }

    /// Brings a database of version `from` to this one, or leaves it as it is.
    pub(super) fn migrate(&self, connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
        let steps = self.steps.get(usize::try_from(from).unwrap_or(0)..).unwrap_or_default();
        if steps.is_empty() {
            return Ok(());
        }
        let transaction = connection.transaction()?;
        for step in steps {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", self.application)?;
        transaction.pragma_update(None, "user_version", self.version())?;
        transaction.commit()
    }
}
