//! Where a danger is, in metres around its source.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Most corners of a ring: more than a curve on a screen or a CAP document needs.
pub const MOST_CORNERS: usize = 361;

/// A closed line: corners as metres (east, north) of the source, the first not repeated, anticlockwise.
pub type Ring = Vec<(f64, f64)>;

/// What a threshold means for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// For example `aegl-2`, `12.5-kw-m2`, `lel-50`, `isolation`.
    pub key: String,
    /// 3: threatens life; 2: serious or lasting harm, or hinders escape; 1: noticeable.
    pub severity: u8,
    /// The threshold; 0 where there is none (a distance from a table).
    pub threshold: f64,
    /// Its unit.
    pub unit: String,
}

/// One level's area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// What holds inside.
    pub level: Level,
    /// Its outline; more than one when it has parts. Never empty while the level is reached anywhere off the source.
    pub rings: Vec<Ring>,
    /// Farthest point from the source, metres.
    pub reach_m: f64,
    /// Surface, m².
    pub surface_m2: f64,
}

/// The areas at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Seconds after the beginning of the release.
    pub at_s: f64,
    /// Worst level first.
    pub areas: Vec<Area>,
}

impl Area {
    /// An area of rings; reach and surface follow from them.
    #[must_use]
    pub fn new(level: Level, rings: Vec<Ring>) -> Self {
        // The root of the farthest alone: areas are made by the thousands of corners.
        let far = |ring: &Ring| ring.iter().map(|(x, y)| x * x + y * y).fold(0.0, f64::max);
        let reach_m = rings.iter().map(far).fold(0.0, f64::max).sqrt();
        let surface_m2 = rings.iter().map(surface).sum();
        Self { level, rings, reach_m, surface_m2 }
    }

    /// A circle around the source, drawn a little outside so that nobody at the radius is missed.
    #[must_use]
    pub fn circle(level: Level, radius_m: f64) -> Self {
        Self::new(level, vec![ellipse((0.0, 0.0), radius_m, radius_m, 0.0)])
    }
}

/// Surface of a ring by Gauss's formula, m²; the direction does not matter.
#[must_use]
pub fn surface(ring: &Ring) -> f64 {
    let next = ring.iter().cycle().skip(1);
    let twice: f64 = ring.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
    twice.abs() / 2.0
}

/// Corners of an ellipse.
const CORNERS: u16 = 72;

/// Cosine and sine of each.
static CIRCLE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    // A chord of n corners lies cos(π/n) nearer than the arc.
    let out = 1.0 / (std::f64::consts::PI / f64::from(CORNERS)).cos();
    let corner = |i: u16| {
        let (sin, cos) = (f64::from(i) / f64::from(CORNERS) * std::f64::consts::TAU).sin_cos();
        (out * cos, out * sin)
    };
    (0..CORNERS).map(corner).collect()
});

/// An ellipse around a middle with its long half axis turned `bearing_deg` clockwise from north; 72 corners, moved out so that the
/// polygon holds the whole ellipse.
#[must_use]
pub fn ellipse(middle: (f64, f64), long_m: f64, short_m: f64, bearing_deg: f64) -> Ring {
    let (sin, cos) = bearing_deg.to_radians().sin_cos();
    let corner = |(x, y): &(f64, f64)| {
        let (along, across) = (long_m * x, -short_m * y);
        (middle.0 + along * sin + across * cos, middle.1 + along * cos - across * sin)
    };
    CIRCLE.iter().map(corner).collect()
}

/// Turns a ring drawn with the wind (x downwind, y to its left) so that it lies with a wind coming from `from_deg`
/// (degrees clockwise from north, as meteorology says it).
#[must_use]
pub fn turn(ring: &Ring, from_deg: f64) -> Ring {
    let (sin, cos) = (from_deg + 180.0).to_radians().sin_cos();
    ring.iter().map(|(along, left)| (along * sin - left * cos, along * cos + left * sin)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wind_from_the_west_carries_east() {
        let turned = turn(&vec![(100.0, 0.0), (0.0, 10.0)], 270.0);
        let near = |(x, y): (f64, f64), (a, b): (f64, f64)| (x - a).hypot(y - b) < 1e-9;
        assert!(near(turned[0], (100.0, 0.0)), "{turned:?}");
        assert!(near(turned[1], (0.0, 10.0)), "left of an east-going wind is north: {turned:?}");
    }

    #[test]
    fn an_ellipse_holds_its_curve_and_runs_anticlockwise() {
        let ring = ellipse((0.0, 0.0), 200.0, 100.0, 90.0);
        let exact = std::f64::consts::PI * 200.0 * 100.0;
        let drawn = surface(&ring);
        assert!(drawn > exact && drawn < 1.01 * exact, "{drawn} {exact}");
        let (long, short) =
            ring.iter().fold((0.0_f64, 0.0_f64), |m, c| (m.0.max(c.0), m.1.max(c.1)));
        assert!(long > 199.0 && short < 102.0, "its long axis lies east-west");
        let signed: f64 =
            ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
        assert!(signed > 0.0);
    }
}
