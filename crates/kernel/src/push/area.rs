//! The danger area: which places a zone holds. Polygons are few and small here, so this is plain geometry in degrees.

use super::Shape;
use crate::{
    Position,
    danger::Origin,
    registry::{Bounds, Facility, Person, Post, Registry},
};

/// What is known about a place, as zones ask for it. Empty words and floor 0 mean: unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot<'a> {
    pub position: Option<Position>,
    pub facility: &'a str,
    pub room: &'a str,
    pub stair: &'a str,
    pub floor: i32,
    /// Whether it lies in one room of its facility. A facility as a whole and a post do not.
    pub indoors: bool,
}

impl<'a> Spot<'a> {
    /// The centre of a danger.
    pub fn of_origin(origin: &'a Origin) -> Self {
        Self {
            position: origin.position,
            facility: &origin.facility,
            room: &origin.room,
            stair: &origin.stair,
            floor: origin.floor,
            indoors: true,
        }
    }

    /// Where a person usually is.
    pub fn of_person(registry: &Registry, person: &'a Person) -> Self {
        Self {
            position: position_or_facility(registry, person.position, &person.facility),
            facility: &person.facility,
            room: &person.room,
            stair: &person.stair,
            floor: person.floor,
            indoors: true,
        }
    }

    /// Where a post is: it answers for its facility, but does not live in one of its rooms.
    pub fn of_post(post: &'a Post) -> Self {
        let position = post.position.and_then(Position::known);
        let facility = &post.facility;
        Self { position, facility, room: "", stair: "", floor: 0, indoors: false }
    }

    /// A facility as a whole.
    pub fn of_facility(facility: &'a Facility) -> Self {
        let position = facility.position.known();
        let facility = &facility.key;
        Self { position, facility, room: "", stair: "", floor: 0, indoors: false }
    }
}

fn position_or_facility(registry: &Registry, own: Position, facility: &str) -> Option<Position> {
    own.known().or_else(|| registry.facilities.by_key(facility)?.position.known())
}

/// Whether a zone around `centre` holds `spot`. What is unknown counts as inside: a person too many is told rather than
/// one too few.
pub(super) fn holds(shape: &Shape, centre: &Spot<'_>, spot: &Spot<'_>) -> bool {
    let same = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
    let facility = !centre.facility.is_empty() && centre.facility == spot.facility;
    match shape {
        Shape::Room => facility && spot.indoors && same(centre.room, spot.room),
        Shape::Stair { floors } => {
            let near = centre.floor == 0
                || spot.floor == 0
                || centre.floor.abs_diff(spot.floor) <= floors.max(&0).unsigned_abs();
            facility && spot.indoors && same(centre.stair, spot.stair) && near
        }
        Shape::Facility => facility,
        Shape::Radius { metres } => match (centre.position, spot.position) {
            (Some(a), Some(b)) => a.metres_to(b) <= *metres,
            _ => facility,
        },
        Shape::Polygon(ring) => match spot.position {
            Some(position) => polygon_holds(ring, position),
            None => facility && centre.position.is_none_or(|p| polygon_holds(ring, p)),
        },
        Shape::Outline(rings) => match spot.position.or(centre.position.filter(|_| facility)) {
            Some(position) => rings.iter().any(|ring| polygon_holds(ring, position)),
            None => facility,
        },
        Shape::Circle { centre, metres } => match spot.position {
            Some(position) => centre.metres_to(position) <= *metres,
            None => facility,
        },
        // Not resolved: whoever belongs to the place of the danger is near it.
        Shape::Level { fallback_metres, .. } => match (centre.position, spot.position) {
            (Some(a), Some(b)) => a.metres_to(b) <= *fallback_metres,
            _ => facility,
        },
    }
}

/// Whether a ring holds a position. The edge counts as inside; a ring may cross itself (even-odd rule) and need not be
/// closed. Fewer than three corners hold nothing but their edge.
pub(super) fn polygon_holds(ring: &[Position], p: Position) -> bool {
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    let mut inside = false;
    for (a, b) in edges {
        if on_edge(*a, *b, p) {
            return true;
        }
        // Half-open in latitude: a corner belongs to one of its two edges, so a ray through it counts once.
        if (a.lat > p.lat) != (b.lat > p.lat) {
            let lon = a.lon + (p.lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon);
            if p.lon < lon {
                inside = !inside;
            }
        }
    }
    inside
}

/// Nearer to an edge than this (0.1 mm on the ground) is on it: more than the rounding of a sum in degrees.
const EDGE_DEGREES: f64 = 1e-9;

