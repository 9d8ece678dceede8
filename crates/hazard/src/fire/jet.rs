//! A burning jet at a hole.

use super::{point_source_kw_m2, point_source_reach_m};
use crate::{HazardError, bounds::within};

/// A burning jet of gas.
///
/// Length by the line of API Std 521 (6th edition, fig. 7), radiated share by Chamberlain 1987, flux from the middle of the flame as
/// a point source; the air takes nothing away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JetFire {
    rate_kg_s: f64,
    heat_kj_kg: f64,
    speed_m_s: f64,
}

impl JetFire {
    /// A jet: mass per time 1e-4 to 10 000 kg/s, heat of combustion, speed at the hole 1 to 2 000 m/s.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn new(rate_kg_s: f64, heat_kj_kg: f64, speed_m_s: f64) -> Result<Self, HazardError> {
        Ok(Self {
            rate_kg_s: within("rate_kg_s", rate_kg_s, (1e-4, 1e4), "kg/s")?,
            heat_kj_kg: within("heat_kj_kg", heat_kj_kg, (1_000.0, 150_000.0), "kJ/kg")?,
            speed_m_s: within("speed_m_s", speed_m_s, (1.0, 2_000.0), "m/s")?,
        })
    }

    /// Heat release rate, kW.
    #[must_use]
    pub fn heat_kw(&self) -> f64 {
        self.rate_kg_s * self.heat_kj_kg
    }

    /// Length of the visible flame, metres: 0.00326 Q^0.478 with Q in W, the line through the flares of API 521.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        0.003_26 * (self.heat_kw() * 1e3).powf(0.478)
    }

    /// Share of the heat that is radiated: 0.21 exp(−0.00323 u) + 0.11 (Chamberlain 1987, eq. 9); slow jets are sooty and radiate more.
    #[must_use]
    pub fn radiated(&self) -> f64 {
        0.21 * (-0.003_23 * self.speed_m_s).exp() + 0.11
    }

    /// Flux, kW/m², at a distance from the hole on the axis of the flame beyond its tip, or anywhere for those who do not know where it
    /// points: reckoned from the middle of the flame.
    #[must_use]
    pub fn flux_kw_m2(&self, distance_m: f64) -> f64 {
        let middle = (distance_m - self.length_m() / 2.0).max(self.length_m() / 20.0);
        point_source_kw_m2(self.radiated() * self.heat_kw(), middle)
    }

    /// Distance from the middle of the flame at which a flux is reached, metres.
    #[must_use]
    pub fn around_m(&self, flux_kw_m2: f64) -> f64 {
        point_source_reach_m(self.radiated() * self.heat_kw(), flux_kw_m2)
    }

    /// How far from the hole a flux reaches in the direction of the flame, metres; not less than the flame itself.
    #[must_use]
    pub fn reach_m(&self, flux_kw_m2: f64) -> f64 {
        (self.length_m() / 2.0 + self.around_m(flux_kw_m2)).max(self.length_m())
    }
}
