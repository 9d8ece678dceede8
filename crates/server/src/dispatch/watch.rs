//! Looks whether the last proposal of each area still holds: it says so, and why not. Whoever commands asks for the next one.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use helan_base::{
    force::OrderStage,
    need::{Needs, priority_of},
    stock::{Account, units},
};
use helan_kernel::{AreaCode, IncidentId, command::IncidentState};
use helan_store::{
    StoreError,
    desk::{Desk, dispatch::Kept},
};
use serde::{Deserialize, Serialize};

use super::{
    Accepted, Line, Proposal, Scene, Sort, What, Why,
    change::{self, Changed},
    read,
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
/// Every so many looks it is counted anew what incidents ask for: people inside are counted for it, which takes longer.
const NEEDS_EVERY: usize = 10;
/// An amount of goods that changed by no more than this part of it is the same: people come and go.
const SAME_PART: f64 = 0.1;
/// Half of the least amount that the ledger counts.
const LEAST_UNIT: f64 = 0.0005;
/// A way that takes so much longer or shorter is another one, minutes.
const SAME_MIN: f64 = 1.0;

/// Why a proposal no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What happened.
    pub what: Happened,
    /// To whom or what: kind, key and name of a force; number of an incident, and with it the name of what it needs; a store or a hospital;
    /// may be empty.
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
    /// An incident asks for more or less than before, or for something that is more or less important now.
    Needs,
    /// A force cannot be sent, or does not work for the incident any more.
    ForceGone,
    /// Goods were taken elsewhere, or those that were promised do not come.
    Goods,
    /// Beds are not free any more.
    Beds,
    /// Roads were closed or opened: a way is gone, or takes another time.
    Roads,
}

/// Looks as long as the server runs.
pub async fn run(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(EVERY);
    for needs in (0..NEEDS_EVERY).map(|time| time == 0).cycle() {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = look(&api, needs).await {
            tracing::warn!(?error, "proposals of dispatch are not looked at");
        }
    }
}

/// Looks once, perhaps also at what incidents ask for now; gives how many proposals no longer hold.
///
/// # Errors
/// When a file cannot be read, or the node has stopped.
pub async fn look(api: &Api, needs: bool) -> Result<usize, ApiError> {
    let desk = api.desk.clone();
    let fresh = blocking(move || desk.fresh_dispatches()).await??;
    let mut stale = 0;
    for kept in fresh {
        // What an older program wrote is made anew by whoever asks.
        let Ok(proposal) = serde_json::from_str::<Proposal>(&kept.body) else { continue };
        if let Some(reason) = reason(api, &kept, proposal, needs).await? {
            let text = serde_json::to_string(&reason).map_err(ApiError::internal)?;
            let (desk, now) = (api.desk.clone(), api.platform.now());
            blocking(move || desk.stale_dispatch(kept.id, now, &text)).await??;
            stale += 1;
        }
    }
    Ok(stale)
}

async fn reason(
    api: &Api,
    kept: &Kept,
    proposal: Proposal,
    needs: bool,
) -> Result<Option<Reason>, ApiError> {
    let area = kept.area;
    let open: BTreeSet<u64> = api
        .platform
        .ask(move |engine| {
            let incidents = engine.desk().incidents().filter(|incident| {
                incident.state != IncidentState::Closed && area.contains(incident.area)
            });
            incidents.map(|incident| incident.id.0).collect()
        })
        .await?;
    let known: BTreeSet<u64> = proposal.scenes.iter().map(|scene| scene.id).collect();
    let incident = |what, id: &u64| Some(Reason { what, detail: id.to_string() });
    if let Some(id) = known.difference(&open).next() {
        return Ok(incident(Happened::IncidentOver, id));
    }
    if let Some(id) = open.difference(&known).next().filter(|_| !proposal.named) {
        return Ok(incident(Happened::NewIncident, id));
    }
    if needs && let Some(reason) = needs_changed(api, area, &proposal).await? {
        return Ok(Some(reason));
    }
    let (shared, id) = (api.clone(), kept.id);
    blocking(move || fallen(&shared, (id, area), &proposal)).await?
}

