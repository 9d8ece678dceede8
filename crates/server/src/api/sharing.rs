//! Sharing of data (R24, R25, R27): the catalogue, requests, and what approvers decide.
//!
//! Anybody may ask, for any area. Who may decide: a steward or an administrator whose area covers the one that was asked for, and
//! never whoever asked. A request is seen by whoever asked and by those who may decide, and by nobody else.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_base::share::{LONGEST, MOST_OPEN, MOST_QUOTA, QUOTA, Step, Terms, TermsError};
use helan_kernel::{AreaCode, Ms};
use helan_store::{
    accounts::TokenHash,
    desk::sharing::{Approval, NewRequest, Share as Stored},
};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Json, Path, Query, bounded, cursor, page_size},
    state::blocking,
    wire::{
        Created, DataSet, Page, Share, ShareApproval, ShareDetail, ShareOrder, ShareQuery,
        ShareQuota, ShareReason, ShareToken,
    },
};
use crate::access::{Caller, Deed, Grant, grant, sessions::new_token};

/// Longest name of a department or system.
const MAX_RECIPIENT: usize = 200;
/// Single reads that are shown of one grant.
const READS: usize = 200;

/// The data sets that can be asked for, with how many objects there are in the caller's area.
#[utoipa::path(get, path = "/share/catalogue", tag = "sharing", responses((status = 200, body = [DataSet])))]
pub async fn catalogue(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Vec<DataSet>>, ApiError> {
    let counts = api.base.catalogue().count(|_, area| caller.sees(area));
    let mut by_kind: BTreeMap<u16, u64> = BTreeMap::new();
    for ((kind, _), count) in counts {
        *by_kind.entry(kind).or_default() += count;
    }
    let sets = api.base.kinds().iter().zip(0_u16..).map(|(kind, number)| {
        let quality = api.quality.of(number).map(|known| known.within(caller.area));
        DataSet::of(kind, by_kind.get(&number).copied().unwrap_or(0), quality.as_ref())
    });
    Ok(Reply(sets.collect()))
}

/// Whether the caller may decide about what was asked for an area, if it was not the caller.
fn may_decide(caller: &Caller) -> bool {
    grant(caller.role, Deed::Records) == Grant::Yes
}

fn shown(caller: &Caller, share: &Stored) -> Share {
    let own = share.request.by == *caller.actor.account;
    let decides = !own && may_decide(caller) && caller.sees(share.request.asked.area);
    Share::of(share, own, decides)
}

/// A request that the caller may see.
async fn seen(api: &Api, caller: &Caller, id: u64) -> Result<Stored, ApiError> {
    let (desk, now) = (api.desk.clone(), api.platform.now());
    let share = blocking(move || desk.share(id, now)).await??;
    let visible = |share: &Stored| {
        let Share { own, decides, .. } = shown(caller, share);
        own || decides
    };
    share.filter(visible).ok_or_else(|| Code::NotFound.into())
}

/// A request that the caller may decide about.
async fn to_decide(api: &Api, caller: &Caller, id: u64) -> Result<Stored, ApiError> {
    let share = seen(api, caller, id).await?;
    // Nobody decides about an own request.
    if shown(caller, &share).own { Err(Code::SecondPersonRequired.into()) } else { Ok(share) }
}

/// Requests of the caller, and those that the caller may decide about; newest first.
#[utoipa::path(get, path = "/share/requests", tag = "sharing", params(ShareQuery),
    responses((status = 200, body = Page<Share>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ShareQuery>,
) -> Result<Reply<Page<Share>>, ApiError> {
    let before = cursor(query.after.as_deref())?;
    let most = page_size(query.limit);
    let (desk, now) = (api.desk.clone(), api.platform.now());
    let area = may_decide(&caller).then_some(caller.area);
    let by = caller.actor.account.to_string();
    let shares = blocking(move || desk.shares(&by, area, before, most, now)).await??;
    let next = (shares.len() == most).then(|| shares.last().map(|s| s.id.to_string())).flatten();
    Ok(Reply(Page { items: shares.iter().map(|share| shown(&caller, share)).collect(), next }))
}

/// One request, with the use of its grant.
#[utoipa::path(get, path = "/share/requests/{id}", tag = "sharing", responses((status = 200, body = ShareDetail)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<ShareDetail>, ApiError> {
    let share = seen(&api, &caller, id).await?;
    let (desk, now) = (api.desk.clone(), api.platform.now());
    let (days, reads) = blocking(move || desk.share_use(id, READS, now)).await??;
    Ok(Reply(ShareDetail {
        share: shown(&caller, &share),
        days: days.iter().map(Into::into).collect(),
        reads: reads.iter().map(Into::into).collect(),
    }))
}

/// Ask for data.
#[utoipa::path(post, path = "/share/requests", tag = "sharing", request_body = ShareOrder,
    responses((status = 200, body = Created)))]
