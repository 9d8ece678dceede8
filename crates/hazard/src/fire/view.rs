//! How much of its sky a place on the ground sees burning: the view factor of a cylinder, tilted by the wind or not.

use std::f64::consts::PI;

/// Largest view factor of a cylinder on the ground, seen from the ground in the direction in which it leans: √(Fh² + Fv²)
/// (Mudan 1987; NUREG-1805, eqs. 5-9 to 5-13 and 5-19 to 5-21 are the same with and without tilt).
///
/// `distance_m` counts from the middle of the pool; inside the flame, and below one that leans over the place, all of the sky burns: 1.
#[must_use]
pub fn cylinder(height_m: f64, diameter_m: f64, tilt_rad: f64, distance_m: f64) -> f64 {
    let radius = diameter_m / 2.0;
    let (a, b) = (height_m / radius, distance_m / radius);
    let (sin, cos) = tilt_rad.sin_cos();
    if b <= 1.0 || b <= a * sin {
        return 1.0;
    }
    let f = (b * b - 1.0).sqrt();
    let c = (1.0 + f * f * cos * cos).sqrt();
    let d = ((b - 1.0) / (b + 1.0)).sqrt();
    let e = a * cos / (b - a * sin);
    let outer = (a * a + (b + 1.0).powi(2) - 2.0 * a * (b + 1.0) * sin).sqrt();
    let inner = (a * a + (b - 1.0).powi(2) - 2.0 * a * (b - 1.0) * sin).sqrt();
    let sides = ((a * b - f * f * sin) / (f * c)).atan() + (f * sin / c).atan();
    let far = (outer * d / inner).atan();
    let wall = (a * a + (b + 1.0).powi(2) - 2.0 * b * (1.0 + a * sin)) / (outer * inner);
    let roof = (a * a + (b + 1.0).powi(2) - 2.0 * (b + 1.0 + a * b * sin)) / (outer * inner);
    let upright = (-e * d.atan() + e * wall * far + cos / c * sides) / PI;
    let lying = ((1.0 / d).atan() + sin / c * sides - roof * far) / PI;
    upright.hypot(lying).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NUREG-1805 without wind, written as there (eqs. 5-9 to 5-13).
    fn beyler(height_m: f64, diameter_m: f64, distance_m: f64) -> f64 {
        let (s, h) = (2.0 * distance_m / diameter_m, 2.0 * height_m / diameter_m);
        let a = (h * h + s * s + 1.0) / (2.0 * s);
        let b = (1.0 + s * s) / (2.0 * s);
        let q = |x: f64| ((x + 1.0) * (s - 1.0) / ((x - 1.0) * (s + 1.0))).sqrt().atan();
        let lying = (b - 1.0 / s) / (PI * (b * b - 1.0).sqrt()) * q(b)
            - (a - 1.0 / s) / (PI * (a * a - 1.0).sqrt()) * q(a);
        let upright = (h / (s * s - 1.0).sqrt()).atan() / (PI * s)
            - h / (PI * s) * ((s - 1.0) / (s + 1.0)).sqrt().atan()
            + a * h / (PI * s * (a * a - 1.0).sqrt()) * q(a);
        upright.hypot(lying)
    }

    #[test]
    fn without_tilt_it_is_the_factor_of_the_handbook() {
        for (height, diameter, distance) in [(20.0, 10.0, 15.0), (5.0, 10.0, 40.0), (3.0, 1.0, 9.0)]
        {
            let (mine, book) =
                (cylinder(height, diameter, 0.0, distance), beyler(height, diameter, distance));
            assert!((mine / book - 1.0).abs() < 1e-9, "{mine} {book}");
        }
    }

    #[test]
    fn a_flame_that_leans_over_is_seen_more() {
        let upright = cylinder(20.0, 10.0, 0.0, 25.0);
        let leaning = cylinder(20.0, 10.0, 0.7, 25.0);
        assert!(leaning > upright, "{leaning} {upright}");
        assert!((cylinder(20.0, 10.0, 0.7, 5.0) - 1.0).abs() < f64::EPSILON);
    }
}
