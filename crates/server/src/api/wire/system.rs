//! Overview, drills, audit, refusals, bulk registration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Text;

/// The region in figures, bounded by the caller's area.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Overview {
    /// Now, ms UTC.
    pub now: i64,
    /// Devices by state.
    pub devices: DeviceCounts,
    /// Alarms that are not closed.
    pub alarms: AlarmCounts,
    /// Incidents that are not closed.
    pub incidents: IncidentCounts,
    /// Alarm flood (more alarms in ten minutes than a person can follow).
    pub flood: FloodFigure,
    /// Messages of devices refused in the last hour; 0 for callers who may not see them.
    pub refusals_last_hour: u64,
    /// Version of the platform.
    pub version: String,
}

/// Devices by state.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct DeviceCounts {
    /// An alarm of high or critical priority is active.
    pub alarm: u32,
    /// An alarm of low or medium priority is active.
    pub fault: u32,
    /// Link lost or silent.
    pub offline: u32,
    /// Under maintenance or out of service.
    pub maintenance: u32,
    /// Nothing is wrong.
    pub normal: u32,
    /// Nothing came yet.
    pub unknown: u32,
}

/// Alarms that are not closed.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct AlarmCounts {
    /// Active ones of this priority.
    pub critical: u32,
    /// Active ones of this priority.
    pub high: u32,
    /// Active ones of this priority.
    pub medium: u32,
    /// Active ones of this priority.
    pub low: u32,
    /// Nobody has taken note of.
    pub unacknowledged: u32,
    /// Put aside.
    pub shelved: u32,
    /// Chattering.
    pub chattering: u32,
}

/// Incidents that are not closed.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct IncidentCounts {
    /// In the queue.
    pub open: u32,
    /// A person has them.
    pub taken: u32,
}

/// Alarm flood.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct FloodFigure {
    /// Whether there is a flood now.
    pub on: bool,
    /// Alarms raised in the last ten minutes.
    pub alarms: u32,
}

/// Drills.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Drills {
    /// What can be started.
    pub scenarios: Vec<Scenario>,
    /// What runs.
    pub running: Vec<RunningDrill>,
    /// What ended last, newest first.
    pub ended: Vec<EndedDrill>,
    /// Whether drills can be started here (the simulator is installed).
    pub available: bool,
}

/// A scenario that can be started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Scenario {
    /// Key.
    pub key: String,
    /// Name.
    pub name: Text,
    /// What happens.
    pub description: Text,
    /// How long it takes at speed 1, in minutes.
    pub minutes: f64,
}

/// A drill that runs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunningDrill {
    /// Key of the scenario.
    pub key: String,
    /// When it was started, ms UTC.
    pub started: i64,
    /// Sign-in name of whoever started it.
    pub by: String,
    /// Speed.
    pub speed: f64,
    /// Last lines of its output.
    pub output: Vec<String>,
}

/// A drill that ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EndedDrill {
    /// Key of the scenario.
    pub key: String,
    /// When it was started, ms UTC.
    pub started: i64,
    /// When it ended, ms UTC.
    pub ended: i64,
    /// Sign-in name of whoever started it.
    pub by: String,
    /// `done`, `failed` or `cancelled`.
    pub outcome: &'static str,
    /// Last lines of its output.
    pub output: Vec<String>,
    /// The report: each measure with value, target and verdict.
    #[schema(value_type = Option<Object>)]
    pub report: Option<serde_json::Value>,
}

/// Start of a drill.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillStart {
    /// Key of the scenario.
    pub scenario: String,
    /// How many times faster than life, 1 to 60.
    #[serde(default)]
    pub speed: Option<f64>,
}

/// One row of the audit chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditRow {
    /// Number of the turn.
    pub seq: u64,
    /// When, ms UTC.
    pub at: i64,
    /// What was done.
    pub entries: Vec<AuditEntry>,
    /// Link of the chain, hexadecimal.
    pub link: String,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Sign-in name; `platform` for what the platform did by itself.
    pub who: String,
    /// What.
    pub what: String,
    /// On what.
    pub object: String,
    /// Why, or from where.
    pub detail: String,
    /// Whether it was done or refused.
    pub done: bool,
}

/// Result of the check of the whole chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditVerdict {
    /// Whether every link fits.
    pub ok: bool,
    /// Rows checked.
    pub rows: u64,
    /// The last link, hexadecimal: note it elsewhere to prove later that nothing was cut off.
    pub head: String,
    /// Number of the first row that does not fit.
    pub broken_at: Option<u64>,
}

/// Which audit rows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
    /// Only rows before this number.
    pub before: Option<u64>,
}

/// Messages of one sender that were refused for one reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusalRow {
    /// Who sends rubbish.
    pub sender: String,
    /// Why it was refused: a stable word.
    pub reason: String,
    /// How often.
    pub count: u64,
    /// When last, ms UTC.
    pub last_at: i64,
    /// Beginning of the last one.
    pub sample: String,
}

/// Bulk change of the base data.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryBatch {
    /// Changes, in order; each is refused or done by itself. At most 5 000.
    #[schema(value_type = Vec<Object>)]
    pub changes: Vec<helan_kernel::registry::RegistryChange>,
}

/// What came of a bulk change.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct RegistryResult {
    /// For each change what came of it.
    pub answers: Vec<ChangeAnswer>,
    /// Tokens of new devices, shown this once.
    pub tokens: BTreeMap<String, String>,
}

/// What came of one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeAnswer {
    /// Done.
    Done,
    /// Done; the thing has this number.
    Created(u64),
    /// Refused: a stable word says why.
    Refused(&'static str),
}
