//! Proposals of dispatch (R12): the last one of each area as text, why it no longer holds, and which of its lines were accepted.
//!
//! A line belongs to the account that took it first, for ever: whatever the line does is done under that name and with one key, so
//! that it is done once, whoever asks how often.

use helan_kernel::{AreaCode, Ms};
use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS dispatch (
    id INTEGER PRIMARY KEY, area INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, body TEXT NOT NULL,
    stale_at INTEGER, stale TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS dispatch_area ON dispatch (area, id);
CREATE TABLE IF NOT EXISTS dispatch_line (
    proposal INTEGER NOT NULL REFERENCES dispatch (id), line INTEGER NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL,
    result TEXT, PRIMARY KEY (proposal, line)
) STRICT, WITHOUT ROWID;
";

/// Proposals of one area that are kept: what was proposed before a decision can be looked up for some days.
const KEPT: i64 = 200;

/// A proposal as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub id: u64,
    /// Area whose forces and incidents it is about.
    pub area: AreaCode,
    /// When it was made.
    pub at: Ms,
    /// Account that asked for it.
    pub by: String,
    /// What it says.
    pub body: String,
    /// Since when it no longer holds, and why; none while it does.
    pub stale: Option<(Ms, String)>,
}

/// A line that somebody accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Number of the line.
    pub line: u32,
    /// Account that took it first.
    pub by: String,
    /// When.
    pub at: Ms,
    /// What came of it; none while it is under way, or when nothing did.
    pub result: Option<String>,
}

const COLUMNS: &str = "id, area, at, by, body, stale_at, stale";

impl Desk {
    /// Keeps a proposal; the oldest of the area are forgotten. Gives its number.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_dispatch(
        &self,
        area: AreaCode,
        (at, by): (Ms, &str),
        body: &str,
    ) -> Result<u64, StoreError> {
        let mut db = self.db();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.prepare_cached("INSERT INTO dispatch (area, at, by, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![area.0, at.0, by, body])?;
        let id = tx.last_insert_rowid();
        let oldest: Option<i64> = tx
            .prepare_cached(
                "SELECT id FROM dispatch WHERE area = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2",
            )?
            .query_row(params![area.0, KEPT], |row| row.get(0))
            .optional()?;
        if let Some(oldest) = oldest {
            tx.prepare_cached(
                "DELETE FROM dispatch_line WHERE proposal IN (SELECT id FROM dispatch WHERE area = ?1 AND id <= ?2)",
            )?
            .execute(params![area.0, oldest])?;
            tx.prepare_cached("DELETE FROM dispatch WHERE area = ?1 AND id <= ?2")?
                .execute(params![area.0, oldest])?;
        }
        tx.commit()?;
        Ok(db::from_sql(id))
    }

    /// The last proposal of an area.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_dispatch(&self, area: AreaCode) -> Result<Option<Kept>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dispatch WHERE area = ?1 ORDER BY id DESC LIMIT 1"
        ))?;
        Ok(query.query_row([area.0], kept).optional()?)
    }

    /// The last proposals of all areas that nothing was said against yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn fresh_dispatches(&self) -> Result<Vec<Kept>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dispatch WHERE stale_at IS NULL AND id IN (SELECT max(id) FROM dispatch GROUP BY area)"
        ))?;
        let rows = query.query_map([], kept)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Says why a proposal no longer holds; what was said first stays.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stale_dispatch(&self, id: u64, at: Ms, why: &str) -> Result<(), StoreError> {
        self.db()
            .prepare_cached(
                "UPDATE dispatch SET stale_at = ?2, stale = ?3 WHERE id = ?1 AND stale_at IS NULL",
            )?
            .execute(params![db::to_sql(id), at.0, why])?;
        Ok(())
    }

    /// Takes a line for an account, or says who took it before.
    ///
    /// # Errors
    /// When the file fails.
    pub fn take_dispatch_line(
        &self,
        proposal: u64,
        line: u32,
        (by, at): (&str, Ms),
    ) -> Result<Taken, StoreError> {
        let mut db = self.db();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.prepare_cached(
            "INSERT OR IGNORE INTO dispatch_line (proposal, line, by, at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![db::to_sql(proposal), line, by, at.0])?;
        let taken = tx
            .prepare_cached(
                "SELECT line, by, at, result FROM dispatch_line WHERE proposal = ?1 AND line = ?2",
            )?
            .query_row(params![db::to_sql(proposal), line], taken)?;
        tx.commit()?;
        Ok(taken)
    }

    /// Writes down what came of a line that was taken.
    ///
    /// # Errors
    /// When the file fails.
    pub fn end_dispatch_line(
        &self,
        proposal: u64,
        line: u32,
        result: &str,
    ) -> Result<(), StoreError> {
        self.db()
            .prepare_cached(
                "UPDATE dispatch_line SET result = ?3 WHERE proposal = ?1 AND line = ?2",
            )?
            .execute(params![db::to_sql(proposal), line, result])?;
        Ok(())
    }

    /// The lines of a proposal that were taken.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn taken_dispatch_lines(&self, proposal: u64) -> Result<Vec<Taken>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(
            "SELECT line, by, at, result FROM dispatch_line WHERE proposal = ?1 ORDER BY line",
        )?;
        let rows = query.query_map([db::to_sql(proposal)], taken)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let stale: Option<i64> = row.get(5)?;
    let why = row.get(6)?;
    Ok(Kept {
        id: db::from_sql(row.get(0)?),
        area: AreaCode(row.get(1)?),
        at: Ms(row.get(2)?),
        by: row.get(3)?,
        body: row.get(4)?,
        stale: stale.map(|at| (Ms(at), why)),
    })
}

fn taken(row: &Row<'_>) -> rusqlite::Result<Taken> {
    Ok(Taken { line: row.get(0)?, by: row.get(1)?, at: Ms(row.get(2)?), result: row.get(3)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_once_and_the_last_proposal_counts() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let area = AreaCode(640_104_000);
        let keep = |body: &str| desk.keep_dispatch(area, (Ms(1), "duty"), body).unwrap();
        let first = keep("one");
        let last = keep("two");
        assert_eq!(desk.last_dispatch(area).unwrap().unwrap().body, "two");
        assert_eq!(desk.last_dispatch(AreaCode(640_105_000)).unwrap(), None);
        let fresh =
            || desk.fresh_dispatches().unwrap().iter().map(|kept| kept.id).collect::<Vec<_>>();
        assert_eq!(fresh(), [last]);
        desk.stale_dispatch(last, Ms(5), "roads").unwrap();
        desk.stale_dispatch(last, Ms(6), "team").unwrap();
        assert_eq!(desk.last_dispatch(area).unwrap().unwrap().stale, Some((Ms(5), "roads".into())));
        assert!(fresh().is_empty(), "an older one is not looked at any more");

        let take = |by: &str| desk.take_dispatch_line(first, 3, (by, Ms(2))).unwrap();
        assert_eq!((take("a").by, take("b").by), ("a".into(), "a".into()));
        assert_eq!(take("b").result, None, "under way");
        desk.end_dispatch_line(first, 3, "order 7").unwrap();
        assert_eq!(take("b").result.as_deref(), Some("order 7"));
        for _ in 0..KEPT {
            keep("more");
        }
        assert!(desk.taken_dispatch_lines(first).unwrap().is_empty(), "forgotten");
    }
}
