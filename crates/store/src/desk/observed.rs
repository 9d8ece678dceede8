//! What people saw of a danger on the ground, and how the outlines that were foretold lie on it.
//!
//! A forecast of ground is one of `forecast.rs` without values; its outlines are kept here. Each pair of a forecast and an observation
//! is judged once. An observation that is withdrawn takes its pairs along, and those that were compared with it are judged anew.

mod judge;
#[cfg(test)]
mod tests;
mod text;

use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Desk,
    forecast::{self, DRILLS_KEPT_FOR, Forecast, KEPT_FOR},
};
use crate::{StoreError, db};

pub use judge::{Before, GroundPair, Speaks, Waiting};
use text::{Raw, corners, raw, seen_written, written};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS observed (
    id           INTEGER PRIMARY KEY,
    incident     INTEGER NOT NULL,
    area         INTEGER NOT NULL,
    drill        INTEGER NOT NULL,
    policy       TEXT NOT NULL,
    level        TEXT NOT NULL,
    at           INTEGER NOT NULL,
    corners      INTEGER NOT NULL,
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
CREATE TABLE IF NOT EXISTS ground_full (incident INTEGER PRIMARY KEY) STRICT;
CREATE INDEX IF NOT EXISTS ground_pair_of ON ground_pair (observed);
CREATE INDEX IF NOT EXISTS ground_pair_reference ON ground_pair (reference) WHERE reference IS NOT NULL;
";

/// Brings a file of an earlier program up to this, and makes the index on it.
pub(super) fn widen(db: &Connection) -> Result<(), StoreError> {
    if super::widen(db, &("observed", "corners", "INTEGER NOT NULL DEFAULT 0"))? {
        // Each corner begins with a bracket, and so do the rings, which are few.
        db.execute_batch(
            "UPDATE observed SET corners = length(seen) - length(replace(seen, '[', '')) WHERE seen LIKE '[%';
            DROP TABLE IF EXISTS ground_over;",
        )?;
    }
    let index =
        "CREATE INDEX IF NOT EXISTS observed_room ON observed (incident, withdrawn_at, corners)";
    Ok(db.execute_batch(index)?)
}

/// What forecasts of ground foretell, as it is written in [`Forecast::what`].
pub const GROUND: &str = "ground";
/// The same judged by single places.
pub const GROUND_PLACE: &str = "ground-place";
/// Prefix of the key of a policy among the devices of forecasts.
pub const POLICY: &str = "policy:";
/// Observations of one incident that hold: one every quarter of an hour for five days; each is judged against every version that speaks
/// of it.
pub const MOST_OBSERVED: i64 = 500;
/// Corners of them together: fifty edges of the finest kind, or two hundred corners each. Whoever asks for the list is sent them all: some
/// four megabytes.
pub const MOST_CORNERS: i64 = 100_000;
/// Observations of one incident with those that were withdrawn, which stay in the list: each may be corrected three times.
const MOST_TOLD: i64 = 4 * MOST_OBSERVED;
/// Corners of these together.
const MOST_CORNERS_TOLD: i64 = 2 * MOST_CORNERS;
/// Two observations of places so near are of the same place, metres: a house and its yard.
pub const SAME_M: f64 = 50.0;
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

/// What became of forecasts of ground that were to be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroundKept {
    /// How many are new.
    pub new: usize,
    /// How many are left out, since the incident has as many as are kept: no more of it are from then on.
    pub left_out: usize,
}

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
    /// Whether the forecasts were held against it; not before it is kept, nor while it waits to be judged again.
    pub judged: bool,
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
    withdrawn_at, withdrawn_by, corrected_by, judged";

