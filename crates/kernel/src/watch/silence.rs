//! Silence is a signal: a point that stops sending is found by a timer that looks when the last reading came.

use super::{
    Spot, Watch,
    plan::{Plan, Test},
    slot::{NORMAL, Slot},
};
use crate::{Context, Ms, PointId};

/// A timer that runs so much too late shows that the engine itself was not listening (stopped, or far behind): what was
/// not heard in that time is not silence of the device.
const LATE: Ms = Ms::seconds(10);

impl Watch {
    /// Notes a break in listening.
    pub(super) fn note_lateness(&mut self, now: Ms, due: Ms) {
        if now.since(due) > LATE {
            self.listening = now;
        }
    }

    /// When a point counts as silent if nothing comes; none when the rule asks something else, or is silent already.
    pub(super) fn silent_from(
        &self,
        plan: &Plan,
        slot: &Slot,
        point: PointId,
        now: Ms,
    ) -> Option<Ms> {
        let Test::Silence { after } = plan.test else { return None };
        if slot.raw != NORMAL {
            return None;
        }
        // A point that never sent is waited for from now on: its first timer is set when it is registered.
        let heard = self.latest(point).map_or(now, |latest| latest.received);
        Some(heard.max(self.listening).after(after).max(Ms(now.0.saturating_add(1))))
    }

    /// Raises the alarm of a silent point.
    pub(super) fn check_silence(&mut self, cx: &mut Context<'_>, spot: Spot) {
        let Self { kinds, slots, points, .. } = self;
        let Some(plan) = kinds.plan(spot.kind, spot.nth) else { return };
        let Test::Silence { after } = plan.test else { return };
        let Some(slot) = slots.get_mut(spot.slot).filter(|slot| slot.raw == NORMAL) else { return };
        let latest = points.get(spot.point.index()).and_then(|p| p.latest);
        let heard = latest.map_or(Ms(i64::MIN), |latest| latest.received);
        if heard.max(self.listening).after(after) > cx.now {
            return;
        }
        let step = slot.settle(plan, 0, cx.now, cx.now, None);
        self.note_busy(spot);
        if let Some(step) = step {
            self.take(cx, spot, step, None);
        }
    }
}
