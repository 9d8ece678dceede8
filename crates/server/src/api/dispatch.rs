//! Who is sent where: proposals over several incidents at once, made anew when something happens, and accepted line by line.
//!
//! A proposal is about the forces, goods, beds and incidents of the caller's area, and kept for it. Only accepting changes something:
//! each line becomes an order to a force or a promise of the stock ledger, once, whoever accepts it how often.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State};
use helan_base::{
    force::{OrderStage, Readiness},
    stock::Amount,
};
use helan_kernel::{AreaCode, IncidentId, Ms, command::IncidentState};
use helan_store::{
    StoreError,
    desk::{
        Desk,
        dispatch::{BedsPromised, Kept},
        forces::{ForceRef, NewOrder},
        stock::{Destination, Request, Reservation, Wanted},
    },
};

use super::{
    Api,
    dangers::seen,
    error::{ApiError, Code, ErrorBody},
    extract::Json,
    notices::sees_people,
    state::{aside, blocking},
    stock_changes::{AtIncident, incident},
    wire::{Dispatch, DispatchAccept, DispatchAsk, DispatchDone},
};
use crate::{
    access::{Caller, Deed},
    dispatch::{
        self, Ask, Before, Line, MOST_INCIDENTS, Proposal, Scene, What,
        read::{pool, scene},
        watch::{Came, accepted, stages},
    },
    roads::Now,
};

/// Times that a proposal is made while others write orders.
const MOST_TIMES: usize = 5;
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
    let proposal = read(&kept)?;
    shown(api, kept, proposal).await
}

/// A proposal with what was accepted of it, and how far all orders for its incidents are.
async fn shown(api: &Api, kept: Kept, proposal: Proposal) -> Result<Reply<Dispatch>, ApiError> {
    let desk = api.desk.clone();
    let shown = move || {
        let taken = desk.taken_dispatch_lines(kept.id)?;
        let stages: BTreeMap<u32, OrderStage> = accepted(&desk, kept.id)?
            .into_iter()
            .filter_map(|one| Some((one.line, one.stage?)))
            .collect();
        let mut orders: BTreeMap<u64, u32> = BTreeMap::new();
        for order in desk.busy_forces()?.into_values() {
            *orders.entry(order.new.incident).or_default() += 1;
        }
        Ok::<_, StoreError>(Dispatch::of(kept, proposal, (&taken, &stages, &orders)))
    };
    Ok(Reply(blocking(shown).await??))
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
    let (area, now) = (caller.area, api.platform.now());
    let by = caller.actor.account.to_string();
    let (shared, account) = (api.clone(), by.clone());
    let making =
        Making { ask: (scenes, named.is_some(), ask.worth_min), before: before.zip(earlier) };
    let made = aside(api, move || making.kept(&shared, area, (now, &account)));
    let (id, proposal) = made.await??;
    let object = format!(
        "{id}: {} incidents, {} lines, {} changes",
        proposal.scenes.len(),
        proposal.lines.len(),
        proposal.changes.len()
    );
    api.note(caller, "dispatch propose", &object, true).await?;
    let kept = Kept { id, area, at: now, by, body: String::new(), stale: None };
    shown(api, kept, proposal).await
}

/// A proposal that is to be made.
struct Making {
    /// The incidents, whether they were named, and how many minutes a change must win.
    ask: (Vec<Scene>, bool, Option<f64>),
    /// The proposal before.
    before: Option<(Kept, Proposal)>,
}

