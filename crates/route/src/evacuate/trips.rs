//! Vehicles that fetch those who cannot walk, and those who have no car and live too far away.

#![expect(
    clippy::indexing_slicing,
    reason = "blocks, shelters and carriers are numbered by the question"
)]

use super::{Evacuation, EvacuationPlan, Left, Trip, flow::Walkers};
use crate::{RouteError, Router, Spot};

/// Trips with those who cannot walk, and with the others, at most: whoever still waits then is told as left. Pairs of block and shelter
/// that are looked through for each.
const MAX_TRIPS: usize = 100_000;
const MAX_PAIRS: usize = 1_000_000;

/// A vehicle during the plan.
struct Driver {
    fleet: usize,
    carrier: usize,
    free_s: f64,
    /// Row in the times of its fleet: first the carriers, then the shelters.
    at: usize,
}

/// Times of a fleet, seconds; infinite where no way leads.
struct Times {
    /// From carriers and shelters to blocks.
    to_block: Vec<Vec<f64>>,
    /// From blocks to shelters.
    to_shelter: Vec<Vec<f64>>,
}

/// Lets every vehicle that is free next fetch those whom it brings to a shelter first, until all are fetched, or nobody can, or those
/// who can walk are there earlier on foot.
pub(super) fn fetch(
    ask: &Evacuation<'_>,
    walkers: &mut Walkers,
    plan: &mut EvacuationPlan,
) -> Result<(), RouteError> {
    if ask.blocks.len().saturating_mul(ask.shelters.len()) > MAX_PAIRS && !ask.fleets.is_empty() {
        return Err(RouteError::TooLarge { what: "blocks times shelters", most: MAX_PAIRS });
    }
    let never = vec![f64::INFINITY; ask.blocks.len()];
    let times: Vec<Times> =
        (0..ask.fleets.len()).map(|fleet| times(ask, fleet)).collect::<Result<_, _>>()?;
    let mut drivers = Vec::new();
    for (fleet, vehicles) in ask.fleets.iter().enumerate() {
        for (carrier, vehicle) in vehicles.carriers.iter().enumerate() {
            drivers.push(Driver { fleet, carrier, free_s: vehicle.free_s, at: carrier });
        }
    }
    // Those who cannot walk come first; whole people wait for a seat.
    for lifted in [true, false] {
        let mut waiting: Vec<f64> = (0..)
            .zip(ask.blocks)
            .map(|(number, block)| match (lifted, walkers.walk[number]) {
                (true, _) => block.cannot_walk,
                (false, false) => block.without_car,
                (false, true) => 0.0,
            })
            .collect();
        let mut trips = 0;
        let by_s = if lifted { &never } else { &walkers.arrive_s };
        while trips < MAX_TRIPS
            && let Some((driver, trip, block)) =
                next(ask, &times, &drivers, plan, (&waiting, by_s), lifted)
        {
            waiting[block] = (waiting[block] - f64::from(trip.people)).max(0.0);
            plan.filled[trip.shelter] += f64::from(trip.people);
            let driver = &mut drivers[driver];
            driver.free_s = trip.arrive_s;
            driver.at = ask.fleets[driver.fleet].carriers.len() + trip.shelter;
            plan.blocks[block].trips.push(trip);
            trips += 1;
        }
        for (block, people) in waiting.into_iter().enumerate().filter(|(_, people)| *people > 0.0) {
            if !lifted {
                // However far it is: earlier on foot, or not at all.
                walkers.people[block] += people;
                continue;
            }
            let full =
                ask.shelters.iter().zip(&plan.filled).all(|(s, filled)| s.places - filled < 1.0);
            let why = if full { Left::ShelterFull } else { Left::NoVehicle };
            plan.blocks[block].left.push((people, why));
        }
    }
    Ok(())
}

fn times(ask: &Evacuation<'_>, fleet: usize) -> Result<Times, RouteError> {
    let ways = ask.fleets[fleet].ways;
    let mut router = Router::new(ways);
    let carriers = ask.fleets[fleet].carriers.iter().map(|carrier| carrier.at);
    let shelters: Vec<Spot> = ask.shelters.iter().map(|shelter| shelter.at).collect();
    let blocks: Vec<Spot> = ask.blocks.iter().map(|block| block.at).collect();
    let from: Vec<Spot> = carriers.chain(shelters.iter().copied()).collect();
    let mut seconds = |from: &[Spot], to: &[Spot]| -> Result<Vec<Vec<f64>>, RouteError> {
        let rows = router.matrix(from, to)?.rows_ms.into_iter();
        let cell = |cell: Option<u32>| cell.map_or(f64::INFINITY, |ms| f64::from(ms) / 1_000.0);
        Ok(rows.map(|row| row.into_iter().map(cell).collect()).collect())
    };
    Ok(Times { to_block: seconds(&from, &blocks)?, to_shelter: seconds(&blocks, &shelters)? })
}

/// The trip that is over first of all that the next free vehicles can make, for people who wait and are not there by themselves earlier.
fn next(
    ask: &Evacuation<'_>,
    times: &[Times],
    drivers: &[Driver],
    plan: &EvacuationPlan,
    (waiting, by_s): (&[f64], &[f64]),
    lifted: bool,
) -> Option<(usize, Trip, usize)> {
    let mut order: Vec<usize> = (0..drivers.len()).collect();
    order.sort_by(|a, b| drivers[*a].free_s.total_cmp(&drivers[*b].free_s).then(a.cmp(b)));
    order.into_iter().find_map(|number| {
        let driver = &drivers[number];
        let carrier = &ask.fleets[driver.fleet].carriers[driver.carrier];
        let takes =
            if lifted { carrier.lifts && carrier.seats > 0 } else { carrier.takes_walkers() };
        if !takes {
            return None;
        }
        let times = &times[driver.fleet];
        let mut best: Option<(f64, usize, Trip)> = None;
        for block in (0..waiting.len()).filter(|block| waiting[*block] > 0.0) {
            for (shelter, asked) in ask.shelters.iter().enumerate() {
                let places = (asked.places - plan.filled[shelter]).floor();
                let people = waiting[block].ceil().min(f64::from(carrier.seats)).min(places);
                let there_s = driver.free_s + times.to_block[driver.at][block];
                let leave_s = there_s + people * carrier.boarding_s;
                let arrive_s =
                    leave_s + times.to_shelter[block][shelter] + people * carrier.boarding_s;
                // Full vehicles are worth a longer way: time for each person.
                let worth = (arrive_s - driver.free_s) / people;
                if people < 1.0 || !arrive_s.is_finite() || arrive_s > by_s[block] {
                    continue;
                }
                if best.as_ref().is_none_or(|(least, ..)| worth < *least) {
                    let trip = Trip {
                        carrier: (driver.fleet, driver.carrier),
                        shelter,
                        people: crate::vehicle::rounded(people),
                        lifted,
                        sent_s: driver.free_s,
                        there_s,
                        leave_s,
                        arrive_s,
                    };
                    best = Some((worth, block, trip));
                }
            }
        }
        best.map(|(_, block, trip)| (number, trip, block))
    })
}
