//! Outlines of cells as rings.

use std::collections::BTreeMap;

use crate::{Ring, area::MOST_CORNERS, bounds::count};

/// Most rings of one area; more are drawn together.
pub const MOST_RINGS: usize = 200;

/// Rings around the marked cells of each mask, in metres (east, north) of an origin that is counted from the northwest corner eastwards
/// and southwards. What an outline encloses counts as marked. Where an outline would have too many corners, all masks are drawn with
/// cells of twice the size until none has: the rings hold at least every marked cell, and stay nested when the masks are.
#[must_use]
pub fn of_masks(
    masks: &[Vec<bool>],
    columns: usize,
    cell_m: f64,
    origin: (f64, f64),
) -> Vec<Vec<Ring>> {
    let (mut masks, mut columns, mut cell_m) = (masks.to_vec(), columns.max(1), cell_m);
    loop {
        let outlines: Vec<Vec<Ring>> =
            masks.iter().map(|mask| rings(mask, columns, cell_m, origin)).collect();
        let fits = |rings: &Vec<Ring>| {
            rings.len() <= MOST_RINGS && rings.iter().all(|r| r.len() <= MOST_CORNERS)
        };
        if outlines.iter().all(fits) || masks.iter().all(|m| m.len() <= 1) {
            return outlines;
        }
        masks = masks.iter().map(|mask| coarser(mask, columns)).collect();
        columns = columns.div_ceil(2);
        cell_m *= 2.0;
    }
}

/// Cells of twice the size, marked when any of the four is.
fn coarser(mask: &[bool], columns: usize) -> Vec<bool> {
    let (wide, high) = (columns.div_ceil(2), mask.len().div_ceil(columns).div_ceil(2));
    let mut coarse = vec![false; wide * high];
    for cell in mask.iter().enumerate().filter(|(_, m)| **m).map(|(cell, _)| cell) {
        let place = cell / columns / 2 * wide + cell % columns / 2;
        if let Some(mark) = coarse.get_mut(place) {
            *mark = true;
        }
    }
    coarse
}

/// A corner of the grid.
type Corner = (usize, usize);

fn rings(mask: &[bool], columns: usize, cell_m: f64, origin: (f64, f64)) -> Vec<Ring> {
    let mut edges = edges(mask, columns);
    let mut found = Vec::new();
    while let Some((start, to)) = edges.pop_first().map(|(start, mut ends)| {
        let to = ends.pop();
        if !ends.is_empty() {
            edges.insert(start, ends);
        }
        (start, to)
    }) {
        let Some(to) = to else { continue };
        let ring = follow(&mut edges, start, to);
        let points: Ring = ring
            .iter()
            .map(|(x, y)| (metres(*x, cell_m) - origin.0, origin.1 - metres(*y, cell_m)))
            .collect();
        // Outlines run anticlockwise, holes clockwise; holes are left out.
        if signed(&points) > 0.0 {
            found.push(points);
        }
    }
    found
}

/// Sides between a marked cell and one that is not, the marked one to the left.
fn edges(mask: &[bool], columns: usize) -> BTreeMap<Corner, Vec<Corner>> {
    let marked = |x: Option<usize>, y: Option<usize>| match (x, y) {
        (Some(x), Some(y)) if x < columns => mask.get(y * columns + x).copied().unwrap_or(false),
        _ => false,
    };
    let mut edges: BTreeMap<Corner, Vec<Corner>> = BTreeMap::new();
    let mut add = |from: Corner, to: Corner| edges.entry(from).or_default().push(to);
    for cell in mask.iter().enumerate().filter(|(_, m)| **m).map(|(cell, _)| cell) {
        let (x, y) = (cell % columns, cell / columns);
        // South, east, north, west; y grows southwards.
        if !marked(Some(x), y.checked_add(1)) {
            add((x, y + 1), (x + 1, y + 1));
        }
        if !marked(x.checked_add(1), Some(y)) {
            add((x + 1, y + 1), (x + 1, y));
        }
        if !marked(Some(x), y.checked_sub(1)) {
            add((x + 1, y), (x, y));
        }
        if !marked(x.checked_sub(1), Some(y)) {
            add((x, y), (x, y + 1));
        }
    }
    edges
}

