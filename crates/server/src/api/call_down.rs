//! Tests whether posts answer: a drill that tells each of them, and a report of who answered when.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_kernel::{
    AreaCode, Event, IncidentId, Ms, PostId, Text,
    event::{ActionKind, Call, Joins},
    push::{Notice, Protective, Push, ReceiptState},
    registry::Party,
};
use helan_store::desk::CallDown;

use super::{
    Api,
    error::{ApiError, Code},
    extract::{Json, Path},
    file::MAX_NOTICES,
    notices::sees_people,
    risk::level,
    state::{blocking, created},
    wire::{
        CallDownCounts, CallDownItem, CallDownLevel, CallDownOrder, CallDownPost, CallDownReport,
        Created,
    },
};
use crate::access::{Caller, Deed};

/// Kind of the incident that a test is.
const KIND: &str = "call-down";
/// Tests of one answer.
const MOST: usize = 100;
/// Longest name.
const MAX_NAME: usize = 100;
/// A minute.
const MINUTE: i64 = 60_000;

/// Tests of the caller's area, the newest first.
#[utoipa::path(get, path = "/base/call-downs", tag = "base",
    responses((status = 200, body = [CallDownItem])))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Vec<CallDownItem>>, ApiError> {
    let (desk, area) = (api.desk.clone(), caller.area);
    let tests = blocking(move || desk.call_downs(area, MOST)).await??;
    Ok(Reply(tests.iter().map(Into::into).collect()))
}

/// Call posts, to see who answers. It is a drill: only screens are used, no public channel.
#[utoipa::path(post, path = "/base/call-downs", tag = "base", request_body = CallDownOrder,
    responses((status = 200, body = Created)))]
pub async fn start(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<CallDownOrder>,
) -> Result<Reply<Created>, ApiError> {
    let area = AreaCode(order.area);
    api.allow(&caller, Deed::Drills, area, true, "call-down").await?;
    let name = order.name.trim().to_owned();
    let named = !name.is_empty() && name.chars().count() <= MAX_NAME;
    if !named || !(1..=60).contains(&order.minutes) {
        return Err(Code::OutOfRange.into());
    }
    let keys: BTreeSet<String> = order.posts.into_iter().collect();
    let found = api.platform.ask(move |engine| {
        let posts = engine.registry().posts.iter();
        let inside = posts.filter(|(_, post)| area.contains(post.area));
        let wanted = inside.filter(|(_, post)| keys.is_empty() || keys.contains(&post.key));
        let posts: Vec<PostId> =
            wanted.map(|(id, _)| PostId(id)).take(Push::MOST_CALLED + 1).collect();
        (posts.len() == keys.len() || keys.is_empty()).then_some(posts)
    });
    let posts = found.await?.ok_or(Code::NotFound)?;
    if posts.len() > Push::MOST_CALLED {
        return Err(Code::TooLarge.into());
    }
    if posts.is_empty() {
        return Err(Code::NotFound.into());
    }
    let call = Call {
        kind: KIND.into(),
        area,
        position: None,
        place: api.base.areas().name(area).unwrap_or_default().to_owned(),
        caller: String::new(),
        contact: String::new(),
        text: name.clone(),
        by: caller.actor.clone(),
        drill: true,
        joins: Joins::New,
        facility: String::new(),
        credible: false,
    };
    let opened = created(api.platform.act(Event::Call(Box::new(call))).await?)?;
    let incident = opened.id.ok_or(Code::Internal)?;
    // Taken at once: nobody shall be called because nobody took it.
    let Reply(_) =
        api.act(&caller, ActionKind::TakeIncident(IncidentId(incident)), String::new()).await?;
    let within = Ms(i64::from(order.minutes) * MINUTE);
    let test = CallDown {
        incident,
        name: name.clone(),
        area,
        at: api.platform.now(),
        within,
        by: caller.actor.account.to_string(),
        posts: posts.len() as u64,
        ended: None,
    };
    let desk = api.desk.clone();
    blocking(move || desk.add_call_down(&test)).await??;
    let text = Text {
        zh: format!("通信测试“{name}”：请在 {} 分钟内应答", order.minutes),
        en: format!("Call-down test \"{name}\": answer within {} minutes", order.minutes),
    };
    let kind = ActionKind::CallPosts { incident: IncidentId(incident), posts, within, text };
    let Reply(_) = api.act(&caller, kind, String::new()).await?;
    Ok(Reply(Created { id: Some(incident) }))
}

async fn test_of(api: &Api, caller: &Caller, incident: u64) -> Result<CallDown, ApiError> {
    let (desk, area) = (api.desk.clone(), caller.area);
    let tests = blocking(move || desk.call_downs(area, usize::MAX)).await??;
    let found = tests.into_iter().find(|test| test.incident == incident);
    found.ok_or_else(|| Code::NotFound.into())
}

