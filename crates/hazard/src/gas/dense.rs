//! Gas heavier than air: the correlations of Britter and McQuaid (Workbook on the dispersion of dense gases, HSE 17/1988; lines as in CCPS
//! 1999, tables 2.12 and 2.13).

use super::GRAVITY;

/// A cloud as it forms: what the correlations ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dense {
    /// Volume rate of what is released, m³/s; 0 for an instantaneous release.
    pub flow_m3_s: f64,
    /// How long it flows, s; infinite for a steady release.
    pub duration_s: f64,
    /// Volume of an instantaneous release, or of the whole of a short one, m³.
    pub volume_m3: f64,
    /// Concentration of the substance in the cloud as it forms, kg/m³.
    pub start_kg_m3: f64,
    /// Density of that cloud over the density of air, less 1, times gravity, m/s².
    pub reduced_gravity: f64,
    /// Its temperature over that of the air, both in K; 1 leaves out the correction for cold gas.
    pub warmth: f64,
    /// Wind at 10 m, m/s.
    pub wind_m_s: f64,
}

/// A line of a correlation: up to this α, β = slope α + base.
type Line = (f64, f64, f64);

const PLUME: [(f64, &[Line]); 6] = [
    (0.1, &[(-0.55, 0.0, 1.75), (-0.14, 0.24, 1.88), (f64::INFINITY, -0.50, 1.78)]),
    (
        0.05,
        &[
            (-0.68, 0.0, 1.92),
            (-0.29, 0.36, 2.16),
            (-0.18, 0.0, 2.06),
            (f64::INFINITY, -0.56, 1.96),
        ],
    ),
    (
        0.02,
        &[
            (-0.69, 0.0, 2.08),
            (-0.31, 0.45, 2.39),
            (-0.16, 0.0, 2.25),
            (f64::INFINITY, -0.54, 2.16),
        ],
    ),
    (
        0.01,
        &[
            (-0.70, 0.0, 2.25),
            (-0.29, 0.49, 2.59),
            (-0.20, 0.0, 2.45),
            (f64::INFINITY, -0.52, 2.35),
        ],
    ),
    (
        0.005,
        &[
            (-0.67, 0.0, 2.40),
            (-0.28, 0.59, 2.80),
            (-0.15, 0.0, 2.63),
            (f64::INFINITY, -0.48, 2.56),
        ],
    ),
    (
        0.002,
        &[
            (-0.69, 0.0, 2.60),
            (-0.25, 0.39, 2.87),
            (-0.13, 0.0, 2.77),
            (f64::INFINITY, -0.50, 2.71),
        ],
    ),
];

const PUFF: [(f64, &[Line]); 7] = [
    (0.1, &[(-0.44, 0.0, 0.70), (0.43, 0.26, 0.81), (f64::INFINITY, 0.0, 0.93)]),
    (0.05, &[(-0.56, 0.0, 0.85), (0.31, 0.26, 1.0), (f64::INFINITY, -0.12, 1.12)]),
    (0.02, &[(-0.66, 0.0, 0.95), (0.32, 0.36, 1.19), (f64::INFINITY, -0.26, 1.38)]),
    (0.01, &[(-0.71, 0.0, 1.15), (0.37, 0.34, 1.39), (f64::INFINITY, -0.38, 1.66)]),
    (0.005, &[(-0.52, 0.0, 1.48), (0.24, 0.26, 1.62), (f64::INFINITY, -0.30, 1.75)]),
    (0.002, &[(0.27, 0.0, 1.83), (f64::INFINITY, -0.32, 1.92)]),
    (0.001, &[(-0.10, 0.0, 2.075), (f64::INFINITY, -0.27, 2.05)]),
];

/// Up to this x' the plume is that of the near field, with 306 / (306 + x'²), and what it is there.
const NEAR_PLUME: f64 = 30.0;
const AT_NEAR_PLUME: f64 = 306.0 / (306.0 + NEAR_PLUME * NEAR_PLUME);

/// Largest α of the workbook, either sign.
const ALPHA: f64 = 1.0;

/// Volume fraction by reduced distance: (log10 x', fraction), nearest first.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Curve<const N: usize>([(f64, f64); N]);

impl<const N: usize> Curve<N> {
    /// The curve for an α. Beyond the range of the workbook the edge of the range holds: a longer reach.
    fn of(lines: &[(f64, &[Line]); N], alpha: f64) -> Self {
        let alpha = alpha.clamp(-ALPHA, ALPHA);
        let beta = |lines: &[Line]| {
            let line = lines.iter().find(|(top, _, _)| alpha <= *top);
            line.map_or(0.0, |(_, slope, base)| slope * alpha + base)
        };
        Self(lines.map(|(fraction, lines)| (beta(lines), fraction)))
    }

