//! People of the registers: whole numbers are summed by level, kind and group, and the hours are laid over the sums.

use std::{cell::OnceCell, collections::BTreeMap};

use geo::Area as _;
use helan_kernel::{Ms, Position};
use rustc_hash::FxHashMap;

use super::{
    Inside, Live, Question,
    find::{CellOf, Found, Spot},
    ground::{Pieces, flat},
    report::{Estimate, Item, Share, Source, Told, oldest},
};
use crate::{
    Fact, Facts, RecordId,
    homes::Near,
    table::{Table, Whom},
};

/// An object that was found.
pub(super) struct Here<'a> {
    /// What is held of it.
    pub fact: &'a Fact,
    /// Who is in objects of its kind.
    pub table: &'a Table,
    /// Place of its worst level.
    pub level: usize,
    /// Whether its people are counted elsewhere.
    elsewhere: bool,
    /// Number of the label of the object in which its people are counted, too.
    within: Option<u32>,
    /// When it was last said to be so.
    checked: Option<Ms>,
    /// Its middle.
    at: Option<Position>,
}

impl<'a> Here<'a> {
    /// What was found by its place.
    fn of(facts: &'a Facts, spot: &Spot) -> Option<Self> {
        let hot = facts.hot(spot.id)?;
        let table = facts.table(hot.kind)?;
        // Of most homes nothing needs to be looked up but these few bytes.
        let fact = if hot.plain { facts.plain(hot.kind)? } else { facts.get(spot.id)? };
        let at = Some(Position { lon: spot.at.x, lat: spot.at.y });
        let (within, checked) = (hot.within(), hot.checked());
        Some(Self { fact, table, level: spot.level, elsewhere: false, within, checked, at })
    }

    /// A home that is counted with its building, wherever it is itself.
    fn with_building(facts: &'a Facts, id: RecordId, level: usize) -> Option<Self> {
        let fact = facts.get(id)?;
        let table = facts.table(fact.kind)?;
        let (within, checked, at) = (fact.within, fact.checked, fact.at);
        Some(Self { fact, table, level, elsewhere: true, within, checked, at })
    }
}

/// What the objects of one kind in one level add up to.
#[derive(Clone, Debug, Default)]
struct Sum {
    /// Of each group, people as registered.
    groups: Vec<u64>,
    /// Of each group, those of objects without a live count.
    without_live: Vec<u64>,
    objects: u64,
    unknown: u64,
    checked: Option<Ms>,
    live: f64,
    live_objects: u64,
    live_oldest: Option<Ms>,
}

/// The sums of each level, by number of the kind.
pub(super) struct Sums {
    levels: Vec<Vec<Sum>>,
    /// Objects whose live count is too old.
    stale: u64,
}

impl Sums {
    pub(super) fn new(levels: usize) -> Self {
        Self { levels: vec![Vec::new(); levels], stale: 0 }
    }

    fn of(&mut self, here: &Here<'_>) -> Option<&mut Sum> {
        let kinds = self.levels.get_mut(here.level)?;
        let kind = usize::from(here.fact.kind);
        if kinds.len() <= kind {
            kinds.resize(kind + 1, Sum::default());
        }
        let sum = kinds.get_mut(kind)?;
        let groups = here.table.hours.len();
        sum.groups.resize(groups, 0);
        sum.without_live.resize(groups, 0);
        Some(sum)
    }

    /// Adds an object; `wanted` says which of its groups.
    fn add(&mut self, here: &Here<'_>, live: Option<Live>, wanted: impl Fn(usize) -> bool) {
        let Some(sum) = self.of(here) else { return };
        let each = sum.groups.iter_mut().zip(&mut sum.without_live);
        for (place, ((all, rest), people)) in each.zip(here.table.people(here.fact)).enumerate() {
            let Some(people) = people.filter(|_| wanted(place)) else { continue };
            *all += u64::from(people);
            if live.is_none() {
                *rest += u64::from(people);
            }
        }
    }

    fn note(&mut self, here: &Here<'_>, live: Option<Live>) {
        let Some(sum) = self.of(here) else { return };
        if let Some(live) = live {
            sum.live += live.people.max(0.0);
            sum.live_objects += 1;
            sum.live_oldest = oldest(sum.live_oldest, Some(live.at));
        }
        sum.objects += 1;
        sum.checked = oldest(sum.checked, here.checked);
        // Of what is only listed nobody expects a number.
        let counts = !here.table.occupancy.group.is_empty();
        let known = live.is_some() || here.table.registered(here.fact).is_some();
        sum.unknown += u64::from(counts && !known);
    }
}

