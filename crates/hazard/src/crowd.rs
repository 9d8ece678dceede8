//! Crowds: how fast people walk when it gets tight, how long a room takes to empty, and when a crowd crushes.

pub mod egress;
pub mod rows;

pub use rows::MODELS;

/// Density at which people stand shoulder to shoulder and nobody moves (Weidmann), 1/m².
pub const JAM_M2: f64 = 5.4;

/// Walking speed on level ground after Weidmann 1993, m/s: 1.34 (1 − exp(−1.913 (1/ρ − 1/5.4))); 0 from 5.4 people per m² up.
#[must_use]
pub fn weidmann_m_s(density_m2: f64) -> f64 {
    const FREE_M_S: f64 = 1.34;
    if density_m2 <= 0.0 {
        return FREE_M_S;
    }
    let hindered = -1.913 * (1.0 / density_m2 - 1.0 / JAM_M2);
    (-FREE_M_S * hindered.exp_m1()).max(0.0)
}

/// Where people walk, after the SFPE Handbook (Gwynne and Rosenbaum): k of the speed, and the largest flow per metre of effective width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walkway {
    /// Corridors, ramps, doorways.
    Level,
    /// Stairs with risers of 190 mm and treads of 254 mm.
    SteepStair,
    /// 178 and 279 mm.
    Stair,
    /// 165 and 305 mm.
    EasyStair,
    /// 165 and 330 mm.
    WideStair,
}

/// How much each person per m² slows the others, m² (SFPE Handbook).
const A_M2: f64 = 0.266;

impl Walkway {
    /// k, m/s.
    #[must_use]
    pub const fn factor_m_s(self) -> f64 {
        match self {
            Self::Level => 1.40,
            Self::SteepStair => 1.00,
            Self::Stair => 1.08,
            Self::EasyStair => 1.16,
            Self::WideStair => 1.23,
        }
    }

    /// Largest flow, people per second and metre of effective width: k / (4 · 0.266), where half of the density at which nobody moves is
    /// reached. The handbook's table has the same rounded (1.3 on the level, 0.94 to 1.16 on stairs).
    #[must_use]
    pub const fn most_flow_m_s(self) -> f64 {
        self.factor_m_s() / (4.0 * A_M2)
    }

    /// Speed, m/s: k (1 − 0.266 ρ), at most 0.85 k, which holds below some 0.55 people per m²; 0 from 3.76 up.
    #[must_use]
    pub fn speed_m_s(self, density_m2: f64) -> f64 {
        self.factor_m_s() * (1.0 - A_M2 * density_m2).clamp(0.0, 0.85)
    }

    /// Flow, people per second and metre.
    #[must_use]
    pub fn flow_m_s(self, density_m2: f64) -> f64 {
        self.speed_m_s(density_m2) * density_m2.max(0.0)
    }
}

/// How tight a crowd is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tightness {
    /// Below 2 per m²: people walk.
    Free,
    /// From 2: people touch; nobody overtakes.
    Dense,
    /// From 4: stop the inflow; people no longer choose where they go.
    Warn,
    /// From 6: waves run through the crowd; people are crushed.
    Crush,
}

/// How tight a crowd of a density is (Fruin 1993; Helbing, Johansson and Al-Abideen 2007 saw waves from 6 per m² on; 4 per m² is where
/// the Green Guide stops the inflow of standing people).
#[must_use]
pub fn tightness(density_m2: f64) -> Tightness {
    match density_m2 {
        d if d >= 6.0 => Tightness::Crush,
        d if d >= 4.0 => Tightness::Warn,
        d if d >= 2.0 => Tightness::Dense,
        _ => Tightness::Free,
    }
}
