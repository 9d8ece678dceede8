//! What people agree upon beside the records of the base database: `desk.db`.
//!
//! One module for each desk; each brings its own tables. Records themselves are in `base.gpkg`, which goes out of the house as it
//! is, so nothing that only the house may know belongs there. Everything here may wait for the disk.

mod closures;
pub mod connectors;
pub mod dispatch;
mod duty;
pub mod forces;
mod forecast;
pub mod observed;
mod plans;
pub mod quality;
mod report;
mod review;
mod risk;
pub mod sharing;
pub mod stock;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use helan_kernel::Ms;
use rusqlite::Connection;

use crate::{StoreError, db};

pub use closures::{MOST_CLOSURES, RoadClosure};
pub use duty::{CallDown, Shift};
pub use forecast::{Due, Forecast, Foretold, Form, Judged, Unjudged};
pub use plans::{
    Beside, Going, Issued, MOST_EDITS, MOST_VERSIONS, PlanEdit, PlanHead, PlanVersion, PlanWays,
    PlanWork,
};
pub use review::{Review, ReviewPage, ReviewState};
pub use risk::{RiskPage, RiskPut, RiskRow};

/// Name of the file in the data folder.
pub(crate) const FILE: &str = "desk.db";

/// The tables of all desks; each is made when it is not there.
const SCHEMAS: &[&str] = &[
    closures::SCHEMA,
    connectors::SCHEMA,
    dispatch::SCHEMA,
    duty::SCHEMA,
    forces::SCHEMA,
    plans::SCHEMA,
    forecast::SCHEMA,
    observed::SCHEMA,
    quality::SCHEMA,
    report::SCHEMA,
    review::SCHEMA,
    risk::SCHEMA,
    sharing::SCHEMA,
    stock::SCHEMA,
];

const DAY_MS: i64 = 24 * 3600 * 1000;
/// China is eight hours ahead of UTC, and has no summer time.
const CHINA_MS: i64 = 8 * 3600 * 1000;

/// The day of a moment, counted from 1970-01-01 and from midnight in China: what people mean by "today".
#[must_use]
pub const fn day(at: Ms) -> i64 {
    (at.0 + CHINA_MS).div_euclid(DAY_MS)
}

/// The first moment of a day.
#[must_use]
pub const fn first_moment(day: i64) -> Ms {
    Ms(day.saturating_mul(DAY_MS).saturating_sub(CHINA_MS))
}

/// A column that a table got later: table, column, what it holds.
type New = (&'static str, &'static str, &'static str);

/// Brings the table of a file of an earlier program up to a column; whether it was not there.
fn widen(db: &Connection, (table, column, what): &New) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2";
    let there: i64 = db.query_row(sql, [table, column], |row| row.get(0))?;
    if there == 0 {
        db.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column} {what}"))?;
    }
    Ok(there == 0)
}

/// The file of the desks.
pub struct Desk {
    db: Mutex<Connection>,
    /// Whoever keeps a proposal of dispatch or accepts a line of one does so alone.
    dispatching: Mutex<()>,
    folder: PathBuf,
}

impl Desk {
    /// Opens the file in a data folder; makes it when it is new.
    ///
    /// # Errors
    /// When it cannot be used, or a newer program wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let db = db::open(&folder.join(FILE), "", &SCHEMAS.concat())?;
        for column in forecast::NEW.iter().chain(&plans::NEW) {
            widen(&db, column)?;
        }
        db.execute_batch(forecast::INDEXES)?;
        observed::widen(&db)?;
        let folder = folder.to_owned();
        Ok(Self { db: Mutex::new(db), dispatching: Mutex::default(), folder })
    }

    /// The file, for one desk at a time.
    fn db(&self) -> MutexGuard<'_, Connection> {
        // A transaction that did not end was rolled back: the file is whole.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        // 2023-11-14T16:00:00Z is midnight in China.
        let midnight = Ms(1_699_977_600_000);
        assert_eq!(day(midnight), day(Ms(midnight.0 - 1)) + 1);
        assert_eq!(first_moment(day(midnight)), midnight);
    }
}
