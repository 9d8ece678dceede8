//! Danger areas, the weather they are made with, tasks, and models that are asked by hand.

use std::collections::BTreeMap;

use helan_hazard::{Report, Value as Figure, substance::Substance};
use helan_kernel::{
    danger::{DangerArea, Input, LevelArea},
    weather::{self, AirSource},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{Actor, Position, Text, polygons};

/// How far a danger reaches, by a model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Danger {
    /// Incident.
    pub incident: u64,
    /// Key of the policy.
    pub policy: String,
    /// Counts the areas of this incident and policy, from 1.
    pub version: u32,
    /// When it was made, ms UTC.
    pub made: i64,
    /// Where the danger comes from.
    pub source: Position,
    /// Device whose attributes say what it holds; empty when the policy's own figures were taken.
    pub holder: String,
    /// The model.
    pub model: String,
    /// What it was told: numbers and words.
    #[schema(value_type = Object)]
    pub inputs: BTreeMap<String, Value>,
    /// The air that it was made with.
    pub air: Air,
    /// Worst level first.
    pub levels: Vec<DangerLevel>,
    /// What to beware of.
    pub warnings: Vec<Text>,
    /// Why the model gave nothing: then circles of the policy hold. Empty when it did.
    pub refused: String,
    /// Where its equations come from.
    pub sources: Vec<String>,
    /// Where they hold.
    pub validity: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// Where one level is reached.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DangerLevel {
    /// For example `aegl-2`.
    pub level: String,
    /// 3 threatens life, 2 serious, 1 noticeable.
    pub severity: u8,
    /// The threshold.
    pub threshold: f64,
    /// Its unit.
    pub unit: String,
    /// Outline as a GeoJSON MultiPolygon.
    #[schema(value_type = Object)]
    pub geometry: Value,
    /// Farthest point from the source, metres.
    pub reach_m: f64,
    /// Surface, m².
    pub surface_m2: f64,
}

/// The air at a place, as far as it is known, and who says so.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Air {
    /// `none`, `station`, `feed` or `hand`.
    pub source: &'static str,
    /// Which station, or who.
    pub by: String,
    /// What a person who wrote it down called the place: with this key it is taken back. Null where nobody did.
    pub by_hand: Option<String>,
    /// When the wind was observed, ms UTC.
    pub at: i64,
    /// How far from the place, metres.
    pub metres: f64,
    /// Whether it is old.
    pub stale: bool,
    /// Mean wind, m/s; null when unknown.
    pub wind_m_s: Option<f64>,
    /// Where the wind comes from, degrees clockwise from north; null when unknown.
    pub wind_from_deg: Option<f64>,
    /// Air temperature, °C.
    pub temperature_c: Option<f64>,
    /// Relative humidity, %.
    pub humidity_pct: Option<f64>,
    /// Cloud cover, tenths.
    pub cloud_tenths: Option<f64>,
}

impl From<&weather::Air> for Air {
    fn from(air: &weather::Air) -> Self {
        let (source, by) = match &air.source {
            AirSource::None => ("none", String::new()),
            AirSource::Station(key) => ("station", key.to_string()),
            AirSource::Feed(key) => ("feed", key.to_string()),
            AirSource::Hand { by, .. } => ("hand", Actor::from(by).name),
        };
        let by_hand = match &air.source {
            AirSource::Hand { key, .. } => Some(key.to_string()),
            _ => None,
        };
        Self {
            source,
            by,
            by_hand,
            at: air.at.0,
            metres: air.metres,
            stale: air.stale,
            wind_m_s: air.wind_m_s,
            wind_from_deg: air.wind_from_deg,
            temperature_c: air.temperature_c,
            humidity_pct: air.humidity_pct,
            cloud_tenths: air.cloud_tenths,
        }
    }
}

impl From<&LevelArea> for DangerLevel {
    fn from(level: &LevelArea) -> Self {
        Self {
            level: level.level.clone(),
            severity: level.severity,
            threshold: level.threshold,
            unit: level.unit.clone(),
            geometry: polygons(&level.rings),
            reach_m: level.reach_m,
            surface_m2: level.surface_m2,
        }
    }
}

