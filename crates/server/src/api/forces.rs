//! Readiness of forces: who could leave, where they are, orders to them and how far these are, free beds.
//!
//! Duty orders and calls back. What a force says of itself comes from the account that speaks for it, or from duty when it said so
//! by telephone.

use std::sync::Arc;

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_base::{
    Kind, RecordId,
    force::{OrderStep, Readiness},
};
use helan_kernel::{AreaCode, Ms, Position};
use helan_store::{
    base::Stored,
    desk::forces::{Beds, ForceRef, NewOrder, Report},
};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Json, Path, Query, bounded, cursor, page_size},
    state::blocking,
    stock_changes::incident,
    wire::{
        BedsReport, Created, Force, ForceAccount, ForceCall, ForceOrder, ForceOrderQuery,
        ForcePlace, ForceQuery, ForceReadiness, ForceReport, Hospital, Page, StockArea,
    },
};
use crate::{
    access::{Caller, Deed, is_account_name},
    forces::{HOSPITAL, is_force},
};

/// How a place may be known.
const SOURCES: [&str; 3] = ["report", "terminal", "phone"];
/// Wards whose beds are counted.
const WARDS: [&str; 2] = ["all", "icu"];
/// Beds of the largest hospital, several times.
const MOST_BEDS: u32 = 100_000;
/// How far a clock of a terminal may go before ours.
const AHEAD: Ms = Ms::seconds(60);

/// Forces of the caller's area as they are now.
#[utoipa::path(get, path = "/forces", tag = "forces", params(ForceQuery),
    responses((status = 200, body = Page<Force>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ForceQuery>,
) -> Result<Reply<Page<Force>>, ApiError> {
    let after = cursor(query.after.as_deref())?.unwrap_or(0);
    let after = RecordId(i64::try_from(after).unwrap_or(i64::MAX));
    let most = page_size(query.limit);
    if let Some(kind) = &query.kind {
        kind_of(&api, kind)?;
    }
    let Some(area) = caller.part_of(query.area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let (shared, kind) = (api.clone(), query.kind.clone());
    let found = move || shared.forces.list(&shared.base, &shared.desk, area, kind.as_deref());
    let forces = blocking(found).await??;
    let words = query.words.as_deref().unwrap_or_default().to_lowercase();
    let account = caller.actor.account.to_string();
    let wanted = forces.iter().filter(|force| {
        force.facts.id > after
            && query.skill.as_ref().is_none_or(|skill| force.facts.capabilities.contains(skill))
            && force.facts.name.to_lowercase().contains(&words)
            && match query.state.as_deref() {
                Some("available") => force.is_available(),
                Some("busy") => force.order.is_some(),
                Some("mine") => force.account.as_ref() == Some(&account),
                _ => true,
            }
    });
    let page: Vec<_> = wanted.take(most).collect();
    let last = page.last().map(|last| last.facts.id.0.to_string());
    let next = (page.len() == most).then_some(last).flatten();
    let sees = |area: AreaCode| caller.sees(area);
    let items = page.into_iter().map(|force| Force::of(force, sees)).collect();
    Ok(Reply(Page { items, next }))
}

/// A force: its kind and its record.
async fn force_of(api: &Api, kind: &str, key: &str) -> Result<(Arc<Kind>, Stored), ApiError> {
    let kind = kind_of(api, kind)?;
    if !is_force(&kind) {
        return Err(Code::NotFound.into());
    }
    stored(api, kind, key).await
}

async fn stored(api: &Api, kind: Arc<Kind>, key: &str) -> Result<(Arc<Kind>, Stored), ApiError> {
    let (shared, of, key) = (api.clone(), kind.clone(), key.to_owned());
    let stored = blocking(move || shared.base.get(&of, &key)).await??;
    Ok((kind, stored.ok_or(Code::NotFound)?))
}

/// Whether the caller speaks for a force: its own account, wherever it is, or whoever commands in its area.
async fn speaks(
    api: &Api,
    caller: &Caller,
    force: &ForceRef,
    (area, drill): (AreaCode, bool),
    what: &str,
) -> Result<(), ApiError> {
    let (desk, of) = (api.desk.clone(), force.clone());
    let state = blocking(move || desk.force_state(&of)).await??;
    if state.account.as_deref() == Some(&*caller.actor.account) {
        return Ok(());
    }
    let what = format!("{what} {} {}", force.kind, force.key);
    api.allow(caller, Deed::Handle, area, drill, &what).await
}

fn place_of(at: super::wire::Position) -> Result<Position, ApiError> {
    Position::from(at).known().ok_or_else(|| Code::OutOfRange.into())
}

/// Say where a force is. What is older than what is known changes nothing.
#[utoipa::path(put, path = "/forces/{kind}/{key}/place", tag = "forces", request_body = ForcePlace,
    responses((status = 204)))]
