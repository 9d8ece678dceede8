//! What a breach of a dam lets go (Froehlich 1995, Peak Discharge from Breached Embankment Dam).

use crate::{HazardError, bounds::within};

/// Peak discharge and its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach {
    /// Likely peak, m³/s.
    pub peak_m3_s: f64,
    /// Low and high: the predictions of the equation lay within a factor of 0.53 and 2.3 of what was observed (Wahl 2004).
    pub range_m3_s: (f64, f64),
}

/// Peak of the breach of an earth dam: 0.607 V^0.295 H^1.24; volume above the bottom of the breach, m³, and height of the water above it.
///
/// # Errors
/// When a number is out of bounds.
pub fn breach(volume_m3: f64, height_m: f64) -> Result<Breach, HazardError> {
    let volume = within("volume_m3", volume_m3, (1e3, 1e11), "m3")?;
    let height = within("height_m", height_m, (0.5, 300.0), "m")?;
    let peak_m3_s = 0.607 * volume.powf(0.295) * height.powf(1.24);
    Ok(Breach { peak_m3_s, range_m3_s: (0.53 * peak_m3_s, 2.3 * peak_m3_s) })
}
