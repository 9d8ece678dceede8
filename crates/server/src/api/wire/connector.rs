//! Connectors: other systems that records are pulled from.

use std::collections::BTreeMap;

use helan_store::desk::connectors::{self, Connector, Run, Standing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;

/// From where records are pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "type", deny_unknown_fields)]
pub enum ConnectorFrom {
    /// Rows of a query; the machine must be named in the server's configuration.
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
        #[serde(default)]
        list: String,
    },
    /// Rows of a table as text.
    HttpCsv {
        /// Address.
        url: String,
    },
}

impl From<ConnectorFrom> for connectors::From {
    fn from(from: ConnectorFrom) -> Self {
        match from {
            ConnectorFrom::Postgres { host, port, database, user, query } => {
                Self::Postgres { host, port, database, user, query }
            }
            ConnectorFrom::HttpJson { url, list } => Self::HttpJson { url, list },
            ConnectorFrom::HttpCsv { url } => Self::HttpCsv { url },
        }
    }
}

impl From<connectors::From> for ConnectorFrom {
    fn from(from: connectors::From) -> Self {
        match from {
            connectors::From::Postgres { host, port, database, user, query } => {
                Self::Postgres { host, port, database, user, query }
            }
            connectors::From::HttpJson { url, list } => Self::HttpJson { url, list },
            connectors::From::HttpCsv { url } => Self::HttpCsv { url },
        }
    }
}

/// What a connector shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorOrder {
    /// Name.
    pub name: String,
    /// Key of the kind of its records; `weather`: its rows are reports of weather stations.
    pub kind: String,
    /// The area that they must lie in; the caller's own when it is not given.
    pub area: Option<u32>,
    /// From one run to the next, 5 to 43 200 minutes.
    pub minutes: u32,
    /// Whether it runs.
    pub enabled: bool,
    /// `wgs84` (default), `gcj02` or `bd09`.
    pub datum: Option<String>,
    /// Column of the source → field (or `key`, `name`, `area`, `address`, `post`, `lon`, `lat`); null: passed over. Of `weather`:
    /// `key`, `lon`, `lat`, `area`, `observed_at` (China's time when it names no zone), `observed_at_utc`, `time_zone`,
    /// `wind_m_s`, `wind_km_h`, `wind_beaufort`, `wind_from` (degrees or words), `temperature_c`, `humidity_pct`,
    /// `cloud_tenths`, `cloud_oktas`, `cloud_pct`, `rain_mm`.
    #[serde(default)]
    pub mapping: BTreeMap<String, Option<String>>,
    /// Name of a secret of the server's configuration; empty when none is needed.
    #[serde(default)]
    pub secret: String,
    /// From where.
    pub from: ConnectorFrom,
}

/// A connector and how it does. Secrets are not in it: only their names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectorView {
    /// Its key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Key of the kind of its records.
    pub kind: String,
    /// The area that they must lie in.
    pub area: u32,
    /// From one run to the next, in minutes.
    pub minutes: u32,
    /// Whether it runs.
    pub enabled: bool,
    /// Coordinate system of the source.
    pub datum: String,
    /// Column of the source → field; null: passed over.
    pub mapping: BTreeMap<String, Option<String>>,
    /// Name of the secret; may be empty.
    pub secret: String,
    /// From where.
    pub from: ConnectorFrom,
    /// Account that set it up last.
    pub by: String,
    /// `running`, `paused`, `new`, `good` or `failing`.
    pub health: &'static str,
    /// When it runs next, ms UTC.
    pub next: i64,
    /// Failures since the last good run.
    pub failures: u32,
    /// When the last good run began, ms UTC.
    pub last_good: Option<i64>,
    /// The last run.
    pub last: Option<ConnectorRun>,
}

impl ConnectorView {
    /// As it is shown.
    #[must_use]
    pub fn of(standing: Standing, running: bool) -> Self {
        let Standing { connector, next, failures, last_good, last } = standing;
        let Connector { key, name, kind, area, minutes, enabled, datum, mapping, .. } = connector;
        let health = match &last {
            _ if running => "running",
            _ if !enabled => "paused",
            None => "new",
            Some(last) if last.failed.is_some() => "failing",
            Some(_) => "good",
        };
        Self {
            key,
            name,
            kind,
            area: area.0,
            minutes,
            enabled,
            datum,
            mapping,
            secret: connector.secret,
            from: connector.from.into(),
            by: connector.by,
            health,
            next: next.0,
            failures,
            last_good: last_good.map(|at| at.0),
            last: last.map(ConnectorRun::from),
        }
    }
}

/// How one run went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectorRun {
    /// When it began, ms UTC.
    pub began: i64,
    /// When it ended, ms UTC.
    pub ended: i64,
    /// Rows that came.
    pub rows: u64,
    /// Bad ones among them.
    pub bad: u64,
    /// New objects.
    pub created: u64,
    /// Changed objects.
    pub updated: u64,
    /// Objects that were so already.
    pub same: u64,
    /// Reports of weather that were older than what was known: no fault.
    pub late: u64,
    /// How often each fault was found.
    pub faults: BTreeMap<String, u64>,
    /// The first bad rows.
    pub first: Vec<ConnectorFault>,
    /// Why it did not come to its end; null when it did.
    pub failed: Option<Text>,
}

/// A bad row.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectorFault {
    /// Its number.
    pub row: u64,
    /// What is wrong with it.
    pub words: Text,
}

impl From<Run> for ConnectorRun {
    fn from(run: Run) -> Self {
        Self {
            began: run.began.0,
            ended: run.ended.0,
            rows: run.rows,
            bad: run.bad,
            created: run.created,
            updated: run.updated,
            same: run.same,
            late: run.late,
            faults: run.faults,
            first: run
                .first
                .iter()
                .map(|(row, words)| ConnectorFault { row: *row, words: words.into() })
                .collect(),
            failed: run.failed.as_ref().map(Into::into),
        }
    }
}
