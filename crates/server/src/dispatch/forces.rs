//! Teams and vehicles to incidents: as a flow of least cost over all needs at once.

use std::collections::{BTreeMap, BTreeSet};

use helan_base::{
    force::OrderStage,
    need::{Able, NeedRule, priority_of},
};
use helan_kernel::Position;
use helan_route::{self as route, Matrix, RouteError, Sent, Short, Team};

use super::{Ask, AtWork, Leg, Line, Proposal, Scene, Sort, Wanted, What, Why, travel::Travel};
use crate::forces::Force;

/// Forces that are looked at for each need, the nearest as the crow flies: several times what a need can ask for.
const NEAREST: usize = 200;
/// Longest that a force may take to turn out, minutes: beyond it nobody counts on it.
const LONGEST_TURNOUT_MIN: f64 = 24.0 * 60.0;

/// Something that is still needed.
struct Open<'a> {
    scene: &'a Scene,
    at: Position,
    rule: &'a NeedRule,
    units: u32,
    /// Place in the list of what is wanted.
    place: usize,
}

/// When forces would be there, minutes, by kind and key; none where no way leads.
pub type Arrivals = BTreeMap<(String, String), Option<f64>>;

/// What assigning knew, for whoever asks why something changed.
#[derive(Default)]
pub struct Assigned {
    /// Units that each need still asked for, by incident and rule.
    pub open: BTreeMap<(u64, String), u32>,
    /// When each force that was looked at would be there, minutes, by incident, rule, kind and key; none when no way leads there.
    pub there: BTreeMap<(u64, String), Arrivals>,
}

/// Whether a force can do what a rule asks for.
#[must_use]
pub fn can(force: &Force, by: &[Able]) -> bool {
    let facts = &force.facts;
    by.iter().any(|able| {
        able.kind == facts.force.kind
            && (able.can.is_empty() || facts.capabilities.contains(&able.can))
    })
}

/// Sends forces; what is wanted and the lines go into the proposal.
///
/// # Errors
/// When there is too much of something.
pub fn assign(
    ask: &Ask<'_>,
    travel: &Travel<'_>,
    proposal: &mut Proposal,
) -> Result<Assigned, RouteError> {
    let open = wanted(ask, proposal);
    let mut known = Assigned::default();
    for one in &open {
        known.open.insert((one.scene.id, one.rule.key.clone()), one.units);
    }
    // What is real comes first: drills share what it leaves.
    let (drills, real): (Vec<Open<'_>>, Vec<Open<'_>>) =
        open.into_iter().partition(|one| one.scene.drill);
    send(ask, travel, (&real, false), (&mut known, proposal))?;
    send(ask, travel, (&drills, true), (&mut known, proposal))?;
    Ok(known)
}

