//! Rosters of posts, and tests whether posts answer.

use helan_base::roster::Span;
use helan_kernel::{AreaCode, Ms};
use rusqlite::{OptionalExtension, Row, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS shift (
    id INTEGER PRIMARY KEY, post TEXT NOT NULL, area INTEGER NOT NULL, person TEXT NOT NULL, phone TEXT NOT NULL,
    starts INTEGER NOT NULL, ends INTEGER NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS shift_post ON shift (post, ends);
CREATE INDEX IF NOT EXISTS shift_time ON shift (ends);
CREATE TABLE IF NOT EXISTS call_down (
    incident INTEGER PRIMARY KEY, name TEXT NOT NULL, area INTEGER NOT NULL, at INTEGER NOT NULL,
    within INTEGER NOT NULL, by TEXT NOT NULL, posts INTEGER NOT NULL, ended INTEGER
) STRICT;
";

/// Shifts of one post: three a day for two years.
pub const MOST_SHIFTS: u64 = 2_200;

/// Somebody holds a post for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Its number; 0 before it is stored.
    pub id: u64,
    /// Key of the post.
    pub post: String,
    /// Area of the post.
    pub area: AreaCode,
    /// Who.
    pub person: String,
    /// Telephone; may be empty.
    pub phone: String,
    /// When.
    pub span: Span,
    /// Account that wrote it.
    pub by: String,
    /// When it was written.
    pub at: Ms,
}

/// A test whether posts answer: a drill that tells each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallDown {
    /// Number of the drill's incident.
    pub incident: u64,
    /// Name for people.
    pub name: String,
    /// Area whose posts were called.
    pub area: AreaCode,
    /// When.
    pub at: Ms,
    /// Within what time an answer counts as in time.
    pub within: Ms,
    /// Account that started it.
    pub by: String,
    /// How many posts were called.
    pub posts: u64,
    /// When it ended; none while it runs.
    pub ended: Option<Ms>,
}

const COLUMNS: &str = "id, post, area, person, phone, starts, ends, by, at";

