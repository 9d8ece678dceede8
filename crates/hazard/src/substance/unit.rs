//! Concentrations in the units that sensors and limits are written in.

use super::{ATMOSPHERE_PA, GAS_CONSTANT, Substance};

/// What instruments are set to: 25 °C, K.
const SET_AT_K: f64 = 298.15;

impl Substance {
    /// A concentration in `ppm`, `%`, `% vol`, `%LEL` or `mg/m3` as volume fraction at 25 °C and one atmosphere; none for another
    /// unit, for `%LEL` of what does not burn, and for what is no concentration.
    #[must_use]
    pub fn volume_fraction(&self, value: f64, unit: &str) -> Option<f64> {
        let plain: String = unit.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
        let fraction = match &*plain {
            "ppm" => value * 1e-6,
            "ppb" => value * 1e-9,
            "%" | "%vol" => value * 1e-2,
            "%lel" => value * 1e-2 * self.lel?,
            "mg/m3" | "mg/m³" => {
                value * 1e-6 * GAS_CONSTANT * SET_AT_K / (self.molar_kg_mol * ATMOSPHERE_PA)
            }
            _ => return None,
        };
        (fraction.is_finite() && fraction >= 0.0).then_some(fraction)
    }

    /// Whether both are the same gas for a sensor: LNG is methane.
    #[must_use]
    pub fn is_sensed_as(&self, other: &Self) -> bool {
        self.key == other.key || self.formula == other.formula
    }
}

#[cfg(test)]
mod tests {
    use crate::substance::find;

    #[test]
    fn units_of_sensors_and_limits_meet() {
        let (methane, ammonia) = (find("methane").unwrap(), find("ammonia").unwrap());
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() / b - 1.0).abs() < 1e-3, "{a:?}");
        near(methane.volume_fraction(20.0, "%LEL"), 0.01);
        near(methane.volume_fraction(1.0, "% vol"), 0.01);
        near(ammonia.volume_fraction(25.0, "ppm"), 25e-6);
        // 24.465 l of a mole at 25 °C: 17.4 mg/m3 of ammonia are 25 ppm.
        near(ammonia.volume_fraction(17.4, "mg/m3"), 25e-6);
        assert_eq!(find("chlorine").unwrap().volume_fraction(5.0, "%LEL"), None);
        assert_eq!(ammonia.volume_fraction(5.0, "Cel"), None);
        assert_eq!(ammonia.volume_fraction(-5.0, "ppm"), None);
        assert!(find("lng").unwrap().is_sensed_as(methane) && !ammonia.is_sensed_as(methane));
    }
}
