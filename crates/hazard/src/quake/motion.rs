//! Acceleration and velocity of the ground: Yu Yanxiang, Li Shanyou and Xiao Liang 2013 (俞言祥等, 新一代地震区划图地震动参数衰减关系的建立与
//! 特征分析), the relations of GB 18306-2015, on rock, with 15 km of depth.

use crate::{
    HazardError, Ring,
    area::turn,
    bounds::{together, within},
};

/// Magnitudes (Ms) for which the relation was made, a little widened.
pub const MAGNITUDES: (f64, f64) = (4.5, 8.5);
/// Farthest distance that is looked at, km.
pub const FARTHEST_KM: f64 = 1_000.0;
const DEPTH_KM: f64 = 15.0;
/// Magnitude at which the relation bends.
pub const BEND: f64 = 6.5;
const GRAVITY_CM_S2: f64 = 980.665;

/// Which relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Qinghai–Tibet plateau with its margin: the south of Ningxia.
    Tibet,
    /// East of China with moderate to strong activity: the plain of Yinchuan is reckoned with it. From magnitude 7 up it is
    /// stronger than Tibet's at every distance, below neither is on both axes.
    Eastern,
    /// Xinjiang.
    Xinjiang,
    /// Where quakes are few and moderate.
    Moderate,
}

/// Which figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Peak acceleration, cm/s².
    Acceleration,
    /// Peak velocity, cm/s.
    Velocity,
}

/// ln Y = a + b M + c ln(R + d exp(e M)), with a and b for below and above the bend.
struct Axis {
    below: (f64, f64),
    above: (f64, f64),
    c: f64,
    d: f64,
    e: f64,
}

impl Axis {
    fn ln(&self, magnitude: f64, epicentral_km: f64) -> f64 {
        let (a, b) = if magnitude > BEND { self.above } else { self.below };
        let distance = epicentral_km.hypot(DEPTH_KM);
        a + b * magnitude + self.c * (distance + self.d * (self.e * magnitude).exp()).ln()
    }

    /// The same without depth, as the relation was fitted; the ellipses are drawn with it.
    fn flat_ln(&self, magnitude: f64, distance_km: f64) -> f64 {
        let (a, b) = if magnitude > BEND { self.above } else { self.below };
        a + b * magnitude + self.c * (distance_km + self.d * (self.e * magnitude).exp()).ln()
    }

    fn flat_km(&self, magnitude: f64, ln: f64) -> f64 {
        let (a, b) = if magnitude > BEND { self.above } else { self.below };
        ((ln - a - b * magnitude) / self.c).exp() - self.d * (self.e * magnitude).exp()
    }
}

const fn axis(below: (f64, f64), above: (f64, f64), cde: [f64; 3]) -> Axis {
    let [c, d, e] = cde;
    Axis { below, above, c, d, e }
}

type Relation = [Axis; 2];

const TIBET_A: Relation = [
    axis((5.4901, 1.4835), (8.7561, 0.9453), [-2.416, 2.647, 0.366]),
    axis((2.3069, 1.4007), (5.6511, 0.8924), [-1.854, 0.612, 0.457]),
];
const TIBET_V: Relation = [
    axis((-0.1472, 1.7618), (3.9422, 1.1293), [-2.205, 2.647, 0.366]),
    axis((-2.9923, 1.7043), (1.0189, 1.0902), [-1.696, 0.612, 0.457]),
];
const EASTERN_A: Relation = [
    axis((4.5517, 1.5433), (8.1259, 0.9936), [-2.315, 2.088, 0.399]),
    axis((2.7048, 1.518), (6.3319, 0.9614), [-2.004, 0.944, 0.447]),
];
const EASTERN_V: Relation = [
    axis((-0.8349, 1.8193), (3.3051, 1.1799), [-2.103, 2.088, 0.399]),
    axis((-2.6381, 1.8124), (1.6376, 1.1546), [-1.825, 0.944, 0.447]),
];
const XINJIANG_A: Relation = [
    axis((4.1193, 1.656), (7.8269, 1.0856), [-2.389, 1.772, 0.424]),
    axis((2.2609, 1.6399), (6.003, 1.0649), [-2.118, 0.825, 0.465]),
];
const XINJIANG_V: Relation = [
    axis((-1.2581, 1.932), (3.013, 1.2742), [-2.181, 1.772, 0.424]),
    axis((-3.1073, 1.9389), (1.3087, 1.2627), [-1.945, 0.825, 0.465]),
];
const MODERATE_A: Relation = [
    axis((5.5591, 1.1454), (8.5238, 0.6854), [-2.079, 2.802, 0.295]),
    axis((3.9445, 1.0833), (6.187, 0.7383), [-1.723, 1.295, 0.331]),
];
const MODERATE_V: Relation = [
    axis((0.2139, 1.4283), (3.772, 0.8786), [-1.889, 2.802, 0.295]),
    axis((-1.3547, 1.3823), (1.5433, 0.9361), [-1.559, 1.295, 0.331]),
];

