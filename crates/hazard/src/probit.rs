//! How likely a dose harms: probit functions, Y = a + b ln(V), share of those harmed = Φ(Y − 5).
//!
//! The equations differ in what the dose V is made of; [`Dose`] says it, and [`Probit::harm`] makes it. Source of the rows:
//! Eisenberg, Lynch and Breeding 1975 (Vulnerability Model); TNO Green Book 1992. Those of poisons are data of the substances
//! ([`crate::substance::Probit`]).

use serde::Serialize;

use crate::{HazardError, bounds::within};

/// What the dose of a probit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dose {
    /// Radiation: V = t I^(4/3) / scale; t in s, I in W/m².
    Thermal {
        /// Divides the dose: 10⁴ in the form of Eisenberg, 1 in that of TNO.
        scale: f64,
    },
    /// Blast: V = p, the peak of the overpressure in Pa; how long it lasts does not enter.
    Overpressure,
}

/// A probit function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Probit {
    /// For example `thermal-eisenberg`.
    pub key: &'static str,
    /// What harm, Chinese and English.
    pub harm: (&'static str, &'static str),
    /// a.
    pub a: f64,
    /// b.
    pub b: f64,
    /// V.
    pub dose: Dose,
    /// Where it comes from.
    pub source: &'static str,
}

/// Death by radiation, Eisenberg: the hydrocarbon fires of the Vulnerability Model, people in summer clothes.
pub const THERMAL_EISENBERG: Probit = Probit {
    key: "thermal-eisenberg",
    harm: ("热辐射致死", "death by heat radiation"),
    a: -14.9,
    b: 2.56,
    dose: Dose::Thermal { scale: 1e4 },
    source: "Eisenberg 1975",
};

/// Death by radiation, TNO Green Book: unprotected skin; it kills far sooner than Eisenberg's and is the safe side.
pub const THERMAL_TNO: Probit = Probit {
    key: "thermal-tno",
    harm: ("热辐射致死（无防护）", "death by heat radiation, unprotected"),
    a: -36.38,
    b: 2.56,
    dose: Dose::Thermal { scale: 1.0 },
    source: "TNO Green Book 1992",
};

/// Death by bleeding of the lungs.
pub const LUNG: Probit = Probit {
    key: "lung-haemorrhage",
    harm: ("肺出血致死", "death by lung haemorrhage"),
    a: -77.1,
    b: 6.91,
    dose: Dose::Overpressure,
    source: "Eisenberg 1975",
};

/// Torn eardrums.
pub const EARDRUM: Probit = Probit {
    key: "eardrum-rupture",
    harm: ("鼓膜破裂", "eardrum rupture"),
    a: -15.6,
    b: 1.93,
    dose: Dose::Overpressure,
    source: "Eisenberg 1975",
};

/// Damage to the structure of buildings.
pub const STRUCTURE: Probit = Probit {
    key: "structural-damage",
    harm: ("建筑结构破坏", "structural damage"),
    a: -23.8,
    b: 2.92,
    dose: Dose::Overpressure,
    source: "Eisenberg 1975",
};

/// Broken panes.
pub const GLASS: Probit = Probit {
    key: "glass-breakage",
    harm: ("玻璃破碎", "glass breakage"),
    a: -18.1,
    b: 2.79,
    dose: Dose::Overpressure,
    source: "Eisenberg 1975",
};

/// What a dose does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Harm {
    /// Y; −∞ without any dose.
    pub probit: f64,
    /// Share of those exposed who are harmed, 0 to 1.
    pub probability: f64,
}

impl Probit {
    /// What an intensity (W/m² or Pa as the dose says) does when it lasts; the time, in s, does not matter for blast.
    ///
    /// # Errors
    /// When a number is negative or not finite.
    pub fn harm(&self, intensity: f64, time: f64) -> Result<Harm, HazardError> {
        let intensity = within("intensity", intensity, (0.0, f64::MAX), "")?;
        let time = within("time", time, (0.0, f64::MAX), "")?;
        // Sums of logarithms instead of powers: no overflow for any input.
        let ln = match self.dose {
            Dose::Thermal { scale } => time.ln() + 4.0 / 3.0 * intensity.ln() - scale.ln(),
            Dose::Overpressure => intensity.ln(),
        };
        let probit = self.a + self.b * ln;
        Ok(Harm { probit, probability: normal(probit - 5.0) })
    }
}

/// Φ, the share of a normal distribution below x.
#[must_use]
pub fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_dose_harms_nobody_and_bad_numbers_are_refused() {
        let none = EARDRUM.harm(0.0, 0.0).expect("zero is a dose");
        assert!(none.probability.abs() < f64::EPSILON && none.probit == f64::NEG_INFINITY);
        assert!(THERMAL_TNO.harm(-1.0, 10.0).is_err());
        assert!(THERMAL_TNO.harm(f64::NAN, 10.0).is_err());
    }

    #[test]
    fn half_are_harmed_at_five() {
        assert!((normal(0.0) - 0.5).abs() < 1e-15);
        assert!((normal(1.0) - 0.841_344_746_068_543).abs() < 1e-14);
    }
}
