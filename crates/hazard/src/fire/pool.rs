//! A burning pool (NUREG-1805, chapters 3 and 5).

use super::{FARTHEST_M, PoolFuel, point_source_kw_m2, point_source_reach_m, view};
use crate::{HazardError, bounds::within, solve::farthest};

/// Share of the heat that is radiated; NUREG-1805 takes 0.30 for all fuels.
pub const RADIATED: f64 = 0.30;

const AIR_KG_M3: f64 = 1.2;
const GRAVITY_M_S2: f64 = 9.81;

/// A burning pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolFire {
    fuel: PoolFuel,
    diameter_m: f64,
    wind_m_s: f64,
}

impl PoolFire {
    /// A round pool, or a round one of the same surface; diameter 0.1 to 300 m, wind 0 to 60 m/s.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn new(fuel: PoolFuel, diameter_m: f64, wind_m_s: f64) -> Result<Self, HazardError> {
        Ok(Self {
            fuel: fuel.checked()?,
            diameter_m: within("diameter_m", diameter_m, (0.1, 300.0), "m")?,
            wind_m_s: within("wind_m_s", wind_m_s, (0.0, 60.0), "m/s")?,
        })
    }

    /// Burning rate, kg/s.
    #[must_use]
    pub fn burning_kg_s(&self) -> f64 {
        let surface = std::f64::consts::PI / 4.0 * self.diameter_m * self.diameter_m;
        self.fuel.burning_of_pool_kg_m2_s(self.diameter_m) * surface
    }

    /// Heat release rate, kW (eq. 3-4).
    #[must_use]
    pub fn heat_kw(&self) -> f64 {
        self.burning_kg_s() * self.fuel.heat_kj_kg
    }

    /// Height of the flame by Heskestad, metres: 0.235 Q^(2/5) − 1.02 D (eq. 3-6); not below a tenth of the diameter, where the
    /// correlation would let wide pools of slow fuels vanish.
    #[must_use]
    pub fn flame_m(&self) -> f64 {
        let height = 0.235 * self.heat_kw().powf(0.4) - 1.02 * self.diameter_m;
        height.max(0.1 * self.diameter_m)
    }

    /// How far the wind tilts the flame from upright, radians (American Gas Association; eq. 5-22).
    #[must_use]
    pub fn tilt_rad(&self) -> f64 {
        // With the density of the air for that of the vapour: a flame of heavier vapour leans a little more.
        let burning = self.fuel.burning_of_pool_kg_m2_s(self.diameter_m);
        let scale = (GRAVITY_M_S2 * burning * self.diameter_m / AIR_KG_M3).cbrt();
        let ratio = self.wind_m_s / scale;
        if ratio <= 1.0 { 0.0 } else { (1.0 / ratio.sqrt()).acos() }
    }

    /// Power of the flame's surface, kW/m²: 58 · 10^(−0.00823 D) (eq. 5-4); smoke hides wide flames.
    #[must_use]
    pub fn surface_kw_m2(&self) -> f64 {
        58.0 * 10.0_f64.powf(-0.008_23 * self.diameter_m)
    }

    /// Flux of a point source in the middle, kW/m², at a distance from the middle (eq. 5-1).
    #[must_use]
    pub fn point_kw_m2(&self, distance_m: f64) -> f64 {
        point_source_kw_m2(RADIATED * self.heat_kw(), distance_m.max(self.diameter_m / 2.0))
    }

    /// Flux of the solid flame, kW/m², downwind at a distance from the middle (eq. 5-3).
    #[must_use]
    pub fn solid_kw_m2(&self, distance_m: f64) -> f64 {
        let seen = view::cylinder(self.flame_m(), self.diameter_m, self.tilt_rad(), distance_m);
        self.surface_kw_m2() * seen
    }

    /// Flux, kW/m²: the larger of both, since each holds where the other does not (point source far, solid flame near).
    #[must_use]
    pub fn flux_kw_m2(&self, distance_m: f64) -> f64 {
        self.point_kw_m2(distance_m).max(self.solid_kw_m2(distance_m))
    }

    /// How far from the middle a flux reaches, metres, in the direction of the wind; none when it is nowhere reached.
    #[must_use]
    pub fn reach_m(&self, flux_kw_m2: f64) -> Option<f64> {
        let edge = self.diameter_m / 2.0;
        // Within the flame and below a leaning one the factor is 1; it falls from there on.
        let solid = farthest(|x| self.solid_kw_m2(x), flux_kw_m2, (0.0, FARTHEST_M));
        // A point source reaches every flux; inside the pool it means nothing.
        let point = point_source_reach_m(RADIATED * self.heat_kw(), flux_kw_m2);
        let point = (point >= edge).then_some(point.min(FARTHEST_M));
        solid.into_iter().chain(point).reduce(f64::max)
    }

    /// How long a spill burns, seconds.
    ///
    /// # Errors
    /// When the mass is not positive.
    pub fn lasts_s(&self, mass_kg: f64) -> Result<f64, HazardError> {
        Ok(within("mass_kg", mass_kg, (1e-6, 1e12), "kg")? / self.burning_kg_s())
    }

    /// Warnings where the correlations are stretched.
    #[must_use]
    pub fn stretched(&self) -> bool {
        self.diameter_m > 100.0 || self.diameter_m < 0.3
    }
}
