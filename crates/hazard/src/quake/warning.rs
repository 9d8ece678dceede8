//! Seconds between a warning and the shaking.
//!
//! Stations near the epicentre feel the P wave, reckon, and tell; the S wave is still on its way to places farther off. Within the blind
//! zone it is faster than the warning.

use crate::{HazardError, bounds::within};

/// How fast waves run and people are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delays {
    /// Speed of the P wave in the crust, km/s.
    pub p_km_s: f64,
    /// Speed of the S wave, km/s.
    pub s_km_s: f64,
    /// Seconds of P wave that the network needs, and to reckon.
    pub reckon_s: f64,
    /// Seconds until people hear it.
    pub tell_s: f64,
}

/// Usual figures: a crust of 6.0 and 3.5 km/s, 3 s of P wave and a second to reckon, 1 s to tell.
pub const USUAL: Delays = Delays { p_km_s: 6.0, s_km_s: 3.5, reckon_s: 4.0, tell_s: 1.0 };

impl Delays {
    fn checked(self) -> Result<Self, HazardError> {
        within("p_km_s", self.p_km_s, (1.0, 9.0), "km/s")?;
        within("s_km_s", self.s_km_s, (0.5, self.p_km_s), "km/s")?;
        within("reckon_s", self.reckon_s, (0.0, 120.0), "s")?;
        within("tell_s", self.tell_s, (0.0, 120.0), "s")?;
        Ok(self)
    }
}

/// A warning that went out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warned {
    delays: Delays,
    depth_km: f64,
    heard_s: f64,
}

impl Warned {
    /// A warning of a quake at a depth, whose nearest station stands so far from the epicentre.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn new(delays: Delays, depth_km: f64, station_km: f64) -> Result<Self, HazardError> {
        let delays = delays.checked()?;
        let depth_km = within("depth_km", depth_km, (0.0, 700.0), "km")?;
        let station = within("station_km", station_km, (0.0, 1_000.0), "km")?;
        let heard_s = depth_km.hypot(station) / delays.p_km_s + delays.reckon_s + delays.tell_s;
        Ok(Self { delays, depth_km, heard_s })
    }

    /// When people hear it, seconds after the quake began.
    #[must_use]
    pub const fn heard_s(&self) -> f64 {
        self.heard_s
    }

    /// Seconds that people at a place have; negative within the blind zone.
    #[must_use]
    pub fn seconds(&self, epicentral_km: f64) -> f64 {
        self.depth_km.hypot(epicentral_km) / self.delays.s_km_s - self.heard_s
    }

    /// Radius of the blind zone around the epicentre, km.
    #[must_use]
    pub fn blind_km(&self) -> f64 {
        let slant = self.heard_s * self.delays.s_km_s;
        (slant * slant - self.depth_km * self.depth_km).max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_edge_of_the_blind_zone_there_is_no_time_and_farther_out_there_is() {
        let warned = Warned::new(USUAL, 12.0, 15.0).expect("numbers are good");
        let blind = warned.blind_km();
        assert!(blind > 20.0 && blind < 40.0, "{blind}");
        assert!(warned.seconds(blind).abs() < 1e-9);
        assert!(warned.seconds(100.0) > 15.0 && warned.seconds(5.0) < 0.0);
        assert!(Warned::new(Delays { s_km_s: 7.0, ..USUAL }, 12.0, 15.0).is_err(), "S before P");
    }
}
