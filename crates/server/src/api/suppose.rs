//! What if, from the danger to the decision: who would get away which way, who would come, which level, options and draft, with another
//! danger or other roads. Nothing real changes: no event, no closure, no plan and no forecast is written.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json as Reply, extract::State};
use helan_hazard::{Model, Value as Figure};
use helan_kernel::{
    IncidentId, Position,
    command::Incident,
    danger::{self, DangerArea, Input},
};
use helan_plan::diff;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    Api,
    dangers::{refused, seen, supposed},
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path},
    notices::sees_people,
    question::{question, supposing},
    response::wrong,
    state::{aside, blocking},
    wire::{ResponseView, SupposedView, Supposition},
};
use crate::{
    access::Caller,
    response::{Question, respond_on, suppose},
    roads,
};

/// Rings that are supposed to be closed, at most: somebody drew each.
const MOST_RINGS: usize = 20;
/// Corners of one of them: somebody set each.
const MOST_CORNERS: usize = 200;
/// Closures that are supposed to be open, at most: those of a region on a bad day.
const MOST_OPEN: usize = 200;
/// The policy of a danger that no policy follows.
const NO_POLICY: &str = "what-if";
/// Inputs that say how an answer is drawn, not what happens.
const DRAWN: &str = "frames";

/// Suppositions that wait for their turn, at most: each holds the people of its danger.
const MOST_WAITING: usize = 8;

/// Who supposes something waits here.
#[derive(Debug)]
pub struct Line {
    places: Semaphore,
    turn: Semaphore,
}

impl Default for Line {
    fn default() -> Self {
        Self { places: Semaphore::new(MOST_WAITING), turn: Semaphore::new(1) }
    }
}

impl Line {
    /// Waits for one's turn, which lasts as long as what is given is held.
    async fn enter(&self) -> Result<[SemaphorePermit<'_>; 2], ApiError> {
        let place = self.places.try_acquire().map_err(|_full| Code::TooMany)?;
        let turn = self.turn.acquire().await.map_err(|_closed| Code::Unavailable)?;
        Ok([place, turn])
    }
}

