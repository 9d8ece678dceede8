//! Beds and goods to incidents: beds as a flow over all incidents at once; goods from the nearest stores, the more important need first,
//! within a store what expires first. What is real comes first and takes nothing that was made up; drills share what it leaves.

use std::collections::BTreeMap;

use helan_base::{
    RecordId,
    need::{BedsRule, GoodsRule, priority_of},
    stock::{Amount, units},
};
use helan_kernel::Position;
use helan_route::{self as route, Matrix, RouteError, Short, Team};
use helan_store::desk::forces::Beds;

use super::{Ask, Leg, Line, Proposal, Scene, Sort, Wanted, What, Why, forces::ms, travel::Travel};
use crate::forces::{Hospital, StockAt};

/// Who carries patients, and who carries goods.
const AMBULANCE: &str = "ambulance";
const TRUCK: &str = "fire-engine";
/// Stores that are looked at for each need, the nearest as the crow flies.
const NEAREST: usize = 100;

/// Beds of wards that a proposal has given away, by hospital and ward.
type Given = BTreeMap<(String, String), u32>;

/// Finds beds; what is wanted and the lines go into the proposal.
///
/// # Errors
/// When there is too much of something.
pub fn beds(ask: &Ask<'_>, travel: &Travel<'_>, proposal: &mut Proposal) -> Result<(), RouteError> {
    let open = beds_wanted(ask, proposal);
    let (drills, real): (Vec<OpenBeds<'_>>, Vec<OpenBeds<'_>>) =
        open.into_iter().partition(|(scene, ..)| scene.drill);
    let mut given = Given::new();
    give_beds(ask, travel, (&real, false), (&mut given, proposal))?;
    give_beds(ask, travel, (&drills, true), (&mut given, proposal))
}

