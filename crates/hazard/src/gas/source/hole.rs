//! Flow through a hole: gas, liquid, and liquid that boils on its way out.

use crate::{
    gas::GRAVITY,
    substance::{GAS_CONSTANT, Substance},
};

/// Gas in front of a hole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GasHole {
    /// Discharge coefficient.
    pub coefficient: f64,
    /// Area, m².
    pub area_m2: f64,
    /// Pressure inside, Pa absolute.
    pub pressure_pa: f64,
    /// Temperature inside, K.
    pub temperature_k: f64,
    /// Density inside, kg/m³.
    pub density_kg_m3: f64,
    /// Ratio of heat capacities.
    pub gamma: f64,
    /// Pressure outside, Pa.
    pub outside_pa: f64,
}

/// What flows out of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GasFlow {
    /// Rate, kg/s.
    pub rate_kg_s: f64,
    /// Whether it flows with the speed of sound.
    pub choked: bool,
    /// Pressure in the throat, Pa.
    pub throat_pa: f64,
    /// Temperature in the throat, K.
    pub throat_k: f64,
    /// Mean velocity in the throat, m/s.
    pub velocity_m_s: f64,
}

impl GasHole {
    /// Isentropic flow (CCPS 1999, eq. 2.16 and 2.20): choked when the outside pressure is below the critical one.
    #[must_use]
    pub fn flow(&self) -> GasFlow {
        let k = self.gamma;
        let critical = (2.0 / (k + 1.0)).powf(k / (k - 1.0));
        let ratio = (self.outside_pa / self.pressure_pa).min(1.0);
        let choked = ratio <= critical;
        let r = ratio.max(critical);
        let throat_k = self.temperature_k * r.powf((k - 1.0) / k);
        let velocity = (2.0 * k / (k - 1.0) * self.pressure_pa / self.density_kg_m3
            * (1.0 - r.powf((k - 1.0) / k)))
        .max(0.0)
        .sqrt();
        let throat_kg_m3 = self.density_kg_m3 * r.powf(1.0 / k);
        GasFlow {
            rate_kg_s: self.coefficient * self.area_m2 * throat_kg_m3 * velocity,
            choked,
            throat_pa: self.pressure_pa * r,
            throat_k,
            velocity_m_s: self.coefficient * velocity,
        }
    }
}

/// Flow of a liquid that does not boil on its way, kg/s (Bernoulli; CCPS 1999, eq. 2.11). 0 when the pressure outside is the higher.
#[must_use]
pub fn liquid_kg_s(
    coefficient: f64,
    area_m2: f64,
    density_kg_m3: f64,
    over_pa: f64,
    head_m: f64,
) -> f64 {
    let drive = (over_pa / density_kg_m3 + GRAVITY * head_m).max(0.0);
    coefficient * area_m2 * density_kg_m3 * (2.0 * drive).sqrt()
}

/// Flow of a liquid that boils on its way through a pipe, kg/(s·m²): homogeneous equilibrium by the omega method, for saturated liquid
/// (Leung, AIChE J. 32, 1986) and for liquid colder than that or under more pressure (Leung and Grolmes, AIChE J. 34, 1988). Above its
/// vapour pressure it is liquid, below its specific volume grows as v / v₀ = ω (p_s / p − 1) + 1; the flow is the greatest for any pressure
/// in the throat down to that outside. None when the substance has no liquid at this temperature; a pressure below the vapour pressure
/// counts as that.
#[must_use]
pub fn flashing_kg_s_m2(
    substance: &Substance,
    temperature_k: f64,
    pressure_pa: f64,
    outside_pa: f64,
) -> Option<f64> {
    let liquid = substance.liquid?;
    let saturated = substance.vapour_pa(temperature_k)?;
    let pressure = pressure_pa.max(saturated);
    let volume = 1.0 / substance.liquid_density_kg_m3(temperature_k)?;
    let vapour = GAS_CONSTANT * temperature_k / (saturated * substance.molar_kg_mol);
    let latent = latent_j_kg(substance, temperature_k)?;
    let growth = (vapour - volume).max(0.0) / latent;
    let omega = liquid.cp_j_kg_k * temperature_k * saturated / volume * growth * growth;
    if saturated <= outside_pa {
        return Some((2.0 * (pressure - outside_pa).max(0.0) / volume).sqrt());
    }
    let flux = |throat_pa: f64| {
        let fall = saturated / throat_pa;
        // −∫ v dp / v₀ from the pressure inside to that in the throat.
        let drive = (pressure - saturated) + omega * saturated * fall.ln()
            - (omega - 1.0) * (saturated - throat_pa);
        (2.0 * drive.max(0.0) / volume).sqrt() / (omega * (fall - 1.0) + 1.0)
    };
    Some(greatest(flux, outside_pa, saturated))
}

/// The greatest value of a curve with one summit between two places (golden section).
fn greatest(curve: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    /// Steps: the summit is flat, so that a part in a million of its place is more than enough.
    const STEPS: u32 = 30;
    const GOLDEN: f64 = 0.618_033_988_749_895;
    let (mut low, mut high) = (from, to);
    for _ in 0..STEPS {
        let (left, right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        if curve(left) >= curve(right) {
            high = right;
        } else {
            low = left;
        }
    }
    curve(f64::midpoint(low, high)).max(curve(from)).max(curve(to))
}

/// Flow of a liquid through a pipe that ends in a hole, kg/s: boiling in the pipe may choke it, and it is never more than that of a
/// liquid that does not boil. None when the substance has no liquid at this temperature.
#[must_use]
pub fn piped_kg_s(
    substance: &Substance,
    (coefficient, area_m2): (f64, f64),
    temperature_k: f64,
    (pressure_pa, head_m): (f64, f64),
    outside_pa: f64,
) -> Option<f64> {
    let density = substance.liquid_density_kg_m3(temperature_k)?;
    let pressure_pa = pressure_pa.max(substance.vapour_pa(temperature_k)?);
    let before_hole_pa = pressure_pa + density * GRAVITY * head_m;
    let boiling = flashing_kg_s_m2(substance, temperature_k, before_hole_pa, outside_pa)? * area_m2;
    let over_pa = pressure_pa - outside_pa;
    Some(boiling.min(liquid_kg_s(coefficient, area_m2, density, over_pa, head_m)))
}

/// Latent heat at a temperature, J/kg (Watson's exponent 0.38).
#[must_use]
pub fn latent_j_kg(substance: &Substance, temperature_k: f64) -> Option<f64> {
    let liquid = substance.liquid?;
    let span = substance.critical_k - substance.boiling_k;
    let left = (substance.critical_k - temperature_k).max(0.01 * span) / span;
    Some(liquid.latent_j_kg * left.powf(0.38))
}
