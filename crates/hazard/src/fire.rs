//! Fires of liquids, gases and vessels: heat radiation at a place, and how far it harms.
//!
//! [`pool`] burns in a bund or on the ground, [`jet`] at a hole, [`fireball`] when a vessel of liquefied gas bursts. Each knows the
//! flux at a distance and the distance of a flux; [`rows`] puts them into the catalogue.

pub mod fireball;
pub mod fuel;
pub mod jet;
pub mod levels;
pub mod pool;
pub mod rows;
pub mod view;

pub use fireball::Fireball;
pub use fuel::PoolFuel;
pub use jet::JetFire;
pub use pool::PoolFire;
pub use rows::MODELS;

/// Farthest distance that is looked at, metres: no fire radiates 1.6 kW/m² farther.
pub const FARTHEST_M: f64 = 50_000.0;

/// Flux of a point source, kW/m²: q = Q / (4 π R²), with Q the radiated power (NUREG-1805, 5.3.1).
#[must_use]
pub fn point_source_kw_m2(radiated_kw: f64, distance_m: f64) -> f64 {
    radiated_kw / (4.0 * std::f64::consts::PI * distance_m * distance_m)
}

/// Distance at which a point source gives a flux, metres.
#[must_use]
pub fn point_source_reach_m(radiated_kw: f64, flux_kw_m2: f64) -> f64 {
    (radiated_kw / (4.0 * std::f64::consts::PI * flux_kw_m2)).sqrt()
}
