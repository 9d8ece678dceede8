//! Roughly where: cells of a grid of degrees that everybody can compute.

use geo::Coord;

/// A cell of a grid on WGS-84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Its western border, degrees.
    pub west: f64,
    /// Its southern border, degrees.
    pub south: f64,
    /// Its sides, degrees.
    pub side: f64,
}

/// Sides of the cells, from rough to fine, in hundredths of a degree: from about 60 km to about 1 km.
pub(super) const SIDES: [u16; 4] = [64, 16, 4, 1];

impl Cell {
    /// The finest cell, of about a kilometre: what those see of a home who may not see people.
    #[must_use]
    pub fn of(at: Coord) -> Self {
        Self::with_side(at, 1)
    }

    pub(super) fn with_side(at: Coord, hundredths: u16) -> Self {
        let side = f64::from(hundredths) / 100.0;
        let low = |degrees: f64| (degrees / side).floor() * side;
        Self { west: low(at.x), south: low(at.y), side }
    }

    /// Its middle.
    #[must_use]
    pub fn middle(&self) -> Coord {
        Coord { x: tidy(self.west + self.side / 2.0), y: tidy(self.south + self.side / 2.0) }
    }
}

/// Without the dust of binary fractions: a thousandth of a degree is finer than any middle of a cell needs.
fn tidy(degrees: f64) -> f64 {
    (degrees * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_cell() {
        let middle = |x, y| Cell::of(Coord { x, y }).middle();
        assert_eq!(middle(106.271, 38.461), Coord { x: 106.275, y: 38.465 });
        assert_eq!(middle(106.279, 38.469), middle(106.271, 38.461));
        assert_ne!(middle(106.281, 38.469), middle(106.271, 38.461));
        assert_eq!(middle(-0.001, -0.001), Coord { x: -0.005, y: -0.005 });
    }
}