    /// Fraction between the first and the last point, in which it is linear in log x'; by x'^−2 beyond.
    fn fraction(&self, reduced: f64) -> f64 {
        let beta = reduced.log10();
        let mut before: Option<(f64, f64)> = None;
        for (at, fraction) in self.0 {
            if beta <= at {
                let Some((last, start)) = before else { return fraction };
                return start + (fraction - start) * (beta - last) / (at - last).max(1e-9);
            }
            before = Some((at, fraction));
        }
        before.map_or(0.0, |(at, fraction)| fraction * 10f64.powf(2.0 * (at - beta)))
    }

    fn first(&self) -> (f64, f64) {
        self.0.first().copied().unwrap_or((0.0, 0.0))
    }

    /// The farthest reduced distance with a fraction, the inverse of [`Self::fraction`]: at most that of the first point.
    fn reach(&self, fraction: f64) -> f64 {
        let mut before: Option<(f64, f64)> = None;
        for (at, low) in self.0 {
            if fraction >= low {
                let Some((last, start)) = before else { break };
                let part = (start - fraction) / (start - low).max(1e-12);
                return 10f64.powf(last + part * (at - last));
            }
            before = Some((at, low));
        }
        match before {
            Some((at, low)) => 10f64.powf(at) * (low / fraction).sqrt(),
            None => 10f64.powf(self.first().0),
        }
    }
}

/// Whether a steady release behaves as a dense gas (CCPS 1999, eq. 2.44): (g' Q / (u³ D))^(1/3) ≥ 0.15.
#[must_use]
pub fn plume_is_dense(reduced_gravity: f64, flow_m3_s: f64, wind_m_s: f64) -> bool {
    let diameter = (flow_m3_s / wind_m_s).sqrt();
    reduced_gravity > 0.0
        && reduced_gravity * flow_m3_s >= 0.15f64.powi(3) * wind_m_s.powi(3) * diameter
}

/// Whether an instantaneous release behaves as a dense gas (CCPS 1999, eq. 2.45): (g' V)^(1/2) / (u V^(1/3)) ≥ 0.20.
#[must_use]
pub fn puff_is_dense(reduced_gravity: f64, volume_m3: f64, wind_m_s: f64) -> bool {
    reduced_gravity > 0.0 && (reduced_gravity * volume_m3.cbrt()).sqrt() >= 0.20 * wind_m_s
}

/// Reduced gravity of a cloud, m/s².
#[must_use]
pub fn reduced_gravity(density_kg_m3: f64, air_kg_m3: f64) -> f64 {
    GRAVITY * (density_kg_m3 - air_kg_m3) / air_kg_m3
}

/// The correlations made ready for one release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DenseCloud {
    of: Dense,
    plume: Curve<6>,
    puff: Curve<7>,
    stretched: bool,
    /// √(Q/u), m.
    diameter_m: f64,
    /// V^(1/3), m.
    side_m: f64,
    /// g' Q / u³, m.
    buoyancy_m: f64,
    /// Of all of it at once: radius as it forms, m, growth of the square of its radius, m²/s, and drift, m/s.
    at_once: Circle,
    /// The same of all that flows, for [`Self::slumped_m`].
    slump: Circle,
}

/// A circle that grows by gravity: R² = R0² + 1.2 √(g' V) t, its middle at 0.4 u t.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Circle {
    start_m: f64,
    growth_m2_s: f64,
    drift_m_s: f64,
}

impl Circle {
    fn of(volume_m3: f64, reduced_gravity: f64, wind_m_s: f64) -> Self {
        Self {
            start_m: (3.0 * volume_m3 / (4.0 * std::f64::consts::PI)).cbrt(),
            growth_m2_s: (1.2 * (reduced_gravity.max(0.0) * volume_m3).sqrt()).max(1e-9),
            drift_m_s: 0.4 * wind_m_s,
        }
    }
}

/// A release without an end counts with an hour, s.
const MOST_S: f64 = 3600.0;

