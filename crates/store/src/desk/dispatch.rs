//! Proposals of dispatch (R12): the last one of each area as text, why it no longer holds, and which of its lines were accepted.
//!
//! A line belongs to the account that took it first, for ever: whatever the line does is done under that name and with one key, so
//! that it is done once, whoever asks how often.
//!
//! A proposal is made of what was read before it is kept. [`Desk::dispatch_stamp`] tells whether an order or a promise was written in
//! between, and [`Desk::dispatch_turn`] keeps accepting and keeping apart.

use std::sync::{MutexGuard, PoisonError};

use helan_kernel::{AreaCode, Ms};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

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
CREATE TABLE IF NOT EXISTS dispatch_beds (
    id INTEGER PRIMARY KEY, proposal INTEGER NOT NULL, line INTEGER NOT NULL, incident INTEGER NOT NULL, rule TEXT NOT NULL,
    hospital TEXT NOT NULL, ward TEXT NOT NULL, beds INTEGER NOT NULL, at INTEGER NOT NULL, UNIQUE (proposal, line)
) STRICT;
CREATE INDEX IF NOT EXISTS dispatch_beds_incident ON dispatch_beds (incident);
";

/// Proposals of one area that are kept: what was proposed before a decision can be looked up for some days.
const KEPT: i64 = 200;

/// Promises of beds are kept for so long: no incident asks for beds longer.
const BEDS_KEPT: Ms = Ms::seconds(31 * 24 * 3600);

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

/// What had been written of orders and promises at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    step: i64,
    movement: i64,
    beds: i64,
}

/// Beds that somebody promised to patients of an incident. The hospital is told; its own word on free beds is what counts after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BedsPromised {
    /// For which incident.
    pub incident: u64,
    /// Key of the rule that asked for them.
    pub rule: String,
    /// Key of the hospital.
    pub hospital: String,
    /// Ward.
    pub ward: String,
    /// How many.
    pub beds: u32,
    /// When.
    pub at: Ms,
}

fn stamp(db: &Connection) -> Result<Stamp, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT (SELECT coalesce(max(id), 0) FROM force_step), (SELECT coalesce(max(id), 0) FROM stock_move),
         (SELECT coalesce(max(id), 0) FROM dispatch_beds)",
    )?;
    let read =
        |row: &Row<'_>| Ok(Stamp { step: row.get(0)?, movement: row.get(1)?, beds: row.get(2)? });
    Ok(query.query_row([], read)?)
}

const COLUMNS: &str = "id, area, at, by, body, stale_at, stale";

impl Desk {
    /// Waits until nobody else keeps a proposal or accepts a line.
    pub fn dispatch_turn(&self) -> MutexGuard<'_, ()> {
        self.dispatching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has been written of orders and promises: another one after each.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn dispatch_stamp(&self) -> Result<Stamp, StoreError> {
        stamp(&self.db())
    }

    /// Keeps a proposal that was made of what was read after a stamp; the oldest of the area are forgotten. Gives its number; none when an
    /// order or a promise was written since: it would give away what is gone.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_dispatch(
        &self,
        area: AreaCode,
        (at, by): (Ms, &str),
        body: &str,
        read: Stamp,
    ) -> Result<Option<u64>, StoreError> {
        let mut db = self.db();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if stamp(&tx)? != read {
            return Ok(None);
        }
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
        Ok(Some(db::from_sql(id)))
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

    /// Number of the last proposal of an area.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_dispatch_id(&self, area: AreaCode) -> Result<Option<u64>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT max(id) FROM dispatch WHERE area = ?1")?;
        let id: Option<i64> = query.query_row([area.0], |row| row.get(0))?;
        Ok(id.map(db::from_sql))
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

    /// Notes that the beds of a line are promised, once. What is older than any incident is forgotten.
    ///
    /// # Errors
    /// When the file fails.
    pub fn promise_beds(
        &self,
        (proposal, line): (u64, u32),
        beds: &BedsPromised,
    ) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached("DELETE FROM dispatch_beds WHERE at < ?1")?
            .execute([beds.at.0.saturating_sub(BEDS_KEPT.0)])?;
        db.prepare_cached(
                "INSERT OR IGNORE INTO dispatch_beds (proposal, line, incident, rule, hospital, ward, beds, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                db::to_sql(proposal),
                line,
                db::to_sql(beds.incident),
                beds.rule,
                beds.hospital,
                beds.ward,
                beds.beds,
                beds.at.0
            ])?;
        Ok(())
    }

    /// Beds that were promised for an incident, or for all since a moment.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn promised_beds(
        &self,
        incident: Option<u64>,
        since: Ms,
    ) -> Result<Vec<BedsPromised>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(
            "SELECT incident, rule, hospital, ward, beds, at FROM dispatch_beds
             WHERE (?1 IS NULL OR incident = ?1) AND at >= ?2 ORDER BY at, proposal, line",
        )?;
        let rows = query.query_map(params![incident.map(db::to_sql), since.0], |row| {
            Ok(BedsPromised {
                incident: db::from_sql(row.get(0)?),
                rule: row.get(1)?,
                hospital: row.get(2)?,
                ward: row.get(3)?,
                beds: row.get(4)?,
                at: Ms(row.get(5)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
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
        let keep = |body: &str| {
            let stamp = desk.dispatch_stamp().unwrap();
            desk.keep_dispatch(area, (Ms(1), "duty"), body, stamp).unwrap().unwrap()
        };
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

    #[test]
    fn a_proposal_is_not_kept_when_an_order_was_written_since_it_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let area = AreaCode(640_104_000);
        let keep = |read| desk.keep_dispatch(area, (Ms(1), "duty"), "", read).unwrap();
        let read = desk.dispatch_stamp().unwrap();
        let first = keep(read).expect("kept");
        assert_eq!(desk.last_dispatch_id(area).unwrap(), Some(first));
        let beds = BedsPromised {
            incident: 7,
            rule: "burn-beds".into(),
            hospital: "h1".into(),
            ward: "all".into(),
            beds: 3,
            at: Ms(5),
        };
        for _ in 0..2 {
            desk.promise_beds((first, 1), &beds).unwrap();
        }
        assert_eq!(keep(read), None);
        assert_eq!(desk.promised_beds(Some(7), Ms(0)).unwrap(), [beds], "once");
        assert!(desk.promised_beds(None, Ms(6)).unwrap().is_empty());
        assert!(desk.promised_beds(Some(8), Ms(0)).unwrap().is_empty());
        let read = desk.dispatch_stamp().unwrap();
        assert_eq!(keep(read), Some(first + 1));
    }
}
