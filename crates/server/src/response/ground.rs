//! The ground of an incident's zones: which of it people leave, in which they shelter, and what roads must not be used.

use geo::{ConvexHull, Coord, LineString, MultiPolygon, Polygon, Validation};
use helan_kernel::{
    Position, command,
    push::{Protective, Shape},
};
use helan_route::{Area, RouteError};

/// Corners of a drawn circle; it is drawn a little outside, so that nobody at the radius is missed.
const CORNERS: u32 = 72;
/// A danger inside a building still closes the road in front of it.
const HOUSE_M: f64 = 50.0;

/// The ground of the zones with one of these actions.
#[must_use]
pub fn of(incident: &command::Incident, wanted: &[Protective]) -> MultiPolygon {
    let zones = incident.zones.iter().filter(|zone| wanted.contains(&zone.action));
    MultiPolygon::new(zones.flat_map(|zone| rings(&zone.shape, incident.position)).collect())
}

fn rings(shape: &Shape, middle: Option<Position>) -> Vec<Polygon> {
    match shape {
        Shape::Room | Shape::Stair { .. } | Shape::Facility => {
            middle.map(|at| circle(at, HOUSE_M)).into_iter().collect()
        }
        Shape::Radius { metres } | Shape::Level { fallback_metres: metres, .. } => {
            middle.map(|at| circle(at, *metres)).into_iter().collect()
        }
        Shape::Circle { centre, metres } => vec![circle(*centre, *metres)],
        Shape::Polygon(ring) => vec![polygon(ring)],
        Shape::Outline(rings) => rings.iter().map(|ring| polygon(ring)).collect(),
    }
}

/// A ring as a polygon.
#[must_use]
pub fn polygon(ring: &[Position]) -> Polygon {
    let line: Vec<Coord> = ring.iter().map(|at| Coord { x: at.lon, y: at.lat }).collect();
    Polygon::new(LineString(line), Vec::new())
}

/// A circle around a place.
#[must_use]
pub fn circle(middle: Position, metres: f64) -> Polygon {
    let out = metres / (std::f64::consts::PI / f64::from(CORNERS)).cos() / Position::DEGREE_M;
    let wide = out / middle.lat.to_radians().cos().max(0.01);
    let corner = |number: u32| {
        let angle = f64::from(number) / f64::from(CORNERS) * std::f64::consts::TAU;
        Coord { x: middle.lon + wide * angle.cos(), y: middle.lat + out * angle.sin() }
    };
    Polygon::new(LineString((0..CORNERS).map(corner).collect()), Vec::new())
}

/// Ground as areas that nobody may drive into: what overlaps is one, so that whoever leaves the one is not stopped by the other. A ring
/// that crosses itself is taken with all that it goes around, and what is encircled belongs to what encircles it.
///
/// # Errors
/// When a place is none, or there are too many corners.
pub fn closed(ground: &MultiPolygon) -> Result<Vec<Area>, RouteError> {
    let whole: Vec<Polygon> = ground
        .iter()
        .filter(|part| part.exterior().0.len() > 3)
        .map(|part| match part.is_valid() {
            true => part.clone(),
            false => part.convex_hull(),
        })
        .collect();
    let joined = geo::unary_union(&whole);
    joined
        .iter()
        .map(|part| {
            let ring: Vec<Position> =
                part.exterior().0.iter().map(|at| Position { lon: at.x, lat: at.y }).collect();
            crate::roads::area(&ring)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Position {
        Position { lon, lat }
    }

    #[test]
    fn what_overlaps_is_one_area_and_what_lies_apart_is_not() {
        let near = circle(at(106.0, 38.0), 300.0);
        let level = circle(at(106.004, 38.0), 300.0);
        let far = circle(at(106.1, 38.0), 300.0);
        let closed = closed(&MultiPolygon::new(vec![near, level, far])).expect("areas");
        assert_eq!(closed.len(), 2);
        let holds =
            |lon| closed.iter().any(|area| area.holds(helan_route::Place { lon, lat: 38.0 }));
        assert!(holds(106.0) && holds(106.002) && holds(106.004) && holds(106.1));
        assert!(!holds(106.05));
    }

    #[test]
    fn a_ring_that_crosses_itself_closes_all_that_it_goes_around() {
        let bow = [at(106.0, 38.0), at(106.02, 38.02), at(106.02, 38.0), at(106.0, 38.02)];
        let closed = closed(&MultiPolygon::new(vec![polygon(&bow)])).expect("areas");
        let place = helan_route::Place { lon: 106.005, lat: 38.01 };
        assert!(closed.iter().any(|area| area.holds(place)));
        assert!(super::closed(&MultiPolygon::new(Vec::new())).expect("none").is_empty());
    }
}
