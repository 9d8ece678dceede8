//! Plans of incidents: what people work on, every edit, and every version that was issued.
//!
//! Plans themselves are text to this desk: whoever makes them knows what they mean.

use std::collections::{BTreeMap, BTreeSet};

use helan_kernel::{AreaCode, Ms};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Desk, New};
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
CREATE INDEX IF NOT EXISTS plan_shelter_of ON plan_shelter (shelter);
";

/// Columns that came later.
pub(super) const NEW: [New; 1] = [("plan_shelter", "before", "INTEGER NOT NULL DEFAULT 0")];

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
    /// Who goes where, by the key of the shelter.
    pub shelters: BTreeMap<String, Going>,
}

/// People who go to a shelter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Going {
    /// How many.
    pub people: u32,
    /// How many were there, or on their way by other plans, when the ways were reckoned.
    pub before: u32,
}

/// What became of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issued {
    /// It is kept.
    Kept,
    /// Its number is not the next one: somebody else issued meanwhile.
    Overtaken,
    /// Another plan, of which nobody knew when the ways were reckoned, sends people to this shelter too.
    Taken(String),
}

/// What a version rests on.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// Other incidents whose people go to shelters.
    pub incidents: &'a BTreeSet<u64>,
    /// Number of the newest version of each of them that was known when the ways were reckoned.
    pub known: &'a BTreeMap<u64, u32>,
}

const HEAD: &str = "incident, number, area, at, level, asked_by, approved_by, summary";

impl Desk {
    /// Keeps the plan of an incident in the place of the one that was made at a moment, or as the first; edits and versions stay.
    /// False when another stands there: somebody else kept one meanwhile.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn put_plan(&self, work: &PlanWork, before: Option<Ms>) -> Result<bool, StoreError> {
        let db = self.db();
        let kept = db
            .prepare_cached(
                "INSERT INTO plan_work (incident, area, at, generated, standing)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (incident) DO UPDATE SET area = excluded.area, at = excluded.at,
                 generated = excluded.generated, standing = excluded.standing
                 WHERE plan_work.at IS ?6",
            )?
            .execute(params![
                db::to_sql(work.incident),
                work.area.0,
                work.at.0,
                work.generated,
                work.standing,
                before.map(|at| at.0)
            ])?;
        Ok(kept > 0)
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

    /// Keeps a version for good, with its ways when they are known, unless others were faster.
    ///
    /// # Errors
    /// When the disk fails, or the plan has too many.
    pub fn add_plan_version(
        &self,
        version: &PlanVersion,
        ways: Option<&PlanWays>,
        beside: Beside<'_>,
    ) -> Result<Issued, StoreError> {
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
            return Ok(Issued::Overtaken);
        }
        if let Some(ways) = ways {
            let of = db::to_sql(head.incident);
            change
                .prepare_cached(
                    "INSERT INTO plan_ways (incident, number, clear_at) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![of, head.number, ways.clear_at.0])?;
            for (shelter, going) in &ways.shelters {
                if sent_meanwhile(&change, head.incident, shelter, beside)? {
                    return Ok(Issued::Taken(shelter.clone()));
                }
                let sql = "INSERT INTO plan_shelter (incident, number, shelter, people, before)
                    VALUES (?1, ?2, ?3, ?4, ?5)";
                let row = params![of, head.number, shelter, going.people, going.before];
                change.prepare_cached(sql)?.execute(row)?;
            }
        }
        change.commit()?;
        Ok(Issued::Kept)
    }

    /// Where the ways of the newest version of a plan lead, and its number; none when none was issued, or its ways are not known.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plan_ways(&self, incident: u64) -> Result<Option<(u32, PlanWays)>, StoreError> {
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
            "SELECT shelter, people, before FROM plan_shelter WHERE incident = ?1 AND number = ?2",
        )?;
        let shelters = statement
            .query_map(params![of, number], |row| {
                Ok((row.get(0)?, Going { people: row.get(1)?, before: row.get(2)? }))
            })?
            .collect::<Result<_, _>>()?;
        Ok(Some((number, PlanWays { clear_at: Ms(clear_at), shelters })))
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
}

