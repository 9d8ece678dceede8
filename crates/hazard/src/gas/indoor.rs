//! Gas in rooms: a leak that accumulates, and a cloud that seeps into houses.

use crate::{HazardError, bounds::within};

/// A room with a leak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Volume, m³.
    pub volume_m3: f64,
    /// Gas that leaks in, m³/s.
    pub leak_m3_s: f64,
    /// Air changes, 1/h.
    pub air_changes_per_h: f64,
}

/// How a room is layered: gas collects in a part of it and mixes with the rest only slowly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// Part of the volume that the gas collects in, above 0 to 1.
    pub share: f64,
    /// Air exchanged between the layer and the rest, in volumes of the room per hour.
    pub mixing_per_h: f64,
}

/// Longest time that is looked at, s: two days.
const LONGEST_S: f64 = 172_800.0;

impl Room {
    /// Checks its figures.
    ///
    /// # Errors
    /// When one is not finite or out of bounds.
    pub fn checked(self) -> Result<Self, HazardError> {
        within("volume_m3", self.volume_m3, (0.1, 1e7), "m3")?;
        within("leak_m3_s", self.leak_m3_s, (1e-9, 1e3), "m3/s")?;
        within("air_changes_per_h", self.air_changes_per_h, (0.0, 1000.0), "1/h")?;
        Ok(self)
    }

    /// What leaves, m³/s: air that is changed, and air that the gas pushes out.
    fn leaves_m3_s(&self) -> f64 {
        self.leak_m3_s + self.air_changes_per_h * self.volume_m3 / 3600.0
    }

    /// Volume fraction that it comes to in the end, well mixed: q / (q + Q).
    #[must_use]
    pub fn steady_fraction(&self) -> f64 {
        self.leak_m3_s / self.leaves_m3_s()
    }

    /// Volume fraction after a time, well mixed.
    #[must_use]
    pub fn fraction(&self, at_s: f64) -> f64 {
        let turnover = self.leaves_m3_s() * at_s / self.volume_m3;
        self.steady_fraction() * -(-turnover).exp_m1()
    }

    /// When a volume fraction is reached, s, well mixed; none: never.
    #[must_use]
    pub fn time_to_s(&self, fraction: f64) -> Option<f64> {
        let part = fraction / self.steady_fraction();
        (part < 1.0).then(|| -self.volume_m3 / self.leaves_m3_s() * (-part).ln_1p())
    }

    /// Volume fractions in the layer and in the rest after a time. The layer is aired in proportion to its volume, what the gas pushes out
    /// of it goes into the rest and from there outside.
    #[must_use]
    pub fn layered(&self, layer: Layer, at_s: f64) -> (f64, f64) {
        let share = layer.share.clamp(0.001, 1.0);
        if share > 0.999 {
            let mixed = self.fraction(at_s);
            return (mixed, mixed);
        }
        let (v1, v2) = (self.volume_m3 * share, self.volume_m3 * (1.0 - share));
        let air = self.air_changes_per_h * self.volume_m3 / 3600.0;
        let mixing = layer.mixing_per_h.max(0.0) * self.volume_m3 / 3600.0;
        let q = self.leak_m3_s;
        // c' = M c + (q / v1, 0): two tanks.
        let (a, b) = (-(q + air * share + mixing) / v1, mixing / v1);
        let (c, d) = ((q + mixing) / v2, -(q + air * (1.0 - share) + mixing) / v2);
        let determinant = a * d - b * c;
        let end = (-d * q / v1 / determinant, c * q / v1 / determinant);
        // exp(M t) by its two real eigenvalues: b c ≥ 0.
        let middle = 0.5 * (a + d);
        let half = (0.25 * (a - d).powi(2) + b * c).sqrt();
        let (slow, quick) = ((middle + half) * at_s, (middle - half) * at_s);
        let mean = 0.5 * (slow.exp() + quick.exp());
        let slope = if half * at_s > 1e-9 {
            (slow.exp() - quick.exp()) / (2.0 * half)
        } else {
            at_s * (middle * at_s).exp()
        };
        let first = end.0 - ((mean + slope * (a - middle)) * end.0 + slope * b * end.1);
        let second = end.1 - (slope * c * end.0 + (mean + slope * (d - middle)) * end.1);
        (first.clamp(0.0, 1.0), second.clamp(0.0, 1.0))
    }

