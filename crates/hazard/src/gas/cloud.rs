//! One cloud, whichever model describes it. Lengths in metres with the wind: x downwind of the source, y to its left.

use super::{dense::DenseCloud, plume::Plume, puff::Puff, sigma};

/// Farthest that any model is asked, m: beyond some tens of kilometres the weather is another.
pub const FARTHEST_M: f64 = 60_000.0;
/// Nearest, m: the models say nothing of the hole itself.
const NEAREST_M: f64 = 0.5;

/// Gas that rises or sinks no more than the air.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Neutral {
    /// For a while.
    Plume(Plume),
    /// At once.
    Puff(Puff),
}

/// A cloud by the model that describes it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful of them on the stack, copied to be widened"
)]
pub enum Cloud {
    /// Neutral gas.
    Neutral(Neutral),
    /// Gas heavier than air. The second is neutral gas at the amount from which on it is dense: a greater release never reaches less far
    /// than a smaller one.
    Dense(DenseCloud, Neutral),
}

/// Height at which people are asked for, m: that of the release for those at the ground, where the concentration is greatest.
fn breathing_m(height_m: f64) -> f64 {
    height_m.clamp(0.0, 1.5)
}

impl Neutral {
    /// Height of the release, m.
    #[must_use]
    pub const fn height_m(&self) -> f64 {
        match self {
            Self::Plume(p) => p.height_m,
            Self::Puff(p) => p.height_m,
        }
    }

    fn peak(&self, x_m: f64, y_m: f64) -> f64 {
        match self {
            Self::Plume(p) => p.peak(x_m, y_m, breathing_m(p.height_m)),
            Self::Puff(p) => p.peak(x_m, y_m, breathing_m(p.height_m)),
        }
    }

    /// The same released at the ground: nowhere, at no time, less of it comes to people. It falls with the distance.
    fn grounded(mut self) -> Self {
        match &mut self {
            Self::Plume(p) => p.height_m = 0.0,
            Self::Puff(p) => p.height_m = 0.0,
        }
        self
    }

    /// Whether a concentration is surely reached neither at a distance nor beyond it.
    fn ends_before(&self, x_m: f64, kg_m3: f64) -> bool {
        self.grounded().peak(x_m, 0.0) < kg_m3
    }

    /// Farthest distance from one on at which a concentration is reached on the axis, m; none where it is not.
    fn reach_m(&self, from_m: f64, kg_m3: f64) -> Option<f64> {
        let grounded = self.grounded();
        let mut outside = grounded.fall(from_m, FARTHEST_M, kg_m3)?;
        if self.height_m() <= 0.0 {
            return Some(outside);
        }
        // Gas from a height comes down to people first: from far to near.
        const STEP: f64 = 1.15;
        let (mut top, mut most) = (outside, 0.0);
        while outside > from_m {
            let inside = (outside / STEP).max(from_m);
            let peak = self.peak(inside, 0.0);
            if peak >= kg_m3 {
                return self.fall(inside, outside, kg_m3).or(Some(outside));
            }
            if peak > most {
                (top, most) = (inside, peak);
            }
            outside = inside;
        }
        // It may be reached just between two places that were looked at.
        let (near, far) = ((top / STEP).max(from_m), (top * STEP).min(FARTHEST_M));
        let top = self.top(near, far);
        (self.peak(top, 0.0) >= kg_m3).then(|| self.fall(top, far, kg_m3).unwrap_or(top))
    }

    /// Where between two distances the concentration on the axis is greatest, m: it rises to there and falls from there (golden section).
    fn top(&self, from_m: f64, to_m: f64) -> f64 {
        /// What is left after each look; enough of them for [`CLOSE`].
        const SHARE: f64 = 0.618_033_988_749_895;
        const LOOKS: u32 = 28;
        let (mut near, mut far) = (from_m, to_m);
        for _ in 0..LOOKS {
            let width = SHARE * (far - near);
            if self.peak(far - width, 0.0) < self.peak(near + width, 0.0) {
                near = far - width;
            } else {
                far = near + width;
            }
        }
        0.5 * (near + far)
    }

