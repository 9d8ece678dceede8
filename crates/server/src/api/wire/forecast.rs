//! Forecasts and scores of models.

use helan_hazard::verify::{Standing, figures::Score};
use helan_store::desk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Forecasts, and how good each model is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Forecasts {
    /// Newest first.
    pub items: Vec<Forecast>,
    /// One for each model of which something has come.
    pub scores: Vec<ModelScore>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A forecast.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Forecast {
    /// Number.
    pub id: u64,
    /// Key of the model.
    pub model: String,
    /// Key of the device that says it.
    pub device: String,
    /// Area code.
    pub area: u32,
    /// Moment of the newest reading that it knows, ms UTC.
    pub at: i64,
    /// Whether it belongs to a drill.
    pub drill: bool,
    /// Unit of the values.
    pub unit: String,
    /// Seconds between two values.
    pub step_s: f64,
    /// What was observed when it was made; null when nothing was.
    pub before: Option<f64>,
    /// What the model was told.
    #[schema(value_type = Object)]
    pub inputs: Value,
    /// What to beware of, in Chinese, a line each.
    pub notes: String,
    /// What it foretells, and what came.
    pub values: Vec<Foretold>,
}

/// One value of a forecast.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Foretold {
    /// So many steps ahead.
    pub ahead: u32,
    /// What was foretold.
    pub foretold: f64,
    /// What came; null as long as it is not known.
    pub came: Option<f64>,
}

/// How good a model is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelScore {
    /// Key of the model.
    pub model: String,
    /// Pairs of what was foretold and what came.
    pub pairs: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean error: above 0 it foretold too much.
    pub bias: f64,
    /// 1 is perfect, 0 as good as saying that all stays as it is; null when that never erred.
    pub skill: Option<f64>,
    /// `too-few`, `holds` or `worse`: worse than saying that all stays as it is.
    pub standing: &'static str,
}

impl ModelScore {
    /// A score on the wire.
    #[must_use]
    pub fn of(model: &str, score: &Score) -> Self {
        Self {
            model: model.to_owned(),
            pairs: score.pairs,
            mae: score.mae,
            rmse: score.rmse,
            bias: score.bias,
            skill: score.skill,
            standing: match score.standing {
                Standing::TooFew => "too-few",
                Standing::Holds => "holds",
                Standing::Worse => "worse",
            },
        }
    }
}

impl From<&desk::Forecast> for Forecast {
    fn from(forecast: &desk::Forecast) -> Self {
        let value = |value: &desk::Foretold| Foretold {
            ahead: value.ahead,
            foretold: value.foretold,
            came: value.came,
        };
        Self {
            id: forecast.id,
            model: forecast.model.clone(),
            device: forecast.device.clone(),
            area: forecast.area.0,
            at: forecast.at.0,
            drill: forecast.drill,
            unit: forecast.unit.clone(),
            step_s: forecast.step_s,
            before: forecast.before,
            // Written by ourselves; what was changed by hand is shown as nothing.
            inputs: serde_json::from_str(&forecast.inputs).unwrap_or_default(),
            notes: forecast.notes.clone(),
            values: forecast.values.iter().map(value).collect(),
        }
    }
}

/// Which forecasts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// Whether the scores are those of drills; false when left out.
    pub drill: Option<bool>,
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}
