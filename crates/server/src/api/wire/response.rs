//! Who gets away which way, who comes, which level, options and plan; roads that are closed.

use helan_kernel::push::Protective;
use helan_route::{Better, Place};
use helan_store::desk::RoadClosure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Position, SupposedView};
use crate::response::{Response, away, building, facts, forces, stay};

/// From a danger to a decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ResponseView {
    /// The moment of the facts, ms UTC.
    pub at: i64,
    /// Blocks of homes and their ways, most people first.
    pub blocks: Vec<BlockView>,
    /// Shelters, and how they fill.
    pub shelters: Vec<ShelterView>,
    /// When the last have arrived, minutes from now.
    pub cleared_min: f64,
    /// People who are not brought away.
    pub left: f64,
    /// What is missing, as words, with detail.
    pub defects: Vec<DefectView>,
    /// The building in which it is, and how people get out of it; null when its record does not know floors, stairs, exits and people.
    pub building: Option<EscapeView>,
    /// Teams, the first to arrive first.
    pub forces: Vec<ForceView>,
    /// What the rules of the response level say.
    #[schema(value_type = Object)]
    pub judgement: Value,
    /// Options side by side.
    #[schema(value_type = Object)]
    pub options: Value,
    /// The draft of the plan.
    #[schema(value_type = Object)]
    pub plan: Value,
    /// What of it is only supposed; null when all of it is so.
    pub supposed: Option<SupposedView>,
}

/// A building and the ways out of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscapeView {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Floors above ground.
    pub floors: u32,
    /// Stairs.
    pub stairs: u32,
    /// Exits.
    pub exits: u32,
    /// People in it by its record.
    pub people: f64,
    /// When the last are outside, minutes from the moment when all set off.
    pub out_min: f64,
    /// The same when one stair is full of smoke; null when there is no other.
    pub smoke_min: Option<f64>,
    /// People who do not get out by themselves when one stair is full of smoke.
    pub trapped: f64,
}

/// What is missing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefectView {
    /// `no-roads`, `roads-reading` (they are known in a moment), `no-ways`, `no-shelter`, `too-many-blocks`, `homes-unknown`;
    /// `vehicles-enter`: so many trips lead into the area, only by order and with protection; `shelters-promised`: so many free places
    /// of these shelters are those of issued plans of other open incidents, and are not given away twice; `shelters-shared`: people of
    /// so many other dangers, of whose plan none was issued, may go to the same shelters; `few-hidden`: of so many blocks with few
    /// people the figures are not told; `supposed-circle`: of a what-if, so many metres around the source stand in for levels that the
    /// model does not know or reaches nowhere.
    pub what: &'static str,
    /// More of it.
    pub detail: String,
}

/// A block of homes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlockView {
    /// Key: its cell; with `:s` the part of a cell that shelters where the rest leaves.
    pub key: String,
    /// Area code.
    pub area: u32,
    /// Its middle; that of its cell for whoever may not see people.
    pub at: Position,
    /// `leave` or `shelter`.
    pub action: &'static str,
    /// People.
    pub people: u32,
    /// Of them those who cannot walk.
    pub cannot_walk: u32,
    /// Of them those without a car.
    pub without_car: u32,
    /// Key of the shelter that most of them go to.
    pub shelter: Option<String>,
    /// `car` or `foot`.
    pub by: &'static str,
    /// How most of them go there, as GeoJSON LineString; null when no way is known.
    #[schema(value_type = Object)]
    pub line: Value,
    /// Roads on it.
    pub roads: Vec<String>,
    /// How long the way takes, minutes.
    pub travel_min: f64,
    /// When the first leave, minutes from now.
    pub leave_min: f64,
    /// When the last have arrived, minutes from now.
    pub cleared_min: f64,
    /// Road that holds them up.
    pub bottleneck: String,
    /// Vehicles that fetch those who cannot go by themselves.
    pub trips: Vec<TripView>,
    /// Whether those who go by themselves should rather stay inside; null when no model knows.
    pub stay: Option<StayView>,
    /// People who are not brought away, and why.
    pub left: Vec<LeftView>,
}

/// A vehicle that fetches people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TripView {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Key of the shelter.
    pub shelter: String,
    /// People.
    pub people: u32,
    /// Whether they cannot walk.
    pub lifted: bool,
    /// It is there, minutes from now.
    pub there_min: f64,
    /// They have arrived, minutes from now.
    pub arrive_min: f64,
}

