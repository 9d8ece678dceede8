//! What people breathe: in their house, windows closed, and out of doors.
//!
//! Both are loads Cⁿ·t with the n of the substance's probit (1 when nobody knows it), so that a short strong whiff and a long weak one
//! can be compared.

use serde::Serialize;

use super::{footprint::Footprint, indoor};

/// Nobody stays behind closed windows longer than this, s: then somebody has to come.
const LONGEST_S: f64 = 4.0 * 3600.0;
/// Steps of a course, at most; finer than half a minute says nothing that models know.
const STEPS: f64 = 240.0;
const STEP_S: f64 = 30.0;

/// What somebody breathed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Breath {
    /// Toxic load, ppmⁿ·min.
    pub load: f64,
    /// Highest concentration, ppm.
    pub peak_ppm: f64,
}

impl Footprint {
    /// The n of loads.
    #[must_use]
    pub fn exponent(&self) -> f64 {
        self.substance.limits.probit.map_or(1.0, |probit| probit.n)
    }

    /// Concentration out of doors, ppm, at a place (metres east and north of the source) and a time after the beginning, with the worst
    /// direction that the wind may have.
    #[must_use]
    pub fn at_ppm(&self, east_m: f64, north_m: f64, at_s: f64) -> f64 {
        // Next to the hole droplets make a cloud heavier than its gas; nobody breathes more than gas.
        (self.at_kg_m3(east_m, north_m, at_s) / self.ppm_kg_m3).min(1e6)
    }

    /// Load that a second out of doors adds, ppmⁿ·min.
    #[must_use]
    pub fn load_in_a_second(&self, east_m: f64, north_m: f64, at_s: f64) -> f64 {
        self.at_ppm(east_m, north_m, at_s).powf(self.exponent()) / 60.0
    }

    /// When gas has left a place for good, s after the beginning; four hours after `from_s` at the latest.
    #[must_use]
    pub fn over_s(&self, east_m: f64, north_m: f64, from_s: f64) -> f64 {
        let (_, until) = self.passage_s(east_m, north_m);
        until.clamp(from_s, from_s + LONGEST_S)
    }

    /// What somebody breathes in a house that has been closed since the beginning, from one time to another, s.
    #[must_use]
    pub fn breathed_inside(&self, east_m: f64, north_m: f64, from_s: f64, until_s: f64) -> Breath {
        if !(until_s > from_s && from_s >= 0.0 && until_s.is_finite()) {
            return Breath::default();
        }
        let step_s = (until_s / STEPS).max(STEP_S);
        let mut at_s = Vec::new();
        let mut now = step_s / 2.0;
        while now < until_s {
            at_s.push(now);
            now += step_s;
        }
        let outside: Vec<f64> = at_s.iter().map(|at| self.at_ppm(east_m, north_m, *at)).collect();
        let inside = indoor::inside(&outside, step_s, self.air_changes_per_h);
        let exponent = self.exponent();
        at_s.iter().zip(inside).fold(Breath::default(), |breath, (middle, ppm)| {
            // The part of the step that lies between the two times.
            let begin = (middle - step_s / 2.0).max(from_s);
            let seconds = ((middle + step_s / 2.0).min(until_s) - begin).max(0.0);
            if seconds <= 0.0 {
                return breath;
            }
            Breath {
                load: breath.load + ppm.powf(exponent) * seconds / 60.0,
                peak_ppm: breath.peak_ppm.max(ppm),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::{
        Value,
        gas::{footprint::Footprint, models::footprint_of},
    };

    fn chlorine(duration_s: f64, air_changes_per_h: f64) -> Footprint {
        let word = |word: &str| Value::Word(word.to_owned());
        let given = [
            ("substance", word("chlorine")),
            ("source", word("rate")),
            ("rate_kg_s", Value::Number(1.0)),
            ("duration_s", Value::Number(duration_s)),
            ("wind_m_s", Value::Number(3.0)),
            ("wind_from_deg", Value::Number(270.0)),
            ("stability", word("D")),
            ("air_changes_per_h", Value::Number(air_changes_per_h)),
        ];
        let given: BTreeMap<String, Value> =
            given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        footprint_of(&given).unwrap()
    }

    #[test]
    fn a_house_keeps_most_of_a_short_cloud_out_and_less_of_a_long_one() {
        let share = |duration_s| {
            let cloud = chlorine(duration_s, 0.5);
            let until = cloud.over_s(800.0, 0.0, 0.0);
            let inside = cloud.breathed_inside(800.0, 0.0, 0.0, until);
            let outside = cloud.worst_kg_m3(800.0, 0.0) / cloud.ppm_kg_m3;
            assert!(inside.peak_ppm > 0.0 && inside.peak_ppm < outside);
            inside.peak_ppm / outside
        };
        let (short, long) = (share(600.0), share(5_400.0));
        // 1 − exp(−λ t): 8 % after ten minutes, about half after an hour and a half.
        assert!((0.04..0.16).contains(&short), "{short}");
        assert!((0.4..0.6).contains(&long), "{long}");
    }

    #[test]
    fn parts_of_a_stay_add_up_and_closer_houses_let_in_less() {
        let cloud = chlorine(3_600.0, 0.5);
        let whole = cloud.breathed_inside(500.0, 0.0, 0.0, 4_000.0).load;
        let two = cloud.breathed_inside(500.0, 0.0, 0.0, 1_300.0).load
            + cloud.breathed_inside(500.0, 0.0, 1_300.0, 4_000.0).load;
        assert!((two / whole - 1.0).abs() < 0.05, "{two} {whole}");
        let tight = chlorine(3_600.0, 0.2).breathed_inside(500.0, 0.0, 0.0, 4_000.0).load;
        assert!(tight < whole);
        // Upwind of a plume nothing comes in; nonsense is nothing.
        assert!(cloud.breathed_inside(-5_000.0, 0.0, 0.0, 4_000.0).load < whole * 1e-6);
        assert!(cloud.breathed_inside(500.0, 0.0, 10.0, 5.0).load < f64::MIN_POSITIVE);
        assert!(cloud.breathed_inside(500.0, 0.0, f64::NAN, 5.0).load < f64::MIN_POSITIVE);
    }
}
