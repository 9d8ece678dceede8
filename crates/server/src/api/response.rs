//! From a danger to a decision over HTTP; roads that are closed, and ways.

use axum::{Json as Reply, extract::State, http::StatusCode};
use geo::MultiPolygon;
use helan_base::inside::{Level, Origin};
use helan_kernel::{
    AreaCode, Engine, IncidentId, Ms, Position, command,
    dispose::{Run, StepState},
    push::Protective,
    registry::Registry,
};
use helan_plan::ControlState;
use helan_route::{Place, RouteError, Router};
use helan_store::desk::RoadClosure;

use super::{
    Api,
    dangers::seen,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, bounded},
    notices::sees_people,
    state::{aside, blocking},
    wire::{CloseRoads, Closure, Created, ResponseView, WayQuestion, WayView},
};
use crate::{
    access::{Caller, Deed},
    inside::{self, Ask, AskError},
    response::{self, Known, Question, facts::Control, ground},
    roads::{self, USUAL_CLOSURE},
};

/// Longest closure: a week, after which somebody looks again.
const LONGEST_MIN: u32 = 7 * 24 * 60;
/// How far around an incident people are looked for, metres: no area here reaches farther.
const REACH_M: f64 = 20_000.0;
/// Other dangers are looked for so far away, metres: farther than any shelter is.
const OTHERS_M: f64 = 60_000.0;
/// Other dangers, at most: those of a region on its worst day.
const MOST_OTHERS: usize = 500;
/// People that are looked through: a large city's, some hundred milliseconds.
const MOST_KNOWN: usize = 500_000;

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

/// What the answer is made of, for an incident that the caller may see.
///
/// # Errors
/// Not found.
pub(super) async fn question(
    api: &Api,
    caller: &Caller,
    id: IncidentId,
) -> Result<Question, ApiError> {
    let incident = seen(api, caller, id).await?;
    let private = sees_people(caller, incident.drill);
    about(api, incident, (caller.area, private)).await
}

/// The same for an incident that is known, of what lies in an area; with people's homes, or without them.
///
/// # Errors
/// When the node or the history cannot be asked.
pub async fn about(
    api: &Api,
    incident: command::Incident,
    (area, private): (AreaCode, bool),
) -> Result<Question, ApiError> {
    let (id, now) = (incident.id, api.platform.now());
    let mut question = api
        .platform
        .ask(move |engine| Question {
            inside: None,
            dangers: engine.dangers().of(id).cloned().collect(),
            leaving: engine.push().leaving(id),
            people: known(engine.registry(), &incident),
            facility: facility(engine, &incident),
            elsewhere: elsewhere(engine.desk().incidents(), &incident),
            controls: engine
                .dispose()
                .runs()
                .filter(|run| run.incident == Some(id))
                .flat_map(|run| controls(engine.registry(), run))
                .collect(),
            incident,
            now,
            area,
            private,
        })
        .await?;
    if question.dangers.is_empty() {
        // Of a closed incident: as it was last.
        question.dangers = api.history.dangers_of(id).await?.pop().into_iter().collect();
    }
    question.inside = who_is_inside(api, &question).await?;
    Ok(question)
}

/// Who is inside the levels of the model, else the zones.
async fn who_is_inside(api: &Api, question: &Question) -> Result<Option<inside::Answer>, ApiError> {
    let by_model = question.dangers.first().into_iter().flat_map(|danger| &danger.levels);
    let by_model = by_model.map(|level| Level {
        key: level.level.clone(),
        ground: MultiPolygon::new(level.rings.iter().map(|ring| ground::polygon(ring)).collect()),
    });
    let mut levels: Vec<Level> = by_model.filter(|level| !level.ground.0.is_empty()).collect();
    if levels.is_empty() {
        let zones = [("leave", Protective::Leave), ("shelter", Protective::Shelter)];
        let zones = zones.map(|(key, action)| Level {
            key: key.to_owned(),
            ground: ground::of(&question.incident, &[action]),
        });
        levels = zones.into_iter().filter(|level| !level.ground.0.is_empty()).collect();
    }
    if levels.is_empty() {
        return Ok(None);
    }
    let source = question.dangers.first().map(|danger| danger.source);
    let source = source.or(question.incident.position);
    let ask = Ask {
        levels,
        at: Some(question.now),
        area: question.area,
        sees_people: question.private,
        origin: source.map(|at| Origin { at, record: None }),
        arrival: None,
        moving: Vec::new(),
    };
    match inside::inside(api, ask).await {
        Ok(answer) => Ok(Some(answer)),
        // A danger inside a house has no ground that could be asked about.
        Err(AskError::Area(_)) => Ok(None),
        Err(error @ AskError::Stopping) => Err(error.into()),
    }
}

/// The facility of the incident's first alarm that has one.
fn facility(engine: &Engine, incident: &command::Incident) -> Option<String> {
    let alarms = incident.alarms.iter().filter_map(|id| engine.watch().alarm(*id));
    let mut devices = alarms.filter_map(|alarm| engine.registry().device(alarm.device));
    let device = devices.find(|device| !device.spec.facility.is_empty())?;
    Some(device.spec.facility.clone())
}

/// Ground of the other dangers around an incident: nobody is led into them, whoever's they are.
fn elsewhere<'a>(
    open: impl Iterator<Item = &'a command::Incident>,
    incident: &command::Incident,
) -> MultiPolygon {
    let near = |other: &&command::Incident| {
        let places = other.position.zip(incident.position);
        other.id != incident.id
            && !other.all_clear
            && (incident.drill || !other.drill)
            && places.is_some_and(|(a, b)| a.metres_to(b) <= OTHERS_M)
    };
    let actions = [Protective::Leave, Protective::Shelter];
    let grounds = open.filter(near).take(MOST_OTHERS).map(|other| ground::of(other, &actions));
    MultiPolygon::new(grounds.flat_map(|ground| ground.0).collect())
}

/// People whom the platform can reach around an incident.
fn known(registry: &Registry, incident: &command::Incident) -> Vec<Known> {
    let Some(middle) = incident.position else { return Vec::new() };
    let bounds = helan_kernel::registry::Bounds::around(middle, REACH_M);
    let near = registry.people_near(bounds).take(MOST_KNOWN);
    near.map(|(_, person)| Known {
        at: person.position,
        area: person.area,
        helped: !person.needs.is_empty(),
    })
    .collect()
}

fn controls(registry: &Registry, run: &Run) -> Vec<Control> {
    let program = registry.programs.get(run.program.index());
    let results = run.results.iter().filter_map(|result| {
        let state = match result.state {
            StepState::Waiting => ControlState::Running,
            StepState::Proved | StepState::Already => ControlState::Proven,
            StepState::Failed | StepState::Interlocked | StepState::NoTarget => {
                ControlState::Failed
            }
            StepState::Skipped => return None,
        };
        let step = program.and_then(|p| p.steps.get(usize::from(result.step)))?;
        Some(Control { key: format!("{}/{}", run.id, result.step), name: step.name.clone(), state })
    });
    results.collect()
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
    api.lies_in(area, middle(&ring))?;
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
fn wrong(error: RouteError) -> ApiError {
    let code = match error {
        RouteError::NoWay | RouteError::NoRoadNear { .. } | RouteError::EmptyGraph => {
            Code::NotFound
        }
        _ => Code::OutOfRange,
    };
    ApiError::with_detail(code, error.to_string())
}