impl Making {
    /// Makes it of what there is, and keeps it unless an order or a promise was written meanwhile: then it is made anew.
    fn kept(
        &self,
        api: &Api,
        area: AreaCode,
        (now, by): (Ms, &str),
    ) -> Result<(u64, Proposal), ApiError> {
        let roads = api.roads.now();
        for time in 0..MOST_TIMES {
            // The first time holds nobody up; then whoever accepts waits until it is kept.
            let turn = (time > 0).then(|| api.desk.dispatch_turn());
            let read = api.desk.dispatch_stamp()?;
            let proposal = self.proposal(api, &roads, area, now)?;
            let body = serde_json::to_string(&proposal).map_err(ApiError::internal)?;
            let _turn = turn.unwrap_or_else(|| api.desk.dispatch_turn());
            if let Some(id) = api.desk.keep_dispatch(area, (now, by), &body, read)? {
                return Ok((id, proposal));
            }
        }
        Err(ApiError::with_detail(Code::Conflict, "orders"))
    }

    fn proposal(
        &self,
        api: &Api,
        roads: &Now,
        area: AreaCode,
        now: Ms,
    ) -> Result<Proposal, ApiError> {
        let (scenes, named, worth_min) = &self.ask;
        let pool = pool(api, area, scenes, now)?;
        let (known, stages) = match &self.before {
            Some((kept, proposal)) => (accepted(&api.desk, kept.id)?, stages(&api.desk, proposal)?),
            None => (Vec::new(), BTreeMap::new()),
        };
        let before = self.before.as_ref().map(|(kept, proposal)| Before {
            id: kept.id,
            proposal,
            accepted: &known,
            stages: &stages,
            worth_min: *worth_min,
        });
        let ask = Ask {
            scenes: scenes.clone(),
            named: *named,
            needs: &api.needs,
            roads,
            near_m: api.config.response.to_road_m,
            pool: &pool,
            before,
        };
        dispatch::propose(&ask)
            .map_err(|error| ApiError::with_detail(Code::TooLarge, error.to_string()))
    }
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
        let incident = seen(api, caller, IncidentId(id)).await?;
        let private = sees_people(caller, incident.drill);
        scenes.push(scene(api, incident, (area, private)).await?);
    }
    Ok(scenes)
}

/// Accept lines of the last proposal: each becomes an order or a promise, once. What is taken already is said, and the rest goes on. Beds
/// are spoken for: they are offered to nobody else until their hospital says how many are free, or a day is over.
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
    let all = || proposal.lines.iter().map(|line| line.number).collect();
    let wanted = asked.lines.unwrap_or_else(all);
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
    let (proposal, area, line) = (kept.id, kept.area, line.clone());
    let came = blocking(move || {
        // From here to the end nobody keeps another proposal, which would give the same away.
        let _turn = shared.desk.dispatch_turn();
        if let Some(newer) = shared.desk.last_dispatch_id(area)?.filter(|last| *last != proposal) {
            return Err(ApiError::with_detail(Code::Conflict, newer.to_string()));
        }
        let taken = shared.desk.take_dispatch_line(proposal, line.number, (&by, now))?;
        if let Some(result) = taken.result {
            return serde_json::from_str(&result).map_err(ApiError::internal);
        }
        // Always under the name that took it first, so that it is one and the same request.
        let came = match &line.what {
            What::Force { .. } => send(&shared, &known, &line, (&taken.by, &task), now)?,
            What::Goods { .. } => promise(&shared.desk, &known, &line, (&taken.by, proposal), now)?,
            What::Beds { .. } => bespeak(&shared.desk, proposal, &line, now)?,
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
    // Whether its order is in the way is for the desk to see, which knows who came first.
    let ready = one.is_some_and(|one| {
        one.may_serve(known.drill) && (one.order.is_some() || one.readiness == Readiness::Ready)
    });
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

/// Notes that beds are spoken for.
fn bespeak(desk: &Desk, proposal: u64, line: &Line, now: Ms) -> Result<Came, ApiError> {
    let What::Beds { hospital, ward, beds, .. } = &line.what else {
        return Err(Code::OutOfRange.into());
    };
    let promised = BedsPromised {
        incident: line.incident,
        rule: line.rule.clone(),
        hospital: hospital.clone(),
        ward: ward.clone(),
        beds: *beds,
        at: now,
    };
    desk.promise_beds((proposal, line.number), &promised)?;
    Ok(Came::Beds(*beds))
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
