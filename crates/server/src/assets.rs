//! The console's files: part of the program, put in when it is built (see build.rs).

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use crate::api::error::{ApiError, Code};

/// Files of the built console, or the one page that says how to build it.
#[derive(RustEmbed)]
#[folder = "$HELAN_WEB_DIST"]
struct Files;

/// Serves a file; paths that are no file get the console's page, which knows its own places.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    // The API and its like never answer with a page.
    let is_page = !["api/", "device/", "cap/"].iter().any(|start| path.starts_with(start));
    if !is_read || !is_page {
        return ApiError::new(Code::NotFound).into_response();
    }
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    match file(&path, known.as_ref()) {
        Some(response) => response,
        // A missing script must not come back as a page.
        None if path.starts_with("assets/") => ApiError::new(Code::NotFound).into_response(),
        None => file("index.html", known.as_ref())
            .unwrap_or_else(|| ApiError::new(Code::NotFound).into_response()),
    }
}

fn file(path: &str, known: Option<&HeaderValue>) -> Option<Response> {
    let found = Files::get(path)?;
    let hash = found.metadata.sha256_hash();
    let etag: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let etag = HeaderValue::from_str(&format!("\"{etag}\"")).ok()?;
    // The names of these files hold a hash of their content: they never change.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let same = known.and_then(|known| known.to_str().ok()).is_some_and(|known| {
        known
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/").as_bytes() == etag.as_bytes())
    });
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind(path))], found.data.into_owned()).into_response()
    };
    response.headers_mut().insert(header::ETAG, etag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Some(response)
}

/// Media type by the end of the name: the few that a console has.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("geojson") => "application/geo+json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("mp3") => "audio/mpeg",
        Some("ogg") => "audio/ogg",
        Some("wav") => "audio/wav",
        Some("pbf") => "application/x-protobuf",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn get(path: &str) -> Request {
        Request::builder().uri(path).body(Body::empty()).expect("request")
    }

    #[tokio::test]
    async fn unknown_paths_are_the_consoles_and_unknown_data_is_not_found() {
        let check = async |path: &str, status: u16| {
            assert_eq!(serve(get(path)).await.status().as_u16(), status, "{path}");
        };
        check("/", 200).await;
        check("/incidents/5", 200).await;
        check("/index.html", 200).await;
        check("/assets/none.js", 404).await;
        check("/api/v1/nothing", 404).await;
        check("/device/v1/nothing", 404).await;
        let first = serve(get("/")).await;
        let etag = first.headers().get(header::ETAG).expect("etag").clone();
        let mut again = get("/");
        again.headers_mut().insert(header::IF_NONE_MATCH, etag);
        assert_eq!(serve(again).await.status(), StatusCode::NOT_MODIFIED);
    }
}
