//! The fireball of a vessel of liquefied gas that bursts in a fire (BLEVE).

use std::f64::consts::PI;

use super::FARTHEST_M;
use crate::{HazardError, bounds::within, solve::farthest};

/// Share of the heat that is radiated (CCPS 2000: 0.3 for vessels that burst below their relief pressure, 0.4 above).
pub const RADIATED: f64 = 0.3;
/// Heat of combustion of propane, kJ/kg.
pub const PROPANE_KJ_KG: f64 = 46_300.0;
/// Partial pressure of water vapour in the worked examples of CCPS, Pa. Dry air holds less and lets more through; the caller may say so.
pub const VAPOUR_PA: f64 = 2_810.0;

/// A fireball (CCPS Guidelines 2000, section 2.2.4).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fireball {
    mass_kg: f64,
    heat_kj_kg: f64,
    radiated: f64,
    vapour_pa: f64,
}

impl Fireball {
    /// A fireball of 1 to 5 000 000 kg.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn new(
        mass_kg: f64,
        heat_kj_kg: f64,
        radiated: f64,
        vapour_pa: f64,
    ) -> Result<Self, HazardError> {
        Ok(Self {
            mass_kg: within("mass_kg", mass_kg, (1.0, 5e6), "kg")?,
            heat_kj_kg: within("heat_kj_kg", heat_kj_kg, (1_000.0, 150_000.0), "kJ/kg")?,
            radiated: within("radiated", radiated, (0.05, 0.6), "")?,
            vapour_pa: within("vapour_pa", vapour_pa, (50.0, 10_000.0), "Pa")?,
        })
    }

    /// Largest diameter, metres: 5.8 M^(1/3).
    #[must_use]
    pub fn diameter_m(&self) -> f64 {
        5.8 * self.mass_kg.cbrt()
    }

    /// How long it burns, seconds: 0.45 M^(1/3), from 30 t on 2.6 M^(1/6).
    #[must_use]
    pub fn lasts_s(&self) -> f64 {
        if self.mass_kg < 30_000.0 {
            0.45 * self.mass_kg.cbrt()
        } else {
            2.6 * self.mass_kg.powf(1.0 / 6.0)
        }
    }

    /// Height of its middle, metres: 0.75 D.
    #[must_use]
    pub fn height_m(&self) -> f64 {
        0.75 * self.diameter_m()
    }

    /// Power of its surface, kW/m².
    #[must_use]
    pub fn surface_kw_m2(&self) -> f64 {
        let heat = self.radiated * self.mass_kg * self.heat_kj_kg;
        heat / (PI * self.diameter_m().powi(2) * self.lasts_s())
    }

    /// Way from the middle of the ball to a place on the ground, metres.
    #[must_use]
    pub fn slant_m(&self, distance_m: f64) -> f64 {
        self.height_m().hypot(distance_m)
    }

    /// Largest view factor, of a surface that faces the ball: D² / (4 L²).
    #[must_use]
    pub fn view(&self, distance_m: f64) -> f64 {
        (self.diameter_m() / (2.0 * self.slant_m(distance_m))).powi(2)
    }

    /// What the air lets through: 2.02 (pw x)^−0.09 with x the way from the surface of the ball; never more than all.
    #[must_use]
    pub fn transmitted(&self, distance_m: f64) -> f64 {
        let way = self.slant_m(distance_m) - self.diameter_m() / 2.0;
        (2.02 * (self.vapour_pa * way).powf(-0.09)).min(1.0)
    }

    /// Flux on the ground, kW/m².
    #[must_use]
    pub fn flux_kw_m2(&self, distance_m: f64) -> f64 {
        self.surface_kw_m2() * self.view(distance_m) * self.transmitted(distance_m)
    }

    /// How far from below its middle a flux reaches, metres; none when it is nowhere reached.
    #[must_use]
    pub fn reach_m(&self, flux_kw_m2: f64) -> Option<f64> {
        farthest(|x| self.flux_kw_m2(x), flux_kw_m2, (0.0, FARTHEST_M))
    }
}
