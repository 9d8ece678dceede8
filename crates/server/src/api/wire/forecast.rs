//! Forecasts and scores of models.

use helan_hazard::verify::events::Counts;
use helan_store::desk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::GroundJudged;

/// Forecasts, and how good each model is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Forecasts {
    /// Newest first.
    pub items: Vec<Forecast>,
    /// One for each model and thing that it foretells.
    pub scores: Vec<ModelScore>,
    /// Fewest pairs from which a model is judged.
    pub fewest: usize,
    /// So many of them must speak of an event, where events are foretold.
    pub fewest_events: usize,
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
    /// What is foretold: `discharge`, `level-exceeded`, `wind-speed`, `wind-direction`, `clearance`, `ground`.
    pub what: String,
    /// `figure`, `chance`, `direction` or `outline`.
    pub form: &'static str,
    /// Incident; null when it belongs to none.
    pub incident: Option<u64>,
    /// Version of the danger area that it follows from; 0 when from none.
    pub version: u32,
    /// What it is about beside the device, such as a level; may be empty.
    pub detail: String,
    /// What it is compared with: `persistence`, `mean-3h`, or empty.
    pub against: String,
    /// Key of the device that says it or judges it; `feed:` and the key of a station of a feed; of ground `policy:` and the key of the
    /// policy whose danger it is.
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
    /// What it is compared with: what was observed when it was made, or the mean before; null when nothing was.
    pub before: Option<f64>,
    /// What the model was told.
    #[schema(value_type = Object)]
    pub inputs: Value,
    /// What to beware of, in Chinese, a line each.
    pub notes: String,
    /// What it foretells, and what came; of ground nothing: its outlines are those of the danger area.
    pub values: Vec<Foretold>,
    /// Of ground: how it lies on what was seen.
    pub ground: Vec<GroundJudged>,
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
    /// Least that the model takes for possible; null where it does not say.
    pub low: Option<f64>,
    /// Most.
    pub high: Option<f64>,
    /// Nothing was observed in its time: it is not judged.
    pub void: bool,
}

/// How good a model is at one thing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelScore {
    /// Key of the model.
    pub model: String,
    /// What it foretells; `ground-place` is ground that was judged by single places.
    pub what: String,
    /// `figure`, `chance`, `direction` or `outline`.
    pub form: &'static str,
    /// Unit of what it foretells.
    pub unit: String,
    /// Pairs of what was foretold and what came.
    pub pairs: usize,
    /// Those of them that can be compared with the reference.
    pub compared: usize,
    /// Values whose time has not come.
    pub open: u64,
    /// Values in whose time nothing was observed.
    pub void: u64,
    /// Mean absolute error; null while nothing has come.
    pub mae: Option<f64>,
    /// Root of the mean squared error.
    pub rmse: Option<f64>,
    /// Mean error: above 0 it foretold too much.
    pub bias: Option<f64>,
    /// The score that is compared: of figures and directions the root of the mean squared error, of chances the Brier score; less is
    /// better. Of outlines the mean overlap (intersection over union), 0 to 1: more is better.
    pub score: Option<f64>,
    /// The same of the reference; null when there is none.
    pub reference: Option<f64>,
    /// What the reference is: `persistence` (all stays as it is), `mean-3h`, or empty.
    pub against: String,
    /// 1 is perfect, 0 as good as the reference; null when that never erred or there is none.
    pub skill: Option<f64>,
    /// Of chances: foretold, and came.
    pub hits: Option<u32>,
    /// Of chances: not foretold, but came.
    pub misses: Option<u32>,
    /// Of chances: foretold, and did not come.
    pub false_alarms: Option<u32>,
    /// Of chances: neither.
    pub quiet: Option<u32>,
    /// Of chances: Heidke's skill, 0 as good as by lot.
    pub heidke: Option<f64>,
    /// Of outlines: the mean share of what came that was not foretold: misses.
    pub missed: Option<f64>,
    /// Of outlines: the mean share of what was foretold that did not come: false alarms.
    pub in_vain: Option<f64>,
    /// `too-few`, `holds`, `worse` (than the reference), or `no-reference`.
    pub standing: &'static str,
}

impl Default for ModelScore {
    fn default() -> Self {
        Self {
            model: String::new(),
            what: String::new(),
            form: "figure",
            unit: String::new(),
            pairs: 0,
            compared: 0,
            open: 0,
            void: 0,
            mae: None,
            rmse: None,
            bias: None,
            score: None,
            reference: None,
            against: String::new(),
            skill: None,
            hits: None,
            misses: None,
            false_alarms: None,
            quiet: None,
            heidke: None,
            missed: None,
            in_vain: None,
            standing: "too-few",
        }
    }
}

impl ModelScore {
    /// Says how warnings went.
    pub fn count(&mut self, counts: &Counts) {
        self.hits = Some(counts.hits);
        self.misses = Some(counts.misses);
        self.false_alarms = Some(counts.false_alarms);
        self.quiet = Some(counts.quiet);
        self.heidke = counts.heidke();
    }
}

impl From<&desk::Forecast> for Forecast {
    fn from(forecast: &desk::Forecast) -> Self {
        let value = |value: &desk::Foretold| Foretold {
            ahead: value.ahead,
            foretold: value.foretold,
            came: value.came,
            low: value.low,
            high: value.high,
            void: value.void,
        };
        Self {
            id: forecast.id,
            model: forecast.model.clone(),
            what: forecast.what.clone(),
            form: forecast.form.word(),
            incident: (forecast.incident > 0).then_some(forecast.incident),
            version: forecast.version,
            detail: forecast.detail.clone(),
            against: forecast.against.clone(),
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
            ground: Vec::new(),
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
