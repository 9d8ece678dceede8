//! What people ask the history.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use helan_kernel::{
    AreaCode, DeviceId, IncidentId, Ms, PointId,
    command::{Incident, TimelineEntry},
    danger::DangerArea,
    dispose::{Command, Program, Run},
    effect::DeviceState,
    push::{Notice, Warning},
    watch::Alarm,
};
use rusqlite::{Connection, ToSql, params};
use serde::de::DeserializeOwned;

use super::{Positions, positions, readings};
use crate::{Acts, JournalReader, Link, StoreError, codec::chunk::Sample, db};

/// Connections kept for the next question; more are opened when more ask at once.
const KEPT: usize = 4;

/// Something that the history keeps under a number, in its newest form.
pub trait Record: DeserializeOwned + sealed::Sealed {
    /// Name of its table.
    #[doc(hidden)]
    const TABLE: &'static str;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! records {
    ($($kind:ty => $table:literal),*) => {$(
        impl sealed::Sealed for $kind {}
        impl Record for $kind {
            const TABLE: &'static str = $table;
        }
    )*};
}

records! {
    Alarm => "alarm", Incident => "incident", Run => "run", Command => "command", Notice => "notice"
}

/// Which records are wanted: all that fulfil everything given, newest (highest number) first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// In this area or a part of it.
    pub area: AreaCode,
    /// Of this incident (alarms, runs, commands, notices).
    pub incident: Option<IncidentId>,
    /// Of this device (alarms, runs, commands).
    pub device: Option<DeviceId>,
    /// Open ones, or closed ones.
    pub open: Option<bool>,
    /// With a number below this: the last one of the page before.
    pub before: Option<u64>,
    /// So many at most.
    pub limit: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            area: AreaCode::ALL,
            incident: None,
            device: None,
            open: None,
            before: None,
            limit: 100,
        }
    }
}

/// A row of the audit chain.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Number of the turn.
    pub seq: u64,
    /// Its moment.
    pub at: Ms,
    /// What happened and was decided.
    pub acts: Acts,
    /// Link of the chain.
    pub link: Link,
}

/// What a device looked like from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceLogEntry {
    /// From when.
    pub at: Ms,
    /// Its state.
    pub state: DeviceState,
}

/// The history, to be asked from any thread beside the running node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct History(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    folder: PathBuf,
    idle: Mutex<Vec<Reader>>,
}

#[derive(Debug)]
struct Reader {
    history: Connection,
    journal: JournalReader,
}

impl Reader {
    fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            history: db::open_reader(&folder.join(super::FILE))?,
            journal: JournalReader::open(folder)?,
        })
    }
}

