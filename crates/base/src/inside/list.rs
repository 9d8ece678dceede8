//! What is listed by name, and what moves.

use std::{collections::BTreeMap, sync::Arc};

use geo::Coord;
use helan_kernel::Position;

use super::{
    Facility, Inside, Question, VehicleSeen,
    count::{fresh, people_of},
    find::{ByKind, Listed},
    report::{Estimate, LiveSeen, MOST_LISTED, Share, Source},
};
use crate::{
    Catalogue, Class, Fact, Facts, Ground, RecordId,
    sum::{Member, oldest},
};

pub(super) fn facilities(
    catalogue: &Catalogue,
    facts: &Facts,
    question: &Question<'_>,
    ByKind(kinds): ByKind,
    report: &mut Inside,
) {
    let mut classes: BTreeMap<Class, Vec<Listed>> = BTreeMap::new();
    for (kind, mut found) in (0_u16..).zip(kinds) {
        if found.is_empty() {
            continue;
        }
        let Some(class) = facts.table(kind).and_then(|table| table.occupancy.class) else {
            continue;
        };
        if !question.sees_people && facts.kind(kind).is_some_and(|kind| kind.is_private()) {
            continue;
        }
        let origin = question.origin.and_then(|origin| origin.record);
        if let Some(origin) = origin.filter(|_| class == Class::Hazard) {
            found.retain(|one| one.id != origin);
        }
        let mut counts = vec![0; report.levels.len()];
        for one in &found {
            if let Some(count) = counts.get_mut(one.level) {
                *count += 1;
            }
        }
        let counted = report.levels.iter_mut().zip(counts).filter(|(_, count)| *count > 0);
        for (item, count) in counted {
            *item.facilities.entry(class).or_default() += count;
        }
        let own = classes.entry(class).or_default();
        match own.is_empty() {
            true => *own = found,
            false => own.append(&mut found),
        }
    }
    for (class, found) in classes {
        let found = nearest(catalogue, question, found);
        // Each is somewhere else in memory. In short steps one after the other many are fetched at once.
        let held: Vec<Option<&Fact>> = found.iter().map(|(.., id)| facts.get(*id)).collect();
        let members: Vec<Option<Member<'_>>> =
            found.iter().map(|(.., id)| Member::of(facts, *id)).collect();
        let named: Vec<_> = held
            .into_iter()
            .map(|fact| fact.map(|fact| (fact, [fact.key.clone(), fact.name.clone()])))
            .collect();
        let listed = found.into_iter().zip(named.into_iter().zip(members));
        let listed = listed.filter_map(|(one, (named, member))| {
            Some(facility(question, class, one, named?, member?))
        });
        report.facilities.extend(listed);
    }
}

/// The worst and nearest ones in order, with level, metres from the origin and number.
fn nearest(
    catalogue: &Catalogue,
    question: &Question<'_>,
    mut found: Vec<Listed>,
) -> Vec<(usize, f64, RecordId)> {
    let plane = question.origin.map(|origin| Plane::at(origin.at));
    let metres = |one: &Listed, roughly: bool| {
        let metres = question.origin.zip(plane).and_then(|(origin, plane)| match one.point {
            Some(at) if roughly => Some(plane.metres_to(at)),
            Some(at) => Some(origin.at.metres_to(at)),
            None => catalogue.metres_from(one.id, origin.at),
        });
        (one.level, metres.unwrap_or_default(), one.id)
    };
    let order = |a: &(usize, f64, RecordId), b: &(usize, f64, RecordId)| {
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
    };
    if found.len() > MOST_LISTED {
        // Some more than are listed, since their order is only roughly known: of thousands the others need no sphere.
        let most = MOST_LISTED + MOST_LISTED / 10;
        let mut roughly: Vec<_> = found.iter().map(|one| (metres(one, true), *one)).collect();
        if roughly.len() > most {
            roughly.select_nth_unstable_by(most, |a, b| order(&a.0, &b.0));
            roughly.truncate(most);
        }
        found = roughly.into_iter().map(|(_, one)| one).collect();
    }
    let mut found: Vec<_> = found.iter().map(|one| metres(one, false)).collect();
    found.sort_unstable_by(order);
    found.truncate(MOST_LISTED);
    found
}

/// The plane around a place: distances are right within a thousandth over the reach of a danger.
#[derive(Clone, Copy)]
struct Plane {
    middle: Position,
    /// Metres in a degree of longitude.
    lon_m: f64,
}

impl Plane {
    /// Metres in a degree of latitude.
    const LAT_M: f64 = 111_195.08;

    fn at(middle: Position) -> Self {
        Self { middle, lon_m: middle.lat.to_radians().cos() * Self::LAT_M }
    }

    fn metres_to(&self, at: Position) -> f64 {
        let east = (at.lon - self.middle.lon) * self.lon_m;
        let north = (at.lat - self.middle.lat) * Self::LAT_M;
        (east * east + north * north).sqrt()
    }
}

fn facility(
    question: &Question<'_>,
    class: Class,
    (level, metres, id): (usize, f64, RecordId),
    (fact, [key, name]): (&Fact, [Arc<str>; 2]),
    member: Member<'_>,
) -> Facility {
    let bearing = question.origin.zip(fact.at).map(|(origin, at)| bearing(origin.at, at));
    let metres = question.origin.map(|_| metres);
    let live = question.live.get(&id).map(|live| LiveSeen {
        people: live.people,
        at: live.at,
        stale: fresh(question, *live).is_none(),
    });
    let people = match live {
        Some(live) if !live.stale => Some(Estimate::exactly(live.people)),
        _ => people_of(question, member),
    };
    Facility {
        id,
        kind: fact.kind,
        class,
        level,
        key,
        name,
        area: fact.area,
        at: fact.at,
        metres,
        bearing,
        people,
        registered: member.table.registered(fact),
        live,
        checked: fact.checked,
    }
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
    if question.moving.is_empty() {
        return;
    }
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