impl DenseCloud {
    /// Makes the correlations ready.
    #[must_use]
    pub fn new(of: Dense) -> Self {
        let g = of.reduced_gravity.max(0.0);
        let steady = (g * g * of.flow_m3_s / of.wind_m_s.powi(5)).max(1e-30);
        let at_once = (g * of.volume_m3.cbrt() / of.wind_m_s.powi(2)).max(1e-30);
        let (plume_alpha, puff_alpha) = (0.2 * steady.log10(), 0.5 * at_once.log10());
        let asked = if of.flow_m3_s > 0.0 { plume_alpha } else { puff_alpha };
        Self {
            of,
            plume: Curve::of(&PLUME, plume_alpha),
            puff: Curve::of(&PUFF, puff_alpha),
            stretched: asked.abs() > ALPHA,
            diameter_m: (of.flow_m3_s / of.wind_m_s).sqrt(),
            side_m: of.volume_m3.cbrt(),
            buoyancy_m: g * of.flow_m3_s / of.wind_m_s.powi(3),
            at_once: Circle::of(of.volume_m3, g, of.wind_m_s),
            slump: Circle::of(of.flow_m3_s * of.duration_s.min(MOST_S), g, of.wind_m_s),
        }
    }

    /// Whether the release lies outside what the workbook measured (α of −1 to 1): the edge of it is taken then.
    #[must_use]
    pub const fn stretched(&self) -> bool {
        self.stretched
    }

    /// What it was made of.
    #[must_use]
    pub const fn release(&self) -> &Dense {
        &self.of
    }

    /// Where the plume holds, and from where only the puff does (CCPS 1999, eq. 2.46): u t / x ≥ 2.5 and ≤ 0.6.
    #[must_use]
    pub fn limits_m(&self) -> (f64, f64) {
        if self.of.flow_m3_s <= 0.0 {
            return (0.0, 0.0);
        }
        let length = self.of.wind_m_s * self.of.duration_s;
        (length / 2.5, length / 0.6)
    }

    /// Volume fraction of the plume of a steady release, before the correction for cold gas.
    fn plume_fraction(&self, x_m: f64) -> f64 {
        let reduced = x_m / self.diameter_m;
        if reduced <= 0.0 {
            return 1.0;
        }
        let near = 306.0 / (306.0 + reduced * reduced);
        let (first, fraction) = self.plume.first();
        let (beta, start) = (reduced.log10(), NEAR_PLUME.log10());
        if beta >= first {
            return self.plume.fraction(reduced);
        }
        if first <= start {
            return near.max(fraction);
        }
        if beta <= start {
            return near;
        }
        // Between the near field and the first line the fraction falls linearly in log x'.
        AT_NEAR_PLUME + (fraction - AT_NEAR_PLUME) * (beta - start) / (first - start)
    }

    /// Volume fraction at the foremost edge of an instantaneous release when it has come so far.
    fn puff_fraction(&self, x_m: f64) -> f64 {
        let reduced = x_m / self.side_m;
        let (first, fraction) = self.puff.first();
        if reduced <= 0.0 {
            return 1.0;
        }
        if reduced.log10() <= first {
            return (3.24 / (3.24 + reduced * reduced)).max(fraction);
        }
        self.puff.fraction(reduced)
    }

    /// Greatest volume fraction over time on the axis, corrected for cold gas: of the plume, of the puff, or the greater between.
    #[must_use]
    pub fn fraction(&self, x_m: f64) -> f64 {
        let (plume_to, puff_from) = self.limits_m();
        let x = x_m.max(0.0);
        let raw = if x >= puff_from {
            self.puff_fraction(x)
        } else if x <= plume_to {
            self.plume_fraction(x)
        } else {
            self.plume_fraction(x).max(self.puff_fraction(x))
        };
        self.corrected(raw)
    }

    /// The correction for cold gas (CCPS 1999, eq. 2.43).
    fn corrected(&self, raw: f64) -> f64 {
        if raw <= 0.0 { 0.0 } else { raw / (raw + (1.0 - raw) * self.of.warmth) }
    }

    /// Farthest distance at which a concentration is reached on the axis, m; none where it is not reached at all. The inverse of
    /// [`Self::axis`].
    #[must_use]
    pub fn reach_m(&self, kg_m3: f64) -> Option<f64> {
        let share = kg_m3 / self.of.start_kg_m3;
        if share > 1.0 {
            return None;
        }
        // The correction for cold gas, the other way.
        let raw = share * self.of.warmth / (1.0 - share * (1.0 - self.of.warmth));
        let (plume_to, puff_from) = self.limits_m();
        let plume = if self.is_plume() { self.plume_reach(raw).min(puff_from) } else { 0.0 };
        let puff = self.puff_reach(raw);
        // The puff is asked beyond the first limit only; between both the greater holds.
        Some(if puff > plume_to { puff.max(plume) } else { plume })
    }

