//! Proposals of dispatch on the wire.

use std::collections::BTreeMap;

use helan_base::force::OrderStage;
use helan_store::desk::dispatch::{Kept, Taken};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Position, Text};
use crate::dispatch::{
    self, Proposal,
    watch::{Came, Reason},
};

/// What is to be proposed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchAsk {
    /// Numbers of incidents; null: all that are open in the caller's area.
    pub incidents: Option<Vec<u64>>,
    /// How many minutes a change must win when a proposal is made anew; null: as few changes as possible.
    pub worth_min: Option<f64>,
}

/// What is accepted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchAccept {
    /// Number of the proposal: the last one of the caller's area.
    pub proposal: u64,
    /// Numbers of lines; null: all.
    pub lines: Option<Vec<u32>>,
}

/// Why a proposal no longer holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchStale {
    /// Since when, ms UTC.
    pub at: i64,
    /// `new-incident`, `incident-over`, `needs`, `force-gone`, `goods`, `beds` or `roads`.
    pub what: String,
    /// Number of the incident (of `needs`: and the name of what is needed), the force, the store or the hospital; may be empty.
    pub detail: String,
}

/// An incident of a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchScene {
    /// Number of the incident.
    pub id: u64,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: Text,
    /// Where, in words.
    pub place: String,
    /// Its area.
    pub area: u32,
    /// Where.
    pub position: Option<Position>,
    /// Response level; null before somebody graded it: it counts as III.
    pub grade: Option<u8>,
    /// Whether it is a drill.
    pub drill: bool,
    /// People inside its danger area, as expected now.
    pub people: f64,
    /// Those inside the worst level.
    pub threatened: f64,
    /// Patients reported.
    pub patients: f64,
    /// Surface of the danger area, km².
    pub area_km2: f64,
    /// Whether its people could be counted.
    pub counted: bool,
    /// Open orders of forces for it, by whatever proposal or by hand.
    pub orders: u32,
}

/// Something that an incident asks for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchNeed {
    /// Number of the incident.
    pub incident: u64,
    /// Key of the rule.
    pub rule: String,
    /// `force`, `goods` or `beds`.
    #[schema(value_type = String)]
    pub sort: dispatch::Sort,
    /// Its name.
    pub name: Text,
    /// How much in all.
    pub amount: f64,
    /// Unit of goods; empty for forces and beds.
    pub unit: String,
    /// How much of it is ordered or promised already.
    pub under_way: f64,
    /// How much the proposal sends.
    pub sent: f64,
    /// How much is missing.
    pub missing: f64,
    /// `nobody-can`, `nobody-in-time`, `all-busy` or `no-place`; null when nothing is missing.
    #[schema(value_type = Option<String>)]
    pub why: Option<dispatch::Why>,
    /// How important, 1 to 1000.
    pub priority: u32,
    /// What comes later is of no use, minutes; null for goods.
    pub latest_min: Option<f64>,
    /// Class of vehicles that come, as ways are asked for.
    pub vehicle: String,
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    pub sure: bool,
}

/// One line of a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchLine {
    /// Its number.
    pub line: u32,
    /// Number of the incident.
    pub incident: u64,
    /// Key of the rule that asks for it.
    pub rule: String,
    /// Force, store or hospital, as it is.
    pub position: Option<Position>,
    /// When it is there, minutes from the order; of beds, minutes on the way to them.
    pub minutes: f64,
    /// Minutes of that on the way.
    pub travel_min: f64,
    /// Whether the way is by road; else it is reckoned from the straight distance.
    pub by_road: bool,
    /// What is sent.
    #[schema(value_type = Object)]
    pub what: dispatch::What,
    /// Account that accepted it; null while nobody did.
    pub accepted_by: Option<String>,
    /// Number of the order to a force that it became.
    pub order: Option<u64>,
    /// How far that order is: `ordered`, `accepted`, `moving`, `on-scene`, `lost`, `done`, `declined` or `recalled`; null when it is none.
    #[schema(value_type = Option<String>)]
    pub stage: Option<OrderStage>,
    /// Numbers of the allocations of the stock ledger that it became.
    pub allocations: Vec<u64>,
}

/// A force that is sent otherwise than before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchChange {
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
    /// When it would have been there, minutes; null when it was not sent before.
    pub before_min: Option<f64>,
    /// When it is there, minutes; null when it is not sent any more.
    pub after_min: Option<f64>,
    /// `incident-over`, `lost`, `elsewhere`, `ordered`, `not-ready`, `no-way`, `less-needed`, `better`, `more-needed`, `replaces` or
    /// `time`.
    #[schema(value_type = String)]
    pub why: dispatch::Changed,
}

/// Who is sent where.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dispatch {
    /// Number of the proposal.
    pub id: u64,
    /// Area whose forces and incidents it is about.
    pub area: u32,
    /// When it was made, ms UTC.
    pub at: i64,
    /// Account that asked for it.
    pub by: String,
    /// Number of the proposal before; null when there was none.
    pub before: Option<u64>,
    /// Why it no longer holds; null while it does.
    pub stale: Option<DispatchStale>,
    /// The incidents.
    pub incidents: Vec<DispatchScene>,
    /// What they ask for, the most important first.
    pub needs: Vec<DispatchNeed>,
    /// Who and what is sent.
    pub lines: Vec<DispatchLine>,
    /// What is different from the proposal before, and why.
    pub changes: Vec<DispatchChange>,
    /// `no-roads`, `off-road`, `not-counted`, `no-rule`, `unsure`.
    #[schema(value_type = Vec<String>)]
    pub warnings: Vec<dispatch::Warning>,
}

