//! How liquids burn in a pool.

use crate::{HazardError, bounds::within};

/// A liquid in a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolFuel {
    /// Name, as in the list of the catalogue.
    pub name: &'static str,
    /// Mass burning rate of an infinite pool per surface, kg/(m² s).
    pub burning_kg_m2_s: f64,
    /// Effective heat of combustion, kJ/kg.
    pub heat_kj_kg: f64,
    /// kβ, how soon a growing pool reaches the rate of an infinite one, 1/m.
    pub k_beta_1_m: f64,
}

const fn fuel(
    name: &'static str,
    burning_kg_m2_s: f64,
    heat_kj_kg: f64,
    k_beta_1_m: f64,
) -> PoolFuel {
    PoolFuel { name, burning_kg_m2_s, heat_kj_kg, k_beta_1_m }
}

/// Liquids, by NUREG-1805 table 3-2. Where it gives no kβ (alcohols) 100 stands for "at once".
pub const FUELS: [PoolFuel; 14] = [
    fuel("methanol", 0.017, 20_000.0, 100.0),
    fuel("ethanol", 0.015, 26_800.0, 100.0),
    fuel("butane", 0.078, 45_700.0, 2.7),
    fuel("benzene", 0.085, 40_100.0, 2.7),
    fuel("hexane", 0.074, 44_700.0, 1.9),
    fuel("heptane", 0.101, 44_600.0, 1.1),
    fuel("xylene", 0.09, 40_800.0, 1.4),
    fuel("acetone", 0.041, 25_800.0, 1.9),
    fuel("diethyl ether", 0.085, 34_200.0, 0.7),
    fuel("gasoline", 0.055, 43_700.0, 2.1),
    fuel("kerosene", 0.039, 43_200.0, 3.5),
    fuel("diesel", 0.045, 44_400.0, 2.1),
    fuel("heavy fuel oil", 0.035, 39_700.0, 1.7),
    fuel("crude oil", 0.034, 42_600.0, 2.8),
];

/// Their names, for a field of the catalogue.
pub const NAMES: &[&str] = &[
    "methanol",
    "ethanol",
    "butane",
    "benzene",
    "hexane",
    "heptane",
    "xylene",
    "acetone",
    "diethyl ether",
    "gasoline",
    "kerosene",
    "diesel",
    "heavy fuel oil",
    "crude oil",
];

impl PoolFuel {
    /// A fuel by its name.
    ///
    /// # Errors
    /// [`HazardError::Substance`] when it is not in the list.
    pub fn named(name: &str) -> Result<Self, HazardError> {
        let found = FUELS.iter().find(|f| f.name == name).copied();
        found.ok_or_else(|| HazardError::Substance { name: name.to_owned() })
    }

    /// The fuel when its figures can be those of a liquid.
    ///
    /// # Errors
    /// When one is not.
    pub fn checked(self) -> Result<Self, HazardError> {
        within("burning_kg_m2_s", self.burning_kg_m2_s, (1e-4, 1.0), "kg/(m2 s)")?;
        within("heat_kj_kg", self.heat_kj_kg, (1_000.0, 150_000.0), "kJ/kg")?;
        within("k_beta_1_m", self.k_beta_1_m, (0.01, 1_000.0), "1/m")?;
        Ok(self)
    }

    /// Burning rate per surface of a pool of this diameter, kg/(m² s): m∞ (1 − exp(−kβ D)) (NUREG-1805, eq. 3-4).
    #[must_use]
    pub fn burning_of_pool_kg_m2_s(&self, diameter_m: f64) -> f64 {
        -self.burning_kg_m2_s * (-self.k_beta_1_m * diameter_m).exp_m1()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_fuels() {
        assert!(FUELS.iter().map(|f| f.name).eq(NAMES.iter().copied()));
        assert!(PoolFuel::named("water").is_err());
    }
}