impl Desk {
    /// Whether the ground of a version of a danger is kept, or no more of its incident is.
    ///
    /// # Errors
    /// When the file fails.
    pub fn knows_ground(
        &self,
        incident: u64,
        policy: &str,
        version: u32,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM forecast
                WHERE incident = ?1 AND device = ?2 AND version = ?3 AND what = ?4)
            OR EXISTS (SELECT 1 FROM ground_full WHERE incident = ?1)";
        let device = format!("{POLICY}{policy}");
        let of = params![db::to_sql(incident), device, version, GROUND];
        Ok(self.db().prepare_cached(sql)?.query_row(of, |row| row.get(0))?)
    }

    /// Keeps forecasts of ground with their outlines, each once as [`Desk::keep_forecasts`] does. Observations that they speak of
    /// wait to be judged again. Beyond what is kept of an incident they are left out, which is remembered.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_ground(&self, all: &[(Forecast, Vec<Outline>)]) -> Result<GroundKept, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let mut kept = GroundKept::default();
        for (forecast, outlines) in all {
            let incident = db::to_sql(forecast.incident);
            let count: i64 = change
                .prepare_cached("SELECT count(*) FROM forecast WHERE incident = ?1 AND what = ?2")?
                .query_row(params![incident, GROUND], |row| row.get(0))?;
            if count >= MOST_GROUND {
                let full = "INSERT OR IGNORE INTO ground_full (incident) VALUES (?1)";
                change.prepare_cached(full)?.execute([incident])?;
                kept.left_out += 1;
                continue;
            }
            let Some(id) = forecast::keep(&change, forecast, MOST_GROUND)? else { continue };
            kept.new += 1;
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
                incident,
                forecast.detail,
                forecast.device,
                POLICY,
                forecast.at.0
            ])?;
        }
        change.commit()?;
        Ok(kept)
    }

    /// Keeps an observation, and withdraws the one that it corrects. Gives its number, when the same was told before that of then;
    /// none when the one to correct is not there. Later ones to which it is a nearer reference wait to be judged again.
    ///
    /// # Errors
    /// When the file fails, or the incident has too many, or too many corners.
    pub fn observe(
        &self,
        observed: &Observed,
        corrects: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let incident = db::to_sql(observed.incident);
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
        if known.is_none() {
            // The one that is corrected makes room.
            room(&change, incident)?;
            nearer(&change, observed)?;
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

    /// All observations of an incident, those that were withdrawn too, by the moment of which they speak; and numbers of those that
    /// are damaged.
    ///
    /// # Errors
    /// When the file fails.
    pub fn observed(&self, incident: u64) -> Result<(Vec<Observed>, Vec<u64>), StoreError> {
        let raw: Vec<Raw> = {
            let db = self.db();
            let sql =
                format!("SELECT {OBSERVED} FROM observed WHERE incident = ?1 ORDER BY at, id");
            let mut select = db.prepare_cached(&sql)?;
            let rows = select.query_map([db::to_sql(incident)], raw)?;
            rows.collect::<Result<_, _>>()?
        };
        // Whoever else needs the file does not wait until megabytes of text are read.
        let (mut all, mut damaged) = (Vec::with_capacity(raw.len()), Vec::new());
        for raw in raw {
            let id = raw.about.id;
            match raw.read() {
                Ok(observed) => all.push(observed),
                Err(_) => damaged.push(id),
            }
        }
        Ok((all, damaged))
    }

    /// Takes away observations that are older than forecasts are kept.
    ///
    /// # Errors
    /// When the file fails.
    pub fn prune_observed(&self, now: Ms) -> Result<usize, StoreError> {
        let sql = "DELETE FROM observed WHERE told < ?1 OR (told < ?2 AND drill = 1)";
        let [real, drills] = [KEPT_FOR, DRILLS_KEPT_FOR].map(|span| now.0.saturating_sub(span.0));
        let db = self.db();
        let full = "DELETE FROM ground_full WHERE incident NOT IN (SELECT incident FROM forecast WHERE what = ?1)";
        db.prepare_cached(full)?.execute([GROUND])?;
        Ok(db.prepare_cached(sql)?.execute([real, drills])?)
    }
}

fn insert(change: &Connection, observed: &Observed, seen: &str) -> Result<i64, StoreError> {
    let sql = "INSERT INTO observed (incident, area, drill, policy, level, at, seen, means, note, by, told, corners)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
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
        observed.told.0,
        corners(&observed.seen)
    ])?;
    Ok(change.last_insert_rowid())
}

/// Whether an incident has too much of what was seen.
fn room(change: &Connection, incident: i64) -> Result<(), StoreError> {
    let sql = "SELECT count(*), coalesce(sum(corners), 0) FROM observed WHERE incident = ?1";
    let counts = |sql: &str| {
        let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        change.prepare_cached(sql)?.query_row([incident], counts)
    };
    let (all, corners_told) = counts(sql)?;
    let (hold, corners) = counts(&format!("{sql} AND withdrawn_at IS NULL"))?;
    if hold > MOST_OBSERVED {
        return Err(StoreError::TooMany("observations of one incident"));
    }
    if corners > MOST_CORNERS {
        return Err(StoreError::TooMany("corners in the observations of one incident"));
    }
    if all > MOST_TOLD || corners_told > MOST_CORNERS_TOLD {
        return Err(StoreError::TooMany("observations of one incident that were withdrawn"));
    }
    Ok(())
}

/// Later observations of the same that were compared with an earlier one than this, or with none, are judged again.
fn nearer(change: &Connection, observed: &Observed) -> Result<(), StoreError> {
    let sql = "SELECT id, CASE WHEN corners = 0 THEN seen END FROM observed
        WHERE incident = ?1 AND policy = ?2 AND level = ?3 AND at > ?4 AND withdrawn_at IS NULL";
    let incident = db::to_sql(observed.incident);
    let of = params![incident, observed.policy, observed.level, observed.at.0];
    let mut select = change.prepare_cached(sql)?;
    let later = select.query_map(of, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let later: Vec<(i64, Option<String>)> = later.collect::<Result<_, _>>()?;
    let drop = "DELETE FROM ground_pair WHERE observed = ?1
        AND (reference IS NULL OR (SELECT at FROM observed WHERE id = reference) <= ?2)";
    let again = "UPDATE observed SET judged = 0 WHERE id = ?1";
    for (id, place) in later {
        let speaks = match (&observed.seen, place) {
            (Seen::Ground(_), _) => true,
            (Seen::Place { .. }, None) => false,
            // A damaged one was never judged.
            (Seen::Place { at, .. }, Some(place)) => {
                text::place(&place).is_ok_and(|(other, _)| other.metres_to(*at) <= SAME_M)
            }
        };
        if speaks && change.prepare_cached(drop)?.execute(params![id, observed.at.0])? > 0 {
            change.prepare_cached(again)?.execute([id])?;
        }
    }
    Ok(())
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
