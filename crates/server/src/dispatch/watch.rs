//! Looks whether the last proposal of each area still holds: it says so, and why not. Whoever commands asks for the next one.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use helan_base::force::OrderStage;
use helan_kernel::{AreaCode, command::IncidentState};
use helan_store::{
    StoreError,
    desk::{Desk, dispatch::Kept},
};
use serde::{Deserialize, Serialize};

use super::{
    Accepted, Proposal, Sort, What, Why,
    change::{self, Changed},
    travel::Travel,
};
use crate::{
    api::{Api, blocking, error::ApiError},
    forces::Force,
    roads::Now,
    serve::stopped,
};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(2);
/// A way that takes so much longer or shorter is another one, minutes.
const SAME_MIN: f64 = 1.0;

/// Why a proposal no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What happened.
    pub what: Happened,
    /// To whom or what: key and name of a force, number of an incident; may be empty.
    pub detail: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// A new incident is open.
    NewIncident,
    /// An incident is over.
    IncidentOver,
    /// A force cannot be sent, or does not work for the incident any more.
    ForceGone,
    /// Roads were closed or opened: a way is gone, or takes another time.
    Roads,
}

/// Looks as long as the server runs.
pub async fn run(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = look(&api).await {
            tracing::warn!(?error, "proposals of dispatch are not looked at");
        }
    }
}

/// Looks once; gives how many proposals no longer hold.
///
/// # Errors
/// When a file cannot be read, or the node has stopped.
pub async fn look(api: &Api) -> Result<usize, ApiError> {
    let desk = api.desk.clone();
    let fresh = blocking(move || desk.fresh_dispatches()).await??;
    if fresh.is_empty() {
        return Ok(0);
    }
    let open: Vec<(u64, AreaCode)> = api
        .platform
        .ask(|engine| {
            let incidents = engine.desk().incidents();
            let open = incidents.filter(|incident| incident.state != IncidentState::Closed);
            open.map(|incident| (incident.id.0, incident.area)).collect()
        })
        .await?;
    let shared = api.clone();
    blocking(move || {
        let mut stale = 0;
        for kept in fresh {
            // What an older program wrote is made anew by whoever asks.
            let Ok(proposal) = serde_json::from_str::<Proposal>(&kept.body) else { continue };
            let incidents = open.iter().filter(|(_, area)| kept.area.contains(*area));
            let incidents = incidents.map(|(id, _)| *id).collect();
            if let Some(reason) = reason(&shared, &kept, &proposal, &incidents)? {
                let text = serde_json::to_string(&reason).map_err(ApiError::internal)?;
                shared.desk.stale_dispatch(kept.id, shared.platform.now(), &text)?;
                stale += 1;
            }
        }
        Ok(stale)
    })
    .await?
}

fn reason(
    api: &Api,
    kept: &Kept,
    proposal: &Proposal,
    open: &BTreeSet<u64>,
) -> Result<Option<Reason>, ApiError> {
    let known: BTreeSet<u64> = proposal.scenes.iter().map(|scene| scene.id).collect();
    let incident = |what, id: &u64| Some(Reason { what, detail: id.to_string() });
    if let Some(id) = known.difference(open).next() {
        return Ok(incident(Happened::IncidentOver, id));
    }
    if let Some(id) = open.difference(&known).next().filter(|_| !proposal.named) {
        return Ok(incident(Happened::NewIncident, id));
    }
    let forces = api.forces.list(&api.base, &api.desk, kept.area, None)?;
    let accepted = accepted(&api.desk, kept.id)?;
    if let Some(reason) = gone(proposal, &accepted, &forces) {
        return Ok(Some(reason));
    }
    let stages = stages(&api.desk, proposal)?;
    let fell_out = |order| stages.get(order).copied().and_then(change::fell_out).is_some();
    if let Some(force) = proposal.at_work.iter().find(|force| fell_out(&force.order)) {
        let detail = format!("{} {} {}", force.kind, force.key, force.name);
        return Ok(Some(Reason { what: Happened::ForceGone, detail }));
    }
    Ok(roads(proposal, &accepted, &api.roads.now(), api.config.response.to_road_m))
}

