//! Plans of incidents: what people work on, every edit, and every version that was issued.
//!
//! Plans themselves are text to this desk: whoever makes them knows what they mean.

use std::collections::BTreeMap;

use helan_kernel::{AreaCode, Ms};
use rusqlite::{OptionalExtension, Row, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS plan_work (
    incident INTEGER PRIMARY KEY, area INTEGER NOT NULL, at INTEGER NOT NULL,
    generated TEXT NOT NULL, standing TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS plan_edit (
    seq INTEGER PRIMARY KEY, incident INTEGER NOT NULL, line TEXT NOT NULL, by TEXT NOT NULL,
    at INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS plan_edit_of ON plan_edit (incident, seq);
CREATE TABLE IF NOT EXISTS plan_version (
    incident INTEGER NOT NULL, number INTEGER NOT NULL, area INTEGER NOT NULL, at INTEGER NOT NULL,
    level TEXT NOT NULL, asked_by TEXT NOT NULL, approved_by TEXT NOT NULL, summary TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plan_ways (
    incident INTEGER NOT NULL, number INTEGER NOT NULL, clear_at INTEGER NOT NULL,
    PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plan_shelter (
    incident INTEGER NOT NULL, number INTEGER NOT NULL, shelter TEXT NOT NULL, people INTEGER NOT NULL,
    PRIMARY KEY (incident, number, shelter)
) STRICT, WITHOUT ROWID;
";

/// Edits of the plan of one incident.
pub const MOST_EDITS: u64 = 2_000;
/// Versions of the plan of one incident: one each quarter of an hour for ten days.
pub const MOST_VERSIONS: u32 = 1_000;

/// The plan of an incident as it is worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanWork {
    /// Number of the incident.
    pub incident: u64,
    /// Its area.
    pub area: AreaCode,
    /// When the plan was generated.
    pub at: Ms,
    /// The generated plan, without edits.
    pub generated: String,
    /// The response level as it stands, and what keeps it there.
    pub standing: String,
}

/// An edit of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanEdit {
    /// The line.
    pub line: String,
    /// Account of who.
    pub by: String,
    /// When.
    pub at: Ms,
    /// What, with what was there before.
    pub body: String,
}

/// What is known of a version without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanHead {
    /// Number of the incident.
    pub incident: u64,
    /// 1 for the first.
    pub number: u32,
    /// Area of the incident.
    pub area: AreaCode,
    /// When it was issued.
    pub at: Ms,
    /// The response level; empty when there was none.
    pub level: String,
    /// Account of who asked for it.
    pub asked_by: String,
    /// Account of who approved it.
    pub approved_by: String,
    /// What is other than before, in a sentence.
    pub summary: String,
}

/// A version that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanVersion {
    /// What is known of it.
    pub head: PlanHead,
    /// The plan.
    pub body: String,
}

/// Where the ways out of an issued plan lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanWays {
    /// When the last have arrived.
    pub clear_at: Ms,
    /// Keys of shelters and how many people each gets.
    pub shelters: BTreeMap<String, u32>,
}

const HEAD: &str = "incident, number, area, at, level, asked_by, approved_by, summary";

