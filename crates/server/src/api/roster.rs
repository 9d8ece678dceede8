//! Rosters: who holds which post from when to when.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_base::{
    Raw, Value, What,
    roster::{Span, gaps, overlaps},
};
use helan_kernel::{AreaCode, Ms};
use helan_store::desk::Shift;

use super::{
    Api,
    error::{ApiError, Code},
    extract::{Json, Path, Query},
    notices::sees_people,
    risk::common,
    state::blocking,
    wire::{Created, RosterOrder, RosterPost, RosterQuery, RosterShift},
};
use crate::{
    access::{Caller, Deed},
    jobs::roster,
};

/// A day.
const DAY: i64 = 24 * 3600 * 1000;
/// Longest window, and longest shift: a quarter of a year.
const LONGEST: i64 = 92 * DAY;
/// Shifts of one answer.
const MOST: usize = 5_000;
/// Longest name of a person.
const MAX_NAME: usize = 60;

/// The roster of the caller's posts, with gaps and overlaps.
#[utoipa::path(get, path = "/base/roster", tag = "base", params(RosterQuery),
    responses((status = 200, body = [RosterPost])))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<RosterQuery>,
) -> Result<Reply<Vec<RosterPost>>, ApiError> {
    let from = query.from.unwrap_or_else(|| api.platform.now().0);
    let until = query.until.unwrap_or_else(|| from.saturating_add(7 * DAY));
    if until <= from || until.saturating_sub(from) > LONGEST {
        return Err(Code::OutOfRange.into());
    }
    let window = Span { from: Ms(from), until: Ms(until) };
    let Some(area) = common(&caller, query.area) else { return Ok(Reply(Vec::new())) };
    let shared = api.clone();
    let mut shifts = blocking(move || shared.desk.shifts(area, window, MOST)).await??;
    shifts.retain(|shift| query.post.as_ref().is_none_or(|post| *post == shift.post));
    let mut posts: BTreeMap<(AreaCode, String), Vec<Shift>> = BTreeMap::new();
    for shift in shifts {
        posts.entry((shift.area, shift.post.clone())).or_default().push(shift);
    }
    let keys: Vec<String> = posts.keys().map(|(_, key)| key.clone()).collect();
    let names = api
        .platform
        .ask(move |engine| {
            let posts = &engine.registry().posts;
            let name = |key: &String| posts.by_key(key).map(|post| post.name.clone());
            keys.iter().map(|key| name(key).unwrap_or_default()).collect::<Vec<_>>()
        })
        .await?;
    let private = sees_people(&caller, false);
    let rows = posts.into_iter().zip(names).map(|(((area, post), shifts), name)| {
        let spans: Vec<Span> = shifts.iter().map(|shift| shift.span).collect();
        RosterPost {
            post,
            name,
            area: area.0,
            shifts: shifts.iter().map(|shift| RosterShift::of(shift, private)).collect(),
            gaps: gaps(&spans, window).into_iter().map(Into::into).collect(),
            overlaps: overlaps(&spans, window).into_iter().map(Into::into).collect(),
        }
    });
    Ok(Reply(rows.collect()))
}

/// Write a shift down.
#[utoipa::path(post, path = "/base/roster", tag = "base", request_body = RosterOrder,
    responses((status = 200, body = Created)))]
pub async fn add(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<RosterOrder>,
) -> Result<Reply<Created>, ApiError> {
    let key = order.post.clone();
    let area = api
        .platform
        .ask(move |engine| engine.registry().posts.by_key(&key).map(|post| post.area))
        .await?;
    let area = area.filter(|area| caller.sees(*area)).ok_or(Code::NotFound)?;
    api.allow(&caller, Deed::Roster, area, false, &format!("roster {}", order.post)).await?;
    let person = order.person.trim().to_owned();
    let phone = Value::read(&Raw::Text(&order.phone), &What::Phone);
    let (Ok(Value::Text(phone)), true) =
        (phone, !person.is_empty() && person.chars().count() <= MAX_NAME)
    else {
        return Err(Code::OutOfRange.into());
    };
    let long = order.until.saturating_sub(order.from);
    if order.from < 0 || long <= 0 || long > LONGEST {
        return Err(Code::OutOfRange.into());
    }
    let object = format!("{} {} {}-{}", order.post, person, order.from, order.until);
    let shift = Shift {
        id: 0,
        post: order.post,
        area,
        person,
        phone,
        span: Span { from: Ms(order.from), until: Ms(order.until) },
        by: caller.actor.account.to_string(),
        at: api.platform.now(),
    };
    let shared = api.clone();
    let id = blocking(move || shared.desk.add_shift(&shift)).await??;
    api.note(&caller, "roster add", &object, true).await?;
    roster::apply(&api).await?;
    Ok(Reply(Created { id: Some(id) }))
}

/// Take a shift away.
#[utoipa::path(delete, path = "/base/roster/{id}", tag = "base", responses((status = 204)))]
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<StatusCode, ApiError> {
    let shared = api.clone();
    let shift = blocking(move || shared.desk.shift(id)).await??;
    let shift = shift.filter(|shift| caller.sees(shift.area)).ok_or(Code::NotFound)?;
    api.allow(&caller, Deed::Roster, shift.area, false, &format!("roster {id}")).await?;
    let shared = api.clone();
    blocking(move || shared.desk.remove_shift(id)).await??;
    let object = format!("{} {}", shift.post, shift.person);
    api.note(&caller, "roster remove", &object, true).await?;
    roster::apply(&api).await?;
    Ok(StatusCode::NO_CONTENT)
}
