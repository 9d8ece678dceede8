//! What the air does: stability class, wind by height, height of the sun.

use serde::{Deserialize, Serialize};

/// Pasquill stability class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stability {
    /// Very unstable.
    A,
    /// Unstable.
    B,
    /// Slightly unstable.
    C,
    /// Neutral.
    D,
    /// Slightly stable.
    E,
    /// Stable.
    F,
}

/// What the ground is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terrain {
    /// Open country.
    #[default]
    Rural,
    /// Built-up.
    Urban,
}

/// What is known of the sky.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Sky {
    /// Nothing: the most stable class that goes with the wind is taken, for it carries gas farthest.
    #[default]
    Unknown,
    /// The class itself, from a station that tells it.
    Class(Stability),
    /// Height of the sun above the horizon, degrees (negative: night), and cloud cover in tenths.
    Seen {
        /// Degrees.
        sun_deg: f64,
        /// 0 to 10; none: unknown, taken as clear at night and overcast by day.
        cloud_tenths: Option<f64>,
    },
}

impl Stability {
    /// All classes.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// A class by its letter, either case; G is taken as F.
    #[must_use]
    pub fn parse(letter: &str) -> Option<Self> {
        match letter.trim() {
            "A" | "a" => Some(Self::A),
            "B" | "b" => Some(Self::B),
            "C" | "c" => Some(Self::C),
            "D" | "d" => Some(Self::D),
            "E" | "e" => Some(Self::E),
            "F" | "f" | "G" | "g" => Some(Self::F),
            _ => None,
        }
    }

    /// Its letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
        }
    }

    /// Half angle that the mean direction may err by when nobody measured its variability, degrees: wide in unstable air and in the
    /// light winds of stable air, which meander.
    #[must_use]
    pub const fn half_angle_deg(self) -> f64 {
        match self {
            Self::A | Self::B | Self::F => 30.0,
            Self::C | Self::E => 20.0,
            Self::D => 15.0,
        }
    }

    /// The class by Turner (J. Appl. Meteorol. 3, 1964) from the net radiation index and the wind at 10 m.
    #[must_use]
    pub fn turner(wind_m_s: f64, index: i8) -> Self {
        let knots = (wind_m_s / 0.514_444).round();
        // Columns: index 4, 3, 2, 1, 0, −1, −2.
        let row: [u8; 7] = match knots {
            k if k < 2.0 => [1, 1, 2, 3, 4, 6, 7],
            k if k < 4.0 => [1, 2, 2, 3, 4, 6, 7],
            k if k < 6.0 => [1, 2, 3, 4, 4, 5, 6],
            k if k < 7.0 => [2, 2, 3, 4, 4, 5, 6],
            k if k < 8.0 => [2, 2, 3, 4, 4, 4, 5],
            k if k < 10.0 => [2, 3, 3, 4, 4, 4, 5],
            k if k < 11.0 => [3, 3, 4, 4, 4, 4, 5],
            k if k < 12.0 => [3, 3, 4, 4, 4, 4, 4],
            _ => [3, 4, 4, 4, 4, 4, 4],
        };
        let column = usize::try_from(4 - index.clamp(-2, 4)).unwrap_or(0);
        match row.get(column) {
            Some(1) => Self::A,
            Some(2) => Self::B,
            Some(3) => Self::C,
            Some(5) => Self::E,
            Some(6 | 7) => Self::F,
            _ => Self::D,
        }
    }

    /// The class and the wind at 10 m from a wind at another height: the one asks for the other, so the most stable pair that goes
    /// together; where none does, the most stable class that a wind at 10 m could ask for.
    #[must_use]
    pub fn of_measured(wind_m_s: f64, height_m: f64, sky: Sky, terrain: Terrain) -> (Self, f64) {
        let at_10_m = |class: Self| wind_at(wind_m_s, height_m, 10.0, class, terrain);
        let asked = |class: Self| Self::of(at_10_m(class), sky);
        let fits = Self::ALL.into_iter().rev().find(|class| asked(*class) == *class);
        let most = Self::ALL.into_iter().map(asked).fold(Self::A, Ord::max);
        let class = fits.unwrap_or(most);
        (class, at_10_m(class))
    }

    /// The class from the wind at 10 m and what is known of the sky.
    #[must_use]
    pub fn of(wind_m_s: f64, sky: Sky) -> Self {
        match sky {
            Sky::Class(class) => class,
            Sky::Unknown => Self::turner(wind_m_s, -2),
            Sky::Seen { sun_deg, cloud_tenths } => {
                Self::turner(wind_m_s, radiation_index(sun_deg, cloud_tenths))
            }
        }
    }
}

/// Turner's net radiation index from the height of the sun, degrees, and cloud cover in tenths. The ceiling is not asked for: cloud above
/// half cover counts as middle cloud by day, total cover as low cloud.
#[must_use]
pub fn radiation_index(sun_deg: f64, cloud_tenths: Option<f64>) -> i8 {
    if sun_deg <= 0.0 {
        return match cloud_tenths {
            Some(c) if c >= 10.0 => 0,
            Some(c) if c > 4.0 => -1,
            _ => -2,
        };
    }
    let insolation: i8 = match sun_deg {
        s if s > 60.0 => 4,
        s if s > 35.0 => 3,
        s if s > 15.0 => 2,
        _ => 1,
    };
    match cloud_tenths.unwrap_or(10.0) {
        c if c >= 10.0 => 0,
        c if c > 5.0 => (insolation - 1).max(1),
        _ => insolation,
    }
}

