//! The gate before every route of the API: where the request comes from, who asks, and whether the role holds the deed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    Api,
    error::{ApiError, Code},
};
use crate::{
    access::{self, Deed, sessions::SignInError},
    config::Http,
    text::Language,
};

/// Name of the session cookie.
pub const COOKIE: &str = "helan_session";

/// Routes that a screen asks by itself all day: they do not count as use of the session.
const QUIET: [&str; 2] = ["/api/v1/overview", "/api/v1/live"];

/// The token of a request, and where it came from.
#[derive(Clone)]
pub struct Token(pub String);

/// The address of the peer.
#[derive(Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Lets a request through, or not.
pub async fn gate(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    match enter(&api, &mut request).await {
        Ok(language) => {
            let mut response = next.run(request).await;
            if let Some(language) = language {
                response.extensions_mut().insert(language);
            }
            response
        }
        Err(error) => error.into_response(),
    }
}

async fn enter(api: &Api, request: &mut Request) -> Result<Option<Language>, ApiError> {
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    // A route without a deed is closed: default deny.
    let deed = access::routes::deed_of(&method, &path).ok_or(Code::Forbidden)?;
    let peer = client(request, &api.config.http);
    request.extensions_mut().insert(Peer(peer));
    let headers = request.headers();
    let token = bearer(headers).or_else(|| cookie(headers));
    let upgrade = path == "/api/v1/live";
    if upgrade || !matches!(method, Method::GET | Method::HEAD) {
        own_site(headers)?;
    }
    if deed == Deed::Open {
        return Ok(None);
    }
    let token = token.ok_or(Code::Unauthenticated)?;
    let use_it = !QUIET.contains(&path.as_str());
    let caller = api.sessions.caller(&token, use_it, &peer.to_string()).await?;
    let caller = caller.ok_or(Code::Unauthenticated)?;
    let language = Language::of_word(&caller.language);
    if let Err(denied) = access::check(&caller, deed, None) {
        api.note(&caller, "refused", &format!("{method} {path}"), false).await?;
        let mut error = ApiError::from(denied);
        error.language = Some(language);
        return Err(error);
    }
    // Whoever gave the password knows it: nothing is done with it but to change it.
    if caller.must_change && deed != Deed::Own {
        let mut error = ApiError::from(Code::MustChange);
        error.language = Some(language);
        return Err(error);
    }
    request.extensions_mut().insert(Token(token));
    request.extensions_mut().insert(caller);
    Ok(Some(language))
}

/// Cross-site requests: `SameSite=Strict` keeps the cookie at home, this refuses whatever comes all the same. Programs that
/// are no browsers send neither header.
fn own_site(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
        && !matches!(site, "same-origin" | "none")
    {
        return Err(Code::BadOrigin.into());
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let host = text(header::HOST).unwrap_or_default();
    let named = origin.split_once("://").map_or("", |(_, host)| host);
    if !host.is_empty() && named.eq_ignore_ascii_case(host) {
        Ok(())
    } else {
        Err(Code::BadOrigin.into())
    }
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The token of the session cookie.
pub fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token.to_owned())
}

/// The address of whoever asks: the peer, or what the proxy in front says of whom it speaks for. Of a list that came from
/// further away only its last entry is the proxy's own word.
pub fn client(request: &Request, http: &Http) -> IpAddr {
    let peer = peer(request).to_canonical();
    if !http.behind_tls || !http.proxies.contains(&peer) {
        return peer;
    }
    let told = request.headers().get_all("x-forwarded-for").iter().next_back();
    let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    told.map_or(peer, |told: IpAddr| told.to_canonical())
}

/// The address of the peer; unknown only in tests without a socket.
fn peer(request: &Request) -> IpAddr {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

impl From<SignInError> for ApiError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Code::SignInFailed.into(),
            SignInError::TooMany => Code::TooMany.into(),
            SignInError::Stopping => Code::Unavailable.into(),
            SignInError::Store(error) => Self::internal(error),
            SignInError::Hash(error) => Self::internal(error),
        }
    }
}
