//! How every database file of the folder is opened.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;

/// How long a statement waits for another writer: longer than any slice of work done by this crate.
const BUSY: Duration = Duration::from_secs(10);

/// Opens a database for writing; makes it when it is new. Commits are durable.
pub fn open(file: &Path, before: &str, schema: &str) -> Result<Connection, StoreError> {
    let db = Connection::open(file)?;
    db.busy_timeout(BUSY)?;
    // What must be set before the first table exists, such as the page size.
    db.execute_batch(before)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
    )?;
    db.execute_batch(schema)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Opens a database that exists, for reading only.
pub fn open_reader(file: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(BUSY)?;
    // 256 MiB of the file are read without copying: old readings come straight from the page cache of the system.
    db.execute_batch("PRAGMA mmap_size = 268435456; PRAGMA trusted_schema = OFF;")?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// A number as SQLite keeps it; what does not fit (never counted that far) becomes the largest.
pub fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as it was kept; a negative one (changed by hand) becomes 0.
pub fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