impl From<&DangerArea> for Danger {
    fn from(area: &DangerArea) -> Self {
        let input = |input: &Input| match input {
            Input::Number(number) => json!(number),
            Input::Word(word) => json!(word),
            Input::Table(rows) => json!(rows),
        };
        Self {
            incident: area.incident.0,
            policy: area.policy.to_string(),
            version: area.version,
            made: area.made.0,
            source: area.source.into(),
            holder: area.holder.to_string(),
            model: area.model.clone(),
            inputs: area.inputs.iter().map(|(name, value)| (name.clone(), input(value))).collect(),
            air: Air::from(&area.air),
            levels: area.levels.iter().map(DangerLevel::from).collect(),
            warnings: area.warnings.iter().map(Text::from).collect(),
            refused: area.refused.clone(),
            sources: area.sources.clone(),
            validity: area.validity.clone(),
            drill: area.drill,
        }
    }
}

/// The dangers of an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dangers {
    /// How far each reaches now; of a closed incident: reached last.
    pub now: Vec<Danger>,
    /// All areas there were, oldest first.
    pub history: Vec<Danger>,
}

/// What if: an incident's danger with other figures. Nothing of the incident changes.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// Model; left out: the incident's own.
    #[serde(default)]
    pub model: Option<String>,
    /// Inputs that are other than those of the incident: numbers, words, lists. Null takes one away.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: BTreeMap<String, Value>,
    /// Where the danger comes from; left out: as it is, or where the incident is.
    #[serde(default)]
    pub source: Option<Position>,
}

/// A substance that the gas models know.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SubstanceView {
    /// Its key, as the inputs of models take it.
    pub key: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// Formula.
    pub formula: &'static str,
    /// CAS number; empty for mixtures without one.
    pub cas: &'static str,
    /// UN number.
    pub un: Option<u16>,
}

impl From<&'static Substance> for SubstanceView {
    fn from(of: &'static Substance) -> Self {
        let Substance { key, zh, en, formula, cas, un, .. } = *of;
        Self { key, zh, en, formula, cas, un }
    }
}

/// The answer of a model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelAnswer {
    /// Everything that the model says, areas as metres east and north of the source.
    #[schema(value_type = Object)]
    pub report: Report,
    /// The areas on the map, worst level first, when a source was given.
    pub levels: Vec<DangerLevel>,
    /// The areas by time on the map.
    pub frames: Vec<DangerFrame>,
}

/// The areas at one moment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DangerFrame {
    /// Seconds after the beginning.
    pub at_s: f64,
    /// Worst level first.
    pub levels: Vec<DangerLevel>,
}

/// Asking a model.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelQuestion {
    /// Inputs by name, in the units of the model's list.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: BTreeMap<String, Figure>,
    /// Where it is, to see the areas on the map.
    #[serde(default)]
    pub source: Option<Position>,
}

/// How the air is at a place, written down by a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeatherByHand {
    /// Name of the place; what was said of it before gives way.
    pub key: String,
    /// Where.
    pub position: Position,
    /// Area code of the place.
    pub area: u32,
    /// Mean wind at 10 m, m/s.
    #[serde(default)]
    pub wind_m_s: Option<f64>,
    /// Where it comes from, degrees clockwise from north.
    #[serde(default)]
    pub wind_from_deg: Option<f64>,
    /// Air temperature, °C.
    #[serde(default)]
    pub temperature_c: Option<f64>,
    /// Relative humidity, %.
    #[serde(default)]
    pub humidity_pct: Option<f64>,
    /// Cloud cover, tenths.
    #[serde(default)]
    pub cloud_tenths: Option<f64>,
    /// How long it holds, minutes, at most 360; 0 takes it back.
    pub minutes: u32,
}

/// Where the weather is asked for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
pub struct WeatherQuery {
    /// Longitude.
    pub lon: f64,
    /// Latitude.
    pub lat: f64,
}

/// A task for posts.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskOrder {
    /// Keys of the posts.
    pub posts: Vec<String>,
    /// What they shall do, in Chinese.
    pub text: String,
    /// In English; left out: as in Chinese.
    #[serde(default)]
    pub text_en: Option<String>,
    /// Whether it brings them into the danger area.
    pub on_site: bool,
    /// The way that they shall go, corner by corner; empty: not said. At a wildfire it is looked at, and refused (`unsafe-way`) when it
    /// leads ahead of the fire or upslope of it.
    #[serde(default)]
    pub way: Vec<Position>,
}
