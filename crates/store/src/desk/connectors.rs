//! Connectors: other systems from which records are pulled on a schedule, and how that went. No secret is kept here: a
//! connector names one of those that the server's configuration knows.

use std::collections::BTreeMap;

use helan_kernel::{AreaCode, Ms, Text};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS connector (
    key TEXT PRIMARY KEY, body TEXT NOT NULL, area INTEGER NOT NULL, enabled INTEGER NOT NULL,
    next_run INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, last_good INTEGER
);
CREATE INDEX IF NOT EXISTS connector_due ON connector (enabled, next_run);
CREATE TABLE IF NOT EXISTS connector_run (
    id INTEGER PRIMARY KEY, connector TEXT NOT NULL, began INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS connector_run_of ON connector_run (connector, id);
";

/// Runs of a connector that are remembered.
const KEPT: i64 = 50;
/// Connectors of a server, at most: each is a system that somebody looks after.
pub const MAX_CONNECTORS: usize = 200;

/// From where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum From {
    /// Rows of a query.
    Postgres {
        /// Name or address of the machine.
        host: String,
        /// Port.
        port: u16,
        /// Database.
        database: String,
        /// User.
        user: String,
        /// One SELECT.
        query: String,
    },
    /// Objects of a JSON document.
    HttpJson {
        /// Address.
        url: String,
        /// Where in the document the list is (RFC 6901); empty: the document is the list, or a GeoJSON collection.
        list: String,
    },
    /// Rows of a table as text.
    HttpCsv {
        /// Address.
        url: String,
    },
}

/// A connector as somebody set it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connector {
    /// Unique among connectors.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Kind of the records, or `weather`: then its rows are reports of stations.
    pub kind: String,
    /// The area that they must lie in.
    pub area: AreaCode,
    /// From one run to the next, in minutes.
    pub minutes: u32,
    /// Whether it runs.
    pub enabled: bool,
    /// Coordinate system of the source: `wgs84`, `gcj02` or `bd09`.
    pub datum: String,
    /// Column of the source → field; none: passed over. Columns that are not named are guessed.
    pub mapping: BTreeMap<String, Option<String>>,
    /// Name of the secret in the configuration; empty when none is needed.
    pub secret: String,
    /// From where.
    pub from: From,
    /// Account that set it up last.
    pub by: String,
}

/// How one run went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When it began, and when it ended.
    pub began: Ms,
    /// When it ended.
    pub ended: Ms,
    /// Rows that came.
    pub rows: u64,
    /// Bad ones among them.
    pub bad: u64,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// Records that were so already.
    pub same: u64,
    /// Reports of weather that were older than what was known: no fault.
    #[serde(default)]
    pub late: u64,
    /// How often each fault was found.
    pub faults: BTreeMap<String, u64>,
    /// The first bad rows: number, and what is wrong.
    pub first: Vec<(u64, Text)>,
    /// Why it did not come to its end; none when it did.
    pub failed: Option<Text>,
}

/// A connector and how it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The connector.
    pub connector: Connector,
    /// When it runs next.
    pub next: Ms,
    /// Failures since the last good run.
    pub failures: u32,
    /// When the last good run began.
    pub last_good: Option<Ms>,
    /// The last run.
    pub last: Option<Run>,
}

const SELECT: &str = "SELECT body, next_run, failures, last_good,
    (SELECT r.body FROM connector_run AS r WHERE r.connector = c.key ORDER BY r.id DESC LIMIT 1) FROM connector AS c";

