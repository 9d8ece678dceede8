//! The history: what people ask for. Derived from the journal by the [`projector`], in a file of its own.
//!
//! Nothing here is decided or confirmed: if the file is lost, only what the journal no longer has is lost with it. How far
//! it has come is stored in the transaction that brought it there, so every turn is in it exactly once.
//!
//! Readings lie in column chunks of one point each ([`fold`]); alarms, incidents and the like as JSON text, each in its
//! newest form, beside the keys they are found by ([`records`]); acts unchanged with their links (audit).

mod check;
mod fold;
mod projector;
mod query;
mod readings;
mod records;
mod retention;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction};

pub use check::{Difference, verify_records};
pub use projector::{Pace, Projector};
pub use query::{AuditEntry, DeviceLogEntry, Filter, History, Record};

use crate::{StoreError, db};

/// Name of the file in the folder.
pub(crate) const FILE: &str = "history.db";

/// Large pages: a chunk of readings takes some kilobytes, and several must share a page without much waste.
const BEFORE: &str = "PRAGMA page_size = 16384;";

const SCHEMA: &str = "
-- How far the history has come: 'acts' and 'readings'.
CREATE TABLE IF NOT EXISTS position (what TEXT PRIMARY KEY, seq BIGINT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, at BIGINT NOT NULL, acts BLOB NOT NULL, link BLOB NOT NULL);

-- Full chunks; id: point and second of the first reading, see fold.rs. And the one of each point that still grows.
CREATE TABLE IF NOT EXISTS chunk (id INTEGER PRIMARY KEY, last_at BIGINT NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS growing (point INTEGER PRIMARY KEY, first_at BIGINT NOT NULL, data BLOB NOT NULL);

-- Areas of devices, for commands.
CREATE TABLE IF NOT EXISTS device (id INTEGER PRIMARY KEY, area BIGINT NOT NULL);

CREATE TABLE IF NOT EXISTS alarm (
    id INTEGER PRIMARY KEY, area BIGINT NOT NULL, incident BIGINT, device BIGINT,
    open BIGINT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS incident (
    id INTEGER PRIMARY KEY, area BIGINT NOT NULL, incident BIGINT, device BIGINT,
    open BIGINT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY, area BIGINT NOT NULL, incident BIGINT, device BIGINT,
    open BIGINT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS command (
    id INTEGER PRIMARY KEY, area BIGINT NOT NULL, incident BIGINT, device BIGINT,
    open BIGINT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS notice (
    id INTEGER PRIMARY KEY, area BIGINT NOT NULL, incident BIGINT, device BIGINT,
    open BIGINT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS alarm_area     ON alarm (id, area);
CREATE INDEX IF NOT EXISTS incident_area  ON incident (id, area);
CREATE INDEX IF NOT EXISTS run_area       ON run (id, area);
CREATE INDEX IF NOT EXISTS command_area   ON command (id, area);
CREATE INDEX IF NOT EXISTS notice_area    ON notice (id, area);
CREATE INDEX IF NOT EXISTS alarm_open     ON alarm (id) WHERE open = 1;
CREATE INDEX IF NOT EXISTS incident_open  ON incident (id) WHERE open = 1;
CREATE INDEX IF NOT EXISTS run_open       ON run (id) WHERE open = 1;
CREATE INDEX IF NOT EXISTS command_open   ON command (id) WHERE open = 1;
CREATE INDEX IF NOT EXISTS notice_open    ON notice (id) WHERE open = 1;
CREATE INDEX IF NOT EXISTS alarm_incident   ON alarm (incident, id) WHERE incident IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_incident     ON run (incident, id) WHERE incident IS NOT NULL;
CREATE INDEX IF NOT EXISTS command_incident ON command (incident, id) WHERE incident IS NOT NULL;
CREATE INDEX IF NOT EXISTS notice_incident  ON notice (incident, id);
CREATE INDEX IF NOT EXISTS alarm_device   ON alarm (device, id);
CREATE INDEX IF NOT EXISTS run_device     ON run (device, id);
CREATE INDEX IF NOT EXISTS command_device ON command (device, id);

CREATE TABLE IF NOT EXISTS program (
    key TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (key, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timeline (
    incident BIGINT NOT NULL, line BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (incident, line)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS warning (
    incident BIGINT NOT NULL, sequence BIGINT NOT NULL, sent BIGINT NOT NULL, area BIGINT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (incident, sequence)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS warning_sent ON warning (sent);
CREATE TABLE IF NOT EXISTS danger (
    incident BIGINT NOT NULL, policy TEXT NOT NULL, version BIGINT NOT NULL, made BIGINT NOT NULL, area BIGINT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (incident, policy, version)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS danger_made ON danger (made);
-- All-clears and closings, once after each time that a danger was made.
CREATE TABLE IF NOT EXISTS danger_over (incident BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (incident, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS escalation (id INTEGER PRIMARY KEY, at BIGINT NOT NULL, incident BIGINT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS device_log (
    device BIGINT NOT NULL, at BIGINT NOT NULL, seq BIGINT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (device, at, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS flood (at INTEGER PRIMARY KEY, flooded BIGINT NOT NULL, alarms BIGINT NOT NULL);
";

/// How far the history has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    /// Acts of turns up to this one are in the history.
    pub acts: u64,
    /// Readings of turns up to this one are in the history.
    pub readings: u64,
}

impl Positions {
    /// Everything of turns up to this one is in the history.
    #[must_use]
    pub fn both(self) -> u64 {
        self.acts.min(self.readings)
    }
}

/// The history's one writer.
#[derive(Debug)]
pub struct Writer {
    db: Connection,
}

impl Writer {
    /// Opens the history of a folder; makes it when it is new.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let db = db::open(&folder.join(FILE), BEFORE, SCHEMA)?;
        // A commit need not be durable at once: the journal keeps what the history has not safely got, see `settle`.
        db.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;")?;
        Ok(Self { db })
    }

    /// How far it has come.
    ///
    /// # Errors
    /// When the database fails.
    pub fn positions(&self) -> Result<Positions, StoreError> {
        positions(&self.db)
    }

    /// Brings everything written so far to stable storage.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn settle(&self) -> Result<(), StoreError> {
        // Syncs the log first, then moves what it can into the file. What readers hold back stays in the synced log.
        self.db.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row([], |_| Ok(()))?;
        Ok(())
    }
}

pub(crate) fn positions(db: &Connection) -> Result<Positions, StoreError> {
    let mut select = db.prepare_cached("SELECT seq FROM position WHERE what = ?1")?;
    let mut of = |what: &str| -> Result<u64, StoreError> {
        let seq: Option<i64> = select.query_row([what], |row| row.get(0)).optional()?;
        Ok(seq.map_or(0, db::from_sql))
    };
    Ok(Positions { acts: of("acts")?, readings: of("readings")? })
}

fn set_position(tx: &Transaction<'_>, what: &str, seq: u64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO position (what, seq) VALUES (?1, ?2)
         ON CONFLICT (what) DO UPDATE SET seq = excluded.seq",
    )?
    .execute((what, db::to_sql(seq)))?;
    Ok(())
}

#[cfg(test)]
mod tests;
