//! People of the registers: whole numbers are summed by level, kind and group, and the hours are laid over the sums.

use geo::Area as _;
use rustc_hash::FxHashMap;

use super::{
    Inside, Live, Question,
    find::{CellOf, Found, Listed, Spot},
    ground::{Pieces, flat},
    report::{Estimate, Item, Share, Source, Told},
};
use crate::{
    Facts, RecordId,
    sum::{Counter, Member, Sum, Tally},
    table::Table,
};

/// An object that was found.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    /// Its number.
    id: RecordId,
    /// What is held of it.
    member: Member<'a>,
    /// Place of its worst level.
    level: usize,
    /// Whether its people are counted elsewhere.
    elsewhere: bool,
}

impl<'a> Here<'a> {
    fn of(facts: &'a Facts, spot: &Spot) -> Option<Self> {
        let member = Member::of(facts, spot.id)?;
        Some(Self { id: spot.id, member, level: spot.level, elsewhere: false })
    }

    /// A home that is counted with its building, wherever it is itself.
    fn with_building(facts: &'a Facts, id: RecordId, level: usize) -> Option<Self> {
        Some(Self { id, member: Member::of(facts, id)?, level, elsewhere: true })
    }

    fn listed(&self) -> Option<Listed> {
        let Self { id, level, member, .. } = *self;
        // Its place is looked up with its shape.
        member.table.occupancy.class?;
        Some(Listed { id, kind: member.fact.kind, level, point: None })
    }
}

/// A live count that still holds.
pub(super) fn fresh(question: &Question<'_>, live: Live) -> Option<Counter> {
    let holds = live.people.is_finite() && live.people >= 0.0 && question.holds(live.at);
    holds.then_some((live.people, live.at))
}

/// Sums up what was found. Says of each object that is looked at by itself whether it counts so or through a building. Gives how many
/// have a counter that is too old.
pub(super) fn sum_up(facts: &Facts, question: &Question<'_>, found: &mut Found) -> u64 {
    let mut stale = counters(facts, question, found);
    let mut here: Vec<Here<'_>> =
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
        let listed = one.member.table.occupancy.class.is_some();
        let live = question.live.get(&one.id).filter(|_| listed);
        let now = live.and_then(|live| fresh(question, *live));
        stale += u64::from(live.is_some() && now.is_none());
        if one.elsewhere {
            continue;
        }
        let Some(sum) = found.sums.get_mut(one.level) else { continue };
        let is_this = |homes: &&[(usize, usize)]| homes.first().is_some_and(|(b, _)| *b == place);
        match buildings.next_if(is_this) {
            Some(homes) => {
                let homes = homes.iter().filter_map(|(_, home)| here.get(*home));
                let homes = homes.map(|home| home.member);
                sum.building(one.member, homes, now, question.sees_people);
            }
            None => sum.alone(one.member, now),
        }
    }
    here.iter().filter_map(Here::listed).for_each(|one| found.listed.push(one));
    stale
}

/// Takes in the counters of those whose people are in the sums; gives how many of them are too old.
fn counters(facts: &Facts, question: &Question<'_>, found: &mut Found) -> u64 {
    let mut stale = 0;
    if question.live.is_empty() {
        return stale;
    }
    for of_kind in &mut found.listed.0 {
        // In one order: sums of fractions hang on it.
        of_kind.sort_unstable_by_key(|one| one.id);
    }
    for one in found.listed.0.iter().flatten() {
        let Some(live) = question.live.get(&one.id) else { continue };
        let Some(now) = fresh(question, *live) else {
            stale += 1;
            continue;
        };
        if let Some((member, sum)) = Member::of(facts, one.id).zip(found.sums.get_mut(one.level)) {
            sum.counter(member, now);
        }
    }
    stale
}