    /// The last distance at which a level is reached where the concentration falls from one distance to the other; none when it is not
    /// reached at the nearer. It is told from outside, so that nobody is missed.
    fn fall(&self, from_m: f64, to_m: f64, kg_m3: f64) -> Option<f64> {
        let nearer = from_m * (1.0 + 1e-9);
        let at_nearer = self.peak(nearer, 0.0);
        if nearer >= to_m || at_nearer < kg_m3 {
            return None;
        }
        // Concentrations fall nearly as a power of the distance: the line through both ends in logarithms soon hits (Illinois method).
        let over = |peak: f64| (peak.max(f64::MIN_POSITIVE) / kg_m3).ln();
        let off = |x_m: f64| over(self.peak(x_m, 0.0));
        let (mut inside, mut outside) = (nearer.ln(), to_m.ln());
        let (mut above, mut below) = (over(at_nearer).max(0.0), off(to_m).min(-f64::MIN_POSITIVE));
        let mut moved_inside = None;
        for turn in 0..MOST_TURNS {
            let width = outside - inside;
            if width <= CLOSE {
                break;
            }
            let line = inside + width * above / (above - below);
            // Never quite at an end, so that the ends close from both sides; every fourth turn halves what is left.
            let middle = match turn % 4 {
                3 => inside + 0.5 * width,
                _ => line.clamp(inside + 0.4 * CLOSE, outside - 0.4 * CLOSE),
            };
            let value = off(middle.exp());
            // The end that stays twice counts half: else it would stay for ever.
            if value >= 0.0 {
                (inside, above) = (middle, value);
                if moved_inside == Some(true) {
                    below *= 0.5;
                }
            } else {
                (outside, below) = (middle, value);
                if moved_inside == Some(false) {
                    above *= 0.5;
                }
            }
            moved_inside = Some(value >= 0.0);
        }
        Some(outside.exp() * (1.0 + 1e-12))
    }

    fn at(&self, x_m: f64, y_m: f64, at_s: f64) -> f64 {
        match self {
            Self::Plume(p) => p.at(x_m, y_m, breathing_m(p.height_m), at_s),
            Self::Puff(p) => p.at(x_m, y_m, breathing_m(p.height_m), at_s),
        }
    }

    fn half_width(&self, x_m: f64, kg_m3: f64) -> f64 {
        match self {
            Self::Plume(p) => p.half_width(x_m, breathing_m(p.height_m), kg_m3),
            Self::Puff(p) => p.half_width(x_m, breathing_m(p.height_m), kg_m3),
        }
    }

    /// Wind, m/s, and spread along it at a distance, m; and how much of that on either side of the middle holds all above a concentration,
    /// two standard deviations at least: a share r of the greatest lies within √(2 ln(1/r)) of the middle of a puff, and nearer to the
    /// end of a plume.
    fn along(&self, x_m: f64, kg_m3: f64) -> (f64, f64, f64) {
        // The greatest at any height: it only falls with the distance.
        let (wind, sigma, greatest) = match self {
            Self::Plume(p) => (p.wind_m_s, p.along(x_m), p.peak(x_m, 0.0, p.height_m)),
            Self::Puff(p) => {
                (p.wind_m_s, sigma::puff(p.stability, x_m).0, p.peak(x_m, 0.0, p.height_m))
            }
        };
        let over = (greatest / kg_m3).clamp(1.0, MOST_OVER);
        (wind, sigma, (2.0 * over.ln()).sqrt().max(2.0) * sigma)
    }

    fn came_s(&self, x_m: f64, kg_m3: f64) -> f64 {
        let (wind, _, half) = self.along(x_m, kg_m3);
        ((x_m - half) / wind).max(0.0)
    }

    fn left_s(&self, x_m: f64, kg_m3: f64) -> f64 {
        let (wind, sigma, half) = self.along(x_m, kg_m3);
        match self {
            Self::Plume(p) => p.duration_s + (x_m + half) / wind,
            Self::Puff(p) => p.left_s(x_m, 2.0 * sigma, kg_m3),
        }
    }
}

/// So far over a level no more is asked how much earlier it comes: six standard deviations.
const MOST_OVER: f64 = 6.5e7;

