//! The ground of the levels: whether it encloses anything, and how much of other ground lies in each level alone.

use geo::{
    Area, BooleanOps, BoundingRect, Coord, CoordsIter, Geometry, Intersects, LineString, LinesIter,
    MapCoords, MultiPolygon, Point, Polygon, Rect, algorithm::bool_ops::FillRule,
};

use super::{Question, star::Star};
use crate::HOURS;

/// Most levels: more than any table of thresholds has.
pub const MOST_LEVELS: usize = 16;
/// Most corners of all levels together: a dozen of the longest rings that models draw, and some that people draw.
pub const MOST_CORNERS: usize = 20_000;

/// Why nothing can be said of an area.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsideError {
    /// There are no levels, or too many.
    #[error("1 to {MOST_LEVELS} levels are asked for, not {0}")]
    Levels(usize),
    /// A level has no ground.
    #[error("level {0} has no ground")]
    Empty(String),
    /// A ring of a level runs along one line, or is a single place.
    #[error("a ring of level {0} encloses nothing")]
    Flat(String),
    /// A corner is no place on the globe.
    #[error("a corner of level {0} is no place on the globe")]
    OffGlobe(String),
    /// There are too many corners.
    #[error("more than {MOST_CORNERS} corners")]
    Corners,
    /// There is no such hour.
    #[error("{0} is no hour of the day")]
    Hour(usize),
}

/// Whether a question can be answered.
pub(super) fn check(question: &Question<'_>) -> Result<(), InsideError> {
    let levels = question.levels;
    if levels.is_empty() || levels.len() > MOST_LEVELS {
        return Err(InsideError::Levels(levels.len()));
    }
    if question.when.hour >= HOURS {
        return Err(InsideError::Hour(question.when.hour));
    }
    if levels.iter().map(|level| level.ground.coords_count()).sum::<usize>() > MOST_CORNERS {
        return Err(InsideError::Corners);
    }
    for level in levels {
        if level.ground.0.is_empty() {
            return Err(InsideError::Empty(level.key.clone()));
        }
        let on_globe = |at: Coord| at.x.abs() <= 180.0 && at.y.abs() <= 90.0;
        if !level.ground.coords_iter().all(on_globe) {
            return Err(InsideError::OffGlobe(level.key.clone()));
        }
        if level.ground.iter().any(|polygon| is_flat(polygon.exterior())) {
            return Err(InsideError::Flat(level.key.clone()));
        }
    }
    Ok(())
}

/// Whether all corners lie on one line, or as good as on one. Surface does not tell: that of a ring that crosses itself may be
/// nothing.
fn is_flat(ring: &LineString) -> bool {
    /// A tenth of a millimetre, in degrees: decimal fractions on one line lie off it by less.
    const WIDTH: f64 = 1e-9;
    let Some(first) = ring.coords().next().copied() else { return true };
    let from_first = |corner: &Coord| *corner - first;
    let square = |way: Coord| way.x * way.x + way.y * way.y;
    let far = ring.coords().map(from_first).max_by(|a, b| square(*a).total_cmp(&square(*b)));
    let Some(far) = far.filter(|far| square(*far) > WIDTH * WIDTH) else { return true };
    let most = WIDTH * square(far).sqrt();
    let off = |corner: Coord| (far.x * corner.y - far.y * corner.x).abs();
    ring.coords().map(from_first).all(|corner| off(corner) <= most)
}

/// The ground of each level together with all worse ones, on a plane on which surfaces are as on the globe.
pub(super) enum Pieces {
    /// Rings around one place.
    Stars(Vec<Star>),
    /// Any others.
    Others(Vec<MultiPolygon>),
}