    /// The inverse of [`Self::plume_fraction`], m.
    fn plume_reach(&self, raw: f64) -> f64 {
        let (first, fraction) = self.plume.first();
        let near = || (306.0 * (1.0 / raw - 1.0)).sqrt();
        let reduced = if raw <= fraction {
            self.plume.reach(raw)
        } else if first <= NEAR_PLUME.log10() {
            near().min(10f64.powf(first))
        } else if raw >= AT_NEAR_PLUME {
            near()
        } else {
            let part = (AT_NEAR_PLUME - raw) / (AT_NEAR_PLUME - fraction);
            let start = NEAR_PLUME.log10();
            10f64.powf(start + part * (first - start))
        };
        reduced * self.diameter_m
    }

    /// The inverse of [`Self::puff_fraction`], m.
    fn puff_reach(&self, raw: f64) -> f64 {
        let (first, fraction) = self.puff.first();
        let reduced = if raw <= fraction {
            self.puff.reach(raw)
        } else {
            (3.24 * (1.0 / raw - 1.0)).sqrt().min(10f64.powf(first))
        };
        reduced * self.side_m
    }

    /// Half width of the plume of a steady release, m: it grows with the distance. 0 for a cloud that is there at once.
    #[must_use]
    pub fn plume_half_m(&self, x_m: f64) -> f64 {
        if self.is_plume() { self.plume_half(x_m) } else { 0.0 }
    }

    fn plume_half(&self, x_m: f64) -> f64 {
        let x = x_m.max(0.0);
        let spread = 2.5 * (self.buoyancy_m * x * x).cbrt();
        (self.diameter_m + 8.0 * self.buoyancy_m + spread).min(self.slumped_m(x))
    }

    /// How far a plume can have spread across the wind or against it, m: no farther than all of it would, released at once, in the time it
    /// took. In light winds the correlations for the width, made for moderate ones, exceed that by far.
    fn slumped_m(&self, x_m: f64) -> f64 {
        let Circle { start_m, growth_m2_s, drift_m_s } = self.slump;
        let passed_s = self.of.duration_s.min(MOST_S) + x_m / drift_m_s;
        (start_m * start_m + growth_m2_s * passed_s).sqrt()
    }

    /// Greatest concentration over time on the axis, kg/m³; as at the source upwind of it.
    #[must_use]
    pub fn axis(&self, x_m: f64) -> f64 {
        self.of.start_kg_m3 * self.fraction(x_m)
    }

    /// How far the cloud creeps upwind, m.
    #[must_use]
    pub fn upwind_m(&self) -> f64 {
        if self.is_plume() {
            return (0.5 * self.diameter_m + 2.0 * self.buoyancy_m).min(self.slumped_m(0.0));
        }
        // The circle that grows by gravity runs ahead of its drift until R' = 0.4 u.
        let (start_m, growth, drift) = self.growth();
        let until = ((growth / (2.0 * drift)).powi(2) - start_m * start_m) / growth;
        if until <= 0.0 {
            return start_m;
        }
        ((start_m * start_m + growth * until).sqrt() - drift * until).max(start_m)
    }

    /// Radius as it forms, m, growth of its square, m²/s, and drift, m/s, of an instantaneous cloud.
    const fn growth(&self) -> (f64, f64, f64) {
        let Circle { start_m, growth_m2_s, drift_m_s } = self.at_once;
        (start_m, growth_m2_s, drift_m_s)
    }

    /// Half width at a distance, m, where the cloud is as deep as it gets before its foremost edge has come to `reach_m`.
    #[must_use]
    pub fn half_width(&self, x_m: f64, reach_m: f64) -> f64 {
        let (plume_to, puff_from) = self.limits_m();
        let mut half: f64 = 0.0;
        if self.is_plume() && x_m < puff_from {
            half = self.plume_half(x_m);
        }
        if x_m > plume_to || !self.is_plume() {
            half = half.max(self.swept(x_m, reach_m));
        }
        half
    }

    /// Farthest from the source that the cloud is before its foremost edge has come to `reach_m`, to whatever side, m. Of each circle of an
    /// instantaneous cloud that edge is the farthest; a plume grows wider to its end.
    #[must_use]
    pub fn farthest_m(&self, reach_m: f64) -> f64 {
        let (_, puff_from) = self.limits_m();
        let end_m = reach_m.min(puff_from);
        reach_m.max(end_m.hypot(self.plume_half_m(end_m)))
    }

    /// Half width of what an instantaneous cloud sweeps over until its foremost edge has come to `reach_m`.
    fn swept(&self, x_m: f64, reach_m: f64) -> f64 {
        let (start, growth, drift) = self.growth();
        let last_s = self.puff_front_s(reach_m);
        // R² − (x − drift t)² is greatest where growth + 2 drift (x − drift t) = 0.
        let best_s = ((x_m + growth / (2.0 * drift)) / drift).clamp(0.0, last_s);
        let square = start * start + growth * best_s - (x_m - drift * best_s).powi(2);
        square.max(0.0).sqrt()
    }

