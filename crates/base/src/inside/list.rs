//! What is listed by name, and what moves.

use std::collections::BTreeMap;

use geo::Coord;
use helan_kernel::Position;

use super::{
    Facility, Inside, Question, VehicleSeen,
    count::{fresh, people_of},
    find::Listed,
    report::{Estimate, LiveSeen, MOST_LISTED, Share, Source},
};
use crate::{
    Catalogue, Class, Facts, Ground, RecordId,
    sum::{Member, oldest},
};

pub(super) fn facilities(
    catalogue: &Catalogue,
    facts: &Facts,
    question: &Question<'_>,
    listed: &[Listed],
    report: &mut Inside,
) {
    let mut classes: BTreeMap<Class, Vec<(usize, f64, RecordId)>> = BTreeMap::new();
    for one in listed {
        let Some(class) = facts.table(one.kind).and_then(|table| table.occupancy.class) else {
            continue;
        };
        let hidden = facts.kind(one.kind).is_some_and(|kind| kind.is_private());
        let is_origin = question.origin.is_some_and(|origin| origin.record == Some(one.id));
        if (hidden && !question.sees_people) || (class == Class::Hazard && is_origin) {
            continue;
        }
        if let Some(item) = report.levels.get_mut(one.level) {
            *item.facilities.entry(class).or_default() += 1;
        }
        let metres = question.origin.and_then(|origin| match one.point {
            Some(at) => Some(origin.at.metres_to(at)),
            None => catalogue.metres_from(one.id, origin.at),
        });
        classes.entry(class).or_default().push((one.level, metres.unwrap_or_default(), one.id));
    }
    for (class, mut found) in classes {
        let order = |a: &(usize, f64, RecordId), b: &(usize, f64, RecordId)| {
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        };
        if found.len() > MOST_LISTED {
            // Of thousands only those that are listed are put in order.
            found.select_nth_unstable_by(MOST_LISTED, order);
            found.truncate(MOST_LISTED);
        }
        found.sort_unstable_by(order);
        let listed = found.into_iter();
        let listed = listed.filter_map(|one| facility(facts, question, class, one));
        report.facilities.extend(listed);
    }
}

fn facility(
    facts: &Facts,
    question: &Question<'_>,
    class: Class,
    (level, metres, id): (usize, f64, RecordId),
) -> Option<Facility> {
    let (fact, member) = (facts.get(id)?, Member::of(facts, id)?);
    let bearing = question.origin.zip(fact.at).map(|(origin, at)| bearing(origin.at, at));
    let metres = question.origin.map(|_| metres);
    let arrival = question.arrival.zip(metres.zip(bearing));
    let live = question.live.get(&id).map(|live| LiveSeen {
        people: live.people,
        at: live.at,
        stale: fresh(question, *live).is_none(),
    });
    let people = match live {
        Some(live) if !live.stale => Some(Estimate::exactly(live.people)),
        _ => people_of(question, member),
    };
    Some(Facility {
        id,
        kind: fact.kind,
        class,
        level,
        key: fact.key.clone(),
        name: fact.name.clone(),
        area: fact.area,
        at: fact.at,
        metres,
        bearing,
        arrival: arrival.and_then(|(arrival, (metres, bearing))| arrival(metres, bearing)),
        people,
        registered: member.table.registered(fact),
        live,
        checked: fact.checked,
        shown: facts.shown(fact),
    })
}

/// Initial direction of the way from one place to another on the sphere, degrees clockwise from north.
fn bearing(from: Position, to: Position) -> f64 {
    let (lat1, lat2) = (from.lat.to_radians(), to.lat.to_radians());
    let lon = (to.lon - from.lon).to_radians();
    let east = lon.sin() * lat2.cos();
    let north = lat1.cos() * lat2.sin() - lat1.sin() * lat2.cos() * lon.cos();
    east.atan2(north).to_degrees().rem_euclid(360.0)
}

pub(super) fn moving(question: &Question<'_>, report: &mut Inside) {
    let grounds: Vec<Ground> =
        question.levels.iter().map(|level| Ground::new(&level.ground)).collect();
    let mut listed = Vec::new();
    for vehicle in question.moving.iter().filter(|one| question.area.contains(one.area)) {
        let at = Coord { x: vehicle.at.lon, y: vehicle.at.lat };
        let Some(level) = grounds.iter().position(|ground| ground.holds(at)) else { continue };
        let stale = !question.holds(vehicle.seen);
        if let Some(item) = report.levels.get_mut(level) {
            item.vehicles += 1;
            let people = vehicle.people.filter(|_| !stale);
            let now = Estimate::exactly(f64::from(people.unwrap_or_default()));
            item.now += now;
            let unknown = u64::from(people.is_none());
            let seen = Some(vehicle.seen);
            match item.shares.iter_mut().find(|share| share.source == Source::Moving) {
                Some(share) => {
                    share.objects += 1;
                    share.unknown += unknown;
                    share.now += now;
                    share.oldest = oldest(share.oldest, seen);
                }
                None => item.shares.push(Share {
                    source: Source::Moving,
                    objects: 1,
                    unknown,
                    now,
                    oldest: seen,
                    sure: true,
                }),
            }
        }
        let (key, name) = (vehicle.key.clone(), vehicle.name.clone());
        let (at, seen, people) = (vehicle.at, vehicle.seen, vehicle.people);
        listed.push(VehicleSeen { key, name, level, at, seen, stale, people });
    }
    listed.sort_by(|a, b| a.level.cmp(&b.level).then_with(|| a.key.cmp(&b.key)));
    listed.truncate(MOST_LISTED);
    report.vehicles = listed;
}
