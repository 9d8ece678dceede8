//! Small geometry of a page: outlines that weigh little, directions, and where things stand on its map.

use helan_kernel::Position;

/// Corners of one outline that a page carries.
pub const CORNERS: usize = 120;

/// An outline with few corners, and how far the true one may lie outside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Corners; the first is not repeated.
    pub points: Vec<Position>,
    /// Whoever is within so many metres of its edge counts as inside: nobody is left out by what was dropped.
    pub slack_m: f64,
}

impl Ring {
    /// Whether it holds a place, or the place is so near that it may.
    #[must_use]
    pub fn holds(&self, at: Position) -> bool {
        let flat = Flat::around(at);
        let corners: Vec<(f64, f64)> = self.points.iter().map(|p| flat.metres(*p)).collect();
        let mut inside = false;
        let mut edge = f64::MAX;
        for (a, b) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            edge = edge.min(to_segment((0.0, 0.0), *a, *b));
            if (a.1 > 0.0) != (b.1 > 0.0) && a.0 - a.1 / (b.1 - a.1) * (b.0 - a.0) > 0.0 {
                inside = !inside;
            }
        }
        inside || edge <= self.slack_m
    }
}

/// An outline with at most so many corners, evenly taken.
#[must_use]
pub fn thin(ring: &[Position], corners: usize) -> Ring {
    let closed = ring.len() > 1 && ring.first() == ring.last();
    let ring = if closed { ring.split_last().map_or(ring, |(_, rest)| rest) } else { ring };
    let step = ring.len().div_ceil(corners.max(3)).max(1);
    let points: Vec<Position> = ring.iter().step_by(step).copied().collect();
    // Rounding to five decimals moves a corner by up to half a metre each way.
    let mut slack_m = 1.0_f64;
    if step > 1
        && let Some(first) = ring.first()
    {
        let flat = Flat::around(*first);
        let kept: Vec<(f64, f64)> = points.iter().map(|p| flat.metres(*p)).collect();
        for (at, dropped) in ring.iter().enumerate().filter(|(at, _)| at % step != 0) {
            let (a, b) = (at / step, (at / step + 1) % kept.len().max(1));
            if let (Some(a), Some(b)) = (kept.get(a), kept.get(b)) {
                slack_m = slack_m.max(to_segment(flat.metres(*dropped), *a, *b) + 1.0);
            }
        }
    }
    Ring { points, slack_m }
}

/// Metres from a point to a stretch.
fn to_segment(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length2.max(f64::MIN_POSITIVE);
    let along = along.clamp(0.0, 1.0);
    (p.0 - a.0 - along * dx).hypot(p.1 - a.1 - along * dy)
}

/// A plane around a place: exact to a thousandth within some ten kilometres.
#[derive(Clone, Copy, Debug)]
pub struct Flat {
    origin: Position,
    lon_m: f64,
}

impl Flat {
    /// Around this place.
    #[must_use]
    pub fn around(origin: Position) -> Self {
        // Near a pole a degree of longitude is nearly nothing; nothing of ours is there.
        Self { origin, lon_m: Position::DEGREE_M * origin.lat.to_radians().cos().max(0.01) }
    }

    /// Metres east and north of the middle.
    #[must_use]
    pub fn metres(&self, at: Position) -> (f64, f64) {
        ((at.lon - self.origin.lon) * self.lon_m, (at.lat - self.origin.lat) * Position::DEGREE_M)
    }

    /// Metres of a degree of longitude here.
    #[must_use]
    pub const fn lon_m(&self) -> f64 {
        self.lon_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Position {
        Position { lon, lat }
    }

    /// A circle of 1 km with many corners.
    fn round(corners: u32) -> Vec<Position> {
        let corner = |n: u32| {
            let angle = f64::from(n) / f64::from(corners) * std::f64::consts::TAU;
            let narrow = Position::DEGREE_M * 38.0_f64.to_radians().cos();
            at(
                106.0 + 1000.0 * angle.cos() / narrow,
                38.0 + 1000.0 * angle.sin() / Position::DEGREE_M,
            )
        };
        (0..=corners).map(|n| corner(n % corners)).collect()
    }

    #[test]
    fn a_thin_outline_leaves_nobody_out() {
        for corners in [3, 48, 119, 120, 121, 1_000, 5_003] {
            let full = round(corners);
            let thin = thin(&full, CORNERS);
            assert!(thin.points.len() <= CORNERS, "{corners}");
            assert!(full.iter().all(|p| thin.holds(*p)), "{corners}");
            assert!(thin.holds(at(106.0, 38.0)));
            assert!(!thin.holds(at(106.0, 38.02)), "two kilometres off is outside");
        }
    }
}