/// Sends forces to what is real, or to drills.
fn send(
    ask: &Ask<'_>,
    travel: &Travel<'_>,
    (open, drill): (&[Open<'_>], bool),
    (known, proposal): (&mut Assigned, &mut Proposal),
) -> Result<(), RouteError> {
    let forces = candidates(ask, (open, drill), proposal);
    let legs = legs(travel, &forces, open)?;
    let needs: Vec<route::Need> = open.iter().map(need).collect();
    let teams: Vec<Team> = forces.iter().map(|force| team(force, open)).collect();
    let times = times(&forces, &legs, open, known);
    let before = before(ask, open, &forces);
    let change = match ask.before.as_ref().and_then(|before| before.worth_min) {
        None => route::Change::Fewest,
        Some(minutes) => route::Change::Worth(ms(minutes)),
    };
    let earlier = ask.before.as_ref().map(|_| route::Before { sent: &before, change });
    let answer = route::assign(&needs, &teams, &times, earlier)?;
    for sent in &answer.sent {
        let (Some(one), Some(force)) = (open.get(sent.need), forces.get(sent.team)) else {
            continue;
        };
        let leg = legs.get(sent.team).and_then(|legs| legs.get(sent.need)).copied().flatten();
        let Some(leg) = leg else { continue };
        proposal.lines.push(line(one, force, leg));
        if let Some(wanted) = proposal.wanted.get_mut(one.place) {
            wanted.sent += f64::from(sent.units);
        }
    }
    for (number, units, why) in &answer.short {
        let Some(wanted) = open.get(*number).and_then(|one| proposal.wanted.get_mut(one.place))
        else {
            continue;
        };
        wanted.missing = f64::from(*units);
        wanted.why = Some(match why {
            Short::NobodyCan if any_can(ask, open.get(*number)) => Why::AllBusy,
            Short::NobodyCan => Why::NobodyCan,
            Short::NobodyInTime => Why::NobodyInTime,
            Short::AllBusy => Why::AllBusy,
        });
    }
    Ok(())
}

/// When each force would be there; what is known of it for questions afterwards.
fn times(
    forces: &[&Force],
    legs: &[Vec<Option<Leg>>],
    open: &[Open<'_>],
    known: &mut Assigned,
) -> Matrix {
    let mut rows_ms = Vec::with_capacity(forces.len());
    for (force, legs) in forces.iter().zip(legs) {
        let mut row = Vec::with_capacity(open.len());
        for (one, leg) in open.iter().zip(legs) {
            let minutes = leg.map(|leg| turnout_min(force) + leg.minutes);
            if can(force, &one.rule.by) {
                let of = known.there.entry((one.scene.id, one.rule.key.clone())).or_default();
                of.insert(key_of(force), minutes);
            }
            row.push(minutes.map(ms));
        }
        rows_ms.push(row);
    }
    Matrix { rows_ms }
}

/// Whether anybody of the area could do it, were they free.
fn any_can(ask: &Ask<'_>, open: Option<&Open<'_>>) -> bool {
    open.is_some_and(|one| {
        let mut forces = ask.pool.forces.iter().filter(|force| force.may_serve(one.scene.drill));
        forces.any(|force| can(force, &one.rule.by))
    })
}

/// What incidents ask for; what of it is not ordered yet.
fn wanted<'a>(ask: &'a Ask<'_>, proposal: &mut Proposal) -> Vec<Open<'a>> {
    let mut open = Vec::new();
    for scene in &ask.scenes {
        let mut at_work = at_work(ask, scene.id);
        let rules = ask.needs.forces.iter().filter(|rule| rule.incidents.contains(&scene.kind));
        // Whoever was sent for a need by name counts there before anybody who could do it, too.
        let mut counted: Vec<(&NeedRule, Vec<&Force>)> = rules
            .map(|rule| {
                let named =
                    |force: &Force, task: &str| task == rule.name.zh && can(force, &rule.by);
                (rule, take(&mut at_work, rule.wanted(&scene.load), named))
            })
            .collect();
        for (rule, forces) in &mut counted {
            let have = u32::try_from(forces.len()).unwrap_or(u32::MAX);
            let rest = rule.wanted(&scene.load).saturating_sub(have);
            forces.extend(take(&mut at_work, rest, |force, _| can(force, &rule.by)));
        }
        for (rule, forces) in counted {
            let under_way = u32::try_from(forces.len()).unwrap_or(u32::MAX);
            proposal.at_work.extend(forces.iter().filter_map(|force| kept(force, scene, rule)));
            let amount = rule.wanted(&scene.load);
            let done = ask.pool.done.get(&(scene.id, rule.name.zh.clone()));
            let under_way = (under_way + done.copied().unwrap_or(0)).min(amount);
            let units = amount.saturating_sub(under_way);
            let mut wanted = Wanted {
                incident: scene.id,
                rule: rule.key.clone(),
                sort: Sort::Force,
                name: rule.name.clone(),
                amount: f64::from(amount),
                unit: String::new(),
                under_way: f64::from(under_way),
                sent: 0.0,
                missing: 0.0,
                why: None,
                priority: priority_of(rule.priority, scene.grade),
                minutes: Some(rule.minutes),
                vehicle: rule.vehicle.clone(),
                source: rule.source.clone(),
                sure: rule.sure,
            };
            match scene.at {
                Some(at) if units > 0 => {
                    open.push(Open { scene, at, rule, units, place: proposal.wanted.len() });
                }
                None if units > 0 => {
                    (wanted.missing, wanted.why) = (f64::from(units), Some(Why::NoPlace));
                }
                _ => {}
            }
            proposal.wanted.push(wanted);
        }
    }
    open
}

/// Forces that work for an incident, with what they were sent for. One that was lost does not count: somebody must take its place.
fn at_work<'a>(ask: &'a Ask<'_>, incident: u64) -> Vec<(&'a Force, &'a str)> {
    let orders = ask.pool.forces.iter().filter_map(|force| Some((force, force.order.as_ref()?)));
    let here = orders
        .filter(|(_, order)| order.new.incident == incident && order.stage != OrderStage::Lost);
    here.map(|(force, order)| (force, order.new.task.as_str())).collect()
}

/// Takes some that fit out of a list.
fn take<'a>(
    from: &mut Vec<(&'a Force, &'a str)>,
    most: u32,
    fits: impl Fn(&Force, &str) -> bool,
) -> Vec<&'a Force> {
    let mut taken = Vec::new();
    from.retain(|(force, task)| {
        let takes = taken.len() < most as usize && fits(force, task);
        if takes {
            taken.push(*force);
        }
        !takes
    });
    taken
}

/// How a force at work is kept.
fn kept(force: &Force, scene: &Scene, rule: &NeedRule) -> Option<AtWork> {
    Some(AtWork {
        order: force.order.as_ref()?.id,
        incident: scene.id,
        rule: rule.key.clone(),
        kind: force.facts.force.kind.clone(),
        key: force.facts.force.key.clone(),
        name: force.facts.name.clone(),
    })
}

