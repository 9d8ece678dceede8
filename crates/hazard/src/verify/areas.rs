//! Areas that were foretold against those that came.

use geo::{Area as _, BooleanOps, Coord, LineString, MultiPolygon, Polygon, unary_union};

use super::{FEWEST, Standing};
use crate::{
    HazardError, Ring,
    bounds::{count, together, within},
    model::LONGEST,
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

impl Overlap {
    /// Share of what came that nobody was told of: 0 to 1; none when nothing came.
    #[must_use]
    pub fn missed(&self) -> Option<f64> {
        let came = self.both_m2 + self.came_only_m2;
        (came > 0.0).then(|| self.came_only_m2 / came)
    }

    /// Share of what was foretold that did not come: 0 to 1; none when nothing was foretold.
    #[must_use]
    pub fn in_vain(&self) -> Option<f64> {
        let foretold = self.both_m2 + self.foretold_only_m2;
        (foretold > 0.0).then(|| self.foretold_only_m2 / foretold)
    }
}

/// An area that was foretold, with what came, as intersection over union.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Laid {
    /// That of the forecast.
    pub foretold: f64,
    /// That of what was observed before, had it stayed as it was.
    pub stayed: f64,
}

/// How good areas were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AreaScore {
    /// Mean intersection over union: 1 is perfect.
    pub iou: f64,
    /// The same of persistence.
    pub stayed: f64,
    /// (iou − that of persistence) / (1 − that of persistence): 1 is perfect, 0 as good; none when persistence never erred.
    pub skill: Option<f64>,
    /// The forecast against persistence.
    pub standing: Standing,
}

/// Scores areas by their mean intersection over union against that of persistence.
///
/// # Errors
/// When there is none, too many, or one is no share.
pub fn score(all: &[Laid]) -> Result<AreaScore, HazardError> {
    if all.is_empty() || all.len() > LONGEST {
        return Err(together(format!("1 to {LONGEST} areas are needed")));
    }
    let (mut foretold, mut stayed) = (0.0, 0.0);
    for laid in all {
        foretold += within("foretold", laid.foretold, (0.0, 1.0), "")?;
        stayed += within("stayed", laid.stayed, (0.0, 1.0), "")?;
    }
    let number = count(all.len());
    let (iou, stayed) = (foretold / number, stayed / number);
    let standing = match all.len() {
        few if few < FEWEST => Standing::TooFew,
        _ if iou < stayed => Standing::Worse,
        _ => Standing::Holds,
    };
    let skill = (stayed < 1.0).then(|| (iou - stayed) / (1.0 - stayed));
    Ok(AreaScore { iou, stayed, skill, standing })
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
    let iou = if either > 0.0 { (both_m2 / either).clamp(0.0, 1.0) } else { 1.0 };
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
