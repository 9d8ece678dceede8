//! The stock ledger, changed: goods come in, are counted, promised, loaded, sent and received.
//!
//! Whoever keeps the records of stores (stewards) takes goods in, counts and writes off; duty decides who gets what; both may load
//! and receive. Goods of another area are asked for, and held when somebody of that area says yes. Each request has a key of the
//! client's: the same again gives the same answer and moves nothing.

use axum::{Json as Reply, extract::State};
use helan_base::{
    Domain, Kind,
    stock::{Amount, Stage, Step, StockError, is_code},
};
use helan_kernel::{AreaCode, IncidentId, Position};
use helan_store::{
    StoreError,
    base::Stored,
    desk::{
        Desk,
        stock::{
            Answer, Destination, Goods, Incoming, Refused, Request, Reservation, Stepping,
            StoreRef, Wanted,
        },
    },
};
use serde::Serialize;

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Json, Path, bounded},
    state::blocking,
    wire::{StockChange, StockDone, StockIn, StockOrder, StockStep},
};
use crate::access::{Caller, Deed};

/// Kind of the records of what lies in stores, and of what companies keep: no stores of their own.
pub(super) const GOODS: [&str; 2] = ["stock-item", "agreement-stock"];
/// Longest key of a request.
const MAX_KEY: usize = 64;
/// Longest name, specification, unit or batch.
const MAX_NAME: usize = 80;

/// An open incident, as goods and forces are sent to it.
pub(super) struct AtIncident {
    /// Its area.
    pub area: AreaCode,
    /// Whether it is a drill.
    pub drill: bool,
    /// Where, in words.
    pub place: String,
    /// Where.
    pub at: Option<Position>,
}

/// The open incident with this number.
///
/// # Errors
/// Not found when there is none in the caller's area.
pub(super) async fn incident(api: &Api, caller: &Caller, id: u64) -> Result<AtIncident, ApiError> {
    let known = api
        .platform
        .ask(move |engine| {
            engine.desk().incident(IncidentId(id)).map(|incident| AtIncident {
                area: incident.area,
                drill: incident.drill,
                place: incident.place.to_string(),
                at: incident.position,
            })
        })
        .await?;
    known.filter(|known| caller.sees(known.area)).ok_or_else(|| Code::NotFound.into())
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::KeyUsed => Code::Conflict,
            Refused::Unknown => Code::NotFound,
            Refused::Limit => Code::LimitReached,
            Refused::Rule(StockError::WrongStage) => Code::WrongState,
            Refused::Rule(StockError::NotEnough) => Code::NotEnough,
            Refused::Rule(StockError::ReasonRequired) => Code::ReasonRequired,
        };
        Self::with_detail(code, refused.to_string())
    }
}

/// A request as the ledger knows it.
struct Asked {
    key: String,
    by: String,
    what: String,
    reason: String,
}

impl Asked {
    /// Checks the key and the reason; what is asked is kept as it was sent.
    fn of<T: Serialize>(
        caller: &Caller,
        key: &str,
        reason: &str,
        what: (&str, &T),
    ) -> Result<Self, ApiError> {
        if key.is_empty() || key.chars().count() > MAX_KEY {
            return Err(ApiError::with_detail(Code::OutOfRange, "request"));
        }
        Ok(Self {
            key: key.to_owned(),
            by: caller.actor.account.to_string(),
            what: serde_json::to_string(&what).map_err(ApiError::internal)?,
            reason: bounded(reason.trim().to_owned())?,
        })
    }

    /// Does it, and writes it into the audit chain.
    async fn run(
        self,
        api: &Api,
        caller: &Caller,
        (what, object): (&str, String),
        work: impl FnOnce(&Desk, &Request<'_>) -> Result<Result<Answer, Refused>, StoreError>
        + Send
        + 'static,
    ) -> Result<Reply<StockDone>, ApiError> {
        let (desk, now) = (api.desk.clone(), api.platform.now());
        let reason = self.reason.clone();
        let answer = blocking(move || {
            let Self { key, by, what, reason } = &self;
            work(&desk, &Request { key, by, what, reason, now })
        })
        .await???;
        let object = format!(
            "{object} lots {:?} allocations {:?}: {reason}",
            answer.lots, answer.allocations
        );
        api.note(caller, what, &object, true).await?;
        Ok(Reply(answer.into()))
    }
}

fn amount(units: f64) -> Result<Amount, ApiError> {
    Amount::of(units).ok_or_else(|| ApiError::with_detail(Code::OutOfRange, "quantity"))
}

fn named(what: &'static str, text: &str, needed: bool) -> Result<String, ApiError> {
    let text = text.trim();
    if (needed && text.is_empty()) || text.chars().count() > MAX_NAME {
        return Err(ApiError::with_detail(Code::OutOfRange, what));
    }
    Ok(text.to_owned())
}

pub(super) fn is_store(kind: &Kind) -> bool {
    kind.domain == Domain::Supplies && !GOODS.contains(&kind.key.as_str())
}

/// A store, and whether it is made up.
async fn store_of(api: &Api, kind: &str, key: &str) -> Result<(StoreRef, bool), ApiError> {
    let kind = kind_of(api, kind)?;
    if !is_store(&kind) {
        return Err(ApiError::with_detail(Code::OutOfRange, "kind"));
    }
    let (shared, of, wanted) = (api.clone(), kind.clone(), key.to_owned());
    let stored = blocking(move || shared.base.get(&of, &wanted)).await??.ok_or(Code::NotFound)?;
    let synthetic = stored.record.synthetic;
    Ok((reference(&kind, stored), synthetic))
}

pub(super) fn reference(kind: &Kind, stored: Stored) -> StoreRef {
    let Stored { id, record, .. } = stored;
    StoreRef { kind: kind.key.clone(), key: record.key, id, area: record.area }
}

/// Take goods into a store.
#[utoipa::path(post, path = "/stock/lots", tag = "stock", request_body = StockIn,
    responses((status = 200, body = StockDone)))]
