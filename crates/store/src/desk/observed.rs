//! What people saw of a danger on the ground, and how the outlines that were foretold lie on it.
//!
//! A forecast of ground is one of `forecast.rs` without values; its outlines are kept here. Each pair of a forecast and an observation
//! is judged once. An observation that is withdrawn takes its pairs along, and those that were compared with it are judged anew.

mod judge;
#[cfg(test)]
mod tests;

use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Desk,
    forecast::{self, DRILLS_KEPT_FOR, Forecast, KEPT_FOR},
};
use crate::{StoreError, db};

pub use judge::{GroundPair, Speaks, Waiting};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS observed (
    id           INTEGER PRIMARY KEY,
    incident     INTEGER NOT NULL,
    area         INTEGER NOT NULL,
    drill        INTEGER NOT NULL,
    policy       TEXT NOT NULL,
    level        TEXT NOT NULL,
    at           INTEGER NOT NULL,
    seen         TEXT NOT NULL,
    means        TEXT NOT NULL,
    note         TEXT NOT NULL,
    by           TEXT NOT NULL,
    told         INTEGER NOT NULL,
    judged       INTEGER NOT NULL DEFAULT 0,
    withdrawn_at INTEGER,
    withdrawn_by TEXT,
    corrected_by INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS observed_of ON observed (incident, at);
CREATE INDEX IF NOT EXISTS observed_open ON observed (id) WHERE judged = 0 AND withdrawn_at IS NULL;
CREATE TABLE IF NOT EXISTS ground_outline (
    forecast INTEGER NOT NULL REFERENCES forecast (id) ON DELETE CASCADE,
    after_s  REAL NOT NULL,
    rings    TEXT NOT NULL,
    PRIMARY KEY (forecast, after_s)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ground_pair (
    forecast  INTEGER NOT NULL REFERENCES forecast (id) ON DELETE CASCADE,
    observed  INTEGER NOT NULL REFERENCES observed (id) ON DELETE CASCADE,
    after_s   REAL NOT NULL,
    place     INTEGER NOT NULL,
    foretold  REAL NOT NULL,
    came      REAL NOT NULL,
    missed    REAL,
    in_vain   REAL,
    reference INTEGER,
    before    REAL,
    PRIMARY KEY (forecast, observed)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ground_over (
    incident INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (incident, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ground_pair_of ON ground_pair (observed);
CREATE INDEX IF NOT EXISTS ground_pair_reference ON ground_pair (reference) WHERE reference IS NOT NULL;
";

/// What forecasts of ground foretell, as it is written in [`Forecast::what`].
pub const GROUND: &str = "ground";
/// The same judged by single places.
pub const GROUND_PLACE: &str = "ground-place";
/// Prefix of the key of a policy among the devices of forecasts.
pub const POLICY: &str = "policy:";
/// Observations of one incident: one every quarter of an hour for five days; each is judged against every version that speaks of it.
pub const MOST_OBSERVED: i64 = 500;
/// Pairs of one incident that are told at once: ten observations of a fire with a hundred turns of the wind, and as many again.
pub const MOST_PAIRS: i64 = 2_000;
/// Forecasts of ground of one incident: six levels through some hundred turns of the wind. Those of a fire have up to 36 outlines.
const MOST_GROUND: i64 = 1_000;
/// How an outline without a time of its own is written: it holds as long as the area stands.
const STANDS: f64 = -1.0;
/// An outline speaks of so many seconds before and after its moment: half the distance of two moments of a fire of three hours.
const NEAR_S: i64 = 180;
/// And of so large a part of the time that it looks ahead, as one in so many: a front that is a twentieth late is no other front.
const NEAR_PART: i64 = 20;

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// The level was reached inside of these rings and nowhere else.
    Ground(Vec<Vec<Position>>),
    /// At this place it was reached, or not.
    Place {
        /// Where.
        at: Position,
        /// Whether it was reached.
        holds: bool,
    },
}

/// An observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Number; 0 before it is kept.
    pub id: u64,
    /// Incident.
    pub incident: u64,
    /// Its area.
    pub area: AreaCode,
    /// Whether it belongs to a drill.
    pub drill: bool,
    /// Key of the policy whose danger it is.
    pub policy: String,
    /// The level; of levels with a time (`burnt-60-min`) the part without it (`burnt`).
    pub level: String,
    /// When it was so.
    pub at: Ms,
    /// What was seen.
    pub seen: Seen,
    /// By what means.
    pub means: String,
    /// More of it; may be empty.
    pub note: String,
    /// Account of who told it.
    pub by: String,
    /// When it was told.
    pub told: Ms,
    /// When, and by whom it was withdrawn, and by which other one it was corrected.
    pub withdrawn: Option<(Ms, String, Option<u64>)>,
}

/// Where a level holds by a forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// So many seconds after the forecast was made; none: from then on, as long as the area stands.
    pub after_s: Option<f64>,
    /// Rings; none when it is reached nowhere.
    pub rings: Vec<Vec<Position>>,
}

const OBSERVED: &str = "id, incident, area, drill, policy, level, at, seen, means, note, by, told,
    withdrawn_at, withdrawn_by, corrected_by";

impl Desk {
    /// Whether the ground of a version of a danger is kept.
    ///
    /// # Errors
    /// When the file fails.
    pub fn knows_ground(
        &self,
        incident: u64,
        policy: &str,
        version: u32,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM forecast
            WHERE incident = ?1 AND device = ?2 AND version = ?3 AND what = ?4";
        let device = format!("{POLICY}{policy}");
        let of = params![db::to_sql(incident), device, version, GROUND];
        let count: i64 = self.db().prepare_cached(sql)?.query_row(of, |row| row.get(0))?;
        Ok(count > 0)
    }

    /// Keeps forecasts of ground with their outlines, each once as [`Desk::keep_forecasts`] does. Observations that they speak of
    /// wait to be judged again.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_ground(&self, all: &[(Forecast, Vec<Outline>)]) -> Result<usize, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let mut new = 0;
        for (forecast, outlines) in all {
            let count: i64 = change
                .prepare_cached("SELECT count(*) FROM forecast WHERE incident = ?1 AND what = ?2")?
                .query_row(params![db::to_sql(forecast.incident), GROUND], |row| row.get(0))?;
            if count >= MOST_GROUND {
                break;
            }
            let Some(id) = forecast::keep(&change, forecast)? else { continue };
            new += 1;
            for outline in outlines {
                let sql = "INSERT OR IGNORE INTO ground_outline (forecast, after_s, rings) VALUES (?1, ?2, ?3)";
                let after_s = outline.after_s.unwrap_or(STANDS);
                change.prepare_cached(sql)?.execute(params![
                    id,
                    after_s,
                    written(&outline.rings)?
                ])?;
            }
            let sql = "UPDATE observed SET judged = 0 WHERE incident = ?1 AND level = ?2 AND ?3 = ?4 || policy
                AND at >= ?5 AND withdrawn_at IS NULL";
            change.prepare_cached(sql)?.execute(params![
                db::to_sql(forecast.incident),
                forecast.detail,
                forecast.device,
                POLICY,
                forecast.at.0
            ])?;
        }
        change.commit()?;
        Ok(new)
    }

    /// Notes that the dangers of an incident were over at a moment, once until they are made anew.
    ///
    /// # Errors
    /// When the file fails.
    pub fn ground_over(&self, incident: u64, at: Ms) -> Result<(), StoreError> {
        let sql = "INSERT INTO ground_over (incident, at) SELECT ?1, ?2
            WHERE EXISTS (SELECT 1 FROM forecast WHERE incident = ?1 AND what = ?3)
            AND NOT EXISTS (SELECT 1 FROM ground_over WHERE incident = ?1
                AND at >= (SELECT max(at) FROM forecast WHERE incident = ?1 AND what = ?3))
            ON CONFLICT DO NOTHING";
        let of = params![db::to_sql(incident), at.0, GROUND];
        self.db().prepare_cached(sql)?.execute(of)?;
        Ok(())
    }

    /// When the dangers of an incident were over, oldest first: mostly once.
    ///
    /// # Errors
    /// When the file fails.
    pub fn grounds_over(&self, incident: u64) -> Result<Vec<Ms>, StoreError> {
        let db = self.db();
        let mut select =
            db.prepare_cached("SELECT at FROM ground_over WHERE incident = ?1 ORDER BY at")?;
        let rows = select.query_map([db::to_sql(incident)], |row| Ok(Ms(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps an observation, and withdraws the one that it corrects. Gives its number, when the same was told before that of then;
    /// none when the one to correct is not there.
    ///
    /// # Errors
    /// When the file fails, or the incident has too many.
    pub fn observe(
        &self,
        observed: &Observed,
        corrects: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let incident = db::to_sql(observed.incident);
        let count: i64 = change
            .prepare_cached("SELECT count(*) FROM observed WHERE incident = ?1")?
            .query_row([incident], |row| row.get(0))?;
        if count >= MOST_OBSERVED {
            return Err(StoreError::TooMany("observations of one incident"));
        }
        let seen = seen_written(&observed.seen)?;
        let known: Option<i64> = change
            .prepare_cached(
                "SELECT id FROM observed WHERE incident = ?1 AND policy = ?2 AND level = ?3 AND at = ?4 AND seen = ?5
                 AND withdrawn_at IS NULL",
            )?
            .query_row(
                params![incident, observed.policy, observed.level, observed.at.0, seen],
                |row| row.get(0),
            )
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => insert(&change, observed, &seen)?,
        };
        if let Some(old) = corrects.filter(|old| db::to_sql(*old) != id) {
            let by = (observed.told, observed.by.as_str(), Some(id));
            if !withdraw(&change, (incident, db::to_sql(old)), by)? {
                return Ok(None);
            }
        }
        change.commit()?;
        Ok(Some(db::from_sql(id)))
    }

    /// Withdraws an observation of an incident; false when it is not there, or was withdrawn before.
    ///
    /// # Errors
    /// When the file fails.
    pub fn withdraw_observed(
        &self,
        incident: u64,
        id: u64,
        by: &str,
        at: Ms,
    ) -> Result<bool, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let which = (db::to_sql(incident), db::to_sql(id));
        let done = withdraw(&change, which, (at, by, None))?;
        change.commit()?;
        Ok(done)
    }

    /// All observations of an incident, those that were withdrawn too, by the moment of which they speak.
    ///
    /// # Errors
    /// When the file fails.
    pub fn observed(&self, incident: u64) -> Result<Vec<Observed>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {OBSERVED} FROM observed WHERE incident = ?1 ORDER BY at, id");
        let mut select = db.prepare_cached(&sql)?;
        let rows = select.query_map([db::to_sql(incident)], observed)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes away observations that are older than forecasts are kept.
    ///
    /// # Errors
    /// When the file fails.
    pub fn prune_observed(&self, now: Ms) -> Result<usize, StoreError> {
        let sql = "DELETE FROM observed WHERE told < ?1 OR (told < ?2 AND drill = 1)";
        let [real, drills] = [KEPT_FOR, DRILLS_KEPT_FOR].map(|span| now.0.saturating_sub(span.0));
        let db = self.db();
        db.prepare_cached("DELETE FROM ground_over WHERE at < ?1")?.execute([real])?;
        Ok(db.prepare_cached(sql)?.execute([real, drills])?)
    }
}

fn insert(change: &Connection, observed: &Observed, seen: &str) -> Result<i64, StoreError> {
    let sql = "INSERT INTO observed (incident, area, drill, policy, level, at, seen, means, note, by, told)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    change.prepare_cached(sql)?.execute(params![
        db::to_sql(observed.incident),
        observed.area.0,
        observed.drill,
        observed.policy,
        observed.level,
        observed.at.0,
        seen,
        observed.means,
        observed.note,
        observed.by,
        observed.told.0
    ])?;
    Ok(change.last_insert_rowid())
}

fn withdraw(
    change: &Connection,
    (incident, id): (i64, i64),
    (at, by, corrected_by): (Ms, &str, Option<i64>),
) -> Result<bool, StoreError> {
    let sql = "UPDATE observed SET withdrawn_at = ?3, withdrawn_by = ?4, corrected_by = ?5
        WHERE id = ?1 AND incident = ?2 AND withdrawn_at IS NULL";
    let done =
        change.prepare_cached(sql)?.execute(params![id, incident, at.0, by, corrected_by])?;
    if done == 0 {
        return Ok(false);
    }
    let again = "UPDATE observed SET judged = 0
        WHERE id IN (SELECT observed FROM ground_pair WHERE reference = ?1)";
    change.prepare_cached(again)?.execute([id])?;
    let gone = "DELETE FROM ground_pair WHERE observed = ?1 OR reference = ?1";
    change.prepare_cached(gone)?.execute([id])?;
    Ok(true)
}

fn written(rings: &[Vec<Position>]) -> Result<String, StoreError> {
    let rings: Vec<Vec<[f64; 2]>> =
        rings.iter().map(|ring| ring.iter().map(|at| [at.lon, at.lat]).collect()).collect();
    serde_json::to_string(&rings).map_err(|e| StoreError::Damaged(e.to_string()))
}

fn read(text: &str) -> Result<Vec<Vec<Position>>, StoreError> {
    let rings: Vec<Vec<[f64; 2]>> =
        serde_json::from_str(text).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let ring = |ring: Vec<[f64; 2]>| {
        ring.into_iter().map(|[lon, lat]| Position { lon, lat }).collect::<Vec<_>>()
    };
    Ok(rings.into_iter().map(ring).collect())
}

/// Rings as lists; a place as an object.
fn seen_written(seen: &Seen) -> Result<String, StoreError> {
    match seen {
        Seen::Ground(rings) => written(rings),
        Seen::Place { at, holds } => {
            Ok(serde_json::json!({ "at": [at.lon, at.lat], "holds": holds }).to_string())
        }
    }
}

fn seen_read(text: &str) -> Result<Seen, StoreError> {
    if text.starts_with('[') {
        return read(text).map(Seen::Ground);
    }
    let damaged = || StoreError::Damaged("an observed place".to_owned());
    let place: serde_json::Value = serde_json::from_str(text).map_err(|_bad| damaged())?;
    let at = |number: usize| place.get("at")?.get(number)?.as_f64();
    let holds = place.get("holds").and_then(serde_json::Value::as_bool);
    let ((lon, lat), holds) = at(0).zip(at(1)).zip(holds).ok_or_else(damaged)?;
    Ok(Seen::Place { at: Position { lon, lat }, holds })
}

fn observed(row: &Row<'_>) -> rusqlite::Result<Observed> {
    let seen: String = row.get(7)?;
    let seen = seen_read(&seen).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(7, rusqlite::types::Type::Text, error.into())
    })?;
    let withdrawn: Option<i64> = row.get(12)?;
    let by: Option<String> = row.get(13)?;
    let corrected_by: Option<i64> = row.get(14)?;
    Ok(Observed {
        id: db::from_sql(row.get(0)?),
        incident: db::from_sql(row.get(1)?),
        area: AreaCode(row.get(2)?),
        drill: row.get(3)?,
        policy: row.get(4)?,
        level: row.get(5)?,
        at: Ms(row.get(6)?),
        seen,
        means: row.get(8)?,
        note: row.get(9)?,
        by: row.get(10)?,
        told: Ms(row.get(11)?),
        withdrawn: withdrawn
            .map(|at| (Ms(at), by.unwrap_or_default(), corrected_by.map(db::from_sql))),
    })
}
