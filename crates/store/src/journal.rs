//! The journal: one row for each turn, one durable transaction for each row.
//!
//! A row costs one write to the log of SQLite and one sync. Moving rows from that log into the file is the work of a
//! thread of its own ([`checkpoint`]), so that a commit does not wait for it. Rows whose content is elsewhere by now are
//! taken away in small slices with later commits ([`Journal::trim_to`]).

mod chain;
mod checkpoint;
mod reader;

use std::{fs::File, path::Path};

use helan_kernel::Ms;
use rusqlite::{Connection, OptionalExtension, params};

pub use chain::Link;
pub use reader::{Enough, JournalReader, StoredTurn};

use crate::{StoreError, codec::Batch, db};
use checkpoint::Checkpointer;

/// Name of the file in the folder.
pub(crate) const FILE: &str = "journal.db";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS turn (
    seq      INTEGER PRIMARY KEY,
    at       BIGINT NOT NULL,
    count    BIGINT NOT NULL,  -- readings that belong into the history
    oldest   BIGINT,           -- their span
    newest   BIGINT,
    readings BLOB,
    acts     BLOB,
    link     BLOB              -- of the audit chain; rows with acts only
);
-- Everything up to seq is gone from here; link was the end of the chain there.
CREATE TABLE IF NOT EXISTS trimmed (
    one  BIGINT PRIMARY KEY CHECK (one = 1),
    seq  BIGINT NOT NULL,
    link BLOB NOT NULL
);
";

/// What a turn writes.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// Moment of the turn.
    pub at: Ms,
    /// Readings, in the order the engine saw them.
    pub readings: &'a Batch,
    /// The other events with their places among the readings, and all effects; empty when there are none.
    pub acts: &'a [u8],
}

/// The journal of a node: its one writer.
#[derive(Debug)]
pub struct Journal {
    db: Connection,
    checkpointer: Checkpointer,
    /// Number of the last turn, and the end of the chain there.
    seq: u64,
    link: Link,
    /// Everything up to here is gone.
    trimmed: u64,
    /// Everything up to here may go.
    trim_to: u64,
    /// Encoded readings; kept for its memory.
    bytes: Vec<u8>,
    /// Held as long as the journal is open: two writers would tear the chain.
    _lock: File,
}

impl Journal {
    /// Rows taken away with a commit while there are some: faster than rows come, and not felt.
    const TRIM_WITH_COMMIT: u64 = 4;
    /// Rows taken away at once when nothing else is to do: some milliseconds.
    const TRIM_AT_REST: u64 = 128;

