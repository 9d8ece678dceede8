//! A plume that rises or sinks no more than the air: Gaussian, reflected by the ground, of any duration.

use super::{
    sigma,
    weather::{Stability, Terrain},
};

/// A steady release of neutral gas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plume {
    /// Rate, kg/s.
    pub rate_kg_s: f64,
    /// How long it lasts, s; infinite for a steady one.
    pub duration_s: f64,
    /// Wind at the height of the release, m/s.
    pub wind_m_s: f64,
    /// Height of the release, m.
    pub height_m: f64,
    /// Stability class.
    pub stability: Stability,
    /// Terrain.
    pub terrain: Terrain,
    /// Factor on σy by averaging time ([`sigma::averaging`]).
    pub widening: f64,
}

impl Plume {
    /// σy and σz at a distance, m.
    #[must_use]
    pub fn sigmas(&self, x_m: f64) -> (f64, f64) {
        let (y, z) = sigma::briggs(self.stability, self.terrain, x_m);
        (y * self.widening, z)
    }

    /// Concentration of the steady plume, kg/m³: 0 upwind.
    #[must_use]
    pub fn steady(&self, x_m: f64, y_m: f64, z_m: f64) -> f64 {
        if x_m <= 0.0 {
            return 0.0;
        }
        let (sy, sz) = self.sigmas(x_m);
        let centre = self.rate_kg_s / (std::f64::consts::TAU * self.wind_m_s * sy * sz);
        centre * bell(y_m / sy) * reflected(z_m, self.height_m, sz)
    }

    /// Greatest concentration over time at a point: the steady one, less what a short release spreads along the wind
    /// (Palazzi and others, Atmos. Environ. 16, 1982, at the middle of its passage).
    #[must_use]
    pub fn peak(&self, x_m: f64, y_m: f64, z_m: f64) -> f64 {
        let steady = self.steady(x_m, y_m, z_m);
        if self.duration_s.is_infinite() || steady <= 0.0 {
            return steady;
        }
        let length = self.wind_m_s * self.duration_s;
        steady * libm::erf(length / (2.0 * std::f64::consts::SQRT_2 * self.along(x_m)))
    }

    /// Concentration at a point and a time after the beginning of the release.
    #[must_use]
    pub fn at(&self, x_m: f64, y_m: f64, z_m: f64, at_s: f64) -> f64 {
        let steady = self.steady(x_m, y_m, z_m);
        if steady <= 0.0 || at_s <= 0.0 {
            return 0.0;
        }
        let scale = std::f64::consts::SQRT_2 * self.along(x_m);
        let head = (x_m - self.wind_m_s * at_s) / scale;
        let tail = (x_m - self.wind_m_s * (at_s - self.duration_s).max(0.0)) / scale;
        steady * 0.5 * (libm::erf(tail) - libm::erf(head)).max(0.0)
    }

    /// Spread along the wind, m (TNO Yellow Book CPR 14E, section 4.5.3: 0.13 x in every class, for shear does most of it).
    #[must_use]
    pub fn along(&self, x_m: f64) -> f64 {
        (0.13 * x_m).max(1e-6)
    }

    /// Half width of the place where a concentration is reached at height z, m; 0 where it is not.
    #[must_use]
    pub fn half_width(&self, x_m: f64, z_m: f64, kg_m3: f64) -> f64 {
        let centre = self.peak(x_m, 0.0, z_m);
        if centre <= kg_m3 {
            return 0.0;
        }
        self.sigmas(x_m).0 * (2.0 * (centre / kg_m3).ln()).sqrt()
    }

    /// Mass between two concentrations in the steady plume, kg, over the distances it has reached by a time: in a plume the part of a
    /// slice above a concentration L is 1 − L / C, where C is that of its middle (both exact for a release at the ground).
    #[must_use]
    pub fn mass_between(&self, low_kg_m3: f64, high_kg_m3: f64, reach_m: f64) -> f64 {
        const SLICES: u32 = 200;
        let above = |centre: f64, limit: f64| {
            if centre > limit { 1.0 - limit / centre } else { 0.0 }
        };
        let slice = |i: u32| {
            // Finer near the source: x grows with the square.
            let part = (f64::from(i) + 0.5) / f64::from(SLICES);
            let (x, width) = (reach_m * part * part, reach_m * 2.0 * part / f64::from(SLICES));
            let centre = self.peak(x, 0.0, self.height_m);
            (above(centre, low_kg_m3) - above(centre, high_kg_m3)).max(0.0) * width
        };
        let length: f64 = (0..SLICES).map(slice).sum();
        length.min(self.length_m(reach_m)) * self.rate_kg_s / self.wind_m_s
    }

    /// Length of the part of the plume that can be within a reach at one time, m.
    fn length_m(&self, reach_m: f64) -> f64 {
        reach_m.min(self.wind_m_s * self.duration_s)
    }

    /// Mass of the steady plume within a reach at one time, kg: no part of it has more.
    #[must_use]
    pub fn mass_within(&self, reach_m: f64) -> f64 {
        self.length_m(reach_m) * self.rate_kg_s / self.wind_m_s
    }
}

/// exp(−s²/2).
pub(super) fn bell(s: f64) -> f64 {
    (-0.5 * s * s).exp()
}

/// Vertical part with the ground as a mirror: 2 at the ground for a release at the ground.
pub(super) fn reflected(z_m: f64, height_m: f64, sigma_m: f64) -> f64 {
    bell((z_m - height_m) / sigma_m) + bell((z_m + height_m) / sigma_m)
}