pub async fn request(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<ShareOrder>,
) -> Result<Reply<Created>, ApiError> {
    let kind = kind_of(&api, &order.kind)?;
    let asked = Terms { fields: order.fields, area: AreaCode(order.area) };
    asked.check(&kind)?;
    if !api.base.areas().contains(asked.area) {
        return Err(ApiError::with_detail(Code::OutOfRange, "area"));
    }
    let now = api.platform.now();
    let until = Ms(order.until);
    if until <= now || until > now.after(LONGEST) {
        return Err(ApiError::with_detail(Code::OutOfRange, "until"));
    }
    let purpose = bounded(order.purpose.trim().to_owned())?;
    let recipient = order.recipient.trim().to_owned();
    if purpose.is_empty() {
        return Err(Code::ReasonRequired.into());
    }
    if recipient.is_empty() || recipient.chars().count() > MAX_RECIPIENT {
        return Err(ApiError::with_detail(Code::OutOfRange, "recipient"));
    }
    let by = caller.actor.account.to_string();
    let object = format!("{} of {} for {recipient}", kind.key, asked.area.0);
    let new = NewRequest { kind: kind.key.clone(), asked, purpose, recipient, until, by };
    let desk = api.desk.clone();
    let id = blocking(move || desk.request_share(&new, MOST_OPEN, now)).await??;
    let id = id.ok_or(Code::LimitReached)?;
    api.note(&caller, "share request", &format!("{id}: {object}"), true).await?;
    Ok(Reply(Created { id: Some(id) }))
}