/// Gives beds to what is real, or to drills.
fn give_beds(
    ask: &Ask<'_>,
    travel: &Travel<'_>,
    (open, drill): (&[OpenBeds<'_>], bool),
    (given, proposal): (&mut Given, &mut Proposal),
) -> Result<(), RouteError> {
    // A hospital's beds of a ward stand together: whoever can treat takes of the same ones.
    let left = |beds: &Beds| {
        let key = (beds.hospital.clone(), beds.ward.clone());
        beds.free.saturating_sub(given.get(&key).copied().unwrap_or(0))
    };
    let wards: Vec<(&Hospital, Position, &Beds, u32)> = (ask.pool.hospitals)
        .iter()
        .filter(|hospital| drill || !hospital.synthetic)
        .filter_map(|hospital| Some((hospital, hospital.at?)))
        .flat_map(|(hospital, at)| hospital.beds.iter().map(move |beds| (hospital, at, beds)))
        .map(|(hospital, at, beds)| (hospital, at, beds, left(beds)))
        .filter(|(.., free)| *free > 0)
        .collect();
    let fits = |rule: &BedsRule, hospital: &Hospital, ward: &str| {
        rule.ward == ward && (rule.can.is_empty() || hospital.capabilities.contains(&rule.can))
    };
    let from: Vec<Position> = open.iter().map(|(_, _, at, _, _)| *at).collect();
    let to: Vec<Position> = wards.iter().map(|(_, at, ..)| *at).collect();
    let legs = travel.legs(AMBULANCE, &from, &to)?;
    let needs: Vec<route::Need> = open
        .iter()
        .map(|(scene, rule, _, units, _)| route::Need {
            key: format!("{}/{}", scene.id, rule.key),
            capability: rule.key.clone(),
            units: *units,
            priority: priority_of(rule.priority, scene.grade),
            latest_ms: Some(ms(rule.minutes)),
        })
        .collect();
    let team =
        |(number, (hospital, _, beds, free)): (usize, &(&Hospital, Position, &Beds, u32))| {
            let rules = open.iter().filter(|(_, rule, ..)| fits(rule, hospital, &beds.ward));
            let can = rules.map(|(_, rule, ..)| rule.key.clone()).collect();
            Team { key: number.to_string(), can, units: *free }
        };
    let teams: Vec<Team> = wards.iter().enumerate().map(team).collect();
    let cell = |ward: usize, need: usize| {
        let leg = legs.get(need).and_then(|row| row.get(ward)).copied().flatten();
        leg.map(|leg| ms(leg.minutes))
    };
    let row = |ward| (0..open.len()).map(|need| cell(ward, need)).collect();
    let times = Matrix { rows_ms: (0..wards.len()).map(row).collect() };
    let answer = route::assign(&needs, &teams, &times, None)?;
    for sent in &answer.sent {
        let leg = legs.get(sent.need).and_then(|row| row.get(sent.team)).copied().flatten();
        let found = open.get(sent.need).zip(wards.get(sent.team)).zip(leg);
        let Some((((scene, rule, .., place), (hospital, at, beds, _)), leg)) = found else {
            continue;
        };
        *given.entry((hospital.key.clone(), beds.ward.clone())).or_default() += sent.units;
        if let Some(wanted) = proposal.wanted.get_mut(*place) {
            wanted.sent += f64::from(sent.units);
        }
        proposal.lines.push(Line {
            number: 0,
            incident: scene.id,
            rule: rule.key.clone(),
            at: Some(*at),
            leg,
            minutes: leg.minutes,
            what: What::Beds {
                hospital: hospital.key.clone(),
                name: hospital.name.clone(),
                ward: beds.ward.clone(),
                beds: sent.units,
                said: beds.at,
            },
        });
    }
    for (number, count, why) in &answer.short {
        let Some((.., place)) = open.get(*number) else { continue };
        if let Some(wanted) = proposal.wanted.get_mut(*place) {
            wanted.missing = f64::from(*count);
            wanted.why = Some(match why {
                Short::NobodyCan => Why::NobodyCan,
                Short::NobodyInTime => Why::NobodyInTime,
                Short::AllBusy => Why::AllBusy,
            });
        }
    }
    Ok(())
}

type OpenBeds<'a> = (&'a Scene, &'a BedsRule, Position, u32, usize);

fn beds_wanted<'a>(ask: &'a Ask<'_>, proposal: &mut Proposal) -> Vec<OpenBeds<'a>> {
    let mut open = Vec::new();
    for scene in &ask.scenes {
        let rules = ask.needs.beds.iter().filter(|rule| rule.incidents.contains(&scene.kind));
        for rule in rules {
            let amount = rule.wanted(&scene.load);
            if amount == 0 {
                continue;
            }
            let promised = ask.pool.promised_beds.get(&(scene.id, rule.key.clone()));
            let under_way = promised.copied().unwrap_or(0).min(amount);
            let units = amount - under_way;
            let mut wanted = Wanted {
                incident: scene.id,
                rule: rule.key.clone(),
                sort: Sort::Beds,
                name: rule.name.clone(),
                amount: f64::from(amount),
                unit: String::new(),
                under_way: f64::from(under_way),
                sent: 0.0,
                missing: 0.0,
                why: None,
                priority: priority_of(rule.priority, scene.grade),
                minutes: Some(rule.minutes),
                vehicle: AMBULANCE.to_owned(),
                source: rule.source.clone(),
                sure: rule.sure,
            };
            match scene.at {
                _ if units == 0 => {}
                Some(at) => open.push((scene, rule, at, units, proposal.wanted.len())),
                None => (wanted.missing, wanted.why) = (f64::from(units), Some(Why::NoPlace)),
            }
            proposal.wanted.push(wanted);
        }
    }
    open
}

/// Finds goods; what is wanted and the lines go into the proposal.
///
/// # Errors
/// When there is too much of something.
pub fn goods(
    ask: &Ask<'_>,
    travel: &Travel<'_>,
    proposal: &mut Proposal,
) -> Result<(), RouteError> {
    let mut asks: Vec<(u32, &Scene, &GoodsRule)> = Vec::new();
    for scene in &ask.scenes {
        let rules = ask.needs.goods.iter().filter(|rule| rule.incidents.contains(&scene.kind));
        asks.extend(rules.map(|rule| (priority_of(rule.priority, scene.grade), scene, rule)));
    }
    asks.sort_by_key(|(priority, scene, _)| (std::cmp::Reverse(*priority), scene.id));
    // What earlier needs took of each lot, in thousandths.
    let mut taken: BTreeMap<u64, i64> = BTreeMap::new();
    for (priority, scene, rule) in asks {
        let amount = rule.wanted(&scene.load).units();
        let key = (scene.id, rule.item.clone(), rule.unit.clone());
        let promised = ask.pool.promised.get(&key);
        let under_way = promised.copied().unwrap_or(0.0).min(amount);
        if amount <= 0.0 {
            continue;
        }
        let mut wanted = Wanted {
            incident: scene.id,
            rule: rule.key.clone(),
            sort: Sort::Goods,
            name: rule.name.clone(),
            amount,
            unit: rule.unit.clone(),
            under_way,
            sent: 0.0,
            missing: amount - under_way,
            why: None,
            priority,
            minutes: None,
            vehicle: TRUCK.to_owned(),
            source: rule.source.clone(),
            sure: rule.sure,
        };
        if wanted.missing > 0.0 {
            match scene.at {
                Some(at) => {
                    fetch(ask, travel, (scene, rule, at), &mut taken, (&mut wanted, proposal))?;
                }
                None => wanted.why = Some(Why::NoPlace),
            }
        }
        proposal.wanted.push(wanted);
    }
    Ok(())
}

/// Takes goods from the nearest stores until there is enough.
fn fetch(
    ask: &Ask<'_>,
    travel: &Travel<'_>,
    (scene, rule, to): (&Scene, &GoodsRule, Position),
    taken: &mut BTreeMap<u64, i64>,
    (wanted, proposal): (&mut Wanted, &mut Proposal),
) -> Result<(), RouteError> {
    let of_item = ask.pool.stock.get(&rule.item).map(Vec::as_slice).unwrap_or_default();
    let may_serve =
        |stock: &&StockAt| stock.lot.goods.unit == rule.unit && stock.lot.synthetic == scene.drill;
    let known = of_item.iter().any(|stock| may_serve(&stock));
    let free =
        |stock: &StockAt| stock.available.parts() - taken.get(&stock.lot.id).copied().unwrap_or(0);
    let lots: Vec<(&StockAt, Position)> = of_item
        .iter()
        .filter(may_serve)
        .filter(|stock| free(stock) > 0)
        .filter_map(|stock| Some((stock, stock.at?)))
        .collect();
    let some = !lots.is_empty();
    let legs = stores(travel, &lots, to)?;
    let mut reached: Vec<_> = lots
        .into_iter()
        .filter_map(|(stock, at)| Some(((stock, at), *legs.get(&stock.lot.store.id)?)))
        .collect();
    // Sorting keeps the order of equals: within a store what expires first stays first.
    reached.sort_by(|a, b| a.1.minutes.total_cmp(&b.1.minutes));
    let in_time = !reached.is_empty();
    let asked = Amount::of(wanted.missing).unwrap_or(Amount::MOST).parts();
    let mut missing = asked;
    for ((stock, at), leg) in reached {
        let used = taken.entry(stock.lot.id).or_default();
        let free = stock.available.parts() - *used;
        let part = missing.min(free);
        if part <= 0 {
            continue;
        }
        *used += part;
        missing -= part;
        let lot = &stock.lot;
        proposal.lines.push(Line {
            number: 0,
            incident: scene.id,
            rule: rule.key.clone(),
            at: Some(at),
            leg,
            minutes: leg.minutes,
            what: What::Goods {
                lot: lot.id,
                store: stock.store.clone(),
                area: lot.store.area,
                amount: units(part),
                unit: lot.goods.unit.clone(),
                expiry: lot.goods.expiry.map(|day| day.to_string()).unwrap_or_default(),
            },
        });
    }
    (wanted.sent, wanted.missing) = (units(asked - missing), units(missing));
    wanted.why = (missing > 0).then_some(match (known, some, in_time) {
        (false, ..) => Why::NobodyCan,
        (true, true, false) => Why::NobodyInTime,
        (true, ..) => Why::AllBusy,
    });
    Ok(())
}

/// Ways from the nearest stores of some lots, by the store.
fn stores(
    travel: &Travel<'_>,
    lots: &[(&StockAt, Position)],
    to: Position,
) -> Result<BTreeMap<RecordId, Leg>, RouteError> {
    let by_store: BTreeMap<RecordId, Position> =
        lots.iter().map(|(stock, at)| (stock.lot.store.id, *at)).collect();
    let mut near: Vec<(RecordId, Position)> = by_store.into_iter().collect();
    near.sort_by(|a, b| a.1.metres_to(to).total_cmp(&b.1.metres_to(to)));
    near.truncate(NEAREST);
    let from: Vec<Position> = near.iter().map(|(_, at)| *at).collect();
    let legs = travel.legs(TRUCK, &from, &[to])?;
    let known = near.into_iter().zip(legs);
    Ok(known.filter_map(|((id, _), row)| Some((id, row.first().copied().flatten()?))).collect())
}
