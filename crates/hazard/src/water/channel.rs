//! Steady flow in a channel (Manning).

use crate::{HazardError, bounds::within, solve::farthest};

/// Deepest water that is looked for, metres.
pub const DEEPEST_M: f64 = 200.0;

/// A channel with a trapezoid for its cross section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    bottom_m: f64,
    bank: f64,
    roughness: f64,
    slope: f64,
}

impl Channel {
    /// A channel: width of its bottom, slope of its banks (metres sideways per metre up), Manning's n, slope along.
    ///
    /// # Errors
    /// When a number is out of bounds, or there is neither bottom nor bank.
    pub fn new(bottom_m: f64, bank: f64, roughness: f64, slope: f64) -> Result<Self, HazardError> {
        let bank = within("bank", bank, (0.0, 100.0), "")?;
        let least = if bank > 0.0 { 0.0 } else { 0.01 };
        Ok(Self {
            bottom_m: within("bottom_m", bottom_m, (least, 1e5), "m")?,
            bank,
            roughness: within("roughness", roughness, (0.005, 0.5), "s/m^(1/3)")?,
            slope: within("slope", slope, (1e-7, 1.0), "")?,
        })
    }

    /// Cross section of the water, m².
    #[must_use]
    pub fn section_m2(&self, depth_m: f64) -> f64 {
        (self.bottom_m + self.bank * depth_m) * depth_m
    }

    /// Discharge, m³/s: A R^(2/3) √S / n.
    #[must_use]
    pub fn discharge_m3_s(&self, depth_m: f64) -> f64 {
        if depth_m <= 0.0 {
            return 0.0;
        }
        let section = self.section_m2(depth_m);
        let wetted = self.bottom_m + 2.0 * depth_m * self.bank.hypot(1.0);
        section * (section / wetted).powf(2.0 / 3.0) * self.slope.sqrt() / self.roughness
    }

    /// Speed, m/s.
    #[must_use]
    pub fn speed_m_s(&self, depth_m: f64) -> f64 {
        if depth_m <= 0.0 { 0.0 } else { self.discharge_m3_s(depth_m) / self.section_m2(depth_m) }
    }

    /// Depth of a discharge, metres.
    ///
    /// # Errors
    /// When it is negative, not finite, or more than the channel carries at [`DEEPEST_M`].
    pub fn depth_m(&self, discharge_m3_s: f64) -> Result<f64, HazardError> {
        let most = self.discharge_m3_s(DEEPEST_M);
        let wanted = within("discharge_m3_s", discharge_m3_s, (0.0, most), "m3/s")?;
        // The depth is where the missing discharge ceases.
        let missing = |depth: f64| wanted - self.discharge_m3_s(depth);
        Ok(farthest(missing, 0.0, (0.0, DEEPEST_M)).unwrap_or(0.0))
    }
}
