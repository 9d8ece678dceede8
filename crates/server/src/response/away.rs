//! Who gets away which way: blocks of homes inside, shelters outside, roads between.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use geo::{BoundingRect, Centroid, Coord, MultiPolygon};
use helan_base::{RecordId, Value, number};
use helan_kernel::{AreaCode, Position};
use helan_route::{Left, Place};

use super::{Known, Question, drive::drive, promised::Promised, stay::StayOrLeave};
use crate::{api::Api, roads::Now};

/// Side of a block, degrees: about 250 m, the streets around some houses.
const BLOCK_DEG: f64 = 0.0025;
/// Homes are asked for in cells of this size when there are many.
pub(super) const MOST_BLOCKS: usize = 2_000;
/// A block with fewer people is told as one of so many to whoever may not see people, and not who of them needs what: few are somebody.
const FEW: u32 = 10;
/// Shelters that are looked at: the nearest.
const MOST_SHELTERS: usize = 60;

/// Who gets away which way.
#[derive(Clone, Debug, Default)]
pub struct Away {
    /// Blocks, most people first.
    pub blocks: Vec<BlockAway>,
    /// Shelters that get people, and those near that could.
    pub shelters: Vec<ShelterUse>,
    /// When the last have arrived, seconds from now.
    pub cleared_s: f64,
    /// People who are not brought away.
    pub left: f64,
    /// What is missing; for people.
    pub defects: Vec<(&'static str, String)>,
    /// Number of the newest plan of each other incident that the places of shelters were reckoned with.
    pub known: BTreeMap<u64, u32>,
}

/// A block and what becomes of it.
#[derive(Clone, Debug)]
pub struct BlockAway {
    /// Key, the same for the same ground every time.
    pub key: String,
    /// Area that it lies in.
    pub area: AreaCode,
    /// Its middle.
    pub at: Position,
    /// Whether its people leave; else they shelter.
    pub leaves: bool,
    /// People.
    pub people: u32,
    /// Of them those who cannot walk.
    pub cannot_walk: u32,
    /// Of them those without a car.
    pub without_car: u32,
    /// Number of the shelter in [`Away::shelters`] that most of them go to.
    pub shelter: Option<usize>,
    /// How most of them go there.
    pub line: Vec<Place>,
    /// Names of the roads on it.
    pub roads: Vec<String>,
    /// On foot rather than by car.
    pub on_foot: bool,
    /// How long the way takes, seconds.
    pub travel_s: f64,
    /// When the first leave, seconds from now.
    pub leave_s: f64,
    /// When the last have arrived, seconds from now.
    pub cleared_s: f64,
    /// Road that keeps more from going; empty when none does.
    pub bottleneck: String,
    /// Vehicles that fetch those who cannot go by themselves, in the order in which they come.
    pub trips: Vec<Trip>,
    /// Whether those who go by themselves should rather stay inside; none when no model knows.
    pub stay: Option<StayOrLeave>,
    /// People who are not brought away, and why.
    pub left: Vec<(u32, Left)>,
}

/// A vehicle that fetches people.
#[derive(Clone, Debug)]
pub struct Trip {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Number of the shelter in [`Away::shelters`].
    pub shelter: usize,
    /// People.
    pub people: u32,
    /// Whether they cannot walk.
    pub lifted: bool,
    /// It is there, seconds from now.
    pub there_s: f64,
    /// They have arrived, seconds from now.
    pub arrive_s: f64,
}

/// Which block: its cell, and whether its people leave. Of the homes of a cell some may lie where all leave and others not.
type Key = ((i64, i64), bool);

impl BlockAway {
    fn new((cell, leaves): Key, area: AreaCode, at: Position) -> Self {
        Self {
            key: format!("{}:{}", cell.0, cell.1),
            area,
            at,
            leaves,
            people: 0,
            cannot_walk: 0,
            without_car: 0,
            shelter: None,
            line: Vec::new(),
            roads: Vec::new(),
            on_foot: false,
            travel_s: 0.0,
            leave_s: 0.0,
            cleared_s: 0.0,
            bottleneck: String::new(),
            trips: Vec::new(),
            stay: None,
            left: Vec::new(),
        }
    }

