//! Old readings go; records and the audit chain stay.

use helan_kernel::{Ms, PointId};
use rusqlite::{OptionalExtension, params};

use super::{Writer, fold};
use crate::StoreError;

/// Points looked at in one transaction: some milliseconds.
const POINTS: usize = 256;

impl Writer {
    /// Takes full chunks away whose last reading is older than `before`, for the next points from `cursor` on. Gives where to
    /// go on; none when all points were looked at.
    ///
    /// # Errors
    /// When the database fails: then nothing is taken away.
    pub fn forget(&mut self, before: Ms, cursor: PointId) -> Result<Option<PointId>, StoreError> {
        let tx = self.db.transaction()?;
        let mut next = Some(cursor);
        for _ in 0..POINTS {
            let Some(from) = next else { break };
            let found: Option<i64> = tx
                .prepare_cached("SELECT id FROM chunk WHERE id >= ?1 ORDER BY id LIMIT 1")?
                .query_row([fold::keys(from).0], |row| row.get(0))
                .optional()?;
            next = None;
            if let Some(point) = found.and_then(|id| u32::try_from(id >> 32).ok()) {
                let (lowest, _) = fold::keys(PointId(point));
                tx.prepare_cached("DELETE FROM chunk WHERE id BETWEEN ?1 AND ?2 AND last_at < ?3")?
                    .execute(params![lowest, fold::key(PointId(point), before), before.0])?;
                next = point.checked_add(1).map(PointId);
            }
        }
        tx.commit()?;
        Ok(next)
    }
}
