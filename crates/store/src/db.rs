//! How every database file of the folder is opened.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use crate::{StoreError, backup};

/// How long a statement waits for another writer: longer than any slice of work done by this crate.
pub(crate) const BUSY: Duration = Duration::from_secs(10);

/// Format of the databases. Raised by a change of their tables that an older program would misread.
pub const FORMAT: u32 = 1;

/// Opens a database for writing; makes it when it is new. Commits are durable.
pub fn open(file: &Path, before: &str, schema: &str) -> Result<Connection, StoreError> {
    if let Some(folder) = file.parent() {
        backup::refuse_unfinished(folder)?;
    }
    let db = Connection::open(file)?;
    db.busy_timeout(BUSY)?;
    let found = check_format(&db, file)?;
    // What must be set before the first table exists, such as the page size.
    db.execute_batch(before)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
    )?;
    db.execute_batch(schema)?;
    if found < FORMAT {
        db.pragma_update(None, "user_version", FORMAT)?;
    }
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

fn log_of(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

/// The format of a database, when this program knows it; 0 when it is new.
pub fn check_format(db: &Connection, file: &Path) -> Result<u32, StoreError> {
    let found: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > FORMAT {
        return Err(StoreError::Newer { path: file.to_owned(), found, known: FORMAT });
    }
    Ok(found)
}

/// Opens a database that exists, for reading only.
pub fn open_reader(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(BUSY)?;
    if let Err(StoreError::Database(error)) = check_format(&db, file)
        && error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen)
        && !log_of(file).exists()
    {
        // A file system that has become read-only, and nothing in the log: the file alone is all there is.
        let path = file.to_string_lossy().replace('%', "%25").replace('?', "%3f");
        let address = format!("file:{}?immutable=1", path.replace('#', "%23"));
        db = Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)?;
    }
    check_format(&db, file)?;
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
