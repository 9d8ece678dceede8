//! From a danger to a decision over HTTP; roads that are closed, and ways.

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_kernel::{AreaCode, IncidentId, Ms, Position, push::Protective};
use helan_route::{Place, RouteError, Router};
use helan_store::desk::RoadClosure;

use super::{
    Api,
    dangers::seen,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, bounded},
    question::question,
    state::{aside, blocking},
    wire::{CloseRoads, Closure, Created, ResponseView, WayQuestion, WayView},
};
use crate::{
    access::{Caller, Deed},
    response::{self, ground},
    roads::{self, USUAL_CLOSURE},
};

/// Roads of another area are closed so far from an incident, metres: as far as the gas of a large tank comes.
const AROUND_M: f64 = 20_000.0;
/// Longest closure: a week, after which somebody looks again.
const LONGEST_MIN: u32 = 7 * 24 * 60;

/// Who gets away which way, who can come, the level that rules ask for, options and a draft of the plan. Reckoned from what is known
/// now; nothing of the incident changes.
#[utoipa::path(get, path = "/incidents/{id}/response", tag = "danger", params(("id" = u64, Path)),
    responses((status = 200, body = ResponseView), (status = 404, body = ErrorBody)))]
pub async fn of_incident(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<ResponseView>, ApiError> {
    let question = question(&api, &caller, IncidentId(id)).await?;
    let shared = api.clone();
    let view = aside(&api, move || {
        let response = response::respond(&shared, &shared.plans, &question)?;
        ResponseView::of(&response).map_err(anyhow::Error::from)
    })
    .await?;
    view.map(Reply).map_err(ApiError::internal)
}

/// Roads that people closed, in the caller's area.
#[utoipa::path(get, path = "/roads/closures", tag = "danger", responses((status = 200, body = [Closure])))]
pub async fn closures(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Vec<Closure>>, ApiError> {
    let (area, now) = (caller.area, api.platform.now());
    let shared = api.clone();
    let rows = blocking(move || shared.desk.road_closures(area, now)).await??;
    Ok(Reply(rows.iter().map(Closure::from).collect()))
}

/// Close every road that touches a ring; ways and plans follow at once.
#[utoipa::path(post, path = "/roads/closures", tag = "danger", request_body = CloseRoads,
    responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn close(
    State(api): State<Api>,
    caller: Caller,
    Json(asked): Json<CloseRoads>,
) -> Result<Reply<Created>, ApiError> {
    let area = AreaCode(asked.area);
    api.allow(&caller, Deed::Handle, area, false, "roads-close").await?;
    let reason = bounded(asked.reason)?;
    if reason.trim().is_empty() {
        return Err(Code::ReasonRequired.into());
    }
    let ring: Vec<Position> = asked.ring.into_iter().map(Into::into).collect();
    roads::area(&ring).map_err(wrong)?;
    may_close(&api, &caller, asked.incident, (area, middle(&ring))).await?;
    let minutes = asked.minutes.unwrap_or(u32::try_from(USUAL_CLOSURE.0 / 60_000).unwrap_or(1));
    if !(1..=LONGEST_MIN).contains(&minutes) {
        return Err(Code::OutOfRange.into());
    }
    let now = api.platform.now();
    let closure = RoadClosure {
        id: 0,
        area,
        incident: asked.incident,
        reason,
        by: caller.actor.account.to_string(),
        at: now,
        until: now.after(Ms::seconds(i64::from(minutes) * 60)),
        ring,
    };
    api.note(&caller, "roads-close", &closure.reason, true).await?;
    let shared = api.clone();
    let id = blocking(move || shared.desk.close_roads(&closure)).await??;
    api.roads.closures_changed();
    Ok(Reply(Created { id: Some(id) }))
}

/// Refuses to close roads elsewhere than in the area that the caller speaks for, but for those around an incident of theirs: dangers do
/// not end at a border.
async fn may_close(
    api: &Api,
    caller: &Caller,
    incident: Option<u64>,
    (area, at): (AreaCode, Position),
) -> Result<(), ApiError> {
    let incident = match incident {
        Some(id) => seen(api, caller, IncidentId(id)).await?.position,
        None => None,
    };
    if incident.is_some_and(|place| place.metres_to(at) <= AROUND_M) {
        return Ok(());
    }
    api.lies_in(area, at)
}

/// Middle of the corners of a ring.
fn middle(ring: &[Position]) -> Position {
    let mut count = 0.0;
    let sum = ring.iter().fold(Position::default(), |sum, at| {
        count += 1.0;
        Position { lon: sum.lon + at.lon, lat: sum.lat + at.lat }
    });
    Position { lon: sum.lon / count, lat: sum.lat / count }
}

/// Open roads again.
#[utoipa::path(delete, path = "/roads/closures/{id}", tag = "danger", params(("id" = u64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)))]
pub async fn open(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<StatusCode, ApiError> {
    let now = api.platform.now();
    let shared = api.clone();
    let known = blocking(move || shared.desk.road_closure(id, now)).await??;
    let closure = known.ok_or(Code::NotFound)?;
    api.allow(&caller, Deed::Handle, closure.area, false, "roads-open").await?;
    api.note(&caller, "roads-open", &id.to_string(), true).await?;
    let by = caller.actor.account.to_string();
    let shared = api.clone();
    let done = blocking(move || shared.desk.open_roads(id, &by, now)).await??;
    api.roads.closures_changed();
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(Code::NotFound.into()) }
}

/// The quickest way as roads are now; it never enters the danger area of the incident that is to be avoided.
#[utoipa::path(post, path = "/roads/way", tag = "danger", request_body = WayQuestion,
    responses((status = 200, body = WayView), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
pub async fn way(
    State(api): State<Api>,
    caller: Caller,
    Json(asked): Json<WayQuestion>,
) -> Result<Reply<WayView>, ApiError> {
    let danger = match asked.avoid {
        Some(id) => {
            let incident = seen(&api, &caller, IncidentId(id)).await?;
            let ground = ground::of(&incident, &[Protective::Leave, Protective::Shelter]);
            ground::closed(&ground).map_err(wrong)?
        }
        None => Vec::new(),
    };
    let place = |at: super::wire::Position| Place::new(at.lon, at.lat).map_err(wrong);
    let (from, to) = (place(asked.from)?, place(asked.to)?);
    let (roads, near) = (api.roads.now(), api.config.response.to_road_m);
    let class = asked.class;
    let found = blocking(move || -> Result<Option<WayView>, RouteError> {
        let Some(ways) = roads.without(&class, &danger)? else { return Ok(None) };
        let (from, to) = (ways.snap(from, near)?.spot, ways.snap(to, near)?.spot);
        let mut router = Router::new(&ways);
        let route = router.route(from, to)?;
        let mut names: Vec<String> =
            route.edges.iter().map(|edge| roads.name(*edge).to_owned()).collect();
        names.dedup();
        names.retain(|name| !name.is_empty());
        let line = router.line(&route);
        Ok(Some(WayView::of(f64::from(route.time_ms) / 60_000.0, route.length_m, &line, names)))
    });
    let found = found.await?.map_err(wrong)?;
    found.map(Reply).ok_or_else(|| Code::NotFound.into())
}

/// Why there is no way, to whoever asked.
pub(super) fn wrong(error: RouteError) -> ApiError {
    let code = match error {
        RouteError::NoWay | RouteError::NoRoadNear { .. } | RouteError::EmptyGraph => {
            Code::NotFound
        }
        _ => Code::OutOfRange,
    };
    ApiError::with_detail(code, error.to_string())
}
