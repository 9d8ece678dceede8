//! Readiness of forces, orders to them, and beds on the wire.

use std::collections::BTreeSet;

use helan_kernel::AreaCode;
use helan_store::desk::forces::{self, Casualties};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Position;
use crate::forces::{Force as Known, Hospital as KnownHospital, Seen};

/// Which forces.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ForceQuery {
    /// Only in this area.
    pub area: Option<u32>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only those that can do this.
    pub skill: Option<String>,
    /// Words in the name.
    pub words: Option<String>,
    /// `available`, `busy` (with an open order) or `mine` (for which the caller's account speaks).
    pub state: Option<String>,
    /// As `next` of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: Option<u32>,
}

/// Where something was last seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeenAt {
    /// Where.
    pub position: Position,
    /// When, ms UTC.
    pub at: i64,
    /// `record` (its home), `report`, `terminal` or `phone`.
    pub source: String,
}

impl From<&Seen> for SeenAt {
    fn from(seen: &Seen) -> Self {
        Self { position: seen.at.into(), at: seen.seen.0, source: seen.source.clone() }
    }
}

/// A team or vehicle as it is now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Force {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: u32,
    /// What it can do.
    pub capabilities: BTreeSet<String>,
    /// How many people come.
    pub staff: Option<f64>,
    /// How many vehicles it has.
    pub vehicles: Option<f64>,
    /// From the order to leaving, minutes.
    pub turnout_min: Option<f64>,
    /// Telephone of its duty desk; may be empty.
    pub phone: String,
    /// `ready`, `out`, `stood-down`, `off` or `unknown`.
    pub readiness: &'static str,
    /// When that was said, ms UTC.
    pub readiness_at: i64,
    /// Why; may be empty.
    pub note: String,
    /// Where it was last seen.
    pub place: Option<SeenAt>,
    /// Whether it can be sent now.
    pub available: bool,
    /// Its open order. What it is for is told only to those who see that incident's area.
    pub order: Option<ForceOrder>,
    /// The account that speaks for it.
    pub account: Option<String>,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
}

impl Force {
    /// As it is shown to somebody who sees some areas.
    #[must_use]
    pub fn of(known: &Known, sees: impl Fn(AreaCode) -> bool) -> Self {
        let facts = &known.facts;
        Self {
            kind: facts.force.kind.clone(),
            key: facts.force.key.clone(),
            name: facts.name.clone(),
            area: facts.area.0,
            capabilities: facts.capabilities.clone(),
            staff: facts.staff,
            vehicles: facts.vehicles,
            turnout_min: facts.turnout_min,
            phone: facts.phone.clone(),
            readiness: known.readiness.word(),
            readiness_at: known.readiness_at.0,
            note: known.note.clone(),
            place: known.place.as_ref().map(Into::into),
            available: known.is_available(),
            order: known.order.as_ref().map(|order| ForceOrder::of(order, &facts.name, sees)),
            account: known.account.clone(),
            synthetic: facts.synthetic,
        }
    }
}

/// An order that is to be given.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForceCall {
    /// Key of the kind of the force.
    pub kind: String,
    /// Key of the force.
    pub key: String,
    /// For which incident.
    pub incident: u64,
    /// What it shall do.
    pub task: String,
}

/// People that a force tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForcePeople {
    /// Brought out unhurt.
    pub rescued: u32,
    /// Hurt.
    pub injured: u32,
    /// Dead.
    pub dead: u32,
}

impl From<Casualties> for ForcePeople {
    fn from(people: Casualties) -> Self {
        Self { rescued: people.rescued, injured: people.injured, dead: people.dead }
    }
}

impl From<ForcePeople> for Casualties {
    fn from(people: ForcePeople) -> Self {
        Self { rescued: people.rescued, injured: people.injured, dead: people.dead }
    }
}

/// What is said of an order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForceReport {
    /// `accept`, `decline`, `depart`, `arrive`, `finish`, `lose` or `recall`.
    #[schema(value_type = String)]
    pub step: helan_base::force::OrderStep,
    /// Further words; needed to decline, lose or recall.
    #[serde(default)]
    pub note: String,
    /// Where the force is now.
    #[serde(default)]
    pub position: Option<Position>,
    /// Whom it found so far.
    #[serde(default)]
    pub people: Option<ForcePeople>,
}

