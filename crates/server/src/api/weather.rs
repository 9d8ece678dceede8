//! What each station, feed and person said of the weather last.

use axum::{Json as Reply, extract::State};
use geo::Coord;
use helan_kernel::{
    AreaCode, Engine, Ms, Position,
    weather::{Air, AirSource, Weather, WeatherReport},
};

use super::{
    Api,
    error::ApiError,
    wire::{WeatherSource, WeatherSources},
};
use crate::access::Caller;

/// Sources of one answer: those of a region; the newest come first.
const MOST: usize = 2_000;

/// Who said what of the weather last in the caller's area: own stations, stations of feeds, people. Old words are marked.
#[utoipa::path(get, path = "/weather/sources", tag = "danger", responses((status = 200, body = WeatherSources)))]
pub async fn sources(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<WeatherSources>, ApiError> {
    let now = api.platform.now();
    let all = api.platform.ask(move |engine| known(engine, now)).await?;
    let areas = api.base.areas();
    let sees = |area: Option<AreaCode>, at: Position| {
        let there = || areas.at(Coord { x: at.lon, y: at.lat });
        caller.area == AreaCode::ALL || area.or_else(there).is_some_and(|a| caller.sees(a))
    };
    let mut items: Vec<WeatherSource> = all
        .into_iter()
        .filter(|(area, source)| sees(*area, source.position.into()))
        .map(|(_, source)| source)
        .collect();
    items.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.key.cmp(&b.key)));
    let more = items.len() > MOST;
    items.truncate(MOST);
    Ok(Reply(WeatherSources { items, more }))
}

/// All sources, with their area where it is known without looking at the map.
fn known(engine: &Engine, now: Ms) -> Vec<(Option<AreaCode>, WeatherSource)> {
    let own = Weather::own(now, engine.registry(), engine.watch()).map(|(device, air)| {
        let source = WeatherSource::of(now, &device.key, device.spec.position, &air);
        (Some(device.spec.area), WeatherSource { drill: device.spec.drill, ..source })
    });
    let fed = engine.weather().reports().map(|report| {
        let air = air(now, report, AirSource::Feed(report.key.as_str().into()));
        (None, said(now, report, &air))
    });
    let hand = engine.weather().by_hand(now).map(|(report, until, by)| {
        let source = AirSource::Hand { key: report.key.as_str().into(), by: by.clone() };
        let air = Air { stale: false, ..air(now, report, source) };
        (None, WeatherSource { until: Some(until.0), ..said(now, report, &air) })
    });
    own.chain(fed).chain(hand).collect()
}

fn air(now: Ms, report: &WeatherReport, source: AirSource) -> Air {
    Air {
        source,
        at: report.at,
        metres: 0.0,
        stale: now.since(report.at) > Weather::FRESH,
        wind_m_s: report.wind_m_s,
        wind_from_deg: report.wind_from_deg,
        temperature_c: report.temperature_c,
        humidity_pct: report.humidity_pct,
        cloud_tenths: report.cloud_tenths,
    }
}

fn said(now: Ms, report: &WeatherReport, air: &Air) -> WeatherSource {
    let source = WeatherSource::of(now, &report.key, report.position, air);
    WeatherSource { rain_mm: report.rain_mm, ..source }
}
