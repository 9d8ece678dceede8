//! Zoning conflicts (R2): homes, schools and hospitals nearer to a danger than it allows, with the people inside.

use helan_kernel::AreaCode;

use crate::{Catalogue, Fact, Facts, RecordId, people_of};

/// One object too near to another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conflict {
    /// The dangerous object.
    pub hazard: RecordId,
    /// The object that is too near.
    pub other: RecordId,
    /// How far apart they are, edge to edge, m.
    pub metres: f64,
    /// How far apart they must be, m.
    pub required: f64,
    /// People in the other one; none when not known.
    pub people: Option<u32>,
}

/// The conflicts of one dangerous object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zone {
    /// The nearest first.
    pub conflicts: Vec<Conflict>,
    /// People in all of them, each once.
    pub people: u64,
}

/// All conflicts of an area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zoning {
    /// Dangerous objects that were looked at.
    pub hazards: u64,
    /// Those whose distance, or whose place, is not known: whether they conflict cannot be said.
    pub unknown: Vec<RecordId>,
    /// Dangerous objects with conflicts, those with the most people first.
    pub zones: Vec<(RecordId, Zone)>,
}

/// Whether people of a kind must be kept away from danger.
fn is_sensitive(facts: &Facts, kind: u16) -> bool {
    let people = facts.kind(kind).and_then(|kind| kind.safety.people.as_ref());
    people.is_some_and(|people| people.sensitive)
}

/// The conflicts of one dangerous object with what lies in an area; none when its distance or its place is not known, or it keeps
/// nobody away.
#[must_use]
pub fn zone(catalogue: &Catalogue, facts: &Facts, hazard: &Fact, own: AreaCode) -> Option<Zone> {
    let (required, _) = hazard.distance.zip(hazard.at)?;
    let sensitive = |kind: u16, area: AreaCode| own.contains(area) && is_sensitive(facts, kind);
    let found = catalogue.around(hazard.id, required, sensitive);
    // On the line itself the distance is kept.
    let found = found.into_iter().filter(|found| found.metres < required);
    let conflicts: Vec<Conflict> = found
        .map(|found| Conflict {
            hazard: hazard.id,
            other: found.id,
            metres: found.metres,
            required,
            people: facts.get(found.id).and_then(|fact| fact.people),
        })
        .collect();
    let counted = conflicts.iter().filter_map(|conflict| {
        let kind = facts.kind(facts.get(conflict.other)?.kind)?;
        Some((&*kind.key, kind.safety.people.as_ref()?.group.as_str(), conflict.people))
    });
    let people = people_of(counted);
    Some(Zone { conflicts, people })
}

/// The conflicts within an area: both objects lie in it.
#[must_use]
pub fn zoning(catalogue: &Catalogue, facts: &Facts, own: AreaCode) -> Zoning {
    let keeps = |fact: &&Fact| {
        let kind = facts.kind(fact.kind);
        own.contains(fact.area) && kind.is_some_and(|kind| kind.safety.distance.is_some())
    };
    let mut zoning = Zoning::default();
    for hazard in facts.iter().filter(keeps) {
        zoning.hazards += 1;
        match zone(catalogue, facts, hazard, own) {
            None => zoning.unknown.push(hazard.id),
            Some(zone) if !zone.conflicts.is_empty() => zoning.zones.push((hazard.id, zone)),
            Some(_) => {}
        }
    }
    zoning.unknown.sort_unstable();
    zoning.zones.sort_by_key(|(id, zone)| (std::cmp::Reverse(zone.people), *id));
    zoning
}
