//! Who said what of the weather.

use helan_kernel::{
    Ms,
    weather::{self, AirSource, Weather},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Air, Position};

/// Who said what of the weather last.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WeatherSources {
    /// Newest first.
    pub items: Vec<WeatherSource>,
    /// Whether there are more than are told here.
    pub more: bool,
}

/// A station, a station of a feed, or a place that a person wrote down.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WeatherSource {
    /// `station`, `feed` or `hand`.
    pub source: &'static str,
    /// Its key; of a feed `CONNECTOR/STATION`.
    pub key: String,
    /// Who wrote it down; empty for stations and feeds.
    pub by: String,
    /// Where.
    pub position: Position,
    /// When it was observed, ms UTC.
    pub at: i64,
    /// Seconds since then.
    pub age_s: i64,
    /// Older than 20 minutes: shown so, and taken with a wider spread. What a person wrote down holds until it ends.
    pub stale: bool,
    /// Older than three hours: not taken at all.
    pub gone: bool,
    /// Until when it holds, ms UTC; null for stations and feeds.
    pub until: Option<i64>,
    /// Whether it belongs to drills.
    pub drill: bool,
    /// Mean wind, m/s.
    pub wind_m_s: Option<f64>,
    /// Where the wind comes from, degrees clockwise from north.
    pub wind_from_deg: Option<f64>,
    /// Air temperature, °C.
    pub temperature_c: Option<f64>,
    /// Relative humidity, %.
    pub humidity_pct: Option<f64>,
    /// Cloud cover, tenths.
    pub cloud_tenths: Option<f64>,
    /// Rain of the last hour, mm; null where nobody says it.
    pub rain_mm: Option<f64>,
}

impl WeatherSource {
    /// What is told of the air somewhere.
    #[must_use]
    pub fn of(now: Ms, key: &str, at: helan_kernel::Position, air: &weather::Air) -> Self {
        let age = now.since(air.at);
        let by_hand = matches!(air.source, AirSource::Hand { .. });
        let told = Air::from(air);
        Self {
            source: told.source,
            key: key.to_owned(),
            by: if by_hand { told.by } else { String::new() },
            position: at.into(),
            at: told.at,
            age_s: age.0.div_euclid(1000),
            stale: told.stale,
            gone: !by_hand && age > Weather::GONE,
            until: None,
            drill: false,
            wind_m_s: told.wind_m_s,
            wind_from_deg: told.wind_from_deg,
            temperature_c: told.temperature_c,
            humidity_pct: told.humidity_pct,
            cloud_tenths: told.cloud_tenths,
            rain_mm: None,
        }
    }
}