/// The corners of one closed line, those on a straight left out.
fn follow(edges: &mut BTreeMap<Corner, Vec<Corner>>, start: Corner, first: Corner) -> Vec<Corner> {
    let mut corners = Vec::new();
    let (mut from, mut here) = (start, first);
    loop {
        // Where two cells touch by a corner, the line keeps to the left: the cells stay apart.
        let next = if here == start {
            first
        } else {
            let Some(ends) = edges.get_mut(&here) else { return corners };
            let left = ends.iter().position(|to| is_left(from, here, *to)).unwrap_or(0);
            let to = ends.swap_remove(left.min(ends.len().saturating_sub(1)));
            if ends.is_empty() {
                edges.remove(&here);
            }
            to
        };
        if !straight(from, here, next) {
            corners.push(here);
        }
        if here == start {
            return corners;
        }
        (from, here) = (here, next);
    }
}

/// Whether three corners lie on a line along the grid.
fn straight(a: Corner, b: Corner, c: Corner) -> bool {
    (a.0 == b.0 && b.0 == c.0) || (a.1 == b.1 && b.1 == c.1)
}

/// Whether the way turns left (y grows southwards).
fn is_left((ax, ay): Corner, (bx, by): Corner, (cx, cy): Corner) -> bool {
    let side = |from: usize, to: usize| metres(to, 1.0) - metres(from, 1.0);
    side(ax, bx) * side(by, cy) - side(ay, by) * side(bx, cx) < 0.0
}

fn metres(cells: usize, cell_m: f64) -> f64 {
    count(cells) * cell_m
}

fn signed(ring: &Ring) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::surface;

    fn mask(rows: &[&str]) -> (Vec<bool>, usize) {
        (rows.iter().flat_map(|r| r.chars().map(|c| c == '#')).collect(), rows[0].len())
    }

    #[test]
    fn cells_are_outlined_and_holes_closed() {
        let (cells, columns) = mask(&["###..", "#.#..", "###.#", "....."]);
        let outline = of_masks(&[cells], columns, 10.0, (0.0, 0.0)).remove(0);
        let mut surfaces: Vec<f64> = outline.iter().map(surface).collect();
        surfaces.sort_by(f64::total_cmp);
        assert_eq!(surfaces, [100.0, 900.0]);
        assert!(outline.iter().all(|ring| ring.len() == 4), "straight sides have no corners");
        assert!(outline.iter().flatten().all(|(x, y)| *x >= 0.0 && *y <= 0.0), "south is down");
    }

    #[test]
    fn cells_that_touch_by_a_corner_stay_apart() {
        let (cells, columns) = mask(&["#.", ".#"]);
        let outline = of_masks(&[cells], columns, 1.0, (0.0, 0.0)).remove(0);
        assert_eq!(outline.len(), 2);
        assert!(outline.iter().all(|ring| ring.len() == 4));
    }

    #[test]
    fn a_ragged_outline_is_drawn_coarser_and_larger() {
        let columns = 400;
        let cells: Vec<bool> = (0..columns * 40)
            .map(|cell| cell / columns > 20 || (cell % 2 == 0 && cell / columns > 10))
            .collect();
        let marked = cells.iter().filter(|c| **c).count();
        let outline = of_masks(&[cells], columns, 1.0, (0.0, 0.0)).remove(0);
        assert!(outline.iter().all(|ring| ring.len() <= MOST_CORNERS));
        let drawn: f64 = outline.iter().map(surface).sum();
        assert!(drawn >= f64::from(u32::try_from(marked).expect("small")), "{drawn} {marked}");
    }
}