/// Something that was said of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForceStep {
    /// `order`, or the word of a step.
    pub what: String,
    /// When, ms UTC.
    pub at: i64,
    /// Account.
    pub by: String,
    /// Further words; may be empty.
    pub note: String,
}

/// An order, and how far it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForceOrder {
    /// Its number.
    pub id: u64,
    /// Key of the kind of the force.
    pub kind: String,
    /// Key of the force.
    pub key: String,
    /// Name of the force; empty when its record is gone.
    pub name: String,
    /// Area of the force.
    pub area: u32,
    /// For which incident; null for those who do not see its area.
    pub incident: Option<u64>,
    /// Whether that is a drill.
    pub drill: bool,
    /// What it shall do; empty for those who do not see the incident's area.
    pub task: String,
    /// `ordered`, `accepted`, `moving`, `on-scene`, `lost`, `done`, `declined` or `recalled`.
    pub stage: &'static str,
    /// Whether the force is bound by it.
    pub open: bool,
    /// When it was given, ms UTC.
    pub at: i64,
    /// When it last changed, ms UTC.
    pub changed_at: i64,
    /// Whom it found.
    pub people: ForcePeople,
    /// What was said of it, oldest first.
    pub steps: Vec<ForceStep>,
}

impl ForceOrder {
    /// As it is shown to somebody who sees some areas.
    #[must_use]
    pub fn of(order: &forces::Order, name: &str, sees: impl Fn(AreaCode) -> bool) -> Self {
        let all = sees(order.new.area_to);
        let steps = order.steps.iter().map(|step| ForceStep {
            what: step.what.clone(),
            at: step.at.0,
            by: step.by.clone(),
            note: if all { step.note.clone() } else { String::new() },
        });
        Self {
            id: order.id,
            kind: order.new.force.kind.clone(),
            key: order.new.force.key.clone(),
            name: name.to_owned(),
            area: order.new.area.0,
            incident: all.then_some(order.new.incident),
            drill: order.new.drill,
            task: if all { order.new.task.clone() } else { String::new() },
            stage: order.stage.word(),
            open: order.stage.is_open(),
            at: order.at.0,
            changed_at: order.changed_at.0,
            people: order.people.into(),
            steps: steps.collect(),
        }
    }
}

/// Which orders.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ForceOrderQuery {
    /// Of forces, or for incidents, of this area.
    pub area: Option<u32>,
    /// For this incident.
    pub incident: Option<u64>,
    /// Only those that bind a force (true), or only the others.
    pub open: Option<bool>,
    /// As `next` of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: Option<u32>,
}

/// Where a force is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForcePlace {
    /// Where.
    pub position: Position,
    /// When it was there, ms UTC; now without it.
    #[serde(default)]
    pub at: Option<i64>,
    /// `report`, `terminal` or `phone`.
    pub source: String,
}

/// Whether a force could leave.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForceReadiness {
    /// `ready`, `out`, `stood-down` or `off`.
    #[schema(value_type = String)]
    pub readiness: helan_base::force::Readiness,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// Who speaks for a force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForceAccount {
    /// Sign-in name; null ends it.
    pub account: Option<String>,
}

/// A hospital and its beds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Hospital {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: u32,
    /// Where it is.
    pub position: Option<Position>,
    /// What it can treat.
    pub capabilities: BTreeSet<String>,
    /// Beds by ward.
    pub beds: Vec<WardBeds>,
}

impl From<&KnownHospital> for Hospital {
    fn from(known: &KnownHospital) -> Self {
        let beds = known.beds.iter().map(|beds| WardBeds {
            ward: beds.ward.clone(),
            total: beds.total,
            free: beds.free,
            at: beds.at.0,
            by: beds.by.clone(),
        });
        Self {
            key: known.key.clone(),
            name: known.name.clone(),
            area: known.area.0,
            position: known.at.map(Into::into),
            capabilities: known.capabilities.clone(),
            beds: beds.collect(),
        }
    }
}

/// Beds of a ward.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WardBeds {
    /// `all` or `icu`.
    pub ward: String,
    /// How many there are.
    pub total: u32,
    /// How many of them are free.
    pub free: u32,
    /// When that was so, ms UTC.
    pub at: i64,
    /// Account that said so, or `record`.
    pub by: String,
}

/// Beds as somebody says them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BedsReport {
    /// `all` or `icu`.
    pub ward: String,
    /// How many there are.
    pub total: u32,
    /// How many of them are free.
    pub free: u32,
}
