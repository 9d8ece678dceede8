//! What a millimetre of excess becomes at the mouth of a catchment: the unit graphs of the Soil Conservation Service (NEH part 630,
//! chapter 16).

use crate::{
    HazardError,
    bounds::{count, together, within},
};

/// Most steps of a unit graph: two weeks of ten minutes.
pub const MOST_STEPS: usize = 2_016;

/// Shape of a unit graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Rises to the peak, falls in 1.67 times that.
    Triangle,
    /// The curved one, as the gamma function with exponent 3.7 that is fitted to it (peak rate factor 484).
    Curved,
}

/// Discharge by steps after one millimetre of excess in one step.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitGraph {
    /// Mean discharge of each step, m³/s per mm; together they carry the whole millimetre.
    pub ordinates: Vec<f64>,
    /// Length of a step, seconds.
    pub step_s: f64,
    /// From the beginning of the excess to the peak, seconds: half a step and 0.6 of the concentration time.
    pub peak_s: f64,
}

impl UnitGraph {
    /// The unit graph of a catchment.
    ///
    /// # Errors
    /// When a number is out of bounds, or the step is so short that the graph has more than [`MOST_STEPS`].
    pub fn new(
        shape: Shape,
        area_km2: f64,
        concentration_s: f64,
        step_s: f64,
    ) -> Result<Self, HazardError> {
        let area = within("area_km2", area_km2, (1e-3, 1e5), "km2")?;
        let concentration = within("concentration_s", concentration_s, (60.0, 2e6), "s")?;
        let step = within("step_s", step_s, (60.0, 86_400.0), "s")?;
        let peak_s = step / 2.0 + 0.6 * concentration;
        // The curved graph has a thousandth of its volume left after five times the way to the peak.
        let base_s = match shape {
            Shape::Triangle => 8.0 / 3.0 * peak_s,
            Shape::Curved => 5.0 * peak_s,
        };
        let steps = (1..=MOST_STEPS).find(|n| step * count(*n) >= base_s).ok_or_else(|| {
            together(format!("steps of {step} s are too short for a base of {base_s} s"))
        })?;
        let share = |from_s: f64, to_s: f64| match shape {
            Shape::Triangle => triangle(to_s / peak_s) - triangle(from_s / peak_s),
            Shape::Curved => curved(from_s / peak_s, to_s / peak_s),
        };
        let parts: Vec<f64> =
            (0..steps).map(|i| share(step * count(i), step * count(i + 1))).collect();
        let whole: f64 = parts.iter().sum();
        let volume_m3 = area * 1e3;
        let ordinates = parts.iter().map(|p| p / whole * volume_m3 / step).collect();
        Ok(Self { ordinates, step_s: step, peak_s })
    }

    /// Discharge of a series of excess, m³/s by steps; longer than the excess by the graph.
    #[must_use]
    pub fn discharge_m3_s(&self, excess_mm: &[f64]) -> Vec<f64> {
        let mut flow = vec![0.0; excess_mm.len() + self.ordinates.len()];
        for (at, excess) in excess_mm.iter().enumerate().filter(|(_, e)| **e > 0.0) {
            self.add(&mut flow, at, *excess);
        }
        flow
    }

    /// Adds what the excess of one step becomes.
    pub fn add(&self, flow: &mut [f64], at: usize, excess_mm: f64) {
        for (sum, ordinate) in flow.iter_mut().skip(at).zip(&self.ordinates) {
            *sum += excess_mm * ordinate;
        }
    }
}

/// What of the volume has passed at a time, in units of the time to the peak.
fn triangle(t: f64) -> f64 {
    const BASE: f64 = 8.0 / 3.0;
    if t <= 1.0 {
        t * t / BASE
    } else {
        let left = (BASE - t).max(0.0);
        1.0 - left * left / (BASE * (BASE - 1.0))
    }
}

/// What passes between two times of the gamma shape (t e^(1−t))^3.7, by Simpson's rule; all parts are scaled to the whole later.
fn curved(from: f64, to: f64) -> f64 {
    const PIECES: u16 = 8;
    let height = |x: f64| if x <= 0.0 { 0.0 } else { (3.7 * (x.ln() + 1.0 - x)).exp() };
    let width = (to - from) / f64::from(PIECES);
    (0..PIECES)
        .map(|i| {
            let at = from + f64::from(i) * width;
            (height(at) + 4.0 * height(at + width / 2.0) + height(at + width)) * width / 6.0
        })
        .sum()
}