    /// Opens the journal in a folder; makes it when it is new.
    ///
    /// # Errors
    /// When the folder or file cannot be used, another process uses it, or its end does not fit its chain.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(StoreError::file(folder))?;
        let lock = lock(folder)?;
        let file = folder.join(FILE);
        let db = db::open(&file, "", SCHEMA)?;
        shrink(&db)?;
        db.execute_batch("PRAGMA wal_autocheckpoint = 0;")?;
        let (trimmed, mut link) = trimmed(&db)?;
        let last: Option<i64> = db.query_row("SELECT max(seq) FROM turn", [], |row| row.get(0))?;
        let seq = last.map_or(trimmed, db::from_sql);
        let newest: Option<Vec<u8>> = db
            .query_row(
                "SELECT link FROM turn WHERE link IS NOT NULL ORDER BY seq DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(newest) = newest {
            link = Link::from_slice(&newest)?;
        }
        let checkpointer = Checkpointer::start(&file)?;
        Ok(Self {
            db,
            checkpointer,
            seq,
            link,
            trimmed,
            trim_to: 0,
            bytes: Vec::new(),
            _lock: lock,
        })
    }

    /// Writes a turn. On return it is on stable storage.
    ///
    /// # Errors
    /// When the disk fails or is full: nothing of the turn is kept.
    pub fn append(&mut self, turn: &Turn<'_>) -> Result<u64, StoreError> {
        let seq = self.seq + 1;
        let link = (!turn.acts.is_empty()).then(|| self.link.next(seq, turn.at, turn.acts));
        turn.readings.write(&mut self.bytes);
        self.checkpointer.finish(&self.db)?;
        if self.trimmed < self.trim_to {
            let to = self.trim_to.min(self.trimmed + Self::TRIM_WITH_COMMIT);
            self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            let done = insert(&self.db, seq, turn, &self.bytes, link.as_ref())
                .and_then(|()| trim(&self.db, to))
                .and_then(|()| Ok(self.db.prepare_cached("COMMIT")?.execute([])?));
            if let Err(error) = done {
                // Whether the rollback works or not, the writer is not used again after an error.
                drop(self.db.execute_batch("ROLLBACK"));
                return Err(error);
            }
            self.trimmed = to;
        } else {
            insert(&self.db, seq, turn, &self.bytes, link.as_ref())?;
        }
        self.checkpointer.wrote(self.bytes.len() + turn.acts.len());
        self.seq = seq;
        self.link = link.unwrap_or(self.link);
        Ok(seq)
    }

    /// Says that rows up to `seq` are not needed here any more. They go in small slices with later commits.
    pub fn trim_to(&mut self, seq: u64) {
        // The last row stays: it shows how far the numbers have come.
        self.trim_to = self.trim_to.max(seq.min(self.seq.saturating_sub(1)));
    }

    /// Housekeeping while nothing waits: takes a slice of rows away. Says whether there is more to do.
    ///
    /// # Errors
    /// When the disk fails: nothing is taken away.
    pub fn rest(&mut self) -> Result<bool, StoreError> {
        if self.trimmed < self.trim_to {
            let to = self.trim_to.min(self.trimmed + Self::TRIM_AT_REST);
            let tx = self.db.unchecked_transaction()?;
            trim(&tx, to)?;
            tx.commit()?;
            self.trimmed = to;
            self.checkpointer.wrote(0);
        }
        Ok(self.trimmed < self.trim_to)
    }

    /// Reads the turns after `after` back, in order; each link is checked.
    ///
    /// # Errors
    /// When a row cannot be read, is missing, or does not fit the chain; or what `each` says.
    pub fn replay<E: From<StoreError>>(
        &self,
        after: u64,
        mut each: impl FnMut(&StoredTurn<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if after < self.trimmed {
            let gone = format!("turns {} to {} are gone", after + 1, self.trimmed);
            return Err(StoreError::Damaged(gone).into());
        }
        reader::replay(&self.db, after, &mut each)
    }

    /// Whether a state of turn `seq`, with the end of the chain there, belongs to this journal.
    ///
    /// # Errors
    /// When the turn is not there or the chain was another one.
    pub fn check(&self, seq: u64, link: &Link) -> Result<(), StoreError> {
        if seq < self.trimmed || seq > self.seq {
            return Err(StoreError::Damaged(format!("turn {seq} is not in the journal")));
        }
        if reader::link_at(&self.db, seq)? != *link {
            return Err(StoreError::Damaged(format!("the chain before turn {seq} is another one")));
        }
        Ok(())
    }

    /// Number of the last turn.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.seq
    }

    /// End of the audit chain.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// Turns up to this one are no longer here.
    #[must_use]
    pub const fn trimmed(&self) -> u64 {
        self.trimmed
    }
}

fn insert(
    db: &Connection,
    seq: u64,
    turn: &Turn<'_>,
    readings: &[u8],
    link: Option<&Link>,
) -> Result<(), StoreError> {
    let span = turn.readings.span();
    db.prepare_cached(
        "INSERT INTO turn (seq, at, count, oldest, newest, readings, acts, link)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        db::to_sql(seq),
        turn.at.0,
        turn.readings.kept(),
        span.map(|(oldest, _)| oldest.0),
        span.map(|(_, newest)| newest.0),
        (!readings.is_empty()).then_some(readings),
        (!turn.acts.is_empty()).then_some(turn.acts),
        link.map(Link::as_bytes),
    ])?;
    Ok(())
}

/// Takes all rows up to `to` away, and notes the end of the chain there.
fn trim(db: &Connection, to: u64) -> Result<(), StoreError> {
    let to = db::to_sql(to);
    db.prepare_cached(
        "INSERT INTO trimmed (one, seq, link)
         SELECT 1, ?1, coalesce(
             (SELECT link FROM turn WHERE seq <= ?1 AND link IS NOT NULL ORDER BY seq DESC LIMIT 1),
             (SELECT link FROM trimmed), ?2)
         ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, link = excluded.link",
    )?
    .execute(params![to, Link::START.as_bytes()])?;
    db.prepare_cached("DELETE FROM turn WHERE seq <= ?1")?.execute([to])?;
    Ok(())
}

fn trimmed(db: &Connection) -> Result<(u64, Link), StoreError> {
    let row: Option<(i64, Vec<u8>)> = db
        .query_row("SELECT seq, link FROM trimmed", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match row {
        Some((seq, link)) => Ok((db::from_sql(seq), Link::from_slice(&link)?)),
        None => Ok((0, Link::START)),
    }
}

/// Gives back the room of rows that are gone, when it is most of the file. Only at the start: it writes what is left anew.
fn shrink(db: &Connection) -> Result<(), StoreError> {
    /// Pages worth the while: 16 MiB.
    const WORTH: i64 = 4096;
    let pages = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let free = pages("freelist_count")?;
    if free > WORTH && free > pages("page_count")? / 2 {
        db.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
    }
    Ok(())
}

pub(crate) fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("node.lock");
    let file = File::create(&path).map_err(StoreError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(StoreError::File { path, source }),
    }
}

#[cfg(test)]
mod tests;
