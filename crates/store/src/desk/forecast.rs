//! Forecasts as they were made, and what came: so that a model can be told from one that says that all stays as it is.

use helan_kernel::{AreaCode, Ms};
use rusqlite::{Connection, Row, params};

use super::{Desk, New};
use crate::StoreError;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS forecast (
    id       INTEGER PRIMARY KEY,
    model    TEXT NOT NULL,
    device   TEXT NOT NULL,
    area     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    drill    INTEGER NOT NULL,
    unit     TEXT NOT NULL,
    step_s   REAL NOT NULL,
    before   REAL,
    inputs   TEXT NOT NULL,
    notes    TEXT NOT NULL,
    what     TEXT NOT NULL DEFAULT 'discharge',
    form     TEXT NOT NULL DEFAULT 'figure',
    against  TEXT NOT NULL DEFAULT 'persistence',
    incident INTEGER NOT NULL DEFAULT 0,
    version  INTEGER NOT NULL DEFAULT 0,
    detail   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS forecast_value (
    forecast INTEGER NOT NULL REFERENCES forecast (id) ON DELETE CASCADE,
    ahead    INTEGER NOT NULL,
    foretold REAL NOT NULL,
    came     REAL,
    low      REAL,
    high     REAL,
    void     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (forecast, ahead)
) STRICT, WITHOUT ROWID;
";

/// Columns that files of earlier programs lack.
pub(super) const NEW: [New; 9] = [
    ("forecast", "what", "TEXT NOT NULL DEFAULT 'discharge'"),
    ("forecast", "form", "TEXT NOT NULL DEFAULT 'figure'"),
    ("forecast", "against", "TEXT NOT NULL DEFAULT 'persistence'"),
    ("forecast", "incident", "INTEGER NOT NULL DEFAULT 0"),
    ("forecast", "version", "INTEGER NOT NULL DEFAULT 0"),
    ("forecast", "detail", "TEXT NOT NULL DEFAULT ''"),
    ("forecast_value", "low", "REAL"),
    ("forecast_value", "high", "REAL"),
    ("forecast_value", "void", "INTEGER NOT NULL DEFAULT 0"),
];

pub(super) const INDEXES: &str = "
DROP INDEX IF EXISTS forecast_made;
CREATE UNIQUE INDEX IF NOT EXISTS forecast_once ON forecast (model, what, device, detail, incident, at);
CREATE INDEX IF NOT EXISTS forecast_what ON forecast (model, what, drill, id);
DROP INDEX IF EXISTS forecast_of;
CREATE INDEX IF NOT EXISTS forecast_of_what ON forecast (incident, what);
CREATE INDEX IF NOT EXISTS forecast_at ON forecast (at);
CREATE INDEX IF NOT EXISTS forecast_open ON forecast_value (forecast) WHERE came IS NULL AND void = 0;
";

/// Forecasts that are kept of one device by one model: ten minutes apart, a year of wet days.
const KEPT: u32 = 20_000;
/// Forecasts that are kept of one incident, beside those of ground: fifty sensors at three levels, through thirty turns of the wind.
pub const MOST_OF_INCIDENT: i64 = 5_000;
/// Forecasts of real things are kept so long: two seasons of each kind.
pub const KEPT_FOR: Ms = Ms::seconds(2 * 366 * 24 * 3600);
/// Those of drills: until the drill was talked over.
pub const DRILLS_KEPT_FOR: Ms = Ms::seconds(90 * 24 * 3600);

/// Forecasts among which those are counted that could not be judged: some tens of milliseconds.
pub const RECENT: i64 = 20_000;

/// What the values of a forecast are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Figures.
    Figure,
    /// Chances that something happens; 1 or 0 came.
    Chance,
    /// Directions, degrees.
    Direction,
    /// Outlines: judged by how they lie on what was seen.
    Outline,
}

impl Form {
    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Figure => "figure",
            Self::Chance => "chance",
            Self::Direction => "direction",
            Self::Outline => "outline",
        }
    }

    /// As it was written; what is not known (written by hand) is a figure.
    fn of_word(word: &str) -> Self {
        let all = [Self::Chance, Self::Direction, Self::Outline];
        all.into_iter().find(|form| form.word() == word).unwrap_or(Self::Figure)
    }
}

