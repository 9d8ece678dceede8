//! What needs no session: health, metrics, published warnings.

use std::sync::{Arc, PoisonError};

use axum::{
    Json as Reply, Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header, uri::Scheme},
    response::{IntoResponse, Response},
    routing::get,
};
use helan_kernel::{IncidentId, Ms, Text, push::Warning};
use helan_protocol::cap;
use helan_store::accounts::TokenHash;

use super::{
    Api,
    error::{ApiError, Code},
    extract::Path,
    gate::{bearer, client},
    map::tagged,
};

/// Public routes.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/cap/feed.atom", get(feed))
        .route("/cap/{file}", get(document))
        .route("/api/v1/openapi.json", get(description))
}

/// The process runs.
async fn health() -> &'static str {
    "ok"
}

/// The node answers: it is open and its thread is alive.
async fn ready(State(api): State<Api>) -> (StatusCode, &'static str) {
    match api.platform.ask(|_| ()).await {
        Ok(()) if !*api.stopping.borrow() => (StatusCode::OK, "ready"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    }
}

/// For collectors on this machine, or with the token of the configuration. Whoever comes through a proxy is not on it.
async fn metrics(State(api): State<Api>, request: Request) -> Result<Response, ApiError> {
    let given = bearer(request.headers()).map(|token| TokenHash::of(&token));
    let direct = !request.headers().contains_key("x-forwarded-for");
    let local = direct && client(&request, &api.config.http).is_loopback();
    let allowed = match &api.metrics_token {
        Some(token) => given.as_ref() == Some(token) || (local && given.is_none()),
        None => local,
    };
    if !allowed {
        return Err(Code::Unauthenticated.into());
    }
    let text = crate::metrics::text(&api).await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// The description of the console API.
async fn description() -> Reply<utoipa::openapi::OpenApi> {
    Reply(super::openapi())
}

/// Documents in the feed at most.
const FEED: u32 = 500;
/// The history is asked at most this often, however many ask here.
const FRESH: Ms = Ms(1_000);

/// The Atom feed of published warnings.
async fn feed(State(api): State<Api>, headers: HeaderMap, uri: Uri) -> Result<Response, ApiError> {
    if !api.config.channels.cap.enabled {
        return Err(Code::NotFound.into());
    }
    let now = api.platform.now();
    let kept = api.feed.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let entries = match kept {
        Some((at, entries)) if now.since(at) < FRESH && now >= at => entries,
        _ => {
            let entries = published(&api, now).await?;
            let mut kept = api.feed.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some((now, entries.clone()));
            entries
        }
    };
    let base = base(&api, &headers, &uri);
    let updated = entries.first().map_or(Ms(0), |entry| entry.sent);
    let text = Bytes::from(cap::feed(&issuer(&api, &base), &base, updated, &entries));
    let etag = super::map::etag(&text);
    Ok(tagged(&headers, &etag, text, "application/atom+xml; charset=utf-8"))
}

/// What the feed lists now, newest first.
async fn published(api: &Api, now: Ms) -> Result<Arc<[cap::FeedEntry]>, ApiError> {
    let hours = i64::from(api.config.channels.cap.feed_hours);
    let since = Ms(now.0.saturating_sub(hours.saturating_mul(3_600_000)));
    let warnings = api.history.warnings(since, FEED).await?;
    Ok(warnings
        .iter()
        // A drill never enters the public feed, whatever the history holds.
        .filter(|warning| !warning.drill)
        .map(|warning| cap::FeedEntry {
            name: cap::document_name(warning),
            title: warning.headline.zh.clone(),
            sent: warning.sent,
        })
        .collect())
}

/// One published warning.
async fn document(
    State(api): State<Api>,
    Path(file): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let name = file.strip_suffix(".xml").ok_or(Code::NotFound)?;
    let incident = incident_of(name).filter(|_| api.config.channels.cap.enabled);
    let warnings = api.history.warnings_of(incident.ok_or(Code::NotFound)?).await?;
    let named = |warning: &&Warning| !warning.drill && cap::document_name(warning) == name;
    let warning = warnings.iter().find(named).ok_or(Code::NotFound)?;
    let issuer = issuer(&api, &base(&api, &headers, &uri));
    let text = Bytes::from(cap::write(warning, &issuer));
    let etag = super::map::etag(&text);
    Ok(tagged(&headers, &etag, text, cap::MEDIA_TYPE))
}

/// `helan-INCIDENT-SEQUENCE-SECONDS`.
fn incident_of(name: &str) -> Option<IncidentId> {
    name.strip_prefix("helan-")?.split('-').next()?.parse().ok().map(IncidentId)
}

fn issuer(api: &Api, base: &str) -> cap::Issuer {
    let issuer = &api.config.issuer;
    // Only a configured address is part of a warning: a request could name any.
    let web = if api.config.http.public_url.is_empty() { "" } else { base };
    cap::Issuer {
        sender: issuer.sender.clone(),
        name: Text::new(&issuer.name_zh, &issuer.name_en),
        web: web.to_owned(),
    }
}

/// Under which address the asker reaches us, without a slash at its end.
pub(super) fn base(api: &Api, headers: &HeaderMap, uri: &Uri) -> String {
    let configured = api.config.http.public_url.trim_end_matches('/');
    if !configured.is_empty() {
        return configured.to_owned();
    }
    let scheme = if api.config.http.behind_tls { "https" } else { "http" };
    let scheme = uri.scheme().map_or(scheme, Scheme::as_str);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let sane = |host: &&str| host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
    format!("{scheme}://{}", host.filter(sane).unwrap_or("localhost"))
}
