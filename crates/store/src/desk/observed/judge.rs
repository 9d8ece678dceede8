//! Forecasts held against observations: what is open, each pair once, what scores are made of.

use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    GROUND, MOST_PAIRS, NEAR_PART, NEAR_S, OBSERVED, Observed, Outline, POLICY, STANDS,
    text::{place, raw, read},
};
use crate::{
    StoreError, db,
    desk::{
        Desk,
        forecast::{self, COLUMNS, Forecast, RECENT, Unjudged},
    },
};

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

/// An earlier observation of the same level, as far as the choice of a reference needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// Number.
    pub id: u64,
    /// When it was so.
    pub at: Ms,
    /// The place that was looked at, and whether it was so there; none of ground, which is read by [`Desk::seen_ground`].
    pub place: Option<(Position, bool)>,
}

/// An observation that waits, with what it is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// The observation.
    pub observed: Observed,
    /// Those of the same level before it, the newest first.
    pub before: Vec<Before>,
    /// Forecasts that speak of its moment and are not held against it yet, the oldest first.
    pub speaks: Vec<Speaks>,
    /// Forecasts that speak of it, and earlier observations, that are damaged: nothing is judged by them.
    pub damaged: Vec<String>,
    /// The newest forecast that was looked at.
    upto: i64,
    /// The newest observation of the incident that was looked at.
    seen_upto: i64,
}

impl Desk {
    /// How the forecasts of an incident lie on its observations, in the order of versions: of more than [`MOST_PAIRS`] the newest, and
    /// how many are left out.
    ///
    /// # Errors
    /// When the file fails.
    pub fn ground_pairs(&self, incident: u64) -> Result<(Vec<GroundPair>, u64), StoreError> {
        let db = self.db();
        let sql = format!(
            "{PAIRS} WHERE f.incident = ?1 ORDER BY f.at DESC, f.id DESC, p.observed DESC LIMIT ?2"
        );
        let mut select = db.prepare_cached(&sql)?;
        let rows = select.query_map(params![db::to_sql(incident), MOST_PAIRS], pair)?;
        let mut pairs: Vec<GroundPair> = rows.collect::<Result<_, _>>()?;
        pairs.reverse();
        let all = format!("SELECT COUNT(*) FROM ({PAIRS} WHERE f.incident = ?1)");
        let all: i64 =
            db.prepare_cached(&all)?.query_row([db::to_sql(incident)], |row| row.get(0))?;
        let left_out = usize::try_from(all).unwrap_or(0).saturating_sub(pairs.len());
        Ok((pairs, u64::try_from(left_out).unwrap_or(u64::MAX)))
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
    /// When the file fails, or the observation itself is damaged.
    pub fn to_judge(&self, id: u64) -> Result<Option<Waiting>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {OBSERVED} FROM observed WHERE id = ?1 AND withdrawn_at IS NULL");
        let found = db.prepare_cached(&sql)?.query_row([db::to_sql(id)], raw).optional()?;
        let Some(raw) = found else { return Ok(None) };
        let texts = texts(&db, &raw.about)?;
        // Whoever else needs the file does not wait until all this is read.
        drop(db);
        Ok(Some(waiting(raw.read()?, texts)))
    }

    /// The ground that an observation tells of; none when it is of a place, or was withdrawn.
    ///
    /// # Errors
    /// When the file fails, or the observation is damaged.
    pub fn seen_ground(&self, id: u64) -> Result<Option<Vec<Vec<Position>>>, StoreError> {
        let sql =
            "SELECT seen FROM observed WHERE id = ?1 AND corners > 0 AND withdrawn_at IS NULL";
        let text: Option<String> = self
            .db()
            .prepare_cached(sql)?
            .query_row([db::to_sql(id)], |row| row.get(0))
            .optional()?;
        text.map(|text| read(&text)).transpose()
    }

    /// An observation that is damaged does not wait any longer.
    ///
    /// # Errors
    /// When the file fails.
    pub fn pass_over(&self, id: u64) -> Result<(), StoreError> {
        let sql = "UPDATE observed SET judged = 1 WHERE id = ?1";
        self.db().prepare_cached(sql)?.execute([db::to_sql(id)])?;
        Ok(())
    }

