//! Wildfires: hotspots that satellites see, and the crews on the ground.

use axum::{Json as Reply, extract::State};
use helan_kernel::{
    AreaCode, Event, IncidentId, Position,
    event::{Call, Joins},
    registry::{Bounds, Registry},
};

use super::{
    Api,
    dangers::seen,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, bounded},
    state::created,
    wire::{CrewChecks, Hotspot, HotspotTaken},
};
use crate::access::{Caller, Deed, Grant, grant};

/// Kind of facilities that are hot by themselves: flares, kilns, steel works.
const HOT: &str = "heat-source";
/// A hotspot so near to one is its heat: a pixel of VIIRS is 375 m, of MODIS 1 km wide, and lies some hundred metres off.
const OWN_HEAT_M: f64 = 1_500.0;
/// Kind of the incident.
const FIRE: &str = "wildfire";

/// A satellite sees something hot. What is known to be hot by itself is noted and nobody is alarmed; the rest opens or joins an
/// incident, and people are told at once unless the satellite is not sure.
#[utoipa::path(post, path = "/hotspots", tag = "danger", request_body = Hotspot,
    responses((status = 200, body = HotspotTaken), (status = 422, body = ErrorBody)))]
pub async fn hotspot(
    State(api): State<Api>,
    caller: Caller,
    Json(spot): Json<Hotspot>,
) -> Result<Reply<HotspotTaken>, ApiError> {
    let area = AreaCode(spot.area);
    let drill = spot.drill || grant(caller.role, Deed::Handle) == Grant::Drill;
    api.allow(&caller, Deed::Handle, area, drill, "hotspot").await?;
    let place = Position::from(spot.position).known().ok_or(Code::OutOfRange)?;
    if !(spot.frp_mw.is_finite() && spot.frp_mw >= 0.0) {
        return Err(Code::OutOfRange.into());
    }
    let satellite = bounded(spot.satellite)?;
    let known = api.platform.ask(move |engine| known(engine.registry(), place)).await?;
    if let Some(source) = known {
        api.note(&caller, "hotspot-known", &format!("{satellite} {source}"), true).await?;
        return Ok(Reply(HotspotTaken { incident: None, known: Some(source) }));
    }
    let call = Call {
        kind: FIRE.to_owned(),
        area,
        position: Some(place),
        place: bounded(spot.place)?,
        caller: satellite.clone(),
        contact: String::new(),
        text: format!(
            "{satellite}热点：东经{:.4}°，北纬{:.4}°，辐射功率{:.1}兆瓦",
            place.lon, place.lat, spot.frp_mw
        ),
        by: caller.actor.clone(),
        drill,
        joins: Joins::Alike,
        facility: String::new(),
        credible: spot.sure,
    };
    let Reply(taken) = created(api.platform.act(Event::Call(Box::new(call))).await?)?;
    Ok(Reply(HotspotTaken { incident: taken.id, known: None }))
}

/// The nearest place that is hot by itself.
fn known(registry: &Registry, place: Position) -> Option<String> {
    let near = registry.facilities_near(Bounds::around(place, OWN_HEAT_M));
    let hot = near.filter(|(_, facility)| facility.kind == HOT);
    let away = hot.map(|(_, facility)| (facility.position.metres_to(place), facility));
    let nearest = away.min_by(|a, b| a.0.total_cmp(&b.0))?;
    (nearest.0 <= OWN_HEAT_M).then(|| nearest.1.key.clone())
}

/// How the crews of a fire stand, and how often they were looked at.
#[utoipa::path(get, path = "/incidents/{id}/crews", tag = "danger", params(("id" = u64, Path)),
    responses((status = 200, body = CrewChecks), (status = 404, body = ErrorBody)))]
pub async fn crews(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<CrewChecks>, ApiError> {
    let id = IncidentId(id);
    seen(&api, &caller, id).await?;
    Ok(Reply(CrewChecks::from(&api.crews.of(id).unwrap_or_default())))
}
