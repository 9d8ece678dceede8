//! The map: figures, areas, all devices as columns.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    Json as Reply,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use helan_kernel::{
    AreaCode, DeviceId, Engine, Ms, command::IncidentState, effect::DeviceState, watch::Figures,
};
use sha2::{Digest, Sha256};

use super::{
    Api,
    error::ApiError,
    wire::{
        AlarmCounts, DeviceCounts, FloodFigure, IncidentCounts, MapDevices, Overview, device_state,
    },
};
use crate::access::{Caller, Deed, check};

/// Devices looked at in one question: the engine waits meanwhile, so some tenths of a millisecond each.
pub const PORTION: usize = 4_096;
/// Columns and figures are made anew at most this often; what changes in between comes over the live connection.
const FRESH: Ms = Ms(2_000);
/// Areas whose columns are kept.
const AREAS: usize = 64;

/// The counties of the region as GeoJSON (packs/ningxia/areas.geojson).
pub static COUNTIES: &str = include_str!("../../../../packs/ningxia/areas.geojson");

/// What was made for one area.
#[derive(Clone)]
struct Made {
    at: Ms,
    columns: Bytes,
    etag: String,
    counts: DeviceCounts,
}

/// Columns by area, shared by all screens that look at it.
#[derive(Default)]
pub struct MapCache {
    made: Mutex<HashMap<u32, Made>>,
    /// One at a time: screens that ask together get the same columns.
    making: tokio::sync::Mutex<()>,
}

impl MapCache {
    fn get(&self, area: AreaCode, now: Ms) -> Option<Made> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(&area.0).filter(|made| now.since(made.at) < FRESH && now >= made.at).cloned()
    }

    fn put(&self, area: AreaCode, fresh: Made) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= AREAS {
            made.clear();
        }
        made.insert(area.0, fresh);
    }

    /// Forgets everything: the base data changed.
    pub fn clear(&self) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

async fn made(api: &Api, area: AreaCode) -> Result<Made, ApiError> {
    if let Some(made) = api.map.get(area, api.platform.now()) {
        return Ok(made);
    }
    let _turn = api.map.making.lock().await;
    let now = api.platform.now();
    if let Some(made) = api.map.get(area, now) {
        return Ok(made);
    }
    let mut columns = MapDevices::default();
    let mut counts = DeviceCounts::default();
    let mut next = Some(0);
    while let Some(first) = next {
        let part = api.platform.ask(move |engine| portion(engine, area, first)).await?;
        next = part.next;
        part.add_to(&mut columns, &mut counts);
    }
    columns.profiles = api.platform.ask(profile_keys).await?;
    let bytes = super::state::blocking(move || serde_json::to_vec(&columns))
        .await?
        .map_err(ApiError::internal)?;
    let fresh = Made { at: now, etag: etag(&bytes), columns: bytes.into(), counts };
    api.map.put(area, fresh.clone());
    Ok(fresh)
}

fn profile_keys(engine: &Engine) -> Vec<String> {
    let profiles = &engine.registry().profiles;
    let last = profiles.iter().last().map_or(0, |(id, _)| id + 1);
    let key = |id: u32| profiles.get(id as usize).map_or_else(String::new, |p| p.key.to_string());
    (0..last).map(key).collect()
}

/// One device of a portion.
struct Row {
    id: u32,
    key: helan_kernel::registry::Key,
    position: helan_kernel::Position,
    profile: u32,
    state: DeviceState,
}

struct Portion {
    rows: Vec<Row>,
    next: Option<u32>,
}

/// Copies out as little as possible; making text of it is not the engine's work.
fn portion(engine: &Engine, area: AreaCode, first: u32) -> Portion {
    let devices = &engine.registry().devices;
    let mut rows = Vec::new();
    let mut next = None;
    for (seen, (id, device)) in devices.iter_from(first).enumerate() {
        if seen == PORTION {
            next = Some(id);
            break;
        }
        if area.contains(device.spec.area) {
            rows.push(Row {
                id,
                key: device.key.clone(),
                position: device.spec.position,
                profile: device.profile.0,
                state: engine.watch().device_state(DeviceId(id)),
            });
        }
    }
    Portion { rows, next }
}