/// Places of buildings, each with that of a home that is counted through it, in order. Adds to what was found the homes that have no
/// place of their own, and those of the cells that stand in a building: they are as badly off as it is, wherever in the cell they are.
fn through<'a>(
    facts: &'a Facts,
    question: &Question<'_>,
    cells: &mut [CellOf],
    here: &mut Vec<Here<'a>>,
) -> Vec<(usize, usize)> {
    let holding = here.iter().enumerate().filter(|(_, one)| one.member.table.holds);
    let places: FxHashMap<RecordId, usize> = holding.map(|(place, one)| (one.id, place)).collect();
    let mut through = Vec::new();
    if places.is_empty() {
        return through;
    }
    let building_of = |home: &Here<'_>| {
        home.member.table.counted_in?;
        let at = || facts.get(home.id).and_then(|fact| fact.at);
        places.get(&facts.building_of(home.member, at)?).copied()
    };
    for (place, home) in here.iter_mut().enumerate() {
        if let Some(building) = building_of(home) {
            through.push((building, place));
            home.elsewhere = true;
        }
    }
    let level_of = |building: usize, here: &[Here<'_>]| here.get(building).map_or(0, |b| b.level);
    for cell in cells {
        cell.homes.retain(|id| {
            let Some(mut home) = Here::with_building(facts, *id, 0) else { return false };
            let Some(building) = building_of(&home) else { return true };
            home.level = level_of(building, here);
            through.push((building, here.len()));
            here.push(home);
            false
        });
    }
    for building in places.into_values() {
        let Some(one) = here.get(building) else { continue };
        let level = one.level;
        let Some(fact) = facts.get(one.id) else { continue };
        for id in facts.homes().of(fact) {
            let Some(home) = Here::with_building(facts, id, level) else { continue };
            if facts.get(id).is_some_and(|home| question.area.contains(home.area)) {
                through.push((building, here.len()));
                here.push(home);
            }
        }
    }
    through.sort_unstable();
    through
}

/// The hours over the sums.
pub(super) fn report(facts: &Facts, question: &Question<'_>, sums: &[Tally]) -> Inside {
    let levels = sums.iter().map(|tally| {
        let mut item = Item::default();
        for sum in tally.sums() {
            if let Some(table) = facts.table(sum.kind) {
                lay(&mut item, question, table, sum);
            }
        }
        item
    });
    Inside { levels: levels.collect(), ..Inside::default() }
}

fn lay(item: &mut Item, question: &Question<'_>, table: &Table, sum: &Sum) {
    let (mut now, mut vulnerable) = (Estimate::default(), Told::default());
    let mut sure = true;
    let groups = table.occupancy.group.iter().zip(&table.hours);
    let live = sum.live.as_deref();
    for (place, ((group, hours), all)) in groups.zip(&sum.groups).enumerate() {
        let instead = live.and_then(|live| live.instead.get(place)).copied().unwrap_or_default();
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
        now += Estimate::of(figure(all.saturating_sub(instead)), part, hours.margin);
    }
    item.tell(&vulnerable);
    if table.occupancy.group.is_empty() {
        return;
    }
    let (kind, counted) = (sum.kind, live.map_or(0, |live| live.objects));
    if sum.objects > counted {
        item.now += now;
        item.shares.push(Share {
            source: Source::Register(kind),
            objects: sum.objects - counted,
            unknown: sum.unknown,
            now,
            oldest: sum.checked,
            sure,
        });
    }
    if let Some(live) = live.filter(|live| live.objects > 0) {
        let now = Estimate::exactly(live.people);
        item.now += now;
        item.shares.push(Share {
            source: Source::Live(kind),
            objects: live.objects,
            unknown: 0,
            now,
            oldest: live.oldest,
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
        let mut all_homes = Tally::default();
        for home in cell.homes.iter().filter_map(|id| Member::of(facts, *id)) {
            all_homes.alone(home, None);
        }
        for (surface, item) in surfaces.iter().zip(&mut report.levels) {
            let share = (surface / all).min(1.0);
            if share <= 0.0 {
                continue;
            }
            for sum in all_homes.sums() {
                if let Some(table) = facts.table(sum.kind) {
                    spread(item, question, table, sum, share);
                }
            }
        }
    }
}

/// Somewhere between none and all of a cell's people, as its share says.
fn spread(item: &mut Item, question: &Question<'_>, table: &Table, sum: &Sum, share: f64) {
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
    let source = Source::Cells(sum.kind);
    let share = Share { source, objects: sum.objects, unknown, now, oldest, sure: false };
    let together = Item { shares: vec![share], ..Item::default() };
    item.add(&together);
}

/// Of one object, its people at the hour; none when nobody knows.
pub(super) fn people_of(question: &Question<'_>, of: Member<'_>) -> Option<Estimate> {
    of.table.registered(of.fact)?;
    let groups = of.table.occupancy.group.iter().zip(&of.table.hours);
    let mut all = Estimate::default();
    for ((group, hours), people) in groups.zip(of.table.people(of.fact)) {
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
