//! From a cloud and a level to an outline that misses nobody: drawn with the wind (x along it, y to its left) and widened by what the
//! wind's direction may err.

use std::f64::consts::{PI, TAU};

use super::cloud::Cloud;
use crate::area::Ring;

/// Stations along the axis.
const STATIONS: u32 = 36;
/// Cells of the half sector.
const CELLS: u8 = 36;

/// What is drawn: a stretch of the axis, what lies around the source, and how far the direction may err.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Nearest distance, m: 0 unless the cloud has left the source.
    pub(super) from_m: f64,
    /// Farthest distance, m.
    pub(super) to_m: f64,
    /// Reach of the level over all times, m.
    pub(super) reach_m: f64,
    /// Circle around the source that is inside in any case, m.
    pub(super) near_m: f64,
    /// Half angle that the direction may err, radians.
    pub(super) half_angle: f64,
}

/// Corners of one side: distance along and half width, never narrower than the contour.
fn side(cloud: &Cloud, kg_m3: f64, stretch: &Stretch) -> Vec<(f64, f64)> {
    // Twice as many samples as stations, denser at both ends, where the width changes most.
    let samples = STATIONS * 2;
    let length = stretch.to_m - stretch.from_m;
    let place = |i: u32| {
        let turn = std::f64::consts::PI * f64::from(i) / f64::from(samples);
        stretch.from_m + length * 0.5 * (1.0 - turn.cos())
    };
    let widths: Vec<f64> =
        (0..=samples).map(|i| cloud.half_width(place(i), kg_m3, stretch.reach_m)).collect();
    let around = |i: usize| {
        let near = widths.iter().skip(i.saturating_sub(2)).take(i.min(2) + 3);
        // The contour is smooth: between samples it is at most a little wider.
        near.fold(0.0, |m: f64, w| m.max(*w)) * 1.01
    };
    (0..=samples).zip(0_usize..).step_by(2).map(|(i, n)| (place(i), around(n))).collect()
}

/// The outline, anticlockwise, with the wind.
pub(super) fn outline(cloud: &Cloud, kg_m3: f64, stretch: &Stretch) -> Ring {
    let corners = side(cloud, kg_m3, stretch);
    let polar: Vec<(f64, f64)> = corners.iter().map(|(x, w)| (w.atan2(*x), w.hypot(*x))).collect();
    // Around the source a circle, so that what is wide there does not coarsen the sector.
    let near = match polar.get(..3) {
        Some(first) if stretch.from_m <= 0.0 => {
            first.iter().fold(stretch.near_m, |m, (_, radius)| m.max(*radius))
        }
        _ if stretch.from_m <= 0.0 => stretch.near_m,
        _ => 0.0,
    };
    let beyond: Vec<_> = polar.iter().copied().filter(|(_, radius)| *radius >= near).collect();
    let widest = beyond.iter().fold(0.0, |m: f64, (angle, _)| m.max(*angle));
    let total = (widest + stretch.half_angle).min(PI);
    let cell = (total / f64::from(CELLS)).max(1e-4);
    ring(&cells(&beyond, cell, stretch.half_angle), cell, near, stretch.from_m)
}

/// Greatest radius in each cell of angle from the axis outwards, the direction's error included.
fn cells(polar: &[(f64, f64)], cell: f64, half_angle: f64) -> Vec<f64> {
    let last = usize::from(CELLS) - 1;
    let mut own = vec![0.0_f64; last + 1];
    let mut mark = |from: f64, to: f64, radius: f64| {
        let (first, until) = (index(from / cell), index(to / cell));
        for slot in own.iter_mut().take(until + 1).skip(first) {
            *slot = slot.max(radius);
        }
    };
    for (a, b) in polar.iter().zip(polar.iter().skip(1)) {
        mark(a.0.min(b.0), a.0.max(b.0), a.1.max(b.1));
    }
    // The tip: what lies between the side and the axis.
    if let Some((angle, radius)) = polar.last() {
        mark(0.0, *angle, *radius);
    }
    // A place at an angle is reached from any cell within the error of the direction.
    let reach = index(half_angle / cell) + 1;
    let greatest = |i: usize| {
        let near = own.iter().skip(i.saturating_sub(reach)).take(reach + 1 + reach.min(i));
        near.fold(0.0, |m: f64, radius| m.max(*radius))
    };
    (0..=last).map(greatest).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the number of cells, a small constant"
)]
fn index(cells: f64) -> usize {
    cells.clamp(0.0, f64::from(CELLS - 1)) as usize
}

/// Corners from radii by cell: out along the sector, back along the circle around the source or the inner arc.
fn ring(radii: &[f64], cell: f64, near_m: f64, from_m: f64) -> Ring {
    // A chord lies nearer than its arc.
    let out = 1.0 / (cell / 2.0).cos();
    let at = |radius: f64, angle: f64| (radius * angle.cos(), radius * angle.sin());
    // At an edge between two cells the greater radius of both: the chord then covers each of them.
    let before = std::iter::once(&0.0).chain(radii);
    let after = radii.iter().chain(std::iter::once(&0.0));
    let edges: Vec<(f64, f64)> = (0_u16..)
        .zip(before.zip(after))
        .map(|(i, (a, b))| (a.max(*b).max(near_m) * out, cell * f64::from(i)))
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
