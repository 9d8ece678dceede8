//! Contradictions that wait for somebody to decide, and what was decided.

use helan_base::Origin;
use helan_kernel::{AreaCode, Ms};
use rusqlite::{OptionalExtension, Row, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS review (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
    area INTEGER NOT NULL, field TEXT NOT NULL, why TEXT NOT NULL,
    ours TEXT NOT NULL, ours_origin TEXT NOT NULL, theirs TEXT NOT NULL, theirs_origin TEXT NOT NULL,
    state TEXT NOT NULL, closed_at INTEGER, closed_by TEXT, reason TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS review_object ON review (kind, key, field, state);
CREATE INDEX IF NOT EXISTS review_state ON review (state, id);
";

/// Contradictions that may wait at once: more come of a file that should not have been brought, and nobody would decide them one by
/// one.
pub const MOST_OPEN: i64 = 100_000;

/// Where a contradiction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewState {
    /// Somebody must decide.
    Open,
    /// The new value was taken.
    Accepted,
    /// The old value stays.
    Kept,
}

impl ReviewState {
    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Kept => "kept",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Open, Self::Accepted, Self::Kept].into_iter().find(|state| state.word() == word)
    }
}

/// A contradiction.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Its number; 0 before it is stored.
    pub id: u64,
    /// When it came.
    pub at: Ms,
    /// Kind of the object.
    pub kind: String,
    /// Key of the object.
    pub key: String,
    /// Name of the object then.
    pub name: String,
    /// Area of the object then.
    pub area: AreaCode,
    /// The column.
    pub field: String,
    /// Why it was not simply taken: a word of `helan_base::Why`.
    pub why: String,
    /// What stood there.
    pub ours: serde_json::Value,
    /// Where that came from.
    pub ours_origin: Origin,
    /// What was said instead.
    pub theirs: serde_json::Value,
    /// Where that came from.
    pub theirs_origin: Origin,
    /// Where it stands.
    pub state: ReviewState,
    /// When, by whom and why it was decided; none while it is open.
    pub closed: Option<(Ms, String, String)>,
}

/// Which contradictions.
#[derive(Clone, Copy, Debug)]
pub struct ReviewPage<'a> {
    /// Only in this area.
    pub area: AreaCode,
    /// Only in this state.
    pub state: Option<ReviewState>,
    /// Only of this object: kind and key.
    pub object: Option<(&'a str, &'a str)>,
    /// Only those before this one; 0: from the newest on.
    pub before: u64,
    /// So many at most.
    pub most: usize,
}

const COLUMNS: &str = "id, at, kind, key, name, area, field, why, ours, ours_origin, theirs, \
     theirs_origin, state, closed_at, closed_by, reason";

impl Desk {
    /// Stores contradictions in one transaction; one that is open already is not stored again.
    ///
    /// # Errors
    /// When the disk fails, or too many are open.
    pub fn add_reviews(&self, reviews: &[Review]) -> Result<(), StoreError> {
        if reviews.is_empty() {
            return Ok(());
        }
        let db = self.db();
        let tx = db.unchecked_transaction()?;
        let open: i64 = tx
            .prepare_cached("SELECT count(*) FROM review WHERE state = 'open'")?
            .query_row([], |row| row.get(0))?;
        let new = i64::try_from(reviews.len()).unwrap_or(i64::MAX);
        if open.saturating_add(new) > MOST_OPEN {
            return Err(StoreError::TooMany("contradictions wait to be decided"));
        }
        for review in reviews {
            let theirs = review.theirs.to_string();
            tx.prepare_cached(
                "INSERT INTO review (at, kind, key, name, area, field, why, ours, ours_origin, theirs, theirs_origin, state)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'open'
                 WHERE NOT EXISTS (SELECT 1 FROM review
                     WHERE kind = ?2 AND key = ?3 AND field = ?6 AND state = 'open' AND theirs = ?10)",
            )?
            .execute(params![
                review.at.0,
                review.kind,
                review.key,
                review.name,
                review.area.0,
                review.field,
                review.why,
                review.ours.to_string(),
                json(&review.ours_origin)?,
                theirs,
                json(&review.theirs_origin)?
            ])?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Contradictions, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reviews(&self, page: ReviewPage<'_>) -> Result<Vec<Review>, StoreError> {
        let db = self.db();
        let sql = format!(
            "SELECT {COLUMNS} FROM review WHERE area BETWEEN ?1 AND ?2 AND (?3 IS NULL OR state = ?3)
               AND (?4 IS NULL OR (kind = ?4 AND key = ?5)) AND (?6 = 0 OR id < ?6)
             ORDER BY id DESC LIMIT ?7"
        );
        let (kind, key) = page.object.unzip();
        let mut statement = db.prepare_cached(&sql)?;
        let mut rows = statement.query(params![
            page.area.0,
            page.area.last().0,
            page.state.map(ReviewState::word),
            kind,
            key,
            db::to_sql(page.before),
            i64::try_from(page.most).unwrap_or(i64::MAX)
        ])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// One contradiction.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn review(&self, id: u64) -> Result<Option<Review>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {COLUMNS} FROM review WHERE id = ?1");
        let found =
            db.prepare_cached(&sql)?.query_row([db::to_sql(id)], |row| Ok(read(row))).optional()?;
        found.transpose()
    }

    /// Columns of an object that have an open contradiction.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn in_review(&self, kind: &str, key: &str) -> Result<Vec<String>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT DISTINCT field FROM review WHERE kind = ?1 AND key = ?2 AND state = 'open' ORDER BY field",
        )?;
        let fields = statement.query_map([kind, key], |row| row.get(0))?;
        Ok(fields.collect::<Result<_, _>>()?)
    }