/// Stay inside or leave.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StayView {
    /// `stay`, `leave`, or `even` when the figures are too close to tell.
    pub better: &'static str,
    /// How many times more the worse one lets in; null when the better one lets in nothing.
    pub times: Option<f64>,
    /// Highest concentration in the house, ppm.
    pub stay_peak_ppm: f64,
    /// Highest concentration until they are out, ppm.
    pub leave_peak_ppm: f64,
    /// Toxic load of those who stay until the cloud has gone, ppmⁿ·min.
    pub stay_load: f64,
    /// Toxic load of those who leave, ppmⁿ·min.
    pub leave_load: f64,
    /// When the cloud has gone, minutes from now; 240 at most.
    pub over_min: f64,
}

/// People who are not brought away.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeftView {
    /// How many.
    pub people: u32,
    /// `no-road`, `no-way`, `shelter-full` or `no-vehicle`.
    pub why: &'static str,
}

/// A shelter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShelterView {
    /// Key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Where.
    pub at: Position,
    /// Free places now: those of its record without those that are promised.
    pub free: u32,
    /// Places that issued plans of other open incidents have given away.
    pub promised: u32,
    /// People that it gets.
    pub gets: u32,
}

/// A team that can come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForceView {
    /// Key of its kind.
    pub kind: String,
    /// Key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Where it is.
    pub at: Position,
    /// Minutes to turn out.
    pub turnout_min: f64,
    /// Minutes on the way; null when no road leads there.
    pub travel_min: Option<f64>,
    /// Metres as the crow flies.
    pub metres: f64,
    /// Danger that it answers.
    pub answers: String,
}

fn line(places: &[Place]) -> Value {
    if places.len() < 2 {
        return Value::Null;
    }
    let places: Vec<Value> = places.iter().map(|at| json!([at.lon, at.lat])).collect();
    json!({"type": "LineString", "coordinates": places})
}

impl ResponseView {
    /// As a screen sees it.
    ///
    /// # Errors
    /// When a part cannot be written as JSON; does not happen with the types used.
    pub fn of(response: &Response) -> serde_json::Result<Self> {
        let away = &response.away;
        Ok(Self {
            at: response.facts.now.0,
            blocks: away.blocks.iter().map(|block| BlockView::of(away, block)).collect(),
            shelters: away.shelters.iter().map(ShelterView::from).collect(),
            cleared_min: away.cleared_s / 60.0,
            left: away.left,
            defects: away
                .defects
                .iter()
                .map(|(what, detail)| DefectView { what, detail: detail.clone() })
                .collect(),
            building: response.building.as_ref().map(EscapeView::from),
            forces: response.forces.iter().map(ForceView::from).collect(),
            judgement: serde_json::to_value(&response.judged)?,
            options: serde_json::to_value(&response.options)?,
            plan: serde_json::to_value(&response.plan)?,
            supposed: None,
        })
    }
}

impl From<&building::Escape> for EscapeView {
    fn from(escape: &building::Escape) -> Self {
        Self {
            kind: escape.kind.clone(),
            key: escape.key.clone(),
            name: escape.name.clone(),
            floors: escape.storeys.floors,
            stairs: escape.storeys.stairs,
            exits: escape.storeys.exits,
            people: escape.storeys.people,
            out_min: escape.out_s / 60.0,
            smoke_min: escape.smoke_s.map(|seconds| seconds / 60.0),
            trapped: escape.trapped,
        }
    }
}

impl BlockView {
    fn of(away: &away::Away, block: &away::BlockAway) -> Self {
        let shelter = block.shelter.and_then(|number| away.shelters.get(number));
        let left = |(people, why): &(u32, helan_route::Left)| LeftView {
            people: *people,
            why: facts::left(*why),
        };
        Self {
            key: block.key.clone(),
            area: block.area.0,
            at: block.at.into(),
            action: super::protective(if block.leaves {
                Protective::Leave
            } else {
                Protective::Shelter
            }),
            people: block.people,
            cannot_walk: block.cannot_walk,
            without_car: block.without_car,
            shelter: shelter.map(|shelter| shelter.key.clone()),
            by: if block.on_foot { "foot" } else { "car" },
            line: line(&block.line),
            roads: block.roads.clone(),
            travel_min: block.travel_s / 60.0,
            leave_min: block.leave_s / 60.0,
            cleared_min: block.cleared_s / 60.0,
            bottleneck: block.bottleneck.clone(),
            trips: block.trips.iter().filter_map(|trip| TripView::of(away, trip)).collect(),
            stay: block.stay.map(StayView::from),
            left: block.left.iter().map(left).collect(),
        }
    }
}

