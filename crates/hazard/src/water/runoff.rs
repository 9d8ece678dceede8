//! What of the rain runs off: the curve number of the Soil Conservation Service (NEH part 630, chapter 10), the rational formula, and how
//! soon a valley answers (Kirpich 1940).

use crate::{HazardError, bounds::within};

/// Rain of one step that is taken, mm.
pub const MOST_RAIN_MM: f64 = 1_000.0;

/// How wet the soil is before the rain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moisture {
    /// Dry (AMC I).
    Dry,
    /// Average (AMC II), for which tables give the number.
    Average,
    /// Wet (AMC III), for example by rain of the days before.
    Wet,
}

/// A curve number with its share of initial losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveNumber {
    storage_mm: f64,
    initial: f64,
}

impl CurveNumber {
    /// A curve number, 1 to 100, with initial losses as a share of the storage (0.2 as in the handbook; 0.05 by newer data).
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn new(number: f64, initial: f64) -> Result<Self, HazardError> {
        let number = within("curve_number", number, (1.0, 100.0), "")?;
        let initial = within("initial", initial, (0.0, 1.0), "")?;
        Ok(Self { storage_mm: 25_400.0 / number - 254.0, initial })
    }

    /// The number of a table for another moisture (Chow, Maidment and Mays 1988, eqs. 5.5.10 and 5.5.11).
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn moist(number: f64, initial: f64, moisture: Moisture) -> Result<Self, HazardError> {
        let number = within("curve_number", number, (1.0, 100.0), "")?;
        let number = match moisture {
            Moisture::Dry => 4.2 * number / (10.0 - 0.058 * number),
            Moisture::Average => number,
            Moisture::Wet => 23.0 * number / (10.0 + 0.13 * number),
        };
        Self::new(number.clamp(1.0, 100.0), initial)
    }

    /// Runoff of a rain, mm: (P − λS)² / (P + (1 − λ) S).
    #[must_use]
    pub fn depth_mm(&self, rain_mm: f64) -> f64 {
        let rest = rain_mm - self.initial * self.storage_mm;
        if rest <= 0.0 {
            return 0.0;
        }
        rest * rest / (rest + self.storage_mm)
    }

    /// Excess of each step of a rain, mm: the growth of the runoff of all that has fallen.
    #[must_use]
    pub fn excess_mm(&self, rain_mm: &[f64]) -> Vec<f64> {
        let mut fallen = 0.0;
        let mut before = 0.0;
        rain_mm
            .iter()
            .map(|rain| {
                fallen += rain;
                let now = self.depth_mm(fallen);
                let grown = now - before;
                before = now;
                grown
            })
            .collect()
    }
}

/// Peak of a small catchment, m³/s: C i A / 3.6, with the rain in mm/h and the surface in km².
///
/// # Errors
/// When a number is out of bounds.
pub fn rational_m3_s(coefficient: f64, rain_mm_h: f64, area_km2: f64) -> Result<f64, HazardError> {
    let coefficient = within("coefficient", coefficient, (0.0, 1.0), "")?;
    let rain = within("rain_mm_h", rain_mm_h, (0.0, 1_000.0), "mm/h")?;
    Ok(coefficient * rain * within("area_km2", area_km2, (0.0, 1e4), "km2")? / 3.6)
}

/// Time of concentration, minutes: 0.0195 L^0.77 S^−0.385 (Kirpich), the way in metres.
///
/// # Errors
/// When a number is out of bounds.
pub fn kirpich_min(way_m: f64, slope: f64) -> Result<f64, HazardError> {
    let way = within("way_m", way_m, (1.0, 1e6), "m")?;
    let slope = within("slope", slope, (1e-5, 10.0), "")?;
    Ok(0.0195 * way.powf(0.77) * slope.powf(-0.385))
}
