//! Vehicles that fetch those who cannot leave by themselves: free buses and ambulances, by their records and orders.

use anyhow::Result;
use geo::MultiPolygon;
use helan_kernel::{AreaCode, Position};
use helan_route::{Carrier, RouteError, Ways};

use super::{Question, ground};
use crate::{api::Api, dispatch::turnout_min, forces::Force, roads::Now};

/// Threatens life: no vehicle is planned into it.
const DEADLY: u8 = 3;
/// Vehicles that are looked at: the nearest as the crow flies.
const MOST: usize = 200;
/// Ambulances of one station, at most: a large one's.
const MOST_OF_STATION: u32 = 50;
/// Seats of a bus whose record names none: a small one (GB/T 15089, M2, has up to 22).
const SEATS: u32 = 20;
/// People who cannot walk that an ambulance takes: one lies.
const LYING: u32 = 1;

/// A sort of vehicles, and how it carries people.
struct Sort {
    class: &'static str,
    can: &'static str,
    lifts: bool,
}

const SORTS: [Sort; 2] = [
    Sort { class: "bus", can: "bus", lifts: false },
    Sort { class: "ambulance", can: "ambulance", lifts: true },
];
/// Kind of the stations that have ambulances.
const STATION: &str = "emergency-station";

/// A vehicle, for people.
#[derive(Clone, Debug)]
pub struct Vehicle {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// Vehicles of one class that are on a road.
pub struct Fleet {
    /// What they may drive: not where life is threatened, but else into the area.
    pub ways: Ways,
    /// The vehicles.
    pub carriers: Vec<Carrier>,
    /// Who they are, in the same order.
    pub vehicles: Vec<Vehicle>,
}

/// Free vehicles near an incident.
///
/// # Errors
/// When the base database or the roads cannot be asked.
pub fn near(api: &Api, roads: &Now, question: &Question) -> Result<Vec<Fleet>> {
    let mut forces =
        api.forces.available(&api.base, &api.desk, AreaCode::ALL, question.incident.drill)?;
    forces.retain(|force| {
        let area = force.facts.area;
        question.area.contains(area) || area.contains(question.area)
    });
    if let Some(middle) = question.incident.position {
        let far = |force: &Force| place(force).map_or(f64::MAX, |at| at.metres_to(middle));
        forces.sort_by(|a, b| far(a).total_cmp(&far(b)).then(a.facts.id.cmp(&b.facts.id)));
    }
    let closed = ground::closed(&deadly(question))?;
    let mut fleets = Vec::new();
    for sort in &SORTS {
        let Some(ways) = roads.without(sort.class, &closed)? else { continue };
        let fleet = fleet(api, sort, ways, &forces)?;
        if !fleet.carriers.is_empty() {
            fleets.push(fleet);
        }
    }
    Ok(fleets)
}

fn place(force: &Force) -> Option<Position> {
    force.place.as_ref().map(|seen| seen.at)
}

/// The ground where models say that life is threatened.
fn deadly(question: &Question) -> MultiPolygon {
    let levels = question.dangers.iter().flat_map(|danger| &danger.levels);
    let rings = levels.filter(|level| level.severity >= DEADLY).flat_map(|level| &level.rings);
    MultiPolygon::new(rings.map(|ring| ground::polygon(ring)).collect())
}

fn fleet(api: &Api, sort: &Sort, ways: Ways, forces: &[Force]) -> Result<Fleet, RouteError> {
    let mut fleet = Fleet { ways, carriers: Vec::new(), vehicles: Vec::new() };
    let config = &api.config.response;
    let boarding_s = if sort.lifts { config.lifting_s } else { config.boarding_s };
    for force in forces {
        let facts = &force.facts;
        let count = match () {
            () if facts.capabilities.contains(sort.can) => 1,
            () if sort.lifts && facts.force.kind == STATION => {
                super::away::whole(facts.vehicles.unwrap_or(0.0)).min(MOST_OF_STATION)
            }
            () => continue,
        };
        let Some(at) = place(force) else { continue };
        // Whoever is on no road fetches nobody.
        let Ok(snap) = helan_route::Place::new(at.lon, at.lat)
            .and_then(|place| fleet.ways.snap(place, config.to_road_m))
        else {
            continue;
        };
        let seats = facts.seats.map_or(SEATS, super::away::whole);
        for number in 0..count {
            if fleet.carriers.len() == MOST {
                return Ok(fleet);
            }
            let key = &facts.force.key;
            fleet.carriers.push(Carrier {
                key: format!("{}/{key}/{number}", facts.force.kind),
                at: snap.spot,
                free_s: turnout_min(force) * 60.0,
                seats: if sort.lifts { LYING } else { seats },
                lifts: sort.lifts,
                boarding_s,
            });
            fleet.vehicles.push(Vehicle {
                kind: facts.force.kind.clone(),
                key: key.clone(),
                name: facts.name.clone(),
            });
        }
    }
    Ok(fleet)
}
