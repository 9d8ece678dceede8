//! Who leaves when, by which way: streams on the roads, and vehicles that fetch the others.

use anyhow::Result;
use geo::MultiPolygon;
use helan_kernel::Position;
use helan_route::{
    Block, BlockPlan, EdgeId, Evacuation, Left, Mode, Place, Route, RouteError, Router, Shelter,
    Spot, Ways, along_wind, downhill, evacuate,
};

use super::{
    Question,
    away::{Away, BlockAway, MOST_BLOCKS, Trip, whole},
    fleet, ground,
    stay::Cloud,
};
use crate::{api::Api, roads::Now};

/// Ways that are written out with their line, and compared with staying: a screen shows no more.
const MOST_LINES: usize = 400;
/// What a kilometre straight along the wind costs beyond its time, seconds: what a car needs for it at 36 km/h. It steers the choice of
/// ways out of gas and smoke, not the times.
const WIND_S_PER_KM: f64 = 100.0;

/// What a metre down costs beyond its time, seconds, where people flee water: a descent of ten metres is worth a detour of three minutes.
const DOWN_S_PER_M: f64 = 20.0;

/// What a road on which gas may burn costs beyond its time, seconds: a detour of half an hour is better.
const BURNS_S: f64 = 1_800.0;

/// A block that goes, and where it begins.
struct Going {
    /// Its number in the list of blocks.
    number: usize,
    from: Spot,
}

/// Plans the ways of the blocks that leave.
///
/// # Errors
/// When the forces or the roads cannot be asked.
pub fn drive(
    api: &Api,
    roads: &Now,
    question: &Question,
    danger: &MultiPolygon,
    blocks: &mut [BlockAway],
    away: &mut Away,
) -> Result<()> {
    let closed = ground::closed(danger)?;
    let Some((car, foot)) = roads.without("car", &closed)?.zip(roads.without("foot", &closed)?)
    else {
        let what = if roads.reading { "roads-reading" } else { "no-roads" };
        away.defects.push((what, roads.defect.clone()));
        return Ok(());
    };
    let near = api.config.response.to_road_m;
    let spot = |ways: &Ways, at: Position| {
        let place = Place::new(at.lon, at.lat).ok()?;
        ways.snap(place, near).ok().map(|snap| snap.spot)
    };
    let on_road = |at: Position| spot(&car, at).or_else(|| spot(&foot, at));
    let mut going = Vec::new();
    let mut leaving = Vec::new();
    let out = blocks.iter_mut().enumerate().filter(|(_, block)| block.leaves).take(MOST_BLOCKS);
    for (number, block) in out {
        let Some(from) = on_road(block.at) else {
            block.left.push((block.people, Left::NoRoad));
            away.left += f64::from(block.people);
            continue;
        };
        let carried = f64::from(block.cannot_walk);
        let walking = (f64::from(block.without_car) - carried).max(0.0);
        leaving.push(Block {
            key: block.key.clone(),
            at: from,
            by_car: f64::from(block.people) - carried - walking,
            without_car: walking,
            cannot_walk: carried,
        });
        going.push(Going { number, from });
    }
    if leaving.is_empty() {
        return Ok(());
    }
    let places: Vec<(usize, Shelter)> = away
        .shelters
        .iter()
        .enumerate()
        .filter(|(_, shelter)| shelter.free > 0)
        .filter_map(|(number, shelter)| {
            let (key, at) = (shelter.key.clone(), on_road(shelter.at)?);
            Some((number, Shelter { key, at, places: f64::from(shelter.free) }))
        })
        .collect();
    let (numbers, shelters): (Vec<usize>, Vec<Shelter>) = places.into_iter().unzip();
    let fleets = fleet::near(api, roads, question)?;
    let driven: Vec<helan_route::Fleet<'_>> = fleets
        .iter()
        .map(|fleet| helan_route::Fleet { ways: &fleet.ways, carriers: &fleet.carriers })
        .collect();
    let clouds = Cloud::of(question);
    let disliked = disliked(api, question, &car, &clouds)?;
    let dislike =
        |_: Mode, edge: EdgeId| disliked.get(edge.0 as usize).copied().unwrap_or_default();
    let ask = Evacuation {
        blocks: &leaving,
        shelters: &shelters,
        car: &car,
        foot: &foot,
        fleets: &driven,
        people_per_car: api.config.response.people_per_car,
        walk_limit_s: api.config.response.walk_minutes * 60.0,
        dislike_s: Some(&dislike),
        flow_s: None,
    };
    let plan = evacuate(&ask)?;
    away.cleared_s = plan.cleared_s;
    away.left += plan.left;
    for (number, gets) in numbers.iter().zip(&plan.filled) {
        if let Some(shelter) = away.shelters.get_mut(*number) {
            shelter.gets = whole(*gets);
        }
    }
    let mut trips = 0;
    for (drawn, (going, done)) in going.iter().zip(plan.blocks).enumerate() {
        let Some(block) = blocks.get_mut(going.number) else { continue };
        fetched(block, &done, &fleets, &numbers);
        trips += block.trips.len();
        let main = done.streams.iter().max_by(|a, b| a.people.total_cmp(&b.people));
        block.cleared_s = done.cleared_s;
        block.left.extend(done.left.iter().map(|(people, why)| (whole(*people), *why)));
        block.bottleneck =
            done.bottleneck.map_or_else(String::new, |edge| roads.name(edge).to_owned());
        let Some(main) = main else {
            block.shelter = block.trips.first().map(|trip| trip.shelter);
            continue;
        };
        block.shelter = numbers.get(main.shelter).copied();
        block.on_foot = main.mode == Mode::Foot;
        (block.travel_s, block.leave_s) = (main.travel_s, main.leave_from_s);
        if drawn < MOST_LINES {
            let ways = if block.on_foot { &foot } else { &car };
            let goal = shelters.get(main.shelter).map(|shelter| shelter.at);
            let Some(goal) = goal else { continue };
            let route = route(ways, (going.from, goal), main);
            write_out(block, roads, ways, &route);
            // Of two gases at once no model knows what they do together.
            if let [cloud] = clouds.as_slice() {
                block.stay = cloud.compare(block.at, ways, &route, main.leave_from_s);
            }
        }
    }
    if trips > 0 {
        away.defects.push(("vehicles-enter", trips.to_string()));
    }
    Ok(())
}

