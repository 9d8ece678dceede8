//! The map in cells, so that a question about a place does not look at the whole region.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Position;

/// A box of longitudes and latitudes in degrees, ends included. Boxes across the 180th meridian are not needed here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// South-west corner.
    pub low: Position,
    /// North-east corner.
    pub high: Position,
}

impl Bounds {
    /// Metres of one degree of latitude, rounded down: a box is never too small.
    const METRES_PER_DEGREE: f64 = 111_000.0;

    /// A box that holds the circle of so many metres. The end of the circle that is nearest to a pole sets its width;
    /// beyond 89° that is the whole row.
    #[must_use]
    pub fn around(centre: Position, metres: f64) -> Self {
        let lat = (metres.max(0.0) / Self::METRES_PER_DEGREE).min(180.0);
        let widest = (centre.lat.abs() + lat).min(89.0).to_radians().cos();
        let lon = (lat / widest).min(360.0);
        Self {
            low: Position { lon: centre.lon - lon, lat: centre.lat - lat },
            high: Position { lon: centre.lon + lon, lat: centre.lat + lat },
        }
    }
}

/// Things by cells of the map: row of latitude, column of longitude, number of the thing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Grid {
    cells: BTreeSet<(i32, i32, u32)>,
}

impl Grid {
    /// Side of a cell in degrees: about 500 m, so that a household search sees one to four cells.
    const CELL_DEGREES: f64 = 0.005;

    /// Notes where a thing is. One whose place nobody gave is not noted.
    pub fn put(&mut self, id: u32, at: Position) {
        if let Some(at) = at.known() {
            let (row, column) = cell_of(at);
            self.cells.insert((row, column, id));
        }
    }

    /// Forgets a thing that was noted at a place.
    pub fn remove(&mut self, id: u32, at: Position) {
        if let Some(at) = at.known() {
            let (row, column) = cell_of(at);
            self.cells.remove(&(row, column, id));
        }
    }

    /// Everything in the cells that touch the box: all that it holds, and some further things.
    pub fn near(&self, bounds: Bounds) -> impl Iterator<Item = u32> {
        let (south, west) = cell_of(bounds.low);
        let (north, east) = cell_of(bounds.high);
        (south..=north).flat_map(move |row| {
            let (from, to) = ((row, west, 0), (row, east.max(west), u32::MAX));
            self.cells.range(from..=to).map(|(_, _, id)| *id)
        })
    }
}

fn cell_of(at: Position) -> (i32, i32) {
    (cell(at.lat.clamp(-90.0, 90.0)), cell(at.lon.clamp(-360.0, 360.0)))
}

fn cell(degrees: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to ±72 000 cells by the caller")]
    let cell = (degrees / Grid::CELL_DEGREES).floor() as i32;
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_of_a_circle_holds_the_circle() {
        let at = |lon: f64, lat: f64| Position { lon, lat };
        for lat in [0.0, 38.487, -70.0, 88.0] {
            for metres in [1.0, 60.0, 5000.0, 100_000.0] {
                let centre = at(106.0, lat);
                let b = Bounds::around(centre, metres);
                for end in [
                    at(b.low.lon, lat),
                    at(b.high.lon, lat),
                    at(106.0, b.low.lat),
                    at(106.0, b.high.lat),
                ] {
                    assert!(end.metres_to(centre) >= metres, "{lat} {metres} {end:?}");
                }
            }
        }
    }
}
