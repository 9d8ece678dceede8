//! Readings of one point over a span of time, also those that are not folded yet.

use helan_kernel::{Ms, PointId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{fold, positions};
use crate::{
    StoreError,
    codec::{
        BatchReader, Kept,
        chunk::{self, Sample},
    },
    db,
};

/// Readings of a point from `from` to `to` (both included), oldest first, `limit` at most.
///
/// The journal is looked at first and last: what it had at the beginning and has lost since is in the history by then.
pub(super) fn read(
    history: &Connection,
    journal: &Connection,
    point: PointId,
    from: Ms,
    to: Ms,
    limit: usize,
) -> Result<Vec<Sample>, StoreError> {
    let journal = journal.unchecked_transaction()?;
    journal.prepare_cached("SELECT 1 FROM turn LIMIT 1")?.query_row([], |_| Ok(())).optional()?;
    let (mut found, position) = {
        let history = history.unchecked_transaction()?;
        let position = positions(&history)?.readings;
        (folded(&history, point, from, to, limit)?, position)
    };
    // Beyond a page that is full nothing matters.
    let to = if found.len() < limit { to } else { found.last().map_or(to, |last| last.at) };
    let fresh = unfolded(&journal, position, point, from, to)?;
    if !fresh.is_empty() {
        found = fold::merge(found, &fresh);
        found.truncate(limit);
    }
    Ok(found)
}

fn folded(
    db: &Connection,
    point: PointId,
    from: Ms,
    to: Ms,
    limit: usize,
) -> Result<Vec<Sample>, StoreError> {
    let (lowest, highest) = fold::keys(point);
    let (mut found, mut one) = (Vec::new(), Vec::new());
    let mut select = db.prepare_cached(
        "SELECT last_at, data FROM chunk
         WHERE id BETWEEN coalesce(
             (SELECT max(id) FROM chunk WHERE id BETWEEN ?1 AND ?2), ?1) AND ?3 ORDER BY id",
    )?;
    let until = fold::key(point, to).min(highest);
    let mut rows = select.query(params![lowest, fold::key(point, from), until])?;
    let mut add = |data: &[u8]| -> Result<bool, StoreError> {
        one.clear();
        chunk::decode(data, &mut one)?;
        let begin = one.partition_point(|s| s.at < from);
        let end =
            one.partition_point(|s| s.at <= to).min(begin.saturating_add(limit - found.len()));
        found.extend_from_slice(one.get(begin..end).unwrap_or(&[]));
        Ok(found.len() >= limit)
    };
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(0)? >= from.0 && add(fold::blob(row, 1)?)? {
            return Ok(found);
        }
    }
    let mut select =
        db.prepare_cached("SELECT data FROM growing WHERE point = ?1 AND first_at <= ?2")?;
    let mut rows = select.query(params![point.0, to.0])?;
    if let Some(row) = rows.next()? {
        add(fold::blob(row, 0)?)?;
    }
    Ok(found)
}

/// In order of time; of two for the same moment the first that came.
fn unfolded(
    journal: &Connection,
    position: u64,
    point: PointId,
    from: Ms,
    to: Ms,
) -> Result<Vec<Sample>, StoreError> {
    let mut select = journal.prepare_cached(
        "SELECT readings FROM turn
         WHERE seq > ?1 AND count > 0 AND newest >= ?2 AND oldest <= ?3 ORDER BY seq",
    )?;
    let mut rows = select.query(params![db::to_sql(position), from.0, to.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut readings = BatchReader::new(fold::blob(row, 0)?)?;
        while let Some((reading, kept)) = readings.next_reading()? {
            let wanted = reading.point == point && from <= reading.at && reading.at <= to;
            if wanted && kept == Kept::Yes {
                let (at, value, quality) = (reading.at, reading.value, reading.quality);
                found.push(Sample { at, value, quality });
            }
        }
    }
    found.sort_by_key(|sample| sample.at);
    found.dedup_by_key(|sample| sample.at);
    Ok(found)
}
