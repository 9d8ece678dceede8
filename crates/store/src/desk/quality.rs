//! Scores of past days, and random checks with what was found.

use helan_base::{RecordId, quality::Marks};
use helan_kernel::{AreaCode, Ms};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS quality_day (
    day       BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    area      BIGINT NOT NULL,
    records   BIGINT NOT NULL,
    filled    BIGINT NOT NULL,
    complete  BIGINT NOT NULL,
    valid     BIGINT NOT NULL,
    fresh     BIGINT NOT NULL,
    single    BIGINT NOT NULL,
    reference BIGINT NOT NULL,
    place     BIGINT NOT NULL,
    PRIMARY KEY (day, kind, area)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spot_draw (
    id   INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    area BIGINT NOT NULL,
    seed BIGINT NOT NULL,
    by   TEXT NOT NULL,
    at   BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS spot_item (
    draw       BIGINT NOT NULL,
    fid        BIGINT NOT NULL,
    area       BIGINT NOT NULL,
    checked_by TEXT,
    checked_at BIGINT,
    wrong      TEXT,
    note       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (draw, fid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS spot_item_checked ON spot_item (checked_at) WHERE checked_at IS NOT NULL;
";

/// Days whose scores are kept: a year, and the same month of the year before.
const KEPT_DAYS: i64 = 400;

/// A draw of records to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Its number.
    pub id: u64,
    /// Key of the kind.
    pub kind: String,
    /// Area that was drawn from.
    pub area: AreaCode,
    /// Seed: whoever has it can draw again.
    pub seed: u64,
    /// Account that drew.
    pub by: String,
    /// When.
    pub at: Ms,
    /// Records that were drawn.
    pub drawn: u64,
    /// Those that somebody looked at.
    pub checked: u64,
    /// Those of them with something wrong.
    pub wrong: u64,
}

/// A record that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The record.
    pub id: RecordId,
    /// Its area when it was drawn.
    pub area: AreaCode,
    /// What somebody found who looked; none as long as nobody did.
    pub check: Option<Check>,
}

/// What somebody found who looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Columns that are wrong; none: all is right.
    pub wrong: Vec<String>,
    /// More words.
    pub note: String,
    /// Account.
    pub by: String,
    /// When.
    pub at: Ms,
}

/// How many were checked and wrong, of one kind in one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    /// Key of the kind.
    pub kind: String,
    /// Area of the records.
    pub area: AreaCode,
    /// Those that somebody looked at.
    pub checked: u64,
    /// Those of them with something wrong.
    pub wrong: u64,
}

const DRAW: &str =
    "SELECT d.id, d.kind, d.area, d.seed, d.by, d.at, count(i.fid), count(i.checked_at),
    count(CASE WHEN i.wrong <> '[]' THEN 1 END)
    FROM spot_draw d LEFT JOIN spot_item i ON i.draw = d.id";

