//! People of the registers: whole numbers are summed by level, kind and group, and the hours are laid over the sums.

use std::collections::{BTreeMap, HashMap};

use geo::Area as _;
use helan_kernel::Ms;

use super::{
    Inside, Live, Question,
    find::{CellOf, Found},
    ground::{Pieces, flat},
    report::{Estimate, Item, Share, Source, Told, oldest},
};
use crate::{Fact, Facts, RecordId, Vulnerable, homes::Near, table::Table};

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
    levels: Vec<BTreeMap<u16, Sum>>,
    /// Objects whose live count is too old.
    stale: u64,
}

impl Sums {
    pub(super) fn new(levels: usize) -> Self {
        Self { levels: vec![BTreeMap::new(); levels], stale: 0 }
    }

    fn of(&mut self, here: &Here<'_>) -> Option<&mut Sum> {
        let sum = self.levels.get_mut(here.level)?.entry(here.fact.kind).or_default();
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
        sum.checked = oldest(sum.checked, here.fact.checked);
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
    found: &Found,
    question: &Question<'_>,
    sums: &mut Sums,
) -> Vec<Here<'a>> {
    let of = |(id, level): (RecordId, usize)| {
        let fact = facts.get(id)?;
        let table = facts.table(fact.kind)?;
        Some(Here { fact, table, level, elsewhere: false })
    };
    let mut here: Vec<Here<'a>> = found.exact.iter().copied().filter_map(of).collect();
    let mut through = through(facts, question, &mut here);
    for (place, homes) in &mut through {
        // A building is as badly off as the worst of its homes.
        let levels = homes.iter().filter_map(|home| here.get(*home)).map(|home| home.level);
        let worst = levels.min();
        if let (Some(building), Some(worst)) = (here.get_mut(*place), worst) {
            building.level = building.level.min(worst);
        }
    }
    for (place, one) in here.iter().enumerate() {
        // Counters are asked for of what is listed only; thousands of homes need not be looked up.
        let listed = one.table.occupancy.class.is_some();
        let live = listed.then(|| question.live.get(&one.fact.key).copied()).flatten();
        let live_now = live.filter(|live| fresh(question, *live));
        sums.stale += u64::from(live.is_some() && live_now.is_none());
        if one.elsewhere {
            continue;
        }
        match through.get(&place) {
            Some(homes) => {
                let homes: Vec<&Here<'_>> =
                    homes.iter().filter_map(|home| here.get(*home)).collect();
                building(sums, one, &homes, live_now, question.sees_people);
            }
            None => {
                sums.note(one, live_now);
                sums.add(one, live_now, |_| true);
            }
        }
    }
    here
}

/// Of each building, the homes that are counted through it; adds those that have no place of their own.
fn through<'a>(
    facts: &'a Facts,
    question: &Question<'_>,
    here: &mut Vec<Here<'a>>,
) -> BTreeMap<usize, Vec<usize>> {
    let mut places: HashMap<RecordId, usize> = HashMap::new();
    let mut near: HashMap<u16, Near> = HashMap::new();
    let metres = |kind: u16| {
        let others = facts.presence().kinds.iter().filter_map(|table| table.counted_in.as_ref());
        let own = facts.kind(kind);
        let others = others.filter(|other| own.is_some_and(|own| own.key == other.kind));
        others.map(|other| other.metres).fold(0.0, f64::max)
    };
    for (place, building) in here.iter().enumerate().filter(|(_, one)| one.table.holds) {
        places.insert(building.fact.id, place);
        if let Some(at) = building.fact.at {
            let kind = building.fact.kind;
            let near = near.entry(kind).or_insert_with(|| Near::new(metres(kind)));
            near.add(at, building.fact.id);
        }
    }
    let mut through: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    if places.is_empty() {
        return through;
    }
    for (place, home) in here.iter_mut().enumerate() {
        let Some(kind) = home.table.counted_in else { continue };
        let named = facts.homes().named(home.fact);
        let nearest = || near.get(&kind)?.nearest(home.fact.at?);
        // A home that says which building it is in is in no other one.
        let building = match named {
            Some(named) => places.get(&named),
            None => nearest().and_then(|id| places.get(&id)),
        };
        if let Some(building) = building {
            through.entry(*building).or_default().push(place);
            home.elsewhere = true;
        }
    }
    let mut buildings: Vec<usize> = places.into_values().collect();
    buildings.sort_unstable();
    for building in buildings {
        let Some(one) = here.get(building) else { continue };
        let level = one.level;
        for id in facts.homes().of(one.fact) {
            let Some(fact) = facts.get(id) else { continue };
            let Some(table) = facts.table(fact.kind) else { continue };
            if question.area.contains(fact.area) {
                through.entry(building).or_default().push(here.len());
                here.push(Here { fact, table, level, elsewhere: true });
            }
        }
    }
    through
}

