//! Pages for the public, and what the console shows of them.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json as Reply, Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use helan_kernel::{IncidentId, Text, command::Incident};
use serde::Deserialize;

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Path, Query},
    gate::{bearer, client, cookie},
    map::tagged,
    public::base,
    state::blocking,
    wire::PublicPage,
};
use crate::{
    access::Caller,
    public::{
        Made, WORKER, cards,
        code::{spoken, tidy},
        geo,
        page::{self, Beside},
        view::{self, Known, View},
    },
    text::Language,
};

/// Whoever stands between may keep a page so long: a city that looks at once asks this server a few times a second.
const SHARED: &str = "public, max-age=15";
/// Cards change with the program.
const CARDS: &str = "public, max-age=3600";
/// Nobody but the asker may keep it.
const OWN: &str = "private, no-store";
/// A policy of content security in a response.
const POLICY: HeaderName = header::CONTENT_SECURITY_POLICY;

/// Routes of the pages.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/w", get(enter))
        .route("/w/sw.js", get(worker))
        .route("/w/{code}", get(of_code))
        .route("/cards", get(card_index))
        .route("/cards/{hazard}", get(card))
}

/// In which language, and from where.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    lang: Option<String>,
    code: Option<String>,
    w: Option<String>,
}

impl Asked {
    fn language(&self, headers: &HeaderMap) -> Language {
        if let Some(word) = self.lang.as_deref() {
            return Language::of_word(word);
        }
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        accepted.map_or(Language::Zh, Language::of_header)
    }
}

fn word(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("no-store"))
}

/// A document with the headers that its kind has.
fn finished(mut response: Response, language: Language, cache: &str, policy: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(POLICY, word(policy));
    headers.insert(header::CACHE_CONTROL, word(cache));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(page::tag(language)));
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

const HTML: &str = "text/html; charset=utf-8";

fn note(language: Language, status: StatusCode, title: &str, line: Option<&str>) -> Response {
    let body = page::note(language, title, line);
    let response = (status, [(header::CONTENT_TYPE, HTML)], body).into_response();
    finished(response, language, OWN, &page::NOTE_POLICY)
}

/// The field to enter a code; with one, the way to its page.
async fn enter(Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let language = asked.language(&headers);
    match asked.code.as_deref().map(tidy) {
        None => note(language, StatusCode::OK, "page.enter.title", None),
        Some(Some(code)) => {
            let lang = page::tag_word(language);
            Redirect::to(&format!("/w/{code}?lang={lang}")).into_response()
        }
        Some(None) => missing(language),
    }
}

fn missing(language: Language) -> Response {
    note(language, StatusCode::NOT_FOUND, "page.missing.title", Some("page.missing"))
}

/// The script that keeps pages. It may also keep the cards, which lie beside its own folder.
async fn worker(headers: HeaderMap) -> Response {
    let body = Bytes::from_static(WORKER.as_bytes());
    let mut response =
        tagged(&headers, &super::etag(&body), body, "text/javascript; charset=utf-8");
    let own = response.headers_mut();
    own.insert("service-worker-allowed", HeaderValue::from_static("/"));
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The page of an incident, or its GeoJSON (`CODE.json`).
async fn of_code(
    State(api): State<Api>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    uri: Uri,
    request: Request,
) -> Result<Response, ApiError> {
    let from = client(&request, &api.config.http);
    // A request as a whole cannot be held while others are asked.
    let headers = &request.into_parts().0.headers;
    let language = asked.language(headers);
    let (name, is_json) = file.strip_suffix(".json").map_or((&*file, false), |name| (name, true));
    let now = api.platform.now();
    // A network of many phones, or one machine with many addresses: both count as one.
    let peer = helan_broker::network(SocketAddr::new(from, 0));
    let noisy = api.public.is_noisy(peer, now);
    let id = api.public.codes.read(name).filter(|_| !noisy);
    let found = match id {
        Some(id) => made(&api, id).await?,
        None => None,
    };
    let open = |made: &Made| api.config.channels.page.enabled && !made.view.drill;
    let preview = match &found {
        Some(made) if !open(made) => may_preview(&api, headers, from, made).await?,
        _ => false,
    };
    let shown = found.filter(|made| open(made) || preview);
    let Some(made) = shown else {
        api.public.missed(peer, now);
        return Ok(match (is_json, noisy) {
            (true, true) => ApiError::from(Code::TooMany).into_response(),
            (true, false) => ApiError::from(Code::NotFound).into_response(),
            (false, true) => busy(language),
            (false, false) => missing(language),
        });
    };
    if name != made.view.code {
        let lang = page::tag_word(language);
        let end = if is_json { ".json" } else { "" };
        let to = format!("/w/{}{end}?lang={lang}", made.view.code);
        return Ok(Redirect::to(&to).into_response());
    }
    let cache = if preview { OWN } else { SHARED };
    if is_json {
        return Ok(json(&made, &base(&api, headers, &uri), headers, cache));
    }
    let issuer = Text::new(&api.config.issuer.name_zh, &api.config.issuer.name_en);
    let beside = Beside { issuer: &issuer, cards: &api.public.cards, preview };
    let render = |view: &View| page::page(language, view, beside);
    let (bytes, tag) = if preview {
        let bytes = Bytes::from(render(&made.view));
        let tag = super::etag(&bytes);
        (bytes, tag)
    } else {
        made.bytes(language, render)
    };
    let response = tagged(headers, &tag, bytes, HTML);
    Ok(finished(response, language, cache, &page::POLICY))
}

fn busy(language: Language) -> Response {
    let mut response =
        note(language, StatusCode::TOO_MANY_REQUESTS, "page.missing.title", Some("page.busy"));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("300"));
    response
}

