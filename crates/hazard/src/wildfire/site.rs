//! Where a fire burns: fuel, moisture, canopy and slope, and the wind that reaches the flames.

use super::{Bed, Fuel, Moisture, Spread};
use crate::{HazardError, bounds::within};

/// Wind at 10 m over wind at 20 ft (6.1 m), above open ground (Turner and Lawson 1978).
pub const TEN_METRES: f64 = 1.15;

/// A wind at 10 m, as stations measure it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wind {
    /// Speed, m/s.
    pub speed_m_s: f64,
    /// Where it comes from, degrees clockwise from north.
    pub from_deg: f64,
}

impl Wind {
    /// A wind when its figures can be those of one.
    ///
    /// # Errors
    /// When one is not.
    pub fn checked(self) -> Result<Self, HazardError> {
        within("wind_m_s", self.speed_m_s, (0.0, 80.0), "m/s")?;
        within("from_deg", self.from_deg, (0.0, 360.0), "deg")?;
        Ok(self)
    }
}

/// Trees above the fuel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Canopy {
    /// Share of the ground that crowns cover.
    pub cover: f64,
    /// Height, m.
    pub height_m: f64,
    /// Length of the crowns over the height.
    pub crown_ratio: f64,
}

/// No trees.
pub const OPEN: Canopy = Canopy { cover: 0.0, height_m: 0.0, crown_ratio: 0.5 };

/// Share of the wind at 20 ft that reaches mid-flame height (Albini and Baughman 1979, Andrews 2012): under trees when their crowns fill
/// 5 % of the space and they stand 6 ft high, above the bed otherwise.
#[must_use]
pub fn adjustment(depth_ft: f64, canopy: &Canopy) -> f64 {
    let filled = canopy.cover * canopy.crown_ratio / 3.0;
    let height_ft = canopy.height_m / 0.3048;
    let log = |height: f64| ((20.0 + 0.36 * height) / (0.13 * height)).ln();
    let share = if filled < 0.05 || height_ft < 6.0 {
        1.83 / log(depth_ft.max(1e-3))
    } else {
        0.555 / ((filled * height_ft).sqrt() * log(height_ft))
    };
    share.clamp(0.0, 1.0)
}

/// Where a fire burns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    bed: Bed,
    adjustment: f64,
    slope: f64,
    uphill_deg: f64,
}

impl Site {
    /// A site: slope as a tangent, and the bearing to which it falls (its aspect), degrees clockwise from north.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn new(
        fuel: &Fuel,
        moisture: &Moisture,
        canopy: &Canopy,
        (slope, aspect_deg): (f64, f64),
    ) -> Result<Self, HazardError> {
        within("canopy_cover", canopy.cover, (0.0, 1.0), "")?;
        within("canopy_m", canopy.height_m, (0.0, 120.0), "m")?;
        within("crown_ratio", canopy.crown_ratio, (0.0, 1.0), "")?;
        let aspect = within("aspect_deg", aspect_deg, (0.0, 360.0), "deg")?;
        Ok(Self {
            bed: Bed::new(fuel, moisture)?,
            adjustment: adjustment(fuel.depth_ft, canopy),
            slope: within("slope", slope, (0.0, 10.0), "")?,
            uphill_deg: (aspect + 180.0).rem_euclid(360.0),
        })
    }

    /// Slope, as a tangent.
    #[must_use]
    pub const fn slope(&self) -> f64 {
        self.slope
    }

    /// Where it rises to, degrees clockwise from north.
    #[must_use]
    pub const fn uphill_deg(&self) -> f64 {
        self.uphill_deg
    }

    /// Whether the fuel can burn at all at this moisture.
    #[must_use]
    pub fn burns(&self) -> bool {
        self.bed.still_ft_min > 0.0
    }

    /// Share of the wind at 20 ft that reaches the flames.
    #[must_use]
    pub const fn adjustment(&self) -> f64 {
        self.adjustment
    }

    /// How it burns under a wind at 10 m.
    ///
    /// # Errors
    /// When the wind is out of bounds.
    pub fn spread(&self, wind: Wind) -> Result<Spread, HazardError> {
        let wind = wind.checked()?;
        Ok(self.under(wind.speed_m_s / TEN_METRES * self.adjustment, wind.from_deg + 180.0))
    }

    /// How it burns under a wind at mid-flame height, m/s, that blows towards a bearing.
    #[must_use]
    pub fn under(&self, midflame_m_s: f64, towards_deg: f64) -> Spread {
        Spread::of_bed(&self.bed, (midflame_m_s, towards_deg), (self.slope, self.uphill_deg))
    }
}
