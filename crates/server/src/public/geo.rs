//! A page as GeoJSON, for maps and programs of others.

use helan_kernel::Position;
use serde_json::{Value, json};

use super::{
    DEGREES_DECIMALS,
    view::{Reach, View, Zone},
};
use crate::api::wire::{Text, protective};

fn place(at: Position) -> Value {
    let round = |value: f64| (value * DEGREES_DECIMALS).round() / DEGREES_DECIMALS;
    json!([round(at.lon), round(at.lat)])
}

/// The feature collection (RFC 7946). Circles are points with `radius_m`.
#[must_use]
pub fn collection(view: &View, base: &str) -> Value {
    let mut features: Vec<Value> = view.zones.iter().map(|zone| feature(view, zone)).collect();
    features.extend(view.source.map(|at| {
        json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": place(at) },
            "properties": { "role": "source" } })
    }));
    features.extend(view.shelters.iter().map(|shelter| {
        json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": place(shelter.at) },
            "properties": { "role": "shelter", "name": shelter.name, "address": shelter.address,
                "capacity": shelter.capacity, "accessible": shelter.accessible, "open": shelter.open } })
    }));
    let wind = view.wind.map(|wind| {
        json!({ "from_deg": wind.from_deg, "speed_m_s": wind.speed_m_s, "at": wind.at.0, "stale": wind.stale })
    });
    json!({
        "type": "FeatureCollection",
        "code": view.code,
        "url": format!("{base}/w/{}", view.code),
        "state": view.state.word(),
        "drill": view.drill,
        "headline": Text::from(&view.headline),
        "instruction": Text::from(&view.instruction),
        "place": view.place,
        "area": view.area.0,
        "updated": view.updated.0,
        "expires": view.expires.0,
        "wind": wind,
        "card": view.card,
        "features": features,
    })
}

fn feature(view: &View, zone: &Zone) -> Value {
    let point = |at: Position| json!({ "type": "Point", "coordinates": place(at) });
    let (geometry, radius, slack) = match &zone.reach {
        Reach::Building => (view.source.map(point), None, None),
        Reach::Circle(centre, metres) => (Some(point(*centre)), Some(*metres), None),
        Reach::Rings(rings) => {
            let ring = |points: &[Position]| -> Vec<Value> {
                points.iter().chain(points.first()).map(|at| place(*at)).collect()
            };
            let all: Vec<Value> = rings.iter().map(|r| json!([ring(&r.points)])).collect();
            let slack = rings.iter().map(|ring| ring.slack_m).fold(0.0, f64::max);
            (Some(json!({ "type": "MultiPolygon", "coordinates": all })), None, Some(slack.ceil()))
        }
    };
    json!({
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "role": "zone",
            "action": protective(zone.action),
            "name": Text::from(&zone.name),
            "text": Text::from(&zone.words),
            "building": matches!(zone.reach, Reach::Building),
            "radius_m": radius,
            "slack_m": slack,
        },
    })
}