impl Desk {
    /// All connectors, by key.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn connectors(&self) -> Result<Vec<Standing>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!("{SELECT} ORDER BY key"))?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(standing(row)?);
        }
        Ok(all)
    }

    /// The connector with this key.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn connector(&self, key: &str) -> Result<Option<Standing>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!("{SELECT} WHERE key = ?1"))?;
        let mut rows = statement.query([key])?;
        rows.next()?.map(standing).transpose()
    }

    /// Connectors whose time has come, the longest overdue first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn due_connectors(&self, now: Ms) -> Result<Vec<Connector>, StoreError> {
        let db = self.db();
        let sql =
            "SELECT body FROM connector WHERE enabled = 1 AND next_run <= ?1 ORDER BY next_run";
        let mut statement = db.prepare_cached(sql)?;
        let bodies = statement.query_map([now.0], |row| row.get::<_, String>(0))?;
        bodies.map(|body| read(&body?)).collect()
    }

    /// Sets a connector up, or anew; it runs at once when it is enabled. Says whether there was room.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn put_connector(&self, connector: &Connector, now: Ms) -> Result<bool, StoreError> {
        let db = self.db();
        let others: i64 = db
            .prepare_cached("SELECT count(*) FROM connector WHERE key <> ?1")?
            .query_row([&connector.key], |row| row.get(0))?;
        if db::from_sql(others) >= MAX_CONNECTORS as u64 {
            return Ok(false);
        }
        let key = &connector.key;
        let body = written(connector)?;
        db.prepare_cached(
            "INSERT INTO connector (key, body, area, enabled, next_run) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE
             SET body = ?2, area = ?3, enabled = ?4, next_run = ?5, failures = 0",
        )?
        .execute(params![key, body, connector.area.0, connector.enabled, now.0])?;
        Ok(true)
    }

    /// Lets a connector run at once. Says whether it is there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn hurry_connector(&self, key: &str, now: Ms) -> Result<bool, StoreError> {
        let sql = "UPDATE connector SET next_run = ?2 WHERE key = ?1";
        Ok(self.db().prepare_cached(sql)?.execute(params![key, now.0])? > 0)
    }

    /// Takes a connector away, and its runs. What it brought stays. Says whether it was there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove_connector(&self, key: &str) -> Result<bool, StoreError> {
        let db = self.db();
        let tx = db.unchecked_transaction()?;
        tx.execute("DELETE FROM connector_run WHERE connector = ?1", [key])?;
        let removed = tx.execute("DELETE FROM connector WHERE key = ?1", [key])? > 0;
        tx.commit()?;
        Ok(removed)
    }

    /// Notes how a run went, and when the next one is. Of one that was taken away meanwhile, nothing.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn end_run(&self, key: &str, run: &Run, next: Ms) -> Result<(), StoreError> {
        let db = self.db();
        let tx = db.unchecked_transaction()?;
        let good = run.failed.is_none();
        let known = tx.execute(
            // Who set it up anew or hurried it while it ran wants another run.
            "UPDATE connector SET next_run = CASE WHEN next_run > ?4 THEN next_run ELSE ?2 END,
                 failures = CASE ?3 WHEN 1 THEN 0 ELSE failures + 1 END,
                 last_good = CASE ?3 WHEN 1 THEN ?4 ELSE last_good END WHERE key = ?1",
            params![key, next.0, good, run.began.0],
        )?;
        if known > 0 {
            tx.execute(
                "INSERT INTO connector_run (connector, began, body) VALUES (?1, ?2, ?3)",
                params![key, run.began.0, written(run)?],
            )?;
            tx.execute(
                "DELETE FROM connector_run WHERE connector = ?1 AND id <=
                     (SELECT id FROM connector_run WHERE connector = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                params![key, KEPT],
            )?;
        }
        tx.commit()?;
        Ok(())
    }

    /// The last runs of a connector, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn runs(&self, key: &str) -> Result<Vec<Run>, StoreError> {
        let db = self.db();
        let sql = "SELECT body FROM connector_run WHERE connector = ?1 ORDER BY id DESC";
        let mut statement = db.prepare_cached(sql)?;
        let bodies = statement.query_map([key], |row| row.get::<_, String>(0))?;
        bodies.map(|body| read(&body?)).collect()
    }

    /// How many connectors that run have failed the last time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn failing_connectors(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM connector WHERE enabled = 1 AND failures > 0";
        let count = self.db().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(db::from_sql(count))
    }

    /// How often a connector has failed since its last good run.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn failures_of(&self, key: &str) -> Result<u32, StoreError> {
        let sql = "SELECT failures FROM connector WHERE key = ?1";
        let found = self.db().prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(0))
    }
}

fn standing(row: &Row<'_>) -> Result<Standing, StoreError> {
    let (body, last): (String, Option<String>) = (row.get(0)?, row.get(4)?);
    Ok(Standing {
        connector: read(&body)?,
        next: Ms(row.get(1)?),
        failures: row.get(2)?,
        last_good: row.get::<_, Option<i64>>(3)?.map(Ms),
        last: last.map(|last| read(&last)).transpose()?,
    })
}

fn read<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Damaged(format!("connector: {error}")))
}

fn written<T: Serialize>(body: &T) -> Result<String, StoreError> {
    serde_json::to_string(body).map_err(|error| StoreError::Damaged(format!("connector: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector(key: &str) -> Connector {
        Connector {
            key: key.into(),
            name: "卫健委医院".into(),
            kind: "hospital".into(),
            area: AreaCode(640_100_000),
            minutes: 60,
            enabled: true,
            datum: "wgs84".into(),
            mapping: BTreeMap::from([
                ("bed_count".into(), Some("beds".into())),
                ("x".into(), None),
            ]),
            secret: "health".into(),
            from: From::HttpCsv { url: "https://data.example/hospitals.csv".into() },
            by: "steward".into(),
        }
    }

    fn run(began: i64, failed: bool) -> Run {
        let failed = failed.then(|| Text::new("连接失败", "no connection"));
        Run { began: Ms(began), rows: 3, failed, ..Run::default() }
    }

    #[test]
    fn what_is_set_up_comes_back_and_its_runs_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert!(desk.put_connector(&connector("a"), Ms(10)).unwrap());
        assert!(desk.put_connector(&connector("b"), Ms(5)).unwrap());
        let due = desk.due_connectors(Ms(10)).unwrap();
        assert_eq!(due.iter().map(|c| &*c.key).collect::<Vec<_>>(), ["b", "a"]);
        desk.end_run("a", &run(11, false), Ms(100)).unwrap();
        desk.end_run("a", &run(101, true), Ms(200)).unwrap();
        desk.end_run("a", &run(201, true), Ms(300)).unwrap();
        let standing = desk.connector("a").unwrap().unwrap();
        assert_eq!(standing.connector, connector("a"));
        assert_eq!((standing.failures, standing.last_good), (2, Some(Ms(11))));
        assert_eq!((standing.next, standing.last), (Ms(300), Some(run(201, true))));
        assert_eq!(desk.due_connectors(Ms(299)).unwrap().len(), 1);
        assert_eq!(desk.failing_connectors().unwrap(), 1);
        assert!(desk.hurry_connector("a", Ms(250)).unwrap());
        assert_eq!(desk.due_connectors(Ms(299)).unwrap().len(), 2);
        desk.put_connector(&Connector { enabled: false, ..connector("a") }, Ms(1)).unwrap();
        assert_eq!(desk.due_connectors(Ms(299)).unwrap().len(), 1);
        for began in 0..60 {
            desk.end_run("a", &run(began, false), Ms(0)).unwrap();
        }
        assert_eq!(desk.runs("a").unwrap().len(), 50);
        assert_eq!(desk.runs("a").unwrap()[0].began, Ms(59));
        assert!(desk.remove_connector("a").unwrap() && !desk.remove_connector("a").unwrap());
        desk.end_run("a", &run(1, false), Ms(0)).unwrap();
        assert!(desk.runs("a").unwrap().is_empty(), "gone while it ran");
    }
}
