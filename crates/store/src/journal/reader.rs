//! Reading the journal, also beside its writer.

use std::path::Path;

use helan_kernel::Ms;
use rusqlite::{Connection, Row};

use super::{FILE, Link, trimmed};
use crate::{
    StoreError,
    codec::{BatchReader, CodecError},
    db,
};

/// A turn as it is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredTurn<'a> {
    /// Number, from 1, without gaps.
    pub seq: u64,
    /// Moment of the turn.
    pub at: Ms,
    /// Readings that belong into the history.
    pub count: u32,
    /// Readings, encoded; see [`StoredTurn::readings`].
    pub batch: &'a [u8],
    /// Acts, as they were written.
    pub acts: &'a [u8],
    /// Link of the audit chain; none without acts.
    pub link: Option<Link>,
}

impl<'a> StoredTurn<'a> {
    /// The readings, in the order the engine saw them.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn readings(&self) -> Result<BatchReader<'a>, CodecError> {
        BatchReader::new(self.batch)
    }
}

pub(super) const COLUMNS: &str = "seq, at, count, readings, acts, link";

pub(super) fn turn_of<'a>(row: &'a Row<'_>) -> Result<StoredTurn<'a>, StoreError> {
    let blob = |at: usize| -> Result<Option<&'a [u8]>, StoreError> {
        row.get_ref(at)?
            .as_blob_or_null()
            .map_err(|error| StoreError::Damaged(format!("a turn of the journal: {error}")))
    };
    Ok(StoredTurn {
        seq: db::from_sql(row.get(0)?),
        at: Ms(row.get(1)?),
        count: row.get(2)?,
        batch: blob(3)?.unwrap_or(&[]),
        acts: blob(4)?.unwrap_or(&[]),
        link: blob(5)?.map(Link::from_slice).transpose()?,
    })
}

/// Gives every turn after `after` to `each`; checks that none is missing and that the links fit.
pub(super) fn replay<E: From<StoreError>>(
    db: &Connection,
    after: u64,
    each: &mut dyn FnMut(&StoredTurn<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut link = link_at(db, after)?;
    let mut expected = after + 1;
    let mut select = db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM turn WHERE seq > ?1 ORDER BY seq"))
        .map_err(StoreError::from)?;
    let mut rows = select.query([db::to_sql(after)]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        let turn = turn_of(row)?;
        if turn.seq != expected {
            return Err(StoreError::Damaged(format!("turn {expected} is missing")).into());
        }
        expected += 1;
        let due = (!turn.acts.is_empty()).then(|| link.next(turn.seq, turn.at, turn.acts));
        if due != turn.link {
            return Err(StoreError::Damaged(format!("turn {} was changed", turn.seq)).into());
        }
        link = due.unwrap_or(link);
        each(&turn)?;
    }
    Ok(())
}

/// The end of the chain after turn `seq`.
pub(super) fn link_at(db: &Connection, seq: u64) -> Result<Link, StoreError> {
    let mut select = db.prepare_cached(
        "SELECT link FROM turn WHERE seq <= ?1 AND link IS NOT NULL ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = select.query([db::to_sql(seq)])?;
    match rows.next()? {
        Some(row) => Link::from_slice(&row.get::<_, Vec<u8>>(0)?),
        None => Ok(trimmed(db)?.1),
    }
}

/// Reads the journal beside its writer.
#[derive(Debug)]
pub struct JournalReader {
    db: Connection,
}

impl JournalReader {
    /// Opens the journal of a folder for reading.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { db: db::open_reader(&folder.join(FILE))? })
    }

    /// Number of the last turn; 0 before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn last(&self) -> Result<u64, StoreError> {
        let last: Option<i64> =
            self.db.prepare_cached("SELECT max(seq) FROM turn")?.query_row([], |row| row.get(0))?;
        Ok(last.map_or(trimmed(&self.db)?.0, db::from_sql))
    }

    /// Where the journal begins: the number of the last turn that is gone, and the end of the chain there.
    ///
    /// # Errors
    /// When the database fails.
    pub fn trimmed(&self) -> Result<(u64, Link), StoreError> {
        trimmed(&self.db)
    }

    /// The end of the chain after turn `seq`, which must not be among those that are gone.
    pub(crate) fn link_at(&self, seq: u64) -> Result<Link, StoreError> {
        link_at(&self.db, seq)
    }

    /// Gives turns after `after` to `each`, in order, until it says that it has enough.
    ///
    /// # Errors
    /// When a row cannot be read; or what `each` says.
    pub fn read<E: From<StoreError>>(
        &self,
        after: u64,
        mut each: impl FnMut(&StoredTurn<'_>) -> Result<Enough, E>,
    ) -> Result<(), E> {
        let mut select = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM turn WHERE seq > ?1 ORDER BY seq"))
            .map_err(StoreError::from)?;
        let mut rows = select.query([db::to_sql(after)]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            if each(&turn_of(row)?)? == Enough::Yes {
                break;
            }
        }
        Ok(())
    }

    /// The connection, for queries of this crate.
    pub(crate) const fn db(&self) -> &Connection {
        &self.db
    }
}

/// Whether a reader wants no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enough {
    /// It has enough.
    Yes,
    /// The next, please.
    No,
}