    /// Takes away what would tell of single persons; none when there are too many people for that.
    fn hide_few(&mut self) -> Option<()> {
        if self.people >= FEW {
            return None;
        }
        self.people = FEW;
        (self.cannot_walk, self.without_car) = (0, 0);
        self.trips.clear();
        self.left.clear();
        Some(())
    }
}

/// A shelter.
#[derive(Clone, Debug)]
pub struct ShelterUse {
    /// The record.
    pub id: RecordId,
    /// Key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Where.
    pub at: Position,
    /// Free places now: those of its record without those that are promised.
    pub free: u32,
    /// Places that issued plans of other incidents have given away.
    pub promised: u32,
    /// People who are there, or on their way by those plans.
    pub before: u32,
    /// People that it gets.
    pub gets: u32,
}

/// A home on the ground.
struct Home {
    id: RecordId,
    at: Coord,
    area: AreaCode,
    people: u32,
    household: bool,
    leaves: bool,
}

#[derive(Default)]
struct Homes {
    buildings: u32,
    households: u32,
    middle: Coord,
    count: u32,
    area: AreaCode,
}

/// Plans the way out of everybody inside.
///
/// # Errors
/// When the base database cannot be read.
pub fn plan(
    api: &Api,
    roads: &Now,
    question: &Question,
    leave: &MultiPolygon,
    shelter: &MultiPolygon,
) -> Result<Away> {
    let mut away = Away::default();
    let mut blocks = inside(api, question, leave, shelter);
    reachable(&question.people, leave, shelter, &mut blocks);
    let leaving: BTreeSet<(i64, i64)> =
        blocks.keys().filter(|(_, leaves)| *leaves).map(|(cell, _)| *cell).collect();
    for ((cell, leaves), block) in &mut blocks {
        if !leaves && leaving.contains(cell) {
            // Beside the block of the same cell that leaves.
            block.key.push_str(":s");
        }
        if !question.private {
            block.at = middle_of(*cell);
        }
    }
    let mut blocks: Vec<BlockAway> = blocks.into_values().collect();
    let cars = api.config.response.by_car.clamp(0.0, 1.0);
    for block in &mut blocks {
        block.without_car = whole(f64::from(block.people) * (1.0 - cars));
    }
    blocks.sort_by(|a, b| b.people.cmp(&a.people).then(a.key.cmp(&b.key)));
    if blocks.len() > MOST_BLOCKS {
        away.defects.push(("too-many-blocks", blocks.len().to_string()));
    }
    let grounds = leave.iter().chain(shelter).chain(&question.elsewhere);
    let all = MultiPolygon::new(grounds.cloned().collect());
    let promised = Promised::of(api, question)?;
    away.shelters = shelters(api, question, &all, &promised)?;
    if let Err(error) = drive(api, roads, question, &all, &mut blocks, &mut away) {
        away.defects.push(("no-ways", error.to_string()));
    }
    if let Some(inside) = &question.inside {
        // Whoever is inside by the census alone has no home that is known, and so no way.
        let homed: f64 = blocks.iter().map(|block| f64::from(block.people)).sum();
        let missing = inside.inside.total.now.expected - homed;
        if missing >= 1.0 {
            away.defects.push(("homes-unknown", whole(missing).to_string()));
        }
    }
    if away.shelters.iter().all(|shelter| shelter.free == 0) {
        away.defects.push(("no-shelter", String::new()));
    }
    let given: u32 = away.shelters.iter().map(|s| s.promised).fold(0, u32::saturating_add);
    if given > 0 {
        away.defects.push(("shelters-promised", given.to_string()));
    }
    if promised.unknown > 0 && !away.shelters.is_empty() {
        // How many of the free places their people take, nobody has written down yet.
        away.defects.push(("shelters-shared", promised.unknown.to_string()));
    }
    away.known = promised.known;
    if !question.private {
        let hidden = blocks.iter_mut().filter_map(BlockAway::hide_few).count();
        if hidden > 0 {
            away.defects.push(("few-hidden", hidden.to_string()));
        }
    }
    away.blocks = blocks;
    Ok(away)
}

/// Takes in the people that the platform itself knows: where the register of homes says less, they count, and whoever cannot leave
/// unaided is known by them.
fn reachable(
    people: &[Known],
    leave: &MultiPolygon,
    shelter: &MultiPolygon,
    blocks: &mut BTreeMap<Key, BlockAway>,
) {
    let (leave, shelter) = (helan_base::Ground::new(leave), helan_base::Ground::new(shelter));
    let mut known: BTreeMap<Key, BlockAway> = BTreeMap::new();
    for person in people {
        let at = Coord { x: person.at.lon, y: person.at.lat };
        let leaves = leave.holds(at);
        if leaves || shelter.holds(at) {
            let key = (cell(at), leaves);
            let new = || BlockAway::new(key, person.area, person.at);
            let block = known.entry(key).or_insert_with(new);
            block.people += 1;
            block.cannot_walk += u32::from(person.helped);
        }
    }
    for (key, own) in known {
        let (people, helped) = (own.people, own.cannot_walk);
        let block = blocks.entry(key).or_insert(own);
        block.people = block.people.max(people);
        block.cannot_walk = helped.min(block.people);
    }
}

/// Blocks of homes on the ground. Who is in both leaves.
fn inside(
    api: &Api,
    question: &Question,
    leave: &MultiPolygon,
    shelter: &MultiPolygon,
) -> BTreeMap<Key, BlockAway> {
    let catalogue = api.base.catalogue();
    let facts = api.risks.facts();
    let resident = |kind: u16| {
        let kind = api.base.kind(kind)?;
        let people = kind.safety.people.as_ref().filter(|people| people.resident)?;
        Some(people.each.is_some())
    };
    let area = question.area;
    let mut homes = Vec::new();
    for (ground, leaves) in [(leave, true), (shelter, false)] {
        let wanted = |kind: u16, of: AreaCode| area.contains(of) && resident(kind).is_some();
        homes.extend(catalogue.within(ground, wanted).map(|found| Home {
            id: found.id,
            at: found.at,
            area: found.area,
            people: facts.get(found.id).and_then(|fact| fact.people).unwrap_or(0),
            household: resident(found.kind) == Some(true),
            leaves,
        }));
    }
    blocks_of(&homes)
}

/// The blocks of homes: those where all leave first, and who is in both leaves.
fn blocks_of(found: &[Home]) -> BTreeMap<Key, BlockAway> {
    let leaving: BTreeSet<RecordId> =
        found.iter().filter(|home| home.leaves).map(|home| home.id).collect();
    let mut homes: BTreeMap<Key, Homes> = BTreeMap::new();
    for home in found.iter().filter(|home| home.leaves || !leaving.contains(&home.id)) {
        let all = homes.entry((cell(home.at), home.leaves)).or_default();
        // Homes without a figure of their own are households; both registers speak of the same people.
        if home.household {
            all.households += home.people;
        } else {
            all.buildings += home.people;
        }
        all.middle = all.middle + home.at;
        all.count += 1;
        all.area = home.area;
    }
    let block = |(key, home): (Key, Homes)| {
        let people = home.buildings.max(home.households);
        let middle = home.middle / f64::from(home.count.max(1));
        let at = Position { lon: middle.x, lat: middle.y };
        (key, BlockAway { people, ..BlockAway::new(key, home.area, at) })
    };
    homes.into_iter().map(block).filter(|(_, block)| block.people > 0).collect()
}

#[expect(clippy::cast_precision_loss, reason = "degrees in blocks are small numbers")]
fn middle_of((x, y): (i64, i64)) -> Position {
    Position { lon: (x as f64 + 0.5) * BLOCK_DEG, lat: (y as f64 + 0.5) * BLOCK_DEG }
}

#[expect(clippy::cast_possible_truncation, reason = "degrees in blocks are small numbers")]
fn cell(at: Coord) -> (i64, i64) {
    ((at.x / BLOCK_DEG).floor() as i64, (at.y / BLOCK_DEG).floor() as i64)
}

/// Shelters near the ground and outside of it, with their free places; also those of which plans of others have taken all.
fn shelters(
    api: &Api,
    question: &Question,
    ground: &MultiPolygon,
    promised: &Promised,
) -> Result<Vec<ShelterUse>> {
    let (Some(number_of), Some(middle)) = (api.base.number("shelter"), middle(question, ground))
    else {
        return Ok(Vec::new());
    };
    let Some(kind) = api.base.kind(number_of) else { return Ok(Vec::new()) };
    let ready = helan_base::Ground::new(ground);
    let found: Vec<_> = {
        let catalogue = api.base.catalogue();
        // People go where it is safe, also beyond the border of whoever asks.
        catalogue.nearest(middle, MOST_SHELTERS * 3, |kind, _| kind == number_of)
    };
    let reader = api.base.read();
    let mut shelters = Vec::new();
    let mut open = 0;
    for near in found {
        if near.metres > api.config.response.shelter_km * 1000.0 || open >= MOST_SHELTERS {
            break;
        }
        let Some(stored) = reader.get_by_id(&kind.key, near.id)? else { continue };
        let record = &stored.record;
        let Some(at) = record.shape.as_ref().and_then(Centroid::centroid).map(|p| p.0) else {
            continue;
        };
        let field = |name: &str| record.values.get(kind.place(name)?);
        let usable = !matches!(field("state"), Some(Value::Text(word)) if word == "full" || word == "closed");
        let count = |name: &str| whole(number(field(name)).unwrap_or(0.0));
        let people = count("people");
        let free = count("capacity").saturating_sub(people);
        if !usable || free == 0 || ready.holds(at) {
            continue;
        }
        let coming = promised.at(&record.key, people, question.now);
        // More than there is cannot be promised.
        let given = coming.min(free);
        open += usize::from(free > given);
        shelters.push(ShelterUse {
            id: near.id,
            key: record.key.clone(),
            name: record.name.clone(),
            at: Position { lon: at.x, lat: at.y },
            free: free - given,
            promised: given,
            before: people.saturating_add(coming),
            gets: 0,
        });
    }
    Ok(shelters)
}

fn middle(question: &Question, ground: &MultiPolygon) -> Option<Position> {
    let of_ground = || ground.bounding_rect().map(|b| b.center());
    let of_ground = || of_ground().map(|at| Position { lon: at.x, lat: at.y });
    question.incident.position.or_else(of_ground)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "people, far below 2^32"
)]
/// So many people.
#[must_use]
pub fn whole(people: f64) -> u32 {
    people.round().clamp(0.0, 4e9) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::ground::circle;

    const HERE: Position = Position { lon: 106.3012, lat: 38.4612 };

    fn home(id: i64, leaves: bool, people: u32) -> Home {
        let at = Coord { x: HERE.lon, y: HERE.lat };
        Home { id: RecordId(id), at, area: AreaCode::ALL, people, household: false, leaves }
    }

    fn counts(blocks: &BTreeMap<Key, BlockAway>) -> Vec<(bool, u32, u32)> {
        blocks.values().map(|block| (block.leaves, block.people, block.cannot_walk)).collect()
    }

    #[test]
    fn of_a_cell_some_leave_and_the_others_shelter_and_nobody_is_lost() {
        // A home on both grounds leaves, and counts once.
        let homes = [home(1, true, 10), home(1, false, 10), home(2, false, 290)];
        assert_eq!(counts(&blocks_of(&homes)), [(false, 290, 0), (true, 10, 0)]);
    }

    #[test]
    fn who_is_known_where_all_leave_leaves_whatever_the_homes_of_the_cell_do() {
        let mut blocks = blocks_of(&[home(2, false, 290)]);
        let leave = MultiPolygon::new(vec![circle(HERE, 50.0)]);
        let shelter = MultiPolygon::new(vec![circle(HERE, 500.0)]);
        let person = |at, helped| Known { at, area: AreaCode::ALL, helped };
        let beside = Position { lon: HERE.lon + 0.001, ..HERE };
        let people = [person(HERE, true), person(beside, false), person(beside, true)];
        reachable(&people, &leave, &shelter, &mut blocks);
        assert_eq!(counts(&blocks), [(false, 290, 1), (true, 1, 1)]);
    }

    #[test]
    fn few_people_are_not_told_one_by_one() {
        let mut block = blocks_of(&[home(1, true, 3)]).into_values().next().expect("a block");
        block.cannot_walk = 1;
        assert!(block.hide_few().is_some());
        assert_eq!((block.people, block.cannot_walk), (FEW, 0));
        let mut block = blocks_of(&[home(1, true, 30)]).into_values().next().expect("a block");
        block.cannot_walk = 4;
        assert!(block.hide_few().is_none());
        assert_eq!((block.people, block.cannot_walk), (30, 4));
    }
}
