//! What needs no session: health and readiness.

use axum::{Router, extract::State, http::StatusCode, routing::get};

use super::Api;

/// Public routes.
pub fn routes() -> Router<Api> {
    Router::new().route("/healthz", get(health)).route("/readyz", get(ready))
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