/// A forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Number; 0 before it is kept.
    pub id: u64,
    /// Key of the model.
    pub model: String,
    /// What is foretold, such as `discharge`: a model is scored for each by itself.
    pub what: String,
    /// What its values are.
    pub form: Form,
    /// What it is compared with: `persistence`, another reference, or empty when there is none.
    pub against: String,
    /// Incident that it was made for; 0: none.
    pub incident: u64,
    /// Version of what it follows from, such as that of a danger area.
    pub version: u32,
    /// What it is about beside the device, such as a level; may be empty.
    pub detail: String,
    /// Key of the device that says it, or that it is judged by.
    pub device: String,
    /// Area of the device or of the incident.
    pub area: AreaCode,
    /// The moment of the newest reading that it knows.
    pub at: Ms,
    /// Whether it belongs to a drill.
    pub drill: bool,
    /// Unit of the values.
    pub unit: String,
    /// Seconds between two values.
    pub step_s: f64,
    /// What it is compared with: what was observed when it was made (that it stays so is the forecast of persistence), or what
    /// else `against` names.
    pub before: Option<f64>,
    /// What the model was told, as JSON.
    pub inputs: String,
    /// What to beware of, a line each.
    pub notes: String,
    /// What it foretells.
    pub values: Vec<Foretold>,
}

/// One value of a forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foretold {
    /// So many steps ahead, from 1.
    pub ahead: u32,
    /// What was foretold.
    pub foretold: f64,
    /// What came, once it is known.
    pub came: Option<f64>,
    /// What the model takes for possible: least.
    pub low: Option<f64>,
    /// Most.
    pub high: Option<f64>,
    /// Nothing was observed in its time: it cannot be judged.
    pub void: bool,
}

impl Foretold {
    /// A value without bounds, so many steps ahead.
    #[must_use]
    pub const fn new(ahead: u32, foretold: f64) -> Self {
        Self { ahead, foretold, came: None, low: None, high: None, void: false }
    }
}

/// A value whose time has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Its forecast, with no values.
    pub forecast: Forecast,
    /// The value.
    pub value: Foretold,
}

impl Due {
    /// The span that it speaks of: after the first moment, up to the second.
    #[must_use]
    pub fn span(&self) -> (Ms, Ms) {
        #[expect(clippy::cast_possible_truncation, reason = "steps of hours at most")]
        let step = Ms((self.forecast.step_s * 1000.0) as i64);
        let after = |steps: u32| Ms(self.forecast.at.0 + step.0.saturating_mul(i64::from(steps)));
        (after(self.value.ahead.saturating_sub(1)), after(self.value.ahead))
    }
}

/// How often a model could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unjudged {
    /// Key of the model.
    pub model: String,
    /// What it foretold.
    pub what: String,
    /// Values whose time has not come.
    pub open: u64,
    /// Values in whose time nothing was observed.
    pub void: u64,
}

/// A pair for the score of a model: foretold, came, and what it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Key of the model.
    pub model: String,
    /// What it foretold.
    pub what: String,
    /// Unit.
    pub unit: String,
    /// What its values are.
    pub form: Form,
    /// What it is compared with.
    pub against: String,
    /// What was foretold.
    pub foretold: f64,
    /// What came.
    pub came: f64,
    /// What it is compared with, where that is known.
    pub before: Option<f64>,
}

pub(super) const COLUMNS: &str =
    "id, model, device, area, at, drill, unit, step_s, before, inputs, notes, what, form, against,
    incident, version, detail";
const VALUE: &str = "ahead, foretold, came, low, high, void";

