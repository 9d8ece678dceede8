//! A cloud that is there at once and rises or sinks no more than the air: Gaussian puff.

use super::{
    plume::{bell, reflected},
    sigma,
    weather::Stability,
};

/// An instantaneous release of neutral gas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Puff {
    /// Mass, kg.
    pub mass_kg: f64,
    /// Wind at the height of the release, m/s.
    pub wind_m_s: f64,
    /// Height of the release, m.
    pub height_m: f64,
    /// Stability class.
    pub stability: Stability,
}

impl Puff {
    /// Concentration at a point and a time, kg/m³; its sizes are those at the distance travelled (CCPS 1999, eq. 2.27).
    #[must_use]
    pub fn at(&self, x_m: f64, y_m: f64, z_m: f64, at_s: f64) -> f64 {
        let gone_m = self.wind_m_s * at_s;
        if gone_m <= 0.0 {
            return 0.0;
        }
        let (sy, sz) = sigma::puff(self.stability, gone_m);
        self.middle((sy, sz), z_m) * bell((x_m - gone_m) / sy) * bell(y_m / sy)
    }

    /// Greatest concentration over time: as its middle passes.
    #[must_use]
    pub fn peak(&self, x_m: f64, y_m: f64, z_m: f64) -> f64 {
        if x_m <= 0.0 {
            return 0.0;
        }
        let (sy, sz) = sigma::puff(self.stability, x_m);
        self.middle((sy, sz), z_m) * bell(y_m / sy)
    }

    /// When a concentration has left a distance, s, a little late: at the earliest when its middle is so far beyond. It grows as it goes,
    /// so that its rear follows more slowly than its middle.
    #[must_use]
    pub fn left_s(&self, x_m: f64, beyond_m: f64, kg_m3: f64) -> f64 {
        /// Each look is so much farther beyond the last; as many as lead from a metre to a thousand kilometres.
        const FARTHER: f64 = 1.25;
        const MOST_LOOKS: u32 = 64;
        let mut beyond_m = beyond_m.max(1e-3);
        for _ in 0..MOST_LOOKS {
            let at_s = (x_m + beyond_m) / self.wind_m_s;
            if self.at(x_m, 0.0, self.height_m, at_s) < kg_m3 {
                break;
            }
            beyond_m *= FARTHER;
        }
        (x_m + beyond_m) / self.wind_m_s
    }

    /// Concentration of its middle when it has grown so wide and high.
    fn middle(&self, (sy, sz): (f64, f64), z_m: f64) -> f64 {
        use std::f64::consts::TAU;
        // (2π)^1.5
        let volume = TAU * TAU.sqrt() * sy * sy * sz;
        self.mass_kg / volume * reflected(z_m, self.height_m, sz)
    }

    /// Half width of the place where a concentration is reached, m; 0 where it is not.
    #[must_use]
    pub fn half_width(&self, x_m: f64, z_m: f64, kg_m3: f64) -> f64 {
        let centre = self.peak(x_m, 0.0, z_m);
        if centre <= kg_m3 {
            return 0.0;
        }
        sigma::puff(self.stability, x_m).0 * (2.0 * (centre / kg_m3).ln()).sqrt()
    }

    /// Greatest mass between two concentrations at one time, kg (release at the ground). The share of a Gaussian ball above a
    /// concentration depends on that of its middle alone, which falls from any height to nothing as the puff goes: the weather says when,
    /// not how much.
    #[must_use]
    pub fn mass_between(&self, low_kg_m3: f64, high_kg_m3: f64) -> f64 {
        let ratio = high_kg_m3 / low_kg_m3;
        if ratio.is_nan() || ratio <= 1.0 {
            return 0.0;
        }
        // The mass within s standard deviations of a Gaussian ball.
        let within = |s: f64| {
            libm::erf(s / std::f64::consts::SQRT_2)
                - (2.0 / std::f64::consts::PI).sqrt() * s * bell(s)
        };
        // Where the difference no longer grows: ln(middle / high) = ln(ratio) / (ratio² − 1).
        let over_high = ratio.ln() / (ratio * ratio - 1.0);
        let share = |over: f64| within((2.0 * over).sqrt());
        self.mass_kg * (share(over_high + ratio.ln()) - share(over_high))
    }
}
