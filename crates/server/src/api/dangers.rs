//! Danger areas of incidents, what-if, the weather, tasks on site, and models asked by hand.

use std::collections::BTreeMap;

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, Query, bounded},
    incidents::act,
    question::uncounted,
    state::aside,
    wire::{
        Air, Created, Danger, DangerFrame, DangerLevel, Dangers, ModelAnswer, ModelQuestion,
        Reason, SubstanceView, TaskOrder, WeatherByHand, WeatherQuery, WhatIf,
    },
};
use crate::{
    access::{Caller, Deed},
    jobs::{crews, verify},
};
use axum::{Json as Reply, extract::State};
use helan_hazard::{HazardError, Model, Report, Value as Figure, catalogue, substance};
use helan_kernel::{
    AreaCode, IncidentId, Ms, Position, PostId, Text, command,
    danger::{self, DangerArea},
    event::ActionKind,
    weather::WeatherReport,
};

/// Inputs that are a wind.
const WIND: [&str; 3] = ["wind_m_s", "wind_from_deg", "winds"];
/// How long ago it was so, seconds.
const WIND_AGE: &str = "wind_age_s";

/// An incident that the caller may see: open or closed.
pub(super) async fn seen(
    api: &Api,
    caller: &Caller,
    id: IncidentId,
) -> Result<command::Incident, ApiError> {
    let open = api.platform.ask(move |engine| engine.desk().incident(id).cloned()).await?;
    let found = match open {
        Some(incident) => Some(incident),
        None => api.history.get::<command::Incident>(id.0).await?,
    };
    found.filter(|incident| caller.sees(incident.area)).ok_or_else(|| Code::NotFound.into())
}

/// How far the dangers of an incident reach, and reached before.
#[utoipa::path(get, path = "/incidents/{id}/danger", tag = "danger", params(("id" = u64, Path)),
    responses((status = 200, body = Dangers), (status = 404, body = ErrorBody)))]
