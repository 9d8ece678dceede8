//! An elevation model, and where water goes on it.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{
    HazardError,
    bounds::{together, within},
};

/// Most cells of a grid: a county at 30 m. More is cut into tiles first.
pub const MOST_CELLS: usize = 4_000_000;
/// What a filled flat rises per cell towards its far end, metres, so that it drains; a flat as wide as a grid rises two metres at most.
const RISE_M: f64 = 1e-3;
/// No receiver: the water leaves the grid here.
const LEAVES: u32 = u32::MAX;

/// Heights on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    columns: usize,
    rows: usize,
    cell_m: f64,
    heights_m: Vec<f64>,
}

impl Grid {
    /// A grid from its heights, row by row from the northwest, in square cells; NaN where nobody knows the height.
    ///
    /// # Errors
    /// When the shape does not fit, the grid is empty or too large, or a height is not one of the earth.
    pub fn new(columns: usize, cell_m: f64, heights_m: Vec<f64>) -> Result<Self, HazardError> {
        let cell_m = within("cell_m", cell_m, (0.1, 10_000.0), "m")?;
        if columns == 0 || heights_m.is_empty() || !heights_m.len().is_multiple_of(columns) {
            return Err(together("the heights do not fill whole rows"));
        }
        if heights_m.len() > MOST_CELLS {
            return Err(together(format!("at most {MOST_CELLS} cells")));
        }
        if heights_m.iter().all(|h| h.is_nan()) {
            return Err(together("no height is known"));
        }
        for height in heights_m.iter().filter(|h| !h.is_nan()) {
            within("heights_m", *height, (-12_000.0, 9_000.0), "m")?;
        }
        let rows = heights_m.len() / columns;
        Ok(Self { columns, rows, cell_m, heights_m })
    }

    /// Columns.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// Rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Side of a cell, metres.
    #[must_use]
    pub const fn cell_m(&self) -> f64 {
        self.cell_m
    }

    /// Height of a cell by its number, row by row; NaN outside and where it is unknown.
    #[must_use]
    pub fn height_m(&self, cell: usize) -> f64 {
        self.heights_m.get(cell).copied().unwrap_or(f64::NAN)
    }

    /// The neighbours of a cell within the grid with their distance in cells.
    fn neighbours(&self, cell: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        const AROUND: [(isize, isize); 8] =
            [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
        let (column, row) = (cell % self.columns, cell / self.columns);
        AROUND.into_iter().filter_map(move |(dx, dy)| {
            let x = column.checked_add_signed(dx).filter(|x| *x < self.columns)?;
            let y = row.checked_add_signed(dy).filter(|y| *y < self.rows)?;
            let way = if dx != 0 && dy != 0 { std::f64::consts::SQRT_2 } else { 1.0 };
            Some((y * self.columns + x, way))
        })
    }

    fn on_edge(&self, cell: usize) -> bool {
        let (column, row) = (cell % self.columns, cell / self.columns);
        column == 0 || row == 0 || column + 1 == self.columns || row + 1 == self.rows
    }
}

/// Where water goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Drainage {
    /// Heights with all pits filled, each cell a little above where it drains.
    pub filled_m: Vec<f64>,
    /// The cell each one drains to.
    receiver: Vec<u32>,
    /// Cells from the lowest to the highest, those unknown left out.
    upwards: Vec<u32>,
    /// How many cells drain through each, itself included.
    pub upstream: Vec<u32>,
}

/// A height in the queue.
#[derive(PartialEq)]
struct Height(f64);

impl Eq for Height {}

impl PartialOrd for Height {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Height {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Drainage {
    /// Fills pits from the edge inwards (priority flood, Barnes, Lehman and Mulla 2014), lets each cell drain to the steepest of its eight
    /// neighbours (O'Callaghan and Mark 1984), and counts what comes together.
    #[must_use]
    pub fn of(grid: &Grid) -> Self {
        let (filled_m, upwards) = fill(grid);
        let mut receiver = vec![LEAVES; filled_m.len()];
        for cell in &upwards {
            let cell = wide(*cell);
            let height = at(&filled_m, cell);
            let steepest = grid
                .neighbours(cell)
                .map(|(n, way)| (n, (height - at(&filled_m, n)) / way))
                .filter(|(_, fall)| *fall > 0.0)
                .fold(None, |best: Option<(usize, f64)>, next| match best {
                    Some(best) if best.1 >= next.1 => Some(best),
                    _ => Some(next),
                });
            if let (Some((to, _)), Some(slot)) = (steepest, receiver.get_mut(cell)) {
                *slot = narrow(to);
            }
        }
        let mut upstream: Vec<u32> = filled_m.iter().map(|h| u32::from(!h.is_nan())).collect();
        for cell in upwards.iter().rev() {
            let own = upstream.get(wide(*cell)).copied().unwrap_or(0);
            let to = receiver.get(wide(*cell)).copied().unwrap_or(LEAVES);
            if let Some(sum) = upstream.get_mut(wide(to)) {
                *sum += own;
            }
        }
        Self { filled_m, receiver, upwards, upstream }
    }

