//! Areas that were foretold against those that came.

use geo::{Area as _, BooleanOps, Coord, LineString, MultiPolygon, Polygon, unary_union};

use crate::{
    HazardError, Ring,
    bounds::{together, within},
};

/// Most corners of both areas together.
pub const MOST_CORNERS: usize = 100_000;

/// How two areas lie on each other, m².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// In both.
    pub both_m2: f64,
    /// Foretold only: people who were moved for nothing.
    pub foretold_only_m2: f64,
    /// Came only: people whom nobody told.
    pub came_only_m2: f64,
    /// What is in both of what is in either: 1 when they are the same, 0 when they do not touch; 1 when both are empty.
    pub iou: f64,
}

/// How two areas, each of rings that may overlap, lie on each other.
///
/// # Errors
/// When they have too many corners, a ring has fewer than three, or a corner is not a number.
pub fn overlap(foretold: &[Ring], came: &[Ring]) -> Result<Overlap, HazardError> {
    let (foretold, came) = (shape(foretold)?, shape(came)?);
    let both_m2 = foretold.intersection(&came).unsigned_area();
    let foretold_only_m2 = (foretold.unsigned_area() - both_m2).max(0.0);
    let came_only_m2 = (came.unsigned_area() - both_m2).max(0.0);
    let either = both_m2 + foretold_only_m2 + came_only_m2;
    let iou = if either > 0.0 { both_m2 / either } else { 1.0 };
    Ok(Overlap { both_m2, foretold_only_m2, came_only_m2, iou })
}

fn shape(rings: &[Ring]) -> Result<MultiPolygon, HazardError> {
    let corners: usize = rings.iter().map(Vec::len).sum();
    if corners > MOST_CORNERS || rings.iter().any(|r| r.len() < 3) {
        return Err(together(format!("rings have 3 corners or more, all together {MOST_CORNERS}")));
    }
    for value in rings.iter().flatten().flat_map(|(x, y)| [x, y]) {
        within("corner_m", *value, (-1e8, 1e8), "m")?;
    }
    let polygon = |ring: &Ring| {
        let line = ring.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect::<LineString>();
        Polygon::new(line, Vec::new())
    };
    let polygons: Vec<Polygon> = rings.iter().map(polygon).collect();
    Ok(unary_union(&polygons))
}
