//! What is listed by name, and what moves.

use std::{collections::BTreeMap, sync::Arc};

use geo::Coord;
use helan_kernel::Viewpoint;

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
    let view = question.origin.map(|origin| Viewpoint::new(origin.at));
    for (class, found) in classes {
        let found = nearest(catalogue, view, found);
        // Each is somewhere else in memory. In short steps one after the other many are fetched at once.
        let held: Vec<Option<&Fact>> = found.iter().map(|one| facts.get(one.id)).collect();
        let members: Vec<Option<Member<'_>>> =
            found.iter().map(|one| Member::of(facts, one.id)).collect();
        let named: Vec<_> = held
            .into_iter()
            .map(|fact| fact.map(|fact| (fact, [fact.key.clone(), fact.name.clone()])))
            .collect();
        let listed = found.into_iter().zip(named.into_iter().zip(members));
        let listed = listed.filter_map(|(one, (named, member))| {
            Some(facility(question, (class, view), one, named?, member?))
        });
        report.facilities.extend(listed);
    }
}

/// One of those that are listed by name.
#[derive(Clone, Copy)]
struct Near {
    level: usize,
    /// Distance from the origin, metres; 0 when one of both is not known.
    metres: f64,
    id: RecordId,
    /// Direction from the origin, degrees; none when it is still to be looked up.
    bearing_deg: Option<f64>,
}

/// The worst and nearest ones in order.
fn nearest(catalogue: &Catalogue, view: Option<Viewpoint>, mut found: Vec<Listed>) -> Vec<Near> {
    let near = |one: &Listed, way: Option<(f64, Option<f64>)>| {
        let (metres, bearing_deg) = way.unwrap_or_default();
        Near { level: one.level, metres, id: one.id, bearing_deg }
    };
    let to_shape = |one: &Listed, view: Viewpoint| {
        catalogue.metres_from(one.id, view.at()).map(|metres| (metres, None))
    };
    let order = |a: &Near, b: &Near| {
        a.level.cmp(&b.level).then(a.metres.total_cmp(&b.metres)).then(a.id.cmp(&b.id))
    };
    if found.len() > MOST_LISTED {
        // Some more than are listed, since their order is only roughly known: of thousands the others need no sphere.
        let most = MOST_LISTED + MOST_LISTED / 10;
        let roughly = |one: &Listed| {
            let way = view.and_then(|view| match one.point {
                Some(at) => Some((view.metres_on_plane(at), None)),
                None => to_shape(one, view),
            });
            (near(one, way), *one)
        };
        let mut all: Vec<(Near, Listed)> = found.iter().map(roughly).collect();
        if all.len() > most {
            all.select_nth_unstable_by(most, |a, b| order(&a.0, &b.0));
            all.truncate(most);
        }
        found = all.into_iter().map(|(_, one)| one).collect();
    }
    let exactly = |one: &Listed| {
        let way = view.and_then(|view| match one.point {
            Some(at) => {
                let way = view.way_to(at);
                Some((way.metres, Some(way.bearing_deg)))
            }
            None => to_shape(one, view),
        });
        near(one, way)
    };
    let mut found: Vec<Near> = found.iter().map(exactly).collect();
    found.sort_unstable_by(order);
    found.truncate(MOST_LISTED);
    found
}

fn facility(
    question: &Question<'_>,
    (class, view): (Class, Option<Viewpoint>),
    Near { level, metres, id, bearing_deg }: Near,
    (fact, [key, name]): (&Fact, [Arc<str>; 2]),
    member: Member<'_>,
) -> Facility {
    let to_fact = || view.zip(fact.at).map(|(view, at)| view.way_to(at).bearing_deg);
    let bearing = bearing_deg.or_else(to_fact);
    let metres = view.map(|_| metres);
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