/// Take an own request back.
#[utoipa::path(post, path = "/share/requests/{id}/withdraw", tag = "sharing", responses((status = 204)))]
pub async fn withdraw(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<StatusCode, ApiError> {
    let share = seen(&api, &caller, id).await?;
    if !shown(&caller, &share).own {
        return Err(Code::NotFound.into());
    }
    end(&api, &caller, id, Step::Withdraw, String::new()).await
}

async fn end(
    api: &Api,
    caller: &Caller,
    id: u64,
    step: Step,
    reason: String,
) -> Result<StatusCode, ApiError> {
    let what = match step {
        Step::Withdraw => "share withdraw",
        Step::Revoke => "share revoke",
        Step::Approve | Step::Refuse | Step::Expire => "share refuse",
    };
    let object = format!("{id}: {reason}");
    let (desk, now) = (api.desk.clone(), api.platform.now());
    let by = caller.actor.account.to_string();
    let done = blocking(move || desk.end_share(id, step, &by, &reason, now)).await??;
    if !done {
        return Err(Code::WrongState.into());
    }
    api.note(caller, what, &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Grant a request, in full or less of it.
#[utoipa::path(post, path = "/share/requests/{id}/approve", tag = "sharing", request_body = ShareApproval,
    responses((status = 204)))]
pub async fn approve(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(approval): Json<ShareApproval>,
) -> Result<StatusCode, ApiError> {
    let share = to_decide(&api, &caller, id).await?;
    let asked = &share.request.asked;
    let kind = kind_of(&api, &share.request.kind)?;
    let terms = Terms {
        fields: approval.fields.unwrap_or_else(|| asked.fields.clone()),
        area: approval.area.map_or(asked.area, AreaCode),
    };
    terms.check(&kind)?;
    terms.within(asked)?;
    if !api.base.areas().contains(terms.area) {
        return Err(ApiError::with_detail(Code::OutOfRange, "area"));
    }
    let now = api.platform.now();
    let expires = approval.until.map_or(share.request.until, Ms);
    if expires <= now || expires > share.request.until {
        return Err(ApiError::with_detail(Code::OutOfRange, "until"));
    }
    let quota = quota_of(approval.quota.unwrap_or(QUOTA))?;
    let object = format!("{id}: {} of {} until {}", kind.key, terms.area.0, expires.0);
    let secret = new_token().map_err(ApiError::internal)?;
    let (desk, by) = (api.desk.clone(), caller.actor.account.to_string());
    let done = blocking(move || {
        let secret = secret.as_bytes();
        desk.approve_share(id, &Approval { terms: &terms, expires, quota, secret }, &by, now)
    })
    .await??;
    if !done {
        return Err(Code::WrongState.into());
    }
    api.note(&caller, "share approve", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn quota_of(quota: u64) -> Result<u64, ApiError> {
    if (1..=MOST_QUOTA).contains(&quota) {
        Ok(quota)
    } else {
        Err(ApiError::with_detail(Code::OutOfRange, "quota"))
    }
}

fn reason_of(reason: ShareReason) -> Result<String, ApiError> {
    let reason = bounded(reason.reason.trim().to_owned())?;
    if reason.is_empty() { Err(Code::ReasonRequired.into()) } else { Ok(reason) }
}

/// Refuse a request, with a reason.
#[utoipa::path(post, path = "/share/requests/{id}/refuse", tag = "sharing", request_body = ShareReason,
    responses((status = 204)))]
pub async fn refuse(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<ShareReason>,
) -> Result<StatusCode, ApiError> {
    to_decide(&api, &caller, id).await?;
    end(&api, &caller, id, Step::Refuse, reason_of(reason)?).await
}

/// Take a grant back, with a reason: the very next read is refused.
#[utoipa::path(post, path = "/share/requests/{id}/revoke", tag = "sharing", request_body = ShareReason,
    responses((status = 204)))]
pub async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<ShareReason>,
) -> Result<StatusCode, ApiError> {
    // Taking away needs no second person.
    seen(&api, &caller, id).await?;
    end(&api, &caller, id, Step::Revoke, reason_of(reason)?).await
}

/// Fetch the token of an own grant; it is shown this once, and ends the one before it.
#[utoipa::path(post, path = "/share/requests/{id}/token", tag = "sharing", responses((status = 200, body = ShareToken)))]
pub async fn token(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<ShareToken>, ApiError> {
    let share = seen(&api, &caller, id).await?;
    // Whoever grants does not hold the token.
    if !shown(&caller, &share).own {
        return Err(Code::NotFound.into());
    }
    let token = new_token().map_err(ApiError::internal)?;
    let (desk, now, hash) = (api.desk.clone(), api.platform.now(), TokenHash::of(&token));
    if !blocking(move || desk.set_share_token(id, hash, now)).await?? {
        return Err(Code::WrongState.into());
    }
    api.note(&caller, "share token", &id.to_string(), true).await?;
    Ok(Reply(ShareToken { token }))
}

/// Say how many rows a grant gives on one day.
#[utoipa::path(post, path = "/share/requests/{id}/quota", tag = "sharing", request_body = ShareQuota,
    responses((status = 204)))]
pub async fn quota(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(asked): Json<ShareQuota>,
) -> Result<StatusCode, ApiError> {
    to_decide(&api, &caller, id).await?;
    let quota = quota_of(asked.quota)?;
    let (desk, now) = (api.desk.clone(), api.platform.now());
    if !blocking(move || desk.set_share_quota(id, quota, now)).await?? {
        return Err(Code::WrongState.into());
    }
    api.note(&caller, "share quota", &format!("{id}: {quota}"), true).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<TermsError> for ApiError {
    fn from(error: TermsError) -> Self {
        Self::with_detail(Code::OutOfRange, error.to_string())
    }
}
