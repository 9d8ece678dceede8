//! From a cloud and a level to an outline that misses nobody: drawn with the wind (x along it, y to its left) and widened by what the
//! wind's direction may err.

use std::f64::consts::{PI, TAU};

use super::cloud::Cloud;
use crate::area::Ring;

/// Stations along the axis.
const STATIONS: u32 = 36;
/// Cells of half a turn: a degree each, the same for every level, so that the area of a lower level holds that of a higher one.
const CELLS: u8 = 180;
/// A cell, radians.
const CELL: f64 = PI / CELLS as f64;

/// What is drawn, corner by corner.
pub(super) struct Drawing {
    /// Half angle that the direction may err, radians.
    half_angle: f64,
    /// Nearest distance, m: 0 unless the clouds have left the source.
    from_m: f64,
    /// Of each cloud one side as angle from the axis and radius, from near to far.
    sides: Vec<Vec<(f64, f64)>>,
}

impl Drawing {
    pub(super) const fn new(half_angle: f64, from_m: f64) -> Self {
        Self { half_angle, from_m, sides: Vec::new() }
    }

    /// Adds a cloud up to a distance; `reach_m` is how far the level is reached over all times.
    pub(super) fn add(&mut self, cloud: &Cloud, kg_m3: f64, to_m: f64, reach_m: f64) {
        if to_m < self.from_m {
            return;
        }
        // Twice as many samples as stations, denser at both ends, where the width changes most.
        let samples = STATIONS * 2;
        let length = to_m - self.from_m;
        let place = |i: u32| {
            let turn = PI * f64::from(i) / f64::from(samples);
            self.from_m + length * 0.5 * (1.0 - turn.cos())
        };
        let widths: Vec<f64> =
            (0..=samples).map(|i| cloud.half_width(place(i), kg_m3, reach_m)).collect();
        let around = |i: usize| {
            let near = widths.iter().skip(i.saturating_sub(2)).take(i.min(2) + 3);
            // The contour is smooth: between samples it is at most a little wider.
            near.fold(0.0, |m: f64, w| m.max(*w)) * 1.01
        };
        let corner = |(i, n): (u32, usize)| {
            let (x, w) = (place(i), around(n));
            (w.atan2(x), (w * w + x * x).sqrt())
        };
        self.sides.push((0..=samples).zip(0_usize..).step_by(2).map(corner).collect());
    }

    /// The outline, anticlockwise, with the wind: with a circle around the source of at least this radius unless the clouds have left it.
    /// Empty when nothing was added.
    pub(super) fn outline(self, near_m: f64) -> Ring {
        let mut near = 0.0;
        if self.from_m <= 0.0 {
            // What is wide at the source is held by the circle, so that the sector stays as narrow as the cloud beyond.
            let first = self.sides.iter().filter_map(|side| side.get(..3)).flatten();
            near = first.fold(near_m, |m: f64, (_, radius)| m.max(*radius));
        }
        if self.sides.is_empty() && near <= 0.0 {
            return Ring::new();
        }
        ring(&cells(&self.sides, near, self.half_angle), near, self.from_m)
    }
}

/// Greatest radius in each cell of angle from the axis outwards, the direction's error included; only as many as hold anything.
fn cells(sides: &[Vec<(f64, f64)>], near_m: f64, half_angle: f64) -> Vec<f64> {
    let mut own = [0.0_f64; CELLS as usize];
    let mut last = 0;
    let mut mark = |from: f64, to: f64, radius: f64| {
        let (first, until) = (index(from), index(to));
        last = last.max(until);
        for slot in own.iter_mut().take(until + 1).skip(first) {
            *slot = slot.max(radius);
        }
    };
    for side in sides {
        for (a, b) in side.iter().zip(side.iter().skip(1)) {
            if a.1.max(b.1) > near_m {
                mark(a.0.min(b.0), a.0.max(b.0), a.1.max(b.1));
            }
        }
        // The tip: what lies between the side and the axis.
        if let Some((angle, radius)) = side.last().filter(|(_, radius)| *radius > near_m) {
            mark(0.0, *angle, *radius);
        }
    }
    // A place at an angle is reached from any cell within the error of the direction.
    let reach = index(half_angle) + 1;
    let greatest = |i: usize| {
        let near = own.iter().skip(i.saturating_sub(reach)).take(reach + 1 + reach.min(i));
        near.fold(0.0, |m: f64, radius| m.max(*radius))
    };
    let count = (last + reach).min(usize::from(CELLS) - 1);
    (0..=count).map(greatest).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the number of cells, a small constant"
)]
fn index(angle: f64) -> usize {
    (angle / CELL).clamp(0.0, f64::from(CELLS - 1)) as usize
}

/// Corners from radii by cell: out along the sector, back along the circle around the source or the inner arc.
fn ring(radii: &[f64], near_m: f64, from_m: f64) -> Ring {
    // A chord lies nearer than its arc.
    let out = 1.0 / (CELL / 2.0).cos();
    let at = |radius: f64, angle: f64| (radius * angle.cos(), radius * angle.sin());
    // At an edge between two cells the greater radius of both: the chord then covers each of them.
    let before = std::iter::once(&0.0).chain(radii);
    let after = radii.iter().chain(std::iter::once(&0.0));
    let edges: Vec<(f64, f64)> = (0_u16..)
        .zip(before.zip(after))
        .map(|(i, (a, b))| (a.max(*b).max(near_m) * out, CELL * f64::from(i)))
        .collect();
    let end = edges.last().map_or(0.0, |(_, angle)| *angle);
    let whole = end > PI - 1e-6;
    let mut ring: Ring = Vec::with_capacity(2 * edges.len() + 26);
    let lower = edges.iter().skip(1).rev().skip(usize::from(whole));
    ring.extend(lower.map(|(radius, angle)| at(*radius, -angle)));
    ring.extend(edges.iter().map(|(radius, angle)| at(*radius, *angle)));
    if whole {
        return ring;
    }
    if from_m > near_m {
        // The cloud has left the source.
        ring.extend((0..=24).map(|i| at(from_m, end * (1.0 - f64::from(i) / 12.0))));
    } else if near_m > 0.0 {
        let step = (TAU - 2.0 * end) / 25.0;
        let radius = near_m / (step / 2.0).cos();
        ring.extend((1..25).map(|i| at(radius, end + step * f64::from(i))));
    } else {
        ring.push((0.0, 0.0));
    }
    ring
}
