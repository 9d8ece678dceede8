//! What is different from the proposal before, and why.

use std::collections::{BTreeMap, BTreeSet};

use helan_base::force::OrderStage;
use serde::{Deserialize, Serialize};

use super::{Ask, AtWork, Before, Line, Proposal, What, forces::Assigned};
use crate::forces::Force;

/// A time that changed by less than this is the same, minutes.
const SAME_MIN: f64 = 1.0;

/// Why a line changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    /// The incident is over, or no longer asked about.
    IncidentOver,
    /// The force was lost.
    Lost,
    /// The force works for another incident now.
    Elsewhere,
    /// The force works for this incident already.
    Ordered,
    /// The force says that it cannot come, was called back, or its record is gone.
    NotReady,
    /// No way leads there any more, or it takes too long.
    NoWay,
    /// The incident asks for less.
    LessNeeded,
    /// Others do it better together.
    Better,
    /// The incident asks for it anew, or for more.
    MoreNeeded,
    /// It takes the place of one that fell out.
    Replaces,
    /// The way takes longer or shorter.
    Time,
}

/// A force that is sent otherwise than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Number of the incident.
    pub incident: u64,
    /// Key of the rule.
    pub rule: String,
    /// Kind of the force.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When it would have been there; none when it was not sent before.
    pub before_min: Option<f64>,
    /// When it is there; none when it is not sent any more.
    pub after_min: Option<f64>,
    /// Why.
    pub why: Changed,
}

type Key<'a> = (u64, &'a str, &'a str, &'a str);

fn forces<'a>(lines: impl Iterator<Item = &'a Line>) -> BTreeMap<Key<'a>, &'a Line> {
    let keyed = lines.filter_map(|line| match &line.what {
        What::Force { kind, key, .. } => {
            Some(((line.incident, line.rule.as_str(), kind.as_str(), key.as_str()), line))
        }
        What::Goods { .. } | What::Beds { .. } => None,
    });
    keyed.collect()
}

/// The differences: first what falls out, then what comes in, then what takes another time.
#[must_use]
pub fn between(
    ask: &Ask<'_>,
    before: &Before<'_>,
    known: &Assigned,
    proposal: &Proposal,
) -> Vec<Difference> {
    let (old, new) = (forces(before.standing()), forces(proposal.lines.iter()));
    let open = |id: u64| ask.scenes.iter().any(|scene| scene.id == id);
    let mut changes = Vec::new();
    let mut fallen: BTreeSet<(u64, &str)> = BTreeSet::new();
    for (key, line) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
        fallen.insert((key.0, key.1));
        changes.push(difference(line, (Some(line.minutes), None), why_out(ask, known, line)));
    }
    // A force that was accepted and is lost since: another one takes its place.
    for line in &before.proposal.lines {
        let accepted = before.accepted.iter().find(|one| one.line == line.number);
        let why = accepted.and_then(|one| fell_out(one.stage?));
        if let Some(why) = why.filter(|_| open(line.incident)) {
            fallen.insert((line.incident, &line.rule));
            changes.push(difference(line, (Some(line.minutes), None), why));
        }
    }
    for force in &before.proposal.at_work {
        let why = before.stages.get(&force.order).copied().and_then(fell_out);
        if let Some(why) = why.filter(|_| open(force.incident)) {
            fallen.insert((force.incident, &force.rule));
            changes.push(fell(force, why));
        }
    }
    for (key, line) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        let why = match fallen.contains(&(key.0, key.1)) {
            true => Changed::Replaces,
            false => Changed::MoreNeeded,
        };
        changes.push(difference(line, (None, Some(line.minutes)), why));
    }
    for (key, line) in &new {
        if let Some(was) = old.get(key).filter(|was| (was.minutes - line.minutes).abs() >= SAME_MIN)
        {
            changes.push(difference(line, (Some(was.minutes), Some(line.minutes)), Changed::Time));
        }
    }
    changes
}

fn difference(
    line: &Line,
    (before_min, after_min): (Option<f64>, Option<f64>),
    why: Changed,
) -> Difference {
    let (kind, key, name) = match &line.what {
        What::Force { kind, key, name, .. } => (kind.clone(), key.clone(), name.clone()),
        What::Goods { .. } | What::Beds { .. } => Default::default(),
    };
    Difference {
        incident: line.incident,
        rule: line.rule.clone(),
        kind,
        key,
        name,
        before_min,
        after_min,
        why,
    }
}

/// A force that was at work and is not any more.
fn fell(force: &AtWork, why: Changed) -> Difference {
    Difference {
        incident: force.incident,
        rule: force.rule.clone(),
        kind: force.kind.clone(),
        key: force.key.clone(),
        name: force.name.clone(),
        before_min: None,
        after_min: None,
        why,
    }
}

fn force_of<'a>(ask: &'a Ask<'_>, line: &Line) -> Option<&'a Force> {
    let What::Force { kind, key, .. } = &line.what else { return None };
    let mut forces = ask.pool.forces.iter();
    forces.find(|force| force.facts.force.kind == *kind && force.facts.force.key == *key)
}

/// Why a force is not sent any more.
fn why_out(ask: &Ask<'_>, known: &Assigned, line: &Line) -> Changed {
    if !ask.scenes.iter().any(|scene| scene.id == line.incident) {
        return Changed::IncidentOver;
    }
    let Some(force) = force_of(ask, line) else { return Changed::NotReady };
    let drill = ask.scenes.iter().any(|scene| scene.id == line.incident && scene.drill);
    if let Some(why) = gone(force, (line.incident, drill)) {
        return why;
    }
    let need = (line.incident, line.rule.clone());
    if known.open.get(&need).is_none_or(|units| *units == 0) {
        return Changed::LessNeeded;
    }
    let rule = ask.needs.forces.iter().find(|rule| rule.key == line.rule);
    let there = known.there.get(&need).and_then(|there| there.get(&super::forces::key_of(force)));
    let in_time =
        there.copied().flatten().zip(rule).is_some_and(|(there, rule)| there <= rule.minutes);
    if in_time { Changed::Better } else { Changed::NoWay }
}

/// Why a force cannot be sent to an incident, which is a drill or not, now; none when it can.
#[must_use]
pub fn gone(force: &Force, (incident, drill): (u64, bool)) -> Option<Changed> {
    match force.binding(drill) {
        Some(order) if order.stage == OrderStage::Lost => Some(Changed::Lost),
        Some(order) if order.new.incident == incident => Some(Changed::Ordered),
        Some(_) => Some(Changed::Elsewhere),
        None if !force.is_free_for(drill) => Some(Changed::NotReady),
        None => None,
    }
}

/// Whether an order brings nobody any more, and why.
#[must_use]
pub const fn fell_out(stage: OrderStage) -> Option<Changed> {
    match stage {
        OrderStage::Lost => Some(Changed::Lost),
        OrderStage::Declined | OrderStage::Recalled => Some(Changed::NotReady),
        OrderStage::Ordered
        | OrderStage::Accepted
        | OrderStage::Moving
        | OrderStage::OnScene
        | OrderStage::Done => None,
    }
}
