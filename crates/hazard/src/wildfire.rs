//! Fires of forest and grass: how fast and which way, what is burnt when, and where crews must not go.
//!
//! [`bed`] and [`spread`] are Rothermel's equations as BehavePlus uses them, [`wang`] Wang Zhengfei's as Chinese forest services do;
//! [`growth`] lets the burnt area grow under changing winds, [`safety`] looks at a place or a way from the crew's side.

pub mod bed;
pub mod fuel;
pub mod growth;
pub mod rows;
pub mod safety;
pub mod site;
pub mod spotting;
pub mod spread;
pub mod wang;

pub use bed::{Bed, Moisture};
pub use fuel::Fuel;
pub use growth::Growth;
pub use rows::MODELS;
pub use site::{Canopy, Site, Wind};
pub use spread::Spread;