pub async fn place(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
    Json(order): Json<ForcePlace>,
) -> Result<StatusCode, ApiError> {
    let (kind, stored) = force_of(&api, &kind, &key).await?;
    let force = ForceRef { kind: kind.key.clone(), key };
    let about = (stored.record.area, stored.record.synthetic);
    speaks(&api, &caller, &force, about, "force place").await?;
    let (at, now) = (place_of(order.position)?, api.platform.now());
    let seen = order.at.map_or(now, Ms);
    if !SOURCES.contains(&order.source.as_str()) || seen > now.after(AHEAD) || seen.0 < 0 {
        return Err(Code::OutOfRange.into());
    }
    let (desk, of) = (api.desk.clone(), force.clone());
    let counted = blocking(move || desk.set_place(&of, at, seen, &order.source)).await??;
    let object = format!("{} {}: {} {} {counted}", force.kind, force.key, at.lon, at.lat);
    api.note(&caller, "force place", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say whether a force could leave.
#[utoipa::path(put, path = "/forces/{kind}/{key}/readiness", tag = "forces", request_body = ForceReadiness,
    responses((status = 204)))]
pub async fn readiness(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
    Json(order): Json<ForceReadiness>,
) -> Result<StatusCode, ApiError> {
    let (kind, stored) = force_of(&api, &kind, &key).await?;
    let force = ForceRef { kind: kind.key.clone(), key };
    let about = (stored.record.area, stored.record.synthetic);
    speaks(&api, &caller, &force, about, "force readiness").await?;
    let note = bounded(order.note.trim().to_owned())?;
    if order.readiness == Readiness::Unknown {
        return Err(Code::OutOfRange.into());
    }
    let object = format!("{} {}: {} {note}", force.kind, force.key, order.readiness.word());
    let (desk, by, now) = (api.desk.clone(), caller.actor.account.to_string(), api.platform.now());
    let set = move || desk.set_readiness(&force, order.readiness, (&by, &note), now);
    blocking(set).await??;
    api.note(&caller, "force readiness", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say which account speaks for a force.
#[utoipa::path(put, path = "/forces/{kind}/{key}/account", tag = "forces", request_body = ForceAccount,
    responses((status = 204)))]
pub async fn account(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
    Json(order): Json<ForceAccount>,
) -> Result<StatusCode, ApiError> {
    let (kind, stored) = force_of(&api, &kind, &key).await?;
    let what = format!("force account {} {key}", kind.key);
    let (area, synthetic) = (stored.record.area, stored.record.synthetic);
    api.allow(&caller, Deed::Roster, area, synthetic, &what).await?;
    if order.account.as_ref().is_some_and(|account| !is_account_name(account)) {
        return Err(ApiError::with_detail(Code::OutOfRange, "account"));
    }
    let object = format!("{} {key}: {:?}", kind.key, order.account);
    let (desk, force) = (api.desk.clone(), ForceRef { kind: kind.key.clone(), key });
    blocking(move || desk.set_force_account(&force, order.account.as_deref())).await??;
    api.note(&caller, "force account", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Orders to the caller's forces and for its incidents, newest first.
#[utoipa::path(get, path = "/forces/orders", tag = "forces", params(ForceOrderQuery),
    responses((status = 200, body = Page<ForceOrder>)))]