/// How near the ends of a search come to each other, as a share of the distance, and how often it looks at most: halving alone would be
/// there after 60.
const CLOSE: f64 = 1e-6;
const MOST_TURNS: u32 = 80;

impl Cloud {
    /// Key of the model.
    #[must_use]
    pub const fn model(&self) -> &'static str {
        match self {
            Self::Neutral(Neutral::Plume(_)) => "gaussian-plume",
            Self::Neutral(Neutral::Puff(_)) => "gaussian-puff",
            Self::Dense(dense, _) if dense.is_plume() => "dense-plume",
            Self::Dense(..) => "dense-puff",
        }
    }

    /// The same cloud with another factor on σy; the correlations for dense gas know none.
    #[must_use]
    pub fn widened(mut self, widening: f64) -> Self {
        if let Self::Neutral(Neutral::Plume(p)) | Self::Dense(_, Neutral::Plume(p)) = &mut self {
            p.widening = widening;
        }
        self
    }

    /// Greatest concentration over time at a place, kg/m³.
    #[must_use]
    pub fn peak(&self, x_m: f64, y_m: f64) -> f64 {
        match self {
            Self::Neutral(neutral) => neutral.peak(x_m, y_m),
            Self::Dense(dense, small) => small.peak(x_m, y_m).max(dense.peak(x_m, y_m)),
        }
    }

    /// Greatest concentration over time on the axis, kg/m³.
    #[must_use]
    pub fn axis(&self, x_m: f64) -> f64 {
        match self {
            Self::Neutral(neutral) => neutral.peak(x_m, 0.0),
            Self::Dense(dense, small) => small.peak(x_m, 0.0).max(dense.axis(x_m)),
        }
    }

    /// Concentration at a place and a time, kg/m³.
    #[must_use]
    pub fn at(&self, x_m: f64, y_m: f64, at_s: f64) -> f64 {
        match self {
            Self::Neutral(neutral) => neutral.at(x_m, y_m, at_s),
            Self::Dense(dense, _) => dense.at(x_m, y_m, at_s),
        }
    }

    /// When a concentration comes to a distance at the earliest, s after the beginning.
    #[must_use]
    pub fn came_s(&self, x_m: f64, kg_m3: f64) -> f64 {
        match self {
            Self::Neutral(neutral) => neutral.came_s(x_m.max(0.0), kg_m3),
            Self::Dense(dense, _) => dense.passage_s(x_m).0,
        }
    }

    /// When it has left at the latest.
    #[must_use]
    pub fn left_s(&self, x_m: f64, kg_m3: f64) -> f64 {
        match self {
            Self::Neutral(neutral) => neutral.left_s(x_m.max(0.0), kg_m3),
            Self::Dense(dense, _) => dense.passage_s(x_m).1,
        }
    }

    /// Radius around the source that the cloud covers whatever the wind's direction, m.
    #[must_use]
    pub fn near_m(&self) -> f64 {
        match self {
            Self::Neutral(_) => 0.0,
            Self::Dense(dense, _) => dense.upwind_m().hypot(dense.half_width(0.0, 0.0)),
        }
    }

    /// Farthest distance at which a concentration is reached on the axis, m; none where it is not reached at all. The second is whether
    /// it lies beyond [`FARTHEST_M`].
    #[must_use]
    pub fn reach_m(&self, kg_m3: f64) -> Option<(f64, bool)> {
        if self.axis(FARTHEST_M) >= kg_m3 {
            return Some((FARTHEST_M, true));
        }
        let found = match self {
            Self::Neutral(neutral) => neutral.reach_m(NEAREST_M, kg_m3),
            Self::Dense(dense, small) => {
                // A little outside, as those of neutral gas.
                let outside = |x: f64| (x * (1.0 + 1e-9)).clamp(NEAREST_M, FARTHEST_M);
                let reach = dense.reach_m(kg_m3).map(outside);
                let farther = small.reach_m(reach.unwrap_or(NEAREST_M), kg_m3);
                farther.map(|x| x.max(reach.unwrap_or(x))).or(reach)
            }
        };
        found.map(|x| (x, false))
    }

    /// Half width of the place where a concentration is reached, m; `reach_m` is how far it is reached.
    #[must_use]
    pub fn half_width(&self, x_m: f64, kg_m3: f64, reach_m: f64) -> f64 {
        match self {
            Self::Neutral(neutral) => neutral.half_width(x_m, kg_m3),
            Self::Dense(dense, small) => {
                // Beyond where reckoning ends the cloud goes on to spread sideways.
                let reach_m = if reach_m >= FARTHEST_M { 1e9 } else { reach_m };
                small.half_width(x_m, kg_m3).max(dense.half_width(x_m, reach_m))
            }
        }
    }

    /// Whether a concentration is surely reached on the axis neither at a distance nor beyond it.
    #[must_use]
    pub fn ends_before(&self, x_m: f64, kg_m3: f64) -> bool {
        match self {
            Self::Neutral(neutral) => neutral.ends_before(x_m, kg_m3),
            Self::Dense(dense, small) => {
                small.ends_before(x_m, kg_m3)
                    && dense.reach_m(kg_m3).is_none_or(|reach_m| reach_m < x_m)
            }
        }
    }

    /// Whether a concentration is surely reached nowhere farther than this from the source, to whatever side.
    #[must_use]
    pub fn stays_within(&self, radius_m: f64, kg_m3: f64) -> bool {
        match self {
            // As in `farthest_m`: the tip is the farthest.
            Self::Neutral(neutral) => neutral.ends_before(radius_m, kg_m3),
            Self::Dense(dense, small) => {
                let side_m = |reach_m| self.near_m().max(dense.farthest_m(reach_m));
                dense.reach_m(kg_m3).is_none_or(|reach_m| side_m(reach_m) <= radius_m)
                    && small.ends_before(radius_m, kg_m3)
            }
        }
    }

    /// Farthest from the source that a concentration is reached to whatever side, m; `reach_m` is how far it is reached on the axis.
    #[must_use]
    pub fn farthest_m(&self, reach_m: f64) -> f64 {
        // Of neutral gas the tip is the farthest: with R the reach, u = ln(R / x) and a concentration that falls with x^−p, p ≤ 3, a side
        // is at R² e^−2u (1 + 2 p (σy / x)² u), which is below R² for σy ≤ 0.57 x: more than any class has. Gas from a height is nearer
        // to the ground the farther it has come, so that its sides are nearer still.
        match self {
            Self::Neutral(_) => reach_m,
            Self::Dense(dense, _) => reach_m.max(self.near_m()).max(dense.farthest_m(reach_m)),
        }
    }

    /// What may explode at most, told quickly, kg: see [`Cloud::mass_between`].
    #[must_use]
    pub fn mass_at_most(&self, low_kg_m3: f64) -> f64 {
        match self {
            Self::Neutral(Neutral::Plume(p)) => {
                self.reach_m(low_kg_m3).map_or(0.0, |(reach, _)| p.mass_within(reach))
            }
            _ => f64::INFINITY,
        }
    }

    /// Greatest mass between two concentrations at one time, kg: what may explode.
    #[must_use]
    pub fn mass_between(&self, low_kg_m3: f64, high_kg_m3: f64) -> f64 {
        let reach_of = |kg_m3: f64| self.reach_m(kg_m3).map_or(0.0, |(x, _)| x);
        match self {
            Self::Neutral(Neutral::Puff(p)) => p.mass_between(low_kg_m3, high_kg_m3),
            Self::Neutral(Neutral::Plume(p)) => {
                p.mass_between(low_kg_m3, high_kg_m3, reach_of(low_kg_m3))
            }
            Self::Dense(dense, _) => {
                let of = dense.release();
                if !dense.is_plume() {
                    // An even cloud is within the limits as a whole while it passes through them.
                    return of.start_kg_m3 * of.volume_m3;
                }
                let length = reach_of(low_kg_m3) - reach_of(high_kg_m3);
                // A dense plume drifts at 0.4 of the wind at 10 m at the slowest: more gas between the limits.
                let seconds = (length / (0.4 * of.wind_m_s)).min(of.duration_s);
                of.flow_m3_s * of.start_kg_m3 * seconds
            }
        }
    }
}
