//! What people saw of a danger on the ground, and how the outlines that were foretold lie on it.
//!
//! A forecast of ground is one of `forecast.rs` without values; its outlines are kept here. Each pair of a forecast and an observation
//! is judged once. An observation that is withdrawn takes its pairs along, and those that were compared with it are judged anew.

use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Desk,
    forecast::{self, COLUMNS, DRILLS_KEPT_FOR, Forecast, KEPT_FOR, RECENT, Unjudged},
};
use crate::{StoreError, db};

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

/// A forecast that speaks of the moment of an observation, with the outline that is nearest to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Speaks {
    /// The forecast, with no values.
    pub forecast: Forecast,
    /// The outline.
    pub outline: Outline,
}

/// A forecast held against an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundPair {
    /// The forecast.
    pub forecast: u64,
    /// Key of its model.
    pub model: String,
    /// Version of the danger area.
    pub version: u32,
    /// When it was made.
    pub made: Ms,
    /// The observation.
    pub observed: u64,
    /// Which moment of the forecast was taken, seconds after it was made; none when it has none.
    pub after_s: Option<f64>,
    /// Whether a single place was looked at.
    pub place: bool,
    /// Of outlines the intersection over union, of a place 1 when it was foretold there, else 0.
    pub foretold: f64,
    /// Of outlines 1, of a place 1 when it was so, else 0.
    pub came: f64,
    /// Of outlines: the share of what came that was not foretold.
    pub missed: Option<f64>,
    /// Of outlines: the share of what was foretold that did not come.
    pub in_vain: Option<f64>,
    /// The observation that stays as it is by the reference, and what that is worth: as `foretold`.
    pub reference: Option<(u64, f64)>,
}

