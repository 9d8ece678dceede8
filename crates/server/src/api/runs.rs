//! Runs of programs: hold, resume, take over.

use axum::{Json as Reply, extract::State};
use helan_kernel::{RunId, event::ActionKind};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path},
    wire::{Created, Reason},
};
use crate::access::{Caller, Deed};

async fn act(
    api: &Api,
    caller: &Caller,
    id: u64,
    what: &str,
    kind: ActionKind,
    reason: Reason,
) -> Result<Reply<Created>, ApiError> {
    let known = api
        .platform
        .ask(move |engine| {
            let run = engine.dispose().run(RunId(id))?;
            let area = engine.registry().device(run.device)?.spec.area;
            Some((area, run.drill))
        })
        .await?;
    let (area, drill) = known.ok_or(Code::NotFound)?;
    api.allow(caller, Deed::Handle, area, drill, &format!("{what} {id}")).await?;
    api.act(caller, kind, reason.reason).await
}

/// Stop a run where it stands.
#[utoipa::path(post, path = "/runs/{id}/hold", tag = "runs", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn hold(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    act(&api, &caller, id, "run-hold", ActionKind::HoldRun(RunId(id)), reason).await
}

/// Let a held run go on.
#[utoipa::path(post, path = "/runs/{id}/resume", tag = "runs", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn resume(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    act(&api, &caller, id, "run-resume", ActionKind::ResumeRun(RunId(id)), reason).await
}

/// Do the rest by hand; the run ends.
#[utoipa::path(post, path = "/runs/{id}/take-over", tag = "runs", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn take_over(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    act(&api, &caller, id, "run-take-over", ActionKind::TakeOverRun(RunId(id)), reason).await
}
