//! How a fire runs on a slope under a wind: rates of head, flank and back, intensity and flames.

use super::Bed;

/// Feet per minute in metres per second.
pub const FT_MIN: f64 = 0.3048 / 60.0;
/// Miles per hour in feet per minute.
const MPH: f64 = 88.0;
/// Btu/(ft s) in kW/m.
const BTU_FT_S: f64 = 1.055_055_852_62 / 0.3048;
/// Longest ellipse of BehavePlus, length over width.
const LONGEST: f64 = 8.0;

/// How a fire runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Rate of the head, m/s.
    pub head_m_s: f64,
    /// Rate of the back, m/s.
    pub back_m_s: f64,
    /// Rate of the flanks, m/s.
    pub flank_m_s: f64,
    /// Where the head runs, degrees clockwise from north.
    pub heading_deg: f64,
    /// Length over width of the burnt ellipse.
    pub length_to_width: f64,
    /// Fireline intensity of the head, kW/m (Byram 1959).
    pub intensity_kw_m: f64,
    /// Flame length of the head, m.
    pub flame_m: f64,
    /// Whether the wind was limited to what the fuel can answer (Rothermel's maximum reliable wind).
    pub wind_limited: bool,
}

/// Flame length, m, of a fireline intensity, kW/m: 0.45 I^0.46 in ft and Btu/(ft s).
#[must_use]
pub fn flame_m(intensity_kw_m: f64) -> f64 {
    0.45 * 0.3048 * (intensity_kw_m / BTU_FT_S).powf(0.46)
}

/// Length over width of the ellipse under an effective wind at mid-flame height, m/s (Anderson 1983 as in BehavePlus).
#[must_use]
pub fn length_to_width(wind_m_s: f64) -> f64 {
    let mph = wind_m_s / FT_MIN / MPH;
    let ratio = 0.936 * (0.1147 * mph).exp() + 0.461 * (-0.0692 * mph).exp() - 0.397;
    ratio.clamp(1.0, LONGEST)
}

impl Spread {
    /// An ellipse from the rate of its head, where that runs, and its length over width.
    #[must_use]
    pub fn of_head(head_m_s: f64, heading_deg: f64, length_to_width: f64, heat_kj_m2: f64) -> Self {
        let ratio = length_to_width.max(1.0);
        let eccentricity = (ratio * ratio - 1.0).sqrt() / ratio;
        let back_m_s = head_m_s * (1.0 - eccentricity) / (1.0 + eccentricity);
        let intensity_kw_m = head_m_s * heat_kj_m2;
        Self {
            head_m_s,
            back_m_s,
            flank_m_s: f64::midpoint(head_m_s, back_m_s) / ratio,
            heading_deg: heading_deg.rem_euclid(360.0),
            length_to_width: ratio,
            intensity_kw_m,
            flame_m: flame_m(intensity_kw_m),
            wind_limited: false,
        }
    }

    /// How a bed burns under a wind at mid-flame height, m/s, that blows towards a bearing, on a slope (its tangent) that rises towards
    /// another.
    #[must_use]
    pub fn of_bed(
        bed: &Bed,
        (wind_m_s, wind_to_deg): (f64, f64),
        (slope, uphill_deg): (f64, f64),
    ) -> Self {
        let [c, b, e] = bed.wind;
        let relative = bed.relative_packing.powf(-e);
        let answer = |ft_min: f64| if ft_min > 0.0 { c * ft_min.powf(b) * relative } else { 0.0 };
        let by_wind = answer(wind_m_s / FT_MIN);
        let by_slope = 5.275 * bed.packing.powf(-0.3) * slope * slope;
        // Wind and slope as vectors, north and east.
        let (wind_sin, wind_cos) = wind_to_deg.to_radians().sin_cos();
        let (up_sin, up_cos) = uphill_deg.to_radians().sin_cos();
        let north = by_wind * wind_cos + by_slope * up_cos;
        let east = by_wind * wind_sin + by_slope * up_sin;
        let strongest = answer(0.9 * bed.reaction_btu_ft2_min);
        let wanted = north.hypot(east);
        let factor = wanted.min(strongest);
        let effective_ft_min =
            if factor > 0.0 { (factor / relative / c).powf(1.0 / b) } else { 0.0 };
        let heading = if wanted > 0.0 { east.atan2(north).to_degrees() } else { wind_to_deg };
        let head_m_s = bed.still_ft_min * (1.0 + factor) * FT_MIN;
        // I_R t_r in kJ/m².
        let heat_kj_m2 =
            bed.reaction_btu_ft2_min * bed.residence_min * 1.055_055_852_62 / (0.3048 * 0.3048);
        let ratio = length_to_width(effective_ft_min * FT_MIN);
        let spread = Self::of_head(head_m_s, heading, ratio, heat_kj_m2);
        Self { wind_limited: wanted > strongest, ..spread }
    }

    /// Rate from the place where it began in a direction, m/s.
    #[must_use]
    pub fn towards_m_s(&self, bearing_deg: f64) -> f64 {
        let eccentricity = (1.0 - self.length_to_width.powi(-2)).max(0.0).sqrt();
        let cos = (bearing_deg - self.heading_deg).to_radians().cos();
        self.head_m_s * (1.0 - eccentricity) / (1.0 - eccentricity * cos)
    }

    /// What has burnt after a time, m².
    #[must_use]
    pub fn burnt_m2(&self, seconds: f64) -> f64 {
        let half = f64::midpoint(self.head_m_s, self.back_m_s) * seconds;
        std::f64::consts::PI * half * self.flank_m_s * seconds
    }

    /// Length of the fire's edge after a time, m (Ramanujan's series to its third term, as in BehavePlus).
    #[must_use]
    pub fn edge_m(&self, seconds: f64) -> f64 {
        let long = f64::midpoint(self.head_m_s, self.back_m_s) * seconds;
        let short = self.flank_m_s * seconds;
        if long + short <= 0.0 {
            return 0.0;
        }
        let h = ((long - short) / (long + short)).powi(2);
        std::f64::consts::PI * (long + short) * (1.0 + h / 4.0 + h * h / 64.0)
    }
}
