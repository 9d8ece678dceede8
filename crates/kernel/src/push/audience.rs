//! The audience: who is told, and why. Each recipient once, by the zone that asks most of it.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{
    Channel, Policy, PostRule, Protective, Shape, Zone,
    area::{Spot, bounds, holds},
};
use crate::{
    FacilityId, PersonId, PostId,
    danger::Origin,
    registry::{Facility, Party, Registry},
};

/// Command of devices that speak: a facility with such a device has a loudspeaker.
pub(super) const SPEAK: &str = "speaker.say";

/// Why a recipient is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Is in this zone of the policy, counted from 0.
    Zone(usize),
    /// Has these tasks: post rules of the policy, counted from 0. More than one when a deputy stands in.
    Posts(Vec<usize>),
}

/// One recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub party: Party,
    pub action: Protective,
    pub cause: Cause,
}

/// Everybody to be told about a danger: leave first, then by number. `zones` are those of the policy, resolved.
pub(super) fn audience(
    registry: &Registry,
    policy: &Policy,
    zones: &[Zone],
    origin: &Origin,
) -> Vec<Target> {
    let centre = Spot::of_origin(origin);
    let mut found: BTreeMap<Party, Target> = BTreeMap::new();
    for (at, rule) in
        policy.posts.iter().enumerate().filter(|(_, rule)| applies(registry, rule, origin))
    {
        // A post with a task is told its task, also when it stands inside the danger area.
        let Some((id, _)) = registry.post_for(&rule.role, centre.facility, origin.area) else {
            continue;
        };
        let party = Party::Post(id);
        let task = Target { party, action: Protective::Task, cause: Cause::Posts(vec![at]) };
        match &mut found.entry(party).or_insert(task).cause {
            Cause::Posts(tasks) if !tasks.contains(&at) => tasks.push(at),
            Cause::Posts(_) | Cause::Zone(_) => {}
        }
    }
    for (at, zone) in zones.iter().enumerate() {
        for party in inside(registry, zone, &centre, origin.drill) {
            let target = Target { party, action: zone.action, cause: Cause::Zone(at) };
            match found.entry(party) {
                Entry::Vacant(free) => drop(free.insert(target)),
                // Whatever the order of the zones in a pack: who must leave is not told to stay away.
                Entry::Occupied(mut told)
                    if matches!(told.get().cause, Cause::Zone(_))
                        && zone.action < told.get().action =>
                {
                    told.insert(target);
                }
                Entry::Occupied(_) => {}
            }
        }
    }
    let mut targets: Vec<Target> = found.into_values().collect();
    targets.sort_by_key(|t| (t.action, t.party));
    targets
}

/// Roles that the policy tells and that no post fills for this place.
pub(super) fn vacant(registry: &Registry, policy: &Policy, origin: &Origin) -> Vec<String> {
    let filled = |role: &str| registry.post_for(role, &origin.facility, origin.area).is_some();
    let rules = policy.posts.iter().filter(|rule| applies(registry, rule, origin));
    rules.filter(|rule| !filled(&rule.role)).map(|rule| rule.role.clone()).collect()
}

/// Whether a post is told this at the place of the danger. What only a virtual device says holds for drills alone.
fn applies(registry: &Registry, rule: &PostRule, origin: &Origin) -> bool {
    let Some(says) = &rule.only_where else { return true };
    let devices =
        registry.devices_in(&origin.facility).iter().filter_map(|id| registry.device(*id));
    devices
        .filter(|device| origin.drill || !device.spec.drill)
        .any(|device| device.spec.attributes.get(&says.attribute) == Some(&says.value))
}

/// People, posts and facilities inside a zone.
pub(super) fn inside(
    registry: &Registry,
    zone: &Zone,
    centre: &Spot<'_>,
    drill: bool,
) -> BTreeSet<Party> {
    let mut found = BTreeSet::new();
    let shape = &zone.shape;
    for (id, facility) in facilities(registry, shape, centre) {
        if is_recipient(registry, zone, facility, drill) {
            found.insert(Party::Facility(id));
        }
        if let Some(post) = registry.posts.find(&facility.post)
            && !matches!(shape, Shape::Room | Shape::Stair { .. })
        {
            found.insert(Party::Post(PostId(post)));
        }
    }
    let mut posts = BTreeSet::new();
    let mut person = |id: PersonId, spot: Spot<'_>| {
        if holds(shape, centre, &spot) {
            found.insert(Party::Person(id));
        }
    };
    if let Some(bounds) = bounds(shape, centre) {
        for (id, p, _) in registry.people_around(bounds) {
            person(id, Spot::of_person(registry, p));
        }
        for (id, p) in registry.posts_near(bounds) {
            if holds(shape, centre, &Spot::of_post(p)) {
                posts.insert(Party::Post(id));
            }
        }
    }
    // Also where no position is known: whoever belongs to the facility of the danger is near it.
    if !centre.facility.is_empty() {
        for (id, p) in registry.residents(centre.facility) {
            person(id, Spot::of_person(registry, p));
        }
        for (id, p) in registry.posts_in(centre.facility) {
            if holds(shape, centre, &Spot::of_post(p)) {
                posts.insert(Party::Post(id));
            }
        }
    }
    found.append(&mut posts);
    found
}

/// Facilities that a zone touches. A zone of rooms or floors touches its facility: the loudspeaker of a house speaks to
/// all of it.
fn facilities<'a>(
    registry: &'a Registry,
    shape: &Shape,
    centre: &Spot<'_>,
) -> Vec<(FacilityId, &'a Facility)> {
    match bounds(shape, centre) {
        Some(bounds) => registry
            .facilities_near(bounds)
            .filter(|(_, f)| holds(shape, centre, &Spot::of_facility(f)))
            .collect(),
        None => registry
            .facility_id(centre.facility)
            .and_then(|id| Some((id, registry.facilities.get(id.index())?)))
            .into_iter()
            .collect(),
    }
}

/// Whether a facility is told as a whole: when a loudspeaker can speak to it, or when nobody in it would be told
/// otherwise, so that somebody goes there.
fn is_recipient(registry: &Registry, zone: &Zone, facility: &Facility, drill: bool) -> bool {
    let speaks = zone.ladder.iter().any(|rung| rung.channel == Channel::Loudspeaker)
        && has_loudspeaker(registry, &facility.key, drill);
    let nobody = registry.posts.find(&facility.post).is_none()
        && registry.residents(&facility.key).next().is_none();
    speaks || nobody
}

/// Whether a facility has a device that speaks. A drill is never heard from a real one, and what only a virtual one said
/// was not said.
pub(super) fn has_loudspeaker(registry: &Registry, facility: &str, drill: bool) -> bool {
    registry.devices_in(facility).iter().filter_map(|id| registry.device(*id)).any(|device| {
        let speaks = |p: &crate::registry::Profile| p.commands.iter().any(|c| &*c.name == SPEAK);
        device.spec.drill == drill && registry.profile_of(device).is_some_and(speaks)
    })
}
