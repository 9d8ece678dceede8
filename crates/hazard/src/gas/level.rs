//! From which concentration an area is drawn.

use serde::{Deserialize, Serialize};

use super::sigma;
use crate::{
    Level,
    substance::{GAS_CONSTANT, Substance},
};

/// Which levels are wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Levels {
    /// Three tiers of harm (AEGL for the exposure; without them ERPG, then IDLH and the limits of GBZ 2.1) and, for what burns, the lower
    /// explosive limit and half of it.
    #[default]
    Usual,
    /// All that is known of the substance.
    All,
    /// These, in ppm, at most [`MOST_LEVELS`].
    Given(Vec<f64>),
}

/// A level as concentration.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// What it is for people.
    pub level: Level,
    /// Concentration, kg/m³.
    pub kg_m3: f64,
    /// Factor on σy: what burns burns in an instant, what poisons does so over minutes.
    pub widening: f64,
    /// Whether its figure is checked.
    pub sure: bool,
}

/// Air that concentrations are reckoned in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// Pressure, Pa.
    pub pressure_pa: f64,
    /// Temperature, K.
    pub temperature_k: f64,
}

/// Molar mass of dry air, kg/mol.
const AIR_KG_MOL: f64 = 0.028_964;
/// Most levels of one's own.
pub const MOST_LEVELS: usize = 8;

impl Air {
    /// Density, kg/m³, dry.
    #[must_use]
    pub fn density_kg_m3(self) -> f64 {
        self.pressure_pa * AIR_KG_MOL / (GAS_CONSTANT * self.temperature_k)
    }
}

/// Averaging time of flammable levels, s.
const INSTANT_S: f64 = 18.75;

struct Maker<'a> {
    substance: &'a Substance,
    air: Air,
    averaging_s: f64,
    made: Vec<Threshold>,
}

impl Maker<'_> {
    fn put(&mut self, key: &str, severity: u8, threshold: f64, unit: &str, kg_m3: f64, sure: bool) {
        let level = Level { key: key.to_owned(), severity, threshold, unit: unit.to_owned() };
        let seconds = if key.starts_with("lel") { INSTANT_S } else { self.averaging_s };
        let widening = sigma::averaging(seconds);
        self.made.push(Threshold { level, kg_m3, widening, sure });
    }

    fn ppm(&mut self, key: &str, severity: u8, ppm: Option<f64>, sure: bool) {
        if let Some(ppm) = ppm {
            let kg_m3 = self.volume(ppm * 1e-6);
            self.put(key, severity, ppm, "ppm", kg_m3, sure);
        }
    }

    fn mg(&mut self, key: &str, severity: u8, mg_m3: Option<f64>, sure: bool) {
        if let Some(mg_m3) = mg_m3 {
            self.put(key, severity, mg_m3, "mg/m3", mg_m3 * 1e-6, sure);
        }
    }

    fn volume(&self, fraction: f64) -> f64 {
        let Air { pressure_pa, temperature_k } = self.air;
        self.substance.concentration_kg_m3(fraction, pressure_pa, temperature_k)
    }

    fn aegl(&mut self, minutes: f64) -> bool {
        let mut any = false;
        for (tier, severity) in self.substance.limits.aegl.iter().zip([1, 2, 3]) {
            let Some(tier) = tier else { continue };
            let ppm = tier.for_minutes(minutes);
            any |= ppm.is_some();
            self.ppm(&format!("aegl-{severity}"), severity, ppm, tier.sure);
        }
        any
    }

    fn erpg(&mut self) -> bool {
        let limits = &self.substance.limits;
        for (ppm, severity) in limits.erpg_ppm.iter().zip([1, 2, 3]) {
            self.ppm(&format!("erpg-{severity}"), severity, *ppm, limits.sure);
        }
        limits.erpg_ppm.iter().any(Option::is_some)
    }

    fn workplace(&mut self) {
        let limits = &self.substance.limits;
        self.ppm("idlh", 3, limits.idlh_ppm, limits.sure);
        self.mg("gbz-mac", 2, limits.mac_mg_m3, limits.sure);
        self.mg("gbz-stel", 1, limits.stel_mg_m3, limits.sure);
        if limits.stel_mg_m3.is_none() {
            // GBZ 2.1-2019, 3.6: peaks stay below three times the mean of a shift.
            self.mg("gbz-3-twa", 1, limits.twa_mg_m3.map(|twa| 3.0 * twa), limits.sure);
        }
    }

    /// What neither poisons nor burns displaces oxygen: 20.9 % falls to 16 % and to 19.5 % (GB 8958-2006).
    fn stifling(&mut self) {
        for (key, severity, oxygen) in [("oxygen-16", 3, 16.0), ("oxygen-19.5", 2, 19.5)] {
            let kg_m3 = self.volume(1.0 - oxygen / 20.9);
            self.put(key, severity, oxygen, "% O2", kg_m3, true);
        }
    }

    fn flammable(&mut self, parts: &[(&str, u8, f64)]) {
        let Some(lel) = self.substance.lel else { return };
        for (key, severity, part) in parts {
            let kg_m3 = self.volume(lel * part);
            self.put(key, *severity, lel * part * 100.0, "% vol", kg_m3, self.substance.sure);
        }
    }
}

/// The levels of a substance for an exposure, worst first.
#[must_use]
pub fn thresholds(
    substance: &Substance,
    wanted: &Levels,
    exposure_min: f64,
    averaging_s: f64,
    air: Air,
) -> Vec<Threshold> {
    let mut maker = Maker { substance, air, averaging_s, made: Vec::new() };
    match wanted {
        Levels::Given(list) => {
            for (ppm, number) in list.iter().take(MOST_LEVELS).zip(1..) {
                maker.ppm(&format!("ppm-{number}"), 2, Some(*ppm), true);
            }
        }
        Levels::All => {
            maker.aegl(exposure_min);
            maker.erpg();
            maker.workplace();
            maker.flammable(&[
                ("lel-100", 3, 1.0),
                ("lel-50", 2, 0.5),
                ("lel-25", 1, 0.25),
                ("lel-10", 1, 0.1),
            ]);
        }
        Levels::Usual => {
            if !maker.aegl(exposure_min) && !maker.erpg() {
                maker.workplace();
            }
            maker.flammable(&[("lel-100", 3, 1.0), ("lel-50", 2, 0.5)]);
        }
    }
    if maker.made.is_empty() {
        maker.stifling();
    }
    let mut made = maker.made;
    made.retain(|t| t.kg_m3 > 0.0 && t.kg_m3.is_finite());
    made.sort_by(|a, b| b.level.severity.cmp(&a.level.severity).then(b.kg_m3.total_cmp(&a.kg_m3)));
    made
}
