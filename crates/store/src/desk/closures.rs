//! Roads that people closed: an area, why, by whom, and until when.

use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::{OptionalExtension, Row, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS road_closure (
    id INTEGER PRIMARY KEY, area INTEGER NOT NULL, incident INTEGER, reason TEXT NOT NULL, by TEXT NOT NULL,
    at INTEGER NOT NULL, until INTEGER NOT NULL, ring TEXT NOT NULL, opened_at INTEGER, opened_by TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS road_closure_until ON road_closure (until);
";

/// Closures at once: each is taken into every class of vehicles, and somebody drew each by hand.
pub const MOST_CLOSURES: i64 = 2_000;

/// Roads of an area that are closed.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadClosure {
    /// Its number; 0 before it is stored.
    pub id: u64,
    /// Area it belongs to.
    pub area: AreaCode,
    /// Number of the incident that it is for; none when it is for none.
    pub incident: Option<u64>,
    /// Why.
    pub reason: String,
    /// Account that closed it.
    pub by: String,
    /// When.
    pub at: Ms,
    /// Until when.
    pub until: Ms,
    /// What is closed: every road that touches this ring.
    pub ring: Vec<Position>,
}

const COLUMNS: &str = "id, area, incident, reason, by, at, until, ring";

impl Desk {
    /// Closes roads; gives the number.
    ///
    /// # Errors
    /// When the disk fails, or too many are closed.
    pub fn close_roads(&self, closure: &RoadClosure) -> Result<u64, StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        let open: i64 = tx.query_row(
            "SELECT COUNT(*) FROM road_closure WHERE opened_at IS NULL AND until > ?1",
            [closure.at.0],
            |row| row.get(0),
        )?;
        if open >= MOST_CLOSURES {
            return Err(StoreError::TooMany("road closures hold"));
        }
        let ring: Vec<[f64; 2]> = closure.ring.iter().map(|at| [at.lon, at.lat]).collect();
        tx.execute(
            "INSERT INTO road_closure (area, incident, reason, by, at, until, ring) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                closure.area.0,
                closure.incident.map(db::to_sql),
                closure.reason,
                closure.by,
                closure.at.0,
                closure.until.0,
                serde_json::to_string(&ring).map_err(|e| StoreError::Damaged(e.to_string()))?
            ],
        )?;
        let id = tx.last_insert_rowid();
        tx.commit()?;
        Ok(db::from_sql(id))
    }

    /// Opens roads again; false when they were not closed.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn open_roads(&self, id: u64, by: &str, at: Ms) -> Result<bool, StoreError> {
        let done = self.db().execute(
            "UPDATE road_closure SET opened_at = ?2, opened_by = ?3 WHERE id = ?1 AND opened_at IS NULL AND until > ?2",
            params![db::to_sql(id), at.0, by],
        )?;
        Ok(done > 0)
    }

    /// What is closed at a moment in an area.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn road_closures(&self, area: AreaCode, now: Ms) -> Result<Vec<RoadClosure>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM road_closure
             WHERE opened_at IS NULL AND until > ?1 AND area BETWEEN ?2 AND ?3 ORDER BY id"
        ))?;
        let rows = query.query_map(params![now.0, area.0, area.last().0], closure)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// A closure that holds.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn road_closure(&self, id: u64, now: Ms) -> Result<Option<RoadClosure>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM road_closure WHERE id = ?1 AND opened_at IS NULL AND until > ?2"
        ))?;
        query.query_row(params![db::to_sql(id), now.0], closure).optional().map_err(Into::into)
    }
}

fn closure(row: &Row<'_>) -> rusqlite::Result<RoadClosure> {
    let ring: String = row.get(7)?;
    let ring: Vec<[f64; 2]> = serde_json::from_str(&ring).unwrap_or_default();
    Ok(RoadClosure {
        id: db::from_sql(row.get(0)?),
        area: AreaCode(row.get(1)?),
        incident: row.get::<_, Option<i64>>(2)?.map(db::from_sql),
        reason: row.get(3)?,
        by: row.get(4)?,
        at: Ms(row.get(5)?),
        until: Ms(row.get(6)?),
        ring: ring.into_iter().map(|[lon, lat]| Position { lon, lat }).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_is_open_again_in_time_or_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let at = |lon, lat| Position { lon, lat };
        let mut closure = RoadClosure {
            id: 0,
            area: AreaCode(640_104_001),
            incident: Some(7),
            reason: "ammonia".into(),
            by: "duty".into(),
            at: Ms(1_000),
            until: Ms(2_000),
            ring: vec![at(106.0, 38.0), at(106.1, 38.0), at(106.0, 38.1)],
        };
        closure.id = desk.close_roads(&closure).unwrap();
        let closed = |area: u32, now: i64| desk.road_closures(AreaCode(area), Ms(now)).unwrap();
        assert_eq!(closed(640_104_000, 1_500), [closure.clone()]);
        assert!(closed(640_105_000, 1_500).is_empty());
        assert!(closed(640_104_000, 2_000).is_empty());
        assert!(desk.open_roads(closure.id, "duty", Ms(1_600)).unwrap());
        assert!(!desk.open_roads(closure.id, "duty", Ms(1_700)).unwrap());
        assert!(closed(640_104_000, 1_700).is_empty());
        assert_eq!(desk.road_closure(closure.id, Ms(1_700)).unwrap(), None);
    }
}
