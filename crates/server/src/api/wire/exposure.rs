//! Who lives too near to danger, what is missing at a site, what no team reaches and no station sees.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Position, Text};

/// Which objects.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ExposureQuery {
    /// Only in this area.
    pub area: Option<u32>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Rows at most; 500 at most.
    pub limit: Option<u32>,
}

/// An object, in brief.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObjectRef {
    /// Number among all objects.
    pub id: i64,
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: u32,
    /// Its middle; null when not known.
    pub position: Option<Position>,
}

/// An object that is too near to a danger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ZoneConflict {
    /// The object.
    pub object: ObjectRef,
    /// How far away, m.
    pub metres: f64,
    /// People in it; null when not known.
    pub people: Option<u32>,
}

/// The conflicts of one dangerous object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ZoneItem {
    /// The dangerous object.
    pub hazard: ObjectRef,
    /// The distance that others must keep, m.
    pub required: f64,
    /// Standard and clause, or who set it; may be empty.
    pub standard: String,
    /// How many objects are too near.
    pub conflicts: u64,
    /// People in them.
    pub people: u64,
    /// The nearest of them, 100 at most.
    pub near: Vec<ZoneConflict>,
}

/// The conflicts of a county.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ZoneArea {
    /// Code.
    pub area: u32,
    /// Name; may be empty.
    pub name: String,
    /// Dangerous objects with conflicts.
    pub hazards: u64,
    /// Objects that are too near.
    pub conflicts: u64,
    /// People in them, as often as they are too near to something.
    pub people: u64,
}

/// Zoning conflicts of an area.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ZoneReport {
    /// Dangerous objects that were looked at.
    pub hazards: u64,
    /// Those whose distance or place is not known.
    pub unknown: u64,
    /// Some of them, 100 at most.
    pub unknown_objects: Vec<ObjectRef>,
    /// County by county.
    pub areas: Vec<ZoneArea>,
    /// The dangerous objects with conflicts, those with the most people first.
    pub items: Vec<ZoneItem>,
    /// How many there are, beyond the rows given, too.
    pub total: u64,
}

/// The zoning conflicts of one object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObjectZoning {
    /// As a danger; null when it keeps nobody away, or its distance or place is not known.
    pub hazard: Option<ZoneItem>,
    /// Whether it should keep others away, and it is not known how far.
    pub unknown: bool,
    /// Dangers that it is too near to.
    pub dangers: Vec<ZoneConflict>,
}

/// What an object has of something that it must have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NeedState {
    /// Key of the need.
    pub key: String,
    /// Name.
    pub name: Text,
    /// Standard and clause; may be empty.
    pub standard: String,
    /// How many it must have.
    pub required: u32,
    /// How many it has.
    pub installed: u32,
    /// How many of them work and are valid.
    pub working: u32,
    /// How many are expired.
    pub expired: u32,
    /// How many are missing.
    pub missing: u32,
}

/// Whether an object has what it must have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteState {
    /// The object.
    pub object: ObjectRef,
    /// How complete it is, 0 to 1.
    pub score: f64,
    /// Need by need; in lists those that are not met.
    pub needs: Vec<NeedState>,
}

/// Whether the objects of an area have what they must have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteReport {
    /// Objects that were looked at.
    pub objects: u64,
    /// Objects that have everything.
    pub complete: u64,
    /// Mean score, 0 to 1; null when there is no object.
    pub score: Option<f64>,
    /// How many are missing of what, by the key of the need.
    pub missing: BTreeMap<String, u64>,
    /// Within how many metres a device of no facility counts.
    pub metres: f64,
    /// Whether there are more objects than are looked at.
    pub cut: bool,
    /// The objects, the least complete first.
    pub items: Vec<SiteState>,
}

/// A danger and how far teams and stations cover it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DangerState {
    /// Key.
    pub key: String,
    /// Name.
    pub name: Text,
    /// Minutes within which a team must be there.
    pub minutes: f64,
    /// Teams of the area that answer it and are ready.
    pub teams: u64,
    /// Objects of the area that bring it.
    pub objects: u64,
    /// Those that no team reaches in time.
    pub missed: u64,
    /// Stations of the area that see it; null when the danger has none.
    pub stations: Option<u64>,
    /// Objects that a station sees.
    pub seen: u64,
    /// Red and orange objects.
    pub high: u64,
    /// Red and orange objects that a station sees.
    pub high_seen: u64,
}

/// An object that no team reaches in time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GapItem {
    /// The object.
    pub object: ObjectRef,
    /// The team that would be there first; null when there is none.
    pub team: Option<ObjectRef>,
    /// How far away that is, straight, m.
    pub metres: Option<f64>,
    /// When it would be there, minutes.
    pub minutes: Option<f64>,
}

/// A cell of the ground.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct GapCell {
    /// County.
    pub area: u32,
    /// Its middle.
    pub position: Position,
}

/// What no team reaches in time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GapReport {
    /// The danger.
    pub danger: DangerState,
    /// How the way was estimated: speed km/h, detour, and where these figures come from.
    pub speed: f64,
    /// How much longer the way by road is taken to be than the straight one.
    pub detour: f64,
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    pub sure: bool,
    /// `straight-line`: the way was not sought on roads.
    pub method: &'static str,
    /// Objects whose place is not known.
    pub unplaced: u64,
    /// How many are missed in each county.
    pub areas: BTreeMap<u32, u64>,
    /// The objects, those that are reached last first.
    pub items: Vec<GapItem>,
    /// Cells of the ground that no team reaches in time; none when the area has no known ground.
    pub cells: Vec<GapCell>,
    /// How many cells there are.
    pub all_cells: u64,
    /// Width of a cell, degrees.
    pub step: f64,
}

/// An object that no station sees.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlindItem {
    /// The object.
    pub object: ObjectRef,
    /// Its colour.
    pub colour: &'static str,
    /// How far away the nearest station is, m; null when there is none.
    pub metres: Option<f64>,
}

/// What no station sees.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CoverReport {
    /// The danger.
    pub danger: DangerState,
    /// Part of the objects that a station sees, 0 to 1; null when there is no object.
    pub observed: Option<f64>,
    /// Part of the red and orange objects that a station sees, 0 to 1; null when there is none.
    pub high_observed: Option<f64>,
    /// How many are not seen in each county.
    pub areas: BTreeMap<u32, u64>,
    /// Blind spots, the worst first.
    pub items: Vec<BlindItem>,
}