/// A live count that still holds.
pub(super) fn fresh(question: &Question<'_>, live: Live) -> bool {
    live.people.is_finite() && live.people >= 0.0 && question.holds(live.at)
}

/// Says of each object whether it counts by itself or through a building, and sums them up.
pub(super) fn assign<'a>(
    facts: &'a Facts,
    found: &mut Found,
    question: &Question<'_>,
    sums: &mut Sums,
) -> Vec<Here<'a>> {
    let mut here: Vec<Here<'a>> =
        found.exact.iter().filter_map(|spot| Here::of(facts, spot)).collect();
    let through = through(facts, question, &mut found.cells, &mut here);
    for (place, home) in &through {
        // A building is as badly off as the worst of its homes.
        let worst = here.get(*home).map(|home| home.level);
        if let (Some(building), Some(worst)) = (here.get_mut(*place), worst) {
            building.level = building.level.min(worst);
        }
    }
    let mut buildings = through.chunk_by(|a, b| a.0 == b.0).peekable();
    for (place, one) in here.iter().enumerate() {
        // Counters are asked for of what is listed only; thousands of homes need not be looked up.
        let listed = one.table.occupancy.class.is_some();
        let live = listed.then(|| question.live.get(&one.fact.key).copied()).flatten();
        let live_now = live.filter(|live| fresh(question, *live));
        sums.stale += u64::from(live.is_some() && live_now.is_none());
        if one.elsewhere {
            continue;
        }
        let is_this = |homes: &&[(usize, usize)]| homes.first().is_some_and(|(b, _)| *b == place);
        match buildings.next_if(is_this) {
            Some(homes) => {
                let homes = homes.iter().filter_map(|(_, home)| here.get(*home));
                building(sums, one, homes, live_now, question.sees_people);
            }
            None => {
                sums.note(one, live_now);
                sums.add(one, live_now, |_| true);
            }
        }
    }
    here
}

/// Buildings that were found, to look up the one that a home is counted through.
struct Buildings<'a> {
    facts: &'a Facts,
    /// Their places among what was found.
    places: FxHashMap<RecordId, usize>,
    /// Those that have a place on the ground, by number of the kind.
    standing: Vec<(u16, Position, RecordId)>,
    /// The same, to find the nearest: made when the first home says not which building it is in.
    near: OnceCell<FxHashMap<u16, Near>>,
}

impl<'a> Buildings<'a> {
    fn new(facts: &'a Facts, here: &[Here<'a>]) -> Self {
        let holding = || here.iter().enumerate().filter(|(_, one)| one.table.holds);
        let standing = holding().filter_map(|(_, one)| {
            let fact = one.fact;
            Some((fact.kind, fact.at?, fact.id))
        });
        Self {
            facts,
            places: holding().map(|(place, one)| (one.fact.id, place)).collect(),
            standing: standing.collect(),
            near: OnceCell::new(),
        }
    }

    /// Place of the building that a home is counted through. A home that says which building it is in is in no other one.
    fn of(&self, home: &Here<'_>) -> Option<usize> {
        let kind = home.table.counted_in?;
        let building = match home.within.and_then(|label| self.facts.homes().labelled(label)) {
            Some(named) => named,
            None => self.near().get(&kind)?.nearest(home.at?)?,
        };
        self.places.get(&building).copied()
    }

    fn near(&self) -> &FxHashMap<u16, Near> {
        self.near.get_or_init(|| {
            let tables = &self.facts.presence().kinds;
            let metres = |kind: u16| {
                let key = self.facts.kind(kind).map(|kind| kind.key.as_str());
                let others = tables.iter().filter_map(|table| table.counted_in.as_ref());
                let others = others.filter(|other| key.is_some_and(|key| *key == other.kind));
                others.map(|other| other.metres).fold(0.0, f64::max)
            };
            let mut near: FxHashMap<u16, Near> = FxHashMap::default();
            for (kind, at, id) in &self.standing {
                near.entry(*kind).or_insert_with(|| Near::new(metres(*kind))).add(*at, *id);
            }
            near
        })
    }
}

