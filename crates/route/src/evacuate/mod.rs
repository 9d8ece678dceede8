//! Getting many people away: who leaves when, by which way, to which shelter.
//!
//! Roads carry only so much. People in cars and on foot are streams: each begins at a moment, takes one way, and fills what the
//! way still carries. Streams are added in the order of arrival, so that of all people the next always takes the way on which
//! it arrives first (as CCRP: Lu, George, Shekhar, Capacity Constrained Routing Algorithms for Evacuation Planning, SSTD 2005;
//! here in continuous time). For ways without common roads this is the quickest flow; with common roads it is a heuristic, and
//! its plan keeps to every capacity. Those who cannot walk are fetched, by vehicles that lift; people who have no car and live too far
//! to walk are fetched by the others. Whoever would be there earlier on foot than by the next vehicle walks, however far.

mod dislike;
mod flow;
mod layer;
mod trips;

use serde::Serialize;

pub use dislike::{along_wind, downhill};

use crate::{EdgeId, RouteError, Spot, Ways};

/// Blocks, shelters and carriers, at most.
const MAX_BLOCKS: usize = 20_000;
const MAX_SHELTERS: usize = 5_000;
/// People of a block and places of a shelter, at most: all of a large city.
const MAX_PEOPLE: f64 = 5e7;

/// People who begin at the same place.
#[derive(Clone, Debug)]
pub struct Block {
    /// Key of the block.
    pub key: String,
    /// Where they come onto the road.
    pub at: Spot,
    /// People who leave in private cars.
    pub by_car: f64,
    /// People without a car, who can walk.
    pub without_car: f64,
    /// People who cannot walk.
    pub cannot_walk: f64,
}

/// Where people go.
#[derive(Clone, Debug)]
pub struct Shelter {
    /// Key of the shelter.
    pub key: String,
    /// Where it is.
    pub at: Spot,
    /// How many more people it takes.
    pub places: f64,
}

/// A vehicle that fetches people again and again.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Key of the vehicle.
    pub key: String,
    /// Where it is.
    pub at: Spot,
    /// When it is free, seconds from now.
    pub free_s: f64,
    /// People that it takes at a time.
    pub seats: u32,
    /// Whether it takes people who cannot walk, and nobody else: it is needed for them.
    pub lifts: bool,
    /// How long a person needs to get in, seconds; the same to get out.
    pub boarding_s: f64,
}

impl Carrier {
    /// Whether it takes people who can walk.
    #[must_use]
    pub const fn takes_walkers(&self) -> bool {
        !self.lifts && self.seats > 0
    }
}

/// Vehicles of one class.
#[derive(Clone, Copy, Debug)]
pub struct Fleet<'a> {
    /// What they may drive. A fleet that may enter a closed area under protection has ways of its own, without that closure.
    pub ways: &'a Ways,
    /// The vehicles.
    pub carriers: &'a [Carrier],
}

/// How a stream moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// In private cars.
    Car,
    /// On foot.
    Foot,
}

/// A number for each edge and mode.
pub type PerEdge<'a> = &'a dyn Fn(Mode, EdgeId) -> f64;

/// What is asked.
#[derive(Clone, Copy)]
pub struct Evacuation<'a> {
    /// Who has to leave.
    pub blocks: &'a [Block],
    /// Where to.
    pub shelters: &'a [Shelter],
    /// What private cars may drive now.
    pub car: &'a Ways,
    /// Where people may walk now.
    pub foot: &'a Ways,
    /// Vehicles that fetch people.
    pub fleets: &'a [Fleet<'a>],
    /// People in a car.
    pub people_per_car: f64,
    /// Longest walk that is asked of people when a vehicle brings them there earlier than that walk, seconds.
    pub walk_limit_s: f64,
    /// What an edge costs beyond its time, seconds, 0 or more: the dislike of ways along the wind, or downhill. It steers the choice
    /// of ways, not the times.
    pub dislike_s: Option<PerEdge<'a>>,
    /// What an edge carries in a second: cars, or people on foot. None: as the class of the road says ([`default_flow`]).
    pub flow_s: Option<PerEdge<'a>>,
}

impl std::fmt::Debug for Evacuation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} blocks to {} shelters", self.blocks.len(), self.shelters.len())
    }
}

/// A stream of people on one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stream {
    /// How they move.
    pub mode: Mode,
    /// Number of the shelter.
    pub shelter: usize,
    /// The way.
    pub edges: Vec<EdgeId>,
    /// People in all. Streams are continuous: not always a whole number.
    pub people: f64,
    /// The first leave then, seconds from now.
    pub leave_from_s: f64,
    /// The last leave then, seconds from now.
    pub leave_until_s: f64,
    /// How long the way takes, seconds.
    pub travel_s: f64,
    /// People that set off in a minute.
    pub people_min: f64,
    /// The edge that keeps more from going this way.
    pub bottleneck: Option<EdgeId>,
}

impl Stream {
    /// When the last have arrived, seconds from now.
    #[must_use]
    pub fn cleared_s(&self) -> f64 {
        self.leave_until_s + self.travel_s
    }
}

/// People fetched by a vehicle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trip {
    /// Number of the fleet, and of the vehicle in it.
    pub carrier: (usize, usize),
    /// Number of the shelter.
    pub shelter: usize,
    /// People.
    pub people: u32,
    /// Whether they cannot walk.
    pub lifted: bool,
    /// The vehicle sets off for them, seconds from now.
    pub sent_s: f64,
    /// It is there, seconds from now.
    pub there_s: f64,
    /// It leaves with them, seconds from now.
    pub leave_s: f64,
    /// They are at the shelter and out of it, seconds from now.
    pub arrive_s: f64,
}

