//! Earthquakes: how strongly it shakes where, how many seconds a warning gives, and what it may cost.
//!
//! [`intensity`] gives the ellipses of the first minutes from magnitude and epicentre alone; [`motion`] acceleration and velocity;
//! [`instrument`] the intensity that a station measured; [`warning`] the seconds before the shaking; [`loss`] ranges of loss.

pub mod instrument;
pub mod intensity;
pub mod loss;
pub mod motion;
pub mod rows;
pub mod warning;

pub use rows::MODELS;
