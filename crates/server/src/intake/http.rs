//! Devices over HTTP: the same rules and payloads as over MQTT.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{ConnectInfo, Path, Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use helan_kernel::Answer;
use helan_protocol::device::{MAX_PAYLOAD, Reason};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Intake, access::Stranger, readings, refusals::Refused, replies};
use crate::directory::Entry;

/// Longest wait for a command: below the idle time after which proxies cut connections.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Time for a body to come whole: 256 KiB over a bad mobile link.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The routes of the device API.
pub fn routes(intake: Arc<Intake>) -> Router {
    Router::new()
        .route("/device/v1/{device}/readings", post(post_readings))
        .route("/device/v1/{device}/commands", get(get_commands))
        .route("/device/v1/{device}/replies", post(post_reply))
        .with_state(intake)
}

/// A refused request.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn stopped() -> Self {
        let message = "the platform is stopping; send again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let status = match refused.reason {
            Reason::Malformed => StatusCode::BAD_REQUEST,
            Reason::TooLarge | Reason::TooMany => StatusCode::PAYLOAD_TOO_LARGE,
            Reason::UnknownDevice | Reason::UnknownCommand => StatusCode::NOT_FOUND,
            Reason::NotAllowed => StatusCode::FORBIDDEN,
            Reason::UnknownPoint
            | Reason::NotFinite
            | Reason::WrongUnit
            | Reason::Future
            | Reason::Ancient => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, refused.reason.word(), refused.detail)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        (self.status, Json(body)).into_response()
    }
}

async fn post_readings(
    State(intake): State<Arc<Intake>>,
    Path(device): Path<String>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let (entry, payload) = intake.admit(&device, request).await?;
    let now = intake.platform.now();
    let mut found = Vec::new();
    let outcome = readings::read(&entry, &payload, now, now, &mut found)
        .map_err(|refused| intake.refuse_http(&device, refused, &payload))?;
    let first = outcome.reasons.first().map(|(_, refused)| refused.clone());
    if let Some(refused) = first {
        let refusal = intake.refuse_http(&device, refused, &payload);
        if outcome.taken == 0 {
            return Err(refusal);
        }
    }
    let answers = match found.is_empty() {
        true => Vec::new(),
        false => intake.platform.read(found).await.map_err(|_closed| Refusal::stopped())?,
    };
    let count = |wanted: fn(&Answer) -> bool| answers.iter().filter(|a| wanted(a)).count();
    let reasons = outcome.reasons.iter().map(|(index, refused)| {
        json!({ "index": index, "reason": refused.reason.word(), "detail": refused.detail })
    });
    Ok(Json(json!({
        "accepted": count(|a| matches!(a, Answer::Done | Answer::Created(_))),
        "duplicate": count(|a| *a == Answer::Duplicate),
        "late": count(|a| *a == Answer::Late),
        "conflict": count(|a| *a == Answer::Conflict),
        "refused": outcome.refused + count(|a| matches!(a, Answer::Refused(_))),
        "reasons": reasons.collect::<Vec<_>>(),
    })))
}

#[derive(Deserialize)]
struct Poll {
    /// Seconds to wait for a command when there is none.
    #[serde(default)]
    wait: u64,
}