/// What came of a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchDone {
    /// Its number.
    pub line: u32,
    /// Whether it is an order or a promise now.
    pub done: bool,
    /// Number of the order to a force.
    pub order: Option<u64>,
    /// Numbers of the allocations of the stock ledger.
    pub allocations: Vec<u64>,
    /// Beds that are spoken for.
    pub beds: Option<u32>,
    /// Why not, a code of errors: `conflict` (it works for another incident, or there is a newer proposal), `wrong-state` (it cannot
    /// leave), `not-enough`, `not-found` (the incident is over), `out-of-range` (no such line).
    pub why: Option<String>,
}

impl Dispatch {
    /// A proposal as it is kept, with what was accepted of it, how far the orders of its lines are, and how many orders are open by
    /// incident.
    #[must_use]
    pub fn of(
        kept: Kept,
        proposal: Proposal,
        (taken, stages, orders): (&[Taken], &BTreeMap<u32, OrderStage>, &BTreeMap<u64, u32>),
    ) -> Self {
        let Kept { id, area, at, by, stale, .. } = kept;
        let stale = stale.map(|(at, text)| match serde_json::from_str::<Reason>(&text) {
            Ok(Reason { what, detail }) => {
                let word = serde_json::to_value(what).ok();
                let what = word.and_then(|word| word.as_str().map(str::to_owned));
                DispatchStale { at: at.0, what: what.unwrap_or_default(), detail }
            }
            Err(_) => DispatchStale { at: at.0, what: String::new(), detail: text },
        });
        let line = |line: dispatch::Line| {
            let stage = stages.get(&line.number).copied();
            DispatchLine::of(line, taken, stage)
        };
        let scene = |scene: dispatch::Scene| {
            let orders = orders.get(&scene.id).copied().unwrap_or(0);
            DispatchScene::of(scene, orders)
        };
        Self {
            id,
            area: area.0,
            at: at.0,
            by,
            before: proposal.before,
            stale,
            incidents: proposal.scenes.into_iter().map(scene).collect(),
            needs: proposal.wanted.into_iter().map(DispatchNeed::from).collect(),
            lines: proposal.lines.into_iter().map(line).collect(),
            changes: proposal.changes.into_iter().map(DispatchChange::from).collect(),
            warnings: proposal.warnings,
        }
    }
}

impl DispatchScene {
    fn of(scene: dispatch::Scene, orders: u32) -> Self {
        Self {
            id: scene.id,
            kind: scene.kind,
            name: (&scene.name).into(),
            place: scene.place,
            area: scene.area.0,
            position: scene.at.map(Into::into),
            grade: scene.grade,
            drill: scene.drill,
            people: scene.load.people,
            threatened: scene.load.threatened,
            patients: scene.load.patients,
            area_km2: scene.load.area_km2,
            counted: scene.counted,
            orders,
        }
    }
}

impl From<dispatch::Wanted> for DispatchNeed {
    fn from(wanted: dispatch::Wanted) -> Self {
        Self {
            incident: wanted.incident,
            rule: wanted.rule,
            sort: wanted.sort,
            name: (&wanted.name).into(),
            amount: wanted.amount,
            unit: wanted.unit,
            under_way: wanted.under_way,
            sent: wanted.sent,
            missing: wanted.missing,
            why: wanted.why,
            priority: wanted.priority,
            latest_min: wanted.minutes,
            vehicle: wanted.vehicle,
            source: wanted.source,
            sure: wanted.sure,
        }
    }
}

impl DispatchLine {
    fn of(line: dispatch::Line, taken: &[Taken], stage: Option<OrderStage>) -> Self {
        let mine = taken.iter().find(|one| one.line == line.number);
        let came = mine.and_then(|one| serde_json::from_str(one.result.as_deref()?).ok());
        let Parts { order, allocations, .. } = Parts::of(came);
        Self {
            line: line.number,
            incident: line.incident,
            rule: line.rule,
            position: line.at.map(Into::into),
            minutes: line.minutes,
            travel_min: line.leg.minutes,
            by_road: line.leg.by_road,
            what: line.what,
            accepted_by: mine.filter(|one| one.result.is_some()).map(|one| one.by.clone()),
            order,
            stage,
            allocations,
        }
    }
}

/// What a line became.
#[derive(Default)]
struct Parts {
    order: Option<u64>,
    allocations: Vec<u64>,
    beds: Option<u32>,
}

impl Parts {
    fn of(came: Option<Came>) -> Self {
        match came {
            Some(Came::Order(id)) => Self { order: Some(id), ..Self::default() },
            Some(Came::Promised(allocations)) => Self { allocations, ..Self::default() },
            Some(Came::Beds(beds)) => Self { beds: Some(beds), ..Self::default() },
            None => Self::default(),
        }
    }
}

impl From<dispatch::Difference> for DispatchChange {
    fn from(change: dispatch::Difference) -> Self {
        let dispatch::Difference { incident, rule, kind, key, name, before_min, after_min, why } =
            change;
        Self { incident, rule, kind, key, name, before_min, after_min, why }
    }
}

impl DispatchDone {
    /// It was done.
    #[must_use]
    pub fn done(line: u32, came: Came) -> Self {
        let Parts { order, allocations, beds } = Parts::of(Some(came));
        Self { line, done: true, order, allocations, beds, why: None }
    }

    /// It was not.
    #[must_use]
    pub const fn refused(line: u32, why: String) -> Self {
        Self { line, done: false, order: None, allocations: Vec::new(), beds: None, why: Some(why) }
    }
}