/// Height of the sun above the horizon, degrees, at a moment (seconds since 1970-01-01 UTC) and a place (degrees). After Spencer 1971; good
/// to half a degree.
#[must_use]
pub fn sun_deg(at_unix_s: f64, latitude_deg: f64, longitude_deg: f64) -> f64 {
    const DAY_S: f64 = 86_400.0;
    const YEAR_D: f64 = 365.2425;
    let day = (at_unix_s / DAY_S).rem_euclid(YEAR_D);
    let hour = (at_unix_s / 3600.0).rem_euclid(24.0);
    let gamma = std::f64::consts::TAU / YEAR_D * day;
    let (s1, c1) = gamma.sin_cos();
    let (s2, c2) = (2.0 * gamma).sin_cos();
    let (s3, c3) = (3.0 * gamma).sin_cos();
    let declination = 0.006_918 - 0.399_912 * c1 + 0.070_257 * s1 - 0.006_758 * c2 + 0.000_907 * s2
        - 0.002_697 * c3
        + 0.001_48 * s3;
    let equation_min =
        229.18 * (0.000_075 + 0.001_868 * c1 - 0.032_077 * s1 - 0.014_615 * c2 - 0.040_849 * s2);
    let solar_hour = hour + longitude_deg / 15.0 + equation_min / 60.0;
    let angle = ((solar_hour - 12.0) * 15.0).to_radians();
    let latitude = latitude_deg.to_radians();
    let sine =
        latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * angle.cos();
    sine.clamp(-1.0, 1.0).asin().to_degrees()
}

/// Exponent of the wind profile (CCPS 1999, table 2.1).
#[must_use]
pub const fn exponent(stability: Stability, terrain: Terrain) -> f64 {
    match (terrain, stability) {
        (Terrain::Rural, Stability::A | Stability::B) => 0.07,
        (Terrain::Rural, Stability::C) => 0.10,
        (Terrain::Rural, Stability::D) | (Terrain::Urban, Stability::A | Stability::B) => 0.15,
        (Terrain::Rural, Stability::E) => 0.35,
        (Terrain::Rural, Stability::F) => 0.55,
        (Terrain::Urban, Stability::C) => 0.20,
        (Terrain::Urban, Stability::D) => 0.25,
        (Terrain::Urban, Stability::E) => 0.40,
        (Terrain::Urban, Stability::F) => 0.60,
    }
}

/// Wind at another height by the power law. Heights below 2 m count as 2 m, above 300 m as 300 m.
#[must_use]
pub fn wind_at(
    wind_m_s: f64,
    measured_at_m: f64,
    height_m: f64,
    stability: Stability,
    terrain: Terrain,
) -> f64 {
    let (from, to) = (measured_at_m.clamp(2.0, 300.0), height_m.clamp(2.0, 300.0));
    wind_m_s * (to / from).powf(exponent(stability, terrain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sun_over_yinchuan() {
        // 2024-06-21 04:58 UTC is solar noon at 106.2° E: 90 − 38.5 + 23.4 degrees.
        let noon = sun_deg(1_718_945_880.0, 38.5, 106.2);
        assert!((noon - 74.9).abs() < 0.6, "{noon}");
        // The winter solstice's noon, and midnight.
        let winter = sun_deg(1_734_757_080.0, 38.5, 106.2);
        assert!((winter - 28.1).abs() < 0.6, "{winter}");
        assert!(sun_deg(1_718_945_880.0 + 43_200.0, 38.5, 106.2) < -20.0);
    }

    #[test]
    fn turner_classes() {
        let seen = |sun_deg, cloud| Sky::Seen { sun_deg, cloud_tenths: Some(cloud) };
        assert_eq!(Stability::of(1.0, seen(65.0, 0.0)), Stability::A);
        assert_eq!(Stability::of(2.0, seen(40.0, 3.0)), Stability::B, "4 knots, index 3");
        assert_eq!(Stability::of(8.0, seen(70.0, 2.0)), Stability::C, "16 knots, index 4");
        assert_eq!(Stability::of(5.0, seen(40.0, 10.0)), Stability::D, "overcast");
        assert_eq!(Stability::of(1.5, seen(-10.0, 0.0)), Stability::F, "clear night");
        assert_eq!(Stability::of(4.5, seen(-10.0, 0.0)), Stability::E, "clear night, 9 knots");
        assert_eq!(Stability::of(8.0, Sky::Unknown), Stability::D);
        assert_eq!(Stability::of(2.0, Sky::Unknown), Stability::F, "the safe side");
        assert_eq!(Stability::of(2.0, Sky::Class(Stability::B)), Stability::B);
    }

    #[test]
    fn wind_grows_with_height() {
        let high = wind_at(3.0, 10.0, 100.0, Stability::F, Terrain::Rural);
        assert!((high - 3.0 * 10f64.powf(0.55)).abs() < 1e-9);
        assert!(wind_at(3.0, 10.0, 2.0, Stability::D, Terrain::Urban) < 3.0);
    }
}
