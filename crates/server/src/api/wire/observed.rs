//! What people saw of a danger on the ground.

use helan_store::desk::observed::{self, GroundPair, Seen};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Position;

/// By what means something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// From a drone or an aircraft.
    Drone,
    /// By survey on the ground.
    Survey,
    /// By a satellite.
    Satellite,
    /// By an instrument.
    Instrument,
    /// By eye.
    Eye,
}

impl Means {
    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drone => "drone",
            Self::Survey => "survey",
            Self::Satellite => "satellite",
            Self::Instrument => "instrument",
            Self::Eye => "eye",
        }
    }
}

/// Telling what was seen: ground on which a level was reached, or whether it was at a single place.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Observing {
    /// Key of the policy whose danger it is; may be left out where policy or model follow from the rest.
    #[serde(default)]
    pub policy: Option<String>,
    /// Model of the danger, instead of the policy.
    #[serde(default)]
    pub model: Option<String>,
    /// The level, such as `intensity-8`; of levels with a time (`burnt-60-min`) also what they share: `burnt`.
    pub level: String,
    /// When it was so, ms UTC: not in the future.
    pub at: i64,
    /// Rings inside of which it was reached, and nowhere else; corners in order, at most 2 000 in 50 rings.
    #[serde(default)]
    pub rings: Vec<Vec<Position>>,
    /// Instead of rings: a single place.
    #[serde(default)]
    pub place: Option<Position>,
    /// With a place: whether it was reached there.
    #[serde(default)]
    pub holds: Option<bool>,
    /// By what means.
    pub means: Means,
    /// More of it.
    #[serde(default)]
    pub note: Option<String>,
    /// Number of the observation of this incident that this one corrects: it is withdrawn.
    #[serde(default)]
    pub corrects: Option<u64>,
}

/// What was seen of an incident's dangers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObservedList {
    /// By the moment of which they speak, those that were withdrawn too.
    pub items: Vec<ObservedView>,
    /// What can be told of.
    pub levels: Vec<ObservableLevel>,
    /// Of how many forecasts held against an observation nothing is told here, since there are newer ones.
    pub judged_left_out: u64,
}

/// That something was told.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ObservedKept {
    /// Number of the observation.
    pub id: u64,
    /// Whether the forecasts are judged by it already; if not, the next look at them judges it, some seconds later.
    pub judged: bool,
}

/// A level that can be told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObservableLevel {
    /// Key of the policy.
    pub policy: String,
    /// Model of its newest area.
    pub model: String,
    /// The level, without a time.
    pub level: String,
}

/// An observation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObservedView {
    /// Number.
    pub id: u64,
    /// Key of the policy whose danger it is.
    pub policy: String,
    /// The level, without a time.
    pub level: String,
    /// When it was so, ms UTC.
    pub at: i64,
    /// Where, as GeoJSON: a MultiPolygon, or a Point.
    #[schema(value_type = Object)]
    pub geometry: Value,
    /// Of a place: whether it was reached there; null of ground.
    pub holds: Option<bool>,
    /// `drone`, `survey`, `satellite`, `instrument` or `eye`.
    pub means: String,
    /// More of it.
    pub note: String,
    /// Account of who told it.
    pub by: String,
    /// When it was told, ms UTC.
    pub told: i64,
    /// When it was withdrawn; null while it holds.
    pub withdrawn: Option<Withdrawn>,
    /// Whether it still waits to be held against the forecasts, some seconds.
    pub waits: bool,
    /// How the forecasts lie on it, oldest version first; of all of an incident no more than the newest 2 000.
    pub judged: Vec<GroundJudged>,
}

/// That an observation was withdrawn.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Withdrawn {
    /// When, ms UTC.
    pub at: i64,
    /// Account of who did.
    pub by: String,
    /// Number of the observation that corrects it; null when none does.
    pub corrected_by: Option<u64>,
}

/// A forecast of ground held against an observation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroundJudged {
    /// Number of the forecast.
    pub forecast: u64,
    /// Number of the observation.
    pub observed: u64,
    /// Key of the model.
    pub model: String,
    /// Version of the danger area.
    pub version: u32,
    /// When it was made, ms UTC.
    pub made: i64,
    /// Moment of the outline that was taken, seconds after it was made; null when it holds as long as the area stands.
    pub after_s: Option<f64>,
    /// Of ground: what is in both of what is in either, 0 to 1; null of a place.
    pub overlap: Option<f64>,
    /// Of ground: the share of what came that was not foretold.
    pub missed: Option<f64>,
    /// Of ground: the share of what was foretold that did not come.
    pub in_vain: Option<f64>,
    /// Of a place: `hit`, `miss`, `false-alarm` or `quiet`; null of ground.
    pub place: Option<&'static str>,
    /// Number of the observation that stays as it is by the reference; null when nothing was seen before.
    pub reference: Option<u64>,
    /// What the reference is worth: of ground its overlap, of a place 1 when it says that it is so and 0 when not.
    pub reference_value: Option<f64>,
}

impl From<&GroundPair> for GroundJudged {
    fn from(pair: &GroundPair) -> Self {
        let place = match (pair.foretold >= 0.5, pair.came >= 0.5) {
            (true, true) => "hit",
            (false, true) => "miss",
            (true, false) => "false-alarm",
            (false, false) => "quiet",
        };
        Self {
            forecast: pair.forecast,
            observed: pair.observed,
            model: pair.model.clone(),
            version: pair.version,
            made: pair.made.0,
            after_s: pair.after_s,
            overlap: (!pair.place).then_some(pair.foretold),
            missed: pair.missed,
            in_vain: pair.in_vain,
            place: pair.place.then_some(place),
            reference: pair.reference.map(|(id, _)| id),
            reference_value: pair.reference.map(|(_, worth)| worth),
        }
    }
}

impl ObservedView {
    /// As a screen sees it, with those of the pairs that are its own.
    #[must_use]
    pub fn of(observed: &observed::Observed, pairs: &[GroundPair]) -> Self {
        let (geometry, holds) = match &observed.seen {
            Seen::Ground(rings) => (super::polygons(rings), None),
            Seen::Place { at, holds } => {
                (json!({"type": "Point", "coordinates": [at.lon, at.lat]}), Some(*holds))
            }
        };
        let own = pairs.iter().filter(|pair| pair.observed == observed.id);
        Self {
            id: observed.id,
            policy: observed.policy.clone(),
            level: observed.level.clone(),
            at: observed.at.0,
            geometry,
            holds,
            means: observed.means.clone(),
            note: observed.note.clone(),
            by: observed.by.clone(),
            told: observed.told.0,
            withdrawn: observed.withdrawn.as_ref().map(|(at, by, corrected_by)| Withdrawn {
                at: at.0,
                by: by.clone(),
                corrected_by: *corrected_by,
            }),
            waits: observed.withdrawn.is_none() && !observed.judged,
            judged: own.map(GroundJudged::from).collect(),
        }
    }
}
