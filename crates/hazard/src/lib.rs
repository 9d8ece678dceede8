//! What a danger does: gas, fire, blast, quake, flood, wildfire → areas with levels and their range of validity.
//!
//! This room owns the models as pure functions in SI units. It must not know of alarms, incidents, people or devices, nor of files,
//! clocks or randomness. Start reading at [`model`]: every model is a row of [`catalogue::FAMILIES`] with its inputs, and answers with a
//! [`Report`]: figures with units, areas with levels, what it rests on, and what it warns of. Who needs a model in a
//! hurry (the engine) calls its typed function instead of the row.

pub mod area;
pub mod blast;
mod bounds;
pub mod catalogue;
pub mod crowd;
mod error;
pub mod fire;
pub mod gas;
pub mod lifeline;
pub mod model;
pub mod probit;
pub mod quake;
mod solve;
pub mod substance;
pub mod verify;
pub mod water;
pub mod wildfire;

pub use area::{Area, Frame, Level, Ring};
pub use error::HazardError;
pub use model::{Field, Inputs, Model, Output, Report, Value, Warning, Words};
