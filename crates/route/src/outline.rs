//! Land as cells of a grid, and the outlines of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Place, RouteError, place::Plane};

/// Cells, at most: about 100 MB.
const MAX_CELLS: usize = 1_000_000;

/// A closed ring; its first place is not repeated. Outer rings run counter-clockwise, holes clockwise.
pub type Ring = Vec<Place>;

/// Marked cells of a grid around a place.
#[derive(Debug)]
pub(crate) struct Cells {
    plane: Plane,
    size_m: f64,
    marked: BTreeSet<(i32, i32)>,
}

impl Cells {
    pub fn new(origin: Place, size_m: f64) -> Self {
        Self { plane: Plane::at(origin), size_m, marked: BTreeSet::new() }
    }

    /// Marks the cells along a line and all around them: everything within the size of a cell.
    pub fn mark(&mut self, line: &[Place]) -> Result<(), RouteError> {
        let plane = self.plane;
        let Some(first) = line.first() else { return Ok(()) };
        let mut at = plane.metres(*first);
        self.around(at);
        for next in line.iter().skip(1).map(|place| plane.metres(*place)) {
            let (dx, dy) = (next.0 - at.0, next.1 - at.1);
            let pieces = (dx.hypot(dy) / (self.size_m * 0.25)).ceil().max(1.0);
            let mut piece = 1.0;
            while piece <= pieces {
                self.around((at.0 + dx * piece / pieces, at.1 + dy * piece / pieces));
                if self.marked.len() > MAX_CELLS {
                    return Err(RouteError::TooLarge { what: "cells of land", most: MAX_CELLS });
                }
                piece += 1.0;
            }
            at = next;
        }
        Ok(())
    }

    fn around(&mut self, (x, y): (f64, f64)) {
        #[expect(clippy::cast_possible_truncation, reason = "the globe has fewer cells than that")]
        let cell = |metres: f64| (metres / self.size_m).floor() as i32;
        let (x, y) = (cell(x), cell(y));
        for dx in -1..=1 {
            for dy in -1..=1 {
                self.marked.insert((x + dx, y + dy));
            }
        }
    }

    /// The outlines as polygons: an outer ring, then its holes.
    pub fn polygons(&self) -> Vec<Vec<Ring>> {
        let rings = self.rings();
        let (outer, holes): (Vec<_>, Vec<_>) =
            rings.into_iter().partition(|ring| twice_area(ring) > 0);
        let mut polygons: Vec<(Vec<(i32, i32)>, Vec<Ring>)> =
            outer.into_iter().map(|ring| (ring.clone(), vec![self.places(&ring)])).collect();
        for hole in holes {
            // The smallest ring around it.
            let inside = polygons.iter_mut().filter(|(ring, _)| encloses(ring, &hole));
            if let Some((_, rings)) = inside.min_by_key(|(ring, _)| twice_area(ring)) {
                rings.push(self.places(&hole));
            }
        }
        polygons.into_iter().map(|(_, rings)| rings).collect()
    }

    /// Walks along the borders with the land on the left.
    fn rings(&self) -> Vec<Vec<(i32, i32)>> {
        let mut next: BTreeMap<(i32, i32), Vec<(i32, i32)>> = BTreeMap::new();
        for (x, y) in &self.marked {
            let (x, y) = (*x, *y);
            let sides = [
                ((x, y - 1), (x, y), (x + 1, y)),
                ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
                ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
                ((x - 1, y), (x, y + 1), (x, y)),
            ];
            for (beyond, from, to) in sides {
                if !self.marked.contains(&beyond) {
                    next.entry(from).or_default().push(to);
                }
            }
        }
        let mut rings = Vec::new();
        while let Some(start) = next.keys().next().copied() {
            let (mut ring, mut at, mut way) = (Vec::new(), start, (0, 0));
            while let Some(ends) = next.get_mut(&at) {
                // Where two corners touch, the same cell is followed.
                let left = |to: &(i32, i32)| {
                    let step = (to.0 - at.0, to.1 - at.1);
                    way.0 * step.1 - way.1 * step.0
                };
                let Some(place) = (0..ends.len()).max_by_key(|p| ends.get(*p).map(left)) else {
                    break;
                };
                let to = ends.swap_remove(place);
                if ends.is_empty() {
                    next.remove(&at);
                }
                let step = (to.0 - at.0, to.1 - at.1);
                if step != way {
                    ring.push(at);
                }
                (at, way) = (to, step);
                if at == start {
                    break;
                }
            }
            simple(ring, &mut rings);
        }
        rings
    }

