//! Photos and papers about objects of the base database: `documents.db`. Apart from the records, because they are large and
//! nobody needs them to open the map.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use helan_kernel::Ms;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{StoreError, db};

/// Name of the file in the data folder.
pub(crate) const FILE: &str = "documents.db";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS document (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind   TEXT NOT NULL,
    object TEXT NOT NULL,
    name   TEXT NOT NULL,
    type   TEXT NOT NULL,
    by     TEXT NOT NULL,
    at     INTEGER NOT NULL,
    bytes  BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS document_of ON document (kind, object);
";
/// Everything about a document but its bytes.
const ABOUT: &str = "id, kind, object, name, type, by, at, LENGTH(bytes)";

/// A photo or paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub id: i64,
    /// Kind of the object.
    pub kind: String,
    /// Key of the object.
    pub object: String,
    /// Name that people gave it.
    pub name: String,
    /// Media type.
    pub media: String,
    /// Account that brought it.
    pub by: String,
    /// When.
    pub at: Ms,
    /// Bytes.
    pub size: u64,
}

/// A document that somebody brings.
#[derive(Clone, Copy, Debug)]
pub struct NewDocument<'a> {
    /// Kind of the object.
    pub kind: &'a str,
    /// Key of the object.
    pub object: &'a str,
    /// Name.
    pub name: &'a str,
    /// Media type.
    pub media: &'a str,
    /// Account.
    pub by: &'a str,
    /// When.
    pub at: Ms,
    /// The document.
    pub bytes: &'a [u8],
}

/// The file of documents.
pub struct Documents {
    db: Mutex<Connection>,
}

impl Documents {
    /// Opens the file in a data folder; makes it when it is new.
    ///
    /// # Errors
    /// When it cannot be used, or a newer program wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { db: Mutex::new(db::open(&folder.join(FILE), "", SCHEMA)?) })
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        // A transaction that did not end was rolled back: the file is whole.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The documents of an object, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of(&self, kind: &str, object: &str) -> Result<Vec<Document>, StoreError> {
        let db = self.db();
        let sql =
            format!("SELECT {ABOUT} FROM document WHERE kind = ?1 AND object = ?2 ORDER BY id");
        let mut statement = db.prepare_cached(&sql)?;
        let rows = statement.query_map([kind, object], about)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A document with its bytes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn get(&self, id: i64) -> Result<Option<(Document, Vec<u8>)>, StoreError> {
        let sql = format!("SELECT {ABOUT}, bytes FROM document WHERE id = ?1");
        let db = self.db();
        let mut statement = db.prepare_cached(&sql)?;
        let found = statement.query_row([id], |row| Ok((about(row)?, row.get(8)?))).optional()?;
        Ok(found)
    }

    /// Keeps a document, unless its object has `most` already; gives its number.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub fn put(&self, new: &NewDocument<'_>, most: u32) -> Result<Option<i64>, StoreError> {
        let db = self.db();
        let done = db
            .prepare_cached(
                "INSERT INTO document (kind, object, name, type, by, at, bytes)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                 WHERE (SELECT COUNT(*) FROM document WHERE kind = ?1 AND object = ?2) < ?8",
            )?
            .execute(params![
                new.kind, new.object, new.name, new.media, new.by, new.at.0, new.bytes, most
            ])?;
        Ok((done > 0).then(|| db.last_insert_rowid()))
    }

    /// Takes a document away. Says whether it was there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove(&self, id: i64) -> Result<bool, StoreError> {
        let done = self.db().execute("DELETE FROM document WHERE id = ?1", [id])?;
        Ok(done > 0)
    }
}

fn about(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        id: row.get(0)?,
        kind: row.get(1)?,
        object: row.get(2)?,
        name: row.get(3)?,
        media: row.get(4)?,
        by: row.get(5)?,
        at: Ms(row.get(6)?),
        size: row.get::<_, i64>(7).map(db::from_sql)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_and_go_within_their_number() {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::open(folder.path()).unwrap();
        let photo = NewDocument {
            kind: "school",
            object: "A1",
            name: "大门.jpg",
            media: "image/jpeg",
            by: "steward",
            at: Ms(7),
            bytes: b"photo",
        };
        let first = documents.put(&photo, 2).unwrap().unwrap();
        assert!(documents.put(&photo, 2).unwrap().is_some());
        assert_eq!(documents.put(&photo, 2).unwrap(), None);
        assert!(documents.put(&NewDocument { object: "A2", ..photo }, 2).unwrap().is_some());
        assert_eq!(documents.of("school", "A1").unwrap().len(), 2);
        let (about, bytes) = documents.get(first).unwrap().unwrap();
        assert_eq!((about.size, &*about.name, bytes), (5, "大门.jpg", b"photo".to_vec()));
        assert!(documents.remove(first).unwrap());
        assert!(!documents.remove(first).unwrap());
        drop(documents);
        let again = Documents::open(folder.path()).unwrap();
        assert_eq!(again.get(first).unwrap(), None);
        assert_eq!(again.of("school", "A1").unwrap().len(), 1);
    }
}
