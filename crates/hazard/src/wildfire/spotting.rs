//! How far a surface fire throws embers (Albini 1983, Morris 1987, Chase 1984), over level ground.

use crate::{HazardError, bounds::within};

/// Farthest distance at which an ember still lights, metres, from the flame length, the wind at 20 ft, and the height of what grows
/// downwind.
///
/// # Errors
/// When a number is out of bounds.
pub fn distance_m(flame_m: f64, wind_6m_m_s: f64, cover_m: f64) -> Result<f64, HazardError> {
    const MILE_M: f64 = 1_609.344;
    let flame_ft = within("flame_m", flame_m, (0.0, 200.0), "m")? / 0.3048;
    let wind_mph = within("wind_m_s", wind_6m_m_s, (0.0, 80.0), "m/s")? * 3_600.0 / MILE_M;
    let cover_ft = within("cover_m", cover_m, (0.0, 120.0), "m")? / 0.3048;
    if flame_ft <= 0.0 || wind_mph <= 0.0 {
        return Ok(0.0);
    }
    let intensity = (flame_ft / 0.45).powf(1.0 / 0.46);
    let energy = 322.0 * (0.474 * wind_mph).powf(-1.01) * intensity;
    let height_ft = 1.055 * energy.sqrt();
    let cover_ft = cover_ft.max(2.2 * height_ft.powf(0.337) - 4.0);
    let drift = 0.000_278 * wind_mph * height_ft.powf(0.643);
    if cover_ft <= 0.0 {
        return Ok(drift * MILE_M);
    }
    let rise = height_ft / cover_ft;
    let fall = 0.000_718 * wind_mph * cover_ft.sqrt() * (0.362 + rise.sqrt() / 2.0 * rise.ln());
    // An ember lower than the cover falls into it.
    Ok((fall.max(0.0) + drift) * MILE_M)
}
