//! Connectors: set up, seen and hurried by those who write records, inside their area.

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_base::Datum;
use helan_kernel::AreaCode;
use helan_store::desk::connectors::{Connector, Standing};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Json, MAX_TEXT, Path},
    state::blocking,
    wire::{ConnectorOrder, ConnectorRun, ConnectorView},
};
use crate::{
    access::Caller,
    jobs::connect::{Refused, Trouble, target, weather},
    text::Language,
};

/// From one run to the next: often enough for what changes, seldom enough for whoever answers; a month at most.
const MINUTES: std::ops::RangeInclusive<u32> = 5..=43_200;
/// Longest name of a connector, and of what it names.
const MAX_NAME: usize = 200;
/// Columns that are given to fields by hand.
const MAX_MAPPING: usize = 1_000;

fn seen(api: &Api, caller: &Caller, standing: Standing) -> Option<ConnectorView> {
    caller.sees(standing.connector.area).then(|| {
        let running = api.connectors.is_running(&standing.connector.key);
        ConnectorView::of(standing, running)
    })
}

/// Connectors of the caller's area.
#[utoipa::path(get, path = "/base/connectors", tag = "base", responses((status = 200, body = [ConnectorView])))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Vec<ConnectorView>>, ApiError> {
    let desk = api.desk.clone();
    let all = blocking(move || desk.connectors()).await??;
    Ok(Reply(all.into_iter().filter_map(|standing| seen(&api, &caller, standing)).collect()))
}

/// A connector of the caller's area, or nothing.
async fn known(api: &Api, caller: &Caller, key: &str) -> Result<Option<Standing>, ApiError> {
    let (desk, key) = (api.desk.clone(), key.to_owned());
    let standing = blocking(move || desk.connector(&key)).await??;
    match standing {
        Some(standing) if !caller.sees(standing.connector.area) => Err(Code::NotFound.into()),
        standing => Ok(standing),
    }
}

fn refused(caller: &Caller, refused: Refused) -> ApiError {
    let words = Trouble::from(refused).0;
    let language = Language::of_word(&caller.language);
    ApiError::with_detail(Code::OutOfRange, language.pick(&words))
}

fn checked(
    api: &Api,
    caller: &Caller,
    key: String,
    order: ConnectorOrder,
) -> Result<Connector, ApiError> {
    let weather = order.kind == weather::KIND;
    if !weather {
        kind_of(api, &order.kind)?;
    }
    let area = order.area.map_or(caller.area, AreaCode);
    if !caller.sees(area) {
        return Err(Code::Forbidden.into());
    }
    let datum = order.datum.unwrap_or_default();
    let datum = if datum.is_empty() { "wgs84".to_owned() } else { datum };
    let from = order.from.into();
    let short = |text: &String| text.chars().count() <= MAX_NAME;
    let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let longest = if weather { weather::LONGEST_KEY } else { 60 };
    let sound = (1..=longest).contains(&key.len())
        && key.chars().all(word)
        && !order.name.trim().is_empty()
        && short(&order.name)
        && short(&order.secret)
        && MINUTES.contains(&order.minutes)
        && Datum::of_word(&datum).is_some()
        && order.mapping.len() <= MAX_MAPPING
        && order.mapping.keys().chain(order.mapping.values().flatten()).all(short)
        && serde_json::to_string(&from).is_ok_and(|text| text.chars().count() <= MAX_TEXT * 2);
    if !sound {
        return Err(Code::OutOfRange.into());
    }
    let allowed = api.connectors.allowed();
    let (host, port) = target(&from, allowed).map_err(|why| refused(caller, why))?;
    allowed.secret(&order.secret, &host, port).map_err(|why| refused(caller, why))?;
    Ok(Connector {
        key,
        name: order.name,
        kind: order.kind,
        area,
        minutes: order.minutes,
        enabled: order.enabled,
        datum,
        mapping: order.mapping,
        secret: order.secret,
        from,
        by: caller.actor.account.to_string(),
    })
}

/// Set a connector up, or anew. An enabled one runs at once.
#[utoipa::path(put, path = "/base/connectors/{key}", tag = "base", request_body = ConnectorOrder,
    responses((status = 200, body = ConnectorView)))]
pub async fn put(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(order): Json<ConnectorOrder>,
) -> Result<Reply<ConnectorView>, ApiError> {
    known(&api, &caller, &key).await?;
    let connector = checked(&api, &caller, key, order)?;
    if let Ok((host, port)) = target(&connector.from, api.connectors.allowed())
        && api.connectors.allowed().resolve(&host, port).await == Err(Refused::Inside)
    {
        return Err(refused(&caller, Refused::Inside));
    }
    // Who will pull what from where is known before it begins.
    let object = format!("{} {} {}", connector.key, connector.kind, connector.area.0);
    api.note(&caller, "base connector put", &object, true).await?;
    let (desk, now) = (api.desk.clone(), api.platform.now());
    let standing = blocking(move || {
        if !desk.put_connector(&connector, now)? {
            return Err(Code::LimitReached.into());
        }
        desk.connector(&connector.key)?.ok_or_else(|| ApiError::from(Code::NotFound))
    })
    .await??;
    api.connectors.wake();
    seen(&api, &caller, standing).map(Reply).ok_or_else(|| Code::NotFound.into())
}

/// Take a connector away; what it brought stays.
#[utoipa::path(delete, path = "/base/connectors/{key}", tag = "base", responses((status = 204)))]
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<StatusCode, ApiError> {
    known(&api, &caller, &key).await?.ok_or(Code::NotFound)?;
    api.note(&caller, "base connector remove", &key, true).await?;
    let desk = api.desk.clone();
    blocking(move || desk.remove_connector(&key)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a connector run at once.
#[utoipa::path(post, path = "/base/connectors/{key}/run", tag = "base", responses((status = 202)))]
pub async fn run(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<StatusCode, ApiError> {
    let standing = known(&api, &caller, &key).await?.ok_or(Code::NotFound)?;
    if !standing.connector.enabled {
        return Err(Code::WrongState.into());
    }
    api.note(&caller, "base connector run", &key, true).await?;
    let (desk, now) = (api.desk.clone(), api.platform.now());
    blocking(move || desk.hurry_connector(&key, now)).await??;
    api.connectors.wake();
    Ok(StatusCode::ACCEPTED)
}

/// The last runs of a connector, newest first.
#[utoipa::path(get, path = "/base/connectors/{key}/runs", tag = "base", responses((status = 200, body = [ConnectorRun])))]
pub async fn runs(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Reply<Vec<ConnectorRun>>, ApiError> {
    known(&api, &caller, &key).await?.ok_or(Code::NotFound)?;
    let desk = api.desk.clone();
    let runs = blocking(move || desk.runs(&key)).await??;
    Ok(Reply(runs.into_iter().map(ConnectorRun::from).collect()))
}
