//! Gas: whether a sensor near the source shows a level within ten minutes.
//!
//! Inside the level's outline it is foretold, outside it is not. The outlines lean to the safe side, so false alarms are to be
//! expected; the score says how many. A sensor that did not speak before is not asked: nobody knows what stays as it is there.

use geo::{Contains, Coord};
use helan_hazard::substance::{self, Substance};
use helan_kernel::{
    Ms, PointId, Position,
    danger::{DangerArea, Input, position_of},
    registry::{Bounds, Registry},
};
use helan_store::desk::{Due, Forecast, Foretold, Form};
use serde_json::json;

use super::{MOST_READINGS, STEP, of_area, readings};
use crate::{
    api::{Api, error::ApiError, wire},
    response::ground,
};

/// What is foretold.
pub const EXCEEDED: &str = "level-exceeded";

/// Sensors that are asked of one version of an area: the nearest.
const MOST_SENSORS: usize = 50;
/// Sensors beyond the reach are asked too, up to so many times of it: there the model says that nothing comes.
const BEYOND: f64 = 1.2;
/// And at least so far around, metres.
const AROUND_M: f64 = 500.0;

/// A sensor of the gas.
#[derive(Clone, Debug)]
struct Sensor {
    key: String,
    name: String,
    point: PointId,
    unit: String,
    max: f64,
    at: Position,
    metres: f64,
}

/// What a version of an area says of the sensors around.
pub async fn foretell(api: &Api, area: &DangerArea) -> Result<Vec<Forecast>, ApiError> {
    let substance = match area.inputs.get("substance") {
        Some(Input::Word(name)) if area.refused.is_empty() => substance::find(name).ok(),
        _ => None,
    };
    let Some(substance) = substance else { return Ok(Vec::new()) };
    let reach_m = area.levels.iter().map(|level| level.reach_m).fold(0.0, f64::max);
    let (source, drill) = (area.source, area.drill);
    let within_m = (reach_m * BEYOND).max(AROUND_M);
    let sensors = api
        .platform
        .ask(move |engine| sensors(engine.registry(), substance, (source, within_m), drill));
    let told = wire::Danger::from(area).inputs;
    let mut made = Vec::new();
    for sensor in sensors.await? {
        let span = (Ms(area.made.0.saturating_sub(STEP.0)), area.made);
        let Some(last) = readings(api, sensor.point, span, MOST_READINGS).await?.pop() else {
            continue;
        };
        for level in &area.levels {
            let Some(threshold) = threshold(substance, level, &sensor) else { continue };
            let here = Coord { x: sensor.at.lon, y: sensor.at.lat };
            let inside = level.rings.iter().any(|ring| ground::polygon(ring).contains(&here));
            let inputs = json!({
                "policy": area.policy, "inputs": told, "point": sensor.name, "threshold": threshold,
                "unit": sensor.unit, "metres": sensor.metres.round(),
            });
            made.push(Forecast {
                what: EXCEEDED.to_owned(),
                form: Form::Chance,
                against: "persistence".to_owned(),
                detail: level.level.clone(),
                unit: "1".to_owned(),
                before: Some(f64::from(u8::from(last.value >= threshold))),
                values: vec![Foretold::new(1, f64::from(u8::from(inside)))],
                ..of_area(area, &area.model, &sensor.key, inputs)
            });
        }
    }
    Ok(made)
}

/// The level in the sensor's unit; none when it says nothing of the level.
fn threshold(
    substance: &Substance,
    level: &helan_kernel::danger::LevelArea,
    sensor: &Sensor,
) -> Option<f64> {
    let level = substance.volume_fraction(level.threshold, &level.unit)?;
    let one = substance.volume_fraction(1.0, &sensor.unit)?;
    let threshold = level / one;
    (threshold > 0.0 && threshold <= sensor.max).then_some(threshold)
}

fn sensors(
    registry: &Registry,
    substance: &Substance,
    (source, within_m): (Position, f64),
    drill: bool,
) -> Vec<Sensor> {
    let senses = |name: &str| substance::find(name).is_ok_and(|gas| gas.is_sensed_as(substance));
    // A few profiles have such a point; names are looked up once for each, not for each device.
    let profiles: Vec<(u32, &str)> = registry
        .profiles
        .iter()
        .filter_map(|(id, profile)| {
            let point = profile.points.iter().find(|point| senses(&point.name))?;
            Some((id, &*point.name))
        })
        .collect();
    let sensor = |device: &helan_kernel::registry::Device| {
        let (_, name) = profiles.iter().find(|(id, _)| *id == device.profile.0)?;
        let at = position_of(registry, device)?;
        let metres = at.metres_to(source);
        if device.spec.drill != drill || metres > within_m {
            return None;
        }
        let point = registry.point(device, name)?;
        let kind = registry.point_kind(point)?;
        Some(Sensor {
            key: device.key.to_string(),
            name: (*name).to_owned(),
            point,
            unit: kind.unit.clone(),
            max: kind.max,
            at,
            metres,
        })
    };
    // The engine waits: only what stands near is looked at.
    let mut ids = registry.devices_near(source, within_m);
    // A device without a place of its own is where its facility is.
    for (_, facility) in registry.facilities_near(Bounds::around(source, within_m)) {
        ids.extend(registry.devices_in(&facility.key));
    }
    ids.sort_unstable();
    ids.dedup();
    let mut near: Vec<Sensor> =
        ids.into_iter().filter_map(|id| sensor(registry.device(id)?)).collect();
    near.sort_by(|a, b| a.metres.total_cmp(&b.metres).then_with(|| a.key.cmp(&b.key)));
    near.truncate(MOST_SENSORS);
    near
}

/// Whether the sensor showed the level: 1 or 0; none when it did not speak, or is gone.
pub async fn came(api: &Api, due: &Due) -> Result<Option<f64>, ApiError> {
    let inputs: serde_json::Value = serde_json::from_str(&due.forecast.inputs).unwrap_or_default();
    let name = inputs.get("point").and_then(|name| name.as_str()).unwrap_or_default().to_owned();
    let threshold = inputs.get("threshold").and_then(serde_json::Value::as_f64);
    let Some(threshold) = threshold else { return Ok(None) };
    let key = due.forecast.device.clone();
    let point = api.platform.ask(move |engine| {
        let registry = engine.registry();
        registry.point(registry.devices.by_key(&key)?, &name)
    });
    let Some(point) = point.await? else { return Ok(None) };
    let all = readings(api, point, due.span(), MOST_READINGS).await?;
    let exceeded = all.iter().any(|reading| reading.value >= threshold);
    Ok((!all.is_empty()).then(|| f64::from(u8::from(exceeded))))
}
