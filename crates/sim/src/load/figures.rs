//! Figures of a run: counts, and times in buckets of at most 0.8 % width.

use std::time::Duration;

use serde::Serialize;

/// Bits of a value that a bucket keeps below the first one.
const KEPT: u32 = 7;
/// Buckets: 64-bit nanoseconds need 58 doublings of 128 each.
const BUCKETS: usize = 58 << KEPT;

/// Times, counted in buckets.
#[derive(Clone, Debug)]
pub struct Times {
    buckets: Vec<u64>,
    count: u64,
    most: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0, most: 0 }
    }
}

/// Percentiles of times, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// How many were measured.
    pub count: u64,
    /// Half took at most so long.
    pub p50: f64,
    /// 90 % took at most so long.
    pub p90: f64,
    /// 99 % took at most so long.
    pub p99: f64,
    /// 99.9 % took at most so long.
    pub p999: f64,
    /// None took longer.
    pub max: f64,
}

impl Times {
    /// Counts one.
    pub fn add(&mut self, time: Duration) {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.count += 1;
        self.most = self.most.max(ns);
        if let Some(bucket) = self.buckets.get_mut(bucket(ns)) {
            *bucket += 1;
        }
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.most = self.most.max(other.most);
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
    }

    /// The percentiles.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        Percentiles {
            count: self.count,
            p50: self.at(500),
            p90: self.at(900),
            p99: self.at(990),
            p999: self.at(999),
            max: micros(self.most),
        }
    }

    /// The time that so many of a thousand do not exceed.
    fn at(&self, per_mille: u64) -> f64 {
        let wanted = (self.count * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (place, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return micros(upper(place).min(self.most));
            }
        }
        0.0
    }
}

/// The bucket of a value: exact below 128, then 128 buckets for each doubling.
fn bucket(ns: u64) -> usize {
    let shift = (63 - (ns | 1).leading_zeros()).saturating_sub(KEPT);
    let place = (u64::from(shift) << KEPT) + (ns >> shift);
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// The largest value of a bucket.
fn upper(place: usize) -> u64 {
    let place = place as u64;
    let doubling = place >> KEPT;
    let shift = doubling.saturating_sub(1);
    (((place - (shift << KEPT)) + 1) << shift) - 1
}

#[expect(clippy::cast_precision_loss, reason = "times stay below 2^53 ns")]
fn micros(ns: u64) -> f64 {
    ns as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_one_another_without_gap() {
        let mut last = 0;
        for ns in 0..200_000_u64 {
            let place = bucket(ns);
            assert!(place == last || place == last + 1, "{ns}");
            assert!(upper(place) >= ns && upper(place) - ns <= ns / 128, "{ns} {}", upper(place));
            last = place;
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn percentiles_of_a_thousand() {
        let mut times = Times::default();
        (1..=1000).for_each(|us| times.add(Duration::from_micros(us)));
        let p = times.percentiles();
        assert!((p.p50 - 500.0).abs() < 5.0, "{p:?}");
        assert!((p.p99 - 990.0).abs() < 9.0, "{p:?}");
        assert!((p.max - 1000.0).abs() < 1e-9, "{p:?}");
    }
}
