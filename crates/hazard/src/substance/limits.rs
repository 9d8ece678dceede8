//! From which concentration a substance harms.

use serde::Serialize;

/// Exposures of the AEGL, minutes.
pub const AEGL_MINUTES: [f64; 5] = [10.0, 30.0, 60.0, 240.0, 480.0];

/// One AEGL tier: ppm for each of [`AEGL_MINUTES`]; none where none is recommended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Aegl {
    /// ppm by exposure.
    pub ppm: [Option<f64>; 5],
    /// Whether it is final and checked.
    pub sure: bool,
}

/// All limits of a substance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    /// AEGL 1, 2, 3.
    pub aegl: [Option<Aegl>; 3],
    /// ERPG 1, 2, 3, ppm over an hour.
    pub erpg_ppm: [Option<f64>; 3],
    /// Immediately dangerous to life or health, ppm.
    pub idlh_ppm: Option<f64>,
    /// GBZ 2.1: never to be exceeded (MAC), mg/m³.
    pub mac_mg_m3: Option<f64>,
    /// GBZ 2.1: mean of a shift (PC-TWA), mg/m³.
    pub twa_mg_m3: Option<f64>,
    /// GBZ 2.1: mean of 15 minutes (PC-STEL), mg/m³.
    pub stel_mg_m3: Option<f64>,
    /// Probit of death.
    pub probit: Option<Probit>,
    /// Whether ERPG, IDLH, GBZ 2.1 and probit are checked against a second source.
    pub sure: bool,
}

/// Y = a + b ln(Cⁿ t), C in ppm, t in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Probit {
    /// a.
    pub a: f64,
    /// b.
    pub b: f64,
    /// n.
    pub n: f64,
}

impl Aegl {
    /// The value for an exposure: that of the next longer tabulated one (safe side), the last beyond 8 hours.
    #[must_use]
    pub fn for_minutes(&self, minutes: f64) -> Option<f64> {
        let longer = AEGL_MINUTES.iter().zip(self.ppm).find(|(m, _)| minutes <= **m + 1e-9);
        let [.., last] = self.ppm;
        longer.map_or(last, |(_, ppm)| ppm)
    }
}