/// Whether incidents ask for something else now.
async fn needs_changed(
    api: &Api,
    area: AreaCode,
    proposal: &Proposal,
) -> Result<Option<Reason>, ApiError> {
    for before in &proposal.scenes {
        let id = IncidentId(before.id);
        let incident = api.platform.ask(move |engine| engine.desk().incident(id).cloned());
        let Some(incident) = incident.await? else { continue };
        let now = read::scene(api, incident, (area, before.sees_people)).await?;
        if let Some(name) = asks_otherwise(&api.needs, proposal, before, &now) {
            let detail = format!("{} {name}", before.id).trim_end().to_owned();
            return Ok(Some(Reason { what: Happened::Needs, detail }));
        }
    }
    Ok(None)
}

/// Name of the first need that an incident has otherwise than before.
fn asks_otherwise(
    needs: &Needs,
    proposal: &Proposal,
    before: &Scene,
    now: &Scene,
) -> Option<String> {
    if before.at.is_none() && now.at.is_some() {
        return Some(String::new());
    }
    let was = |rule: &str| {
        let mut wanted = proposal.wanted.iter();
        wanted.find(|wanted| wanted.incident == now.id && wanted.rule == rule)
    };
    // Whoever comes too little or with the wrong weight is missed by somebody; a little more water is not.
    let otherwise = |rule: &str, amount: f64, priority: u32, exact: bool| {
        let (old, weight) = was(rule).map_or((0.0, priority), |old| (old.amount, old.priority));
        let same = if exact { 0.5 } else { (old * SAME_PART).max(0.5) };
        (amount - old).abs() > same || (amount > 0.0 && weight != priority)
    };
    let kind = &now.kind;
    let weight = |priority| priority_of(priority, now.grade);
    let mut forces = needs.forces.iter().filter(|rule| rule.incidents.contains(kind));
    let force = forces.find(|rule| {
        otherwise(&rule.key, rule.wanted(&now.load).into(), weight(rule.priority), true)
    });
    let mut beds = needs.beds.iter().filter(|rule| rule.incidents.contains(kind));
    let bed = beds.find(|rule| {
        otherwise(&rule.key, rule.wanted(&now.load).into(), weight(rule.priority), true)
    });
    let mut goods = needs.goods.iter().filter(|rule| rule.incidents.contains(kind));
    let good = goods.find(|rule| {
        otherwise(&rule.key, rule.wanted(&now.load).units(), weight(rule.priority), false)
    });
    let name = force.map(|rule| &rule.name).or(bed.map(|rule| &rule.name));
    name.or(good.map(|rule| &rule.name)).map(|name| name.zh.clone())
}

/// Whether somebody or something that a proposal counts on fell out.
fn fallen(
    api: &Api,
    (id, area): (u64, AreaCode),
    proposal: &Proposal,
) -> Result<Option<Reason>, ApiError> {
    let forces = api.forces.list(&api.base, &api.desk, area, None)?;
    let accepted = accepted(&api.desk, id)?;
    if let Some(reason) = gone(proposal, &accepted, &forces) {
        return Ok(Some(reason));
    }
    let stages = stages(&api.desk, proposal)?;
    let fell_out = |order| stages.get(order).copied().and_then(change::fell_out).is_some();
    if let Some(force) = proposal.at_work.iter().find(|force| fell_out(&force.order)) {
        let detail = format!("{} {} {}", force.kind, force.key, force.name);
        return Ok(Some(Reason { what: Happened::ForceGone, detail }));
    }
    if let Some(detail) = goods_gone(api, area, proposal, &accepted)? {
        return Ok(Some(Reason { what: Happened::Goods, detail }));
    }
    if let Some(detail) = beds_gone(api, area, proposal, &accepted)? {
        return Ok(Some(Reason { what: Happened::Beds, detail }));
    }
    Ok(roads(proposal, &accepted, &api.roads.now(), api.config.response.to_road_m))
}

fn is_accepted(accepted: &[Accepted], line: &Line) -> bool {
    accepted.iter().any(|one| one.line == line.number)
}