/// What came of a line, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// An order, by its number.
    Order(u64),
    /// Promises of the stock ledger.
    Promised(Vec<u64>),
}

/// The lines that were accepted, and how far their orders are.
///
/// # Errors
/// When the file cannot be read.
pub fn accepted(desk: &Desk, proposal: u64) -> Result<Vec<Accepted>, StoreError> {
    let mut all = Vec::new();
    for taken in desk.taken_dispatch_lines(proposal)? {
        let Some(result) = taken.result else { continue };
        let stage = match serde_json::from_str(&result) {
            Ok(Came::Order(id)) => desk.force_order(id)?.map(|order| order.stage),
            Ok(Came::Promised(_)) | Err(_) => None,
        };
        all.push(Accepted { line: taken.line, stage });
    }
    Ok(all)
}

/// How far the orders are that were at work when a proposal was made.
///
/// # Errors
/// When the file cannot be read.
pub fn stages(desk: &Desk, proposal: &Proposal) -> Result<BTreeMap<u64, OrderStage>, StoreError> {
    let mut stages = BTreeMap::new();
    for force in &proposal.at_work {
        if let Some(order) = desk.force_order(force.order)? {
            stages.insert(order.id, order.stage);
        }
    }
    Ok(stages)
}

/// A force that cannot do what its line says.
fn gone(proposal: &Proposal, accepted: &[Accepted], forces: &[Force]) -> Option<Reason> {
    proposal.lines.iter().find_map(|line| {
        let What::Force { kind, key, name, .. } = &line.what else { return None };
        let mut same = forces.iter();
        let force =
            same.find(|force| force.facts.force.kind == *kind && force.facts.force.key == *key);
        let why = match accepted.iter().find(|one| one.line == line.number) {
            Some(sent) => sent.stage.and_then(change::fell_out),
            // One that works for the incident by another order does what the line says.
            None => force
                .map_or(Some(Changed::NotReady), |force| change::gone(force, line.incident))
                .filter(|why| *why != Changed::Ordered),
        };
        let detail = format!("{kind} {key} {name}");
        why.map(|_| Reason { what: Happened::ForceGone, detail })
    })
}

/// Whether the ways of the forces that are not sent yet are others now.
fn roads(proposal: &Proposal, accepted: &[Accepted], now: &Now, near_m: f64) -> Option<Reason> {
    // Right after a start the roads are not read yet.
    if now.network.is_none() || now.closures.keys().eq(proposal.closed.iter().map(String::as_str)) {
        return None;
    }
    let travel = Travel::new(now, near_m);
    let changed = proposal
        .lines
        .iter()
        .filter(|line| !accepted.iter().any(|one| one.line == line.number))
        .find_map(|line| {
            let What::Force { name, .. } = &line.what else { return None };
            let scene = proposal.scenes.iter().find(|scene| scene.id == line.incident)?;
            let class = class_of(proposal, line.incident, &line.rule)?;
            let leg = travel.leg(class, line.at?, scene.at?);
            let same = leg.is_some_and(|leg| (leg.minutes - line.leg.minutes).abs() < SAME_MIN);
            (!same).then(|| name.clone())
        });
    // Somebody who found no way may find one now.
    let short = || {
        let none = |wanted: &&super::Wanted| {
            wanted.sort == Sort::Force && wanted.why == Some(Why::NobodyInTime)
        };
        proposal.wanted.iter().find(none).map(|wanted| wanted.name.zh.clone())
    };
    changed.or_else(short).map(|detail| Reason { what: Happened::Roads, detail })
}

fn class_of<'a>(proposal: &'a Proposal, incident: u64, rule: &str) -> Option<&'a str> {
    let mut wanted = proposal.wanted.iter();
    let of = wanted.find(|wanted| wanted.incident == incident && wanted.rule == rule)?;
    Some(of.vehicle.as_str())
}
