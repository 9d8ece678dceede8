//! Incidents: the duty officer's queue, one incident's file, calls.

use axum::{Json as Reply, extract::State};
use helan_kernel::{
    AreaCode, Event, IncidentId, command,
    event::{ActionKind, Call, Joins},
};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, Query, bounded, cursor, page_size},
    state::created,
    wire::{
        CallReport, CallTaken, Created, Grading, Incident, IncidentFile, Note, OpenQuery, Page,
        Reason,
    },
};
use crate::access::{Caller, Deed, Grant, grant};

/// Incidents, newest first.
#[utoipa::path(get, path = "/incidents", tag = "incidents", params(OpenQuery), responses((status = 200, body = Page<Incident>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<OpenQuery>,
) -> Result<Reply<Page<Incident>>, ApiError> {
    let limit = page_size(query.limit);
    let before = cursor(query.after.as_deref())?;
    let area = caller.area;
    let items: Vec<Incident> = if query.open.unwrap_or(true) {
        let open = api.platform.ask(move |engine| {
            engine
                .desk()
                .incidents()
                .rev()
                .filter(|incident| before.is_none_or(|before| incident.id.0 < before))
                .filter(|incident| area.contains(incident.area))
                .take(limit)
                .cloned()
                .collect::<Vec<_>>()
        });
        open.await?.iter().map(Incident::from).collect()
    } else {
        let over = api.history.closed::<command::Incident>(area, None, before, limit).await?;
        over.iter().map(Incident::from).collect()
    };
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.id.to_string());
    Ok(Reply(Page { items, next }))
}

/// An incident with everything that belongs to it.
#[utoipa::path(get, path = "/incidents/{id}", tag = "incidents", params(("id" = u64, Path)),
    responses((status = 200, body = IncidentFile), (status = 404, body = ErrorBody)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<IncidentFile>, ApiError> {
    super::file::of(&api, &caller, IncidentId(id)).await.map(Reply)
}

pub(super) async fn act(
    api: &Api,
    caller: &Caller,
    id: u64,
    what: &str,
    kind: ActionKind,
    reason: String,
) -> Result<Reply<Created>, ApiError> {
    let known = api
        .platform
        .ask(move |engine| engine.desk().incident(IncidentId(id)).map(|i| (i.area, i.drill)))
        .await?;
    let (area, drill) = known.ok_or(Code::NotFound)?;
    api.allow(caller, Deed::Handle, area, drill, &format!("{what} {id}")).await?;
    api.act(caller, kind, reason).await
}

/// Take an incident from the queue: "I have it".
#[utoipa::path(post, path = "/incidents/{id}/take", tag = "incidents", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn take(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::TakeIncident(IncidentId(id));
    act(&api, &caller, id, "incident-take", kind, reason.reason).await
}

/// Write a note on the timeline.
#[utoipa::path(post, path = "/incidents/{id}/note", tag = "incidents", params(("id" = u64, Path)),
    request_body = Note, responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn note(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(note): Json<Note>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::NoteIncident(IncidentId(id), bounded(note.text)?);
    act(&api, &caller, id, "incident-note", kind, String::new()).await
}

/// Set the response level.
#[utoipa::path(post, path = "/incidents/{id}/grade", tag = "incidents", params(("id" = u64, Path)),
    request_body = Grading, responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn grade(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(grading): Json<Grading>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::GradeIncident(IncidentId(id), grading.grade);
    act(&api, &caller, id, "incident-grade", kind, grading.reason).await
}

/// Tell exactly the same set that the danger is over. Where people outside were told of the danger, the first request asks
/// for it (`clear_asked`) and that of a second person gives it.
#[utoipa::path(post, path = "/incidents/{id}/all-clear", tag = "incidents", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn all_clear(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::AllClear(IncidentId(id));
    act(&api, &caller, id, "incident-all-clear", kind, reason.reason).await
}

/// Close an incident.
#[utoipa::path(post, path = "/incidents/{id}/close", tag = "incidents", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
pub async fn close(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::CloseIncident(IncidentId(id));
    act(&api, &caller, id, "incident-close", kind, reason.reason).await
}

/// Write down a call; it opens or joins an incident, whose number comes back. Whoever writes it down may say which.
#[utoipa::path(post, path = "/calls", tag = "incidents", request_body = CallReport,
    responses((status = 200, body = CallTaken), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
pub async fn call(
    State(api): State<Api>,
    caller: Caller,
    Json(report): Json<CallReport>,
) -> Result<Reply<CallTaken>, ApiError> {
    let area = AreaCode(report.area);
    // Whoever may act on drills only can only report for drills.
    let drill = report.drill || grant(caller.role, Deed::Handle) == Grant::Drill;
    api.allow(&caller, Deed::Handle, area, drill, "call").await?;
    let joins = joins(&api, &caller, report.incident, report.separate).await?;
    let call = Call {
        kind: bounded(report.kind)?,
        area,
        position: report.position.map(Into::into),
        place: bounded(report.place)?,
        caller: bounded(report.caller)?,
        contact: bounded(report.contact)?,
        text: bounded(report.text)?,
        by: caller.actor.clone(),
        drill,
        joins,
        facility: bounded(report.facility)?,
        credible: report.credible,
    };
    let Reply(taken) = created(api.platform.act(Event::Call(Box::new(call))).await?)?;
    Ok(Reply(CallTaken { incident: taken.id }))
}

/// Where a call belongs, as its writer says; only to an incident that the writer may see.
async fn joins(
    api: &Api,
    caller: &Caller,
    incident: Option<u64>,
    separate: bool,
) -> Result<Joins, ApiError> {
    match (incident, separate) {
        (Some(_), true) => Err(Code::OutOfRange.into()),
        (None, true) => Ok(Joins::New),
        (None, false) => Ok(Joins::Alike),
        (Some(id), false) => {
            let id = IncidentId(id);
            let area = api.platform.ask(move |engine| engine.desk().incident(id).map(|i| i.area));
            match area.await?.filter(|area| caller.sees(*area)) {
                Some(_) => Ok(Joins::This(id)),
                None => Err(Code::NotFound.into()),
            }
        }
    }
}
