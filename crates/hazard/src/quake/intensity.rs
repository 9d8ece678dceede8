//! Intensity by magnitude and distance: Wang Suyun, Yu Yanxiang, Gao Ajia and Yan Xiujie 2000 (汪素云等, 中国分区地震动衰减关系的确定),
//! ellipses for the east and the west of China.

use crate::{HazardError, bounds::within};

/// Magnitudes (Ms) that are taken.
pub const MAGNITUDES: (f64, f64) = (3.0, 9.0);

/// Which curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// West of China.
    West,
    /// East of China.
    East,
    /// Ningxia lies where west and east meet (Qinghai–Tibet block in the south, Ordos and Alxa blocks in the north): the larger of
    /// both, half axis by half axis.
    Ningxia,
}

/// I = a + b M − c lg(R + r).
struct Axis {
    a: f64,
    b: f64,
    c: f64,
    r_km: f64,
}

const WEST: [Axis; 2] = [
    Axis { a: 5.253, b: 1.398, c: 4.164, r_km: 26.0 },
    Axis { a: 2.019, b: 1.398, c: 2.943, r_km: 8.0 },
];
const EAST: [Axis; 2] = [
    Axis { a: 5.019, b: 1.446, c: 4.136, r_km: 24.0 },
    Axis { a: 2.240, b: 1.446, c: 3.070, r_km: 9.0 },
];

impl Axis {
    fn intensity(&self, magnitude: f64, distance_km: f64) -> f64 {
        self.a + self.b * magnitude - self.c * (distance_km + self.r_km).log10()
    }

    fn reach_km(&self, magnitude: f64, intensity: f64) -> f64 {
        let lg = (self.a + self.b * magnitude - intensity) / self.c;
        (10.0_f64.powf(lg) - self.r_km).max(0.0)
    }
}

/// Half axes of an ellipse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes {
    /// Along the fault, km.
    pub long_km: f64,
    /// Across the fault, km. For the largest quakes and low intensities the curves make it longer than the other.
    pub short_km: f64,
}

/// Intensities on the long and on the short axis at a distance from the epicentre.
///
/// # Errors
/// When a number is out of bounds.
pub fn on_axes(region: Region, magnitude: f64, distance_km: f64) -> Result<[f64; 2], HazardError> {
    let magnitude = within("magnitude", magnitude, MAGNITUDES, "")?;
    let distance = within("distance_km", distance_km, (0.0, 5_000.0), "km")?;
    let on = |axes: &[Axis; 2]| axes.each_ref().map(|axis| axis.intensity(magnitude, distance));
    Ok(match region {
        Region::West => on(&WEST),
        Region::East => on(&EAST),
        Region::Ningxia => larger(on(&WEST), on(&EAST)),
    })
}

/// Half axes of the area that shakes with at least this intensity; zero when it is nowhere reached.
///
/// # Errors
/// When a number is out of bounds.
pub fn axes(region: Region, magnitude: f64, intensity: f64) -> Result<Axes, HazardError> {
    let magnitude = within("magnitude", magnitude, MAGNITUDES, "")?;
    let intensity = within("intensity", intensity, (1.0, 12.0), "")?;
    let of = |axes: &[Axis; 2]| axes.each_ref().map(|axis| axis.reach_km(magnitude, intensity));
    let [long_km, short_km] = match region {
        Region::West => of(&WEST),
        Region::East => of(&EAST),
        Region::Ningxia => larger(of(&WEST), of(&EAST)),
    };
    Ok(Axes { long_km, short_km })
}

/// Intensity at a place, `along_km` along the fault and `across_km` across it: that of the ellipse on which it lies.
///
/// # Errors
/// When a number is out of bounds.
pub fn at(
    region: Region,
    magnitude: f64,
    along_km: f64,
    across_km: f64,
) -> Result<f64, HazardError> {
    /// Halvings of 11 degrees of intensity: to a millionth.
    const HALVINGS: u32 = 24;
    let along = within("along_km", along_km, (-5_000.0, 5_000.0), "km")?;
    let across = within("across_km", across_km, (-5_000.0, 5_000.0), "km")?;
    let (mut low, mut high) = (1.0, 12.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let Axes { long_km, short_km } = axes(region, magnitude, middle)?;
        let inside =
            long_km > 0.0 && short_km > 0.0 && (along / long_km).hypot(across / short_km) <= 1.0;
        if inside {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn larger(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let ([a0, a1], [b0, b1]) = (a, b);
    [a0.max(b0), a1.max(b1)]
}