/// Places of buildings, each with that of a home that is counted through it, in order. Adds to what was found the homes that have no
/// place of their own, and those of the cells that stand in a building: they are as badly off as it is, wherever in the cell they are.
fn through<'a>(
    facts: &'a Facts,
    question: &Question<'_>,
    cells: &mut [CellOf],
    here: &mut Vec<Here<'a>>,
) -> Vec<(usize, usize)> {
    let buildings = Buildings::new(facts, here);
    let mut through = Vec::new();
    if buildings.places.is_empty() {
        return through;
    }
    for (place, home) in here.iter_mut().enumerate() {
        if let Some(building) = buildings.of(home) {
            through.push((building, place));
            home.elsewhere = true;
        }
    }
    let level_of = |building: usize, here: &[Here<'_>]| here.get(building).map_or(0, |b| b.level);
    for cell in cells {
        cell.homes.retain(|id| {
            let Some(mut home) = Here::with_building(facts, *id, 0) else { return false };
            let Some(building) = buildings.of(&home) else { return true };
            home.level = level_of(building, here);
            through.push((building, here.len()));
            here.push(home);
            false
        });
    }
    for building in buildings.places.into_values() {
        let Some(one) = here.get(building) else { continue };
        let (level, fact) = (one.level, one.fact);
        for id in facts.homes().of(fact) {
            let Some(home) = Here::with_building(facts, id, level) else { continue };
            if question.area.contains(home.fact.area) {
                through.push((building, here.len()));
                here.push(home);
            }
        }
    }
    through.sort_unstable();
    through
}

/// A building and the homes in it count the same people: whichever register has more of them counts. Whom the other one alone
/// tells to need help is told all the same.
fn building<'a>(
    sums: &mut Sums,
    building: &Here<'_>,
    homes: impl Iterator<Item = &'a Here<'a>> + Clone,
    live: Option<Live>,
    sees_people: bool,
) {
    let own = building.table.registered(building.fact);
    let all: u64 = homes.clone().filter_map(|home| home.table.registered(home.fact)).sum();
    let by_building = live.is_some() || own.is_some_and(|own| own >= all);
    let only_told = |here: &Here<'_>, place: usize, known: Whom| {
        let group = here.table.occupancy.group.get(place);
        group.is_some_and(|g| g.within && g.vulnerable.is_some_and(|who| !known.has(who)))
    };
    let here = |home: &Here<'a>| Here { level: building.level, elsewhere: false, ..*home };
    if by_building {
        let known = building.table.told;
        sums.note(building, live);
        sums.add(building, live, |_| true);
        // Who lives alone in a house is for those only who may see people.
        let telling = homes.filter(|home| sees_people && home.table.told_within.beyond(known));
        for home in telling.map(here) {
            sums.add(&home, None, |place| only_told(&home, place, known));
        }
    } else {
        let all_told = homes.clone().map(|home| home.table.told);
        let known = all_told.fold(Whom::default(), Whom::with);
        for home in homes.map(here) {
            let within = |place: usize| {
                home.table.occupancy.group.get(place).is_some_and(|group| group.within)
            };
            sums.note(&home, None);
            sums.add(&home, None, |place| sees_people || !within(place));
        }
        if building.table.told_within.beyond(known) {
            sums.add(building, None, |place| only_told(building, place, known));
        }
    }
}

/// The hours over the sums.
pub(super) fn report(facts: &Facts, question: &Question<'_>, sums: &Sums) -> Inside {
    let levels = sums.levels.iter().map(|kinds| {
        let mut item = Item::default();
        for (kind, sum) in (0_u16..).zip(kinds) {
            if let Some(table) = facts.table(kind) {
                lay(&mut item, question, kind, table, sum);
            }
        }
        item
    });
    Inside { levels: levels.collect(), stale: sums.stale, ..Inside::default() }
}

fn lay(item: &mut Item, question: &Question<'_>, kind: u16, table: &Table, sum: &Sum) {
    let (mut now, mut vulnerable) = (Estimate::default(), Told::default());
    let mut sure = true;
    let groups = table.occupancy.group.iter().zip(&table.hours);
    for ((group, hours), (all, rest)) in groups.zip(sum.groups.iter().zip(&sum.without_live)) {
        let parts = hours.of(question.when.weekend);
        let part = parts.get(question.when.hour).copied().unwrap_or(1.0);
        // A counter tells how many there are, not who.
        vulnerable.add(group, Estimate::of(figure(*all), part, hours.margin));
        if group.within {
            continue;
        }
        sure &= hours.sure;
        for (hour, part) in item.by_hour.iter_mut().zip(parts) {
            *hour += Estimate::of(figure(*all), *part, hours.margin);
        }
        now += Estimate::of(figure(*rest), part, hours.margin);
    }
    item.tell(&vulnerable);
    if table.occupancy.group.is_empty() {
        return;
    }
    if sum.objects > sum.live_objects {
        item.now += now;
        item.shares.push(Share {
            source: Source::Register(kind),
            objects: sum.objects - sum.live_objects,
            unknown: sum.unknown,
            now,
            oldest: sum.checked,
            sure,
        });
    }
    if sum.live_objects > 0 {
        let now = Estimate::exactly(sum.live);
        item.now += now;
        item.shares.push(Share {
            source: Source::Live(kind),
            objects: sum.live_objects,
            unknown: 0,
            now,
            oldest: sum.live_oldest,
            sure: true,
        });
    }
}

