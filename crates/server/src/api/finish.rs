//! The outermost layer: number of the request, security headers, bodies of errors.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    Api,
    error::{ApiError, Code},
};
use crate::text::Language;

/// Headers of every response. The console draws its map in a worker made from a blob; styles are set by the map library.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob: https:; font-src 'self' data:; connect-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Where a TLS proxy stands in front, browsers come through it only, for a year.
const HSTS: &str = "max-age=31536000";

static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Gives the request a number and finishes its response.
pub async fn finish(State(api): State<Api>, request: Request, next: Next) -> Response {
    // The moment makes it unique over restarts, the count within one.
    let count = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let number = format!("{:x}-{count:x}", api.platform.now().0);
    let is_api = request.uri().path().starts_with("/api/");
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|value| value.to_str().ok()).map(Language::of_header);
    let mut response = next.run(request).await;
    let error = response.extensions_mut().remove::<ApiError>();
    if let Some(error) = error {
        let own = error.language.or_else(|| response.extensions().get::<Language>().copied());
        let language = own.or(accepted).unwrap_or_default();
        let mut body = error.body(language, &number);
        // Headers that a handler set (Retry-After) stay.
        for (name, value) in response.headers() {
            if !body.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                body.headers_mut().insert(name.clone(), value.clone());
            }
        }
        response = body;
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if api.config.http.behind_tls {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static(HSTS));
    }
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(&number) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// A path that exists, with a method that it does not have.
pub async fn no_such_method() -> Response {
    ApiError::new(Code::NotFound).into_response()
}