    /// When a volume fraction is reached in the layer, s; none: not within two days.
    #[must_use]
    pub fn layer_time_to_s(&self, layer: Layer, fraction: f64) -> Option<f64> {
        let reached = |at_s: f64| self.layered(layer, at_s).0 >= fraction;
        if !reached(LONGEST_S) {
            return None;
        }
        let (mut before, mut after) = (0.0, LONGEST_S);
        for _ in 0..60 {
            let middle = 0.5 * (before + after);
            if reached(middle) {
                after = middle;
            } else {
                before = middle;
            }
        }
        Some(after)
    }
}

/// Part of the room that gas collects in, from its density over that of air and the height of the leak as a part of the height of the room:
/// above the leak for light gas, at least a third of the room below the ceiling; below it for heavy gas; all of it between.
#[must_use]
pub fn usual_share(relative_density: f64, leak_height: f64) -> f64 {
    let height = leak_height.clamp(0.0, 1.0);
    match relative_density {
        d if d < 0.9 => (1.0 - height).max(0.3),
        d if d > 1.1 => height.max(0.3),
        _ => 1.0,
    }
}

/// Concentration inside over that outside, after the cloud has stood before the house for a time: 1 − exp(−λ t).
#[must_use]
pub fn seeped(air_changes_per_h: f64, passage_s: f64) -> f64 {
    if passage_s.is_infinite() {
        return if air_changes_per_h > 0.0 { 1.0 } else { 0.0 };
    }
    -(-air_changes_per_h / 3600.0 * passage_s).exp_m1()
}

/// The course inside of a house for a course outside, at even steps, s: each step's outside value holds through the step.
#[must_use]
pub fn inside(outside: &[f64], step_s: f64, air_changes_per_h: f64) -> Vec<f64> {
    let kept = (-air_changes_per_h / 3600.0 * step_s).exp();
    let mut now = 0.0;
    let step = |c: &f64| {
        now = c + (now - c) * kept;
        now
    };
    outside.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KITCHEN: Room = Room { volume_m3: 30.0, leak_m3_s: 0.001, air_changes_per_h: 0.5 };

    #[test]
    fn a_layer_of_the_whole_room_or_a_well_stirred_one_is_well_mixed() {
        for at_s in [10.0, 600.0, 7200.0] {
            let mixed = KITCHEN.fraction(at_s);
            let whole = KITCHEN.layered(Layer { share: 1.0, mixing_per_h: 0.0 }, at_s).0;
            let stirred = KITCHEN.layered(Layer { share: 0.3, mixing_per_h: 1e5 }, at_s).0;
            assert!((whole - mixed).abs() < 1e-12);
            assert!((stirred / mixed - 1.0).abs() < 2e-3, "{stirred} {mixed}");
        }
    }

    #[test]
    fn gas_collects_in_a_layer_first() {
        let layer = Layer { share: 0.3, mixing_per_h: 0.2 };
        let (low, rest) = KITCHEN.layered(layer, 900.0);
        let mixed = KITCHEN.fraction(900.0);
        assert!(low > mixed && rest < mixed);
        let early = KITCHEN.layer_time_to_s(layer, 0.05).unwrap();
        assert!(early < KITCHEN.time_to_s(0.05).unwrap());
        assert!((KITCHEN.layered(layer, early).0 - 0.05).abs() < 1e-9);
        // In the first seconds nothing is lost: what leaked in is in the room.
        let (low, rest) = KITCHEN.layered(layer, 1.0);
        assert!(((0.3 * low + 0.7 * rest) * 30.0 / 0.001 - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_step_at_a_time_is_the_formula() {
        let outside = vec![100.0; 60];
        let course = inside(&outside, 60.0, 0.5);
        let last = course.last().copied().unwrap();
        assert!((last / 100.0 - seeped(0.5, 3600.0)).abs() < 1e-9);
        assert!((seeped(0.5, f64::INFINITY) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn rooms_that_cannot_be_are_refused() {
        assert!(Room { volume_m3: -1.0, ..KITCHEN }.checked().is_err());
        assert!(Room { leak_m3_s: f64::NAN, ..KITCHEN }.checked().is_err());
        assert!(KITCHEN.checked().is_ok());
    }
}