impl Portion {
    fn add_to(self, columns: &mut MapDevices, counts: &mut DeviceCounts) {
        // A tenth of a metre is enough for a map, and shorter.
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        for row in self.rows {
            *count_of(counts, row.state) += 1;
            columns.ids.push(row.id);
            columns.keys.push(row.key.to_string());
            columns.lon.push(round(row.position.lon));
            columns.lat.push(round(row.position.lat));
            columns.state.push(device_state(row.state));
            columns.profile.push(row.profile);
        }
    }
}

fn count_of(counts: &mut DeviceCounts, state: DeviceState) -> &mut u32 {
    match state {
        DeviceState::Alarm => &mut counts.alarm,
        DeviceState::Fault => &mut counts.fault,
        DeviceState::Offline => &mut counts.offline,
        DeviceState::Maintenance => &mut counts.maintenance,
        DeviceState::Normal => &mut counts.normal,
        DeviceState::Unknown => &mut counts.unknown,
    }
}

/// The region in figures.
#[utoipa::path(get, path = "/overview", tag = "map", responses((status = 200, body = Overview)))]
pub async fn overview(State(api): State<Api>, caller: Caller) -> Result<Reply<Overview>, ApiError> {
    let devices = made(&api, caller.area).await?.counts;
    let area = caller.area;
    let (alarms, incidents, flood) = api
        .platform
        .ask(move |engine| {
            let figures = engine.watch().figures();
            // The flood figure belongs to the region's duty desk; elsewhere it would tell of other areas.
            let whole = area == AreaCode::ALL;
            let flood = FloodFigure {
                on: whole && figures.flood,
                alarms: if whole { figures.recent } else { 0 },
            };
            (alarm_counts(engine, area), incident_counts(engine, area), flood)
        })
        .await?;
    let refusals = check(&caller, Deed::Refusals, None).is_ok();
    Ok(Reply(Overview {
        now: api.platform.now().0,
        devices,
        alarms,
        incidents,
        flood,
        refusals_last_hour: if refusals {
            api.intake.refusals().last_hour(api.platform.now())
        } else {
            0
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }))
}

fn alarm_counts(engine: &Engine, area: AreaCode) -> AlarmCounts {
    let figures = if area == AreaCode::ALL {
        engine.watch().figures()
    } else {
        Figures::of_alarms(engine.watch().alarms().filter(|alarm| area.contains(alarm.place.area)))
    };
    AlarmCounts {
        critical: figures.critical,
        high: figures.high,
        medium: figures.medium,
        low: figures.low,
        unacknowledged: figures.unacknowledged,
        shelved: figures.shelved,
        chattering: figures.chattering,
    }
}

fn incident_counts(engine: &Engine, area: AreaCode) -> IncidentCounts {
    let mut counts = IncidentCounts::default();
    for incident in engine.desk().incidents().filter(|incident| area.contains(incident.area)) {
        match incident.state {
            IncidentState::Open => counts.open += 1,
            IncidentState::Taken => counts.taken += 1,
            IncidentState::Closed => {}
        }
    }
    counts
}

/// The counties as GeoJSON.
#[utoipa::path(get, path = "/areas", tag = "map", responses(
    (status = 200, body = Object, description = "GeoJSON feature collection with code, name, name_en")))]
pub async fn areas(headers: HeaderMap) -> Response {
    // The content is part of the program: its version names it.
    let etag = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    tagged(&headers, etag, Bytes::from_static(COUNTIES.as_bytes()), "application/geo+json")
}

/// All devices as columns.
#[utoipa::path(get, path = "/map/devices", tag = "map", responses(
    (status = 200, body = MapDevices), (status = 304, description = "As you have it")))]
pub async fn devices(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let made = made(&api, caller.area).await?;
    Ok(tagged(&headers, &made.etag, made.columns, "application/json"))
}

/// The tag of some bytes.
pub fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Bytes with their tag, or "as you have it".
pub fn tagged(headers: &HeaderMap, etag: &str, body: Bytes, kind: &'static str) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // A proxy that compresses may have made the tag weak.
    let same = known.is_some_and(|known| {
        known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    });
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    };
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    let revalidate = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, revalidate);
    response
}