    /// When the foremost edge of an instantaneous cloud comes to a distance, s.
    fn puff_front_s(&self, x_m: f64) -> f64 {
        let (start, growth, drift) = self.growth();
        if x_m <= start {
            return 0.0;
        }
        // (x − drift t)² = start² + growth t, the earlier root, in the form without cancellation.
        let b = 2.0 * x_m * drift + growth;
        let c = x_m * x_m - start * start;
        2.0 * c / (b + (b * b - 4.0 * drift * drift * c).max(0.0).sqrt())
    }

    /// When the hindmost edge of an instantaneous cloud leaves a distance, s.
    fn puff_tail_s(&self, x_m: f64) -> f64 {
        let (start, growth, drift) = self.growth();
        let b = 2.0 * x_m * drift + growth;
        let c = x_m * x_m - start * start;
        ((b + (b * b - 4.0 * drift * drift * c).max(0.0).sqrt()) / (2.0 * drift * drift)).max(0.0)
    }

    /// When the cloud comes to a distance and when it has left, s. A plume is taken to come with the wind at 10 m and to leave with 0.4
    /// of it: both on the safe side.
    #[must_use]
    pub fn passage_s(&self, x_m: f64) -> (f64, f64) {
        let x = x_m.max(0.0);
        if !self.is_plume() {
            return (self.puff_front_s(x), self.puff_tail_s(x));
        }
        (x / self.of.wind_m_s, self.of.duration_s + x / (0.4 * self.of.wind_m_s))
    }

    /// Height of the cloud at a distance by continuity, m.
    #[must_use]
    pub fn depth_m(&self, x_m: f64) -> f64 {
        if self.is_plume() {
            let half = self.half_width(x_m, x_m).max(1e-9);
            return self.diameter_m.powi(2) / (2.0 * half * self.fraction(x_m).max(1e-12));
        }
        let (start, growth, _) = self.growth();
        let area = std::f64::consts::PI * (start * start + growth * self.puff_front_s(x_m));
        self.of.volume_m3 / (area * self.fraction(x_m).max(1e-12))
    }

    /// Whether it flows for a while; else it is there at once.
    #[must_use]
    pub const fn is_plume(&self) -> bool {
        self.of.flow_m3_s > 0.0
    }

    /// Greatest concentration over time at a place, kg/m³: even across the plume; in a cloud that is there at once, what it has when its
    /// edge first comes there.
    #[must_use]
    pub fn peak(&self, x_m: f64, y_m: f64) -> f64 {
        let (plume_to, puff_from) = self.limits_m();
        let mut raw: f64 = 0.0;
        let inside = || x_m >= -self.upwind_m() && y_m.abs() <= self.plume_half(x_m);
        if self.is_plume() && x_m < puff_from && inside() {
            raw = self.plume_fraction(x_m);
        }
        if !self.is_plume() || x_m > plume_to {
            raw = raw.max(self.first_touch(x_m, y_m));
        }
        self.of.start_kg_m3 * self.corrected(raw)
    }

    /// Volume fraction of an instantaneous cloud as its edge first comes to a place.
    fn first_touch(&self, x_m: f64, y_m: f64) -> f64 {
        let (start, growth, drift) = self.growth();
        let c = x_m * x_m + y_m * y_m - start * start;
        if c <= 0.0 {
            return self.puff_fraction(start);
        }
        let b = 2.0 * x_m * drift + growth;
        let square = b * b - 4.0 * drift * drift * c;
        if square < 0.0 || b + square.sqrt() <= 0.0 {
            return 0.0;
        }
        let at_s = 2.0 * c / (b + square.sqrt());
        self.puff_fraction(drift * at_s + (start * start + growth * at_s).sqrt())
    }

    /// Concentration at a place and a time, kg/m³.
    #[must_use]
    pub fn at(&self, x_m: f64, y_m: f64, at_s: f64) -> f64 {
        if self.is_plume() {
            let (from, until) = self.passage_s(x_m);
            return if (from..=until).contains(&at_s) { self.peak(x_m, y_m) } else { 0.0 };
        }
        let (start, growth, drift) = self.growth();
        let middle = drift * at_s;
        let square = start * start + growth * at_s;
        if at_s < 0.0 || (x_m - middle).powi(2) + y_m * y_m > square {
            return 0.0;
        }
        self.axis(middle + square.sqrt())
    }
}