pub async fn stock_in(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<StockIn>,
) -> Result<Reply<StockDone>, ApiError> {
    let (store, synthetic) = store_of(&api, &order.kind, &order.store).await?;
    let object = format!("stock {} into {} {}", order.item, store.kind, store.key);
    api.allow(&caller, Deed::Records, store.area, synthetic, &object).await?;
    if !is_code(&order.item) {
        return Err(ApiError::with_detail(Code::OutOfRange, "item"));
    }
    let goods = Goods {
        item: order.item.clone(),
        name: named("name", &order.name, true)?,
        spec: named("spec", &order.spec, false)?,
        unit: named("unit", &order.unit, true)?,
        batch: named("batch", &order.batch, false)?,
        expiry: order.expiry,
    };
    let amount = amount(order.quantity)?;
    let asked = Asked::of(&caller, &order.request, &order.reason, ("in", &order))?;
    let object = format!("{object}: {amount} {}", goods.unit);
    asked
        .run(&api, &caller, ("stock in", object), move |desk, request| {
            let incoming = Incoming { goods: &goods, store: &store, amount, synthetic, record: "" };
            desk.stock_in(request, &[incoming])
        })
        .await
}

/// The area of a lot and whether it is made up, when the caller may change its count.
async fn own_lot(api: &Api, caller: &Caller, id: u64, what: &str) -> Result<(), ApiError> {
    let desk = api.desk.clone();
    let lot = blocking(move || desk.stock_lot(id)).await??.ok_or(Code::NotFound)?;
    api.allow(caller, Deed::Records, lot.store.area, lot.synthetic, &format!("{what} {id}")).await
}

/// Say how much of a lot was counted as free in its store.
#[utoipa::path(post, path = "/stock/lots/{id}/count", tag = "stock", request_body = StockChange,
    params(("id" = u64, Path)), responses((status = 200, body = StockDone)))]
pub async fn count(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(order): Json<StockChange>,
) -> Result<Reply<StockDone>, ApiError> {
    own_lot(&api, &caller, id, "stock count").await?;
    let counted = amount(order.quantity)?;
    let asked = Asked::of(&caller, &order.request, &order.reason, ("count", &(id, &order)))?;
    asked
        .run(&api, &caller, ("stock count", format!("{counted}")), move |desk, request| {
            desk.stock_count(request, id, counted)
        })
        .await
}

/// Write free goods of a lot off.
#[utoipa::path(post, path = "/stock/lots/{id}/write-off", tag = "stock", request_body = StockChange,
    params(("id" = u64, Path)), responses((status = 200, body = StockDone)))]
pub async fn write_off(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(order): Json<StockChange>,
) -> Result<Reply<StockDone>, ApiError> {
    own_lot(&api, &caller, id, "stock write-off").await?;
    let amount = amount(order.quantity)?;
    let asked = Asked::of(&caller, &order.request, &order.reason, ("write-off", &(id, &order)))?;
    asked
        .run(&api, &caller, ("stock write-off", format!("{amount}")), move |desk, request| {
            desk.stock_write_off(request, id, amount)
        })
        .await
}

/// Promise goods to an incident or a store, or ask another area for them.
#[utoipa::path(post, path = "/stock/allocations", tag = "stock", request_body = StockOrder,
    responses((status = 200, body = StockDone)))]
