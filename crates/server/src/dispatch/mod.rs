//! Who is sent where, over several incidents at once: what incidents ask for (packs) against the forces, goods and beds that are free, by
//! capability and by the time that the ways take now.
//!
//! A proposal changes nothing; it is kept, so that a next one can stay as near to it as what has happened allows, and say what changed and
//! why. Start reading at [`propose`].

mod change;
mod forces;
pub mod read;
mod supply;
mod travel;
pub mod watch;

use std::collections::BTreeMap;

use helan_base::{
    force::OrderStage,
    need::{Load, Needs},
};
use helan_kernel::{AreaCode, Ms, Position, Text};
use helan_route::RouteError;
use serde::{Deserialize, Serialize};

use crate::{
    forces::{Force, Hospital, StockAt},
    roads::Now,
};

pub use change::{Changed, Difference};
pub use forces::turnout_min;
pub use travel::{Leg, Travel};

/// Incidents of one proposal: a region on its worst day; each is asked who is inside.
pub const MOST_INCIDENTS: usize = 50;

/// An incident as dispatch sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Number of the incident.
    pub id: u64,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: Text,
    /// Where, in words.
    pub place: String,
    /// Its area.
    pub area: AreaCode,
    /// Where; none when nobody could say: then nobody can be sent.
    pub at: Option<Position>,
    /// Response level; none before somebody graded it.
    pub grade: Option<u8>,
    /// Whether it is a drill.
    pub drill: bool,
    /// Whom it reaches.
    pub load: Load,
    /// Whether its people could be counted.
    pub counted: bool,
    /// Whether they were counted with all that is known of their homes.
    #[serde(default)]
    pub sees_people: bool,
}

/// Sorts of things that are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Teams and vehicles.
    Force,
    /// Goods.
    Goods,
    /// Beds.
    Beds,
}

/// Why something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Nobody whose area is asked can do it, or has it.
    NobodyCan,
    /// Whoever can finds no way, or comes too late.
    NobodyInTime,
    /// Whoever can and comes in time is needed more elsewhere, or there is not enough.
    AllBusy,
    /// Nobody knows where the incident is.
    NoPlace,
}

/// Something that an incident asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Number of the incident.
    pub incident: u64,
    /// Key of the rule.
    pub rule: String,
    /// What sort.
    pub sort: Sort,
    /// Name.
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
    /// Why; none when nothing is missing.
    pub why: Option<Why>,
    /// How important.
    pub priority: u32,
    /// What comes later is of no use, minutes; none for goods.
    pub minutes: Option<f64>,
    /// Class of vehicles that come.
    pub vehicle: String,
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    pub sure: bool,
}

/// What a line sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "sort")]
pub enum What {
    /// A team or a vehicle.
    Force {
        /// Key of its kind.
        kind: String,
        /// Its key.
        key: String,
        /// Its name.
        name: String,
        /// Its area.
        area: AreaCode,
        /// Minutes to turn out.
        turnout_min: f64,
    },
    /// Goods of a lot.
    Goods {
        /// Number of the lot.
        lot: u64,
        /// Name of its store.
        store: String,
        /// Area of the store.
        area: AreaCode,
        /// How much.
        amount: f64,
        /// Its unit.
        unit: String,
        /// Last good day; empty when it does not expire.
        expiry: String,
    },
    /// Free beds.
    Beds {
        /// Key of the hospital.
        hospital: String,
        /// Its name.
        name: String,
        /// Ward.
        ward: String,
        /// How many.
        beds: u32,
        /// When somebody last said how many are free.
        said: Ms,
    },
}

/// One line of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its number within the proposal.
    pub number: u32,
    /// Number of the incident.
    pub incident: u64,
    /// Key of the rule that asks for it.
    pub rule: String,
    /// Where it comes from, or goes to (beds).
    pub at: Option<Position>,
    /// The way.
    pub leg: Leg,
    /// When it is there, minutes from the order.
    pub minutes: f64,
    /// What.
    pub what: What,
}

/// A force that works for an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtWork {
    /// Number of its order.
    pub order: u64,
    /// Number of the incident.
    pub incident: u64,
    /// Key of the rule that it counts for.
    pub rule: String,
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// What is to be beware of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warning {
    /// No roads are known: times are straight distances.
    NoRoads,
    /// Somewhere no road is near: some times are straight distances.
    OffRoad,
    /// Whom an incident reaches could not be counted: only fixed amounts are asked for.
    NotCounted,
    /// Nobody said what incidents of some kind ask for.
    NoRule,
    /// Something is missing that is real, and there are forces, beds or goods that were made up: these serve drills alone.
    MadeUp,
    /// Figures of needs were not checked against their source.
    Unsure,
}

/// A proposal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The incidents.
    pub scenes: Vec<Scene>,
    /// Whether these were named; else they are all that were open.
    pub named: bool,
    /// What they ask for, the most important first.
    pub wanted: Vec<Wanted>,
    /// Who and what is sent.
    pub lines: Vec<Line>,
    /// Forces that were at work already, and count for what is wanted.
    pub at_work: Vec<AtWork>,
    /// What is different from the proposal before.
    pub changes: Vec<Difference>,
    /// The proposal before; none when this is the first.
    pub before: Option<u64>,
    /// What to beware of.
    pub warnings: Vec<Warning>,
    /// Keys of everything that was closed on the roads.
    pub closed: Vec<String>,
}

