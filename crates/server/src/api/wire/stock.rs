//! The stock ledger on the wire.

use helan_base::{
    Date,
    stock::{Account, Freshness, freshness, units},
};
use helan_store::desk::stock::{self, Books, ItemSum};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Position;

/// Which lots.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct StockQuery {
    /// Only in this area.
    pub area: Option<u32>,
    /// Of this item: code of seven digits.
    pub item: Option<String>,
    /// Key of the kind of a store; together with `store`.
    pub kind: Option<String>,
    /// Key of a store.
    pub store: Option<String>,
    /// Words in name, specification, batch or code.
    pub words: Option<String>,
    /// Only what expires within so many days, or is expired, and is still in its store.
    pub expires_within: Option<u32>,
    /// As it was at this moment, ms UTC.
    pub at: Option<i64>,
    /// As `next` of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: Option<u32>,
}

/// What is in each account, in units.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StockSums {
    /// In the store, free.
    pub available: f64,
    /// In the store, promised.
    pub reserved: f64,
    /// On vehicles that have not left.
    pub loaded: f64,
    /// On the way.
    pub transit: f64,
    /// At sites.
    pub received: f64,
    /// Used up.
    pub used: f64,
    /// Missing (positive) or found (negative), with a reason.
    pub difference: f64,
    /// Expired, broken.
    pub written_off: f64,
    /// Given to other stores (positive) or got from them (negative).
    pub moved: f64,
}

impl From<&stock::Balances> for StockSums {
    fn from(balances: &stock::Balances) -> Self {
        let of = |account| units(balances.of(account));
        Self {
            available: of(Account::Available),
            reserved: of(Account::Reserved),
            loaded: of(Account::Loaded),
            transit: of(Account::Transit),
            received: of(Account::Received),
            used: of(Account::Used),
            difference: of(Account::Difference),
            written_off: of(Account::WrittenOff),
            moved: of(Account::Moved),
        }
    }
}

/// Goods of one batch in one store.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StockLot {
    /// Its number.
    pub id: u64,
    /// Code of GB/T 38565.
    pub item: String,
    /// Name.
    pub name: String,
    /// Specification; may be empty.
    pub spec: String,
    /// Unit.
    pub unit: String,
    /// Batch; may be empty.
    pub batch: String,
    /// Last good day, `YYYY-MM-DD`; null when it does not expire.
    #[schema(value_type = Option<String>)]
    pub expiry: Option<Date>,
    /// `good`, `soon` (expires within 90 days) or `expired`.
    pub freshness: &'static str,
    /// Key of the store's kind.
    pub kind: String,
    /// Key of the store.
    pub store: String,
    /// Name of the store; empty when its record is gone.
    pub store_name: String,
    /// Where the store is; null when not known.
    pub position: Option<Position>,
    /// Area of the store.
    pub area: u32,
    /// What is where.
    pub sums: StockSums,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
}

impl StockLot {
    /// As it is shown.
    #[must_use]
    pub fn of(lot: &stock::Lot, about: (Option<&str>, Option<Position>), today: Date) -> Self {
        let goods = &lot.goods;
        Self {
            id: lot.id,
            item: goods.item.clone(),
            name: goods.name.clone(),
            spec: goods.spec.clone(),
            unit: goods.unit.clone(),
            batch: goods.batch.clone(),
            expiry: goods.expiry,
            freshness: Freshness::word(freshness(goods.expiry, today)),
            kind: lot.store.kind.clone(),
            store: lot.store.key.clone(),
            store_name: about.0.unwrap_or_default().to_owned(),
            position: about.1,
            area: lot.store.area.0,
            sums: (&lot.balances).into(),
            synthetic: lot.synthetic,
        }
    }
}

/// What there is of an item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StockItem {
    /// Code of GB/T 38565.
    pub item: String,
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// How many lots there are.
    pub lots: u64,
    /// What is where.
    pub sums: StockSums,
}

impl From<&ItemSum> for StockItem {
    fn from(sum: &ItemSum) -> Self {
        let (item, name, unit) = (sum.item.clone(), sum.name.clone(), sum.unit.clone());
        Self { item, name, unit, lots: sum.lots, sums: (&sum.balances).into() }
    }
}

