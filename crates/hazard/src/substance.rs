//! Substances as data: what they are called, how they evaporate, from which concentration they harm.
//!
//! The tables are `data/*.csv`; their heads name the sources. A row that says `sure=no` is passed on with that mark.

mod limits;
mod read;
mod unit;

use std::sync::LazyLock;

use serde::Serialize;

use crate::HazardError;
pub use limits::{AEGL_MINUTES, Aegl, Limits, Probit};
pub(crate) use read::rows;

/// Gas constant, J/(mol·K).
pub const GAS_CONSTANT: f64 = 8.314_462_618;
/// Pressure of the standard atmosphere, Pa.
pub const ATMOSPHERE_PA: f64 = 101_325.0;

/// A substance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Substance {
    /// Key, for example `hydrogen-sulfide`.
    pub key: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// Formula.
    pub formula: &'static str,
    /// CAS number; empty for mixtures without one.
    pub cas: &'static str,
    /// UN number.
    pub un: Option<u16>,
    /// Other names.
    pub aliases: Vec<&'static str>,
    /// Molar mass, kg/mol.
    pub molar_kg_mol: f64,
    /// Boiling point at one atmosphere, K.
    pub boiling_k: f64,
    /// Critical temperature, K: no liquid above it.
    pub critical_k: f64,
    /// Heat capacity of the gas at constant pressure near 25 °C, J/(kg·K).
    pub gas_cp_j_kg_k: f64,
    /// Ratio of heat capacities of the gas.
    pub gamma: f64,
    /// Its liquid; none for gas mixtures.
    pub liquid: Option<Liquid>,
    /// Lower explosive limit, volume fraction.
    pub lel: Option<f64>,
    /// Upper explosive limit, volume fraction.
    pub uel: Option<f64>,
    /// Lower heat of combustion, J/kg.
    pub combustion_j_kg: Option<f64>,
    /// From which concentration it harms.
    pub limits: Limits,
    /// Whether all physical constants are checked against a second source.
    pub sure: bool,
}

/// A liquid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Liquid {
    /// Latent heat at the boiling point, J/kg.
    pub latent_j_kg: f64,
    /// Density at `at_k`, kg/m³.
    pub density_kg_m3: f64,
    /// Temperature of that density, K.
    pub at_k: f64,
    /// Change of density by temperature, kg/(m³·K).
    pub slope_kg_m3_k: f64,
    /// Heat capacity, J/(kg·K).
    pub cp_j_kg_k: f64,
    /// ln(p/Pa) = a − b/(T + c): a.
    pub vapour_a: f64,
    /// b, K.
    pub vapour_b: f64,
    /// c, K.
    pub vapour_c: f64,
    /// Coldest temperature of the fit, K.
    pub from_k: f64,
    /// Hottest temperature of the fit, K.
    pub to_k: f64,
}

static ALL: LazyLock<Vec<Substance>> = LazyLock::new(read::substances);

/// All substances, in the order of the table.
#[must_use]
pub fn all() -> &'static [Substance] {
    &ALL
}

/// A substance by key, name, alias, formula, CAS or UN number; case, blanks and hyphens do not matter.
///
/// # Errors
/// When none is called so.
///
/// ```
/// let ammonia = helan_hazard::substance::find("液氨")?;
/// assert_eq!(ammonia.un, Some(1005));
/// # Ok::<(), helan_hazard::HazardError>(())
/// ```
pub fn find(name: &str) -> Result<&'static Substance, HazardError> {
    let wanted: String = plain(name).collect();
    let number = wanted.strip_prefix("un").unwrap_or(&wanted).parse::<u16>().ok();
    let names = |s: &Substance| {
        let own = [s.key, s.zh, s.en, s.formula, s.cas];
        own.iter().chain(&s.aliases).any(|n| !n.is_empty() && plain(n).eq(wanted.chars()))
    };
    let by_name = || all().iter().find(|s| names(s));
    let by_number = || all().iter().find(|s| number.is_some() && s.un == number);
    by_name()
        .or_else(by_number)
        .ok_or_else(|| HazardError::Substance { name: name.chars().take(64).collect() })
}

fn plain(name: &str) -> impl Iterator<Item = char> {
    let kept = name.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '_');
    kept.flat_map(char::to_lowercase).take(64)
}

impl Substance {
    /// Density of the gas, kg/m³.
    #[must_use]
    pub fn gas_density_kg_m3(&self, pressure_pa: f64, temperature_k: f64) -> f64 {
        pressure_pa * self.molar_kg_mol / (GAS_CONSTANT * temperature_k)
    }

    /// A volume fraction as concentration, kg/m³.
    #[must_use]
    pub fn concentration_kg_m3(&self, fraction: f64, pressure_pa: f64, temperature_k: f64) -> f64 {
        fraction * self.gas_density_kg_m3(pressure_pa, temperature_k)
    }

    /// Vapour pressure, Pa: none for gas mixtures and above the critical temperature. Outside the fitted range it is extrapolated.
    #[must_use]
    pub fn vapour_pa(&self, temperature_k: f64) -> Option<f64> {
        let liquid = self.liquid.filter(|_| temperature_k < self.critical_k)?;
        let shifted = temperature_k + liquid.vapour_c;
        (shifted > 0.0).then(|| (liquid.vapour_a - liquid.vapour_b / shifted).exp())
    }

    /// Whether the vapour pressure was fitted for this temperature, or has none to ask for (gases, and above the critical temperature).
    #[must_use]
    pub fn vapour_fitted(&self, temperature_k: f64) -> bool {
        let liquid = self.liquid.filter(|_| temperature_k < self.critical_k);
        liquid.is_none_or(|liquid| (liquid.from_k..=liquid.to_k).contains(&temperature_k))
    }

    /// Boiling temperature at a pressure, K: none for gas mixtures.
    #[must_use]
    pub fn boiling_at_k(&self, pressure_pa: f64) -> Option<f64> {
        let liquid = self.liquid?;
        let at = liquid.vapour_b / (liquid.vapour_a - pressure_pa.ln()) - liquid.vapour_c;
        (at.is_finite() && at > 0.0).then(|| at.min(self.critical_k))
    }

    /// Density of the liquid, kg/m³; at least a third of that at its reference temperature (near the critical point).
    #[must_use]
    pub fn liquid_density_kg_m3(&self, temperature_k: f64) -> Option<f64> {
        let liquid = self.liquid?;
        let density = liquid.density_kg_m3 + liquid.slope_kg_m3_k * (temperature_k - liquid.at_k);
        Some(density.clamp(liquid.density_kg_m3 / 3.0, liquid.density_kg_m3 * 1.2))
    }

    /// Part of a liquid of this temperature that turns to vapour when its pressure falls to one atmosphere (adiabatic).
    #[must_use]
    pub fn flash_fraction(&self, temperature_k: f64) -> f64 {
        let Some(liquid) = self.liquid else { return 1.0 };
        let hotter_k = temperature_k - self.boiling_k;
        // Sensible heat taken from the remaining liquid as it cools: 1 − exp(−cp ΔT / L).
        (1.0 - (-liquid.cp_j_kg_k * hotter_k / liquid.latent_j_kg).exp()).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests;