    /// The cell that one drains to; none where the water leaves the grid.
    #[must_use]
    pub fn receiver(&self, cell: usize) -> Option<usize> {
        self.receiver.get(cell).filter(|r| **r != LEAVES).map(|r| wide(*r))
    }

    /// Known cells from the lowest to the highest.
    pub fn upwards(&self) -> impl Iterator<Item = usize> + '_ {
        self.upwards.iter().map(|c| wide(*c))
    }

    /// Whether a cell belongs to a stream: at least so many cells drain through it.
    #[must_use]
    pub fn is_stream(&self, cell: usize, from_cells: u32) -> bool {
        self.upstream.get(cell).is_some_and(|n| *n >= from_cells.max(1))
    }
}

fn fill(grid: &Grid) -> (Vec<f64>, Vec<u32>) {
    let mut filled = vec![f64::NAN; grid.heights_m.len()];
    let mut seen = vec![false; filled.len()];
    let mut queue: BinaryHeap<Reverse<(Height, u32)>> = BinaryHeap::new();
    // Water leaves at the edge and where the ground is unknown.
    for (cell, height) in grid.heights_m.iter().enumerate().filter(|(_, h)| !h.is_nan()) {
        let leaves =
            grid.on_edge(cell) || grid.neighbours(cell).any(|(n, _)| grid.height_m(n).is_nan());
        if leaves && let Some(mark) = seen.get_mut(cell) {
            *mark = true;
            queue.push(Reverse((Height(*height), narrow(cell))));
        }
    }
    let mut order = Vec::with_capacity(filled.len());
    while let Some(Reverse((Height(height), cell))) = queue.pop() {
        order.push(cell);
        if let Some(slot) = filled.get_mut(wide(cell)) {
            *slot = height;
        }
        for (next, _) in grid.neighbours(wide(cell)) {
            let own = grid.height_m(next);
            match seen.get_mut(next) {
                Some(mark) if !*mark && !own.is_nan() => *mark = true,
                _ => continue,
            }
            queue.push(Reverse((Height(own.max(height + RISE_M)), narrow(next))));
        }
    }
    (filled, order)
}

fn at(values: &[f64], cell: usize) -> f64 {
    values.get(cell).copied().unwrap_or(f64::NAN)
}

fn wide(cell: u32) -> usize {
    usize::try_from(cell).unwrap_or(usize::MAX)
}

fn narrow(cell: usize) -> u32 {
    u32::try_from(cell).unwrap_or(LEAVES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pit_is_filled_and_everything_drains() {
        // A bowl of 5 × 5 with one low edge cell.
        let mut heights = vec![10.0; 25];
        heights[12] = 1.0;
        heights[10] = 5.0;
        let grid = Grid::new(5, 10.0, heights).expect("a grid");
        let drainage = Drainage::of(&grid);
        assert!(drainage.filled_m[12] > 5.0 && drainage.filled_m[12] < 10.1);
        for cell in 0..25 {
            let mut here = cell;
            for _ in 0..25 {
                match drainage.receiver(here) {
                    Some(next) => {
                        assert!(drainage.filled_m[next] < drainage.filled_m[here], "downhill");
                        here = next;
                    }
                    None => break,
                }
            }
            assert_eq!(drainage.receiver(here), None, "the water of {cell} leaves the grid");
        }
        let leaving: u32 =
            (0..25).filter(|c| drainage.receiver(*c).is_none()).map(|c| drainage.upstream[c]).sum();
        assert_eq!(leaving, 25, "no cell is lost or counted twice");
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(Grid::new(3, 10.0, vec![0.0; 10]).is_err());
        assert!(Grid::new(0, 10.0, vec![]).is_err());
        assert!(Grid::new(1, 10.0, vec![f64::NAN]).is_err());
        assert!(Grid::new(1, 10.0, vec![f64::INFINITY]).is_err());
        assert!(Grid::new(1, 0.0, vec![1.0]).is_err());
    }
}
