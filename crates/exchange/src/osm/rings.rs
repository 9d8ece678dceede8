//! Polygons from the ways of a relation: pieces of borders, in any order and direction.

use geo::{Contains, Coord, Geometry, LineString, MultiPolygon, Point, Polygon};

/// Pieces of one relation, at most: putting them together takes the square of their number.
const MAX_PIECES: usize = 2_000;

/// The polygons with these outer and inner borders; none when the borders do not close.
pub fn polygons(outer: Vec<LineString>, inner: Vec<LineString>) -> Option<Geometry> {
    let mut polygons: Vec<Polygon> =
        closed(outer)?.into_iter().map(|ring| Polygon::new(ring, Vec::new())).collect();
    for hole in closed(inner)? {
        let at = Point(*hole.0.first()?);
        let around = polygons.iter_mut().find(|polygon| {
            // A hole may touch its border: then another corner tells.
            hole.0.iter().any(|corner| polygon.contains(&Point(*corner))) || polygon.contains(&at)
        });
        if let Some(around) = around {
            around.interiors_push(hole);
        }
    }
    match polygons.len() {
        0 => None,
        1 => polygons.pop().map(Geometry::Polygon),
        _ => Some(Geometry::MultiPolygon(MultiPolygon::new(polygons))),
    }
}

/// Joins pieces end to end until all are rings.
fn closed(mut pieces: Vec<LineString>) -> Option<Vec<LineString>> {
    if pieces.len() > MAX_PIECES {
        return None;
    }
    pieces.retain(|piece| piece.0.len() > 1);
    let mut rings = Vec::new();
    while let Some(LineString(mut ring)) = pieces.pop() {
        while ring.first() != ring.last() {
            let end = *ring.last()?;
            let next = pieces.iter().position(|piece| ends(piece).contains(&end))?;
            let LineString(mut piece) = pieces.swap_remove(next);
            if piece.first() != Some(&end) {
                piece.reverse();
            }
            ring.extend(piece.into_iter().skip(1));
        }
        // Fewer corners than a triangle has.
        if ring.len() > 3 {
            rings.push(LineString(ring));
        }
    }
    Some(rings)
}

fn ends(piece: &LineString) -> Vec<Coord> {
    piece.0.first().into_iter().chain(piece.0.last()).copied().collect()
}

#[cfg(test)]
mod tests {
    use geo::Area;

    use super::*;

    fn line(places: &[(f64, f64)]) -> LineString {
        LineString::from(places.to_vec())
    }

    #[test]
    fn pieces_in_any_order_and_direction_are_one_border() {
        let outer = vec![
            line(&[(0.0, 0.0), (4.0, 0.0)]),
            line(&[(0.0, 4.0), (0.0, 0.0)]),
            line(&[(0.0, 4.0), (4.0, 4.0), (4.0, 0.0)]),
            line(&[(9.0, 9.0), (9.0, 8.0), (8.0, 8.0), (9.0, 9.0)]),
        ];
        let hole = line(&[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0), (1.0, 1.0)]);
        let found = polygons(outer, vec![hole]).unwrap();
        assert!((found.unsigned_area() - (16.0 - 1.0 + 0.5)).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn what_does_not_close_is_none() {
        assert_eq!(polygons(vec![line(&[(0.0, 0.0), (1.0, 1.0)])], Vec::new()), None);
        assert_eq!(polygons(Vec::new(), Vec::new()), None);
    }
}
