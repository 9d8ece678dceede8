//! What lies inside: each object once, at its worst level.

use std::collections::BTreeMap;

use geo::{BoundingRect, Coord, Rect};
use helan_kernel::AreaCode;

use super::Question;
use crate::{Catalogue, Facts, RecordId, share::Cell};

/// What was found.
pub(super) struct Found {
    /// Objects by number, with the place of their worst level.
    pub exact: Vec<Spot>,
    /// Homes of cells that the ground touches, for those who may not see people.
    pub cells: Vec<CellOf>,
}

/// An object that was found.
pub(super) struct Spot {
    /// Its number.
    pub id: RecordId,
    /// Place of its worst level.
    pub level: usize,
    /// Its middle.
    pub at: Coord,
}

/// A cell and the homes in it.
pub(super) struct CellOf {
    /// Its ground.
    pub ground: Rect,
    /// The homes, by number.
    pub homes: Vec<RecordId>,
}

pub(super) fn find(catalogue: &Catalogue, facts: &Facts, question: &Question<'_>) -> Found {
    let counts =
        |kind: u16, area: AreaCode| question.area.contains(area) && facts.table(kind).is_some();
    let hidden = |kind: u16| {
        !question.sees_people && facts.kind(kind).is_some_and(|kind| kind.private_place)
    };
    let grounds = question.levels.iter().map(|level| &level.ground).collect();
    let wanted = |kind, area| counts(kind, area) && !hidden(kind);
    let found = catalogue.within_first(grounds, wanted);
    let spot = found.map(|(found, level)| Spot { id: found.id, level, at: found.at });
    let mut exact: Vec<Spot> = spot.collect();
    exact.sort_unstable_by_key(|spot| spot.id);
    let mut homes = Vec::new();
    if !question.sees_people {
        for bounds in question.levels.iter().filter_map(|level| level.ground.bounding_rect()) {
            // Whole cells, so that the box tells no more of a home than its cell does.
            let low = ground_of(bounds.min()).min();
            let high = ground_of(bounds.max()).max();
            let near = catalogue.in_box(low, high, |kind, area| counts(kind, area) && hidden(kind));
            homes.extend(near.map(|(found, _)| (found.id, found.at)));
        }
    }
    homes.sort_unstable_by_key(|(id, _)| *id);
    homes.dedup_by_key(|(id, _)| *id);
    let mut cells: BTreeMap<(i64, i64), CellOf> = BTreeMap::new();
    for (id, at) in homes {
        let ground = ground_of(at);
        #[expect(clippy::cast_possible_truncation, reason = "degrees")]
        let part = |degrees: f64| (degrees * 1000.0).round() as i64;
        let key = (part(ground.min().x), part(ground.min().y));
        let cell = cells.entry(key).or_insert_with(|| CellOf { ground, homes: Vec::new() });
        cell.homes.push(id);
    }
    Found { exact, cells: cells.into_values().collect() }
}

fn ground_of(at: Coord) -> Rect {
    let Cell { west, south, side } = Cell::of(at);
    Rect::new((west, south), (west + side, south + side))
}