impl Desk {
    /// Keeps a forecast, as [`Desk::keep_forecasts`] does. Gives whether it is new.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_forecast(&self, forecast: &Forecast) -> Result<bool, StoreError> {
        Ok(self.keep_forecasts(std::slice::from_ref(forecast))? > 0)
    }

    /// Keeps forecasts; one of the same model, thing, device, incident and moment is kept once, and of one incident no more than
    /// [`MOST_OF_INCIDENT`]. Gives how many are new.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_forecasts(&self, forecasts: &[Forecast]) -> Result<usize, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let mut new = 0;
        for forecast in forecasts {
            new += usize::from(keep(&change, forecast, MOST_OF_INCIDENT)?.is_some());
        }
        change.commit()?;
        Ok(new)
    }

    /// Moments of the forecasts of a device without an incident, from `since` on, of which something has not come yet; oldest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn open_forecasts(&self, device: &str, since: Ms) -> Result<Vec<(u64, Ms)>, StoreError> {
        let db = self.db();
        let mut select = db.prepare_cached(
            "SELECT DISTINCT id, at FROM forecast JOIN forecast_value ON forecast = id
            WHERE device = ?1 AND incident = 0 AND at >= ?2 AND came IS NULL AND void = 0 ORDER BY at",
        )?;
        let rows = select.query_map(params![device, since.0], |row| {
            Ok((crate::db::from_sql(row.get(0)?), Ms(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes what came so many steps after a forecast was made.
    ///
    /// # Errors
    /// When the file fails.
    pub fn came(&self, forecast: u64, ahead: u32, value: f64) -> Result<(), StoreError> {
        self.db()
            .prepare_cached(
                "UPDATE forecast_value SET came = ?3 WHERE forecast = ?1 AND ahead = ?2 AND came IS NULL",
            )?
            .execute(params![crate::db::to_sql(forecast), ahead, value])?;
        Ok(())
    }

    /// Values of incidents whose time has come and that are neither judged nor void, oldest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn due_forecasts(&self, now: Ms, limit: usize) -> Result<Vec<Due>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {COLUMNS}, {VALUE} FROM forecast_value JOIN forecast ON forecast = id
            WHERE came IS NULL AND void = 0 AND incident > 0 AND at + ahead * step_s * 1000 <= ?1
            ORDER BY at LIMIT ?2"
        );
        let mut select = db.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![now.0, limit], |row| {
            Ok(Due { forecast: forecast(row)?, value: value(row, 17)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes what came of values, or that nothing was observed in their time: forecast, step, what came. What is judged stays.
    ///
    /// # Errors
    /// When the file fails.
    pub fn judge_forecasts(&self, judged: &[(u64, u32, Option<f64>)]) -> Result<(), StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        for (forecast, ahead, came) in judged {
            let sql = "UPDATE forecast_value SET came = ?3, void = ?3 IS NULL
                WHERE forecast = ?1 AND ahead = ?2 AND came IS NULL AND void = 0";
            let id = crate::db::to_sql(*forecast);
            change.prepare_cached(sql)?.execute(params![id, ahead, came])?;
        }
        Ok(change.commit()?)
    }

    /// Open values of one thing of an incident get what came, counted in minutes from each forecast to this moment.
    ///
    /// # Errors
    /// When the file fails.
    pub fn came_after_min(&self, incident: u64, what: &str, at: Ms) -> Result<(), StoreError> {
        self.db()
            .prepare_cached(
                "UPDATE forecast_value SET came = (?3 - (SELECT at FROM forecast WHERE id = forecast)) / 60000.0
                WHERE came IS NULL AND void = 0
                AND forecast IN (SELECT id FROM forecast WHERE incident = ?1 AND what = ?2 AND at <= ?3)",
            )?
            .execute(params![crate::db::to_sql(incident), what, at.0])?;
        Ok(())
    }

    /// Takes away what is older than it is kept.
    ///
    /// # Errors
    /// When the file fails.
    pub fn prune_forecasts(&self, now: Ms) -> Result<usize, StoreError> {
        let sql = "DELETE FROM forecast WHERE at < ?1 OR (at < ?2 AND drill = 1)";
        let old = [KEPT_FOR, DRILLS_KEPT_FOR].map(|span| now.0.saturating_sub(span.0));
        Ok(self.db().prepare_cached(sql)?.execute(old)?)
    }

    /// Forecasts of an area, newest first, below a number when one is given.
    ///
    /// # Errors
    /// When the file fails.
    pub fn forecasts(
        &self,
        area: AreaCode,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Forecast>, StoreError> {
        let db = self.db();
        let (low, high) = (area.0, area.last().0);
        let below = before.map_or(i64::MAX, crate::db::to_sql);
        let sql = format!(
            "SELECT {COLUMNS} FROM forecast WHERE area BETWEEN ?1 AND ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"
        );
        let mut select = db.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![low, high, below, limit], forecast)?;
        let mut found: Vec<Forecast> = rows.collect::<Result<_, _>>()?;
        let sql = format!("SELECT {VALUE} FROM forecast_value WHERE forecast = ?1 ORDER BY ahead");
        let mut select = db.prepare_cached(&sql)?;
        for forecast in &mut found {
            let id = crate::db::to_sql(forecast.id);
            let rows = select.query_map(params![id], |row| value(row, 0))?;
            forecast.values = rows.collect::<Result<_, _>>()?;
        }
        Ok(found)
    }

    /// Pairs for scores: of each model and thing that it foretells in an area the newest, at most `limit`.
    ///
    /// # Errors
    /// When the file fails.
    pub fn judged(
        &self,
        area: AreaCode,
        drill: bool,
        limit: usize,
    ) -> Result<Vec<Judged>, StoreError> {
        let db = self.db();
        let (low, high) = (area.0, area.last().0);
        let mut all = db.prepare_cached("SELECT DISTINCT model, what FROM forecast")?;
        let all = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let all: Vec<(String, String)> = all.collect::<Result<_, _>>()?;
        let mut select = db.prepare_cached(
            "SELECT unit, form, against, foretold, came, before
            FROM forecast JOIN forecast_value ON forecast = id
            WHERE model = ?1 AND what = ?2 AND drill = ?3 AND area BETWEEN ?4 AND ?5 AND came IS NOT NULL
            ORDER BY id DESC, ahead LIMIT ?6",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        for (model, what) in all {
            let rows = select.query_map(params![model, what, drill, low, high, limit], |row| {
                Ok(Judged {
                    model: model.clone(),
                    what: what.clone(),
                    unit: row.get(0)?,
                    form: Form::of_word(&row.get::<_, String>(1)?),
                    against: row.get(2)?,
                    foretold: row.get(3)?,
                    came: row.get(4)?,
                    before: row.get(5)?,
                })
            })?;
            for judged in rows {
                found.push(judged?);
            }
        }
        Ok(found)
    }

    /// How much of what models of an area foretold lately (in the last [`RECENT`] forecasts of all) is open still, or void.
    ///
    /// # Errors
    /// When the file fails.
    pub fn unjudged(&self, area: AreaCode, drill: bool) -> Result<Vec<Unjudged>, StoreError> {
        let db = self.db();
        let (low, high) = (area.0, area.last().0);
        let mut select = db.prepare_cached(
            "SELECT model, what, sum(came IS NULL AND void = 0), sum(void)
            FROM forecast_value JOIN forecast ON forecast = id
            WHERE id > (SELECT max(id) FROM forecast) - ?4 AND area BETWEEN ?1 AND ?2 AND drill = ?3
            GROUP BY model, what ORDER BY model, what",
        )?;
        let rows = select.query_map(params![low, high, drill, RECENT], |row| {
            let count = |place| row.get(place).map(crate::db::from_sql);
            Ok(Unjudged { model: row.get(0)?, what: row.get(1)?, open: count(2)?, void: count(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Keeps one, of ground or of everything else of an incident no more than `most`, and drops the oldest of its device beyond what is kept;
/// its values go with a forecast. Gives its number when it is new.
pub(super) fn keep(
    change: &Connection,
    forecast: &Forecast,
    most: i64,
) -> Result<Option<i64>, StoreError> {
    let new = change
        .prepare_cached(
            "INSERT INTO forecast (model, device, area, at, drill, unit, step_s, before, inputs, notes, what, form,
                against, incident, version, detail)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16
            WHERE ?14 = 0 OR (SELECT count(*) FROM forecast WHERE incident = ?14 AND (what = ?18) = (?11 = ?18)) < ?17
            ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            forecast.model,
            forecast.device,
            forecast.area.0,
            forecast.at.0,
            forecast.drill,
            forecast.unit,
            forecast.step_s,
            forecast.before,
            forecast.inputs,
            forecast.notes,
            forecast.what,
            forecast.form.word(),
            forecast.against,
            crate::db::to_sql(forecast.incident),
            forecast.version,
            forecast.detail,
            most,
            super::observed::GROUND,
        ])?;
    if new == 0 {
        return Ok(None);
    }
    let id = change.last_insert_rowid();
    let sql = "INSERT INTO forecast_value (forecast, ahead, foretold, low, high) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = change.prepare_cached(sql)?;
    for value in &forecast.values {
        insert.execute(params![id, value.ahead, value.foretold, value.low, value.high])?;
    }
    let sql = "DELETE FROM forecast WHERE id IN
        (SELECT id FROM forecast WHERE model = ?1 AND device = ?2 ORDER BY at DESC LIMIT -1 OFFSET ?3)";
    change.prepare_cached(sql)?.execute(params![forecast.model, forecast.device, KEPT])?;
    Ok(Some(id))
}

fn value(row: &Row<'_>, first: usize) -> rusqlite::Result<Foretold> {
    Ok(Foretold {
        ahead: row.get(first)?,
        foretold: row.get(first + 1)?,
        came: row.get(first + 2)?,
        low: row.get(first + 3)?,
        high: row.get(first + 4)?,
        void: row.get(first + 5)?,
    })
}

pub(super) fn forecast(row: &Row<'_>) -> rusqlite::Result<Forecast> {
    Ok(Forecast {
        id: crate::db::from_sql(row.get(0)?),
        model: row.get(1)?,
        device: row.get(2)?,
        area: AreaCode(row.get(3)?),
        at: Ms(row.get(4)?),
        drill: row.get(5)?,
        unit: row.get(6)?,
        step_s: row.get(7)?,
        before: row.get(8)?,
        inputs: row.get(9)?,
        notes: row.get(10)?,
        what: row.get(11)?,
        form: Form::of_word(&row.get::<_, String>(12)?),
        against: row.get(13)?,
        incident: crate::db::from_sql(row.get(14)?),
        version: row.get(15)?,
        detail: row.get(16)?,
        values: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(at: i64) -> Forecast {
        let value = |ahead| Foretold::new(ahead, f64::from(ahead));
        Forecast {
            id: 0,
            model: "water-gully".into(),
            what: "discharge".into(),
            form: Form::Figure,
            against: "persistence".into(),
            incident: 0,
            version: 0,
            detail: String::new(),
            device: "g".into(),
            area: AreaCode(640_121_000),
            at: Ms(at),
            drill: false,
            unit: "m3/s".into(),
            step_s: 600.0,
            before: Some(0.5),
            inputs: "{}".into(),
            notes: String::new(),
            values: vec![value(1), value(2)],
        }
    }

    #[test]
    fn a_forecast_is_kept_once_and_judged_by_what_came() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert!(desk.keep_forecast(&made(10)).unwrap());
        assert!(!desk.keep_forecast(&made(10)).unwrap(), "the same moment again");
        assert!(desk.keep_forecast(&made(20)).unwrap());
        let open = desk.open_forecasts("g", Ms(15)).unwrap();
        assert_eq!(open, [(2, Ms(20))]);

        desk.came(2, 1, 3.0).unwrap();
        desk.came(2, 1, 9.0).unwrap();
        let all = desk.forecasts(AreaCode(640_100_000), None, 10).unwrap();
        let came: Vec<_> = all.iter().map(|f| (f.id, f.values[0].came)).collect();
        assert_eq!(came, [(2, Some(3.0)), (1, None)], "what came first holds");
        let judged = desk.judged(AreaCode::ALL, false, 10).unwrap();
        let [one] = &judged[..] else { panic!("{judged:?}") };
        assert_eq!((&*one.model, &*one.what, one.form), ("water-gully", "discharge", Form::Figure));
        assert_eq!((one.foretold, one.came, one.before), (1.0, 3.0, Some(0.5)));
        assert!(desk.judged(AreaCode::ALL, true, 10).unwrap().is_empty());
        assert!(desk.forecasts(AreaCode(640_200_000), None, 10).unwrap().is_empty());
        desk.came(2, 2, 3.0).unwrap();
        assert!(desk.open_forecasts("g", Ms(15)).unwrap().is_empty());
    }

    fn of_incident(incident: u64, sensor: usize, at: i64) -> Forecast {
        Forecast {
            model: "gas-release".into(),
            what: "level-exceeded".into(),
            form: Form::Chance,
            incident,
            device: format!("s{sensor}"),
            detail: "aegl-2".into(),
            values: vec![Foretold { low: Some(0.0), ..Foretold::new(1, 1.0) }],
            ..made(at)
        }
    }

    #[test]
    fn what_is_due_is_judged_once_and_an_incident_has_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let minute = 60_000;
        {
            let desk = Desk::open(folder.path()).unwrap();
            assert!(desk.keep_forecast(&of_incident(7, 1, 0)).unwrap());
            assert!(desk.keep_forecast(&of_incident(7, 2, 0)).unwrap());
            assert!(desk.keep_forecast(&of_incident(8, 1, 0)).unwrap(), "another incident");
            assert!(!desk.keep_forecast(&of_incident(7, 1, 0)).unwrap());
            assert!(desk.due_forecasts(Ms(10 * minute - 1), 10).unwrap().is_empty());
            desk.judge_forecasts(&[(1, 1, Some(1.0)), (2, 1, None)]).unwrap();
            desk.judge_forecasts(&[(1, 1, Some(0.0)), (2, 1, Some(1.0))]).unwrap();
            let judged = desk.judged(AreaCode::ALL, false, 10).unwrap();
            assert_eq!(judged.iter().map(|j| j.came).collect::<Vec<_>>(), [1.0], "once");
        }
        let desk = Desk::open(folder.path()).unwrap();
        assert!(!desk.keep_forecast(&of_incident(7, 1, 0)).unwrap(), "after a restart");
        let due = desk.due_forecasts(Ms(10 * minute), 10).unwrap();
        assert_eq!(due.iter().map(|due| due.forecast.id).collect::<Vec<_>>(), [3]);
        assert_eq!((due[0].span(), due[0].value.low), ((Ms(0), Ms(10 * minute)), Some(0.0)));
        let left = desk.unjudged(AreaCode::ALL, false).unwrap();
        assert_eq!((left[0].open, left[0].void), (1, 1));
        assert!(desk.open_forecasts("s1", Ms(0)).unwrap().is_empty(), "no gully's");
        let few = usize::try_from(MOST_OF_INCIDENT).unwrap();
        let many: Vec<Forecast> = (0..few + 5).map(|sensor| of_incident(9, sensor, 0)).collect();
        assert_eq!(desk.keep_forecasts(&many).unwrap(), few);
    }

    #[test]
    fn clearance_is_counted_in_minutes_and_what_is_old_goes() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let clear = |incident, at| Forecast {
            model: "evacuation".into(),
            what: "clearance".into(),
            form: Form::Figure,
            ..of_incident(incident, 1, at)
        };
        for (incident, at) in [(7, 0), (7, 120_000), (8, 0)] {
            assert!(desk.keep_forecast(&clear(incident, at)).unwrap());
        }
        desk.came_after_min(7, "clearance", Ms(600_000)).unwrap();
        desk.came_after_min(7, "clearance", Ms(900_000)).unwrap();
        let came: Vec<f64> =
            desk.judged(AreaCode::ALL, false, 10).unwrap().iter().map(|j| j.came).collect();
        assert_eq!(came, [8.0, 10.0], "the first confirmation counts");
        let drill = Forecast { drill: true, ..of_incident(9, 1, 1) };
        desk.keep_forecast(&drill).unwrap();
        assert_eq!(desk.prune_forecasts(Ms(DRILLS_KEPT_FOR.0 + 2)).unwrap(), 1);
        assert_eq!(desk.prune_forecasts(Ms(KEPT_FOR.0 + 60_000)).unwrap(), 2);
        let left: i64 = desk
            .db()
            .query_row("SELECT count(*) FROM forecast_value", [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 1, "values go with their forecasts");
    }

    #[test]
    fn a_file_of_an_earlier_program_is_brought_up() {
        let folder = tempfile::tempdir().unwrap();
        {
            let db = Connection::open(folder.path().join("desk.db")).unwrap();
            db.execute_batch(
                "CREATE TABLE forecast (id INTEGER PRIMARY KEY, model TEXT NOT NULL, device TEXT NOT NULL,
                    area INTEGER NOT NULL, at INTEGER NOT NULL, drill INTEGER NOT NULL, unit TEXT NOT NULL,
                    step_s REAL NOT NULL, before REAL, inputs TEXT NOT NULL, notes TEXT NOT NULL) STRICT;
                CREATE UNIQUE INDEX forecast_made ON forecast (device, at);
                CREATE TABLE forecast_value (forecast INTEGER NOT NULL REFERENCES forecast (id) ON DELETE CASCADE,
                    ahead INTEGER NOT NULL, foretold REAL NOT NULL, came REAL, PRIMARY KEY (forecast, ahead)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO forecast VALUES (1, 'water-gully', 'g', 640121000, 10, 0, 'm3/s', 600, 0.5, '{}', '');
                INSERT INTO forecast_value VALUES (1, 1, 1.0, 2.0);",
            )
            .unwrap();
        }
        let desk = Desk::open(folder.path()).unwrap();
        let judged = desk.judged(AreaCode::ALL, false, 10).unwrap();
        assert_eq!((&*judged[0].what, judged[0].came), ("discharge", 2.0));
        assert!(!desk.keep_forecast(&made(10)).unwrap(), "it is known");
        assert!(desk.keep_forecast(&of_incident(1, 1, 10)).unwrap());
    }
}