const fn relation(region: Region, quantity: Quantity) -> &'static Relation {
    match (region, quantity) {
        (Region::Tibet, Quantity::Acceleration) => &TIBET_A,
        (Region::Tibet, Quantity::Velocity) => &TIBET_V,
        (Region::Eastern, Quantity::Acceleration) => &EASTERN_A,
        (Region::Eastern, Quantity::Velocity) => &EASTERN_V,
        (Region::Xinjiang, Quantity::Acceleration) => &XINJIANG_A,
        (Region::Xinjiang, Quantity::Velocity) => &XINJIANG_V,
        (Region::Moderate, Quantity::Acceleration) => &MODERATE_A,
        (Region::Moderate, Quantity::Velocity) => &MODERATE_V,
    }
}

impl Quantity {
    /// Standard deviation of the natural logarithm.
    #[must_use]
    pub const fn sigma_ln(self) -> f64 {
        match self {
            Self::Acceleration => 0.5428,
            Self::Velocity => 0.6233,
        }
    }
}

/// The shaking of a quake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shaking {
    region: Region,
    magnitude: f64,
}

impl Shaking {
    /// By region and magnitude.
    ///
    /// # Errors
    /// When the magnitude is out of bounds.
    pub fn new(region: Region, magnitude: f64) -> Result<Self, HazardError> {
        Ok(Self { region, magnitude: within("magnitude", magnitude, MAGNITUDES, "")? })
    }

    /// Medians on the long and on the short axis, cm/s² or cm/s.
    #[must_use]
    pub fn on_axes(&self, quantity: Quantity, epicentral_km: f64) -> [f64; 2] {
        relation(self.region, quantity)
            .each_ref()
            .map(|axis| axis.ln(self.magnitude, epicentral_km).exp())
    }

    /// Where the ellipse with this long half axis passes in a direction from the fault (0 along, π/2 across), km, and the logarithm of
    /// the median there: between those of both axes by the square of the cosine.
    fn on_ellipse(&self, quantity: Quantity, long_km: f64, angle_rad: f64) -> (f64, f64) {
        let [long, short] = relation(self.region, quantity);
        let level = long.flat_ln(self.magnitude, long_km);
        // Within the first kilometres both curves do not quite meet; an ellipse is then a tenth as wide as long.
        let short_km = short.flat_km(self.magnitude, level).max(0.1 * long_km);
        let (sin, cos) = angle_rad.sin_cos();
        let distance = long_km * short_km / (long_km * sin).hypot(short_km * cos);
        let ln = long.ln(self.magnitude, long_km) * cos * cos
            + short.ln(self.magnitude, short_km) * sin * sin;
        (if distance.is_finite() { distance } else { 0.0 }, ln)
    }