/// Homes of those who may not see people, as far as no building tells of them: of each cell the share of its surface that lies inside.
pub(super) fn cells(
    facts: &Facts,
    question: &Question<'_>,
    cells: &[CellOf],
    pieces: &Pieces,
    report: &mut Inside,
) {
    for cell in cells.iter().filter(|cell| !cell.homes.is_empty()) {
        let ground = flat(&cell.ground.to_polygon());
        let all = ground.unsigned_area();
        let surfaces = pieces.surfaces(&ground.into(), flat(&cell.ground));
        if surfaces.iter().all(|surface| *surface <= 0.0) {
            continue;
        }
        let mut kinds: BTreeMap<u16, Sum> = BTreeMap::new();
        for fact in cell.homes.iter().filter_map(|id| facts.get(*id)) {
            let Some(table) = facts.table(fact.kind) else { continue };
            let sum = kinds.entry(fact.kind).or_default();
            sum.groups.resize(table.hours.len(), 0);
            for (all, people) in sum.groups.iter_mut().zip(table.people(fact)) {
                *all += u64::from(people.unwrap_or_default());
            }
            sum.objects += 1;
            sum.unknown += u64::from(table.registered(fact).is_none());
            sum.checked = oldest(sum.checked, fact.checked);
        }
        for (surface, item) in surfaces.iter().zip(&mut report.levels) {
            let share = (surface / all).min(1.0);
            if share <= 0.0 {
                continue;
            }
            for (kind, sum) in &kinds {
                if let Some(table) = facts.table(*kind) {
                    spread(item, question, (*kind, table), sum, share);
                }
            }
        }
    }
}

/// Somewhere between none and all of a cell's people, as its share says.
fn spread(
    item: &mut Item,
    question: &Question<'_>,
    (kind, table): (u16, &Table),
    sum: &Sum,
    share: f64,
) {
    let (mut now, mut vulnerable) = (Estimate::default(), Told::default());
    for ((group, hours), all) in table.occupancy.group.iter().zip(&table.hours).zip(&sum.groups) {
        let somewhere = |part: f64| {
            let people = Estimate::of(figure(*all), part, hours.margin);
            let low = if share >= 1.0 { people.low } else { 0.0 };
            Estimate { low, expected: people.expected * share, high: people.high }
        };
        let parts = hours.of(question.when.weekend);
        let at = somewhere(parts.get(question.when.hour).copied().unwrap_or(1.0));
        vulnerable.add(group, at);
        if group.within {
            continue;
        }
        for (hour, part) in item.by_hour.iter_mut().zip(parts) {
            *hour += somewhere(*part);
        }
        now += at;
    }
    item.tell(&vulnerable);
    item.now += now;
    let (unknown, oldest) = (sum.unknown, sum.checked);
    let source = Source::Cells(kind);
    let share = Share { source, objects: sum.objects, unknown, now, oldest, sure: false };
    let together = Item { shares: vec![share], ..Item::default() };
    item.add(&together);
}

/// Of one object, its people at the hour; none when nobody knows.
pub(super) fn people_of(question: &Question<'_>, here: &Here<'_>) -> Option<Estimate> {
    here.table.registered(here.fact)?;
    let groups = here.table.occupancy.group.iter().zip(&here.table.hours);
    let mut all = Estimate::default();
    for ((group, hours), people) in groups.zip(here.table.people(here.fact)) {
        if let Some(people) = people.filter(|_| !group.within) {
            let part = hours.of(question.when.weekend).get(question.when.hour).copied();
            all += Estimate::of(f64::from(people), part.unwrap_or(1.0), hours.margin);
        }
    }
    Some(all)
}

#[expect(clippy::cast_precision_loss, reason = "people of a region are below 2^53")]
pub(super) const fn figure(count: u64) -> f64 {
    count as f64
}
