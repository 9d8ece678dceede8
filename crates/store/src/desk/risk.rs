//! Gradings of objects: what each is now, and what it was before.

use helan_base::{
    RecordId,
    risk::{Colour, Difference, Judged},
};
use helan_kernel::{AreaCode, Ms};
use rusqlite::{Row, params};

use super::Desk;
use crate::StoreError;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS risk (
    seq INTEGER PRIMARY KEY, record INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
    name TEXT NOT NULL, area INTEGER NOT NULL, at INTEGER NOT NULL, rank INTEGER NOT NULL,
    judged TEXT NOT NULL, why TEXT NOT NULL, now INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS risk_now ON risk (record) WHERE now = 1;
CREATE INDEX IF NOT EXISTS risk_past ON risk (record, seq);
CREATE INDEX IF NOT EXISTS risk_rank ON risk (rank, record) WHERE now = 1;
";

/// Gradings that are kept of one object: some years of changes.
const KEPT: u32 = 1_000;

/// The grading of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskRow {
    /// The object.
    pub record: RecordId,
    /// Its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: AreaCode,
    /// Since when.
    pub at: Ms,
    /// What it is, and why.
    pub judged: Judged,
    /// What is other than in the grading before; nothing in the first.
    pub why: Vec<Difference>,
}

/// A grading to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskPut {
    /// The grading.
    pub row: RiskRow,
    /// Whether it takes the place of the one before; else that one goes into the history.
    pub replaces: bool,
}

/// Which gradings.
#[derive(Clone, Debug)]
pub struct RiskPage<'a> {
    /// Only in this area.
    pub area: AreaCode,
    /// Only of this colour.
    pub colour: Option<Colour>,
    /// Only of this kind.
    pub kind: Option<&'a str>,
    /// Only those behind this one in the order of the list.
    pub after: Option<(Colour, RecordId)>,
    /// So many at most.
    pub most: usize,
}

fn rank(colour: Colour) -> i64 {
    Colour::ALL.iter().zip(0_i64..).find(|(c, _)| **c == colour).map_or(4, |(_, rank)| rank)
}

const COLUMNS: &str = "record, kind, key, name, area, at, judged, why";

