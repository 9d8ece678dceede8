//! How good forecasts were: figures against what came, yes or no, chances, areas; and whether a model is worth more than saying that all
//! stays as it is.

pub mod areas;
pub mod events;
pub mod figures;
pub mod rows;

pub use rows::MODELS;

/// Fewest pairs from which a model is judged; fewer say nothing: with 20 the standard error of a share is still eleven points.
pub const FEWEST: usize = 20;
/// Of chances so many pairs at least must speak of an event (foretold, there before, or come): quiet hours tell nothing of events.
pub const FEWEST_EVENTS: usize = 5;

/// What is known of a model against persistence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Fewer than [`FEWEST`] pairs, or of chances fewer than [`FEWEST_EVENTS`] that speak of an event.
    TooFew,
    /// Better than persistence, or as good.
    Holds,
    /// Worse: mark it.
    Worse,
}