impl Pieces {
    pub(super) fn new(question: &Question<'_>) -> Self {
        let grounds = || question.levels.iter().map(|level| flat(&level.ground));
        let middle = question.origin.map(|origin| Coord { x: origin.at.lon, y: origin.at.lat });
        let stars = middle.map(|at| flat(&Point::from(at)).0).and_then(|middle| {
            let star = |ground: MultiPolygon| match ground.0.as_slice() {
                [one] => Star::of(one, middle),
                _ => None,
            };
            grounds().map(star).collect::<Option<Vec<Star>>>()
        });
        match stars {
            Some(stars) => Self::Stars(together(stars, Star::with)),
            None => {
                let whole: Vec<MultiPolygon> = grounds().map(|ground| clean(&ground)).collect();
                Self::Others(together(whole, |own, worse| {
                    own.union_with_fill_rule(worse, FillRule::NonZero)
                }))
            }
        }
    }

    /// Of each level the surface that it alone has of some ground, the worse ones taken out; see [`flat`].
    pub(super) fn surfaces(&self, ground: &MultiPolygon, bounds: Rect) -> Vec<f64> {
        match self {
            Self::Stars(stars) => {
                let around = |star: &Star| Some(star.bounds());
                alone(stars, around, |star, _, near| star.common(near), (ground, bounds))
            }
            Self::Others(pieces) => {
                alone(pieces, MultiPolygon::bounding_rect, common, (ground, bounds))
            }
        }
    }
}

/// Each together with all before it.
fn together<P>(own: Vec<P>, with: impl Fn(&P, &P) -> P) -> Vec<P> {
    let mut all: Vec<P> = Vec::with_capacity(own.len());
    for own in own {
        let together = match all.last() {
            Some(worse) => with(&own, worse),
            None => own,
        };
        all.push(together);
    }
    all
}

/// What each of some pieces that hold one another has of some ground beyond those before it.
fn alone<P>(
    pieces: &[P],
    around: impl Fn(&P) -> Option<Rect>,
    common: impl Fn(&P, Rect, &MultiPolygon) -> f64,
    (ground, bounds): (&MultiPolygon, Rect),
) -> Vec<f64> {
    // The last piece holds all others.
    let widest = pieces.last().and_then(&around).filter(|widest| widest.intersects(&bounds));
    let Some(widest) = widest else { return vec![0.0; pieces.len()] };
    let near = clip(ground, widest);
    let mut worse = 0.0;
    let own = pieces.iter().map(|piece| {
        let around = around(piece).filter(|around| around.intersects(&bounds));
        let all = around.map_or(0.0, |around| common(piece, around, &near));
        let own = (all - worse).max(0.0);
        worse = f64::max(worse, all);
        own
    });
    own.collect()
}

/// The surface that a piece and some ground have in common; `around` is the box around the piece.
fn common(piece: &MultiPolygon, around: Rect, ground: &MultiPolygon) -> f64 {
    // Most dangers lie within one county, far from its border: then nothing needs to be cut.
    if ground.lines_iter().any(|line| around.intersects(&line)) {
        return piece.intersection_with_fill_rule(ground, FillRule::NonZero).unsigned_area();
    }
    if ground.intersects(&around.center()) { piece.unsigned_area() } else { 0.0 }
}

/// What of some ground lies in a box, and a little around it: the border of a county has thousands of corners, of which a danger meets
/// a few. Each ring is cut along the four sides in turn (Sutherland and Hodgman 1974); what then runs along a side lies
/// outside the box and encloses nothing.
fn clip(ground: &MultiPolygon, to: Rect) -> MultiPolygon {
    let room = (to.width() + to.height()) / 16.0;
    let (low, high) = (to.min(), to.max());
    let (west, south, east, north) = (low.x - room, low.y - room, high.x + room, high.y + room);
    let ring = |ring: &LineString| {
        // Without the corner that closes it, which is the first one again.
        let corners: Vec<Coord> = ring.coords().skip(1).copied().collect();
        let corners = cut(&corners, |at| at.x - west);
        let corners = cut(&corners, |at| east - at.x);
        let corners = cut(&corners, |at| at.y - south);
        LineString::new(cut(&corners, |at| north - at.y))
    };
    let polygon = |polygon: &Polygon| {
        let outer = ring(polygon.exterior());
        let holes = polygon.interiors().iter().map(ring).filter(|hole| !hole.0.is_empty());
        (!outer.0.is_empty()).then(|| Polygon::new(outer, holes.collect()))
    };
    MultiPolygon::new(ground.iter().filter_map(polygon).collect())
}

