//! Alarms.

use axum::{Json as Reply, extract::State};
use helan_kernel::{AlarmId, AreaCode, Engine, Ms, event::ActionKind, watch};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, Query, cursor, page_size},
    wire::{Alarm, Created, OpenQuery, Page, Reason, Shelf},
};
use crate::access::{Caller, Deed};

/// Alarms, newest first.
#[utoipa::path(get, path = "/alarms", tag = "alarms", params(OpenQuery), responses((status = 200, body = Page<Alarm>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<OpenQuery>,
) -> Result<Reply<Page<Alarm>>, ApiError> {
    let limit = page_size(query.limit);
    let before = cursor(query.after.as_deref())?;
    if query.open.unwrap_or(true) {
        let area = caller.area;
        let incident = query.incident;
        let items =
            api.platform.ask(move |engine| open(engine, area, incident, before, limit)).await?;
        return Ok(Reply(page(items, limit)));
    }
    let over = api.history.closed(caller.area, query.incident, before, limit).await?;
    let items = named(&api, over).await?;
    Ok(Reply(page(items, limit)))
}

fn open(
    engine: &Engine,
    area: AreaCode,
    incident: Option<u64>,
    before: Option<u64>,
    limit: usize,
) -> Vec<Alarm> {
    engine
        .watch()
        .alarms()
        .rev()
        .filter(|alarm| before.is_none_or(|before| alarm.id.0 < before))
        .filter(|alarm| area.contains(alarm.place.area))
        .filter(|alarm| incident.is_none_or(|id| alarm.incident.is_some_and(|i| i.0 == id)))
        .take(limit)
        .map(|alarm| Alarm::of(engine.registry(), alarm))
        .collect()
}

fn page(items: Vec<Alarm>, limit: usize) -> Page<Alarm> {
    let next = items.last().filter(|_| items.len() == limit).map(|alarm| alarm.id.to_string());
    Page { items, next }
}

/// Alarms with the names that the base data has for them.
async fn named(api: &Api, alarms: Vec<watch::Alarm>) -> Result<Vec<Alarm>, ApiError> {
    if alarms.is_empty() {
        return Ok(Vec::new());
    }
    let named = api.platform.ask(move |engine| {
        alarms.iter().map(|alarm| Alarm::of(engine.registry(), alarm)).collect()
    });
    Ok(named.await?)
}

/// One alarm.
#[utoipa::path(get, path = "/alarms/{id}", tag = "alarms", params(("id" = u64, Path)),
    responses((status = 200, body = Alarm), (status = 404, body = ErrorBody)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<Alarm>, ApiError> {
    let id = AlarmId(id);
    let open = api
        .platform
        .ask(move |engine| {
            engine.watch().alarm(id).map(|alarm| Alarm::of(engine.registry(), alarm))
        })
        .await?;
    let found = match open {
        Some(alarm) => Some(alarm),
        None => named(&api, api.history.get(id.0).await?.into_iter().collect()).await?.pop(),
    };
    found
        .filter(|alarm| caller.sees(AreaCode(alarm.place.area)))
        .map(Reply)
        .ok_or_else(|| Code::NotFound.into())
}

async fn act(
    api: &Api,
    caller: &Caller,
    id: AlarmId,
    what: &str,
    kind: ActionKind,
    reason: String,
) -> Result<Reply<Created>, ApiError> {
    let known = api
        .platform
        .ask(move |engine| engine.watch().alarm(id).map(|alarm| (alarm.place.area, alarm.drill)))
        .await?;
    let (area, drill) = known.ok_or(Code::NotFound)?;
    api.allow(caller, Deed::Handle, area, drill, &format!("{what} {id}")).await?;
    api.act(caller, kind, reason).await
}

/// Take note of an alarm.
#[utoipa::path(post, path = "/alarms/{id}/acknowledge", tag = "alarms", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn acknowledge(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let id = AlarmId(id);
    let kind = ActionKind::AcknowledgeAlarm(id);
    act(&api, &caller, id, "alarm-acknowledge", kind, reason.reason).await
}

/// Put an alarm aside until a moment.
#[utoipa::path(post, path = "/alarms/{id}/shelve", tag = "alarms", params(("id" = u64, Path)),
    request_body = Shelf, responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn shelve(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(shelf): Json<Shelf>,
) -> Result<Reply<Created>, ApiError> {
    let id = AlarmId(id);
    let kind = ActionKind::ShelveAlarm(id, Ms(shelf.until));
    act(&api, &caller, id, "alarm-shelve", kind, shelf.reason).await
}

/// Bring a shelved alarm back.
#[utoipa::path(post, path = "/alarms/{id}/unshelve", tag = "alarms", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn unshelve(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let id = AlarmId(id);
    act(&api, &caller, id, "alarm-unshelve", ActionKind::UnshelveAlarm(id), reason.reason).await
}

/// Reset a latched alarm whose cause is gone.
#[utoipa::path(post, path = "/alarms/{id}/reset", tag = "alarms", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn reset(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let id = AlarmId(id);
    act(&api, &caller, id, "alarm-reset", ActionKind::ResetAlarm(id), reason.reason).await
}