impl Desk {
    /// Keeps the scores of a kind for a day, instead of those kept for that day before; scores of long ago go.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_marks(
        &self,
        day: i64,
        kind: &str,
        marks: impl IntoIterator<Item = (AreaCode, Marks)>,
    ) -> Result<(), StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        tx.execute("DELETE FROM quality_day WHERE day = ?1 AND kind = ?2", params![day, kind])?;
        tx.execute("DELETE FROM quality_day WHERE day < ?1", [day - KEPT_DAYS])?;
        {
            let mut insert = tx.prepare_cached(
                "INSERT INTO quality_day VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?;
            for (area, marks) in marks {
                let [a, b, c, d, e, f] = marks.flawed.map(db::to_sql);
                let (records, filled) = (db::to_sql(marks.records), db::to_sql(marks.filled));
                insert.execute(params![day, kind, area.0, records, filled, a, b, c, d, e, f])?;
            }
        }
        tx.commit()?;
        Ok(())
    }

    /// What the scores of some kinds in an area were made of, by day, oldest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn marks_by_day(
        &self,
        kinds: &[&str],
        area: AreaCode,
        since: i64,
    ) -> Result<Vec<(i64, Marks)>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT day, sum(records), sum(filled), sum(complete), sum(valid), sum(fresh), sum(single),
                 sum(reference), sum(place)
             FROM quality_day WHERE day >= ?1 AND kind IN (SELECT value FROM json_each(?2))
                 AND area BETWEEN ?3 AND ?4 GROUP BY day ORDER BY day",
        )?;
        let days =
            statement.query_map(params![since, json(kinds)?, area.0, area.last().0], |row| {
                let number = |column: usize| row.get(column).map(db::from_sql);
                let flawed =
                    [number(3)?, number(4)?, number(5)?, number(6)?, number(7)?, number(8)?];
                let marks = Marks { records: number(1)?, filled: number(2)?, flawed };
                Ok((row.get(0)?, marks))
            })?;
        Ok(days.collect::<Result<_, _>>()?)
    }

    /// Keeps a draw; gives its number.
    ///
    /// # Errors
    /// When the file fails.
    pub fn add_draw(
        &self,
        (kind, area): (&str, AreaCode),
        seed: u64,
        records: &[(RecordId, AreaCode)],
        by: &str,
        now: Ms,
    ) -> Result<u64, StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        tx.execute(
            "INSERT INTO spot_draw (kind, area, seed, by, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![kind, area.0, db::to_sql(seed), by, now.0],
        )?;
        let id = tx.last_insert_rowid();
        for (record, area) in records {
            tx.prepare_cached("INSERT INTO spot_item (draw, fid, area) VALUES (?1, ?2, ?3)")?
                .execute(params![id, record.0, area.0])?;
        }
        tx.commit()?;
        Ok(db::from_sql(id))
    }

    /// Draws from an area or from inside it, newest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn draws(
        &self,
        area: AreaCode,
        before: Option<u64>,
        most: usize,
    ) -> Result<Vec<Draw>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!(
            "{DRAW} WHERE d.area BETWEEN ?1 AND ?2 AND d.id < ?3 GROUP BY d.id ORDER BY d.id DESC LIMIT ?4"
        ))?;
        let before = before.map_or(i64::MAX, db::to_sql);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let draws = statement.query_map(params![area.0, area.last().0, before, most], draw)?;
        Ok(draws.collect::<Result<_, _>>()?)
    }

    /// A draw with its records.
    ///
    /// # Errors
    /// When the file fails.
    pub fn draw(&self, id: u64) -> Result<Option<(Draw, Vec<Item>)>, StoreError> {
        let db = self.db();
        let Some(found) = draw_of(&db, id)? else { return Ok(None) };
        let mut statement = db.prepare_cached(
            "SELECT fid, area, checked_by, checked_at, wrong, note FROM spot_item WHERE draw = ?1 ORDER BY fid",
        )?;
        let mut rows = statement.query([db::to_sql(id)])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(item(row)?);
        }
        Ok(Some((found, items)))
    }

    /// Keeps what somebody found who looked at a drawn record; what was found earlier is replaced. False when it was not drawn.
    ///
    /// # Errors
    /// When the file fails.
    pub fn check_item(&self, draw: u64, id: RecordId, check: &Check) -> Result<bool, StoreError> {
        let wrong: Vec<&str> = check.wrong.iter().map(String::as_str).collect();
        let changed = self.db().execute(
            "UPDATE spot_item SET checked_by = ?3, checked_at = ?4, wrong = ?5, note = ?6
             WHERE draw = ?1 AND fid = ?2",
            params![db::to_sql(draw), id.0, check.by, check.at.0, json(&wrong)?, check.note],
        )?;
        Ok(changed == 1)
    }

    /// What was found since a moment, by kind and area of the records.
    ///
    /// # Errors
    /// When the file fails.
    pub fn errors(&self, area: AreaCode, since: Ms) -> Result<Vec<Errors>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT d.kind, i.area, count(*), count(CASE WHEN i.wrong <> '[]' THEN 1 END)
             FROM spot_item i JOIN spot_draw d ON d.id = i.draw
             WHERE i.checked_at >= ?1 AND i.area BETWEEN ?2 AND ?3 GROUP BY d.kind, i.area ORDER BY d.kind, i.area",
        )?;
        let rows = statement.query_map(params![since.0, area.0, area.last().0], |row| {
            let number = |column| row.get(column).map(db::from_sql);
            let area = AreaCode(row.get(1)?);
            Ok(Errors { kind: row.get(0)?, area, checked: number(2)?, wrong: number(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn draw_of(db: &Connection, id: u64) -> Result<Option<Draw>, StoreError> {
    let found = db
        .prepare_cached(&format!("{DRAW} WHERE d.id = ?1 GROUP BY d.id"))?
        .query_row([db::to_sql(id)], draw)
        .optional()?;
    Ok(found)
}

fn draw(row: &Row<'_>) -> rusqlite::Result<Draw> {
    let number = |column: usize| row.get(column).map(db::from_sql);
    Ok(Draw {
        id: number(0)?,
        kind: row.get(1)?,
        area: AreaCode(row.get(2)?),
        seed: number(3)?,
        by: row.get(4)?,
        at: Ms(row.get(5)?),
        drawn: number(6)?,
        checked: number(7)?,
        wrong: number(8)?,
    })
}

fn item(row: &Row<'_>) -> Result<Item, StoreError> {
    let wrong: Option<String> = row.get(4)?;
    let check = match (row.get::<_, Option<String>>(2)?, row.get::<_, Option<i64>>(3)?, wrong) {
        (Some(by), Some(at), Some(wrong)) => Some(Check {
            wrong: serde_json::from_str(&wrong)
                .map_err(|error| StoreError::Damaged(error.to_string()))?,
            note: row.get(5)?,
            by,
            at: Ms(at),
        }),
        _ => None,
    };
    Ok(Item { id: RecordId(row.get(0)?), area: AreaCode(row.get(1)?), check })
}

fn json(words: &[&str]) -> Result<String, StoreError> {
    serde_json::to_string(words).map_err(|error| StoreError::Damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: AreaCode = AreaCode(640_104_000);
    const ELSEWHERE: AreaCode = AreaCode(640_221_000);

    fn marks(records: u64) -> Marks {
        Marks { records, filled: 900 * records, flawed: [0, 0, records, 0, 0, 1] }
    }

    #[test]
    fn scores_of_a_day_are_replaced_and_added_up() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        desk.keep_marks(1, "school", [(HOME, marks(5))]).unwrap();
        desk.keep_marks(500, "school", [(HOME, marks(1))]).unwrap();
        desk.keep_marks(500, "school", [(HOME, marks(10)), (ELSEWHERE, marks(3))]).unwrap();
        desk.keep_marks(500, "road", [(HOME, marks(7))]).unwrap();
        let of = |kinds: &[&str], area| desk.marks_by_day(kinds, area, 0).unwrap();
        assert_eq!(of(&["school"], HOME), [(500, marks(10))], "day 1 is long ago");
        let mut all = marks(10);
        all.add(&marks(3));
        assert_eq!(of(&["school"], AreaCode::ALL), [(500, all)]);
        all.add(&marks(7));
        assert_eq!(of(&["school", "road"], AreaCode(640_000_000)), [(500, all)]);
        assert_eq!(of(&[], HOME), []);
    }

    #[test]
    fn what_was_found_is_counted_by_area() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let records = [(RecordId(1), HOME), (RecordId(2), HOME), (RecordId(3), ELSEWHERE)];
        let id = desk.add_draw(("school", AreaCode::ALL), 9, &records, "steward", Ms(5)).unwrap();
        let check = |wrong: &[&str]| Check {
            wrong: wrong.iter().map(|&w| w.to_owned()).collect(),
            note: "seen".into(),
            by: "grid".into(),
            at: Ms(7),
        };
        assert!(desk.check_item(id, RecordId(1), &check(&["phone"])).unwrap());
        assert!(desk.check_item(id, RecordId(2), &check(&["phone"])).unwrap());
        assert!(desk.check_item(id, RecordId(2), &check(&[])).unwrap(), "looked at again");
        assert!(!desk.check_item(id, RecordId(4), &check(&[])).unwrap(), "not drawn");
        let (draw, items) = desk.draw(id).unwrap().unwrap();
        assert_eq!((draw.drawn, draw.checked, draw.wrong, draw.seed), (3, 2, 1, 9));
        assert_eq!(items[0].check, Some(check(&["phone"])));
        assert_eq!(items[2].check, None);
        let errors = |area| desk.errors(area, Ms(0)).unwrap();
        let home = Errors { kind: "school".into(), area: HOME, checked: 2, wrong: 1 };
        assert_eq!(errors(AreaCode::ALL), [home]);
        assert_eq!(errors(ELSEWHERE), []);
        assert_eq!(desk.errors(HOME, Ms(8)).unwrap(), [], "found before");
        assert_eq!(desk.draws(AreaCode::ALL, None, 9).unwrap(), [draw]);
        assert_eq!(desk.draws(HOME, None, 9).unwrap(), [], "it tells of more than that county");
    }
}
