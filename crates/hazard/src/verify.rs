//! How good forecasts were: figures against what came, yes or no, chances, areas; and whether a model is worth more than saying that all
//! stays as it is.

pub mod areas;
pub mod events;
pub mod figures;
pub mod rows;

pub use rows::MODELS;

/// Fewest pairs from which a model is judged; fewer say nothing.
pub const FEWEST: usize = 20;

/// What is known of a model against persistence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Fewer than [`FEWEST`] pairs.
    TooFew,
    /// Better than persistence, or as good.
    Holds,
    /// Worse: mark it.
    Worse,
}