impl Desk {
    /// Stores gradings in one transaction.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn put_risks(&self, puts: &[RiskPut]) -> Result<(), StoreError> {
        let db = self.db();
        let tx = db.unchecked_transaction()?;
        for RiskPut { row, replaces } in puts {
            let of = row.record.0;
            let sql = if *replaces {
                "DELETE FROM risk WHERE record = ?1 AND now = 1"
            } else {
                "UPDATE risk SET now = 0 WHERE record = ?1 AND now = 1"
            };
            tx.prepare_cached(sql)?.execute([of])?;
            tx.prepare_cached(
                "INSERT INTO risk (record, kind, key, name, area, at, rank, judged, why, now)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1)",
            )?
            .execute(params![
                of,
                row.kind,
                row.key,
                row.name,
                row.area.0,
                row.at.0,
                rank(row.judged.colour),
                json(&row.judged)?,
                json(&row.why)?
            ])?;
            tx.prepare_cached(
                "DELETE FROM risk WHERE record = ?1 AND seq <= (SELECT seq FROM risk
                 WHERE record = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![of, KEPT])?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Ends the gradings of objects that are gone; their history stays.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn end_risks(&self, gone: &[RecordId]) -> Result<(), StoreError> {
        let db = self.db();
        let tx = db.unchecked_transaction()?;
        for id in gone {
            tx.prepare_cached("UPDATE risk SET now = 0 WHERE record = ?1 AND now = 1")?
                .execute([id.0])?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Numbers of all objects that are graded now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn graded(&self) -> Result<Vec<RecordId>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT record FROM risk WHERE now = 1")?;
        let found = statement.query_map([], |row| row.get(0).map(RecordId))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The grading of an object now; none when it has none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn risk(&self, of: RecordId) -> Result<Option<RiskRow>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {COLUMNS} FROM risk WHERE record = ?1 AND now = 1");
        let mut statement = db.prepare_cached(&sql)?;
        let mut rows = statement.query([of.0])?;
        rows.next()?.map(read).transpose()
    }

    /// Gradings of now, the worst first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn risks(&self, page: &RiskPage<'_>) -> Result<Vec<RiskRow>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {COLUMNS} FROM risk WHERE now = 1 AND area BETWEEN ?1 AND ?2
               AND (?3 IS NULL OR rank = ?3) AND (?4 IS NULL OR kind = ?4) AND (rank, record) > (?5, ?6)
             ORDER BY rank, record LIMIT ?7"
        );
        let (after, record) = page.after.map_or((-1, 0), |(colour, id)| (rank(colour), id.0));
        let most = i64::try_from(page.most).unwrap_or(i64::MAX);
        let mut statement = db.prepare_cached(&sql)?;
        let mut rows = statement.query(params![
            page.area.0,
            page.area.last().0,
            page.colour.map(rank),
            page.kind,
            after,
            record,
            most
        ])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// The gradings of an object, the newest first. Whether the first one still stands is not said.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn risk_history(&self, of: RecordId, most: usize) -> Result<Vec<RiskRow>, StoreError> {
        let db = self.db();
        let sql =
            format!("SELECT {COLUMNS} FROM risk WHERE record = ?1 ORDER BY seq DESC LIMIT ?2");
        let mut statement = db.prepare_cached(&sql)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![of.0, most])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// How many objects of an area have which colour now, township by township.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn risk_counts(&self, area: AreaCode) -> Result<Vec<(AreaCode, Colour, u64)>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT area, rank, count(*) FROM risk WHERE now = 1 AND area BETWEEN ?1 AND ?2
             GROUP BY area, rank",
        )?;
        let found = statement.query_map([area.0, area.last().0], |row| {
            let rank: i64 = row.get(1)?;
            let place = usize::try_from(rank).unwrap_or(usize::MAX);
            let colour = Colour::ALL.get(place).copied().unwrap_or_default();
            Ok((AreaCode(row.get(0)?), colour, crate::db::from_sql(row.get(2)?)))
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

fn json(what: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(what).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn read(row: &Row<'_>) -> Result<RiskRow, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged(format!("a grading: {error}"));
    let (judged, why): (String, String) = (row.get(6)?, row.get(7)?);
    Ok(RiskRow {
        record: RecordId(row.get(0)?),
        kind: row.get(1)?,
        key: row.get(2)?,
        name: row.get(3)?,
        area: AreaCode(row.get(4)?),
        at: Ms(row.get(5)?),
        judged: serde_json::from_str(&judged).map_err(damaged)?,
        why: serde_json::from_str(&why).map_err(damaged)?,
    })
}

#[cfg(test)]
mod tests {
    use helan_base::risk::Known;
    use helan_kernel::Text;

    use super::*;

    fn row(record: i64, area: u32, colour: Colour, at: i64, why: &str) -> RiskRow {
        let judged = Judged {
            colour,
            method: "matrix".into(),
            value: Some(4.0),
            grade: String::new(),
            inputs: Vec::new(),
            formula: Text::default(),
            warnings: Vec::new(),
        };
        let difference = Difference {
            key: why.into(),
            name: Text::default(),
            unit: String::new(),
            before: Some(Known::Missing),
            after: Some(Known::Number(2.0)),
            area: None,
        };
        let why = if why.is_empty() { Vec::new() } else { vec![difference] };
        RiskRow {
            record: RecordId(record),
            kind: "mine".into(),
            key: record.to_string(),
            name: "矿".into(),
            area: AreaCode(area),
            at: Ms(at),
            judged,
            why,
        }
    }

    #[test]
    fn what_was_before_stays_and_lists_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let first = [
            row(1, 640_104_001, Colour::Blue, 1, ""),
            row(2, 640_104_002, Colour::Orange, 1, ""),
            row(3, 640_221_001, Colour::Red, 1, ""),
        ];
        let put = |row, replaces| desk.put_risks(&[RiskPut { row, replaces }]).unwrap();
        first.into_iter().for_each(|row| put(row, false));
        put(row(1, 640_104_001, Colour::Red, 2, "likelihood"), false);
        put(row(2, 640_104_002, Colour::Orange, 3, ""), true);
        assert_eq!(desk.risk_history(RecordId(2), 9).unwrap().len(), 1);
        let history = desk.risk_history(RecordId(1), 9).unwrap();
        let colours: Vec<Colour> = history.iter().map(|row| row.judged.colour).collect();
        assert_eq!(colours, [Colour::Red, Colour::Blue]);
        assert_eq!(history[0].why[0].key, "likelihood");
        let page = |area, colour, after, most| {
            let page = RiskPage { area: AreaCode(area), colour, kind: None, after, most };
            let rows = desk.risks(&page).unwrap();
            rows.into_iter().map(|row| row.record.0).collect::<Vec<_>>()
        };
        assert_eq!(page(0, None, None, 9), [1, 3, 2]);
        assert_eq!(page(0, None, Some((Colour::Red, RecordId(1))), 1), [3]);
        assert_eq!(page(640_104_000, None, None, 9), [1, 2]);
        assert_eq!(page(640_104_000, Some(Colour::Orange), None, 9), [2]);
        let counts = desk.risk_counts(AreaCode(640_221_000)).unwrap();
        assert_eq!(counts, [(AreaCode(640_221_001), Colour::Red, 1)]);
        desk.end_risks(&[RecordId(1)]).unwrap();
        assert_eq!(page(0, None, None, 9), [3, 2]);
        assert_eq!(desk.risk_history(RecordId(1), 9).unwrap().len(), 2);
        assert_eq!(desk.graded().unwrap().len(), 2);
        assert_eq!(desk.risk(RecordId(1)).unwrap(), None);
        assert_eq!(desk.risk(RecordId(3)).unwrap().map(|row| row.key), Some("3".into()));
    }
}
