//! Old readings go; records and the audit chain stay.

use helan_kernel::{Ms, PointId};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    Writer,
    fold::{self, Fold},
};
use crate::StoreError;

/// Points looked at in one transaction: some milliseconds.
const POINTS: usize = 256;

impl Writer {
    /// Takes readings older than `before` away, for the next points from `cursor` on: full chunks when their last reading is
    /// old, and single readings of the chunk that still grows. Gives where to go on; none when all points were looked at.
    ///
    /// # Errors
    /// When the database fails: then nothing is taken away.
    pub fn forget(&mut self, before: Ms, cursor: PointId) -> Result<Option<PointId>, StoreError> {
        let tx = self.db.transaction()?;
        let mut next = Some(cursor);
        for _ in 0..POINTS {
            let Some(from) = next else { break };
            let Some(point) = next_point(&tx, from, before)? else {
                next = None;
                break;
            };
            let (lowest, _) = fold::keys(point);
            tx.prepare_cached("DELETE FROM chunk WHERE id BETWEEN ?1 AND ?2 AND last_at < ?3")?
                .execute(params![lowest, fold::key(point, before), before.0])?;
            Fold::new(&tx).forget(point, before)?;
            next = point.0.checked_add(1).map(PointId);
        }
        tx.commit()?;
        Ok(next)
    }
}

/// The next point from `from` on that has full chunks, or old readings in the one that grows.
fn next_point(
    tx: &Transaction<'_>,
    from: PointId,
    before: Ms,
) -> Result<Option<PointId>, StoreError> {
    let full: Option<i64> = tx
        .prepare_cached("SELECT id FROM chunk WHERE id >= ?1 ORDER BY id LIMIT 1")?
        .query_row([fold::keys(from).0], |row| row.get(0))
        .optional()?;
    let growing: Option<u32> = tx
        .prepare_cached(
            "SELECT point FROM growing WHERE point >= ?1 AND first_at < ?2 ORDER BY point LIMIT 1",
        )?
        .query_row(params![from.0, before.0], |row| row.get(0))
        .optional()?;
    let full = full.and_then(|id| u32::try_from(id >> 32).ok());
    Ok(full.into_iter().chain(growing).min().map(PointId))
}
