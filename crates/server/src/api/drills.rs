//! Drills.

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_kernel::AreaCode;

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path},
    state::blocking,
    wire::{DrillStart, Drills, EndedDrill, RunningDrill, Scenario, Text},
};
use crate::{
    access::{Caller, Deed},
    jobs::drill::{Outcome, StartError},
};

/// Fastest speed: beyond it the messages of a minute no longer fit into a second.
const MAX_SPEED: f64 = 60.0;

/// Scenarios, and the drills that run or ended. What a drill does lies anywhere: only callers whose area is everything see
/// how drills went.
#[utoipa::path(get, path = "/drills", tag = "drills", responses((status = 200, body = Drills)))]
pub async fn list(State(api): State<Api>, caller: Caller) -> Result<Reply<Drills>, ApiError> {
    let drills = api.drills.clone();
    let (scenarios, mut running, mut ended) =
        blocking(move || (drills.scenarios(), drills.running(), drills.ended())).await?;
    if caller.area != AreaCode::ALL {
        running.clear();
        ended.clear();
    }
    let scenarios = scenarios.into_iter().map(|scenario| Scenario {
        key: scenario.key,
        name: Text::from(&scenario.name),
        description: Text::from(&scenario.description),
        minutes: scenario.minutes,
    });
    let running = running.into_iter().map(|run| RunningDrill {
        key: run.key,
        started: run.started.0,
        by: run.by,
        speed: run.speed,
        output: run.output,
    });
    let ended = ended.into_iter().map(|ended| EndedDrill {
        key: ended.run.key,
        started: ended.run.started.0,
        ended: ended.at.0,
        by: ended.run.by,
        outcome: match ended.outcome {
            Outcome::Done => "done",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
        },
        output: ended.run.output,
        report: ended.report,
    });
    Ok(Reply(Drills {
        scenarios: scenarios.collect(),
        running: running.collect(),
        ended: ended.collect(),
        available: api.drills.is_available(),
    }))
}

/// Start a scenario. Its devices are virtual; nothing of it reaches the public.
#[utoipa::path(post, path = "/drills", tag = "drills", request_body = DrillStart, responses((status = 202),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "It runs already"),
    (status = 503, body = ErrorBody, description = "The simulator is not installed, or the server runs without --demo")))]
pub async fn start(
    State(api): State<Api>,
    caller: Caller,
    Json(start): Json<DrillStart>,
) -> Result<StatusCode, ApiError> {
    let key = start.scenario;
    let speed = start.speed.unwrap_or(1.0);
    if !(1.0..=MAX_SPEED).contains(&speed) {
        return Err(Code::OutOfRange.into());
    }
    // The places of a scenario are its own: only callers whose area is everything start one.
    api.allow(&caller, Deed::Drills, AreaCode::ALL, true, &format!("drill-start {key}")).await?;
    let drills = api.drills.clone();
    let by = caller.actor.account.to_string();
    let name = key.clone();
    let runtime = tokio::runtime::Handle::current();
    let started = blocking(move || {
        // The child's task belongs to this runtime.
        let _inside = runtime.enter();
        drills.start(&name, speed, &by)
    })
    .await?;
    api.note(&caller, "drill-start", &key, started.is_ok()).await?;
    match started {
        Ok(()) => Ok(StatusCode::ACCEPTED),
        Err(StartError::Unknown) => Err(Code::NotFound.into()),
        Err(StartError::Busy) => Err(Code::WrongState.into()),
        Err(StartError::NotAvailable) => Err(Code::NotAvailable.into()),
        Err(StartError::Io(error)) => Err(ApiError::internal(error)),
    }
}

/// Stop a drill.
#[utoipa::path(delete, path = "/drills/{key}", tag = "drills", params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)))]
pub async fn stop(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<StatusCode, ApiError> {
    api.allow(&caller, Deed::Drills, AreaCode::ALL, true, &format!("drill-stop {key}")).await?;
    let stopped = api.drills.cancel(&key);
    api.note(&caller, "drill-stop", &key, stopped).await?;
    if stopped { Ok(StatusCode::NO_CONTENT) } else { Err(Code::NotFound.into()) }
}
