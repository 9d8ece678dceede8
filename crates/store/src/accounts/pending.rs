//! What was done to accounts beside the running server, until it stands in the audit chain: the chain has one writer.

use helan_kernel::Ms;
use rusqlite::params;

use super::Accounts;
use crate::StoreError;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS pending_audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     BIGINT NOT NULL,
    what   TEXT NOT NULL,
    object TEXT NOT NULL
);
";

/// Something that was done, and that the audit chain does not hold yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Number.
    pub id: i64,
    /// When.
    pub at: Ms,
    /// What: a stable word.
    pub what: String,
    /// On what.
    pub object: String,
}

impl Accounts {
    /// Notes handed out at once; the others follow.
    pub const PENDING: u32 = 500;

    /// Leaves a note for the audit chain.
    ///
    /// # Errors
    /// When the database fails.
    pub fn leave_note(&self, what: &str, object: &str, now: Ms) -> Result<(), StoreError> {
        self.lock().execute(
            "INSERT INTO pending_audit (at, what, object) VALUES (?1, ?2, ?3)",
            params![now.0, what, object],
        )?;
        Ok(())
    }

    /// Notes that wait, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn pending(&self) -> Result<Vec<Pending>, StoreError> {
        let db = self.lock();
        let mut all = db.prepare_cached(
            "SELECT id, at, what, object FROM pending_audit ORDER BY id LIMIT ?1",
        )?;
        let rows = all.query_map([Self::PENDING], |row| {
            Ok(Pending {
                id: row.get(0)?,
                at: Ms(row.get(1)?),
                what: row.get(2)?,
                object: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets notes up to a number: the audit chain holds them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn noted(&self, last: i64) -> Result<(), StoreError> {
        self.lock().execute("DELETE FROM pending_audit WHERE id <= ?1", [last])?;
        Ok(())
    }
}