/// End a test.
#[utoipa::path(post, path = "/base/call-downs/{incident}/end", tag = "base",
    responses((status = 204)))]
pub async fn end(
    State(api): State<Api>,
    caller: Caller,
    Path(incident): Path<u64>,
) -> Result<StatusCode, ApiError> {
    let test = test_of(&api, &caller, incident).await?;
    api.allow(&caller, Deed::Drills, test.area, true, "call-down end").await?;
    if test.ended.is_some() {
        return Err(Code::WrongState.into());
    }
    let kind = ActionKind::CloseIncident(IncidentId(incident));
    let Reply(_) = api.act(&caller, kind, format!("call-down {}", test.name)).await?;
    let (desk, now) = (api.desk.clone(), api.platform.now());
    blocking(move || desk.end_call_down(incident, now)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// How a test went, or goes.
#[utoipa::path(get, path = "/base/call-downs/{incident}", tag = "base",
    responses((status = 200, body = CallDownReport)))]
pub async fn report(
    State(api): State<Api>,
    caller: Caller,
    Path(incident): Path<u64>,
) -> Result<Reply<CallDownReport>, ApiError> {
    let test = test_of(&api, &caller, incident).await?;
    if !sees_people(&caller, true) {
        return Err(Code::Forbidden.into());
    }
    let id = IncidentId(incident);
    let open: Vec<Notice> =
        api.platform.ask(move |engine| engine.push().notices_of(id).cloned().collect()).await?;
    let notices = if open.is_empty() {
        let mut over: Vec<Notice> = api.history.of_incident(id, MAX_NOTICES).await?;
        over.reverse();
        over
    } else {
        open
    };
    let parties: Vec<PostId> = notices.iter().filter_map(post_of).collect();
    let posts: BTreeMap<PostId, (String, AreaCode)> = api
        .platform
        .ask(move |engine| {
            let posts = &engine.registry().posts;
            let one = |id: PostId| Some((id, posts.get(id.index())?));
            let known = parties.into_iter().filter_map(one);
            known.map(|(id, post)| (id, (post.key.clone(), post.area))).collect()
        })
        .await?;
    Ok(Reply(reckon(&test, &notices, &posts, api.platform.now())))
}

/// The post that a test's own notice went to.
fn post_of(notice: &Notice) -> Option<PostId> {
    match notice.party {
        Party::Post(id) if notice.action == Protective::Task && notice.drill => Some(id),
        Party::Post(_) | Party::Person(_) | Party::Facility(_) => None,
    }
}

fn reckon(
    test: &CallDown,
    notices: &[Notice],
    posts: &BTreeMap<PostId, (String, AreaCode)>,
    now: Ms,
) -> CallDownReport {
    let mut counts = CallDownCounts::default();
    let mut levels: BTreeMap<&'static str, CallDownCounts> = BTreeMap::new();
    let mut rows = Vec::with_capacity(notices.len());
    let mut seen = BTreeSet::new();
    for notice in notices {
        // A post is asked once, whatever else it was told.
        let Some(id) = post_of(notice).filter(|id| seen.insert(*id)) else { continue };
        let answer = notice.receipts.iter().find(|receipt| {
            matches!(receipt.state, ReceiptState::Acknowledged | ReceiptState::NeedsHelp)
        });
        let over = test.ended.is_some() || now.since(notice.created) >= test.within;
        let state = match answer {
            Some(answer) if answer.at.since(notice.created) <= test.within => "in-time",
            Some(_) => "late",
            None if over => "not-reached",
            None => "waiting",
        };
        let (post, area) = posts.get(&id).cloned().unwrap_or((String::new(), notice.area));
        for counts in [&mut counts, levels.entry(level(area)).or_default()] {
            let count = match state {
                "in-time" => &mut counts.in_time,
                "late" => &mut counts.late,
                "not-reached" => &mut counts.not_reached,
                _ => &mut counts.waiting,
            };
            *count += 1;
        }
        let by = answer.and_then(|answer| answer.by.as_ref());
        rows.push(CallDownPost {
            notice: notice.id.0,
            post,
            name: notice.name.to_string(),
            area: area.0,
            state,
            answered: answer.map(|answer| answer.at.0),
            by: by.map(|by| by.account.to_string()).unwrap_or_default(),
        });
    }
    let levels = levels.into_iter().map(|(level, counts)| CallDownLevel { level, counts });
    CallDownReport { test: test.into(), counts, levels: levels.collect(), posts: rows }
}