/// Which area.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct StockArea {
    /// Only in this area.
    pub area: Option<u32>,
}

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct StockPage {
    /// As `next` of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: Option<u32>,
}

/// Something that was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StockMove {
    /// Its number.
    pub id: u64,
    /// When, ms UTC.
    pub at: i64,
    /// `stock-in`, `count`, `write-off`, `ask`, `reserve`, `approve`, `split`, or the word of a step.
    pub what: String,
    /// With which allocation.
    pub allocation: Option<u64>,
    /// Why; may be empty.
    pub reason: String,
    /// Account.
    pub by: String,
    /// What it changed of the lot: account and amount in units.
    pub entries: Vec<(&'static str, f64)>,
}

impl From<&stock::Move> for StockMove {
    fn from(step: &stock::Move) -> Self {
        let entries = step.entries.iter();
        Self {
            id: step.id,
            at: step.at.0,
            what: step.what.clone(),
            allocation: step.allocation,
            reason: step.reason.clone(),
            by: step.by.clone(),
            entries: entries.map(|(account, parts)| (account.word(), units(*parts))).collect(),
        }
    }
}

/// Which allocations.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct StockAllocationQuery {
    /// Given or got by this area.
    pub area: Option<u32>,
    /// For this incident.
    pub incident: Option<u64>,
    /// Only those with which something can still be done (true), or only the others.
    pub open: Option<bool>,
    /// As `next` of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: Option<u32>,
}

/// Goods that are promised, on their way or at a site.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StockAllocation {
    /// Its number.
    pub id: u64,
    /// The allocation that it was split from.
    pub part_of: Option<u64>,
    /// The lot, when the caller sees its area.
    pub lot: Option<u64>,
    /// Code of the item.
    pub item: String,
    /// Unit.
    pub unit: String,
    /// How much was asked for or reserved.
    pub asked: f64,
    /// How much it holds now.
    pub held: f64,
    /// How much was counted at its arrival.
    pub got: Option<f64>,
    /// `asked`, `reserved`, `loaded`, `moving`, `arrived`, `received`, `done`, `refused`, `released` or `lost`.
    pub stage: &'static str,
    /// Whether something can still be done with it.
    pub open: bool,
    /// For which incident.
    pub incident: Option<u64>,
    /// Whether that is a drill.
    pub drill: bool,
    /// Area that gives it.
    pub area_from: u32,
    /// Area that gets it.
    pub area_to: u32,
    /// Name of the place it goes to.
    pub to: String,
    /// Where that is.
    pub position: Option<Position>,
    /// Key of the store that takes it in; null when it is a site.
    pub to_store: Option<String>,
    /// Vehicle; empty before it is loaded.
    pub vehicle: String,
    /// Account that asked.
    pub by: String,
    /// When, ms UTC.
    pub at: i64,
    /// When it last changed, ms UTC.
    pub changed_at: i64,
    /// What was done with it, oldest first.
    pub steps: Vec<StockMove>,
    /// Whether the caller's area gives it: whoever does decides, loads and sends.
    pub gives: bool,
    /// Whether the caller's area gets it: whoever does receives and uses.
    pub gets: bool,
}

impl StockAllocation {
    /// As it is shown to somebody whose area gives it, gets it, or both.
    #[must_use]
    pub fn of(allocation: &stock::Allocation, gives: bool, gets: bool) -> Self {
        Self {
            id: allocation.id,
            part_of: allocation.part_of,
            lot: allocation.lot.filter(|_| gives),
            item: allocation.item.clone(),
            unit: allocation.unit.clone(),
            asked: allocation.asked.units(),
            held: allocation.held.units(),
            got: allocation.got.map(helan_base::stock::Amount::units),
            stage: allocation.stage.word(),
            open: allocation.stage.is_open(),
            incident: allocation.incident,
            drill: allocation.drill,
            area_from: allocation.from.0,
            area_to: allocation.to.area.0,
            to: allocation.to.name.clone(),
            position: allocation.to.at.map(Into::into),
            to_store: allocation.to.store.as_ref().map(|store| store.key.clone()),
            vehicle: allocation.vehicle.clone(),
            by: allocation.by.clone(),
            at: allocation.at.0,
            changed_at: allocation.changed_at.0,
            steps: allocation.steps.iter().map(Into::into).collect(),
            gives,
            gets,
        }
    }
}

