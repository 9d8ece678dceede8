//! People of whom no register knows: those of the census, less those whom registers count, by share of surface.

use std::collections::{BTreeMap, HashMap};

use geo::{Area as _, BoundingRect, Geometry, MultiPolygon, Rect};
use helan_kernel::AreaCode;

use super::{
    Inside, Question,
    count::figure,
    ground::{Pieces, flat, polygons},
    report::{Estimate, Share, Source},
};
use crate::{Facts, RecordId, homes::county, sum::Member};

/// An area with the people of its census, made ready.
#[derive(Clone, Debug)]
pub struct CensusArea {
    code: AreaCode,
    people: u64,
    ground: MultiPolygon,
    bounds: Rect,
    surface: f64,
}

impl CensusArea {
    /// An area and its ground on WGS-84; none when the ground has no surface.
    #[must_use]
    pub fn new(code: AreaCode, people: u64, ground: &Geometry) -> Option<Self> {
        let ground = flat(&polygons(ground)?);
        let (bounds, surface) = (ground.bounding_rect()?, ground.unsigned_area());
        (surface > 0.0).then_some(Self { code, people, ground, bounds, surface })
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> AreaCode {
        self.code
    }
}

/// Whom the registers of a county count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// People who live there.
    pub residents: u64,
    /// Homes of which nobody knows where they are; their people are not among the residents.
    pub unplaced: u64,
}

/// Whom the registers count, by county: homes through their building where they have one, as in an area. Walks through all that
/// is held.
#[must_use]
pub fn counted(facts: &Facts) -> BTreeMap<AreaCode, Counted> {
    let mut all: BTreeMap<AreaCode, Counted> = BTreeMap::new();
    let mut homes: HashMap<RecordId, u64> = HashMap::new();
    for fact in facts.iter() {
        let Some(table) = facts.table(fact.kind) else { continue };
        let people = table.residents(fact);
        let building =
            Member::of(facts, fact.id).and_then(|home| facts.building_of(home, || fact.at));
        let own = all.entry(county(fact.area)).or_default();
        match building {
            Some(building) => *homes.entry(building).or_default() += people,
            None if fact.at.is_none() => own.unplaced += u64::from(table.counted_in.is_some()),
            None => own.residents += people,
        }
    }
    for (building, people) in homes {
        let Some(fact) = facts.get(building) else { continue };
        let own = facts.table(fact.kind).map_or(0, |table| table.residents(fact));
        // The building was counted with its own register; what its homes know beyond that comes on top.
        all.entry(county(fact.area)).or_default().residents += people.saturating_sub(own);
    }
    all
}

pub(super) fn add(facts: &Facts, question: &Question<'_>, pieces: &Pieces, report: &mut Inside) {
    let spread = &facts.presence().census;
    let own = question.census.iter().filter(|area| question.area.contains(area.code));
    for area in own {
        let surfaces = pieces.surfaces(&area.ground, area.bounds);
        if surfaces.iter().all(|surface| *surface <= 0.0) {
            continue;
        }
        let counted = question.counted.get(&area.code).copied().unwrap_or_default();
        report.unplaced += counted.unplaced;
        let rest = figure(area.people.saturating_sub(counted.residents));
        for (surface, item) in surfaces.iter().zip(&mut report.levels) {
            let share = surface / area.surface;
            if share <= 0.0 || rest <= 0.0 {
                continue;
            }
            // They may all live elsewhere in the area, or crowd together just here.
            let now = Estimate {
                low: 0.0,
                expected: rest * share,
                high: rest * (share * spread.times).min(1.0),
            };
            item.now += now;
            for hour in &mut item.by_hour {
                *hour += now;
            }
            let source = Source::Census(area.code);
            let share =
                Share { source, objects: 0, unknown: 0, now, oldest: None, sure: spread.sure };
            item.shares.push(share);
        }
    }
}