pub async fn reserve(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<StockOrder>,
) -> Result<Reply<StockDone>, ApiError> {
    let mut to = Destination {
        area: caller.area,
        name: named("to", &order.to, false)?,
        at: match order.position {
            Some(at) => Some(Position::from(at).known().ok_or(Code::OutOfRange)?),
            None => None,
        },
        store: None,
    };
    let mut drill = false;
    if let Some(id) = order.incident {
        let known = incident(&api, &caller, id).await?;
        (to.area, drill) = (known.area, known.drill);
        to.at = to.at.or(known.at);
        if to.name.is_empty() {
            to.name = known.place.chars().take(MAX_NAME).collect();
        }
    }
    if !order.to_store.is_empty() {
        let (store, synthetic) = store_of(&api, &order.to_kind, &order.to_store).await?;
        if !caller.sees(store.area) {
            return Err(Code::NotFound.into());
        }
        drill = drill || (synthetic && order.incident.is_none());
        to.area = store.area;
        let catalogue = api.base.catalogue();
        to.at = catalogue.place_of(store.id).or(to.at);
        to.name = catalogue.name_of(store.id).unwrap_or(&store.key).to_owned();
        drop(catalogue);
        to.store = Some(store);
    } else if order.incident.is_none() {
        return Err(ApiError::with_detail(Code::OutOfRange, "incident"));
    }
    let what = format!("stock reserve for incident {:?} {}", order.incident, to.name);
    api.allow(&caller, Deed::Handle, to.area, drill, &what).await?;
    let from = AreaCode(order.from.unwrap_or(caller.area.0));
    if order.lot.is_none() && !is_code(&order.item) {
        return Err(ApiError::with_detail(Code::OutOfRange, "item"));
    }
    if !caller.sees(from) && !api.base.areas().contains(from) {
        return Err(ApiError::with_detail(Code::OutOfRange, "from"));
    }
    if let Some(id) = order.lot {
        // A lot of another area cannot be pointed at: it is not seen.
        let desk = api.desk.clone();
        let lot = blocking(move || desk.stock_lot(id)).await??;
        lot.filter(|lot| caller.sees(lot.store.area)).ok_or(Code::NotFound)?;
    }
    let granted = order.lot.is_some() || caller.sees(from);
    let amount = amount(order.quantity)?;
    let asked = Asked::of(&caller, &order.request, &order.reason, ("reserve", &order))?;
    let object = format!("{what}: {amount} of {:?}{} from {}", order.lot, order.item, from.0);
    asked
        .run(&api, &caller, ("stock reserve", object), move |desk, request| {
            let wanted = match order.lot {
                Some(lot) => Wanted::Lot(lot),
                None => {
                    Wanted::Item { item: &order.item, unit: &order.unit, area: from, store: None }
                }
            };
            let incident = order.incident;
            desk.stock_reserve(
                request,
                &Reservation { wanted, amount, incident, drill, to: &to, granted },
            )
        })
        .await
}

/// Do the next step with an allocation.
#[utoipa::path(post, path = "/stock/allocations/{id}/steps", tag = "stock", request_body = StockStep,
    params(("id" = u64, Path)), responses((status = 200, body = StockDone)))]
pub async fn step(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(order): Json<StockStep>,
) -> Result<Reply<StockDone>, ApiError> {
    let desk = api.desk.clone();
    let known = blocking(move || desk.stock_allocation(id)).await??.ok_or(Code::NotFound)?;
    let (gives, gets) = (caller.sees(known.from), caller.sees(known.to.area));
    if !gives && !gets {
        return Err(Code::NotFound.into());
    }
    let quantity = order.quantity.map(amount).transpose()?;
    let all = quantity.unwrap_or(known.held);
    let step = match order.step.as_str() {
        "approve" => Step::Approve,
        "refuse" => Step::Refuse,
        "release" => Step::Release,
        "load" => Step::Load,
        "depart" => Step::Depart,
        "arrive" => Step::Arrive,
        "receive" => Step::Receive(all),
        "use" => Step::Use(all),
        "return" => Step::Return(all),
        "lose" => Step::Lose,
        _ => return Err(ApiError::with_detail(Code::OutOfRange, "step")),
    };
    // Who decides, and whose side sees it happen.
    let (deed, side) = match step {
        Step::Approve | Step::Refuse => (Deed::Handle, gives),
        Step::Release => (Deed::Handle, true),
        Step::Load | Step::Depart | Step::Return(_) => (Deed::Supplies, gives),
        Step::Receive(_) | Step::Use(_) => (Deed::Supplies, gets),
        Step::Arrive | Step::Lose => (Deed::Supplies, true),
    };
    if !side {
        return Err(Code::Forbidden.into());
    }
    let what = format!("stock {} {id}", order.step);
    api.allow(&caller, deed, if gives { known.from } else { known.to.area }, known.drill, &what)
        .await?;
    let vehicle =
        named("vehicle", &order.vehicle, step == Step::Load && known.stage == Stage::Reserved)?;
    let asked = Asked::of(&caller, &order.request, &order.reason, ("step", &(id, &order)))?;
    asked
        .run(&api, &caller, ("stock step", what), move |desk, request| {
            let stepping = Stepping { allocation: id, step, vehicle: &vehicle, part: quantity };
            desk.stock_step(request, &stepping)
        })
        .await
}
