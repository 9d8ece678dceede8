//! Who is sent where: proposals over several incidents at once, made anew when something happens, and accepted line by line.
//!
//! A proposal is about the forces, goods, beds and incidents of the caller's area, and kept for it. Only accepting changes something:
//! each line becomes an order to a force or a promise of the stock ledger, once, whoever accepts it how often.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State};
use geo::ChamberlainDuquetteArea;
use helan_base::{
    force::{OrderStage, Readiness},
    need::Load,
    stock::{Amount, Stage},
};
use helan_kernel::{AreaCode, IncidentId, Ms, command::IncidentState, push::Protective};
use helan_store::{
    StoreError,
    desk::{
        Desk,
        dispatch::Kept,
        forces::{ForceRef, NewOrder},
        stock::{Destination, Request, Reservation, Wanted},
    },
};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::Json,
    question::outline,
    state::{aside, blocking},
    stock_changes::{AtIncident, incident},
    wire::{Dispatch, DispatchAccept, DispatchAsk, DispatchDone},
};
use crate::{
    access::{Caller, Deed},
    dispatch::{
        self, Ask, Before, Line, MOST_INCIDENTS, Pool, Proposal, Scene, What,
        watch::{Came, accepted, stages},
    },
    forces::stock_at,
    response::{Question, ground},
};

/// Orders and allocations of one incident that are looked through.
const MOST_ROWS: usize = 2_000;
/// Lines that are accepted with one request.
const MOST_LINES: usize = 500;
/// Longest that a change may have to win, minutes: a day.
const MOST_WORTH_MIN: f64 = 24.0 * 60.0;
/// Longest name of a place that goods go to.
const MAX_NAME: usize = 80;

/// Propose who is sent where, from nothing: whoever is free, by capability and by the ways as they are now.
#[utoipa::path(post, path = "/dispatch/propose", tag = "dispatch", request_body = DispatchAsk,
    responses((status = 200, body = Dispatch), (status = 404, body = ErrorBody)))]
pub async fn propose(
    State(api): State<Api>,
    caller: Caller,
    Json(ask): Json<DispatchAsk>,
) -> Result<Reply<Dispatch>, ApiError> {
    make(&api, &caller, ask, None).await
}

/// Make the last proposal anew after something happened, with as few changes as possible, and say what changed and why.
#[utoipa::path(post, path = "/dispatch/replan", tag = "dispatch", request_body = DispatchAsk,
    responses((status = 200, body = Dispatch), (status = 404, body = ErrorBody)))]
pub async fn replan(
    State(api): State<Api>,
    caller: Caller,
    Json(ask): Json<DispatchAsk>,
) -> Result<Reply<Dispatch>, ApiError> {
    let last = last(&api, &caller).await?.ok_or(Code::NotFound)?;
    make(&api, &caller, ask, Some(last)).await
}

/// The last proposal of the caller's area, what was accepted of it, and whether it still holds.
#[utoipa::path(get, path = "/dispatch", tag = "dispatch",
    responses((status = 200, body = Dispatch), (status = 404, body = ErrorBody)))]
pub async fn current(State(api): State<Api>, caller: Caller) -> Result<Reply<Dispatch>, ApiError> {
    let kept = last(&api, &caller).await?.ok_or(Code::NotFound)?;
    view(&api, kept).await
}

async fn last(api: &Api, caller: &Caller) -> Result<Option<Kept>, ApiError> {
    let (desk, area) = (api.desk.clone(), caller.area);
    Ok(blocking(move || desk.last_dispatch(area)).await??)
}

async fn view(api: &Api, kept: Kept) -> Result<Reply<Dispatch>, ApiError> {
    let (desk, id) = (api.desk.clone(), kept.id);
    let taken = blocking(move || desk.taken_dispatch_lines(id)).await??;
    let proposal = read(&kept)?;
    let head = (kept.id, kept.area.0, kept.at, kept.by);
    Ok(Reply(Dispatch::of(head, proposal, kept.stale, &taken)))
}

fn read(kept: &Kept) -> Result<Proposal, ApiError> {
    serde_json::from_str(&kept.body).map_err(ApiError::internal)
}

