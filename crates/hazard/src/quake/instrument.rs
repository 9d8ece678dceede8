//! Intensity from what a station measured (GB/T 17742-2020, annex A).

use crate::{HazardError, bounds::within};

/// Intensities that a station measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// From the acceleration: 3.17 lg PGA + 6.59.
    pub by_acceleration: f64,
    /// From the velocity: 3.00 lg PGV + 9.77.
    pub by_velocity: f64,
    /// The instrumental intensity, to one digit, 1.0 to 12.0.
    pub intensity: f64,
}

/// Instrumental intensity of a peak acceleration, m/s², and a peak velocity, m/s, both of the combined three components.
///
/// Where both say VI or more the velocity counts alone, otherwise the mean.
///
/// # Errors
/// When a number is not positive or out of bounds.
pub fn measured(pga_m_s2: f64, pgv_m_s: f64) -> Result<Measured, HazardError> {
    let pga = within("pga_m_s2", pga_m_s2, (1e-9, 1e3), "m/s2")?;
    let pgv = within("pgv_m_s", pgv_m_s, (1e-9, 1e3), "m/s")?;
    let by_acceleration = 3.17 * pga.log10() + 6.59;
    let by_velocity = 3.0 * pgv.log10() + 9.77;
    let both = by_acceleration >= 6.0 && by_velocity >= 6.0;
    let raw = if both { by_velocity } else { f64::midpoint(by_acceleration, by_velocity) };
    let intensity = ((raw * 10.0).round() / 10.0).clamp(1.0, 12.0);
    Ok(Measured { by_acceleration, by_velocity, intensity })
}

/// The Roman degree of an intensity: its rounded value.
#[must_use]
pub fn degree(intensity: f64) -> &'static str {
    const ROMAN: [&str; 12] =
        ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
    let from_one = intensity.round() - 1.0;
    (0_u8..)
        .zip(ROMAN)
        .fold("I", |degree, (i, r)| if from_one >= f64::from(i) { r } else { degree })
}

#[cfg(test)]
mod tests {
    use super::degree;

    #[test]
    fn degrees_are_rounded() {
        assert_eq!(
            (degree(0.2), degree(6.4), degree(6.5), degree(13.0)),
            ("I", "VI", "VII", "XII")
        );
    }
}
