//! What lies inside: each object once, at its worst level.

use std::collections::BTreeMap;

use geo::{BoundingRect, Coord, MultiPolygon, Rect};
use helan_kernel::{AreaCode, Position};

use super::Question;
use crate::{
    Catalogue, Facts, Ground, RecordId,
    ground::Side,
    pyramid::{Entry, Item, Lies, Piece, Pyramid},
    share::Cell,
    sum::Tally,
};

/// What was found.
pub(super) struct Found {
    /// What those add up to who are looked at no further, by level.
    pub sums: Vec<Tally>,
    /// Of them those who are listed by name.
    pub listed: ByKind,
    /// Objects that are looked at one by one, by number, with the place of their worst level.
    pub exact: Vec<Spot>,
    /// Homes of cells that the ground touches, for those who may not see people.
    pub cells: Vec<CellOf>,
}

/// What is listed, by number of kind: of tens of thousands only a handful of kinds need to be looked up.
#[derive(Default)]
pub(super) struct ByKind(pub Vec<Vec<Listed>>);

impl ByKind {
    /// One more.
    pub fn push(&mut self, one: Listed) {
        let kind = usize::from(one.kind);
        if self.0.len() <= kind {
            self.0.resize_with(kind + 1, Vec::new);
        }
        if let Some(own) = self.0.get_mut(kind) {
            own.push(one);
        }
    }
}

/// An object that is listed.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    /// Its number.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Place of its worst level.
    pub level: usize,
    /// Where it is; none when it is more than a point.
    pub point: Option<Position>,
}

/// An object that was found.
pub(super) struct Spot {
    /// Its number.
    pub id: RecordId,
    /// Place of its worst level.
    pub level: usize,
}

/// A cell and the homes in it.
pub(super) struct CellOf {
    /// Its ground.
    pub ground: Rect,
    /// The homes, by number.
    pub homes: Vec<RecordId>,
}

pub(super) fn find(catalogue: &Catalogue, facts: &Facts, question: &Question<'_>) -> Found {
    let mut found = Found {
        sums: vec![Tally::new(); question.levels.len()],
        listed: ByKind::default(),
        exact: Vec::new(),
        cells: Vec::new(),
    };
    let grounds: Vec<&MultiPolygon> = question.levels.iter().map(|level| &level.ground).collect();
    match facts.pyramid() {
        Some(pyramid) if question.sees_people => {
            by_pyramid((catalogue, pyramid), &grounds, question, &mut found);
        }
        _ => one_by_one(catalogue, facts, grounds, question, &mut found),
    }
    found.exact.sort_unstable_by_key(|spot| spot.id);
    found
}

/// Whole squares at once; one by one only what lies on the edge of a level.
fn by_pyramid(
    (catalogue, pyramid): (&Catalogue, &Pyramid),
    grounds: &[&MultiPolygon],
    question: &Question<'_>,
    found: &mut Found,
) {
    let ready: Vec<Ground> = grounds.iter().map(|ground| Ground::new(ground)).collect();
    let mut lies = |of: &Rect| {
        for (level, ground) in ready.iter().enumerate() {
            match ground.lies(of) {
                Side::Inside => return Lies::In(level),
                Side::Edge => return Lies::Across,
                Side::Outside => {}
            }
        }
        Lies::Out
    };
    let mut look: Vec<&Item> = Vec::new();
    let Found { sums, listed, .. } = &mut *found;
    pyramid.ask(question.area, &mut lies, &mut |piece| match piece {
        Piece::Sum(level, tally) => {
            if let Some(sum) = sums.get_mut(level) {
                sum.add(tally);
            }
        }
        Piece::Listed(level, Entry { id, kind, point }) => {
            let point = point.map(|at| Position { lon: at.x, lat: at.y });
            listed.push(Listed { id, kind, level, point });
        }
        Piece::Look(item) => look.push(item),
    });
    for id in look.iter().flat_map(|item| &item.members) {
        let first =
            catalogue.first_touched(*id, grounds, &ready, |area| question.area.contains(area));
        found.exact.extend(first.map(|level| Spot { id: *id, level }));
    }
}

/// Every object by itself: for those who may not see people, and while changes are worked in.
fn one_by_one(
    catalogue: &Catalogue,
    facts: &Facts,
    grounds: Vec<&MultiPolygon>,
    question: &Question<'_>,
    found: &mut Found,
) {
    let counts =
        |kind: u16, area: AreaCode| question.area.contains(area) && facts.table(kind).is_some();
    let hidden = |kind: u16| {
        !question.sees_people && facts.kind(kind).is_some_and(|kind| kind.private_place)
    };
    let wanted = |kind, area| counts(kind, area) && !hidden(kind);
    let touched = catalogue.within_first(grounds, wanted);
    found.exact.extend(touched.map(|(found, level)| Spot { id: found.id, level }));
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
    found.cells = cells.into_values().collect();
}

fn ground_of(at: Coord) -> Rect {
    let Cell { west, south, side } = Cell::of(at);
    Rect::new((west, south), (west + side, south + side))
}
