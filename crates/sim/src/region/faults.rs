//! Small faults now and then, so that a region lives: never many at once, and the same ones for the same seed.

use helan_kernel::Ms;

use crate::{
    random::Random,
    world::{
        Change,
        fault::{Fault, FaultKind},
    },
};

/// Mean time between two faults of a region.
const EVERY: Ms = Ms::seconds(30);
/// Shortest and longest fault, in seconds: with [`EVERY`], about ten hold at once.
const LASTS_S: (f64, f64) = (180.0, 420.0);

/// The faults of a region, one after another.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    random: Random,
    next: Ms,
}

impl FaultPlan {
    /// Faults from `start` on.
    #[must_use]
    pub fn new(seed: u64, start: Ms) -> Self {
        Self { random: Random::of(seed, "faults"), next: start.after(EVERY) }
    }

    /// The next fault among so many devices if it comes before `until`.
    pub fn next(&mut self, until: Ms, devices: usize) -> Option<(Ms, Change)> {
        if self.next >= until || devices == 0 {
            return None;
        }
        let from = self.next;
        self.next = from.after(self.span(0.5, 1.5, EVERY));
        let device = usize::try_from(self.random.below(devices as u64)).unwrap_or(0);
        let lasts = self.span(LASTS_S.0, LASTS_S.1, Ms::seconds(1));
        let kind = match self.random.below(5) {
            0 => FaultKind::LinkLost,
            1 => FaultKind::Silence,
            2 => FaultKind::Bad,
            3 => FaultKind::Stuck,
            _ => FaultKind::Clock(Ms(-2000)),
        };
        let fault = Fault { from, to: from.after(lasts), kind };
        Some((from, Change::Fault { device, fault }))
    }

    #[expect(clippy::cast_precision_loss, reason = "spans are minutes")]
    #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
    fn span(&mut self, low: f64, high: f64, unit: Ms) -> Ms {
        Ms((self.random.between(low, high) * unit.0 as f64) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_faults_hold_at_once_and_the_same_for_a_seed() {
        let play = |seed| {
            let mut plan = FaultPlan::new(seed, Ms(0));
            std::iter::from_fn(|| plan.next(Ms::seconds(7200), 10_000)).collect::<Vec<_>>()
        };
        let all = play(1);
        assert_eq!(all, play(1));
        assert!(all.len() > 150);
        let holding = |now: Ms| {
            all.iter()
                .filter(|(_, c)| matches!(c, Change::Fault { fault, .. } if fault.holds(now)))
                .count()
        };
        assert!((0..7200).all(|s| holding(Ms::seconds(s)) <= 20));
    }
}
