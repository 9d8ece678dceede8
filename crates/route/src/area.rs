//! Areas that nobody may enter, and what a line does with them.

use geo::{Contains, Coord, Intersects, Line, LineString, Point, Polygon, Validation};
use rstar::AABB;

use crate::{Place, RouteError};

/// Corners of an area, at most: those of a county's border at full detail.
const MAX_CORNERS: usize = 200_000;

/// A polygon, perhaps with holes; its border belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    polygon: Polygon,
    low: Place,
    high: Place,
}

/// What a line does with an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// Stays outside.
    No,
    /// Begins inside, and once outside never comes back.
    Leaves,
    /// Comes from outside to inside somewhere.
    Enters,
}

impl Area {
    /// An area from its outer ring and its holes. Rings need not repeat their first place.
    ///
    /// # Errors
    /// When a place is none, a ring has fewer than three places, or rings cross themselves or each other.
    pub fn new(outer: &[Place], holes: &[Vec<Place>]) -> Result<Self, RouteError> {
        let corners = outer.len() + holes.iter().map(Vec::len).sum::<usize>();
        if corners > MAX_CORNERS {
            return Err(RouteError::TooLarge { what: "corners of an area", most: MAX_CORNERS });
        }
        let ring = |places: &[Place]| -> Result<LineString, RouteError> {
            let fine = places.iter().map(|place| Place::new(place.lon, place.lat));
            let fine: Vec<Coord> = fine.map(|place| place.map(coord)).collect::<Result<_, _>>()?;
            Ok(LineString(fine))
        };
        let inner = holes.iter().map(|hole| ring(hole)).collect::<Result<_, _>>()?;
        let polygon = Polygon::new(ring(outer)?, inner);
        if outer.is_empty() {
            return Err(RouteError::BadArea("it has no corners".to_owned()));
        }
        polygon.check_validation().map_err(|why| RouteError::BadArea(why.to_string()))?;
        let mut low = Place { lon: f64::INFINITY, lat: f64::INFINITY };
        let mut high = Place { lon: f64::NEG_INFINITY, lat: f64::NEG_INFINITY };
        for at in outer {
            low = Place { lon: low.lon.min(at.lon), lat: low.lat.min(at.lat) };
            high = Place { lon: high.lon.max(at.lon), lat: high.lat.max(at.lat) };
        }
        Ok(Self { polygon, low, high })
    }

    /// Whether a place lies in it or on its border.
    #[must_use]
    pub fn holds(&self, place: Place) -> bool {
        self.polygon.intersects(&Point(coord(place)))
    }

    pub(crate) fn envelope(&self) -> AABB<[f64; 2]> {
        AABB::from_corners([self.low.lon, self.low.lat], [self.high.lon, self.high.lat])
    }

    /// What a line does with the area.
    pub(crate) fn touch(&self, line: &[Place]) -> Touch {
        let coords = LineString(line.iter().map(|place| coord(*place)).collect());
        if !self.polygon.intersects(&coords) {
            return Touch::No;
        }
        let Some(first) = line.first() else { return Touch::No };
        if !self.holds(*first) {
            return Touch::Enters;
        }
        // From here on: is it once outside and then inside again?
        let mut outside = false;
        for piece in coords.lines() {
            for inside in self.sides(piece) {
                match (outside, inside) {
                    (true, true) => return Touch::Enters,
                    (_, false) => outside = true,
                    (false, true) => {}
                }
            }
        }
        Touch::Leaves
    }

    /// For the parts of a piece between the points where it crosses the border: whether each is inside.
    fn sides(&self, piece: Line) -> Vec<bool> {
        let mut cuts = vec![0.0, 1.0];
        let rings = std::iter::once(self.polygon.exterior()).chain(self.polygon.interiors());
        for wall in rings.flat_map(|ring| ring.lines()) {
            cuts.extend(crossing(piece, wall));
        }
        cuts.sort_by(f64::total_cmp);
        let middle = |pair: &[f64]| match pair {
            [a, b] if b - a > 1e-12 => {
                let at = piece.start + piece.delta() * ((a + b) / 2.0);
                Some(self.polygon.contains(&Point(at)))
            }
            _ => None,
        };
        cuts.windows(2).filter_map(middle).collect()
    }
}

/// Where, as a share of the piece, it crosses the line of a wall within the wall.
fn crossing(piece: Line, wall: Line) -> Option<f64> {
    let (d, w) = (piece.delta(), wall.delta());
    let cross = d.x * w.y - d.y * w.x;
    let to = wall.start - piece.start;
    let at = (to.x * w.y - to.y * w.x) / cross;
    let on = (to.x * d.y - to.y * d.x) / cross;
    // Parallel lines give no number, and so no crossing.
    ((0.0..=1.0).contains(&at) && (-1e-9..=1.0 + 1e-9).contains(&on)).then_some(at)
}

fn coord(place: Place) -> Coord {
    Coord { x: place.lon, y: place.lat }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(at: &[(f64, f64)]) -> Vec<Place> {
        at.iter().map(|(lon, lat)| Place { lon: *lon, lat: *lat }).collect()
    }

    #[test]
    fn what_lines_do() {
        let area =
            Area::new(&places(&[(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]), &[]).unwrap();
        let check = |line: &[(f64, f64)], touch| assert_eq!(area.touch(&places(line)), touch);
        check(&[(3.0, 0.0), (3.0, 2.0)], Touch::No);
        check(&[(1.0, 1.0), (3.0, 1.0)], Touch::Leaves);
        check(&[(3.0, 1.0), (1.0, 1.0)], Touch::Enters);
        check(&[(1.0, 1.0), (3.0, 1.0), (1.5, 1.0)], Touch::Enters);
        check(&[(-1.0, 1.0), (3.0, 1.0)], Touch::Enters);
        check(&[(0.5, 0.5), (1.5, 1.5)], Touch::Leaves);
        // Only a corner is touched: nobody knows on which side of the tape.
        check(&[(-1.0, 1.0), (1.0, -1.0)], Touch::Enters);
        // From the border outwards.
        check(&[(2.0, 1.0), (3.0, 1.0)], Touch::Leaves);
    }

    #[test]
    fn what_is_no_polygon_is_refused() {
        let bow = places(&[(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)]);
        assert!(matches!(Area::new(&bow, &[]), Err(RouteError::BadArea(_))));
        assert!(matches!(
            Area::new(&places(&[(0.0, 0.0), (1.0, 1.0)]), &[]),
            Err(RouteError::BadArea(_))
        ));
        assert!(matches!(Area::new(&[], &[]), Err(RouteError::BadArea(_))));
        let nan = places(&[(0.0, 0.0), (f64::NAN, 2.0), (2.0, 0.0)]);
        assert!(matches!(Area::new(&nan, &[]), Err(RouteError::BadPlace { .. })));
    }

    #[test]
    fn a_hole_is_outside() {
        let outer = places(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]);
        let hole = places(&[(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)]);
        let area = Area::new(&outer, &[hole]).unwrap();
        assert_eq!(area.touch(&places(&[(1.5, 1.5), (2.5, 2.5)])), Touch::No);
        assert_eq!(area.touch(&places(&[(0.5, 0.5), (2.0, 2.0), (3.5, 3.5)])), Touch::Enters);
    }
}
