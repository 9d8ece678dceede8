//! The same by place and time.

use super::{Cloud, Direction, Footprint, Frame, Threshold};
use crate::solve::farthest;

/// Most frames of a slider.
pub const MOST_FRAMES: usize = 61;

impl Footprint {
    /// A place (metres east and north of the source) as distance with the wind and to its left for the direction within the sector that
    /// brings it nearest to the axis.
    fn with_wind(&self, east_m: f64, north_m: f64) -> (f64, f64) {
        let distance = east_m.hypot(north_m);
        let Direction::Sector { from_deg, half_angle_deg } = self.direction else {
            return (distance, 0.0);
        };
        let bearing = east_m.atan2(north_m);
        let off = (bearing - (from_deg + 180.0).to_radians()).sin_cos();
        let angle = (off.0.atan2(off.1).abs() - half_angle_deg.to_radians()).max(0.0);
        (distance * angle.cos(), distance * angle.sin())
    }

    /// Greatest concentration over time that a place may get, kg/m³: with the worst direction within the sector, in the worst weather.
    #[must_use]
    pub fn worst_kg_m3(&self, east_m: f64, north_m: f64) -> f64 {
        let (x, y) = self.with_wind(east_m, north_m);
        self.clouds.iter().map(|c| c.peak(x, y)).fold(0.0, f64::max)
    }

    /// The same over a level, with the level's own averaging time: 1 and more where it may be reached.
    #[must_use]
    pub fn worst_share(&self, east_m: f64, north_m: f64, level: &Threshold) -> f64 {
        let (x, y) = self.with_wind(east_m, north_m);
        let peaks = self.clouds.iter().map(|c| c.widened(level.widening).peak(x, y));
        peaks.fold(0.0, f64::max) / level.kg_m3
    }

    /// Concentration at a place and a time after the beginning, kg/m³, likewise.
    #[must_use]
    pub fn at_kg_m3(&self, east_m: f64, north_m: f64, at_s: f64) -> f64 {
        let (x, y) = self.with_wind(east_m, north_m);
        self.clouds.iter().map(|c| c.at(x, y, at_s)).fold(0.0, f64::max)
    }

    /// When gas first comes to a place, s after the beginning, and when it has left for good. The direction is not asked: a place beside
    /// the sector gets the time of its distance.
    #[must_use]
    pub fn passage_s(&self, east_m: f64, north_m: f64) -> (f64, f64) {
        let distance = east_m.hypot(north_m);
        (self.came_s(distance), self.left_s(distance))
    }

    fn came_s(&self, distance_m: f64) -> f64 {
        let each = self.lowest().map(|(cloud, kg_m3)| cloud.came_s(distance_m, kg_m3));
        each.fold(f64::INFINITY, f64::min)
    }

    fn left_s(&self, distance_m: f64) -> f64 {
        let each = self.lowest().map(|(cloud, kg_m3)| cloud.left_s(distance_m, kg_m3));
        each.fold(0.0, f64::max)
    }

    /// The clouds as the lowest level sees them, with half of it: the others may be averaged over less time.
    fn lowest(&self) -> impl Iterator<Item = (Cloud, f64)> {
        let levels = self.levels.iter().map(|(level, _)| (level.widening, 0.5 * level.kg_m3));
        let (widening, kg_m3) = levels.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((1.0, 0.0));
        self.clouds.iter().map(move |cloud| (cloud.widened(widening), kg_m3))
    }

    /// How far gas has come at a time, m: the farthest of all clouds.
    fn front_m(&self, farthest_m: f64, at_s: f64) -> f64 {
        self.lowest().fold(0.0, |front: f64, (cloud, kg_m3)| {
            let since_s = |x: f64| at_s - cloud.came_s(x, kg_m3);
            // Most clouds are behind the first one.
            farthest(since_s, 0.0, (front, farthest_m)).unwrap_or(front)
        })
    }

    /// Up to which distance gas has left at a time, m: the nearest of all clouds.
    fn tail_m(&self, farthest_m: f64, at_s: f64) -> f64 {
        self.lowest().fold(farthest_m, |tail: f64, (cloud, kg_m3)| {
            let since_s = |x: f64| at_s - cloud.left_s(x, kg_m3);
            farthest(since_s, 0.0, (0.0, tail)).unwrap_or(0.0)
        })
    }

    /// The areas at up to [`MOST_FRAMES`] times, evenly from the beginning until the last area is reached, and has been left if the release
    /// ends.
    #[must_use]
    pub fn frames(&self, count: usize) -> Vec<Frame> {
        let count = count.clamp(2, MOST_FRAMES);
        let farthest = self.levels.iter().filter_map(|(_, r)| *r).fold(0.0, f64::max);
        let (came, left) = self.passage_s(0.0, farthest);
        let end_s = if left.is_finite() { left } else { came }.clamp(60.0, 86_400.0);
        (0..count)
            .map(|i| {
                #[expect(clippy::cast_precision_loss, reason = "at most 61")]
                let at_s = end_s * i as f64 / (count - 1) as f64;
                self.frame(at_s)
            })
            .collect()
    }

    /// The areas at one time: what gas has come to and has not left.
    #[must_use]
    pub fn frame(&self, at_s: f64) -> Frame {
        let farthest = self.levels.iter().filter_map(|(_, r)| *r).fold(1.0, f64::max);
        let front = self.front_m(farthest, at_s);
        // Where it is left everything nearer is; the source itself is covered until then.
        let gone = self.left_s(0.0) < at_s;
        let tail = if gone { self.tail_m(farthest, at_s) } else { 0.0 };
        let mut areas = Vec::with_capacity(self.levels.len());
        for (threshold, reach) in &self.levels {
            if let Some(reach_m) = reach.filter(|reach| !gone || tail < *reach) {
                // A little before the tail: it was found to a finite precision.
                let part = (tail * 0.98, front.clamp(1.0, reach_m.max(1.0)));
                areas.extend(self.area(threshold, reach_m, Some(part)));
            }
        }
        Frame { at_s, areas }
    }
}