/// What each edge costs beyond its time, seconds: along the wind out of gas and smoke, downhill before water. Empty: nothing.
fn disliked(
    api: &Api,
    question: &Question,
    car: &Ways,
    clouds: &[Cloud<'_>],
) -> Result<Vec<f64>, RouteError> {
    let graph = car.network().graph();
    let config = &api.config.response;
    if config.uphill.iter().any(|kind| *kind == *question.incident.kind) {
        let Some(ground) = &api.elevation else { return Ok(Vec::new()) };
        return downhill(graph, &|at| ground.height_m(at.lon, at.lat), DOWN_S_PER_M);
    }
    let wind = question.dangers.iter().find_map(|danger| danger.air.wind_from_deg);
    let mut seconds = match wind {
        Some(from) => along_wind(graph, from + 180.0, WIND_S_PER_KM)?,
        None => vec![0.0; graph.edge_count()],
    };
    for cloud in clouds {
        for (number, seconds) in (0..).zip(&mut seconds) {
            let edge = EdgeId(number);
            // Nobody shall go past the leak because it is the shortest way out.
            let air = cloud.along(&graph.line(edge));
            let time = f64::from(car.edge_ms(edge).unwrap_or_default()) / 1_000.0;
            *seconds += time * air.badness + if air.burns { BURNS_S } else { 0.0 };
        }
    }
    Ok(seconds)
}

/// The vehicles that come for a block.
fn fetched(block: &mut BlockAway, done: &BlockPlan, fleets: &[fleet::Fleet], numbers: &[usize]) {
    let trips = done.trips.iter().filter_map(|trip| {
        let (fleet, carrier) = trip.carrier;
        let vehicle = fleets.get(fleet)?.vehicles.get(carrier)?;
        Some(Trip {
            kind: vehicle.kind.clone(),
            key: vehicle.key.clone(),
            name: vehicle.name.clone(),
            shelter: numbers.get(trip.shelter).copied()?,
            people: trip.people,
            lifted: trip.lifted,
            there_s: trip.there_s,
            arrive_s: trip.arrive_s,
        })
    });
    block.trips = trips.collect();
}

/// The line of a way and the names of its roads.
fn write_out(block: &mut BlockAway, roads: &Now, ways: &Ways, route: &Route) {
    block.line = Router::new(ways).line(route);
    for edge in &route.edges {
        let name = roads.name(*edge);
        if !name.is_empty() && block.roads.last().is_none_or(|last| last != name) {
            block.roads.push(name.to_owned());
        }
    }
}

/// A stream as one way from where it begins to its shelter.
fn route(ways: &Ways, (from, to): (Spot, Spot), stream: &helan_route::Stream) -> Route {
    let graph = ways.network().graph();
    let share = |spot, edge: Option<&EdgeId>, otherwise| match (spot, edge) {
        (Spot::Edge(own, share), Some(edge)) if own == *edge => share,
        (Spot::Edge(own, share), Some(edge)) if graph.twin(own) == Some(*edge) => 1.0 - share,
        _ => otherwise,
    };
    Route {
        time_ms: whole(stream.travel_s * 1_000.0),
        length_m: 0.0,
        shares: (share(from, stream.edges.first(), 0.0), share(to, stream.edges.last(), 1.0)),
        edges: stream.edges.clone(),
    }
}