impl Desk {
    /// Keeps the plan of an incident in the place of the one before; edits and versions stay.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn put_plan(&self, work: &PlanWork) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached(
            "INSERT INTO plan_work (incident, area, at, generated, standing)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (incident) DO UPDATE SET area = excluded.area, at = excluded.at,
             generated = excluded.generated, standing = excluded.standing",
        )?
        .execute(params![
            db::to_sql(work.incident),
            work.area.0,
            work.at.0,
            work.generated,
            work.standing
        ])?;
        Ok(())
    }

    /// The plan of an incident as it is worked on; none when nobody began one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plan(&self, incident: u64) -> Result<Option<PlanWork>, StoreError> {
        let db = self.db();
        let found = db
            .prepare_cached(
                "SELECT area, at, generated, standing FROM plan_work WHERE incident = ?1",
            )?
            .query_row([db::to_sql(incident)], |row| {
                Ok(PlanWork {
                    incident,
                    area: AreaCode(row.get(0)?),
                    at: Ms(row.get(1)?),
                    generated: row.get(2)?,
                    standing: row.get(3)?,
                })
            })
            .optional()?;
        Ok(found)
    }

    /// Writes an edit down behind those of the same plan.
    ///
    /// # Errors
    /// When the disk fails, or the plan has too many.
    pub fn add_plan_edit(&self, incident: u64, edit: &PlanEdit) -> Result<(), StoreError> {
        let db = self.db();
        let tx = db.unchecked_transaction()?;
        let of = db::to_sql(incident);
        let count: i64 = tx
            .prepare_cached("SELECT count(*) FROM plan_edit WHERE incident = ?1")?
            .query_row([of], |row| row.get(0))?;
        if db::from_sql(count) >= MOST_EDITS {
            return Err(StoreError::TooMany("edits of one plan"));
        }
        tx.prepare_cached(
            "INSERT INTO plan_edit (incident, line, by, at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![of, edit.line, edit.by, edit.at.0, edit.body])?;
        tx.commit()?;
        Ok(())
    }

    /// All edits of a plan, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plan_edits(&self, incident: u64) -> Result<Vec<PlanEdit>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT line, by, at, body FROM plan_edit WHERE incident = ?1 ORDER BY seq",
        )?;
        let found = statement.query_map([db::to_sql(incident)], |row| {
            Ok(PlanEdit {
                line: row.get(0)?,
                by: row.get(1)?,
                at: Ms(row.get(2)?),
                body: row.get(3)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Keeps a version for good, with its ways when they are known. False when its number is not the next one: somebody else issued
    /// meanwhile.
    ///
    /// # Errors
    /// When the disk fails, or the plan has too many.
    pub fn add_plan_version(
        &self,
        version: &PlanVersion,
        ways: Option<&PlanWays>,
    ) -> Result<bool, StoreError> {
        let head = &version.head;
        if head.number > MOST_VERSIONS {
            return Err(StoreError::TooMany("versions of one plan"));
        }
        let mut db = self.db();
        let change = db.transaction()?;
        let added = change
            .prepare_cached(
                "INSERT INTO plan_version
                 (incident, number, area, at, level, asked_by, approved_by, summary, body)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ?2 =
                 (SELECT coalesce(max(number), 0) + 1 FROM plan_version WHERE incident = ?1)",
            )?
            .execute(params![
                db::to_sql(head.incident),
                head.number,
                head.area.0,
                head.at.0,
                head.level,
                head.asked_by,
                head.approved_by,
                head.summary,
                version.body
            ])?;
        if added == 0 {
            return Ok(false);
        }
        if let Some(ways) = ways {
            let of = db::to_sql(head.incident);
            change
                .prepare_cached(
                    "INSERT INTO plan_ways (incident, number, clear_at) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![of, head.number, ways.clear_at.0])?;
            for (shelter, people) in &ways.shelters {
                let sql = "INSERT INTO plan_shelter (incident, number, shelter, people) VALUES (?1, ?2, ?3, ?4)";
                change.prepare_cached(sql)?.execute(params![of, head.number, shelter, people])?;
            }
        }
        change.commit()?;
        Ok(true)
    }

    /// Where the ways of the newest version of a plan lead; none when none was issued, or its ways are not known.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plan_ways(&self, incident: u64) -> Result<Option<PlanWays>, StoreError> {
        let db = self.db();
        let of = db::to_sql(incident);
        let newest: Option<(u32, i64)> = db
            .prepare_cached(
                "SELECT number, clear_at FROM plan_ways WHERE incident = ?1 AND number =
                 (SELECT max(number) FROM plan_version WHERE incident = ?1)",
            )?
            .query_row([of], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((number, clear_at)) = newest else { return Ok(None) };
        let mut statement = db.prepare_cached(
            "SELECT shelter, people FROM plan_shelter WHERE incident = ?1 AND number = ?2",
        )?;
        let shelters = statement
            .query_map(params![of, number], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(Some(PlanWays { clear_at: Ms(clear_at), shelters }))
    }

    /// A version of a plan; the newest when no number is given.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plan_version(
        &self,
        incident: u64,
        number: Option<u32>,
    ) -> Result<Option<PlanVersion>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {HEAD}, body FROM plan_version WHERE incident = ?1 AND number = coalesce(?2, number)
             ORDER BY number DESC LIMIT 1"
        );
        let found = db
            .prepare_cached(&sql)?
            .query_row(params![db::to_sql(incident), number], |row| {
                Ok(PlanVersion { head: head(row)?, body: row.get(8)? })
            })
            .optional()?;
        Ok(found)
    }

    /// What is known of the versions of a plan, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plan_versions(&self, incident: u64) -> Result<Vec<PlanHead>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {HEAD} FROM plan_version WHERE incident = ?1 ORDER BY number DESC LIMIT ?2"
        );
        let mut statement = db.prepare_cached(&sql)?;
        let found = statement.query_map(params![db::to_sql(incident), MOST_VERSIONS], head)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The newest versions issued in an area, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plans_issued(&self, area: AreaCode, most: usize) -> Result<Vec<PlanHead>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {HEAD} FROM plan_version AS v WHERE area BETWEEN ?1 AND ?2 AND number =
             (SELECT max(number) FROM plan_version WHERE incident = v.incident)
             ORDER BY at DESC, incident DESC LIMIT ?3"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement = db.prepare_cached(&sql)?;
        let found = statement.query_map(params![area.0, area.last().0, most], head)?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

fn head(row: &Row<'_>) -> rusqlite::Result<PlanHead> {
    Ok(PlanHead {
        incident: db::from_sql(row.get(0)?),
        number: row.get(1)?,
        area: AreaCode(row.get(2)?),
        at: Ms(row.get(3)?),
        level: row.get(4)?,
        asked_by: row.get(5)?,
        approved_by: row.get(6)?,
        summary: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: AreaCode = AreaCode(640_104_000);

    fn version(incident: u64, number: u32, at: i64) -> PlanVersion {
        PlanVersion {
            head: PlanHead {
                incident,
                number,
                area: AREA,
                at: Ms(at),
                level: "II".into(),
                asked_by: "a".into(),
                approved_by: "b".into(),
                summary: format!("{number}"),
            },
            body: format!("plan {incident} {number}"),
        }
    }

    #[test]
    fn a_plan_is_kept_with_its_edits_and_versions() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert_eq!(desk.plan(7).unwrap(), None);
        let mut work = PlanWork {
            incident: 7,
            area: AREA,
            at: Ms(1),
            generated: "one".into(),
            standing: "IV".into(),
        };
        desk.put_plan(&work).unwrap();
        let edit = |line: &str, at| PlanEdit {
            line: line.into(),
            by: "a".into(),
            at: Ms(at),
            body: "{}".into(),
        };
        desk.add_plan_edit(7, &edit("second", 3)).unwrap();
        desk.add_plan_edit(7, &edit("first", 2)).unwrap();
        desk.add_plan_edit(8, &edit("other", 2)).unwrap();
        work.generated = "two".into();
        desk.put_plan(&work).unwrap();
        assert_eq!(desk.plan(7).unwrap(), Some(work));
        let edits = [edit("second", 3), edit("first", 2)];
        assert_eq!(desk.plan_edits(7).unwrap(), edits, "in the order in which they were made");
        drop(desk);
        assert_eq!(Desk::open(folder.path()).unwrap().plan_edits(7).unwrap(), edits);
    }

    #[test]
    fn versions_are_numbered_without_gaps_and_never_change() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert!(!desk.add_plan_version(&version(7, 2, 1), None).unwrap(), "not the next");
        assert!(desk.add_plan_version(&version(7, 1, 1), None).unwrap());
        let other = PlanVersion { body: "other".into(), ..version(7, 1, 2) };
        assert!(!desk.add_plan_version(&other, None).unwrap(), "somebody else was first");
        assert!(desk.add_plan_version(&version(7, 2, 3), None).unwrap());
        assert!(desk.add_plan_version(&version(8, 1, 2), None).unwrap());
        assert_eq!(desk.plan_version(7, Some(1)).unwrap(), Some(version(7, 1, 1)));
        assert_eq!(desk.plan_version(7, None).unwrap(), Some(version(7, 2, 3)));
        assert_eq!(desk.plan_version(9, None).unwrap(), None);
        let numbers: Vec<u32> =
            desk.plan_versions(7).unwrap().into_iter().map(|head| head.number).collect();
        assert_eq!(numbers, [2, 1]);
        let issued: Vec<(u64, u32)> = desk
            .plans_issued(AREA, 9)
            .unwrap()
            .into_iter()
            .map(|head| (head.incident, head.number))
            .collect();
        assert_eq!(issued, [(7, 2), (8, 1)]);
        assert!(desk.plans_issued(AreaCode(640_105_000), 9).unwrap().is_empty());
        assert!(matches!(
            desk.add_plan_version(&version(7, MOST_VERSIONS + 1, 4), None),
            Err(StoreError::TooMany(_))
        ));
    }

    #[test]
    fn the_ways_of_the_newest_version_count() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert_eq!(desk.plan_ways(7).unwrap(), None);
        let ways = |people: u32| PlanWays {
            clear_at: Ms(i64::from(people)),
            shelters: [("school".to_owned(), people), ("hall".to_owned(), 1)].into(),
        };
        desk.add_plan_version(&version(7, 1, 1), Some(&ways(80))).unwrap();
        desk.add_plan_version(&version(8, 1, 1), Some(&ways(5))).unwrap();
        assert_eq!(desk.plan_ways(7).unwrap(), Some(ways(80)));
        assert!(!desk.add_plan_version(&version(7, 1, 2), Some(&ways(9))).unwrap());
        assert_eq!(desk.plan_ways(7).unwrap(), Some(ways(80)), "what was not issued leads nowhere");
        let nobody = PlanWays { clear_at: Ms(9), shelters: BTreeMap::new() };
        desk.add_plan_version(&version(7, 2, 2), Some(&nobody)).unwrap();
        assert_eq!(desk.plan_ways(7).unwrap(), Some(nobody), "now nobody goes anywhere");
        desk.add_plan_version(&version(7, 3, 3), None).unwrap();
        assert_eq!(desk.plan_ways(7).unwrap(), None, "nobody knows");
        drop(desk);
        assert_eq!(Desk::open(folder.path()).unwrap().plan_ways(8).unwrap(), Some(ways(5)));
    }
}