pub async fn of_incident(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<Dangers>, ApiError> {
    let id = IncidentId(id);
    seen(&api, &caller, id).await?;
    let now = api
        .platform
        .ask(move |engine| engine.dangers().of(id).map(Danger::from).collect::<Vec<_>>())
        .await?;
    let all = api.history.dangers_of(id).await?;
    let history: Vec<Danger> = all.iter().map(Danger::from).collect();
    let now = if now.is_empty() { last_of_each(&history) } else { now };
    Ok(Reply(Dangers { now, history }))
}

/// The newest area of each policy.
fn last_of_each(history: &[Danger]) -> Vec<Danger> {
    let mut last: BTreeMap<&str, &Danger> = BTreeMap::new();
    for danger in history {
        last.insert(&danger.policy, danger);
    }
    last.into_values().cloned().collect()
}

/// What if the wind, the amount or the place were other: the model answers, the incident does not change.
#[utoipa::path(post, path = "/incidents/{id}/what-if", tag = "danger", params(("id" = u64, Path)), request_body = WhatIf,
    responses((status = 200, body = ModelAnswer), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
pub async fn what_if(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(what): Json<WhatIf>,
) -> Result<Reply<ModelAnswer>, ApiError> {
    let id = IncidentId(id);
    let incident = seen(&api, &caller, id).await?;
    let area = api.platform.ask(move |engine| engine.dangers().of(id).next().cloned()).await?;
    let area = match area {
        Some(area) => Some(area),
        None => api.history.dangers_of(id).await?.pop(),
    };
    let source = what.source.map(Position::from);
    let (model, inputs) = supposed(what.model, what.inputs, source, area.as_ref())?;
    let source = source.or_else(|| area.map(|area| area.source)).or(incident.position);
    reckon(&api, model, inputs, source).await.map(Reply)
}

/// The model that is asked and what it is told: its own figures of the area, with those over them that somebody supposes. A wind that is
/// supposed is as it is now, unless its age is told; another place is where the sun stands as it does there.
///
/// # Errors
/// When there is no model, or a figure is none.
pub(super) fn supposed(
    model: Option<String>,
    others: BTreeMap<String, serde_json::Value>,
    source: Option<Position>,
    area: Option<&DangerArea>,
) -> Result<(&'static Model, BTreeMap<String, Figure>), ApiError> {
    let model = model.or_else(|| area.map(|area| area.model.clone()));
    let model = catalogue::find(&model.ok_or(Code::NotFound)?).map_err(refused)?;
    let same = area.filter(|area| area.model == model.key);
    let mut inputs: BTreeMap<String, Figure> = same
        .into_iter()
        .flat_map(|area| area.inputs.iter().map(|(name, input)| (name.clone(), input.into())))
        .collect();
    let mut follows = |name: &str, value: f64| {
        if !others.contains_key(name) && inputs.contains_key(name) {
            inputs.insert(name.to_owned(), Figure::Number(value));
        }
    };
    if WIND.iter().any(|name| others.contains_key(*name)) {
        follows(WIND_AGE, 0.0);
    }
    if let Some(at) = source {
        follows("latitude_deg", at.lat);
        follows("longitude_deg", at.lon);
    }
    for (name, value) in others {
        if value.is_null() {
            inputs.remove(&name);
        } else {
            let figure = serde_json::from_value(value).map_err(|error| {
                ApiError::with_detail(Code::Invalid, format!("{name}: {error}"))
            })?;
            inputs.insert(name, figure);
        }
    }
    Ok((model, inputs))
}

/// The models with their inputs.
#[utoipa::path(get, path = "/models", tag = "danger", responses((status = 200, body = serde_json::Value)))]
pub async fn models() -> Reply<Vec<&'static Model>> {
    Reply(catalogue::models().collect())
}

/// The substances that the gas models know.
#[utoipa::path(get, path = "/substances", tag = "danger", responses((status = 200, body = Vec<SubstanceView>)))]
pub async fn substances() -> Reply<Vec<SubstanceView>> {
    Reply(substance::all().iter().map(SubstanceView::from).collect())
}

/// Ask a model.
#[utoipa::path(post, path = "/models/{key}", tag = "danger", params(("key" = String, Path)), request_body = ModelQuestion,
    responses((status = 200, body = ModelAnswer), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
pub async fn ask_model(
    State(api): State<Api>,
    _caller: Caller,
    Path(key): Path<String>,
    Json(question): Json<ModelQuestion>,
) -> Result<Reply<ModelAnswer>, ApiError> {
    let model = catalogue::find(&key).map_err(refused)?;
    let source = question.source.map(Position::from);
    reckon(&api, model, question.inputs, source).await.map(Reply)
}

async fn reckon(
    api: &Api,
    model: &'static Model,
    inputs: BTreeMap<String, Figure>,
    source: Option<Position>,
) -> Result<ModelAnswer, ApiError> {
    let source = match source {
        Some(at) => Some(at.known().ok_or(Code::OutOfRange)?),
        None => None,
    };
    let report = aside(api, move || model.answer(&inputs)).await?.map_err(refused)?;
    Ok(on_map(report, source))
}

fn on_map(report: Report, source: Option<Position>) -> ModelAnswer {
    let levels = |areas: &[helan_hazard::Area]| -> Vec<DangerLevel> {
        let Some(source) = source else { return Vec::new() };
        areas.iter().map(|area| DangerLevel::from(&danger::on_map(source, area))).collect()
    };
    let frames = report
        .frames
        .iter()
        .map(|frame| DangerFrame { at_s: frame.at_s, levels: levels(&frame.areas) })
        .collect();
    ModelAnswer { levels: levels(&report.areas), frames, report }
}

/// Why a model does not answer, to whoever asked.
pub(super) fn refused(error: HazardError) -> ApiError {
    let code = match error {
        HazardError::Model { .. } => Code::NotFound,
        HazardError::Missing { .. }
        | HazardError::Surplus { .. }
        | HazardError::Range { .. }
        | HazardError::Choice { .. }
        | HazardError::Type { .. }
        | HazardError::Substance { .. }
        | HazardError::Together { .. } => Code::Invalid,
    };
    ApiError::with_detail(code, error.to_string())
}

/// The air at a place, as far as it is known, and who says so.
#[utoipa::path(get, path = "/weather", tag = "danger", params(WeatherQuery), responses((status = 200, body = Air)))]
pub async fn weather(
    State(api): State<Api>,
    _caller: Caller,
    Query(query): Query<WeatherQuery>,
) -> Result<Reply<Air>, ApiError> {
    let place = Position { lon: query.lon, lat: query.lat }.known().ok_or(Code::OutOfRange)?;
    let now = api.platform.now();
    let air = api
        .platform
        .ask(move |engine| {
            engine.weather().at(now, engine.registry(), engine.watch(), place, false)
        })
        .await?;
    Ok(Reply(Air::from(&air)))
}

/// Write down how the air is at a place: it comes before stations and feeds.
#[utoipa::path(post, path = "/weather", tag = "danger", request_body = WeatherByHand,
    responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn set_weather(
    State(api): State<Api>,
    caller: Caller,
    Json(said): Json<WeatherByHand>,
) -> Result<Reply<Created>, ApiError> {
    let area = AreaCode(said.area);
    api.allow(&caller, Deed::Handle, area, false, "weather").await?;
    let now = api.platform.now();
    let (key, position) = (bounded(said.key)?, Position::from(said.position));
    api.lies_in(area, position)?;
    // Nobody takes back, or moves, what others wrote of their own area.
    let named = key.clone();
    let before = api.platform.ask(move |engine| {
        let mut known = engine.weather().by_hand(now);
        known.find(|(report, ..)| report.key == named).map(|(report, ..)| report.position)
    });
    if let Some(before) = before.await? {
        api.lies_in(area, before)?;
    }
    let report = WeatherReport {
        key,
        position,
        at: now,
        wind_m_s: said.wind_m_s,
        wind_from_deg: said.wind_from_deg,
        temperature_c: said.temperature_c,
        humidity_pct: said.humidity_pct,
        cloud_tenths: said.cloud_tenths,
        rain_mm: None,
    };
    let until = now.after(Ms::seconds(i64::from(said.minutes) * 60));
    api.act(&caller, ActionKind::SetWeather { report, until }, String::new()).await
}

/// A person at the place says that everybody who was told to leave has left.
#[utoipa::path(post, path = "/incidents/{id}/evacuated", tag = "danger", params(("id" = u64, Path)), request_body = Reason,
    responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn evacuated(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::ConfirmEvacuated(IncidentId(id));
    let done = act(&api, &caller, id, "incident-evacuated", kind, reason.reason).await?;
    let (desk, now) = (api.desk.clone(), api.platform.now());
    super::blocking(move || desk.came_after_min(id, verify::CLEARANCE, now)).await??;
    Ok(done)
}

/// Give posts a task. One on site is refused (`people-first`) while people are still to leave, those included whom only registers
/// know, and nobody has confirmed that they did.
#[utoipa::path(post, path = "/incidents/{id}/tasks", tag = "danger", params(("id" = u64, Path)), request_body = TaskOrder,
    responses((status = 200, body = Created), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
pub async fn task(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(order): Json<TaskOrder>,
) -> Result<Reply<Created>, ApiError> {
    safe_way(&api, &caller, IncidentId(id), order.way).await?;
    let keys = order.posts;
    let area = caller.area;
    let posts: Option<Vec<PostId>> = api
        .platform
        .ask(move |engine| {
            let posts = &engine.registry().posts;
            let own = |key: &String| {
                let id = posts.find(key)?;
                // A post that answers for more than the caller's area may be asked, too: it answers for this place.
                let post = posts.get(id as usize)?;
                (area.contains(post.area) || post.area.contains(area)).then_some(PostId(id))
            };
            keys.iter().map(own).collect()
        })
        .await?;
    // Who was never told one by one cannot have answered: the registers know of them.
    let incident = match order.on_site {
        true => Some(seen(&api, &caller, IncidentId(id)).await?),
        false => None,
    };
    let uncounted = match incident.filter(|incident| incident.evacuated.is_none()) {
        Some(incident) => uncounted(&api, &incident).await?,
        None => 0,
    };
    let zh = bounded(order.text)?;
    let en = order.text_en.map_or_else(|| Ok(zh.clone()), bounded)?;
    let kind = ActionKind::SendTask {
        incident: IncidentId(id),
        posts: posts.ok_or(Code::NotFound)?,
        text: Text { zh, en },
        on_site: order.on_site,
        uncounted,
    };
    act(&api, &caller, id, "incident-task", kind, String::new()).await
}

/// Refuses a way that leads ahead of a wildfire, upslope of it, or where a turning wind drives it.
async fn safe_way(
    api: &Api,
    caller: &Caller,
    id: IncidentId,
    way: Vec<super::wire::Position>,
) -> Result<(), ApiError> {
    if way.is_empty() {
        return Ok(());
    }
    let incident = seen(api, caller, id).await?;
    if way.len() > crews::MOST_CORNERS {
        return Err(Code::OutOfRange.into());
    }
    let corner = |at: super::wire::Position| Position::from(at).known();
    let way: Option<Vec<Position>> = way.into_iter().map(corner).collect();
    let way = way.ok_or(Code::OutOfRange)?;
    let areas = api
        .platform
        .ask(move |engine| engine.dangers().of(id).cloned().collect::<Vec<_>>())
        .await?;
    for area in areas.into_iter().filter(|area| area.model == crews::FIRE) {
        if !crews::may_go(&area, &way).map_err(refused)? {
            let what = format!("unsafe way {id}");
            api.note(caller, "incident-task", &what, false).await?;
            tracing::info!(incident = id.0, place = %incident.place, "a way towards a fire is refused");
            return Err(Code::UnsafeWay.into());
        }
    }
    Ok(())
}