pub async fn orders(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ForceOrderQuery>,
) -> Result<Reply<Page<ForceOrder>>, ApiError> {
    let before = cursor(query.after.as_deref())?;
    let most = page_size(query.limit);
    let Some(area) = caller.part_of(query.area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let shared = api.clone();
    let items: Vec<ForceOrder> = blocking(move || {
        let (incident, open) = (query.incident, query.open);
        let orders = shared.desk.force_orders(area, incident, open, before, most)?;
        let mut items = Vec::with_capacity(orders.len());
        for order in orders {
            // Which incident it is for must not be guessed by asking for one after the other.
            if query.incident.is_some() && !caller.sees(order.new.area_to) {
                continue;
            }
            let ForceRef { kind, key } = &order.new.force;
            let kind = shared.base.kinds().get(kind);
            let stored = kind.map(|kind| shared.base.get(kind, key)).transpose()?.flatten();
            let name = stored.map(|stored| stored.record.name).unwrap_or_default();
            items.push(ForceOrder::of(&order, &name, |area| caller.sees(area)));
        }
        Ok::<_, ApiError>(items)
    })
    .await??;
    let last = items.last().map(|last| last.id.to_string());
    let next = (items.len() == most).then_some(last).flatten();
    Ok(Reply(Page { items, next }))
}

/// Order a force to an incident. One that works for another incident cannot be ordered: it must be called back there first, unless that
/// is a drill and this is not. What is made up is not ordered to what is real.
#[utoipa::path(post, path = "/forces/orders", tag = "forces", request_body = ForceCall,
    responses((status = 200, body = Created)))]
pub async fn order(
    State(api): State<Api>,
    caller: Caller,
    Json(call): Json<ForceCall>,
) -> Result<Reply<Created>, ApiError> {
    let known = incident(&api, &caller, call.incident).await?;
    let (kind, stored) = force_of(&api, &call.kind, &call.key).await?;
    let area = stored.record.area;
    if !caller.sees(area) {
        return Err(Code::NotFound.into());
    }
    let object = format!("{} {} for incident {}", kind.key, call.key, call.incident);
    api.allow(&caller, Deed::Handle, known.area, known.drill, &format!("force order {object}"))
        .await?;
    let task = bounded(call.task.trim().to_owned())?;
    if task.is_empty() {
        return Err(ApiError::with_detail(Code::OutOfRange, "task"));
    }
    let new = NewOrder {
        force: ForceRef { kind: kind.key.clone(), key: call.key },
        area,
        incident: call.incident,
        drill: known.drill,
        area_to: known.area,
        task,
        by: caller.actor.account.to_string(),
    };
    let shared = api.clone();
    let now = api.platform.now();
    let id = blocking(move || {
        let one = shared.forces.list(&shared.base, &shared.desk, area, Some(&new.force.kind))?;
        let one = one.into_iter().find(|force| force.facts.force == new.force);
        // What is out, rests or is gone is not ordered by mistake; its readiness is to be changed first.
        let ready = one.is_some_and(|force| {
            let said = matches!(force.readiness, Readiness::Ready | Readiness::Unknown);
            force.may_serve(new.drill) && (force.order.is_some() || said)
        });
        if !ready {
            return Err(ApiError::from(Code::WrongState));
        }
        shared.desk.order_force(&new, now)?.map_err(|_taken| Code::Conflict.into())
    })
    .await??;
    api.note(&caller, "force order", &object, true).await?;
    Ok(Reply(Created { id: Some(id) }))
}