async fn make(
    api: &Api,
    caller: &Caller,
    ask: DispatchAsk,
    before: Option<Kept>,
) -> Result<Reply<Dispatch>, ApiError> {
    if ask.worth_min.is_some_and(|worth| !(0.0..=MOST_WORTH_MIN).contains(&worth)) {
        return Err(ApiError::with_detail(Code::OutOfRange, "worth_min"));
    }
    let earlier = before.as_ref().map(read).transpose()?;
    let named = match (ask.incidents, &earlier) {
        (Some(ids), _) => Some(ids),
        // Those that were named before, as far as they are still open.
        (None, Some(earlier)) if earlier.named => {
            let ids = earlier.scenes.iter().map(|scene| scene.id).collect();
            Some(still_open(api, ids).await?)
        }
        (None, _) => None,
    };
    let scenes = scenes(api, caller, named.as_deref()).await?;
    let (shared, area, now) = (api.clone(), caller.area, api.platform.now());
    let roads = api.roads.now();
    let made = aside(api, move || -> Result<Proposal, ApiError> {
        let pool = pool(&shared, area, &scenes, now)?;
        let known = match &before {
            Some(kept) => accepted(&shared.desk, kept.id)?,
            None => Vec::new(),
        };
        let stages = match &earlier {
            Some(proposal) => stages(&shared.desk, proposal)?,
            None => BTreeMap::new(),
        };
        let before = before.as_ref().zip(earlier.as_ref()).map(|(kept, proposal)| Before {
            id: kept.id,
            proposal,
            accepted: &known,
            stages: &stages,
            worth_min: ask.worth_min,
        });
        let ask = Ask {
            scenes,
            named: named.is_some(),
            needs: &shared.needs,
            roads: &roads,
            near_m: shared.config.response.to_road_m,
            pool: &pool,
            before,
        };
        dispatch::propose(&ask)
            .map_err(|error| ApiError::with_detail(Code::TooLarge, error.to_string()))
    });
    let proposal = made.await??;
    let body = serde_json::to_string(&proposal).map_err(ApiError::internal)?;
    let (desk, by) = (api.desk.clone(), caller.actor.account.to_string());
    let account = by.clone();
    let id = blocking(move || desk.keep_dispatch(area, (now, &account), &body)).await??;
    let object = format!(
        "{id}: {} incidents, {} lines, {} changes",
        proposal.scenes.len(),
        proposal.lines.len(),
        proposal.changes.len()
    );
    api.note(caller, "dispatch propose", &object, true).await?;
    Ok(Reply(Dispatch::of((id, area.0, now, by), proposal, None, &[])))
}

/// Which of some incidents are still open.
async fn still_open(api: &Api, ids: Vec<u64>) -> Result<Vec<u64>, ApiError> {
    let open = api.platform.ask(move |engine| {
        let open = |id: &u64| {
            let incident = engine.desk().incident(IncidentId(*id));
            incident.is_some_and(|incident| incident.state != IncidentState::Closed)
        };
        ids.into_iter().filter(open).collect()
    });
    Ok(open.await?)
}

/// The incidents: those named, or all that are open in the caller's area; with whom each reaches.
async fn scenes(api: &Api, caller: &Caller, named: Option<&[u64]>) -> Result<Vec<Scene>, ApiError> {
    let area = caller.area;
    let mut ids: Vec<u64> = match named {
        Some(ids) => ids.to_vec(),
        None => {
            let all = api.platform.ask(move |engine| {
                let open = engine.desk().incidents().filter(|incident| {
                    incident.state != IncidentState::Closed && area.contains(incident.area)
                });
                open.map(|incident| incident.id.0).collect()
            });
            all.await?
        }
    };
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST_INCIDENTS {
        return Err(ApiError::with_detail(Code::TooLarge, "incidents"));
    }
    let mut scenes = Vec::with_capacity(ids.len());
    for id in ids {
        // Whoever names one that is over, or another area's, is told so.
        incident(api, caller, id).await?;
        let question = outline(api, caller, IncidentId(id)).await?;
        let desk = api.desk.clone();
        let orders = move || desk.force_orders(area, Some(id), None, None, MOST_ROWS);
        let orders = blocking(orders).await??;
        let patients = orders.iter().map(|order| f64::from(order.people.injured)).sum();
        scenes.push(scene(&question, patients));
    }
    Ok(scenes)
}