    fn places(&self, ring: &[(i32, i32)]) -> Ring {
        let metres = |cell: i32| f64::from(cell) * self.size_m;
        ring.iter().map(|(x, y)| self.plane.place((metres(*x), metres(*y)))).collect()
    }
}

/// Takes a ring apart where it meets itself in a corner.
fn simple(ring: Vec<(i32, i32)>, rings: &mut Vec<Vec<(i32, i32)>>) {
    let (mut open, mut at) = (Vec::new(), BTreeMap::new());
    for corner in ring {
        if let Some(place) = at.get(&corner).copied() {
            let loose: Vec<(i32, i32)> = open.split_off(place);
            for gone in &loose {
                at.remove(gone);
            }
            rings.push(loose);
        }
        at.insert(corner, open.len());
        open.push(corner);
    }
    rings.push(open);
}

/// Twice the area; positive when the ring runs counter-clockwise.
fn twice_area(ring: &[(i32, i32)]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let cross = |((x, y), (u, v)): (&(i32, i32), &(i32, i32))| {
        i64::from(*x) * i64::from(*v) - i64::from(*u) * i64::from(*y)
    };
    ring.iter().zip(next).map(cross).sum()
}

/// Whether a ring holds another one: looks from the middle of the cell inside its first corner.
fn encloses(ring: &[(i32, i32)], hole: &[(i32, i32)]) -> bool {
    let Some((x, y)) = hole.iter().min().copied() else { return false };
    // The lowest leftmost corner of a hole: the cell to its upper right is not land.
    let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
    let next = ring.iter().cycle().skip(1);
    let crossed = ring.iter().zip(next).filter(|((ax, ay), (bx, by))| {
        let above = |y2: &i32| f64::from(*y2) > y;
        above(ay) != above(by) && f64::from(*ax.max(bx)) > x
    });
    crossed.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_of_road_has_a_hole() {
        let origin = Place { lon: 106.0, lat: 38.0 };
        let mut cells = Cells::new(origin, 100.0);
        let plane = Plane::at(origin);
        let ring = [(0.0, 0.0), (900.0, 0.0), (900.0, 900.0), (0.0, 900.0), (0.0, 0.0)];
        cells.mark(&ring.map(|at| plane.place(at))).unwrap();
        let polygons = cells.polygons();
        assert_eq!(polygons.len(), 1);
        assert_eq!(polygons[0].len(), 2);
        let area = crate::Area::new(&polygons[0][0], &polygons[0][1..]).unwrap();
        assert!(area.holds(plane.place((450.0, 5.0))));
        assert!(!area.holds(plane.place((450.0, 450.0))));
    }

    proptest::proptest! {
        #[test]
        fn polygons_hold_what_was_marked(
            marks in proptest::collection::vec((-2_000.0..2_000.0, -2_000.0..2_000.0), 1..12),
        ) {
            let origin = Place { lon: 106.0, lat: 38.0 };
            let (mut cells, plane) = (Cells::new(origin, 150.0), Plane::at(origin));
            for mark in &marks {
                cells.mark(&[plane.place(*mark)]).unwrap();
            }
            let areas: Vec<crate::Area> = cells
                .polygons()
                .iter()
                .map(|rings| crate::Area::new(&rings[0], &rings[1..]).unwrap())
                .collect();
            for mark in marks {
                let (place, near) = (plane.place(mark), plane.place((mark.0 + 140.0, mark.1)));
                proptest::prop_assert!(areas.iter().any(|area| area.holds(place)));
                proptest::prop_assert!(areas.iter().any(|area| area.holds(near)));
            }
        }
    }
}
