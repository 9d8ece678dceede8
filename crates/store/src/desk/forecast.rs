//! Forecasts as they were made, and what came: so that a model can be told from one that says that all stays as it is.

use helan_kernel::{AreaCode, Ms};
use rusqlite::{Row, params};

use super::Desk;
use crate::StoreError;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS forecast (
    id     INTEGER PRIMARY KEY,
    model  TEXT NOT NULL,
    device TEXT NOT NULL,
    area   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    drill  INTEGER NOT NULL,
    unit   TEXT NOT NULL,
    step_s REAL NOT NULL,
    before REAL,
    inputs TEXT NOT NULL,
    notes  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS forecast_made ON forecast (device, at);
CREATE TABLE IF NOT EXISTS forecast_value (
    forecast INTEGER NOT NULL REFERENCES forecast (id) ON DELETE CASCADE,
    ahead    INTEGER NOT NULL,
    foretold REAL NOT NULL,
    came     REAL,
    PRIMARY KEY (forecast, ahead)
) STRICT, WITHOUT ROWID;
";

/// Forecasts that are kept of one device: ten minutes apart, a year of wet days.
const KEPT: u32 = 20_000;

/// A forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Number; 0 before it is kept.
    pub id: u64,
    /// Key of the model.
    pub model: String,
    /// Key of the device that says it.
    pub device: String,
    /// Area of the device.
    pub area: AreaCode,
    /// The moment of the newest reading that it knows.
    pub at: Ms,
    /// Whether it belongs to a drill.
    pub drill: bool,
    /// Unit of the values.
    pub unit: String,
    /// Seconds between two values.
    pub step_s: f64,
    /// What was observed when it was made: that it stays so is the forecast of persistence.
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
}

/// A pair for the score of a model: foretold, came, and what was observed when it was foretold.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Key of the model.
    pub model: String,
    /// Foretold, came, before.
    pub pair: (f64, f64, f64),
}

const COLUMNS: &str = "id, model, device, area, at, drill, unit, step_s, before, inputs, notes";

impl Desk {
    /// Keeps a forecast; one of the same device and moment is kept once. Gives whether it is new.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_forecast(&self, forecast: &Forecast) -> Result<bool, StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        let new = change
            .prepare_cached(
                "INSERT INTO forecast (model, device, area, at, drill, unit, step_s, before, inputs, notes)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
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
            ])?;
        if new > 0 {
            let id = change.last_insert_rowid();
            for value in &forecast.values {
                change
                    .prepare_cached(
                        "INSERT INTO forecast_value (forecast, ahead, foretold) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![id, value.ahead, value.foretold])?;
            }
            let old =
                "SELECT id FROM forecast WHERE device = ?1 ORDER BY at DESC LIMIT -1 OFFSET ?2";
            let sql = format!("DELETE FROM forecast_value WHERE forecast IN ({old})");
            change.prepare_cached(&sql)?.execute(params![forecast.device, KEPT])?;
            let sql = format!("DELETE FROM forecast WHERE id IN ({old})");
            change.prepare_cached(&sql)?.execute(params![forecast.device, KEPT])?;
        }
        change.commit()?;
        Ok(new > 0)
    }

    /// Moments of the forecasts of a device, from `since` on, of which something has not come yet; oldest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn open_forecasts(&self, device: &str, since: Ms) -> Result<Vec<(u64, Ms)>, StoreError> {
        let db = self.db();
        let mut select = db.prepare_cached(
            "SELECT DISTINCT id, at FROM forecast JOIN forecast_value ON forecast = id
            WHERE device = ?1 AND at >= ?2 AND came IS NULL ORDER BY at",
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
        let mut select = db.prepare_cached(
            "SELECT ahead, foretold, came FROM forecast_value WHERE forecast = ?1 ORDER BY ahead",
        )?;
        for forecast in &mut found {
            let rows = select.query_map(params![crate::db::to_sql(forecast.id)], |row| {
                Ok(Foretold { ahead: row.get(0)?, foretold: row.get(1)?, came: row.get(2)? })
            })?;
            forecast.values = rows.collect::<Result<_, _>>()?;
        }
        Ok(found)
    }

    /// Pairs of all models of an area for their scores, newest first.
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
        let mut select = db.prepare_cached(
            "SELECT model, foretold, came, before FROM forecast_value JOIN forecast ON forecast = id
            WHERE area BETWEEN ?1 AND ?2 AND drill = ?3 AND came IS NOT NULL AND before IS NOT NULL
            ORDER BY forecast DESC, ahead LIMIT ?4",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![low, high, drill, limit], |row| {
            Ok(Judged { model: row.get(0)?, pair: (row.get(1)?, row.get(2)?, row.get(3)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn forecast(row: &Row<'_>) -> rusqlite::Result<Forecast> {
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
        values: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(at: i64) -> Forecast {
        let value = |ahead| Foretold { ahead, foretold: f64::from(ahead), came: None };
        Forecast {
            id: 0,
            model: "water-gully".into(),
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
        assert_eq!(judged, [Judged { model: "water-gully".into(), pair: (1.0, 3.0, 0.5) }]);
        assert!(desk.judged(AreaCode::ALL, true, 10).unwrap().is_empty());
        assert!(desk.forecasts(AreaCode(640_200_000), None, 10).unwrap().is_empty());
        desk.came(2, 2, 3.0).unwrap();
        assert!(desk.open_forecasts("g", Ms(15)).unwrap().is_empty());
    }
}
