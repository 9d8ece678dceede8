//! Who and what is inside a danger area: people now and by hour of day, who of them needs help, what is there by name, and what
//! would make it worse.
//!
//! The rings are taken as they are; whatever touches one is inside it. Of levels that lie in one another each object counts
//! once, at the worst. People come from the registers (buildings, households, schools …) by the hours of the packs, from live
//! counts where these are fresh, and, of whom no register knows, from the census by share of surface. Start reading at
//! [`inside`].

mod census;
mod count;
mod find;
mod ground;
mod list;
mod report;
mod star;
#[cfg(test)]
mod tests;

pub use census::{CensusArea, Counted, counted};
pub use ground::{InsideError, MOST_CORNERS, MOST_LEVELS};
pub use report::{
    Estimate, Facility, Inside, Item, LiveSeen, MOST_LISTED, Share, Source, VehicleSeen,
};

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use geo::MultiPolygon;
use helan_kernel::{AreaCode, Ms, Position};

use crate::{Catalogue, Facts, RecordId};

/// Ground on which some danger holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// For example `aegl-2`.
    pub key: String,
    /// Where, on WGS-84.
    pub ground: MultiPolygon,
}

/// An hour of the week, as far as people's ways depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// Hour of day, 0 to 23.
    pub hour: usize,
    /// Saturday or Sunday.
    pub weekend: bool,
}

impl When {
    /// The hour of a moment where clocks are so much ahead of UTC.
    #[must_use]
    pub fn of(at: Ms, ahead: Ms) -> Self {
        const HOUR: i64 = 3_600_000;
        let hours = at.0.saturating_add(ahead.0).div_euclid(HOUR);
        // 1970-01-01 was a Thursday; the week begins on Monday.
        let day = (hours.div_euclid(24) + 3).rem_euclid(7);
        Self { hour: usize::try_from(hours.rem_euclid(24)).unwrap_or(0), weekend: day >= 5 }
    }
}

/// How many people a counter says are in an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Live {
    /// How many; of several counters together.
    pub people: f64,
    /// When: of several counters the oldest of their readings.
    pub at: Ms,
}

/// Something that moves and says where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Moving {
    /// Its key.
    pub key: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
    /// Area that it belongs to.
    pub area: AreaCode,
    /// Where it was last.
    pub at: Position,
    /// When that was.
    pub seen: Ms,
    /// People in it; none when not known.
    pub people: Option<u32>,
}

/// Where a danger comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Origin {
    /// Place.
    pub at: Position,
    /// The object that it comes from: it is not listed as what would make it worse. None when it is none of ours.
    pub record: Option<RecordId>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The ground, worst level first.
    pub levels: &'a [Level],
    /// The hour of day.
    pub when: When,
    /// The moment that is asked about.
    pub now: Ms,
    /// The caller's area: what belongs to another one is neither counted nor listed.
    pub area: AreaCode,
    /// Whether the caller may see people. To others private persons are not listed, and homes that no building holds are told
    /// as share of their cells of about a kilometre.
    pub sees_people: bool,
    /// Where it comes from; without it there are no distances.
    pub origin: Option<Origin>,
    /// Live counts of objects that are listed.
    pub live: &'a HashMap<RecordId, Live>,
    /// What moves.
    pub moving: &'a [Moving],
    /// How far a live count or a position may lie from the moment that is asked about and still hold.
    pub fresh: Ms,
    /// Areas with the people of the census.
    pub census: &'a [CensusArea],
    /// Whom of them the registers count, by area; see [`counted`].
    pub counted: &'a BTreeMap<AreaCode, Counted>,
}

impl Question<'_> {
    /// Whether something that was so at a moment still is.
    fn holds(&self, at: Ms) -> bool {
        u64::try_from(self.fresh.0).is_ok_and(|fresh| self.now.0.abs_diff(at.0) <= fresh)
    }
}

/// Numbers and keys of the objects inside that are listed, of whom a live count may be known; persons and homes are not among them. At
/// most `most`.
///
/// # Errors
/// As of [`inside`].
pub fn keys(
    catalogue: &Catalogue,
    facts: &Facts,
    question: &Question<'_>,
    most: usize,
) -> Result<Vec<(RecordId, Arc<str>)>, InsideError> {
    ground::check(question)?;
    let found = find::find(catalogue, facts, question);
    let counts = |kind: u16| {
        let occupancy = facts.table(kind).map(|table| &table.occupancy);
        occupancy.is_some_and(|own| own.class.is_some() && !own.group.is_empty())
    };
    let listed = (0..).zip(&found.listed.0).filter(|(kind, _)| counts(*kind));
    let listed = listed.flat_map(|(_, listed)| listed).map(|one| one.id);
    let kind = |id: RecordId| facts.hot(id).map(|hot| hot.kind);
    let exact = found.exact.iter().map(|spot| spot.id).filter(|id| kind(*id).is_some_and(counts));
    let mut ids: Vec<RecordId> = listed.chain(exact).collect();
    // In one order, so that the same ones are asked about every time.
    ids.sort_unstable();
    let keys = ids.into_iter().filter_map(|id| Some((id, facts.get(id)?.key.clone())));
    Ok(keys.take(most).collect())
}

/// Who and what is inside.
///
/// # Errors
/// When the levels enclose nothing, lie beyond the globe or are too many.
pub fn inside(
    catalogue: &Catalogue,
    facts: &Facts,
    question: &Question<'_>,
) -> Result<Inside, InsideError> {
    ground::check(question)?;
    let mut found = find::find(catalogue, facts, question);
    let stale = count::sum_up(facts, question, &mut found);
    let pieces = ground::Pieces::new(question);
    let mut report = count::report(facts, question, &found.sums);
    report.stale = stale;
    count::cells(facts, question, &found.cells, &pieces, &mut report);
    census::add(facts, question, &pieces, &mut report);
    list::moving(question, &mut report);
    list::facilities(catalogue, facts, question, found.listed, &mut report);
    report.close(question);
    Ok(report)
}
