//! The wave of a hemisphere of TNT on the ground: Kingery and Bulmash as simplified by Swisdak 1994 (Simplified Kingery Airblast
//! Calculations, 26th DoD Explosives Safety Seminar, tables for metric units): ln y = Σ cᵢ (ln Z)ⁱ, Z = R / W^(1/3).

use crate::{HazardError, bounds::within, solve::farthest};

/// Scaled distances for which the overpressure was fitted, m/kg^(1/3).
pub const FITTED_M_KG13: (f64, f64) = (0.2, 198.5);
/// The same for the impulse.
pub const FITTED_IMPULSE_M_KG13: (f64, f64) = (0.2, 158.7);
/// Charges that are taken, kg of TNT: from a grain to the largest of history.
pub const CHARGES_KG: (f64, f64) = (1e-3, 1e9);

type Piece = (f64, &'static [f64]);

/// Up to which scaled distance, and the coefficients. kPa.
const OVERPRESSURE: [Piece; 3] = [
    (2.9, &[7.2106, -2.1069, -0.3229, 0.1117, 0.0685]),
    (23.8, &[7.5938, -3.0523, 0.40977, 0.0261, -0.01267]),
    (f64::INFINITY, &[6.0536, -1.4066]),
];
/// kPa ms / kg^(1/3).
const IMPULSE: [Piece; 4] = [
    (0.96, &[5.522, 1.117, 0.6, -0.292, -0.087]),
    (2.38, &[5.465, -0.308, -1.464, 1.362, -0.432]),
    (33.7, &[5.2749, -0.4677, -0.2499, 0.0588, -0.00554]),
    (f64::INFINITY, &[5.9825, -1.062]),
];
/// ms / kg^(1/3).
const ARRIVAL: [Piece; 2] = [
    (1.5, &[-0.7604, 1.8058, 0.1257, -0.0437, -0.0310, -0.00669]),
    (40.0, &[-0.7137, 1.5732, 0.5561, -0.4213, 0.1054, -0.00929]),
];

fn fit(pieces: &[Piece], scaled: f64) -> Option<f64> {
    let (_, coefficients) = pieces.iter().find(|(upto, _)| scaled <= *upto)?;
    let ln = scaled.ln();
    Some(coefficients.iter().rev().fold(0.0, |sum, c| sum * ln + c).exp())
}

/// A charge of TNT on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Charge {
    cube_root_kg: f64,
}

impl Charge {
    /// A charge.
    ///
    /// # Errors
    /// When the mass is out of bounds.
    pub fn new(tnt_kg: f64) -> Result<Self, HazardError> {
        Ok(Self { cube_root_kg: within("tnt_kg", tnt_kg, CHARGES_KG, "kg")?.cbrt() })
    }

    /// Scaled distance, m/kg^(1/3); nearer than the fit reaches, its nearest end.
    #[must_use]
    pub fn scaled_m_kg13(&self, distance_m: f64) -> f64 {
        (distance_m / self.cube_root_kg).max(FITTED_M_KG13.0)
    }

    /// Peak of the incident overpressure, kPa.
    #[must_use]
    pub fn overpressure_kpa(&self, distance_m: f64) -> f64 {
        fit(&OVERPRESSURE, self.scaled_m_kg13(distance_m)).unwrap_or(0.0)
    }

    /// Impulse of the incident wave, Pa s.
    #[must_use]
    pub fn impulse_pa_s(&self, distance_m: f64) -> f64 {
        fit(&IMPULSE, self.scaled_m_kg13(distance_m)).unwrap_or(0.0) * self.cube_root_kg
    }

    /// When the wave comes, seconds; none farther than the fit reaches (40 m/kg^(1/3)), where it goes with the sound.
    #[must_use]
    pub fn arrival_s(&self, distance_m: f64) -> Option<f64> {
        let scaled_ms = fit(&ARRIVAL, self.scaled_m_kg13(distance_m))?;
        Some(scaled_ms * self.cube_root_kg / 1e3)
    }

    /// How far an overpressure reaches, metres; none when it is above what the fit knows.
    #[must_use]
    pub fn reach_m(&self, overpressure_kpa: f64) -> Option<f64> {
        // Beyond the fit the last piece goes on as a power of the distance.
        let far = 20.0 * FITTED_M_KG13.1 * self.cube_root_kg;
        let near = FITTED_M_KG13.0 * self.cube_root_kg;
        farthest(|x| self.overpressure_kpa(x), overpressure_kpa, (near, far))
    }

    /// Whether the fits of overpressure and impulse hold at a distance.
    #[must_use]
    pub fn fitted(&self, distance_m: f64) -> bool {
        let scaled = distance_m / self.cube_root_kg;
        [FITTED_M_KG13, FITTED_IMPULSE_M_KG13]
            .iter()
            .all(|(from, to)| (*from..=*to).contains(&scaled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_the_fit_meet() {
        for pieces in [&OVERPRESSURE[..], &IMPULSE, &ARRIVAL] {
            for pair in pieces.windows(2) {
                let at = pair[0].0;
                let (left, right) = (fit(pieces, at), fit(pieces, at * (1.0 + 1e-9)));
                let jump = left.zip(right).map_or(1.0, |(l, r)| (l / r - 1.0).abs());
                assert!(jump < 0.03, "at {at}: {left:?} {right:?}");
            }
        }
    }

    #[test]
    fn the_wave_runs_faster_than_sound_and_comes_later_farther_away() {
        let charge = Charge::new(1000.0).expect("a charge");
        let mut before = 0.0;
        for distance in [10.0, 50.0, 100.0, 300.0] {
            let arrival = charge.arrival_s(distance).expect("within the fit");
            assert!(arrival > before && arrival < distance / 340.0, "{distance} m: {arrival} s");
            before = arrival;
        }
        assert_eq!(charge.arrival_s(500.0), None);
    }
}