/// The first store that has no longer what lines count on, or the first goods that were promised and do not come.
fn goods_gone(
    api: &Api,
    area: AreaCode,
    proposal: &Proposal,
    accepted: &[Accepted],
) -> Result<Option<String>, StoreError> {
    let mut lots: BTreeMap<u64, (f64, &str)> = BTreeMap::new();
    // What incidents had, and what was accepted for them since, by incident and rule.
    let mut had: BTreeMap<(u64, &str), f64> = proposal
        .wanted
        .iter()
        .filter(|wanted| wanted.sort == Sort::Goods)
        .map(|wanted| ((wanted.incident, wanted.rule.as_str()), wanted.under_way))
        .collect();
    for line in &proposal.lines {
        let What::Goods { lot, amount, store, .. } = &line.what else { continue };
        if is_accepted(accepted, line) {
            *had.entry((line.incident, &line.rule)).or_default() += amount;
        } else {
            lots.entry(*lot).or_insert((0.0, store)).0 += amount;
        }
    }
    for (lot, (amount, store)) in lots {
        let lot = api.desk.stock_lot(lot)?;
        let free = lot.map_or(0, |lot| lot.balances.of(Account::Available));
        if units(free) + LEAST_UNIT < amount {
            return Ok(Some(store.to_owned()));
        }
    }
    for scene in &proposal.scenes {
        let now = api.desk.stock_of_incident(area, scene.id)?;
        for rule in api.needs.goods.iter().filter(|rule| rule.incidents.contains(&scene.kind)) {
            let had = had.get(&(scene.id, rule.key.as_str())).copied().unwrap_or(0.0);
            let has = now.get(&(rule.item.clone(), rule.unit.clone())).copied().unwrap_or(0);
            if units(has) + LEAST_UNIT < had {
                return Ok(Some(rule.name.zh.clone()));
            }
        }
    }
    Ok(None)
}

/// The first hospital that has no longer the beds that lines count on.
fn beds_gone(
    api: &Api,
    area: AreaCode,
    proposal: &Proposal,
    accepted: &[Accepted],
) -> Result<Option<String>, ApiError> {
    let mut wards: BTreeMap<(&str, &str), (u32, &str)> = BTreeMap::new();
    for line in proposal.lines.iter().filter(|line| !is_accepted(accepted, line)) {
        let What::Beds { hospital, name, ward, beds, .. } = &line.what else { continue };
        let of = wards.entry((hospital, ward)).or_insert((0, name));
        of.0 = of.0.saturating_add(*beds);
    }
    if wards.is_empty() {
        return Ok(None);
    }
    let hospitals = read::hospitals(api, area, api.platform.now())?;
    let free = |key: &str, ward: &str| {
        let known = hospitals.iter().filter(|hospital| hospital.key == key);
        let mut beds = known.flat_map(|hospital| &hospital.beds);
        beds.find(|beds| beds.ward == ward).map_or(0, |beds| beds.free)
    };
    let gone = wards.into_iter().find(|((key, ward), (beds, _))| free(key, ward) < *beds);
    Ok(gone.map(|(_, (_, name))| name.to_owned()))
}

/// What came of a line, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// An order, by its number.
    Order(u64),
    /// Promises of the stock ledger.
    Promised(Vec<u64>),
    /// Beds that are spoken for.
    Beds(u32),
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
            Ok(Came::Promised(_) | Came::Beds(_)) | Err(_) => None,
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
    let is_drill = |id| proposal.scenes.iter().any(|scene| scene.id == id && scene.drill);
    proposal.lines.iter().find_map(|line| {
        let What::Force { kind, key, name, .. } = &line.what else { return None };
        let mut same = forces.iter();
        let force =
            same.find(|force| force.facts.force.kind == *kind && force.facts.force.key == *key);
        let why = match accepted.iter().find(|one| one.line == line.number) {
            Some(sent) => sent.stage.and_then(change::fell_out),
            // One that works for the incident by another order does what the line says.
            None => force
                .map_or(Some(Changed::NotReady), |force| {
                    change::gone(force, (line.incident, is_drill(line.incident)))
                })
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
    let changed =
        proposal.lines.iter().filter(|line| !is_accepted(accepted, line)).find_map(|line| {
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
