//! How observations and outlines are written: rings as lists of lists of corners, a place as an object.

use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::Row;

use super::{Observed, Seen};
use crate::{StoreError, db};

/// An observation as it is stored; what was seen is still to be read.
pub(super) struct Raw {
    /// Everything else; no ground.
    pub(super) about: Observed,
    seen: String,
}

impl Raw {
    /// The observation.
    pub(super) fn read(self) -> Result<Observed, StoreError> {
        let seen = match self.seen.starts_with('[') {
            true => Seen::Ground(read(&self.seen)?),
            false => place(&self.seen).map(|(at, holds)| Seen::Place { at, holds })?,
        };
        Ok(Observed { seen, ..self.about })
    }
}

/// A row of [`super::OBSERVED`].
pub(super) fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let withdrawn: Option<i64> = row.get(12)?;
    let by: Option<String> = row.get(13)?;
    let corrected_by: Option<i64> = row.get(14)?;
    let about = Observed {
        id: db::from_sql(row.get(0)?),
        incident: db::from_sql(row.get(1)?),
        area: AreaCode(row.get(2)?),
        drill: row.get(3)?,
        policy: row.get(4)?,
        level: row.get(5)?,
        at: Ms(row.get(6)?),
        seen: Seen::Ground(Vec::new()),
        means: row.get(8)?,
        note: row.get(9)?,
        by: row.get(10)?,
        told: Ms(row.get(11)?),
        withdrawn: withdrawn
            .map(|at| (Ms(at), by.unwrap_or_default(), corrected_by.map(db::from_sql))),
        judged: row.get(15)?,
    };
    Ok(Raw { about, seen: row.get(7)? })
}

/// Corners of what was seen; 0 of a place.
pub(super) fn corners(seen: &Seen) -> i64 {
    let corners = match seen {
        Seen::Ground(rings) => rings.iter().map(Vec::len).sum(),
        Seen::Place { .. } => 0,
    };
    i64::try_from(corners).unwrap_or(i64::MAX)
}

pub(super) fn written(rings: &[Vec<Position>]) -> Result<String, StoreError> {
    let rings: Vec<Vec<[f64; 2]>> =
        rings.iter().map(|ring| ring.iter().map(|at| [at.lon, at.lat]).collect()).collect();
    serde_json::to_string(&rings).map_err(|e| StoreError::Damaged(e.to_string()))
}

pub(super) fn read(text: &str) -> Result<Vec<Vec<Position>>, StoreError> {
    let rings: Vec<Vec<[f64; 2]>> =
        serde_json::from_str(text).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let ring = |ring: Vec<[f64; 2]>| {
        ring.into_iter().map(|[lon, lat]| Position { lon, lat }).collect::<Vec<_>>()
    };
    Ok(rings.into_iter().map(ring).collect())
}

/// Rings as lists; a place as an object.
pub(super) fn seen_written(seen: &Seen) -> Result<String, StoreError> {
    match seen {
        Seen::Ground(rings) => written(rings),
        Seen::Place { at, holds } => {
            Ok(serde_json::json!({ "at": [at.lon, at.lat], "holds": holds }).to_string())
        }
    }
}

/// A place, and whether the level was reached there.
pub(super) fn place(text: &str) -> Result<(Position, bool), StoreError> {
    let damaged = || StoreError::Damaged("an observed place".to_owned());
    let place: serde_json::Value = serde_json::from_str(text).map_err(|_bad| damaged())?;
    let at = |number: usize| place.get("at")?.get(number)?.as_f64();
    let holds = place.get("holds").and_then(serde_json::Value::as_bool);
    let ((lon, lat), holds) = at(0).zip(at(1)).zip(holds).ok_or_else(damaged)?;
    Ok((Position { lon, lat }, holds))
}
