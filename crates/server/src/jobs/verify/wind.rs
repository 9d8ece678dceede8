//! The wind that a danger was made with is taken to hold for half an hour. It is judged by the station that said it.
//!
//! This forecast is persistence itself. What it is compared with is the mean of the last three hours: where that does better, a
//! danger should be made with a steadier wind. Feeds keep no past here: their winds are measured, and compared with nothing.

use helan_kernel::{
    Ms, PointId,
    danger::DangerArea,
    registry::{Quantity, Registry},
    weather::AirSource,
};
use helan_store::{
    codec::chunk::Sample,
    desk::{Due, Forecast, Foretold, Form},
};
use serde_json::json;

use super::{MOST_READINGS, of_area, readings};
use crate::api::{Api, error::ApiError};

/// The model.
const MODEL: &str = "wind-holds";
/// What is foretold: m/s.
pub const SPEED: &str = "wind-speed";
/// What is foretold: degrees.
pub const DIRECTION: &str = "wind-direction";
/// Steps of ten minutes.
const AHEAD: u32 = 3;
/// What it is compared with.
const BEFORE: Ms = Ms::seconds(3 * 3600);
/// A mean of less than this says no more than the wind of now.
const LEAST: Ms = Ms::seconds(3600);
/// Readings of three hours: two a second.
const MOST_BEFORE: usize = 20_000;
/// A report of a feed may come so much after a step.
const FEED_LATE: Ms = Ms::seconds(300);
/// Directions whose mean arrow is shorter than this go round and round: there is no mean.
const SHORTEST: f64 = 0.1;

/// Prefix of the key of a station of a feed among the devices of forecasts.
const FEED: &str = "feed:";

/// What the wind of a version of an area says of the next half hour.
pub async fn foretell(api: &Api, area: &DangerArea) -> Result<Vec<Forecast>, ApiError> {
    let (device, own) = match &area.air.source {
        AirSource::Station(key) => (key.to_string(), true),
        AirSource::Feed(key) => (format!("{FEED}{key}"), false),
        // What a person wrote down holds because they say so.
        AirSource::Hand { .. } | AirSource::None => return Ok(Vec::new()),
    };
    let inputs = json!({
        "policy": area.policy, "observed_at": area.air.at.0, "stale": area.air.stale,
        "metres": area.air.metres.round(), "wind_m_s": area.air.wind_m_s, "wind_from_deg": area.air.wind_from_deg,
    });
    let mut made = Vec::new();
    for (what, form, unit, value) in [
        (SPEED, Form::Figure, "m/s", area.air.wind_m_s),
        (DIRECTION, Form::Direction, "deg", area.air.wind_from_deg),
    ] {
        let Some(value) = value else { continue };
        let before = if own { before(api, &device, what, area.made).await? } else { None };
        made.push(Forecast {
            what: what.to_owned(),
            form,
            against: if before.is_some() { "mean-3h".to_owned() } else { String::new() },
            detail: area.policy.to_string(),
            unit: unit.to_owned(),
            before,
            values: (1..=AHEAD).map(|ahead| Foretold::new(ahead, value)).collect(),
            ..of_area(area, MODEL, &device, inputs.clone())
        });
    }
    Ok(made)
}

/// The mean of the last three hours, when there is more than one of them.
async fn before(api: &Api, device: &str, what: &str, made: Ms) -> Result<Option<f64>, ApiError> {
    let Some(point) = point(api, device, what).await? else { return Ok(None) };
    let span = (Ms(made.0.saturating_sub(BEFORE.0)), made);
    let all = readings(api, point, span, MOST_BEFORE).await?;
    let long = all.first().is_some_and(|first| made.since(first.at) >= LEAST);
    Ok(if long { mean(what, &all) } else { None })
}

async fn point(api: &Api, device: &str, what: &str) -> Result<Option<PointId>, ApiError> {
    let quantity = if what == SPEED { Quantity::WindSpeed } else { Quantity::WindFrom };
    let key = device.to_owned();
    Ok(api.platform.ask(move |engine| measures(engine.registry(), &key, quantity)).await?)
}

fn measures(registry: &Registry, key: &str, quantity: Quantity) -> Option<PointId> {
    let device = registry.devices.by_key(key)?;
    let points = &registry.profile_of(device)?.points;
    let name = &points.iter().find(|point| point.quantity == Some(quantity))?.name;
    registry.point(device, name)
}

/// What the station showed in a step; none when it did not speak.
pub async fn came(api: &Api, due: &Due) -> Result<Option<f64>, ApiError> {
    let what = &*due.forecast.what;
    let (after, until) = due.span();
    if let Some(key) = due.forecast.device.strip_prefix(FEED) {
        let key = key.to_owned();
        let report = api.platform.ask(move |engine| {
            engine.weather().reports().find(|report| report.key == key).cloned()
        });
        let within = |at: Ms| at > after && at <= until.after(FEED_LATE);
        let report = report.await?.filter(|report| within(report.at));
        return Ok(report.and_then(|report| {
            if what == SPEED { report.wind_m_s } else { report.wind_from_deg }
        }));
    }
    let Some(point) = point(api, &due.forecast.device, what).await? else { return Ok(None) };
    Ok(mean(what, &readings(api, point, (after, until), MOST_READINGS).await?))
}

/// The mean of speeds, or of directions as arrows of one length.
fn mean(what: &str, all: &[Sample]) -> Option<f64> {
    let count = f64::from(u32::try_from(all.len()).ok().filter(|count| *count > 0)?);
    if what == SPEED {
        return Some(all.iter().map(|reading| reading.value).sum::<f64>() / count);
    }
    let arrow = |part: fn(f64) -> f64| {
        all.iter().map(|reading| part(reading.value.to_radians())).sum::<f64>() / count
    };
    let (east, north) = (arrow(f64::sin), arrow(f64::cos));
    (east.hypot(north) >= SHORTEST).then(|| east.atan2(north).to_degrees().rem_euclid(360.0))
}

#[cfg(test)]
mod tests {
    use helan_kernel::Quality;

    use super::*;

    fn samples(values: &[f64]) -> Vec<Sample> {
        let sample = |value: &f64| Sample { at: Ms(1), value: *value, quality: Quality::Good };
        values.iter().map(sample).collect()
    }

    #[test]
    fn directions_have_a_mean_across_north_and_none_when_they_go_round() {
        let near = |values: &[f64], expected: f64| {
            let found = mean(DIRECTION, &samples(values)).unwrap();
            let off = (found - expected + 180.0).rem_euclid(360.0) - 180.0;
            assert!(off.abs() < 1e-9, "{values:?}: {found}");
        };
        near(&[350.0, 10.0], 0.0);
        near(&[80.0, 100.0, 90.0], 90.0);
        near(&[200.0], 200.0);
        assert_eq!(mean(DIRECTION, &samples(&[0.0, 90.0, 180.0, 270.0])), None);
        assert_eq!(mean(SPEED, &samples(&[2.0, 4.0])), Some(3.0));
        assert_eq!(mean(SPEED, &[]), None);
    }
}
