//! What teams reach in time (R5) and what stations see (R8).
//!
//! The way to an object is estimated: the straight distance, times a detour, at the speed of the danger's own table. Roads come
//! later; whoever shows a result says so. Teams and stations beyond the area that is asked about do not count.

use geo::Coord;
use helan_kernel::{AreaCode, Position};

use super::Colour;
use crate::{Danger, Fact, Facts, RecordId};

/// How a team reaches an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// The team that is there first.
    pub team: RecordId,
    /// How far away it is, straight, m.
    pub metres: f64,
    /// Minutes until it is there, turning out included.
    pub minutes: f64,
}

/// What no team reaches in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// Teams that answer the danger and are ready.
    pub teams: u64,
    /// Objects that bring it.
    pub objects: u64,
    /// Those whose place is not known.
    pub unplaced: u64,
    /// Those that no team reaches in time, with the team that would be there first; those that are reached last first.
    pub missed: Vec<(RecordId, Option<Reach>)>,
    /// Cells of the ground that no team reaches in time.
    pub cells: Vec<(AreaCode, Coord)>,
    /// How many cells there are.
    pub all_cells: u64,
}

/// Records of an area that answer or see a danger and whose place is known.
fn having(facts: &Facts, own: AreaCode, has: impl Fn(&Fact) -> bool) -> Vec<(&Fact, Position)> {
    let inside = facts.iter().filter(|fact| own.contains(fact.area) && has(fact));
    let mut found: Vec<(&Fact, Position)> =
        inside.filter_map(|fact| Some((fact, fact.at?))).collect();
    found.sort_unstable_by_key(|(fact, _)| fact.id);
    found
}

fn first(danger: &Danger, teams: &[(&Fact, Position)], at: Position) -> Option<Reach> {
    let reach = |(team, from): &(&Fact, Position)| {
        let metres = from.metres_to(at);
        Reach { team: team.id, metres, minutes: team.turnout + danger.travel(metres) }
    };
    teams.iter().map(reach).min_by(|a, b| a.minutes.total_cmp(&b.minutes))
}

/// What no team of an area reaches in time when a danger comes true. `cells` are places of the ground to be looked at.
#[must_use]
pub fn gaps(facts: &Facts, danger: usize, own: AreaCode, cells: &[(AreaCode, Coord)]) -> Gaps {
    let Some(what) = facts.dangers().get(danger) else { return Gaps::default() };
    let teams = having(facts, own, |fact| fact.answers & (1 << danger) != 0);
    let late = |reach: &Option<Reach>| reach.is_none_or(|reach| reach.minutes > what.minutes);
    let mut gaps = Gaps { teams: teams.len() as u64, ..Gaps::default() };
    for object in facts.iter().filter(|f| own.contains(f.area) && facts.brings(f.kind, danger)) {
        gaps.objects += 1;
        let Some(at) = object.at else {
            gaps.unplaced += 1;
            continue;
        };
        let reach = first(what, &teams, at);
        if late(&reach) {
            gaps.missed.push((object.id, reach));
        }
    }
    let minutes = |reach: &Option<Reach>| reach.map_or(f64::INFINITY, |reach| reach.minutes);
    gaps.missed.sort_by(|(a, x), (b, y)| minutes(y).total_cmp(&minutes(x)).then(a.cmp(b)));
    gaps.all_cells = cells.len() as u64;
    let missed = cells.iter().filter(|(_, at)| {
        let at = Position { lon: at.x, lat: at.y };
        late(&first(what, &teams, at))
    });
    gaps.cells = missed.copied().collect();
    gaps
}

/// What no station sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    /// Stations that see the danger.
    pub stations: u64,
    /// Objects that bring it.
    pub objects: u64,
    /// Those that a station sees.
    pub seen: u64,
    /// Red and orange objects.
    pub high: u64,
    /// Red and orange objects that a station sees.
    pub high_seen: u64,
    /// Those whose place is not known: they count as not seen.
    pub unplaced: u64,
    /// Objects that no station sees, with the metres to the nearest one: the worst colour first, then the most people, then the
    /// farthest.
    pub blind: Vec<(RecordId, Colour, Option<f64>)>,
}

/// What the stations of an area see of the objects that bring a danger.
#[must_use]
pub fn watched(
    facts: &Facts,
    danger: usize,
    own: AreaCode,
    colour: impl Fn(RecordId) -> Colour,
) -> Watched {
    if danger >= facts.dangers().len() {
        return Watched::default();
    }
    let stations = having(facts, own, |fact| fact.sees & (1 << danger) != 0);
    let mut watched = Watched { stations: stations.len() as u64, ..Watched::default() };
    let mut blind: Vec<(Colour, u32, f64, RecordId)> = Vec::new();
    for object in facts.iter().filter(|f| own.contains(f.area) && facts.brings(f.kind, danger)) {
        let colour = colour(object.id);
        let high = u64::from(colour <= Colour::Orange);
        watched.objects += 1;
        watched.high += high;
        let mut nearest = f64::INFINITY;
        let mut seen = false;
        match object.at {
            None => watched.unplaced += 1,
            Some(at) => {
                for (station, from) in &stations {
                    let metres = from.metres_to(at);
                    nearest = nearest.min(metres);
                    seen |= metres <= station.range;
                }
            }
        }
        if seen {
            watched.seen += 1;
            watched.high_seen += high;
        } else {
            blind.push((colour, object.people.unwrap_or_default(), nearest, object.id));
        }
    }
    blind.sort_by(|a, b| {
        (a.0.cmp(&b.0)).then(b.1.cmp(&a.1)).then(b.2.total_cmp(&a.2)).then(a.3.cmp(&b.3))
    });
    let shown = |(colour, _, nearest, id): (Colour, u32, f64, RecordId)| {
        (id, colour, nearest.is_finite().then_some(nearest))
    };
    watched.blind = blind.into_iter().map(shown).collect();
    watched
}
