//! Devices behind a gateway that is lost: one cause, one alarm.
//!
//! What speaks through a gateway falls silent with it. Such an alarm is raised as a suppressed one (ISA-18.2-2016 11.8,
//! suppressed by design) while the alarm of the gateway stands for it, and the map shows the device as offline. When the
//! gateway is back, each device gets the time of its rule to be heard through it; who stays silent comes to the desk.

use super::{
    Alarm, AlarmState, Spot, Watch,
    life::Input,
    plan::{Plan, Test},
    slot::{NORMAL, Slot},
};
use crate::{
    AlarmId, Context, DeviceId, Ms, PointId,
    registry::{Device, Registry},
};

impl Watch {
    /// The lost gateway behind whose alarm this one is suppressed.
    pub(super) fn hidden_behind<'a>(
        &self,
        registry: &'a Registry,
        alarm: &Alarm,
    ) -> Option<&'a Device> {
        self.plan_of(alarm).filter(|plan| alarm.active && may_be_hidden(plan))?;
        let device = registry.device(alarm.device)?;
        self.gateway_of(registry, device).filter(|gateway| self.is_lost(registry, gateway))
    }

    /// The gateway that speaks for a device. One that is itself behind another one does not count: in a circle nobody would
    /// raise an alarm. Nor does a virtual one for a real device.
    fn gateway_of<'a>(&self, registry: &'a Registry, device: &Device) -> Option<&'a Device> {
        let gateway = registry.devices.by_key(&device.spec.gateway)?;
        let stands = gateway.spec.gateway.is_empty()
            && gateway.id != device.id
            && self.in_drill(gateway) == self.in_drill(device);
        stands.then_some(gateway)
    }

    /// Whether a gateway is known to be lost, and says so by an alarm: it is silent, or its link is lost and nothing came
    /// since, so that it will be. One whose silence raises nothing hides nothing.
    fn is_lost(&self, registry: &Registry, gateway: &Device) -> bool {
        let link = self.devices.get(gateway.id.index()).and_then(|watched| watched.lost);
        self.silence_spots(registry, gateway).into_iter().any(|spot| {
            let silent = self.slots.get(spot.slot).is_some_and(|slot| slot.told != NORMAL);
            let heard = self.latest(spot.point).map(|latest| latest.received);
            silent || link.is_some_and(|at| heard.is_none_or(|heard| heard <= at))
        })
    }

    /// Where the silence of a device is watched.
    pub(super) fn silence_spots(&self, registry: &Registry, device: &Device) -> Vec<Spot> {
        let count = registry.profile_of(device).map_or(0, |profile| profile.points.len());
        let mut spots = Vec::new();
        for point in (device.first_point.0..).map(PointId).take(count) {
            let Some(state) = self.points.get(point.index()) else { continue };
            let kind = state.kind as usize;
            let plans = self.kinds.get(kind).map_or(&[][..], |kind| &kind.plans);
            let silence = plans.iter().enumerate().filter(|(_, plan)| plan.is_silence());
            spots.extend(silence.map(|(nth, _)| Spot {
                point,
                kind,
                nth,
                slot: state.base as usize + nth,
            }));
        }
        spots
    }

    /// When a suppressed silence is looked at again: the gateway may be back.
    pub(super) fn hidden_until(&self, cx: &Context<'_>, plan: &Plan, slot: &Slot) -> Option<Ms> {
        let Test::Silence { after } = plan.test else { return None };
        let alarm = slot.alarm().and_then(|id| self.alarm(id))?;
        if alarm.state != AlarmState::Suppressed || !alarm.active {
            return None;
        }
        let later = match self.hidden_behind(cx.registry, alarm) {
            Some(_) => cx.now.after(after),
            None => self.gateway_back(cx.registry, alarm.device).after(after),
        };
        let next = if later > cx.now { later } else { cx.now.after(after) };
        Some(next)
    }

    /// Brings a suppressed silence to the desk when the gateway has been back for long enough.
    pub(super) fn check_hidden(&mut self, cx: &mut Context<'_>, spot: Spot) {
        let Some(plan) = self.kinds.plan(spot.kind, spot.nth) else { return };
        let Test::Silence { after } = plan.test else { return };
        let id = self.slots.get(spot.slot).and_then(Slot::alarm);
        let Some(alarm) = id.and_then(|id| self.alarm(id)) else { return };
        let (id, device) = (alarm.id, alarm.device);
        let waits = self.hidden_behind(cx.registry, alarm).is_some()
            || self.gateway_back(cx.registry, device).after(after) > cx.now;
        if !waits {
            self.unhide(cx, id);
        }
    }

    /// Ends the suppression of an alarm unless its device is set aside as well.
    pub(super) fn unhide(&mut self, cx: &mut Context<'_>, id: AlarmId) {
        let Some(alarm) = self.alarm(id) else { return };
        if alarm.state == AlarmState::Suppressed && self.maintenance(alarm.device).is_none() {
            self.advance(cx, id, Input::Unsuppress, |record| record.alarm.reason.clear());
        }
    }

    /// Since when the gateway of a device is back.
    fn gateway_back(&self, registry: &Registry, device: DeviceId) -> Ms {
        let gateway = registry.device(device).and_then(|device| self.gateway_of(registry, device));
        let watched = gateway.and_then(|gateway| self.devices.get(gateway.id.index()));
        watched.map_or(Ms(0), |watched| watched.back)
    }

    /// A device that may be a gateway is heard again.
    pub(super) fn note_back(&mut self, device: DeviceId, now: Ms) {
        if let Some(watched) = self.known_device(device) {
            watched.back = now;
        }
    }
}

/// Only silence is hidden: what a device says came through. A silence that starts something (a program, an incident,
/// notices) is a danger of its own.
fn may_be_hidden(plan: &Plan) -> bool {
    let rule = &plan.rule;
    plan.is_silence()
        && rule.programs.is_empty()
        && rule.incident.is_none()
        && rule.policy.is_none()
}