async fn get_commands(
    State(intake): State<Arc<Intake>>,
    Path(device): Path<String>,
    poll: Result<Query<Poll>, QueryRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let entry = intake.authenticate(&device, &request)?;
    let Query(poll) = poll.map_err(|rejection| {
        let refused = Refused::new(Reason::Malformed, rejection.body_text());
        intake.refuse_http(&device, refused, request.uri().query().unwrap_or_default().as_bytes())
    })?;
    // Asked for first, so that a command that comes between is not missed.
    let issued = intake.stations.poll(entry.id);
    let mut commands = intake.stations.commands(entry.id);
    if commands.is_empty() && poll.wait > 0 {
        let Some(issued) = issued else {
            let message = "too many requests wait for this device";
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too-many", message));
        };
        let wait = Duration::from_secs(poll.wait).min(MAX_WAIT);
        // Either way the answer is what waits now.
        drop(tokio::time::timeout(wait, issued).await);
        commands = intake.stations.commands(entry.id);
    }
    let mut body = br#"{"commands":["#.to_vec();
    for (place, command) in commands.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(command);
    }
    body.extend_from_slice(b"]}");
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn post_reply(
    State(intake): State<Arc<Intake>>,
    Path(device): Path<String>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let (entry, payload) = intake.admit(&device, request).await?;
    let event = replies::event(&intake.stations, &entry, &payload)
        .map_err(|refused| intake.refuse_http(&device, refused, &payload))?;
    match intake.platform.act(event).await.map_err(|_closed| Refusal::stopped())? {
        Answer::Refused(why) => {
            let refused = Refused::new(Reason::UnknownCommand, why.to_string());
            Err(intake.refuse_http(&device, refused, &payload))
        }
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

impl Intake {
    /// Checks who asks, then reads the body: strangers send nothing.
    async fn admit(&self, device: &str, request: Request) -> Result<(Arc<Entry>, Bytes), Refusal> {
        let entry = self.authenticate(device, &request)?;
        let body = axum::body::to_bytes(request.into_body(), MAX_PAYLOAD);
        let refused = match tokio::time::timeout(BODY_TIME, body).await {
            Ok(Ok(payload)) => return Ok((entry, payload)),
            Ok(Err(error)) if is_limit(&error) => {
                Refused::new(Reason::TooLarge, format!("above {MAX_PAYLOAD} bytes"))
            }
            Ok(Err(_broken)) => Refused::new(Reason::Malformed, "the body is broken or cut off"),
            Err(_elapsed) => Refused::new(Reason::Malformed, "the body did not come in time"),
        };
        Err(self.refuse_http(device, refused, b""))
    }

    /// The device that the request speaks for: with its own token, or with that of its gateway.
    fn authenticate(&self, device: &str, request: &Request) -> Result<Arc<Entry>, Refusal> {
        let from = peer(request);
        let token = bearer(request.headers());
        let entry = self.directory.find(device);
        let gateway = entry.as_ref().and_then(|entry| entry.gateway.as_deref());
        let now = self.platform.now();
        let by_gateway = gateway.is_some_and(|gateway| self.secrets.matches(gateway, token));
        let checked = match by_gateway {
            true => Ok(()),
            false => self.secrets.check(device, token, from, now),
        };
        let stranger = match (checked, entry) {
            (Ok(()), Some(entry)) => return Ok(entry),
            (Ok(()), None) => {
                let refused = Refused::new(Reason::UnknownDevice, device.to_owned());
                return Err(self.refuse_http(device, refused, b""));
            }
            (Err(stranger), _) => stranger,
        };
        let refused = Refused::new(Reason::NotAllowed, format!("{device} from {from}"));
        self.refusals.count(&from.to_string(), &refused, b"", now);
        Err(match stranger {
            Stranger::Wrong => {
                let message = "unknown device or wrong token";
                Refusal::new(StatusCode::UNAUTHORIZED, "wrong-token", message)
            }
            Stranger::TooFast => {
                let message = "too many wrong tokens; wait a minute";
                Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too-many", message)
            }
        })
    }

    fn refuse_http(&self, device: &str, refused: Refused, payload: &[u8]) -> Refusal {
        self.refusals.count(device, &refused, payload, self.platform.now());
        refused.into()
    }
}

/// Whether a body was too large, and not broken.
fn is_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The address of the sender, when the listener tells it.
fn peer(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip())
}

/// The bearer token; empty when there is none.
fn bearer(headers: &HeaderMap) -> &[u8] {
    let header = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    header.strip_prefix(b"Bearer ").unwrap_or_default()
}