/// Free forces that could be sent and that the proposal does not send yet: the nearest of each need.
fn candidates<'a>(
    ask: &'a Ask<'_>,
    (open, drill): (&[Open<'_>], bool),
    proposal: &Proposal,
) -> Vec<&'a Force> {
    let sent: BTreeSet<(&str, &str)> = (proposal.lines.iter())
        .filter_map(|line| match &line.what {
            What::Force { kind, key, .. } => Some((kind.as_str(), key.as_str())),
            What::Goods { .. } | What::Beds { .. } => None,
        })
        .collect();
    let free: Vec<(&Force, Position)> = (ask.pool.forces.iter())
        .filter(|force| force.is_free_for(drill))
        .filter(|force| {
            let of = &force.facts.force;
            !sent.contains(&(of.kind.as_str(), of.key.as_str()))
        })
        .filter_map(|force| Some((force, force.place.as_ref()?.at)))
        .collect();
    let mut chosen = BTreeSet::new();
    for one in open {
        let able = free.iter().enumerate().filter(|(_, (force, _))| can(force, &one.rule.by));
        let mut able: Vec<(f64, usize)> =
            able.map(|(number, (_, at))| (at.metres_to(one.at), number)).collect();
        able.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        chosen.extend(able.into_iter().take(NEAREST).map(|(_, number)| number));
    }
    chosen.into_iter().filter_map(|number| Some(free.get(number)?.0)).collect()
}

/// Ways of all forces to all needs, each with the vehicles of the need.
fn legs(
    travel: &Travel<'_>,
    forces: &[&Force],
    open: &[Open<'_>],
) -> Result<Vec<Vec<Option<Leg>>>, RouteError> {
    let from: Vec<Position> =
        forces.iter().filter_map(|force| Some(force.place.as_ref()?.at)).collect();
    let mut all = vec![vec![None; open.len()]; forces.len()];
    let classes: BTreeSet<&str> = open.iter().map(|one| one.rule.vehicle.as_str()).collect();
    for class in classes {
        let of = open.iter().enumerate().filter(|(_, one)| one.rule.vehicle == class);
        let (places, to): (Vec<usize>, Vec<Position>) =
            of.map(|(place, one)| (place, one.at)).unzip();
        for (row, found) in all.iter_mut().zip(travel.legs(class, &from, &to)?) {
            for (place, leg) in places.iter().zip(found) {
                if let Some(cell) = row.get_mut(*place) {
                    *cell = leg;
                }
            }
        }
    }
    Ok(all)
}

fn need(open: &Open<'_>) -> route::Need {
    route::Need {
        key: format!("{}/{}", open.scene.id, open.rule.key),
        capability: open.rule.key.clone(),
        units: open.units,
        priority: priority_of(open.rule.priority, open.scene.grade),
        latest_ms: Some(ms(open.rule.minutes)),
    }
}

/// A force is one unit: an order binds the whole of it.
fn team(force: &Force, open: &[Open<'_>]) -> Team {
    let rules = open.iter().filter(|one| can(force, &one.rule.by));
    Team {
        key: format!("{}/{}", force.facts.force.kind, force.facts.force.key),
        can: rules.map(|one| one.rule.key.clone()).collect(),
        units: 1,
    }
}

/// Who was sent before and could be sent again, in the numbers of now.
fn before(ask: &Ask<'_>, open: &[Open<'_>], forces: &[&Force]) -> Vec<Sent> {
    let Some(before) = &ask.before else { return Vec::new() };
    let again = before.standing().filter_map(|line| {
        let What::Force { kind, key, .. } = &line.what else { return None };
        let need = open
            .iter()
            .position(|one| one.scene.id == line.incident && one.rule.key == line.rule)?;
        let same =
            |force: &&Force| force.facts.force.kind == *kind && force.facts.force.key == *key;
        Some(Sent { need, team: forces.iter().position(same)?, units: 1, time_ms: 0 })
    });
    again.collect()
}

fn line(one: &Open<'_>, force: &Force, leg: Leg) -> Line {
    let facts = &force.facts;
    Line {
        number: 0,
        incident: one.scene.id,
        rule: one.rule.key.clone(),
        at: force.place.as_ref().map(|seen| seen.at),
        leg,
        minutes: turnout_min(force) + leg.minutes,
        what: What::Force {
            kind: facts.force.kind.clone(),
            key: facts.force.key.clone(),
            name: facts.name.clone(),
            area: facts.area,
            turnout_min: turnout_min(force),
        },
    }
}

pub(super) fn key_of(force: &Force) -> (String, String) {
    (force.facts.force.kind.clone(), force.facts.force.key.clone())
}

/// Minutes until it leaves; what nobody wrote down counts as nothing.
#[must_use]
pub fn turnout_min(force: &Force) -> f64 {
    force.facts.turnout_min.unwrap_or(0.0).clamp(0.0, LONGEST_TURNOUT_MIN)
}

/// Minutes as milliseconds.
pub(super) fn ms(minutes: f64) -> u32 {
    /// A week: far beyond what any need allows.
    const MOST_MIN: f64 = 7.0 * 24.0 * 60.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a week, which fits"
    )]
    let ms = (minutes.clamp(0.0, MOST_MIN) * 60_000.0) as u32;
    ms
}
