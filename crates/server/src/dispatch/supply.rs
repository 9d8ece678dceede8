//! Beds and goods to incidents: beds as a flow over all incidents at once; goods from the nearest stores, the more important need first,
//! within a store what expires first.

use std::collections::BTreeMap;

use helan_base::{
    need::{BedsRule, GoodsRule, priority_of},
    stock::{Amount, units},
};
use helan_kernel::Position;
use helan_route::{self as route, Matrix, RouteError, Short, Team};

use super::{Ask, Line, Proposal, Scene, Sort, Wanted, What, Why, forces::ms, travel::Travel};
use crate::forces::{Hospital, StockAt};

/// Who carries patients, and who carries goods.
const AMBULANCE: &str = "ambulance";
const TRUCK: &str = "fire-engine";
/// Stores that are looked at for each need, the nearest as the crow flies.
const NEAREST: usize = 100;

/// Finds beds; what is wanted and the lines go into the proposal.
///
/// # Errors
/// When there is too much of something.
pub fn beds(ask: &Ask<'_>, travel: &Travel<'_>, proposal: &mut Proposal) -> Result<(), RouteError> {
    let open = beds_wanted(ask, proposal);
    // A hospital's beds of a ward stand together: whoever can treat takes of the same ones.
    let wards: Vec<(&Hospital, Position, &helan_store::desk::forces::Beds)> = (ask.pool.hospitals)
        .iter()
        .filter_map(|hospital| Some((hospital, hospital.at?)))
        .flat_map(|(hospital, at)| hospital.beds.iter().map(move |beds| (hospital, at, beds)))
        .filter(|(_, _, beds)| beds.free > 0)
        .collect();
    let fits = |rule: &BedsRule, hospital: &Hospital, ward: &str| {
        rule.ward == ward && (rule.can.is_empty() || hospital.capabilities.contains(&rule.can))
    };
    let from: Vec<Position> = open.iter().map(|(_, _, at, _, _)| *at).collect();
    let to: Vec<Position> = wards.iter().map(|(_, at, _)| *at).collect();
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
    let team = |(number, (hospital, _, beds)): (usize, &(&Hospital, Position, &_))| {
        let beds: &helan_store::desk::forces::Beds = beds;
        let rules = open.iter().filter(|(_, rule, ..)| fits(rule, hospital, &beds.ward));
        let can = rules.map(|(_, rule, ..)| rule.key.clone()).collect();
        Team { key: number.to_string(), can, units: beds.free }
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
        let Some((((scene, rule, .., place), (hospital, at, beds)), leg)) = found else { continue };
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
            let units = rule.wanted(&scene.load);
            if units == 0 {
                continue;
            }
            let mut wanted = Wanted {
                incident: scene.id,
                rule: rule.key.clone(),
                sort: Sort::Beds,
                name: rule.name.clone(),
                amount: f64::from(units),
                unit: String::new(),
                under_way: 0.0,
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
    let mut lots: Vec<(&StockAt, Position)> = of_item
        .iter()
        .filter(|stock| stock.lot.goods.unit == rule.unit && (!scene.drill || stock.lot.synthetic))
        .filter_map(|stock| Some((stock, stock.at?)))
        .collect();
    // Sorting keeps the order of equals: within a store what expires first stays first.
    lots.sort_by(|a, b| a.1.metres_to(to).total_cmp(&b.1.metres_to(to)));
    lots.truncate(NEAREST);
    let from: Vec<Position> = lots.iter().map(|(_, at)| *at).collect();
    let legs = travel.legs(TRUCK, &from, &[to])?;
    let mut reached: Vec<_> = lots
        .iter()
        .zip(legs)
        .filter_map(|(lot, row)| Some((lot, row.first().copied().flatten()?)))
        .collect();
    reached.sort_by(|a, b| a.1.minutes.total_cmp(&b.1.minutes));
    let some = !reached.is_empty();
    let mut missing = Amount::of(wanted.missing).unwrap_or(Amount::MOST).parts();
    for ((stock, at), leg) in reached {
        let used = taken.entry(stock.lot.id).or_default();
        let free = stock.available.parts() - *used;
        let part = missing.min(free);
        if part <= 0 {
            continue;
        }
        *used += part;
        missing -= part;
        wanted.sent += units(part);
        let lot = &stock.lot;
        proposal.lines.push(Line {
            number: 0,
            incident: scene.id,
            rule: rule.key.clone(),
            at: Some(*at),
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
    wanted.missing = units(missing);
    wanted.why = (missing > 0).then_some(match (of_item.is_empty(), some) {
        (true, _) => Why::NobodyCan,
        (false, false) => Why::NobodyInTime,
        (false, true) => Why::AllBusy,
    });
    Ok(())
}
