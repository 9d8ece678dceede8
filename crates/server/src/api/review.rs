//! Contradictions of the base database: the list, and somebody's decision.

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_base::{Origin, Source};
use helan_store::{
    base::Put,
    desk::{Review, ReviewPage, ReviewState},
};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Json, Path, Query, bounded, cursor, page_size},
    risk::common,
    state::blocking,
    wire::{Page, ReviewItem, ReviewQuery, ReviewVerdict},
};
use crate::{access::Caller, base::columns};

/// Contradictions, the newest first.
#[utoipa::path(get, path = "/base/reviews", tag = "base", params(ReviewQuery),
    responses((status = 200, body = Page<ReviewItem>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ReviewQuery>,
) -> Result<Reply<Page<ReviewItem>>, ApiError> {
    let state = match query.state.as_deref() {
        None | Some("" | "open") => Some(ReviewState::Open),
        Some("all") => None,
        Some(word) => Some(ReviewState::of(word).ok_or(Code::OutOfRange)?),
    };
    let before = cursor(query.after.as_deref())?.unwrap_or(0);
    let most = page_size(query.limit);
    let Some(area) = common(&caller, query.area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let shared = api.clone();
    let found = blocking(move || {
        let object = query.kind.as_deref().zip(query.key.as_deref());
        shared.desk.reviews(ReviewPage { area, state, object, before, most })
    })
    .await??;
    let next = found.last().filter(|_| found.len() == most).map(|last| last.id.to_string());
    Ok(Reply(Page { items: found.into_iter().map(ReviewItem::of).collect(), next }))
}

/// Take the new value.
#[utoipa::path(post, path = "/base/reviews/{id}/accept", tag = "base", request_body = ReviewVerdict,
    responses((status = 204)))]
pub async fn accept(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(verdict): Json<ReviewVerdict>,
) -> Result<StatusCode, ApiError> {
    decide(api, caller, id, verdict, ReviewState::Accepted).await
}

/// Leave the old value.
#[utoipa::path(post, path = "/base/reviews/{id}/keep", tag = "base", request_body = ReviewVerdict,
    responses((status = 204)))]
pub async fn keep(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(verdict): Json<ReviewVerdict>,
) -> Result<StatusCode, ApiError> {
    decide(api, caller, id, verdict, ReviewState::Kept).await
}

async fn decide(
    api: Api,
    caller: Caller,
    id: u64,
    verdict: ReviewVerdict,
    state: ReviewState,
) -> Result<StatusCode, ApiError> {
    let reason = bounded(verdict.reason.trim().to_owned())?;
    if reason.is_empty() {
        return Err(Code::ReasonRequired.into());
    }
    let (shared, who) = (api.clone(), caller.clone());
    let object = blocking(move || {
        let _alone = shared.base.edit();
        let review = shared.desk.review(id)?.filter(|review| who.sees(review.area));
        let review = review.ok_or(Code::NotFound)?;
        if review.state != ReviewState::Open {
            return Err(Code::WrongState.into());
        }
        if state == ReviewState::Accepted {
            take(&shared, &who, &review, &reason)?;
        }
        let done = (shared.platform.now(), &*who.actor.account, reason.as_str());
        if !shared.desk.close_review(id, state, done)? {
            return Err(Code::WrongState.into());
        }
        Ok::<_, ApiError>(format!("{} {} {}: {reason}", review.kind, review.key, review.field))
    })
    .await??;
    let what = if state == ReviewState::Kept { "base review keep" } else { "base review accept" };
    api.note(&caller, what, &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the new value into the record, in the name of whoever decides.
fn take(api: &Api, caller: &Caller, review: &Review, reason: &str) -> Result<(), ApiError> {
    let kind = kind_of(api, &review.kind)?;
    let stored = api.base.get(&kind, &review.key)?;
    let stored = stored.filter(|stored| caller.sees(stored.record.area));
    let mut record = stored.ok_or(Code::NotFound)?.record;
    columns::set(&kind, &mut record, &review.field, &review.theirs, api.base.areas())
        .map_err(|fault| ApiError::with_detail(Code::WrongState, fault.words().en))?;
    if !caller.sees(record.area) {
        return Err(Code::Forbidden.into());
    }
    let now = api.platform.now();
    let origin = Origin {
        source: Source::Form,
        by: caller.actor.account.to_string(),
        detail: format!("review {}: {reason}", review.id),
        at: now,
    };
    let origin = api.base.add_origin(&origin)?;
    api.base.put(&kind, &[Put { record, whole: true }], origin, now)?;
    Ok(())
}