impl Desk {
    /// Writes a shift down; gives its number.
    ///
    /// # Errors
    /// When the disk fails, or the post has too many.
    pub fn add_shift(&self, shift: &Shift) -> Result<u64, StoreError> {
        let db = self.db();
        let count: i64 = db
            .prepare_cached("SELECT count(*) FROM shift WHERE post = ?1")?
            .query_row([&shift.post], |row| row.get(0))?;
        if db::from_sql(count) >= MOST_SHIFTS {
            return Err(StoreError::TooMany("shifts of one post"));
        }
        db.prepare_cached(
            "INSERT INTO shift (post, area, person, phone, starts, ends, by, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            shift.post,
            shift.area.0,
            shift.person,
            shift.phone,
            shift.span.from.0,
            shift.span.until.0,
            shift.by,
            shift.at.0
        ])?;
        Ok(db::from_sql(db.last_insert_rowid()))
    }

    /// Takes a shift away.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove_shift(&self, id: u64) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached("DELETE FROM shift WHERE id = ?1")?.execute([db::to_sql(id)])?;
        Ok(())
    }

    /// One shift.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn shift(&self, id: u64) -> Result<Option<Shift>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {COLUMNS} FROM shift WHERE id = ?1");
        Ok(db.prepare_cached(&sql)?.query_row([db::to_sql(id)], read).optional()?)
    }

    /// Shifts of an area that touch a window, by post and time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn shifts(
        &self,
        area: AreaCode,
        window: Span,
        most: usize,
    ) -> Result<Vec<Shift>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {COLUMNS} FROM shift WHERE ends > ?1 AND starts < ?2 AND area BETWEEN ?3 AND ?4
             ORDER BY post, starts, id LIMIT ?5"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let bounds = params![window.from.0, window.until.0, area.0, area.last().0, most];
        let mut statement = db.prepare_cached(&sql)?;
        let found = statement.query_map(bounds, read)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Who holds a post at a moment, whoever came last first; none when it has no roster at all, nobody when the roster has a gap.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn holders(&self, post: &str, at: Ms) -> Result<Option<Vec<Shift>>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {COLUMNS} FROM shift WHERE post = ?1 AND starts <= ?2 AND ends > ?2
             ORDER BY starts DESC, id DESC LIMIT 10"
        );
        let mut statement = db.prepare_cached(&sql)?;
        let holders: Vec<Shift> =
            statement.query_map(params![post, at.0], read)?.collect::<Result<_, _>>()?;
        if !holders.is_empty() {
            return Ok(Some(holders));
        }
        let any = db
            .prepare_cached("SELECT 1 FROM shift WHERE post = ?1 LIMIT 1")?
            .query_row([post], |_| Ok(()))
            .optional()?;
        Ok(any.map(|()| holders))
    }

    /// Notes that posts are called.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add_call_down(&self, test: &CallDown) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached(
            "INSERT INTO call_down (incident, name, area, at, within, by, posts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            db::to_sql(test.incident),
            test.name,
            test.area.0,
            test.at.0,
            test.within.0,
            test.by,
            db::to_sql(test.posts)
        ])?;
        Ok(())
    }

    /// Notes that a test is over.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn end_call_down(&self, incident: u64, at: Ms) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached("UPDATE call_down SET ended = ?2 WHERE incident = ?1 AND ended IS NULL")?
            .execute(params![db::to_sql(incident), at.0])?;
        Ok(())
    }

    /// Tests of an area, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn call_downs(&self, area: AreaCode, most: usize) -> Result<Vec<CallDown>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT incident, name, area, at, within, by, posts, ended FROM call_down
             WHERE area BETWEEN ?1 AND ?2 ORDER BY at DESC, incident DESC LIMIT ?3",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let found = statement.query_map(params![area.0, area.last().0, most], |row| {
            Ok(CallDown {
                incident: db::from_sql(row.get(0)?),
                name: row.get(1)?,
                area: AreaCode(row.get(2)?),
                at: Ms(row.get(3)?),
                within: Ms(row.get(4)?),
                by: row.get(5)?,
                posts: db::from_sql(row.get(6)?),
                ended: row.get::<_, Option<i64>>(7)?.map(Ms),
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Shift> {
    Ok(Shift {
        id: db::from_sql(row.get(0)?),
        post: row.get(1)?,
        area: AreaCode(row.get(2)?),
        person: row.get(3)?,
        phone: row.get(4)?,
        span: Span { from: Ms(row.get(5)?), until: Ms(row.get(6)?) },
        by: row.get(7)?,
        at: Ms(row.get(8)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_post_is_known_at_every_moment() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let add = |post: &str, person: &str, from, until| {
            let span = Span { from: Ms(from), until: Ms(until) };
            let shift = Shift {
                id: 0,
                post: post.into(),
                area: AreaCode(640_104_000),
                person: person.into(),
                phone: String::new(),
                span,
                by: "a".into(),
                at: Ms(0),
            };
            desk.add_shift(&shift).unwrap()
        };
        add("desk", "one", 0, 100);
        let second = add("desk", "two", 90, 200);
        let names = |at| {
            let holders = desk.holders("desk", Ms(at)).unwrap();
            holders.map(|all| all.into_iter().map(|shift| shift.person).collect::<Vec<_>>())
        };
        assert_eq!(names(50), Some(vec!["one".to_owned()]));
        assert_eq!(names(95), Some(vec!["two".to_owned(), "one".to_owned()]));
        assert_eq!(names(100), Some(vec!["two".to_owned()]));
        assert_eq!(names(200), Some(Vec::new()), "a gap");
        assert_eq!(desk.holders("other", Ms(50)).unwrap(), None, "no roster");
        let window = Span { from: Ms(100), until: Ms(300) };
        assert_eq!(desk.shifts(AreaCode(640_104_000), window, 9).unwrap().len(), 1);
        assert_eq!(desk.shifts(AreaCode(640_105_000), window, 9).unwrap().len(), 0);
        assert_eq!(desk.shift(second).unwrap().map(|shift| shift.person), Some("two".into()));
        desk.remove_shift(second).unwrap();
        assert_eq!(names(150), Some(Vec::new()));
    }
}
