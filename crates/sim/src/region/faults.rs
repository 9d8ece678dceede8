//! Small faults now and then, so that a region lives: never many at once, and the same ones for the same seed.

use helan_kernel::Ms;

use crate::{
    random::Random,
    world::{
        Change, World,
        device::Model,
        fault::{Fault, FaultKind},
    },
};

/// Mean time between two faults of a region.
const EVERY: Ms = Ms::seconds(30);
/// Shortest and longest fault, in seconds: with [`EVERY`], about ten hold at once.
const LASTS_S: (f64, f64) = (180.0, 420.0);

/// A wrong clock is so far ahead that the server refuses its readings (five minutes) and names the device as one who sends
/// rubbish: a small error would be seen by nobody.
const CLOCK_AHEAD: Ms = Ms::seconds(600);
/// A spike in %LEL: far above every limit, and none of a rule's business.
const SPIKE: f64 = 60.0;

/// The faults of a region, one after another.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    random: Random,
    next: Ms,
    devices: usize,
    /// Gas detectors: a spike of a switch would be no spike.
    detectors: Vec<usize>,
}

impl FaultPlan {
    /// Faults of this world's devices from `start` on.
    #[must_use]
    pub fn new(seed: u64, start: Ms, world: &World) -> Self {
        let detector = |(_, device): &(usize, &crate::world::device::Device)| {
            matches!(device.model, Model::GasDetector { .. })
        };
        Self {
            random: Random::of(seed, "faults"),
            next: start.after(EVERY),
            devices: world.devices().len(),
            detectors: world.devices().iter().enumerate().filter(detector).map(|d| d.0).collect(),
        }
    }

    /// The next fault if it comes before `until`.
    pub fn next(&mut self, until: Ms) -> Option<(Ms, Change)> {
        if self.next >= until || self.devices == 0 {
            return None;
        }
        let from = self.next;
        self.next = from.after(self.span(0.5, 1.5, EVERY));
        let device = self.below(self.devices);
        let detector = self.below(self.detectors.len());
        let lasts = self.span(LASTS_S.0, LASTS_S.1, Ms::seconds(1));
        let kind = match self.random.below(6) {
            0 => FaultKind::LinkLost,
            1 => FaultKind::Silence,
            2 => FaultKind::Bad,
            3 => FaultKind::Stuck,
            4 => FaultKind::Clock(CLOCK_AHEAD),
            _ => FaultKind::Spike(SPIKE),
        };
        let device = match kind {
            FaultKind::Spike(_) => self.detectors.get(detector).copied().unwrap_or(device),
            _ => device,
        };
        let fault = Fault { from, to: from.after(lasts), kind };
        Some((from, Change::Fault { device, fault }))
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random.below(limit as u64)).unwrap_or(0)
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
    use crate::region::{areas::Areas, build};

    #[test]
    fn few_faults_hold_at_once_and_the_same_for_a_seed() {
        let world = build(10_000, 1, Ms::seconds(60), &Areas::default()).world;
        let play = |seed| {
            let mut plan = FaultPlan::new(seed, Ms(0), &world);
            std::iter::from_fn(|| plan.next(Ms::seconds(7200))).collect::<Vec<_>>()
        };
        let all = play(1);
        assert_eq!(all, play(1));
        assert_ne!(all, play(2));
        assert!(all.len() > 150);
        let holding = |now: Ms| {
            all.iter()
                .filter(|(_, c)| matches!(c, Change::Fault { fault, .. } if fault.holds(now)))
                .count()
        };
        assert!((0..7200).all(|s| holding(Ms::seconds(s)) <= 20));
    }

    #[test]
    fn every_kind_comes_and_spikes_only_at_detectors() {
        let world = build(500, 1, Ms::seconds(60), &Areas::default()).world;
        let mut plan = FaultPlan::new(1, Ms(0), &world);
        let mut kinds = std::collections::BTreeMap::new();
        while let Some((_, Change::Fault { device, fault })) = plan.next(Ms::seconds(7200)) {
            let kind = format!("{:?}", fault.kind);
            if kind.starts_with("Spike") {
                assert!(matches!(world.devices()[device].model, Model::GasDetector { .. }));
            }
            *kinds.entry(kind).or_insert(0) += 1;
        }
        assert_eq!(kinds.len(), 6, "{kinds:?}");
    }
}
