//! What breathing does: dose and probability of death.

use crate::{HazardError, probit::normal, substance::Probit};

/// Probit Y of a load and the probability that goes with it (Finney): half at Y = 5.
#[must_use]
pub fn probability(probit: f64) -> f64 {
    normal(probit - 5.0)
}

impl Probit {
    /// Y for a concentration that stays, ppm, and a time, min.
    #[must_use]
    pub fn steady(&self, ppm: f64, minutes: f64) -> f64 {
        self.of_load(ppm.powf(self.n) * minutes)
    }

    /// Y for a toxic load, ppmⁿ·min.
    #[must_use]
    pub fn of_load(&self, load: f64) -> f64 {
        if load > 0.0 { self.a + self.b * load.ln() } else { f64::NEG_INFINITY }
    }

    /// Toxic load of a course of concentrations, ppm, at even steps, min (trapezoids).
    #[must_use]
    pub fn load(&self, ppm: &[f64], step_min: f64) -> f64 {
        let power = |c: &f64| c.max(0.0).powf(self.n);
        let pairs = ppm.iter().zip(ppm.iter().skip(1));
        pairs.map(|(a, b)| 0.5 * (power(a) + power(b)) * step_min).sum()
    }

    /// Concentration, ppm, at which a share of people dies within a time, min: the inverse, by halving the interval.
    ///
    /// # Errors
    /// When the share is not between 0.001 and 0.999.
    pub fn lethal_ppm(&self, share: f64, minutes: f64) -> Result<f64, HazardError> {
        crate::bounds::within("share", share, (0.001, 0.999), "")?;
        let (mut low, mut high) = (1e-3_f64, 1e6_f64);
        for _ in 0..80 {
            let middle = (low * high).sqrt();
            if probability(self.steady(middle, minutes)) < share {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lethal_concentration_is_the_inverse() {
        let chlorine = Probit { a: -8.29, b: 0.92, n: 2.0 };
        let ppm = chlorine.lethal_ppm(0.5, 30.0).unwrap();
        assert!((chlorine.steady(ppm, 30.0) - 5.0).abs() < 1e-6);
        assert!(chlorine.lethal_ppm(1.0, 30.0).is_err());
    }

    #[test]
    fn a_steady_course_has_the_load_of_its_concentration() {
        let ammonia = Probit { a: -35.9, b: 1.85, n: 2.0 };
        let load = ammonia.load(&[1000.0; 31], 1.0);
        assert!((ammonia.of_load(load) - ammonia.steady(1000.0, 30.0)).abs() < 1e-9);
        assert!(probability(ammonia.of_load(0.0)).abs() < 1e-300);
    }
}