fn on_edge(a: Position, b: Position, p: Position) -> bool {
    let (dx, dy) = (b.lon - a.lon, b.lat - a.lat);
    let (px, py) = (p.lon - a.lon, p.lat - a.lat);
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 { ((px * dx + py * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let (ex, ey) = (px - along * dx, py - along * dy);
    ex * ex + ey * ey <= EDGE_DEGREES * EDGE_DEGREES
}

/// A box around a shape that is found by position; none for shapes inside a facility, or without a place.
pub(super) fn bounds(shape: &Shape, centre: &Spot<'_>) -> Option<Bounds> {
    match shape {
        Shape::Room | Shape::Stair { .. } | Shape::Facility => None,
        Shape::Radius { metres } => centre.position.map(|p| Bounds::around(p, *metres)),
        Shape::Level { fallback_metres, .. } => {
            centre.position.map(|p| Bounds::around(p, *fallback_metres))
        }
        Shape::Circle { centre, metres } => Some(Bounds::around(*centre, *metres)),
        Shape::Polygon(ring) => around(ring.iter()),
        Shape::Outline(rings) => around(rings.iter().flatten()),
    }
}

fn around<'a>(mut points: impl Iterator<Item = &'a Position>) -> Option<Bounds> {
    let first = *points.next()?;
    let mut b = Bounds { low: first, high: first };
    for p in points {
        b.low = Position { lon: b.low.lon.min(p.lon), lat: b.low.lat.min(p.lat) };
        b.high = Position { lon: b.high.lon.max(p.lon), lat: b.high.lat.max(p.lat) };
    }
    b.low = Position { lon: b.low.lon - EDGE_DEGREES, lat: b.low.lat - EDGE_DEGREES };
    b.high = Position { lon: b.high.lon + EDGE_DEGREES, lat: b.high.lat + EDGE_DEGREES };
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Position {
        Position { lon, lat }
    }

    #[test]
    fn a_polygon_holds_its_inside_and_its_edge() {
        // A square with a notch from the north down to its middle.
        let ring = [
            at(106.0, 38.0),
            at(106.4, 38.0),
            at(106.4, 38.4),
            at(106.3, 38.4),
            at(106.2, 38.2),
            at(106.1, 38.4),
            at(106.0, 38.4),
            at(106.0, 38.0),
        ];
        let check = |lon: f64, lat: f64, expected: bool| {
            assert_eq!(polygon_holds(&ring, at(lon, lat)), expected, "{lon} {lat}");
            let reversed: Vec<Position> = ring.iter().rev().copied().collect();
            assert_eq!(polygon_holds(&reversed, at(lon, lat)), expected, "reversed {lon} {lat}");
            assert_eq!(polygon_holds(&ring[..7], at(lon, lat)), expected, "open {lon} {lat}");
        };
        check(106.2, 38.1, true);
        check(106.05, 38.2, true); // level with the bottom of the notch
        check(106.35, 38.2, true);
        check(106.2, 38.3, false); // in the notch
        check(106.2, 38.2, true); // the corner of the notch
        check(106.15, 38.3, true); // on its slope
        check(106.0, 38.2, true); // on the west edge
        check(106.2, 38.0, true); // on the south edge
        check(106.0, 38.0, true); // a corner
        check(106.05, 38.4, true); // on the north edge
        check(106.2, 38.4, false); // between the horns
        check(105.9, 38.0, false); // in line with the south edge, outside
        check(106.5, 38.0, false);
        check(105.9, 38.4, false);
        check(106.2, 38.5, false);
    }

    #[test]
    fn rings_without_an_inside_hold_only_their_edge() {
        assert!(!polygon_holds(&[], at(106.0, 38.0)));
        assert!(polygon_holds(&[at(106.0, 38.0)], at(106.0, 38.0)));
        let line = [at(106.0, 38.0), at(106.2, 38.2)];
        assert!(polygon_holds(&line, at(106.1, 38.1)));
        assert!(!polygon_holds(&line, at(106.1, 38.11)));
    }

    #[test]
    fn inside_a_facility_the_unknown_counts_as_inside() {
        let spot = |room: &'static str, stair: &'static str, floor: i32| Spot {
            position: None,
            facility: "block-7",
            room,
            stair,
            floor,
            indoors: true,
        };
        let check = |shape: Shape, centre: Spot<'_>, other: Spot<'_>, expected: bool| {
            assert_eq!(holds(&shape, &centre, &other), expected, "{shape:?} {centre:?} {other:?}");
        };
        let centre = spot("1-302", "1", 3);
        check(Shape::Room, centre, spot("1-302", "1", 3), true);
        check(Shape::Room, centre, spot("1-301", "1", 3), false);
        check(Shape::Room, centre, spot("", "1", 3), true);
        let stair = Shape::Stair { floors: 1 };
        check(stair.clone(), centre, spot("1-202", "1", 2), true);
        check(stair.clone(), centre, spot("1-402", "1", 4), true);
        check(stair.clone(), centre, spot("1-502", "1", 5), false);
        check(stair.clone(), centre, spot("2-302", "2", 3), false);
        check(stair.clone(), centre, spot("", "", 0), true);
        check(stair.clone(), spot("", "1", 0), spot("1-1802", "1", 18), true);
        check(stair, spot("", "", i32::MIN), spot("1-1802", "1", i32::MAX), false);
        let elsewhere = Spot { facility: "block-8", ..centre };
        check(Shape::Facility, centre, spot("2-101", "2", 1), true);
        check(Shape::Facility, centre, elsewhere, false);
        check(Shape::Room, centre, elsewhere, false);
        let nowhere = Spot { facility: "", ..centre };
        check(Shape::Facility, nowhere, nowhere, false);
        check(Shape::Room, centre, Spot { indoors: false, ..centre }, false);
        check(Shape::Facility, centre, Spot { indoors: false, ..centre }, true);
    }
}