    /// The long half axis at which `inside` ceases to hold; `inside` holds for small ones.
    fn until(&self, inside: impl Fn(f64) -> bool) -> f64 {
        /// Halvings of the farthest distance: to a millimetre.
        const HALVINGS: u32 = 32;
        let (mut low, mut high) = (0.0, FARTHEST_KM);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if inside(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// Median at a place along and across the fault, cm/s² or cm/s; beyond [`FARTHEST_KM`] that of the farthest.
    #[must_use]
    pub fn at(&self, quantity: Quantity, along_km: f64, across_km: f64) -> f64 {
        let (distance, angle) = (along_km.hypot(across_km), across_km.abs().atan2(along_km.abs()));
        let long = self.until(|long| self.on_ellipse(quantity, long, angle).0 < distance);
        self.on_ellipse(quantity, long, angle).1.exp()
    }

    /// How far from the epicentre the median reaches a value in a direction from the fault, km; 0 when nowhere.
    #[must_use]
    pub fn reach_km(&self, quantity: Quantity, value: f64, angle_rad: f64) -> f64 {
        let ln = value.max(f64::MIN_POSITIVE).ln();
        if self.on_ellipse(quantity, 0.0, angle_rad).1 < ln {
            return 0.0;
        }
        let long = self.until(|long| self.on_ellipse(quantity, long, angle_rad).1 >= ln);
        self.on_ellipse(quantity, long, angle_rad).0
    }
}

/// The strongest shaking by any of some relations.
///
/// Each relation bends at [`BEND`] with a step down (by 0.23 in the logarithm on Tibet's long axis): near the fault it would shake less in
/// a stronger quake than in one of 6.5. Above the bend that of 6.5 therefore holds too: a running maximum over the magnitude, for within
/// each branch the relation rises everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Strongest(Vec<Shaking>);

impl Strongest {
    /// By regions and magnitude.
    ///
    /// # Errors
    /// When there is no region, or the magnitude is out of bounds.
    pub fn new(regions: &[Region], magnitude: f64) -> Result<Self, HazardError> {
        if regions.is_empty() {
            return Err(together("no region is named"));
        }
        let bend = (magnitude > BEND).then_some(BEND);
        let magnitudes = || std::iter::once(magnitude).chain(bend);
        let all = regions.iter().flat_map(|r| magnitudes().map(|m| Shaking::new(*r, m)));
        Ok(Self(all.collect::<Result<_, _>>()?))
    }

    /// As [`Shaking::at`].
    #[must_use]
    pub fn at(&self, quantity: Quantity, along_km: f64, across_km: f64) -> f64 {
        self.0.iter().map(|s| s.at(quantity, along_km, across_km)).fold(0.0, f64::max)
    }

    /// As [`Shaking::reach_km`].
    #[must_use]
    pub fn reach_km(&self, quantity: Quantity, value: f64, angle_rad: f64) -> f64 {
        self.0.iter().map(|s| s.reach_km(quantity, value, angle_rad)).fold(0.0, f64::max)
    }

    /// Outline of where the median reaches a value, metres around the epicentre with the fault on a bearing; none when nowhere.
    #[must_use]
    pub fn outline(&self, quantity: Quantity, value: f64, strike_deg: f64) -> Option<Ring> {
        // A quarter is reckoned, the others are its mirrors; a chord lies nearer than the curve, so all moves out a little.
        const QUARTER: u16 = 18;
        let step = std::f64::consts::FRAC_PI_2 / f64::from(QUARTER);
        let out = 1e3 / (step / 2.0).cos();
        let quarter: Vec<(f64, f64)> = (0..=QUARTER)
            .map(|i| {
                let angle = f64::from(i) * step;
                let reach = out * self.reach_km(quantity, value, angle);
                (reach * angle.cos(), reach * angle.sin())
            })
            .collect();
        quarter.iter().any(|(x, y)| x.hypot(*y) > 0.0).then_some(())?;
        let first = quarter.iter().copied();
        let second = quarter.iter().rev().skip(1).map(|(x, y)| (-x, *y));
        let third = quarter.iter().skip(1).map(|(x, y)| (-x, -y));
        let fourth = quarter.iter().rev().skip(1).take(quarter.len() - 2).map(|(x, y)| (*x, -y));
        let ring: Ring = first.chain(second).chain(third).chain(fourth).collect();
        // `turn` lays x with the wind, which goes where it does not come from.
        Some(turn(&ring, strike_deg + 180.0))
    }
}

/// Acceleration in g.
#[must_use]
pub fn in_g(acceleration_cm_s2: f64) -> f64 {
    acceleration_cm_s2 / GRAVITY_CM_S2
}