/// What if the wind, the amount, the place or the roads were other: who would get away which way, who would come, the level, the options
/// and the draft that would follow. The incident does not change, and the draft cannot be issued. Whoever may not see people supposes
/// nothing (`forbidden`); too many at once are told to come again (`too-many`).
#[utoipa::path(post, path = "/incidents/{id}/what-if/response", tag = "danger", params(("id" = u64, Path)),
    request_body = Supposition,
    responses((status = 200, body = ResponseView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn response(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(what): Json<Supposition>,
) -> Result<Reply<ResponseView>, ApiError> {
    // Who may draw ground or shut roads at will, and is told how many are cut off, finds out where one person lives. The ground may lie
    // anywhere, so that it does not matter whether the incident is a drill.
    if !sees_people(&caller, false) {
        seen(&api, &caller, IncidentId(id)).await?;
        return Err(Code::Forbidden.into());
    }
    let _turn = api.suppositions.enter().await?;
    let real = question(&api, &caller, IncidentId(id)).await?;
    let (closed, opened) = of_roads(&api, &caller, &what).await?;
    let mut other = of_danger(&api, &real, what).await?;
    other.supposed.roads = !closed.is_empty() || !opened.is_empty();
    let shared = api.clone();
    let view = aside(&api, move || -> anyhow::Result<ResponseView> {
        let now = shared.roads.now();
        let roads = Arc::new(now.supposing(&closed, &opened)?);
        let answer = respond_on(&shared, &shared.plans, &other, roads)?;
        let mut view = ResponseView::of(&answer)?;
        if other.supposed.any() {
            // Of the same moment, so that what is other is so for what is supposed and for nothing else.
            let before = respond_on(&shared, &shared.plans, &real, now)?;
            view.supposed = Some(SupposedView {
                danger: other.supposed.danger.as_ref().map(ToString::to_string),
                closed: closed.len(),
                opened: opened.len(),
                changes: diff(&before.plan, &answer.plan),
            });
        }
        Ok(view)
    });
    view.await?.map(Reply).map_err(ApiError::internal)
}

/// The rings that are supposed to be closed, and the closures that are supposed to be open: those that the caller may see.
async fn of_roads(
    api: &Api,
    caller: &Caller,
    what: &Supposition,
) -> Result<(Vec<Vec<Position>>, Vec<u64>), ApiError> {
    let corners = what.close.iter().map(Vec::len).max().unwrap_or(0);
    if what.close.len() > MOST_RINGS || corners > MOST_CORNERS || what.open.len() > MOST_OPEN {
        return Err(Code::OutOfRange.into());
    }
    let ring = |ring: &Vec<super::wire::Position>| ring.iter().map(|at| (*at).into()).collect();
    let closed: Vec<Vec<Position>> = what.close.iter().map(ring).collect();
    for ring in &closed {
        roads::area(ring).map_err(wrong)?;
    }
    if !what.open.is_empty() {
        let (shared, area, now) = (api.clone(), caller.area, api.platform.now());
        let held = blocking(move || shared.desk.road_closures(area, now)).await??;
        if what.open.iter().any(|id| !held.iter().any(|closure| closure.id == *id)) {
            return Err(Code::NotFound.into());
        }
    }
    Ok((closed, what.open.clone()))
}

/// The question with the danger as it is supposed; the same when nothing of it is.
async fn of_danger(api: &Api, real: &Question, what: Supposition) -> Result<Question, ApiError> {
    let Supposition { policy, model, inputs, source, .. } = what;
    if policy.is_none() && model.is_none() && inputs.is_empty() && source.is_none() {
        return Ok(real.clone());
    }
    let known = match (&policy, &model) {
        (Some(key), _) => {
            let own = real.dangers.iter().find(|danger| *danger.policy == **key);
            Some(own.ok_or(Code::NotFound)?)
        }
        (None, Some(model)) => {
            let same = real.dangers.iter().find(|danger| danger.model == *model);
            same.or(real.dangers.first())
        }
        (None, None) => real.dangers.first(),
    };
    let source = source.map(Position::from);
    let (model, mut inputs) = supposed(model, inputs, source, known)?;
    inputs.remove(DRAWN);
    let source = source.or(known.map(|danger| danger.source));
    let source = source.or(real.incident.position).and_then(Position::known);
    let source = source.ok_or(Code::OutOfRange)?;
    if known.is_some_and(|known| is_same(known, model, &inputs, source)) {
        return Ok(real.clone());
    }
    let base = known.cloned().unwrap_or_else(|| unknown(&real.incident, source));
    let report = aside(api, {
        let inputs = inputs.clone();
        move || model.answer(&inputs)
    });
    let report = report.await?.map_err(refused)?;
    let area = suppose::area(base, model, &inputs, source, &report, real.now);
    let key = area.policy.clone();
    let policy =
        api.platform.ask(move |engine| engine.registry().policies.by_key(&key).cloned()).await?;
    let zones = suppose::zones(policy.as_ref(), &area);
    let zones = danger::moved(&real.incident.zones, &zones);
    supposing(api, real.clone(), area, zones).await
}

/// Whether what is supposed of a danger is what is so.
fn is_same(
    danger: &DangerArea,
    model: &Model,
    inputs: &BTreeMap<String, Figure>,
    source: Position,
) -> bool {
    let told = inputs.iter().map(|(name, value)| (name.as_str(), Input::from(value)));
    let known = danger.inputs.iter().filter(|(name, _)| *name != DRAWN);
    danger.model == model.key
        && danger.source == source
        && danger.refused.is_empty()
        && told.eq(known.map(|(name, value)| (name.as_str(), value.clone())))
}

/// A danger that no model follows yet.
fn unknown(incident: &Incident, source: Position) -> DangerArea {
    DangerArea {
        made: incident.changed,
        area: incident.area,
        drill: incident.drill,
        ..DangerArea::unknown(incident.id, NO_POLICY.into(), source)
    }
}