    /// Notes what was decided. Says whether it was open.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn close_review(
        &self,
        id: u64,
        state: ReviewState,
        (at, by, reason): (Ms, &str, &str),
    ) -> Result<bool, StoreError> {
        let db = self.db();
        let changed = db
            .prepare_cached(
                "UPDATE review SET state = ?2, closed_at = ?3, closed_by = ?4, reason = ?5
                 WHERE id = ?1 AND state = 'open'",
            )?
            .execute(params![db::to_sql(id), state.word(), at.0, by, reason])?;
        Ok(changed > 0)
    }
}

fn json(origin: &Origin) -> Result<String, StoreError> {
    serde_json::to_string(origin).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn read(row: &Row<'_>) -> Result<Review, StoreError> {
    fn parse<T: serde::de::DeserializeOwned>(
        row: &Row<'_>,
        column: usize,
    ) -> Result<T, StoreError> {
        let text: String = row.get(column)?;
        serde_json::from_str(&text)
            .map_err(|error| StoreError::Damaged(format!("a contradiction: {error}")))
    }
    let state: String = row.get(12)?;
    let closed: Option<i64> = row.get(13)?;
    Ok(Review {
        id: db::from_sql(row.get(0)?),
        at: Ms(row.get(1)?),
        kind: row.get(2)?,
        key: row.get(3)?,
        name: row.get(4)?,
        area: AreaCode(row.get(5)?),
        field: row.get(6)?,
        why: row.get(7)?,
        ours: parse(row, 8)?,
        ours_origin: parse(row, 9)?,
        theirs: parse(row, 10)?,
        theirs_origin: parse(row, 11)?,
        state: ReviewState::of(&state).unwrap_or(ReviewState::Open),
        closed: match closed {
            Some(at) => Some((Ms(at), row.get(14)?, row.get(15)?)),
            None => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use helan_base::Source;

    use super::*;

    fn review(key: &str, theirs: i64) -> Review {
        let origin = |source| Origin { source, by: "a".into(), detail: "b".into(), at: Ms(1) };
        Review {
            id: 0,
            at: Ms(5),
            kind: "school".into(),
            key: key.into(),
            name: "小学".into(),
            area: AreaCode(640_104_001),
            field: "students".into(),
            why: "standing".into(),
            ours: 800.into(),
            ours_origin: origin(Source::Field),
            theirs: theirs.into(),
            theirs_origin: origin(Source::Import),
            state: ReviewState::Open,
            closed: None,
        }
    }

    #[test]
    fn a_contradiction_is_decided_once() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        desk.add_reviews(&[review("A", 1), review("A", 1), review("A", 2)]).unwrap();
        desk.add_reviews(&[review("A", 1), review("B", 1)]).unwrap();
        let list = |area, state, object, before| {
            let page = ReviewPage { area: AreaCode(area), state, object, before, most: 9 };
            desk.reviews(page).unwrap().into_iter().map(|r| r.id).collect::<Vec<_>>()
        };
        assert_eq!(list(0, None, None, 0), [3, 2, 1]);
        assert_eq!(list(640_105_000, None, None, 0), [0; 0]);
        assert_eq!(list(0, None, Some(("school", "A")), 2), [1]);
        assert_eq!(desk.in_review("school", "A").unwrap(), ["students"]);
        let done = (Ms(9), "steward", "asked there");
        assert!(desk.close_review(1, ReviewState::Kept, done).unwrap());
        assert!(!desk.close_review(1, ReviewState::Accepted, done).unwrap());
        assert_eq!(list(0, Some(ReviewState::Open), None, 0), [3, 2]);
        let closed = desk.review(1).unwrap().unwrap();
        assert_eq!(closed.closed, Some((Ms(9), "steward".into(), "asked there".into())));
        assert_eq!((closed.ours, closed.theirs), (800.into(), 1.into()));
        // Once decided, the same contradiction may come again.
        desk.add_reviews(&[review("A", 1)]).unwrap();
        assert_eq!(desk.review(4).unwrap().map(|r| r.state), Some(ReviewState::Open));
    }
}