/// A building and the homes in it count the same people: whichever register has more of them counts. Whom the other one alone
/// tells to need help is told all the same.
fn building(
    sums: &mut Sums,
    building: &Here<'_>,
    homes: &[&Here<'_>],
    live: Option<Live>,
    sees_people: bool,
) {
    let own = building.table.registered(building.fact);
    let all: u64 = homes.iter().filter_map(|home| home.table.registered(home.fact)).sum();
    let by_building = live.is_some() || own.is_some_and(|own| own >= all);
    let told = |here: &Here<'_>| -> Vec<Vulnerable> {
        here.table.occupancy.group.iter().filter_map(|group| group.vulnerable).collect()
    };
    let only_told = |here: &Here<'_>, place: usize, known: &[Vulnerable]| {
        let group = here.table.occupancy.group.get(place);
        group.is_some_and(|g| g.within && g.vulnerable.is_some_and(|who| !known.contains(&who)))
    };
    if by_building {
        let known = told(building);
        sums.note(building, live);
        sums.add(building, live, |_| true);
        // Who lives alone in a house is for those only who may see people.
        for home in homes.iter().filter(|_| sees_people) {
            let home = Here { level: building.level, elsewhere: false, ..**home };
            sums.add(&home, None, |place| only_told(&home, place, &known));
        }
    } else {
        let known: Vec<Vulnerable> = homes.iter().flat_map(|home| told(home)).collect();
        for home in homes {
            let home = Here { level: building.level, elsewhere: false, ..**home };
            let within = |place: usize| {
                home.table.occupancy.group.get(place).is_some_and(|group| group.within)
            };
            sums.note(&home, None);
            sums.add(&home, None, |place| sees_people || !within(place));
        }
        sums.add(building, None, |place| only_told(building, place, &known));
    }
}

/// The hours over the sums.
pub(super) fn report(facts: &Facts, question: &Question<'_>, sums: &Sums) -> Inside {
    let levels = sums.levels.iter().map(|kinds| {
        let mut item = Item::default();
        for (kind, sum) in kinds {
            if let Some(table) = facts.table(*kind) {
                lay(&mut item, question, *kind, table, sum);
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

/// Homes of those who may not see people: of each cell the share of its surface that lies inside.
pub(super) fn cells(
    facts: &Facts,
    question: &Question<'_>,
    cells: &[CellOf],
    pieces: &Pieces,
    report: &mut Inside,
) {
    for cell in cells {
        let ground = flat(&cell.ground.to_polygon());
        let all = ground.unsigned_area();
        let surfaces = pieces.surfaces(&ground.into(), flat(&cell.ground));
        if surfaces.iter().all(|surface| *surface <= 0.0) {
            continue;
        }
        let mut kinds: BTreeMap<u16, Sum> = BTreeMap::new();
        for fact in cell.homes.iter().filter_map(|id| facts.get(*id)) {
            let Some(table) = facts.table(fact.kind) else { continue };
            // Whoever is in a building is told with the building.
            if table.counted_in.is_some() && facts.homes().named(fact).is_some() {
                continue;
            }
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