/// Goods that come in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockIn {
    /// Chosen by the client, once for each request: the same again moves nothing.
    pub request: String,
    /// Key of the store's kind.
    pub kind: String,
    /// Key of the store.
    pub store: String,
    /// Code of GB/T 38565: seven digits.
    pub item: String,
    /// Name.
    pub name: String,
    /// Specification.
    #[serde(default)]
    pub spec: String,
    /// Unit.
    pub unit: String,
    /// Batch.
    #[serde(default)]
    pub batch: String,
    /// Last good day, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub expiry: Option<Date>,
    /// How much, in units.
    pub quantity: f64,
    /// Where it comes from.
    #[serde(default)]
    pub reason: String,
}

/// A count, or what is written off.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockChange {
    /// Chosen by the client, once for each request.
    pub request: String,
    /// In units: what was counted as free, or what is written off.
    pub quantity: f64,
    /// Why.
    pub reason: String,
}

/// Goods that are wanted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockOrder {
    /// Chosen by the client, once for each request.
    pub request: String,
    /// For which incident; none only when a store gets it.
    #[serde(default)]
    pub incident: Option<u64>,
    /// Of this lot; without one of `item` and `unit`.
    #[serde(default)]
    pub lot: Option<u64>,
    /// Code of the item.
    #[serde(default)]
    pub item: String,
    /// Unit.
    #[serde(default)]
    pub unit: String,
    /// Area that shall give it; the caller's own without one. Another one is asked, and must say yes.
    #[serde(default)]
    pub from: Option<u32>,
    /// How much, in units.
    pub quantity: f64,
    /// Name of the place it goes to; the incident's without one.
    #[serde(default)]
    pub to: String,
    /// Where that is.
    #[serde(default)]
    pub position: Option<Position>,
    /// Key of the kind of the store that takes it in.
    #[serde(default)]
    pub to_kind: String,
    /// Key of that store.
    #[serde(default)]
    pub to_store: String,
    /// What for.
    #[serde(default)]
    pub reason: String,
}

/// A step of an allocation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockStep {
    /// Chosen by the client, once for each request.
    pub request: String,
    /// `approve`, `refuse`, `release`, `load`, `depart`, `arrive`, `receive`, `use`, `return` or `lose`.
    pub step: String,
    /// To load: key or plate of the vehicle.
    #[serde(default)]
    pub vehicle: String,
    /// In units: to load, receive, use or return so much; all without it.
    #[serde(default)]
    pub quantity: Option<f64>,
    /// Why: needed to refuse, to lose, and for every difference.
    #[serde(default)]
    pub reason: String,
}

/// What a request did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StockDone {
    /// Lots that it touched.
    pub lots: Vec<u64>,
    /// Allocations that it made or changed.
    pub allocations: Vec<u64>,
}

impl From<stock::Answer> for StockDone {
    fn from(answer: stock::Answer) -> Self {
        Self { lots: answer.lots, allocations: answer.allocations }
    }
}

/// Taking stock records of the base database over into the ledger, some hundred at a time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockTakeOver {
    /// As `next` of the answer before.
    #[serde(default)]
    pub after: Option<String>,
}

/// What became of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StockTaken {
    /// How many were taken over now.
    pub taken: usize,
    /// Those that could not be: key of the record, and `code`, `unit`, `quantity`, `store` or `state`.
    pub skipped: Vec<(String, &'static str)>,
    /// Give this as `after` for the next ones; null when there are none.
    pub next: Option<String>,
}

/// Whether the ledger adds up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StockBooks {
    /// Lots that were looked at.
    pub lots: u64,
    /// Entries that were looked at.
    pub entries: u64,
    /// What does not add up: check, number of the movement, lot or allocation, and by how many units.
    pub flaws: Vec<(&'static str, u64, f64)>,
}

impl From<Books> for StockBooks {
    fn from(books: Books) -> Self {
        let flaws = books.flaws.iter();
        Self {
            lots: books.lots,
            entries: books.entries,
            flaws: flaws.map(|flaw| (flaw.what, flaw.number, units(flaw.amount))).collect(),
        }
    }
}
