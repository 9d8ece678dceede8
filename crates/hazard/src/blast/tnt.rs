//! Explosions as so much TNT.

use crate::{HazardError, bounds::within};

/// Heat of explosion of TNT, kJ/kg (CCPS 2000; 40 CFR 68 appendix C takes the same).
pub const TNT_KJ_KG: f64 = 4_680.0;
/// Share of the energy of a vapour cloud that goes into the wave when nobody knows better (40 CFR 68 appendix C). Real clouds gave
/// 0.01 to 0.1; ethylene oxide and acetylene more.
pub const CLOUD_YIELD: f64 = 0.1;

/// Mass of TNT, kg, of a vapour cloud with this much flammable mass.
///
/// # Errors
/// When a number is out of bounds.
pub fn of_cloud_kg(
    flammable_kg: f64,
    heat_kj_kg: f64,
    yield_share: f64,
) -> Result<f64, HazardError> {
    let mass = within("flammable_kg", flammable_kg, (0.1, 1e8), "kg")?;
    let heat = within("heat_kj_kg", heat_kj_kg, (1_000.0, 150_000.0), "kJ/kg")?;
    Ok(within("yield", yield_share, (0.001, 1.0), "")? * mass * heat / TNT_KJ_KG)
}

/// Mass of TNT, kg, of an explosive with this equivalence to TNT.
///
/// # Errors
/// When a number is out of bounds.
pub fn of_explosive_kg(mass_kg: f64, equivalence: f64) -> Result<f64, HazardError> {
    let mass = within("mass_kg", mass_kg, (0.001, 1e8), "kg")?;
    Ok(mass * within("equivalence", equivalence, (0.01, 2.0), "")?)
}

/// Distance of 1 psi of a vapour cloud as 40 CFR 68 appendix C reckons it, metres: 17 (0.1 W Hf / HTNT)^(1/3).
///
/// # Errors
/// When a number is out of bounds.
pub fn rmp_one_psi_m(flammable_kg: f64, heat_kj_kg: f64) -> Result<f64, HazardError> {
    Ok(17.0 * of_cloud_kg(flammable_kg, heat_kj_kg, CLOUD_YIELD)?.cbrt())
}
