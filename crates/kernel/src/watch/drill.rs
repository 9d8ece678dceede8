//! Drills: what comes from the devices that take part is marked, and nothing of it stays when the drill is over.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{DeviceWatch, Watch};
use crate::{Answer, Context, DeviceId, Ms, PointId, Refusal, Timer, registry::Device};

/// A drill that runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Drill {
    devices: Vec<DeviceId>,
    until: Ms,
}

impl Watch {
    /// Longest drill: a forgotten one must not mark real alarms for days.
    pub const MAX_DRILL: Ms = Ms::seconds(24 * 3600);
    /// Most devices of one drill: a county's worth.
    pub const MAX_DRILL_DEVICES: usize = 10_000;
    /// Most drills at a time.
    pub const MAX_DRILLS: usize = 64;

    pub(super) fn start_drill(
        &mut self,
        cx: &mut Context<'_>,
        name: &str,
        devices: &[DeviceId],
        until: Ms,
    ) -> Answer {
        let fits = !name.trim().is_empty()
            && name.len() <= 200
            && (1..=Self::MAX_DRILL_DEVICES).contains(&devices.len())
            && until > cx.now
            && until.since(cx.now) <= Self::MAX_DRILL;
        if !fits {
            return Answer::Refused(Refusal::OutOfRange);
        }
        if self.drills.contains_key(name) {
            return Answer::Refused(Refusal::WrongState);
        }
        if self.drills.len() >= Self::MAX_DRILLS {
            return Answer::Refused(Refusal::LimitReached);
        }
        let mut devices = devices.to_vec();
        devices.sort_unstable();
        devices.dedup();
        if devices.iter().any(|id| self.known_device(*id).is_none()) {
            return Answer::Refused(Refusal::Unknown);
        }
        if devices.iter().any(|id| self.has_real_alarm(cx, *id)) {
            return Answer::Refused(Refusal::RealAlarm);
        }
        for id in &devices {
            if let Some(watched) = self.known_device(*id) {
                watched.drills = watched.drills.saturating_add(1);
            }
        }
        // One of the devices carries the timer of the drill.
        if let Some(first) = devices.first() {
            cx.timers.set(until, Timer::Device(*first));
        }
        self.drills.insert(Arc::from(name), Drill { devices, until });
        Answer::Done
    }

    /// Whether a real alarm of a device is not closed. Then no drill begins there: what is played would move the real alarm,
    /// and who sees it could take it for a part of the play. Whoever starts the drill looks at the alarm first.
    fn has_real_alarm(&self, cx: &Context<'_>, device: DeviceId) -> bool {
        let open = self.alarms_of(cx, device);
        open.into_iter().any(|id| self.alarm(id).is_some_and(|alarm| !alarm.drill))
    }

    /// Ends a drill. Its alarms are withdrawn: one that stayed open would hide a real one at the same point behind its
    /// mark. If the cause holds, the next reading raises it anew, and in earnest.
    pub(super) fn end_drill(&mut self, cx: &mut Context<'_>, name: &str) -> Answer {
        let Some(drill) = self.drills.remove(name) else {
            return Answer::Refused(Refusal::Unknown);
        };
        for id in &drill.devices {
            let Some(watched) = self.known_device(*id) else { continue };
            watched.drills = watched.drills.saturating_sub(1);
            self.leave_drill(cx, *id);
            self.rest(cx, *id);
        }
        Answer::Done
    }

    /// A device may take part in no drill any more: its marked alarms are withdrawn, delays and windows that the values of
    /// the drill filled begin anew, and silence is waited for again.
    pub(crate) fn leave_drill(&mut self, cx: &mut Context<'_>, id: DeviceId) {
        let Some(device) = cx.registry.device(id).filter(|d| !self.in_drill(d)) else { return };
        let first = device.first_point;
        let count = cx.registry.profile_of(device).map_or(0, |p| p.points.len());
        for point in (first.0..).map(PointId).take(count) {
            let Some(state) = self.points.get(point.index()).copied() else { continue };
            let rules = self.kinds.get(state.kind as usize).map_or(0, |kind| kind.plans.len());
            for nth in 0..rules {
                let slot = state.base as usize + nth;
                let alarm = self.slots.get(slot).and_then(super::Slot::alarm);
                if alarm.and_then(|id| self.alarm(id)).is_none_or(|alarm| alarm.drill) {
                    self.withdraw(cx, slot);
                    self.wait_for(cx, point, nth);
                }
            }
        }
    }

    /// Virtual devices ended with what moved them. One that takes part in a drill is waited for until that ends.
    pub(super) fn rest_all(&mut self, cx: &mut Context<'_>, devices: &[DeviceId]) -> Answer {
        if devices.len() > Self::MAX_DRILL_DEVICES {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let all_virtual = devices
            .iter()
            .all(|id| cx.registry.device(*id).is_some_and(|device| device.spec.drill));
        // The silence of a real device is never passed over.
        if !all_virtual {
            return Answer::Refused(Refusal::Unknown);
        }
        for id in devices {
            self.rest(cx, *id);
        }
        Answer::Done
    }

    /// A virtual device may have ended with its drill: nobody waits for it until it is heard again.
    fn rest(&mut self, cx: &mut Context<'_>, id: DeviceId) {
        let over = self.devices.get(id.index()).is_some_and(|watched| watched.drills == 0);
        let Some(device) = cx.registry.device(id).filter(|device| over && device.spec.drill) else {
            return;
        };
        for spot in self.silence_spots(cx.registry, device) {
            self.withdraw(cx, spot.slot);
            let rule = self.kinds.plan(spot.kind, spot.nth).map(|plan| plan.id);
            let Some((slot, rule)) = self.slots.get_mut(spot.slot).zip(rule) else { continue };
            if slot.timer != Ms::MAX {
                cx.timers.cancel(slot.timer, Timer::Rule(spot.point, rule));
            }
            slot.rest();
            self.note_busy(spot);
        }
    }

    pub(super) fn end_due_drills(&mut self, cx: &mut Context<'_>) {
        let due: Vec<Arc<str>> = self
            .drills
            .iter()
            .filter(|(_, drill)| drill.until <= cx.now)
            .map(|(name, _)| Arc::clone(name))
            .collect();
        for name in due {
            self.end_drill(cx, &name);
        }
    }

    /// Whether what comes from a device, or is done by it, belongs to a drill now.
    #[must_use]
    pub fn in_drill(&self, device: &Device) -> bool {
        takes_part(&self.devices, device)
    }

    /// Whether the timer of a device at this moment is that of a drill.
    pub(super) fn drill_ends(&self, device: DeviceId, at: Ms) -> bool {
        self.drills.values().any(|d| d.until == at && d.devices.first() == Some(&device))
    }

    /// Drills that run now: name and end.
    pub fn drills(&self) -> impl Iterator<Item = (&str, Ms)> {
        self.drills.iter().map(|(name, drill)| (&**name, drill.until))
    }
}

/// Whether a device takes part in a drill now.
pub(super) fn takes_part(devices: &[DeviceWatch], device: &Device) -> bool {
    device.spec.drill || devices.get(device.id.index()).is_some_and(|d| d.drills > 0)
}
