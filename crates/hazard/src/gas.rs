//! Gas: how it leaves, how it spreads, whom it reaches.
//!
//! Start reading at [`footprint::release`]: source term → cloud → levels → areas.

mod breath;
pub mod cloud;
pub mod dense;
pub mod erg;
pub mod footprint;
pub mod indoor;
pub mod level;
pub mod models;
pub mod plume;
pub mod puff;
mod shape;
pub mod sigma;
pub mod source;
pub mod toxic;
pub mod weather;

pub use breath::Breath;

/// Gravity, m/s².
pub(crate) const GRAVITY: f64 = 9.806_65;