/// Why people could not be brought away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// No road that they may use is near, or they are not in the network.
    NoRoad,
    /// No way leads from them to any shelter.
    NoWay,
    /// Every shelter that they could reach is full.
    ShelterFull,
    /// No vehicle can fetch them, or not within the trips that a plan may have.
    NoVehicle,
}

/// What becomes of a block.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BlockPlan {
    /// Streams in the order in which they leave.
    pub streams: Vec<Stream>,
    /// Trips in the order in which they leave.
    pub trips: Vec<Trip>,
    /// When the last have arrived, seconds from now.
    pub cleared_s: f64,
    /// The edge that holds up the block's longest stream.
    pub bottleneck: Option<EdgeId>,
    /// People who are not brought away, and why.
    pub left: Vec<(f64, Left)>,
}

/// The whole plan; blocks and shelters in the order of the question.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EvacuationPlan {
    /// What becomes of each block.
    pub blocks: Vec<BlockPlan>,
    /// People that each shelter gets.
    pub filled: Vec<f64>,
    /// When the last have arrived, seconds from now.
    pub cleared_s: f64,
    /// People who are not brought away.
    pub left: f64,
    /// Shelters that lie in a closed area or on no usable road, by number: nobody is sent there.
    pub closed_shelters: Vec<usize>,
}

/// What an edge carries in a second when nobody says otherwise: cars by class and lanes; on foot 1.5 people, half of what a pavement of
/// two metres takes at most (SFPE: 1.3 people per metre and second).
#[must_use]
pub fn default_flow(ways: &Ways, mode: Mode, edge: EdgeId) -> f64 {
    let Some(edge) = ways.network().graph().edge(edge) else { return 0.0 };
    match mode {
        Mode::Car => edge.class.lane_vehicles_h() * f64::from(edge.lanes.max(1)) / 3_600.0,
        Mode::Foot => 1.5,
    }
}

/// Plans who leaves when, by which way, to which shelter.
///
/// # Errors
/// When a number makes no sense, or there is too much of something. A block or shelter that is on no road is none: it is
/// reported in the plan.
pub fn evacuate(ask: &Evacuation<'_>) -> Result<EvacuationPlan, RouteError> {
    check(ask)?;
    let mut plan = EvacuationPlan {
        blocks: vec![BlockPlan::default(); ask.blocks.len()],
        filled: vec![0.0; ask.shelters.len()],
        ..EvacuationPlan::default()
    };
    let usable = |shelter: &Shelter| {
        [ask.car, ask.foot]
            .into_iter()
            .chain(ask.fleets.iter().map(|fleet| fleet.ways))
            .any(|ways| ways.goals(shelter.at).is_ok_and(|goals| !goals.is_empty()))
    };
    let closed = (0..).zip(ask.shelters).filter(|(_, shelter)| !usable(shelter));
    plan.closed_shelters = closed.map(|(number, _)| number).collect();
    let mut walkers = flow::walkers(ask)?;
    // Those who depend on others choose first.
    trips::fetch(ask, &mut walkers, &mut plan)?;
    flow::stream(ask, &walkers, &mut plan)?;
    finish(&mut plan);
    Ok(plan)
}

fn finish(plan: &mut EvacuationPlan) {
    for block in &mut plan.blocks {
        block.streams.sort_by(|a, b| a.leave_from_s.total_cmp(&b.leave_from_s));
        block.trips.sort_by(|a, b| a.leave_s.total_cmp(&b.leave_s));
        let last = block.streams.iter().max_by(|a, b| a.cleared_s().total_cmp(&b.cleared_s()));
        block.bottleneck = last.and_then(|stream| stream.bottleneck);
        let streams = block.streams.iter().map(Stream::cleared_s);
        block.cleared_s =
            streams.chain(block.trips.iter().map(|trip| trip.arrive_s)).fold(0.0, f64::max);
        plan.cleared_s = plan.cleared_s.max(block.cleared_s);
        plan.left += block.left.iter().map(|(people, _)| people).sum::<f64>();
    }
}

fn check(ask: &Evacuation<'_>) -> Result<(), RouteError> {
    let range = |what, value: f64, least: f64, most: f64| {
        if (least..=most).contains(&value) {
            Ok(())
        } else {
            Err(RouteError::BadNumber { what, value })
        }
    };
    if ask.blocks.len() > MAX_BLOCKS {
        return Err(RouteError::TooLarge { what: "blocks", most: MAX_BLOCKS });
    }
    if ask.shelters.len() > MAX_SHELTERS {
        return Err(RouteError::TooLarge { what: "shelters", most: MAX_SHELTERS });
    }
    for block in ask.blocks {
        for people in [block.by_car, block.without_car, block.cannot_walk] {
            range("people of a block", people, 0.0, MAX_PEOPLE)?;
        }
    }
    for shelter in ask.shelters {
        range("places of a shelter", shelter.places, 0.0, MAX_PEOPLE)?;
    }
    let carriers: usize = ask.fleets.iter().map(|fleet| fleet.carriers.len()).sum();
    if carriers > MAX_BLOCKS {
        return Err(RouteError::TooLarge { what: "carriers", most: MAX_BLOCKS });
    }
    for carrier in ask.fleets.iter().flat_map(|fleet| fleet.carriers) {
        range("time until a carrier is free", carrier.free_s, 0.0, 1e7)?;
        range("time to get in", carrier.boarding_s, 0.0, 1e5)?;
    }
    range("people in a car", ask.people_per_car, 0.1, 100.0)?;
    range("longest walk", ask.walk_limit_s, 0.0, 1e6)
}

#[cfg(test)]
mod tests;
