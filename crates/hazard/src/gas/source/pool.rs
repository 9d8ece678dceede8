//! What rises from a pool.

use crate::substance::{GAS_CONSTANT, Substance};

/// Depth to which a free pool spreads on even ground, m (US EPA RMP guidance 1999, section 3.2).
pub const DEPTH_M: f64 = 0.01;
/// Conductivity, W/(m·K), and thermal diffusivity, m²/s, of concrete (CCPS 1999, table 2.4).
const CONCRETE: (f64, f64) = (0.92, 4.16e-7);
/// Diffusivity of water vapour in air, m²/s, and its molar mass, kg/mol: what others are scaled from.
const WATER: (f64, f64) = (2.4e-5, 0.018);
/// Kinematic viscosity of air, m²/s.
const AIR_VISCOSITY: f64 = 1.5e-5;

/// Evaporation into the wind, kg/(s·m²): Mackay and Matsugu 1973, with the correction for vapour pressures near that of the air (Kawamura
/// and Mackay 1987). The vapour pressure is held below the air's: at the boiling point heat governs, not the wind.
#[must_use]
pub fn mackay_matsugu_kg_s_m2(
    substance: &Substance,
    temperature_k: f64,
    pressure_pa: f64,
    wind_m_s: f64,
    diameter_m: f64,
) -> f64 {
    let Some(vapour) = substance.vapour_pa(temperature_k) else { return 0.0 };
    let diffusivity = WATER.0 * (WATER.1 / substance.molar_kg_mol).sqrt();
    let schmidt = AIR_VISCOSITY / diffusivity;
    let transfer = 0.0048
        * wind_m_s.max(0.1).powf(7.0 / 9.0)
        * diameter_m.max(0.1).powf(-1.0 / 9.0)
        * schmidt.powf(-2.0 / 3.0);
    let part = (vapour / pressure_pa).min(0.95);
    // −ln(1 − p/P) P/p: 1 for small vapour pressures.
    let stronger = if part > 1e-6 { -(1.0 - part).ln() / part } else { 1.0 };
    let held = part * pressure_pa;
    transfer * held * substance.molar_kg_mol / (GAS_CONSTANT * temperature_k) * stronger
}

/// Mean boil-off of a pool colder than the ground over its first seconds, kg/(s·m²): heat from concrete, q = k ΔT / √(π α t), whose mean is
/// twice its end (CCPS 1999, eq. 2.36).
#[must_use]
pub fn boiling_kg_s_m2(substance: &Substance, ground_k: f64, seconds: f64) -> f64 {
    let Some(liquid) = substance.liquid else { return 0.0 };
    let warmer = (ground_k - substance.boiling_k).max(0.0);
    let (conductivity, diffusivity) = CONCRETE;
    let end =
        conductivity * warmer / (std::f64::consts::PI * diffusivity * seconds.max(1.0)).sqrt();
    2.0 * end / liquid.latent_j_kg
}

/// Area that a mass spreads over without a bund, m².
#[must_use]
pub fn free_area_m2(substance: &Substance, mass_kg: f64, temperature_k: f64) -> f64 {
    let density = substance.liquid_density_kg_m3(temperature_k).unwrap_or(1000.0);
    mass_kg / density / DEPTH_M
}