impl TripView {
    fn of(away: &away::Away, trip: &away::Trip) -> Option<Self> {
        Some(Self {
            kind: trip.kind.clone(),
            key: trip.key.clone(),
            name: trip.name.clone(),
            shelter: away.shelters.get(trip.shelter)?.key.clone(),
            people: trip.people,
            lifted: trip.lifted,
            there_min: trip.there_s / 60.0,
            arrive_min: trip.arrive_s / 60.0,
        })
    }
}

impl From<stay::StayOrLeave> for StayView {
    fn from(answer: stay::StayOrLeave) -> Self {
        Self {
            better: match answer.better {
                Better::Stay => "stay",
                Better::Leave => "leave",
                Better::Even => "even",
            },
            times: answer.times,
            stay_peak_ppm: answer.stay.peak_ppm,
            leave_peak_ppm: answer.leave.peak_ppm,
            stay_load: answer.stay.load,
            leave_load: answer.leave.load,
            over_min: answer.over_s / 60.0,
        }
    }
}

impl From<&away::ShelterUse> for ShelterView {
    fn from(shelter: &away::ShelterUse) -> Self {
        Self {
            key: shelter.key.clone(),
            name: shelter.name.clone(),
            at: shelter.at.into(),
            free: shelter.free,
            promised: shelter.promised,
            gets: shelter.gets,
        }
    }
}

impl From<&forces::Coming> for ForceView {
    fn from(team: &forces::Coming) -> Self {
        Self {
            kind: team.kind.clone(),
            key: team.key.clone(),
            name: team.name.clone(),
            at: team.at.into(),
            turnout_min: team.turnout_min,
            travel_min: team.travel_min,
            metres: team.metres,
            answers: team.answers.clone(),
        }
    }
}

/// Roads that people closed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Closure {
    /// Number.
    pub id: u64,
    /// Area code that it belongs to.
    pub area: u32,
    /// Incident that it is for.
    pub incident: Option<u64>,
    /// Why.
    pub reason: String,
    /// Account that closed it.
    pub by: String,
    /// When, ms UTC.
    pub at: i64,
    /// Until when, ms UTC.
    pub until: i64,
    /// What is closed, as GeoJSON Polygon.
    #[schema(value_type = Object)]
    pub geometry: Value,
}

impl From<&RoadClosure> for Closure {
    fn from(closure: &RoadClosure) -> Self {
        Self {
            id: closure.id,
            area: closure.area.0,
            incident: closure.incident,
            reason: closure.reason.clone(),
            by: closure.by.clone(),
            at: closure.at.0,
            until: closure.until.0,
            geometry: super::polygon(&closure.ring),
        }
    }
}

/// Closing roads.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseRoads {
    /// Area code that it belongs to.
    pub area: u32,
    /// Incident that it is for.
    #[serde(default)]
    pub incident: Option<u64>,
    /// Why.
    pub reason: String,
    /// How long, minutes; left out: a day.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// Ring of longitude and latitude: every road that touches it is closed.
    pub ring: Vec<Position>,
}

/// Asking for a way.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WayQuestion {
    /// From where.
    pub from: Position,
    /// To where.
    pub to: Position,
    /// Class of vehicles: `car`, `fire-engine`, `ambulance`, `bus`, `foot`.
    #[serde(default = "car")]
    pub class: String,
    /// Incident whose danger area is not to be entered.
    #[serde(default)]
    pub avoid: Option<u64>,
}

fn car() -> String {
    "car".to_owned()
}

/// A way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WayView {
    /// How long it takes, minutes.
    pub minutes: f64,
    /// How long it is, metres.
    pub metres: f64,
    /// As GeoJSON LineString.
    #[schema(value_type = Object)]
    pub line: Value,
    /// Roads on it.
    pub roads: Vec<String>,
}

impl WayView {
    /// A way as a screen sees it.
    #[must_use]
    pub fn of(minutes: f64, metres: f64, places: &[Place], roads: Vec<String>) -> Self {
        Self { minutes, metres, line: line(places), roads }
    }
}