/// What of a ring lies on that side of a line where the distance from it is not below nothing. The ring closes from its last corner to its
/// first.
fn cut(ring: &[Coord], distance: impl Fn(Coord) -> f64) -> Vec<Coord> {
    let mut kept = Vec::new();
    let Some(mut before) = ring.last().copied() else { return kept };
    for at in ring.iter().copied() {
        let (from, to) = (distance(before), distance(at));
        if (from < 0.0) != (to < 0.0) {
            kept.push(before + (at - before) * (from / (from - to)));
        }
        if to >= 0.0 {
            kept.push(at);
        }
        before = at;
    }
    kept
}

/// Lambert's cylindrical equal-area projection: radians of longitude, sine of the latitude.
pub(super) fn flat<T: MapCoords<f64, f64>>(ground: &T) -> T::Output {
    ground.map_coords(|at| Coord { x: at.x.to_radians(), y: at.y.to_radians().sin() })
}

/// The ground as it is asked about: of a ring that crosses itself every part that it goes around, without its holes.
fn clean(ground: &MultiPolygon) -> MultiPolygon {
    let whole = |ring: &LineString| {
        let alone = MultiPolygon::new(vec![Polygon::new(ring.clone(), Vec::new())]);
        alone.union_with_fill_rule(&MultiPolygon::new(Vec::new()), FillRule::NonZero)
    };
    let nothing = MultiPolygon::new(Vec::new());
    ground.iter().fold(nothing, |all, polygon| {
        let mut own = whole(polygon.exterior());
        for hole in polygon.interiors() {
            own = own.difference_with_fill_rule(&whole(hole), FillRule::NonZero);
        }
        if all.0.is_empty() { own } else { all.union_with_fill_rule(&own, FillRule::NonZero) }
    })
}

/// Ground as polygons; none of a line or a point.
pub(super) fn polygons(ground: &Geometry) -> Option<MultiPolygon> {
    match ground {
        Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon.clone()])),
        Geometry::MultiPolygon(polygons) => Some(polygons.clone()),
        Geometry::Rect(rect) => Some(MultiPolygon::new(vec![rect.to_polygon()])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A ring around the origin that does not cross itself, with a hole of the same form.
    fn with_hole(reaches: &[f64]) -> MultiPolygon {
        let corner = |part: f64| {
            move |(place, reach): (u32, &f64)| {
                let count = u32::try_from(reaches.len()).unwrap();
                let angle = f64::from(place) / f64::from(count) * std::f64::consts::TAU;
                Coord { x: angle.cos() * reach * part, y: angle.sin() * reach * part }
            }
        };
        let outer = LineString::new((0..).zip(reaches).map(corner(1.0)).collect());
        let mut hole: Vec<Coord> = (0..).zip(reaches).map(corner(0.3)).collect();
        hole.reverse();
        MultiPolygon::new(vec![Polygon::new(outer, vec![LineString::new(hole)])])
    }

    proptest! {
        #[test]
        fn clipped_ground_has_as_much_in_the_box(
            reaches in prop::collection::vec(0.2_f64..3.0, 3..60),
            low in (-3.0_f64..3.0, -3.0_f64..3.0),
            size in (0.01_f64..3.0, 0.01_f64..3.0),
        ) {
            let ground = with_hole(&reaches);
            let widest = Rect::new(low, (low.0 + size.0, low.1 + size.1));
            let near = clip(&ground, widest);
            let piece = MultiPolygon::new(vec![widest.to_polygon()]);
            let all = common(&piece, widest, &ground);
            prop_assert!((common(&piece, widest, &near) - all).abs() < 1e-6, "{all}");
            let [beyond, corners] = [&near, &ground].map(CoordsIter::coords_count);
            prop_assert!(near.coords_iter().all(|at| at.x.is_finite() && at.y.is_finite()));
            // A line gives at most two corners where it leaves and comes back, at each of four sides.
            prop_assert!(beyond <= 9 * corners + 2, "{beyond} of {corners}");
        }
    }
}