    /// Writes down how forecasts lie on an observation; what is judged stays. False when that is not the end of it: one of the
    /// observations was withdrawn meanwhile, or another observation or forecast came.
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
        let sql = "SELECT count(*) FROM observed WHERE incident = ?1 AND policy = ?2 AND level = ?3 AND at < ?4
            AND id > ?5 AND withdrawn_at IS NULL";
        let about = &waiting.observed;
        let of = params![
            db::to_sql(about.incident),
            about.policy,
            about.level,
            about.at.0,
            waiting.seen_upto
        ];
        let earlier: i64 = change.prepare_cached(sql)?.query_row(of, |row| row.get(0))?;
        if earlier > 0 {
            return Ok(false);
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

/// What an observation is judged by, as it is stored.
struct Texts {
    before: Vec<(u64, Ms, Option<String>)>,
    speaks: Vec<(Forecast, Option<f64>, String)>,
    upto: i64,
    seen_upto: i64,
}

fn texts(db: &Connection, about: &Observed) -> Result<Texts, StoreError> {
    let upto = newest(db, about)?;
    let incident = db::to_sql(about.incident);
    let sql = "SELECT coalesce(max(id), 0) FROM observed WHERE incident = ?1";
    let seen_upto = db.prepare_cached(sql)?.query_row([incident], |row| row.get(0))?;
    let sql = "SELECT id, at, CASE WHEN corners = 0 THEN seen END FROM observed
        WHERE incident = ?1 AND policy = ?2 AND level = ?3 AND at < ?4
        AND withdrawn_at IS NULL ORDER BY at DESC, id DESC";
    let mut select = db.prepare_cached(sql)?;
    let of = params![incident, about.policy, about.level, about.at.0];
    let before = select
        .query_map(of, |row| Ok((db::from_sql(row.get(0)?), Ms(row.get(1)?), row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let sql = format!(
        "SELECT {COLUMNS}, after_s, rings FROM forecast JOIN ground_outline ON forecast = id
        WHERE incident = ?1 AND device = ?2 AND detail = ?3 AND what = ?4 AND at <= ?5 AND (after_s < 0
            OR abs(at + after_s * 1000 - ?5) <= max(?6 * 1000, (?5 - at) / ?7))
        AND NOT EXISTS (SELECT 1 FROM ground_pair p WHERE p.forecast = id AND p.observed = ?8)
        ORDER BY at, id, abs(at + after_s * 1000 - ?5), after_s"
    );
    let mut select = db.prepare_cached(&sql)?;
    let device = format!("{POLICY}{}", about.policy);
    let observed = db::to_sql(about.id);
    let of =
        params![incident, device, about.level, GROUND, about.at.0, NEAR_S, NEAR_PART, observed];
    let rows = select
        .query_map(of, |row| Ok((forecast::forecast(row)?, after_s(row.get(17)?), row.get(18)?)))?;
    let mut speaks: Vec<(Forecast, Option<f64>, String)> = Vec::new();
    for row in rows {
        let (forecast, after_s, rings) = row?;
        // The nearest outline of each comes first.
        if speaks.last().is_none_or(|(last, ..)| last.id != forecast.id) {
            speaks.push((forecast, after_s, rings));
        }
    }
    Ok(Texts { before, speaks, upto, seen_upto })
}

fn waiting(observed: Observed, texts: Texts) -> Waiting {
    let Texts { upto, seen_upto, .. } = texts;
    let mut damaged = Vec::new();
    let mut before = Vec::with_capacity(texts.before.len());
    for (id, at, seen) in texts.before {
        match seen.map(|seen| place(&seen)).transpose() {
            Ok(place) => before.push(Before { id, at, place }),
            Err(error) => damaged.push(format!("observation {id}: {error}")),
        }
    }
    let mut speaks = Vec::with_capacity(texts.speaks.len());
    for (forecast, after_s, rings) in texts.speaks {
        match read(&rings) {
            Ok(rings) => speaks.push(Speaks { forecast, outline: Outline { after_s, rings } }),
            Err(error) => damaged.push(format!("forecast {}: {error}", forecast.id)),
        }
    }
    Waiting { observed, before, speaks, damaged, upto, seen_upto }
}
