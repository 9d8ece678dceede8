//! Small tools of measuring.

use std::time::{Duration, Instant};

/// How long something takes.
#[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

/// A percentile of sorted spans.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

/// The median of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "figures for people need no more than 52 bits")]
pub fn figure(count: u64) -> f64 {
    count as f64
}

/// Numbers without pattern, the same in every run (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One from 0 to 1.
    pub fn part(&mut self) -> f64 {
        figure(self.next() >> 11) / figure(1 << 53)
    }

    /// A whole one below a limit.
    pub fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() % u64::from(limit.max(1))).unwrap_or(0)
    }
}

/// The time that 99 of 100 calls stay below, and the half of them; medians of several rounds.
pub fn spans(rounds: usize, calls: u32, mut call: impl FnMut(u32)) -> (Duration, Duration) {
    let (mut halves, mut ends) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let mut spans: Vec<Duration> = (0..calls).map(|n| timed(|| call(n)).0).collect();
        spans.sort_unstable();
        halves.push(percentile(&spans, 50));
        ends.push(percentile(&spans, 99));
    }
    (middle(halves), middle(ends))
}

fn middle(mut spans: Vec<Duration>) -> Duration {
    spans.sort_unstable();
    percentile(&spans, 50)
}