/// An observation that waits, with all that it is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// The observation.
    pub observed: Observed,
    /// Those of the same level before it, the newest first.
    pub before: Vec<Observed>,
    /// Forecasts that speak of its moment, the oldest first.
    pub speaks: Vec<Speaks>,
    /// The newest forecast that was looked at.
    upto: i64,
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

    /// Keeps an observation, and withdraws the one that it corrects. Gives its number; none when that one is not there.
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
        change
            .prepare_cached(
                "INSERT INTO observed (incident, area, drill, policy, level, at, seen, means, note, by, told)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                incident,
                observed.area.0,
                observed.drill,
                observed.policy,
                observed.level,
                observed.at.0,
                seen_written(&observed.seen)?,
                observed.means,
                observed.note,
                observed.by,
                observed.told.0
            ])?;
        let id = change.last_insert_rowid();
        if let Some(old) = corrects {
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

    /// How the forecasts of an incident lie on its observations, in the order of versions: of more than [`MOST_PAIRS`] the newest.
    ///
    /// # Errors
    /// When the file fails.
    pub fn ground_pairs(&self, incident: u64) -> Result<Vec<GroundPair>, StoreError> {
        let db = self.db();
        let sql = format!(
            "{PAIRS} WHERE f.incident = ?1 ORDER BY f.at DESC, f.id DESC, p.observed DESC LIMIT ?2"
        );
        let mut select = db.prepare_cached(&sql)?;
        let rows = select.query_map(params![db::to_sql(incident), MOST_PAIRS], pair)?;
        let mut pairs: Vec<GroundPair> = rows.collect::<Result<_, _>>()?;
        pairs.reverse();
        Ok(pairs)
    }

    /// How one forecast lies on what was seen.
    ///
    /// # Errors
    /// When the file fails.
    pub fn ground_pairs_of(&self, forecast: u64) -> Result<Vec<GroundPair>, StoreError> {
        let db = self.db();
        let sql = format!("{PAIRS} WHERE p.forecast = ?1 ORDER BY p.observed");
        let mut select = db.prepare_cached(&sql)?;
        let rows = select.query_map([db::to_sql(forecast)], pair)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Pairs of an area for scores, the newest first: of each model at most `limit` of outlines and of places.
    ///
    /// # Errors
    /// When the file fails.
    pub fn ground_judged(
        &self,
        area: AreaCode,
        drill: bool,
        limit: usize,
    ) -> Result<Vec<GroundPair>, StoreError> {
        let db = self.db();
        let mut models =
            db.prepare_cached("SELECT DISTINCT model FROM forecast WHERE what = ?1")?;
        let models = models.query_map([GROUND], |row| row.get::<_, String>(0))?;
        let models: Vec<String> = models.collect::<Result<_, _>>()?;
        let sql = format!(
            "{PAIRS} WHERE f.model = ?1 AND f.what = ?2 AND f.drill = ?3 AND f.area BETWEEN ?4 AND ?5 AND p.place = ?6
            ORDER BY p.observed DESC, f.id DESC LIMIT ?7"
        );
        let mut select = db.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        for model in models {
            for place in [false, true] {
                let of = params![model, GROUND, drill, area.0, area.last().0, place, limit];
                let rows = select.query_map(of, pair)?;
                for pair in rows {
                    found.push(pair?);
                }
            }
        }
        Ok(found)
    }

    /// How many of the last forecasts of ground of an area nobody has observed anything of.
    ///
    /// # Errors
    /// When the file fails.
    pub fn ground_unjudged(
        &self,
        area: AreaCode,
        drill: bool,
    ) -> Result<Vec<Unjudged>, StoreError> {
        let db = self.db();
        let mut select = db.prepare_cached(
            "SELECT model, sum(NOT EXISTS (SELECT 1 FROM ground_pair WHERE forecast = id)) FROM forecast
            WHERE what = ?1 AND id > (SELECT max(id) FROM forecast) - ?5
            AND area BETWEEN ?2 AND ?3 AND drill = ?4 GROUP BY model ORDER BY model",
        )?;
        let of = params![GROUND, area.0, area.last().0, drill, RECENT];
        let rows = select.query_map(of, |row| {
            let open = row.get(1).map(db::from_sql)?;
            Ok(Unjudged { model: row.get(0)?, what: GROUND.to_owned(), open, void: 0 })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Numbers of observations that wait to be judged, the oldest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn waiting_observed(&self, limit: usize) -> Result<Vec<u64>, StoreError> {
        let db = self.db();
        let sql = "SELECT id FROM observed WHERE judged = 0 AND withdrawn_at IS NULL ORDER BY id LIMIT ?1";
        let mut select = db.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map([limit], |row| row.get(0).map(db::from_sql))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// An observation with what it is judged by; none when it was withdrawn.
    ///
    /// # Errors
    /// When the file fails.
    pub fn to_judge(&self, id: u64) -> Result<Option<Waiting>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {OBSERVED} FROM observed WHERE id = ?1 AND withdrawn_at IS NULL");
        let found = db.prepare_cached(&sql)?.query_row([db::to_sql(id)], observed).optional()?;
        found.map(|observed| waiting(&db, observed)).transpose()
    }

    /// Writes down how forecasts lie on an observation; what is judged stays. False when that is not the end of it: one of the
    /// observations was withdrawn meanwhile, or another forecast came.
    ///
    /// # Errors
    /// When the file fails.
    pub fn judge_ground(
        &self,
        waiting: &Waiting,
        pairs: &[GroundPair],
    ) -> Result<bool, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let id = db::to_sql(waiting.observed.id);
        let references = pairs.iter().filter_map(|pair| Some(db::to_sql(pair.reference?.0)));
        for id in references.chain([id]) {
            let sql = "SELECT count(*) FROM observed WHERE id = ?1 AND withdrawn_at IS NULL";
            let there: i64 = change.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
            if there == 0 {
                return Ok(false);
            }
        }
        for pair in pairs {
            let sql = "INSERT OR IGNORE INTO ground_pair
                (forecast, observed, after_s, place, foretold, came, missed, in_vain, reference, before)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
                WHERE EXISTS (SELECT 1 FROM forecast WHERE id = ?1)";
            change.prepare_cached(sql)?.execute(params![
                db::to_sql(pair.forecast),
                id,
                pair.after_s.unwrap_or(STANDS),
                pair.place,
                pair.foretold,
                pair.came,
                pair.missed,
                pair.in_vain,
                pair.reference.map(|(id, _)| db::to_sql(id)),
                pair.reference.map(|(_, worth)| worth),
            ])?;
        }
        let newest = newest(&change, &waiting.observed)?;
        let whole = newest <= waiting.upto;
        if whole {
            change.prepare_cached("UPDATE observed SET judged = 1 WHERE id = ?1")?.execute([id])?;
        }
        change.commit()?;
        Ok(whole)
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

const PAIRS: &str = "SELECT p.forecast, f.model, f.version, f.at, p.observed, p.after_s, p.place, p.foretold, p.came,
    p.missed, p.in_vain, p.reference, p.before FROM ground_pair p JOIN forecast f ON f.id = p.forecast";

fn pair(row: &Row<'_>) -> rusqlite::Result<GroundPair> {
    let reference: Option<i64> = row.get(11)?;
    let before: Option<f64> = row.get(12)?;
    Ok(GroundPair {
        forecast: db::from_sql(row.get(0)?),
        model: row.get(1)?,
        version: row.get(2)?,
        made: Ms(row.get(3)?),
        observed: db::from_sql(row.get(4)?),
        after_s: after_s(row.get(5)?),
        place: row.get(6)?,
        foretold: row.get(7)?,
        came: row.get(8)?,
        missed: row.get(9)?,
        in_vain: row.get(10)?,
        reference: reference.map(db::from_sql).zip(before),
    })
}

fn after_s(written: f64) -> Option<f64> {
    (written >= 0.0).then_some(written)
}

/// Number of the newest forecast of what an observation is about.
fn newest(db: &Connection, observed: &Observed) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(id), 0) FROM forecast WHERE incident = ?1 AND device = ?2 AND detail = ?3 AND what = ?4";
    let device = format!("{POLICY}{}", observed.policy);
    let of = params![db::to_sql(observed.incident), device, observed.level, GROUND];
    Ok(db.prepare_cached(sql)?.query_row(of, |row| row.get(0))?)
}

fn waiting(db: &Connection, about: Observed) -> Result<Waiting, StoreError> {
    let upto = newest(db, &about)?;
    let incident = db::to_sql(about.incident);
    let sql = format!(
        "SELECT {OBSERVED} FROM observed WHERE incident = ?1 AND policy = ?2 AND level = ?3 AND at < ?4
        AND withdrawn_at IS NULL ORDER BY at DESC, id DESC"
    );
    let mut select = db.prepare_cached(&sql)?;
    let of = params![incident, about.policy, about.level, about.at.0];
    let before: Vec<Observed> = select.query_map(of, observed)?.collect::<Result<_, _>>()?;
    let sql = format!(
        "SELECT {COLUMNS}, after_s, rings FROM forecast JOIN ground_outline ON forecast = id
        WHERE incident = ?1 AND device = ?2 AND detail = ?3 AND what = ?4 AND at <= ?5 AND (after_s < 0
            OR abs(at + after_s * 1000 - ?5) <= max(?6 * 1000, (?5 - at) / ?7))
        ORDER BY at, id, abs(at + after_s * 1000 - ?5), after_s"
    );
    let mut select = db.prepare_cached(&sql)?;
    let device = format!("{POLICY}{}", about.policy);
    let of = params![incident, device, about.level, GROUND, about.at.0, NEAR_S, NEAR_PART];
    let rows = select.query_map(of, |row| {
        let rings: String = row.get(18)?;
        Ok((forecast::forecast(row)?, after_s(row.get(17)?), rings))
    })?;
    let mut speaks: Vec<Speaks> = Vec::new();
    for row in rows {
        let (forecast, after_s, rings) = row?;
        // The nearest outline of each comes first.
        if speaks.last().is_none_or(|last| last.forecast.id != forecast.id) {
            let outline = Outline { after_s, rings: read(&rings)? };
            speaks.push(Speaks { forecast, outline });
        }
    }
    Ok(Waiting { observed: about, before, speaks, upto })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Form;

    const AREA: AreaCode = AreaCode(640_104_000);
    const MINUTE: i64 = 60_000;

    fn made(version: u32, at: i64) -> Forecast {
        Forecast {
            id: 0,
            model: "wildfire".into(),
            what: GROUND.into(),
            form: Form::Outline,
            against: "persistence".into(),
            incident: 7,
            version,
            detail: "burnt".into(),
            device: format!("{POLICY}fire"),
            area: AREA,
            at: Ms(at),
            drill: false,
            unit: "1".into(),
            step_s: 0.0,
            before: None,
            inputs: "{}".into(),
            notes: String::new(),
            values: Vec::new(),
        }
    }

    fn ring(size: f64) -> Vec<Vec<Position>> {
        let at = |lon, lat| Position { lon, lat };
        vec![vec![at(106.0, 38.0), at(106.0 + size, 38.0), at(106.0, 38.0 + size), at(106.0, 38.0)]]
    }

    fn outlines() -> Vec<Outline> {
        let outline = |minutes: f64| Outline {
            after_s: Some(minutes * 60.0),
            rings: ring(minutes / 1_000.0),
        };
        vec![outline(30.0), outline(60.0), outline(120.0)]
    }

    fn seen(at: i64, seen: Seen) -> Observed {
        Observed {
            id: 0,
            incident: 7,
            area: AREA,
            drill: false,
            policy: "fire".into(),
            level: "burnt".into(),
            at: Ms(at),
            seen,
            means: "drone".into(),
            note: "北侧".into(),
            by: "duty".into(),
            told: Ms(at + MINUTE),
            withdrawn: None,
        }
    }

    fn all_waiting(desk: &Desk) -> Vec<Waiting> {
        let waiting = desk.waiting_observed(10).unwrap();
        waiting.into_iter().map(|id| desk.to_judge(id).unwrap().unwrap()).collect()
    }

    fn pair(waiting: &Waiting, forecast: u64, reference: Option<(u64, f64)>) -> GroundPair {
        GroundPair {
            forecast,
            model: "wildfire".into(),
            version: 1,
            made: Ms(0),
            observed: waiting.observed.id,
            after_s: Some(1_800.0),
            place: false,
            foretold: 0.5,
            came: 1.0,
            missed: Some(0.25),
            in_vain: None,
            reference,
        }
    }

    #[test]
    fn an_observation_is_judged_by_the_outline_of_its_moment() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert!(!desk.knows_ground(7, "fire", 1).unwrap());
        assert_eq!(desk.keep_ground(&[(made(1, 0), outlines())]).unwrap(), 1);
        assert_eq!(desk.keep_ground(&[(made(1, 0), outlines())]).unwrap(), 0, "once");
        assert!(desk.knows_ground(7, "fire", 1).unwrap());
        let stands = Outline { after_s: None, rings: ring(0.1) };
        desk.keep_ground(&[(made(2, 10 * MINUTE), vec![stands])]).unwrap();
        let other = Forecast { detail: "intensity-8".into(), ..made(1, 0) };
        desk.keep_ground(&[(other, outlines())]).unwrap();

        let place = Seen::Place { at: Position { lon: 106.0, lat: 38.0 }, holds: true };
        let times = [29, 34, 5, 57, 129].map(|minute| minute * MINUTE);
        for at in times {
            let seen = if at == times[0] { Seen::Ground(ring(0.03)) } else { place.clone() };
            desk.observe(&self::seen(at, seen), None).unwrap().unwrap();
        }
        let waiting = all_waiting(&desk);
        let spoken: Vec<Vec<(u32, Option<f64>)>> = waiting
            .iter()
            .map(|one| one.speaks.iter().map(|s| (s.forecast.version, s.outline.after_s)).collect())
            .collect();
        let (first, second) = ((1, Some(1_800.0)), (2, None));
        assert_eq!(spoken[0], [first, second]);
        assert_eq!(spoken[1], [second], "four minutes off half an hour");
        assert!(spoken[2].is_empty(), "before it says anything");
        assert_eq!(spoken[3], [(1, Some(3_600.0)), second]);
        assert_eq!(spoken[4], [second], "nine minutes off two hours");
        assert_eq!(waiting[0].speaks[0].outline.rings, ring(0.03));
        let before: Vec<u64> = waiting[3].before.iter().map(|one| one.id).collect();
        assert_eq!(before, [2, 1, 3], "the newest first");
        let kept = desk.observed(7).unwrap();
        let first = Observed { id: 1, ..seen(times[0], Seen::Ground(ring(0.03))) };
        assert_eq!(kept.iter().find(|one| one.id == 1), Some(&first));
        assert_eq!(kept[0].seen, place);
    }

    #[test]
    fn a_pair_is_judged_once_and_goes_with_what_it_rests_on() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Desk::open(folder.path()).unwrap();
        let desk = open();
        desk.keep_ground(&[(made(1, 0), outlines())]).unwrap();
        for at in [30, 31] {
            desk.observe(&seen(at * MINUTE, Seen::Ground(ring(0.03))), None).unwrap();
        }
        let [one, two] = &all_waiting(&desk)[..] else { panic!("two wait") };
        assert!(desk.judge_ground(one, &[pair(one, 1, None)]).unwrap());
        assert!(desk.judge_ground(two, &[pair(two, 1, Some((1, 0.75)))]).unwrap());
        drop(desk);
        let desk = open();
        assert!(desk.waiting_observed(10).unwrap().is_empty(), "judged once");
        let other = GroundPair { foretold: 0.9, ..pair(two, 1, Some((1, 0.75))) };
        desk.judge_ground(two, &[other]).unwrap();
        let pairs = desk.ground_pairs(7).unwrap();
        assert_eq!(pairs, [pair(one, 1, None), pair(two, 1, Some((1, 0.75)))], "what was stays");
        assert_eq!(desk.ground_pairs_of(1).unwrap(), pairs);
        assert_eq!(desk.ground_judged(AREA, false, 10).unwrap().len(), 2);
        assert_eq!(desk.ground_judged(AREA, false, 1).unwrap()[0].observed, 2, "the newest");
        assert!(desk.ground_judged(AREA, true, 10).unwrap().is_empty(), "drills apart");
        assert!(desk.ground_judged(AreaCode(640_221_000), false, 10).unwrap().is_empty());
        assert_eq!(desk.ground_unjudged(AREA, false).unwrap()[0].open, 0);

        // Over is over once, until the danger is made anew.
        for at in [20, 30] {
            desk.ground_over(7, Ms(at)).unwrap();
            desk.ground_over(8, Ms(at)).unwrap();
        }
        assert_eq!(desk.grounds_over(7).unwrap(), [Ms(20)]);
        assert_eq!(desk.grounds_over(8).unwrap(), [], "nothing was foretold");

        // Another forecast that speaks of them: they wait again, and whoever judged without it is not at the end.
        desk.keep_ground(&[(made(2, 5), outlines())]).unwrap();
        assert_eq!(desk.waiting_observed(10).unwrap().len(), 2);
        assert!(!desk.judge_ground(one, &[]).unwrap());
        assert_eq!(desk.ground_unjudged(AREA, false).unwrap()[0].open, 1);
        for one in all_waiting(&desk) {
            assert!(desk.judge_ground(&one, &[]).unwrap());
        }

        // The first was wrong: the second waits for another reference.
        let better = seen(30 * MINUTE, Seen::Ground(ring(0.02)));
        assert_eq!(desk.observe(&better, Some(9)).unwrap(), None, "no such one");
        assert_eq!(desk.observed(7).unwrap().len(), 2, "and nothing is kept");
        assert_eq!(desk.observe(&better, Some(1)).unwrap(), Some(3));
        assert!(desk.ground_pairs(7).unwrap().is_empty());
        assert_eq!(desk.waiting_observed(10).unwrap(), [2, 3]);
        assert_eq!(desk.to_judge(1).unwrap(), None, "it was withdrawn");
        let gone = &desk.observed(7).unwrap()[0];
        assert_eq!(gone.withdrawn, Some((Ms(31 * MINUTE), "duty".to_owned(), Some(3))));
        assert!(!desk.judge_ground(two, &[pair(two, 1, Some((1, 0.75)))]).unwrap(), "it is gone");
        assert!(!desk.judge_ground(one, &[pair(one, 1, None)]).unwrap(), "so is this");
        assert!(!desk.withdraw_observed(8, 2, "duty", Ms(9)).unwrap(), "of another incident");
        assert!(desk.withdraw_observed(7, 2, "duty", Ms(9)).unwrap());
        assert!(!desk.withdraw_observed(7, 2, "duty", Ms(9)).unwrap());
        assert_eq!(desk.waiting_observed(10).unwrap().len(), 1);
    }

    #[test]
    fn an_incident_has_a_limit_and_what_is_old_goes() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let place = Seen::Place { at: Position { lon: 106.0, lat: 38.0 }, holds: false };
        for at in 0..MOST_OBSERVED {
            desk.observe(&seen(at, place.clone()), None).unwrap();
        }
        let more = desk.observe(&seen(0, place.clone()), None);
        assert!(matches!(more, Err(StoreError::TooMany(_))));
        let drill = Observed { incident: 8, drill: true, ..seen(0, place) };
        desk.observe(&drill, None).unwrap().unwrap();
        assert_eq!(desk.prune_observed(Ms(DRILLS_KEPT_FOR.0 + 2 * MINUTE)).unwrap(), 1);
        assert_eq!(desk.observed(7).unwrap().len(), 500);
        desk.keep_ground(&[(made(1, 0), outlines())]).unwrap();
        desk.prune_forecasts(Ms(KEPT_FOR.0 + MINUTE)).unwrap();
        let left = "SELECT count(*) FROM ground_outline";
        let left: i64 = desk.db().query_row(left, [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "outlines go with their forecasts");
    }
}