fn scene(question: &Question, patients: f64) -> Scene {
    let incident = &question.incident;
    let inside = question.inside.as_ref().map(|answer| &answer.inside);
    let expected = |item: &helan_base::inside::Item| item.now.expected;
    let levels = question.dangers.iter().flat_map(|danger| &danger.levels);
    let by_model = levels.map(|level| level.surface_m2).fold(0.0, f64::max);
    let by_zones = ground::of(incident, &[Protective::Leave, Protective::Shelter]);
    let surface_m2 =
        if by_model > 0.0 { by_model } else { by_zones.chamberlain_duquette_unsigned_area() };
    let source = question.dangers.first().map(|danger| danger.source);
    Scene {
        id: incident.id.0,
        kind: incident.kind.to_string(),
        name: incident.name.clone(),
        place: incident.place.to_string(),
        area: incident.area,
        at: source.or(incident.position),
        grade: incident.grade,
        drill: incident.drill,
        load: Load {
            people: inside.map_or(0.0, |inside| expected(&inside.total)),
            threatened: inside.and_then(|inside| inside.levels.first()).map_or(0.0, expected),
            patients,
            area_km2: surface_m2 / 1e6,
        },
        counted: inside.is_some(),
    }
}

/// What there is in an area.
fn pool(api: &Api, area: AreaCode, scenes: &[Scene], now: Ms) -> Result<Pool, ApiError> {
    let (base, desk) = (&api.base, &api.desk);
    let mut stock = BTreeMap::new();
    for rule in &api.needs.goods {
        let asked = scenes.iter().any(|scene| rule.incidents.contains(&scene.kind));
        if asked && !stock.contains_key(&rule.item) {
            stock.insert(rule.item.clone(), stock_at(base, desk, area, &rule.item, now)?);
        }
    }
    let (mut promised, mut done) = (BTreeMap::new(), BTreeMap::new());
    for scene in scenes {
        for allocation in desk.stock_allocations(area, Some(scene.id), None, None, MOST_ROWS)? {
            // What was used up was needed and is there no more; what is only asked for is not held.
            let counts = allocation.stage.is_open() && allocation.stage != Stage::Asked
                || allocation.stage == Stage::Done && allocation.to.store.is_none();
            if counts {
                let key = (scene.id, allocation.item, allocation.unit);
                *promised.entry(key).or_insert(0.0) += allocation.asked.units();
            }
        }
        for order in desk.force_orders(area, Some(scene.id), Some(false), None, MOST_ROWS)? {
            if order.stage == OrderStage::Done {
                *done.entry((scene.id, order.new.task)).or_insert(0) += 1;
            }
        }
    }
    Ok(Pool {
        forces: api.forces.list(base, desk, area, None)?,
        hospitals: api.forces.beds(base, desk, area)?,
        stock,
        promised,
        done,
    })
}