/// Whether the newest plan of another incident, of which nobody knew when the ways were reckoned, sends people to a shelter.
fn sent_meanwhile(
    change: &Transaction<'_>,
    incident: u64,
    shelter: &str,
    beside: Beside<'_>,
) -> Result<bool, StoreError> {
    let mut others = change.prepare_cached(
        "SELECT incident, number FROM plan_shelter AS s WHERE shelter = ?1 AND incident <> ?2
         AND number = (SELECT max(number) FROM plan_version WHERE incident = s.incident)",
    )?;
    let others = others.query_map(params![shelter, db::to_sql(incident)], |row| {
        Ok((db::from_sql(row.get(0)?), row.get::<_, u32>(1)?))
    })?;
    for other in others {
        let (other, number) = other?;
        if beside.incidents.contains(&other) && beside.known.get(&other) != Some(&number) {
            return Ok(true);
        }
    }
    Ok(false)
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

    fn ways(people: u32) -> PlanWays {
        let going = |people| Going { people, before: 3 };
        PlanWays {
            clear_at: Ms(i64::from(people)),
            shelters: [("school".to_owned(), going(people)), ("hall".to_owned(), going(1))].into(),
        }
    }

    /// No other incident.
    const fn alone() -> Beside<'static> {
        static INCIDENTS: BTreeSet<u64> = BTreeSet::new();
        static KNOWN: BTreeMap<u64, u32> = BTreeMap::new();
        Beside { incidents: &INCIDENTS, known: &KNOWN }
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
        assert!(desk.put_plan(&work, None).unwrap());
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
        assert!(!desk.put_plan(&work, None).unwrap(), "somebody began it");
        assert!(!desk.put_plan(&work, Some(Ms(0))).unwrap(), "somebody kept another");
        work.at = Ms(2);
        assert!(desk.put_plan(&work, Some(Ms(1))).unwrap());
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
        let add = |version: &PlanVersion| desk.add_plan_version(version, None, alone());
        assert_eq!(add(&version(7, 2, 1)).unwrap(), Issued::Overtaken, "not the next");
        assert_eq!(add(&version(7, 1, 1)).unwrap(), Issued::Kept);
        let other = PlanVersion { body: "other".into(), ..version(7, 1, 2) };
        assert_eq!(add(&other).unwrap(), Issued::Overtaken, "somebody else was first");
        assert_eq!(add(&version(7, 2, 3)).unwrap(), Issued::Kept);
        assert_eq!(add(&version(8, 1, 2)).unwrap(), Issued::Kept);
        assert_eq!(desk.plan_version(7, Some(1)).unwrap(), Some(version(7, 1, 1)));
        assert_eq!(desk.plan_version(7, None).unwrap(), Some(version(7, 2, 3)));
        assert_eq!(desk.plan_version(9, None).unwrap(), None);
        let numbers: Vec<u32> =
            desk.plan_versions(7).unwrap().into_iter().map(|head| head.number).collect();
        assert_eq!(numbers, [2, 1]);
        let more = add(&version(7, MOST_VERSIONS + 1, 4));
        assert!(matches!(more, Err(StoreError::TooMany(_))));
    }

    #[test]
    fn the_ways_of_the_newest_version_count() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert_eq!(desk.plan_ways(7).unwrap(), None);
        let add = |version: &PlanVersion, ways: Option<&PlanWays>| {
            desk.add_plan_version(version, ways, alone()).unwrap()
        };
        assert_eq!(add(&version(7, 1, 1), Some(&ways(80))), Issued::Kept);
        assert_eq!(add(&version(8, 1, 1), Some(&ways(5))), Issued::Kept);
        assert_eq!(desk.plan_ways(7).unwrap(), Some((1, ways(80))));
        assert_eq!(add(&version(7, 1, 2), Some(&ways(9))), Issued::Overtaken);
        let same = Some((1, ways(80)));
        assert_eq!(desk.plan_ways(7).unwrap(), same, "what was not issued leads nowhere");
        let nobody = PlanWays { clear_at: Ms(9), shelters: BTreeMap::new() };
        assert_eq!(add(&version(7, 2, 2), Some(&nobody)), Issued::Kept);
        assert_eq!(desk.plan_ways(7).unwrap(), Some((2, nobody)), "now nobody goes anywhere");
        assert_eq!(add(&version(7, 3, 3), None), Issued::Kept);
        assert_eq!(desk.plan_ways(7).unwrap(), None, "nobody knows");
        drop(desk);
        assert_eq!(Desk::open(folder.path()).unwrap().plan_ways(8).unwrap(), Some((1, ways(5))));
    }

    #[test]
    fn two_plans_do_not_send_people_to_the_same_shelter_unseen() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let others = BTreeSet::from([7, 8]);
        let add = |version: &PlanVersion, people: u32, known: &[(u64, u32)]| {
            let known = known.iter().copied().collect();
            let beside = Beside { incidents: &others, known: &known };
            desk.add_plan_version(version, Some(&ways(people)), beside).unwrap()
        };
        let taken = Issued::Taken("hall".to_owned());
        assert_eq!(add(&version(7, 1, 1), 80, &[]), Issued::Kept);
        assert_eq!(add(&version(8, 1, 2), 5, &[]), taken, "reckoned without the first");
        assert_eq!(desk.plan_version(8, None).unwrap(), None, "nothing is kept");
        assert_eq!(add(&version(8, 1, 2), 5, &[(7, 1)]), Issued::Kept);
        assert_eq!(add(&version(7, 2, 3), 90, &[]), taken);
        assert_eq!(add(&version(7, 2, 3), 90, &[(8, 1)]), Issued::Kept);
        assert_eq!(add(&version(8, 2, 4), 5, &[(7, 1)]), taken, "another version since");
        // An incident that is over, or a drill, is not beside it.
        assert_eq!(add(&version(9, 1, 5), 5, &[(7, 2), (8, 1)]), Issued::Kept);
        assert_eq!(add(&version(8, 2, 6), 5, &[(7, 2)]), Issued::Kept);
    }
}
