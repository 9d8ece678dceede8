//! Notices: who was told, answers on behalf of recipients, visits.

use axum::{
    Json as Reply,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use helan_kernel::{Answer, Engine, Event, IncidentId, NoticeId, command, event::ActionKind, push};
use helan_store::accounts::TokenHash;

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, Query, bounded, cursor, page_size},
    gate::bearer,
    wire::{
        Created, GatewayChannel, GatewayReceipt, Notice, NoticeAnswer, NoticeQuery, Page, Visit,
    },
};
use crate::access::{Caller, Deed, Grant, Role, grant};

/// Whether a caller may see how a recipient is reached: those who must call, and for drills the simulator.
#[must_use]
pub fn sees_addresses(caller: &Caller, drill: bool) -> bool {
    match grant(caller.role, Deed::Handle) {
        Grant::Yes => true,
        Grant::Drill => drill,
        Grant::No => false,
    }
}

/// Whether a caller may see who was told: everybody with the deed; the simulator sees drills only.
#[must_use]
pub fn sees_people(caller: &Caller, drill: bool) -> bool {
    match grant(caller.role, Deed::SeePeople) {
        Grant::Yes => true,
        Grant::Drill => drill,
        Grant::No => false,
    }
}

/// Whether a notice lies in the caller's area: by its recipient, or by the event it speaks of. Whoever handles an event must
/// know of everybody who was told, also beyond the border.
#[must_use]
pub fn reaches(caller: &Caller, engine: &Engine, notice: &push::Notice) -> bool {
    let incident = || engine.desk().incident(notice.incident);
    caller.sees(notice.area) || incident().is_some_and(|incident| caller.sees(incident.area))
}

/// Notices of open incidents, in the order of sending; those of a closed incident are in its file.
#[utoipa::path(get, path = "/notices", tag = "notices", params(NoticeQuery), responses((status = 200, body = Page<Notice>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<NoticeQuery>,
) -> Result<Reply<Page<Notice>>, ApiError> {
    let limit = page_size(query.limit);
    let after = cursor(query.after.as_deref())?;
    let asker = caller.clone();
    let incident = query.incident.map(IncidentId);
    let open = api
        .platform
        .ask(move |engine| {
            engine
                .push()
                .notices()
                .filter(|notice| after.is_none_or(|after| notice.id.0 > after))
                .filter(|notice| incident.is_none_or(|id| notice.incident == id))
                .filter(|notice| {
                    sees_people(&asker, notice.drill) && reaches(&asker, engine, notice)
                })
                .take(limit)
                .cloned()
                .collect::<Vec<_>>()
        })
        .await?;
    let notices: Vec<push::Notice> = match (open.is_empty(), incident) {
        (true, Some(incident)) => {
            let over = api.history.get::<command::Incident>(incident.0).await?;
            let whole = over.is_some_and(|incident| caller.sees(incident.area));
            let mut all: Vec<push::Notice> =
                api.history.of_incident(incident, super::file::MAX_NOTICES).await?;
            all.reverse();
            all.retain(|notice| {
                after.is_none_or(|after| notice.id.0 > after)
                    && (whole || caller.sees(notice.area))
                    && sees_people(&caller, notice.drill)
            });
            all.truncate(limit);
            all
        }
        _ => open,
    };
    let items: Vec<Notice> = notices
        .iter()
        .map(|notice| Notice::of(notice, sees_addresses(&caller, notice.drill)))
        .collect();
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.id.to_string());
    Ok(Reply(Page { items, next }))
}

async fn act(
    api: &Api,
    caller: &Caller,
    id: u64,
    what: &str,
    kind: ActionKind,
) -> Result<Reply<Created>, ApiError> {
    let asker = caller.clone();
    let known = api
        .platform
        .ask(move |engine| {
            let notice = engine.push().notice(NoticeId(id))?;
            let area = if reaches(&asker, engine, notice) { asker.area } else { notice.area };
            Some((area, notice.drill))
        })
        .await?;
    let (area, drill) = known.ok_or(Code::NotFound)?;
    api.allow(caller, Deed::Handle, area, drill, &format!("{what} {id}")).await?;
    // The kernel writes the name of whoever answered for the recipient onto the notice.
    let reason = if caller.role == Role::Simulator { "simulated recipient" } else { "" };
    api.act(caller, kind, reason.to_owned()).await
}

/// Answer for a recipient: read, understood, needs help.
#[utoipa::path(post, path = "/notices/{id}/answer", tag = "notices", params(("id" = u64, Path)),
    request_body = NoticeAnswer, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn answer(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(answer): Json<NoticeAnswer>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::AnswerNotice(NoticeId(id), answer.state.into());
    act(&api, &caller, id, "notice-answer", kind).await
}

/// Record a visit to a recipient who could not be reached.
#[utoipa::path(post, path = "/notices/{id}/visit", tag = "notices", params(("id" = u64, Path)),
    request_body = Visit, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn visit(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(visit): Json<Visit>,
) -> Result<Reply<Created>, ApiError> {
    let kind = ActionKind::RecordVisit(NoticeId(id), visit.reached);
    act(&api, &caller, id, "notice-visit", kind).await
}

/// A gateway reports what became of a notice. It carries its own token, not a session.
#[utoipa::path(post, path = "/gateway/receipts", tag = "notices", request_body = GatewayReceipt, responses((status = 204),
    (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub async fn receipt(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(receipt): Json<GatewayReceipt>,
) -> Result<StatusCode, ApiError> {
    let given = bearer(&headers).map(|token| TokenHash::of(&token));
    if api.gateway_token.is_none() || given != api.gateway_token {
        return Err(Code::Unauthenticated.into());
    }
    let number = receipt.id.strip_prefix('n').and_then(|number| number.parse().ok());
    let notice = NoticeId(number.ok_or(Code::NotFound)?);
    let channel = match receipt.channel {
        GatewayChannel::Sms => push::Channel::Sms,
        GatewayChannel::Webhook => push::Channel::Webhook,
    };
    let event = Event::Receipt {
        notice,
        channel,
        state: receipt.state.into(),
        detail: bounded(receipt.detail)?,
    };
    match api.platform.act(event).await? {
        Answer::Refused(refusal) => Err(refusal.into()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