/// Accept lines of the last proposal: each becomes an order or a promise, once. What is taken already is said, and the rest goes on.
#[utoipa::path(post, path = "/dispatch/accept", tag = "dispatch", request_body = DispatchAccept,
    responses((status = 200, body = [DispatchDone]), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub async fn accept(
    State(api): State<Api>,
    caller: Caller,
    Json(asked): Json<DispatchAccept>,
) -> Result<Reply<Vec<DispatchDone>>, ApiError> {
    let kept = last(&api, &caller).await?.ok_or(Code::NotFound)?;
    if kept.id != asked.proposal {
        // Somebody has made a newer one: what is accepted must be what is seen.
        return Err(ApiError::with_detail(Code::Conflict, kept.id.to_string()));
    }
    let proposal = read(&kept)?;
    let wanted = asked.lines.unwrap_or_else(|| {
        let held = |line: &&Line| !matches!(line.what, What::Beds { .. });
        proposal.lines.iter().filter(held).map(|line| line.number).collect()
    });
    if wanted.len() > MOST_LINES {
        return Err(ApiError::with_detail(Code::TooLarge, "lines"));
    }
    let mut done = Vec::with_capacity(wanted.len());
    for number in wanted {
        let line = proposal.lines.iter().find(|line| line.number == number);
        let came = match line {
            Some(line) => one(&api, &caller, &kept, &proposal, line).await,
            None => Err(Code::OutOfRange.into()),
        };
        done.push(match came {
            Ok(came) => DispatchDone::done(number, came),
            Err(error) => DispatchDone::refused(number, error.told()?),
        });
    }
    Ok(Reply(done))
}

/// Accepts a line: an order or a promise.
async fn one(
    api: &Api,
    caller: &Caller,
    kept: &Kept,
    proposal: &Proposal,
    line: &Line,
) -> Result<Came, ApiError> {
    let known = incident(api, caller, line.incident).await?;
    let what = format!("dispatch accept {} line {}", kept.id, line.number);
    api.allow(caller, Deed::Handle, known.area, known.drill, &what).await?;
    let task = proposal
        .wanted
        .iter()
        .find(|wanted| wanted.incident == line.incident && wanted.rule == line.rule)
        .map(|wanted| wanted.name.zh.clone())
        .unwrap_or_default();
    let (shared, by, now) = (api.clone(), caller.actor.account.to_string(), api.platform.now());
    let (proposal, line) = (kept.id, line.clone());
    let came = blocking(move || {
        let taken = shared.desk.take_dispatch_line(proposal, line.number, (&by, now))?;
        if let Some(result) = taken.result {
            return serde_json::from_str(&result).map_err(ApiError::internal);
        }
        // Always under the name that took it first, so that it is one and the same request.
        let came = match &line.what {
            What::Force { .. } => send(&shared, &known, &line, (&taken.by, &task), now)?,
            What::Goods { .. } => promise(&shared.desk, &known, &line, (&taken.by, proposal), now)?,
            What::Beds { .. } => return Err(Code::OutOfRange.into()),
        };
        let result = serde_json::to_string(&came).map_err(ApiError::internal)?;
        shared.desk.end_dispatch_line(proposal, line.number, &result)?;
        Ok::<Came, ApiError>(came)
    })
    .await??;
    api.note(caller, "dispatch accept", &format!("{what}: {came:?}"), true).await?;
    Ok(came)
}

/// Orders a force.
fn send(
    api: &Api,
    known: &AtIncident,
    line: &Line,
    (by, task): (&str, &str),
    now: Ms,
) -> Result<Came, ApiError> {
    let What::Force { kind, key, area, .. } = &line.what else {
        return Err(Code::OutOfRange.into());
    };
    let force = ForceRef { kind: kind.clone(), key: key.clone() };
    let forces = api.forces.list(&api.base, &api.desk, *area, Some(kind))?;
    let one = forces.into_iter().find(|one| one.facts.force == force);
    let ready = one.is_some_and(|one| one.order.is_some() || one.readiness == Readiness::Ready);
    if !ready {
        return Err(Code::WrongState.into());
    }
    let new = NewOrder {
        force,
        area: *area,
        incident: line.incident,
        drill: known.drill,
        area_to: known.area,
        task: task.to_owned(),
        by: by.to_owned(),
    };
    let id = api.desk.order_force(&new, now)?.map_err(|_taken| ApiError::from(Code::Conflict))?;
    Ok(Came::Order(id))
}

/// Promises goods.
fn promise(
    desk: &Desk,
    known: &AtIncident,
    line: &Line,
    (by, proposal): (&str, u64),
    now: Ms,
) -> Result<Came, ApiError> {
    let What::Goods { lot, amount, .. } = &line.what else { return Err(Code::OutOfRange.into()) };
    let amount = Amount::of(*amount).ok_or(Code::OutOfRange)?;
    let key = format!("dispatch-{proposal}-{}", line.number);
    let what = format!("dispatch {proposal} {}: {amount} of lot {lot}", line.number);
    let request = Request { key: &key, by, what: &what, reason: "", now };
    let to = Destination {
        area: known.area,
        name: known.place.chars().take(MAX_NAME).collect(),
        at: known.at,
        store: None,
    };
    let reservation = Reservation {
        wanted: Wanted::Lot(*lot),
        amount,
        incident: Some(line.incident),
        drill: known.drill,
        to: &to,
        granted: true,
    };
    let answer: Result<_, StoreError> = desk.stock_reserve(&request, &reservation);
    Ok(Came::Promised(answer??.allocations))
}