/// Say what happened to an order.
#[utoipa::path(post, path = "/forces/orders/{id}/steps", tag = "forces", request_body = ForceReport,
    params(("id" = u64, Path)), responses((status = 204)))]
pub async fn step(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(report): Json<ForceReport>,
) -> Result<StatusCode, ApiError> {
    let desk = api.desk.clone();
    let known = blocking(move || desk.force_order(id)).await??.ok_or(Code::NotFound)?;
    let what = format!("force {} {id}", report.step.word());
    // Whoever has the incident commands; the force's own office may speak for it, too.
    let inside = if caller.sees(known.new.area_to) { known.new.area_to } else { known.new.area };
    if report.step.commands() {
        api.allow(&caller, Deed::Handle, inside, known.new.drill, &what).await?;
    } else {
        speaks(&api, &caller, &known.new.force, (inside, known.new.drill), &what).await?;
    }
    let note = bounded(report.note.trim().to_owned())?;
    let explained = [OrderStep::Decline, OrderStep::Lose, OrderStep::Recall];
    if note.is_empty() && explained.contains(&report.step) {
        return Err(Code::ReasonRequired.into());
    }
    let at = report.position.map(place_of).transpose()?;
    let (desk, now, by) = (api.desk.clone(), api.platform.now(), caller.actor.account.to_string());
    let (force, words) = (known.new.force.clone(), note.clone());
    let stage = blocking(move || {
        let people = report.people.map(Into::into);
        let told = Report { step: report.step, at: now, by: &by, note: &words, people };
        let stage = desk.step_force(id, &told)?;
        if let (Some(at), Some(_)) = (at, stage) {
            desk.set_place(&force, at, now, "report")?;
        }
        Ok::<_, ApiError>(stage)
    })
    .await??;
    stage.ok_or(Code::WrongState)?;
    let force = &known.new.force;
    let object = format!("{id} {} {}: {note}", force.kind, force.key);
    api.note(&caller, &format!("force {}", report.step.word()), &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hospitals of the caller's area with their beds.
#[utoipa::path(get, path = "/forces/beds", tag = "forces", params(StockArea),
    responses((status = 200, body = [Hospital])))]
pub async fn beds(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<StockArea>,
) -> Result<Reply<Vec<Hospital>>, ApiError> {
    let Some(area) = caller.part_of(query.area) else { return Ok(Reply(Vec::new())) };
    let shared = api.clone();
    let found = blocking(move || shared.forces.beds(&shared.base, &shared.desk, area)).await??;
    Ok(Reply(found.iter().map(Into::into).collect()))
}

/// Say how many beds of a hospital are free.
#[utoipa::path(put, path = "/forces/beds/{hospital}", tag = "forces", request_body = BedsReport,
    responses((status = 204)))]
pub async fn set_beds(
    State(api): State<Api>,
    caller: Caller,
    Path(hospital): Path<String>,
    Json(report): Json<BedsReport>,
) -> Result<StatusCode, ApiError> {
    let (kind, stored) = stored(&api, kind_of(&api, HOSPITAL)?, &hospital).await?;
    let force = ForceRef { kind: kind.key.clone(), key: hospital.clone() };
    let about = (stored.record.area, stored.record.synthetic);
    speaks(&api, &caller, &force, about, "beds").await?;
    let good = report.free <= report.total && report.total <= MOST_BEDS;
    if !good || !WARDS.contains(&report.ward.as_str()) {
        return Err(Code::OutOfRange.into());
    }
    let beds = Beds {
        hospital: hospital.clone(),
        ward: report.ward,
        total: report.total,
        free: report.free,
        at: api.platform.now(),
        by: caller.actor.account.to_string(),
    };
    let object = format!("{hospital} {}: {} of {}", beds.ward, beds.free, beds.total);
    let desk = api.desk.clone();
    blocking(move || desk.set_beds(&beds)).await??;
    api.note(&caller, "beds", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}
