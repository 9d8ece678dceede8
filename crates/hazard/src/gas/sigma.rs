//! How wide and high a cloud grows.

use super::weather::{Stability, Terrain};

/// Sampling time that Briggs's curves stand for, s.
pub const BRIGGS_S: f64 = 600.0;

/// Factor on σy for another averaging time: (t / 600 s)^0.2 between 18.75 s, which is the instant (TNO Yellow Book 4.5), and an hour.
#[must_use]
pub fn averaging(averaging_s: f64) -> f64 {
    (averaging_s.clamp(18.75, 3600.0) / BRIGGS_S).powf(0.2)
}

/// σy and σz of a plume, m, at a distance, m (Briggs 1973; open country and urban).
#[must_use]
pub fn briggs(stability: Stability, terrain: Terrain, x_m: f64) -> (f64, f64) {
    use Stability::{A, B, C, D, E, F};
    let x = x_m.max(0.0);
    match terrain {
        Terrain::Rural => {
            let wide = x / (1.0 + 0.0001 * x).sqrt();
            match stability {
                A => (0.22 * wide, 0.20 * x),
                B => (0.16 * wide, 0.12 * x),
                C => (0.11 * wide, 0.08 * x / (1.0 + 0.0002 * x).sqrt()),
                D => (0.08 * wide, 0.06 * x / (1.0 + 0.0015 * x).sqrt()),
                E => (0.06 * wide, 0.03 * x / (1.0 + 0.0003 * x)),
                F => (0.04 * wide, 0.016 * x / (1.0 + 0.0003 * x)),
            }
        }
        Terrain::Urban => {
            let wide = x / (1.0 + 0.0004 * x).sqrt();
            match stability {
                A | B => (0.32 * wide, 0.24 * x * (1.0 + 0.001 * x).sqrt()),
                C => (0.22 * wide, 0.20 * x),
                D => (0.16 * wide, 0.14 * x / (1.0 + 0.0003 * x).sqrt()),
                E | F => (0.11 * wide, 0.08 * x / (1.0 + 0.0015 * x).sqrt()),
            }
        }
    }
}

/// σx = σy and σz of a puff, m, at a distance, m (CCPS 1999, table 2.3).
#[must_use]
pub fn puff(stability: Stability, x_m: f64) -> (f64, f64) {
    let x = x_m.max(0.0);
    let (y, p, z, q) = match stability {
        Stability::A => (0.18, 0.92, 0.60, 0.75),
        Stability::B => (0.14, 0.92, 0.53, 0.73),
        Stability::C => (0.10, 0.92, 0.34, 0.71),
        Stability::D => (0.06, 0.92, 0.15, 0.70),
        Stability::E => (0.04, 0.92, 0.10, 0.65),
        Stability::F => (0.02, 0.89, 0.05, 0.61),
    };
    (y * x.powf(p), z * x.powf(q))
}
