//! A vessel of gas that empties through a hole, over time.

use super::hole::GasHole;
use crate::substance::{GAS_CONSTANT, Substance};

/// Most steps; each takes a hundredth of what is there.
const MOST_STEPS: usize = 600;
/// Share of the mass that leaves in a step.
const PART: f64 = 0.01;

/// A vessel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vessel {
    /// Volume, m³.
    pub volume_m3: f64,
    /// Pressure, Pa absolute.
    pub pressure_pa: f64,
    /// Temperature, K.
    pub temperature_k: f64,
    /// Area of the hole, m².
    pub area_m2: f64,
    /// Discharge coefficient.
    pub coefficient: f64,
    /// Pressure outside, Pa.
    pub outside_pa: f64,
}

/// One moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Seconds after the beginning.
    pub at_s: f64,
    /// Rate, kg/s.
    pub rate_kg_s: f64,
    /// Mass left, kg.
    pub left_kg: f64,
    /// Pressure, Pa.
    pub pressure_pa: f64,
    /// Temperature, K.
    pub temperature_k: f64,
}

impl Vessel {
    /// Mass inside, kg.
    #[must_use]
    pub fn mass_kg(&self, substance: &Substance) -> f64 {
        self.volume_m3 * substance.gas_density_kg_m3(self.pressure_pa, self.temperature_k)
    }

    /// The course until the pressure is that outside: the gas inside expands adiabatically (p ∝ mᵞ), the quicker and colder limit.
    #[must_use]
    pub fn empties(&self, substance: &Substance) -> Vec<Moment> {
        let start_kg = self.mass_kg(substance);
        let gamma = substance.gamma;
        let mut course = Vec::new();
        let (mut at_s, mut left) = (0.0, start_kg);
        for _ in 0..MOST_STEPS {
            let part: f64 = left / start_kg;
            let pressure = self.pressure_pa * part.powf(gamma);
            let temperature = self.temperature_k * part.powf(gamma - 1.0);
            let hole = GasHole {
                coefficient: self.coefficient,
                area_m2: self.area_m2,
                pressure_pa: pressure,
                temperature_k: temperature,
                density_kg_m3: pressure * substance.molar_kg_mol / (GAS_CONSTANT * temperature),
                gamma,
                outside_pa: self.outside_pa,
            };
            let over = pressure <= self.outside_pa * 1.001;
            let rate = if over { 0.0 } else { hole.flow().rate_kg_s };
            course.push(Moment {
                at_s,
                rate_kg_s: rate,
                left_kg: left,
                pressure_pa: pressure,
                temperature_k: temperature,
            });
            if over || rate <= 0.0 {
                break;
            }
            let out = left * PART;
            at_s += out / rate;
            left -= out;
        }
        course
    }
}