impl History {
    /// Opens the history of a folder that a node was opened on before.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let idle = Mutex::new(vec![Reader::open(folder)?]);
        Ok(Self(Arc::new(Pool { folder: folder.to_owned(), idle })))
    }

    /// How far the history has come behind the journal.
    ///
    /// # Errors
    /// When the database fails.
    pub fn positions(&self) -> Result<Positions, StoreError> {
        self.with(|reader| positions(&reader.history))
    }

    /// One record.
    ///
    /// # Errors
    /// When the database fails.
    pub fn get<R: Record>(&self, id: u64) -> Result<Option<R>, StoreError> {
        self.with(|reader| {
            let sql = format!("SELECT body FROM {} WHERE id = ?1", R::TABLE);
            Ok(bodies(&reader.history, &sql, &[&db::to_sql(id)])?.pop())
        })
    }

    /// A page of records, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn page<R: Record>(&self, filter: &Filter) -> Result<Vec<R>, StoreError> {
        let table = R::TABLE;
        // Each way of asking has an index that gives the numbers in order: no page makes the database sort.
        let by = match filter {
            Filter { incident: Some(_), .. } => "AND incident = ?4",
            Filter { device: Some(_), .. } => "AND device = ?5",
            Filter { open: Some(true), .. } => "AND open = 1",
            _ => "",
        };
        let open = match filter.open {
            Some(true) => "AND open = 1",
            Some(false) => "AND open = 0",
            None => "",
        };
        let device = if filter.device.is_some() { "AND device = ?5" } else { "" };
        let hint = if by.is_empty() && filter.area != AreaCode::ALL {
            format!("INDEXED BY {table}_area")
        } else {
            String::new()
        };
        let sql = format!(
            "SELECT body FROM {table} {hint} WHERE id < ?1 AND area BETWEEN ?2 AND ?3 {by} {open} {device} ORDER BY id DESC LIMIT ?6"
        );
        let before = filter.before.map_or(i64::MAX, db::to_sql);
        let incident = filter.incident.map(|id| db::to_sql(id.0));
        let device = filter.device.map(|id| id.0);
        self.with(|reader| {
            bodies(
                &reader.history,
                &sql,
                &[
                    &before,
                    &filter.area.0,
                    &filter.area.last().0,
                    &incident,
                    &device,
                    &filter.limit,
                ],
            )
        })
    }

    /// Lines of an incident's timeline after line `after`, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn timeline(
        &self,
        incident: IncidentId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        self.with(|reader| {
            bodies(
                &reader.history,
                "SELECT body FROM timeline WHERE incident = ?1 AND line > ?2 ORDER BY line LIMIT ?3",
                &[&db::to_sql(incident.0), &after, &limit],
            )
        })
    }

    /// Warnings of an incident, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn warnings_of(&self, incident: IncidentId) -> Result<Vec<Warning>, StoreError> {
        self.with(|reader| {
            bodies(
                &reader.history,
                "SELECT body FROM warning WHERE incident = ?1 ORDER BY sequence",
                &[&db::to_sql(incident.0)],
            )
        })
    }

    /// How far the dangers of an incident reached, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn dangers_of(&self, incident: IncidentId) -> Result<Vec<DangerArea>, StoreError> {
        self.with(|reader| {
            bodies(
                &reader.history,
                "SELECT body FROM danger WHERE incident = ?1 ORDER BY made, policy, version",
                &[&db::to_sql(incident.0)],
            )
        })
    }

    /// When the dangers of an incident were over, oldest first: mostly once, by the all-clear or by its closing.
    ///
    /// # Errors
    /// When the database fails.
    pub fn dangers_over(&self, incident: IncidentId) -> Result<Vec<Ms>, StoreError> {
        self.with(|reader| {
            let sql = "SELECT at FROM danger_over WHERE incident = ?1 ORDER BY at";
            let mut select = reader.history.prepare_cached(sql)?;
            let rows = select.query_map([db::to_sql(incident.0)], |row| Ok(Ms(row.get(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Warnings sent since a moment in an area, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn warnings(
        &self,
        area: AreaCode,
        since: Ms,
        limit: u32,
    ) -> Result<Vec<Warning>, StoreError> {
        self.with(|reader| {
            bodies(
                &reader.history,
                "SELECT body FROM warning WHERE sent >= ?1 AND area BETWEEN ?2 AND ?3
                 ORDER BY sent DESC LIMIT ?4",
                &[&since.0, &area.0, &area.last().0, &limit],
            )
        })
    }

    /// Versions of a program that changed their status since the node was set up, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn program_versions(&self, key: &str) -> Result<Vec<Program>, StoreError> {
        self.with(|reader| {
            bodies(
                &reader.history,
                "SELECT body FROM program WHERE key = ?1 ORDER BY version",
                &[&key],
            )
        })
    }

    /// States of a device before a moment, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn device_log(
        &self,
        device: DeviceId,
        before: Ms,
        limit: u32,
    ) -> Result<Vec<DeviceLogEntry>, StoreError> {
        self.with(|reader| {
            let mut select = reader.history.prepare_cached(
                "SELECT at, state FROM device_log WHERE device = ?1 AND at < ?2
                 ORDER BY at DESC, seq DESC LIMIT ?3",
            )?;
            let mut rows = select.query(params![device.0, before.0, limit])?;
            let mut log = Vec::new();
            while let Some(row) = rows.next()? {
                let state = from_json(row.get_ref(1)?.as_str().unwrap_or_default())?;
                log.push(DeviceLogEntry { at: Ms(row.get(0)?), state });
            }
            Ok(log)
        })
    }

    /// Rows of the audit chain below number `before`, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    pub fn audit(&self, before: Option<u64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.with(|reader| {
            let mut select = reader.history.prepare_cached(
                "SELECT seq, at, acts, link FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2",
            )?;
            let mut rows = select.query(params![before.map_or(i64::MAX, db::to_sql), limit])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(AuditEntry {
                    seq: db::from_sql(row.get(0)?),
                    at: Ms(row.get(1)?),
                    acts: Acts::read(&row.get::<_, Vec<u8>>(2)?)?,
                    link: Link::from_slice(&row.get::<_, Vec<u8>>(3)?)?,
                });
            }
            Ok(entries)
        })
    }

    /// Readings of a point from `from` to `to` (both included), oldest first, `limit` at most; also those of a moment ago.
    ///
    /// # Errors
    /// When the database fails or a chunk is damaged.
    pub fn readings(
        &self,
        point: PointId,
        from: Ms,
        to: Ms,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.with(|reader| {
            readings::read(&reader.history, reader.journal.db(), point, from, to, limit)
        })
    }

    /// Lends a reader out for one question.
    fn with<A>(&self, ask: impl FnOnce(&Reader) -> Result<A, StoreError>) -> Result<A, StoreError> {
        let idle = || self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let reader = match kept {
            Some(reader) => reader,
            None => Reader::open(&self.0.folder)?,
        };
        let answer = ask(&reader);
        let mut idle = idle();
        if idle.len() < KEPT {
            idle.push(reader);
        }
        answer
    }
}

fn bodies<R: DeserializeOwned>(
    db: &Connection,
    sql: &str,
    params: &[&dyn ToSql],
) -> Result<Vec<R>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(0)?.as_str().map_err(|e| StoreError::Damaged(e.to_string()))?;
        records.push(from_json(body)?);
    }
    Ok(records)
}

fn from_json<R: DeserializeOwned>(body: &str) -> Result<R, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Damaged(format!("record: {error}")))
}
