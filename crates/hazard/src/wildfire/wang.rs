//! Rate of spread after Wang Zhengfei (王正非 1983, 山火初始蔓延速度测算法; 1992), for mountain forests of China.

use super::Spread;
use crate::{HazardError, bounds::within};

/// A fire after Wang Zhengfei.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wang {
    /// Temperature of the air, °C.
    pub air_c: f64,
    /// Wind, m/s.
    pub wind_m_s: f64,
    /// Wind as a class of Beaufort; by the speed when none.
    pub wind_class: Option<f64>,
    /// Relative humidity, %.
    pub humidity: f64,
    /// Slope in the direction of the spread, degrees; negative downhill.
    pub slope_deg: f64,
    /// Ks, how the fuel is.
    pub fuel_factor: f64,
}

/// A kind of fuel with its factor Ks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FuelFactor {
    /// Key.
    pub key: &'static str,
    /// Name, Chinese and English.
    pub name: (&'static str, &'static str),
    /// Ks.
    pub factor: f64,
    /// Whether the figure is kept from memory of secondary literature.
    pub unsure: bool,
}

/// Keys of [`FUEL_FACTORS`].
pub const FUELS: &[&str] = &["needles", "litter", "weeds", "sedge", "grassland"];

/// Factors of fuels as secondary literature gives them; to be checked against the paper.
pub const FUEL_FACTORS: [FuelFactor; 5] = [
    FuelFactor {
        key: "needles", name: ("平铺针叶", "flat needles"), factor: 0.8, unsure: true
    },
    FuelFactor { key: "litter", name: ("枯枝落叶", "litter"), factor: 1.2, unsure: true },
    FuelFactor {
        key: "weeds", name: ("茅草杂草", "thatch and weeds"), factor: 1.6, unsure: true
    },
    FuelFactor {
        key: "sedge", name: ("莎草矮桦", "sedge and birch"), factor: 1.8, unsure: true
    },
    FuelFactor { key: "grassland", name: ("牧场草原", "grassland"), factor: 2.0, unsure: true },
];

/// Class of Beaufort of a wind, 0 to 12: v = 0.836 B^1.5, rounded.
#[must_use]
pub fn beaufort(wind_m_s: f64) -> f64 {
    (wind_m_s.max(0.0) / 0.836).powf(2.0 / 3.0).round().min(12.0)
}

/// Strongest class of Beaufort, and wind, m/s, for which the equation was made (force 12 begins at 32.7 m/s; GB/T 28591-2012).
pub const MOST_CLASS: f64 = 12.0;
/// See [`MOST_CLASS`]; the upper end of the class.
pub const MOST_WIND_M_S: f64 = 36.9;

impl Wang {
    /// The class of Beaufort, by the speed when none was told.
    #[must_use]
    pub fn class(&self) -> f64 {
        self.wind_class.unwrap_or_else(|| beaufort(self.wind_m_s))
    }

    /// R₀ = 0.03 T + 0.05 W + 0.01 (100 − h) − 0.3, m/min; nothing below 0.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn initial_m_min(&self) -> Result<f64, HazardError> {
        let air = within("air_c", self.air_c, (-50.0, 60.0), "degC")?;
        within("wind_m_s", self.wind_m_s, (0.0, 80.0), "m/s")?;
        let class = within("wind_class", self.class(), (0.0, 17.0), "")?;
        let humidity = within("humidity", self.humidity, (0.0, 100.0), "%")?;
        Ok((0.03 * air + 0.05 * class + 0.01 * (100.0 - humidity) - 0.3).max(0.0))
    }

    /// R = R₀ Ks exp(0.1783 v) exp(3.533 tan^1.2 φ), downhill with a minus, m/min.
    ///
    /// # Errors
    /// When a number is out of bounds; slopes up to 60°.
    pub fn rate_m_min(&self) -> Result<f64, HazardError> {
        let initial = self.initial_m_min()?;
        let factor = within("fuel_factor", self.fuel_factor, (0.0, 10.0), "")?;
        let slope = within("slope_deg", self.slope_deg, (-60.0, 60.0), "deg")?;
        let tangent = slope.to_radians().tan();
        let by_slope = (3.533 * tangent.abs().powf(1.2)).copysign(tangent);
        Ok(initial * factor * (0.1783 * self.wind_m_s).exp() * by_slope.exp())
    }

    /// The same as an ellipse whose head runs towards a bearing, with the length over width of a wind at mid-flame height of 0.4 of this
    /// one, as in grass. Intensities are not told: the equation knows no load.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn spread(&self, heading_deg: f64) -> Result<Spread, HazardError> {
        let heading = within("heading_deg", heading_deg, (0.0, 360.0), "deg")?;
        let ratio = super::spread::length_to_width(0.4 * self.wind_m_s);
        Ok(Spread::of_head(self.rate_m_min()? / 60.0, heading, ratio, 0.0))
    }
}