fn json(made: &Made, base: &str, headers: &HeaderMap, cache: &str) -> Response {
    let bytes = Bytes::from(geo::collection(&made.view, base).to_string());
    let mut response = tagged(headers, &super::etag(&bytes), bytes, "application/geo+json");
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, word(cache));
    // What everybody may read, every page may read.
    if cache == SHARED {
        own.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        own.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
    response
}

/// Whether whoever asks is signed in and sees the incident.
async fn may_preview(
    api: &Api,
    headers: &HeaderMap,
    from: IpAddr,
    made: &Made,
) -> Result<bool, ApiError> {
    let Some(token) = bearer(headers).or_else(|| cookie(headers)) else { return Ok(false) };
    let caller = api.sessions.caller(&token, false, &from.to_string()).await?;
    Ok(caller.is_some_and(|caller| !caller.must_change && caller.sees(made.view.area)))
}

/// The page of an incident that has a warning.
async fn made(api: &Api, id: IncidentId) -> Result<Option<Arc<Made>>, ApiError> {
    api.public.found(id, api.platform.now(), gathered(api, id)).await
}

async fn gathered(api: &Api, id: IncidentId) -> Result<Option<View>, ApiError> {
    let Some(code) = api.public.codes.of(id) else { return Ok(None) };
    let open = api.platform.ask(move |engine| view::open(engine, id)).await?;
    let (incident, dangers) = match open {
        Some(open) => open,
        None => match api.history.get::<Incident>(id.0).await? {
            Some(closed) => (closed, Vec::new()),
            None => return Ok(None),
        },
    };
    let warnings = api.history.warnings_of(id).await?;
    let mut own = warnings.into_iter().filter(|warning| warning.drill == incident.drill);
    let Some(warning) = own.next_back() else { return Ok(None) };
    let middle = dangers.first().map(|area| area.source).or(incident.position);
    let facilities = match middle.or_else(|| warning.circle.map(|(centre, _)| centre)) {
        Some(at) => api.platform.ask(move |engine| view::facilities(engine, at)).await?,
        None => Vec::new(),
    };
    let (shared, now) = (api.clone(), api.platform.now());
    let known = Known { incident, warning, dangers, facilities };
    let view =
        blocking(move || view::view(&known, code, (&shared.base, &shared.public.cards), now));
    Ok(Some(view.await??))
}

/// All cards.
async fn card_index(
    State(api): State<Api>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let language = asked.language(&headers);
    let body = Bytes::from(cards::index(language, &api.public.cards));
    let response = tagged(&headers, &super::etag(&body), body, HTML);
    finished(response, language, CARDS, &cards::POLICY)
}

/// One card. The code of an incident may come along: then its QR code leads there.
async fn card(
    State(api): State<Api>,
    Path(hazard): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let language = asked.language(&headers);
    let Some(card) = api.public.cards.get(&hazard) else { return missing(language) };
    let code = asked.w.as_deref().and_then(tidy);
    let base = base(&api, &headers, &uri);
    let address = match &code {
        Some(code) => format!("{base}/w/{code}"),
        None => format!("{base}/cards/{}", card.key),
    };
    let body = Bytes::from(cards::card(language, card, code.as_deref(), &address));
    let response = tagged(&headers, &super::etag(&body), body, HTML);
    finished(response, language, CARDS, &cards::POLICY)
}

/// The page of an incident for the public: its code, address and QR code. Of a drill it is shown to people who are signed in only.
#[utoipa::path(get, path = "/incidents/{id}/public", tag = "incidents", params(("id" = u64, Path)),
    responses((status = 200, body = PublicPage), (status = 404, body = ErrorBody)))]
pub async fn of_incident(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Reply<PublicPage>, ApiError> {
    let id = IncidentId(id);
    super::dangers::seen(&api, &caller, id).await?;
    let Some(made) = made(&api, id).await? else {
        return Ok(Reply(PublicPage::default()));
    };
    let view = &made.view;
    let url = format!("{}/w/{}", base(&api, &headers, &uri), view.code);
    Ok(Reply(PublicPage {
        public_code: Some(view.code.clone()),
        spoken: Some(spoken(&view.code)),
        public: api.config.channels.page.enabled && !view.drill,
        state: Some(view.state.word()),
        qr: Some(cards::qr(&url, &url).into_string()),
        card: Some(format!("/cards/{}?w={}", view.card, view.code))
            .filter(|_| !view.card.is_empty()),
        url: Some(url),
    }))
}