/// What is free, and what is at work.
pub struct Pool {
    /// All forces of the area, free and not.
    pub forces: Vec<Force>,
    /// Hospitals, without the beds that are promised.
    pub hospitals: Vec<Hospital>,
    /// Free goods by item: what expires first comes first.
    pub stock: BTreeMap<String, Vec<StockAt>>,
    /// Goods that incidents have got or are promised, by incident, item and unit.
    pub promised: BTreeMap<(u64, String, String), f64>,
    /// Beds that are promised, by incident and rule.
    pub promised_beds: BTreeMap<(u64, String), u32>,
    /// Orders that were carried out, by incident and task.
    pub done: BTreeMap<(u64, String), u32>,
}

impl Pool {
    /// Whether any of it was made up.
    fn made_up(&self) -> bool {
        self.forces.iter().any(|force| !force.may_serve(false))
            || self.hospitals.iter().any(|hospital| hospital.synthetic)
            || self.stock.values().flatten().any(|stock| stock.lot.synthetic)
    }
}

/// A line that became an order or a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Number of the line.
    pub line: u32,
    /// How far its order is; none for goods and beds.
    pub stage: Option<OrderStage>,
}

impl Before<'_> {
    /// Its lines that were not accepted.
    fn standing(&self) -> impl Iterator<Item = &Line> {
        let taken = |line: &&Line| self.accepted.iter().any(|one| one.line == line.number);
        self.proposal.lines.iter().filter(move |line| !taken(line))
    }
}

/// The proposal before.
pub struct Before<'a> {
    /// Its number.
    pub id: u64,
    /// What it said.
    pub proposal: &'a Proposal,
    /// Its lines that were accepted: they are orders now.
    pub accepted: &'a [Accepted],
    /// How far the orders are that were at work then, by number.
    pub stages: &'a BTreeMap<u64, OrderStage>,
    /// How many minutes a change must win; none: as few changes as possible.
    pub worth_min: Option<f64>,
}

/// What a proposal is made of.
pub struct Ask<'a> {
    /// The incidents.
    pub scenes: Vec<Scene>,
    /// Whether these were named.
    pub named: bool,
    /// What incidents ask for.
    pub needs: &'a Needs,
    /// The roads now.
    pub roads: &'a Now,
    /// How far a road may be from a place, m.
    pub near_m: f64,
    /// What there is.
    pub pool: &'a Pool,
    /// The proposal before.
    pub before: Option<Before<'a>>,
}

/// Makes a proposal. Takes some ten milliseconds of a core: call it aside.
///
/// # Errors
/// When there is too much of something.
pub fn propose(ask: &Ask<'_>) -> Result<Proposal, RouteError> {
    let travel = travel::Travel::new(ask.roads, ask.near_m);
    let mut proposal = Proposal {
        scenes: ask.scenes.clone(),
        named: ask.named,
        before: ask.before.as_ref().map(|before| before.id),
        closed: ask.roads.closures.keys().map(str::to_owned).collect(),
        ..Proposal::default()
    };
    let sent = forces::assign(ask, &travel, &mut proposal)?;
    supply::beds(ask, &travel, &mut proposal)?;
    supply::goods(ask, &travel, &mut proposal)?;
    proposal.wanted.sort_by(|a, b| {
        b.priority.cmp(&a.priority).then(a.incident.cmp(&b.incident)).then(a.rule.cmp(&b.rule))
    });
    for (line, number) in proposal.lines.iter_mut().zip(1..) {
        line.number = number;
    }
    if let Some(before) = &ask.before {
        proposal.changes = change::between(ask, before, &sent, &proposal);
    }
    warn(ask, &travel, &mut proposal);
    Ok(proposal)
}

fn warn(ask: &Ask<'_>, travel: &travel::Travel<'_>, proposal: &mut Proposal) {
    let asks = |scene: &Scene| proposal.wanted.iter().any(|wanted| wanted.incident == scene.id);
    let crow = proposal.lines.iter().any(|line| !line.leg.by_road);
    let is_real = |id: u64| ask.scenes.iter().any(|scene| scene.id == id && !scene.drill);
    let lacks = proposal.wanted.iter().any(|one| one.missing > 0.0 && is_real(one.incident));
    let all = [
        (Warning::NoRoads, !travel.has_roads()),
        (Warning::OffRoad, travel.has_roads() && crow),
        (Warning::NotCounted, ask.scenes.iter().any(|scene| !scene.counted)),
        (Warning::NoRule, !ask.scenes.iter().all(asks)),
        (Warning::MadeUp, lacks && ask.pool.made_up()),
        (Warning::Unsure, proposal.wanted.iter().any(|wanted| !wanted.sure)),
    ];
    proposal.warnings = all.into_iter().filter(|(_, holds)| *holds).map(|(what, _)| what).collect();
}
