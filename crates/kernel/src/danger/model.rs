//! What a danger does, as the engine says it.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{AreaCode, IncidentId, Ms, Position, Text, registry::Key, weather::Air};

/// How far a danger reaches, by a model: part of a policy.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct HazardRule {
    /// Model of the hazard catalogue, for example `gas-release`.
    pub model: String,
    /// What it is told, where the device or facility that holds the danger says nothing else (attributes `hazard.NAME`). The
    /// weather comes by itself.
    pub inputs: BTreeMap<String, Input>,
}

/// A value that a model is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// A number in the unit of the model's input.
    Number(f64),
    /// A word.
    Word(String),
    /// Rows of numbers.
    Table(Vec<Vec<f64>>),
}

/// What a danger does now; a new one is made when the wind turns or more is known. Complete in itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DangerArea {
    /// Incident.
    pub incident: IncidentId,
    /// Key of the policy that asked.
    pub policy: Key,
    /// Counts the areas of this incident and policy, from 1.
    pub version: u32,
    /// When it was made.
    pub made: Ms,
    /// Area of the place.
    pub area: AreaCode,
    /// Where the danger comes from.
    pub source: Position,
    /// Device whose attributes say what it holds; empty when the policy's own figures were taken.
    pub holder: Arc<str>,
    /// The model.
    pub model: String,
    /// What it was told.
    pub inputs: BTreeMap<String, Input>,
    /// The air that it was made with.
    pub air: Air,
    /// Worst level first.
    pub levels: Vec<LevelArea>,
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

impl DangerArea {
    /// One of which no model has said anything yet: version 0, without levels.
    #[must_use]
    pub fn unknown(incident: IncidentId, policy: Key, source: Position) -> Self {
        Self {
            incident,
            policy,
            version: 0,
            made: Ms(0),
            area: AreaCode::ALL,
            source,
            holder: "".into(),
            model: String::new(),
            inputs: BTreeMap::new(),
            air: Air::default(),
            levels: Vec::new(),
            warnings: Vec::new(),
            refused: String::new(),
            sources: Vec::new(),
            validity: String::new(),
            drill: false,
        }
    }
}

/// Where one level is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelArea {
    /// For example `aegl-2`.
    pub level: String,
    /// 3 threatens life, 2 serious, 1 noticeable.
    pub severity: u8,
    /// The threshold.
    pub threshold: f64,
    /// Its unit.
    pub unit: String,
    /// Outlines, first point repeated last.
    pub rings: Vec<Vec<Position>>,
    /// Farthest point from the source, metres.
    pub reach_m: f64,
    /// Surface, m².
    pub surface_m2: f64,
}
