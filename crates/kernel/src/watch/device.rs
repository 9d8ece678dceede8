//! Devices: link, maintenance, out of service, and how they look on the map.

use serde::{Deserialize, Serialize};

use super::{AlarmState, PointState, Priority, Watch, life::Input};
use crate::{
    Answer, Context, DeviceId, Effect, Ms, PointId, Refusal, Text, Timer,
    effect::DeviceState,
    event::{Action, Actor},
};

/// State of a device.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct DeviceWatch {
    /// Whether it is there at all.
    pub known: bool,
    /// Whether a reading ever came.
    pub heard: bool,
    /// Since when its link is lost.
    pub lost: Option<Ms>,
    /// When it was heard again after it had been lost or silent.
    pub back: Ms,
    /// End of its maintenance.
    pub until: Option<Ms>,
    /// Whether it is out of service.
    pub out_of_service: bool,
    /// Drills it takes part in.
    pub drills: u16,
    /// Who set it aside, and why; none when it is in service.
    pub aside: Option<Box<(Actor, String)>>,
    /// What was told to the map.
    pub shown: DeviceState,
}

impl Watch {
    /// Longest maintenance: longer work is a device out of service, which a person must end.
    pub const MAX_MAINTENANCE: Ms = Ms::seconds(30 * 24 * 3600);

    /// A device connected or was lost.
    pub fn link(&mut self, cx: &mut Context<'_>, device: DeviceId, up: bool) -> Answer {
        match self.known_device(device) {
            Some(watched) => {
                if up && watched.lost.take().is_some() {
                    watched.back = cx.now;
                } else if !up {
                    watched.lost.get_or_insert(cx.now);
                }
                self.refresh(cx, device);
                Answer::Done
            }
            None => Answer::Refused(Refusal::Unknown),
        }
    }

    /// Until when a device is under maintenance; none when it is not.
    #[must_use]
    pub fn maintenance(&self, device: DeviceId) -> Option<Ms> {
        self.devices.get(device.index())?.until
    }

    /// Whether a device is out of service.
    #[must_use]
    pub fn out_of_service(&self, device: DeviceId) -> bool {
        self.devices.get(device.index()).is_some_and(|d| d.out_of_service)
    }

    /// Why nobody may count on a device, or move it, now: somebody may be working on it. None when it is in service.
    #[must_use]
    pub fn set_aside_by(&self, device: DeviceId) -> Option<Text> {
        let watched = self.devices.get(device.index())?;
        if watched.out_of_service {
            Some(Text::new("设备已停用", "out of service"))
        } else {
            watched.until.map(|_| Text::new("设备检修中", "under maintenance"))
        }
    }

    pub(super) fn known_device(&mut self, device: DeviceId) -> Option<&mut DeviceWatch> {
        self.devices.get_mut(device.index()).filter(|d| d.known)
    }

    /// Maintenance begins, or its end moves.
    pub(super) fn suppress(
        &mut self,
        cx: &mut Context<'_>,
        action: &Action,
        device: DeviceId,
        until: Ms,
    ) -> Answer {
        if until <= cx.now || until.since(cx.now) > Self::MAX_MAINTENANCE {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let Some(watched) = self.known_device(device) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let old = watched.until.replace(until);
        watched.aside = Some(Box::new((action.by.clone(), action.reason.clone())));
        if let Some(old) = old {
            self.cancel_maintenance(cx, device, old);
        }
        cx.timers.set(until, Timer::Device(device));
        self.set_aside(cx, device, Input::Suppress);
        Answer::Done
    }

    /// Maintenance ends: by a person, or because its time is over.
    pub(super) fn unsuppress(
        &mut self,
        cx: &mut Context<'_>,
        action: Option<&Action>,
        device: DeviceId,
    ) -> Answer {
        let Some(watched) = self.known_device(device) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let Some(until) = watched.until.take() else {
            return Answer::Refused(Refusal::WrongState);
        };
        watched.aside = action.map(|a| Box::new((a.by.clone(), a.reason.clone())));
        self.cancel_maintenance(cx, device, until);
        self.set_aside(cx, device, Input::Unsuppress);
        Answer::Done
    }

    /// Cancels the timer of a maintenance, unless a drill waits for the same moment at the same device.
    pub(super) fn cancel_maintenance(&self, cx: &mut Context<'_>, device: DeviceId, until: Ms) {
        if !self.drill_ends(device, until) {
            cx.timers.cancel(until, Timer::Device(device));
        }
    }

    /// A device is taken out of service or put back.
    pub(super) fn set_out_of_service(
        &mut self,
        cx: &mut Context<'_>,
        action: &Action,
        device: DeviceId,
        out: bool,
    ) -> Answer {
        let Some(watched) = self.known_device(device) else {
            return Answer::Refused(Refusal::Unknown);
        };
        if std::mem::replace(&mut watched.out_of_service, out) == out {
            return Answer::Refused(Refusal::WrongState);
        }
        watched.aside = Some(Box::new((action.by.clone(), action.reason.clone())));
        self.set_aside(cx, device, if out { Input::TakeOut } else { Input::PutBack });
        Answer::Done
    }

    /// Moves every alarm of a device that is set aside or brought back.
    fn set_aside(&mut self, cx: &mut Context<'_>, device: DeviceId, input: Input) {
        let who = self.devices.get(device.index()).and_then(|d| d.aside.clone());
        for id in self.alarms_of(cx, device) {
            self.advance_only(cx, id, input, |record| {
                if let Some(who) = &who {
                    record.alarm.by = Some(who.0.clone());
                    record.alarm.reason.clone_from(&who.1);
                }
            });
        }
        if let Some(watched) = self.known_device(device)
            && watched.until.is_none()
            && !watched.out_of_service
        {
            watched.aside = None;
        }
        self.refresh(cx, device);
    }

    /// A timer of a device: maintenance or drill over.
    pub(super) fn device_timer(&mut self, cx: &mut Context<'_>, device: DeviceId) {
        if self.maintenance(device).is_some_and(|until| until <= cx.now) {
            self.unsuppress(cx, None, device);
        }
        self.end_due_drills(cx);
    }

    /// The first reading of a point came.
    pub(super) fn heard(&mut self, cx: &mut Context<'_>, point: PointId) {
        let Some(device) = cx.registry.device_of(point).map(|d| d.id) else { return };
        let first =
            self.known_device(device).is_some_and(|d| !std::mem::replace(&mut d.heard, true));
        if first {
            self.refresh(cx, device);
        }
    }

    /// Tells the map when a device looks different.
    pub(super) fn refresh(&mut self, cx: &mut Context<'_>, device: DeviceId) {
        let state = self.look(cx, device);
        if let Some(watched) = self.known_device(device)
            && watched.shown != state
        {
            watched.shown = state;
            cx.out.push(Effect::Device { device, state, at: cx.now });
        }
    }

    /// The worst of a device's alarms, its link and its service. Whoever works on a device knows that it may be silent:
    /// then it shows the work.
    fn look(&self, cx: &Context<'_>, device: DeviceId) -> DeviceState {
        let Some(watched) = self.devices.get(device.index()) else { return DeviceState::Unknown };
        if watched.out_of_service || watched.until.is_some() {
            return DeviceState::Maintenance;
        }
        let calm = match (watched.lost.is_some(), watched.heard) {
            (true, _) => DeviceState::Offline,
            (false, true) => DeviceState::Normal,
            (false, false) => DeviceState::Unknown,
        };
        let ids = self
            .slots_of(cx, device)
            .filter_map(|slot| self.slots.get(slot).and_then(super::Slot::alarm));
        ids.filter_map(|id| self.look_of_alarm(id)).fold(calm, DeviceState::min)
    }

    fn look_of_alarm(&self, id: crate::AlarmId) -> Option<DeviceState> {
        let alarm = self.alarm(id)?;
        // Its device is in service: it is silent behind a lost gateway.
        if alarm.state == AlarmState::Suppressed && alarm.active {
            return Some(DeviceState::Offline);
        }
        let holds = match alarm.state {
            AlarmState::Unacknowledged | AlarmState::Acknowledged => true,
            AlarmState::Latched => true,
            AlarmState::ReturnedUnacknowledged
            | AlarmState::Shelved
            | AlarmState::Suppressed
            | AlarmState::OutOfService
            | AlarmState::Closed => false,
        };
        if !holds {
            return None;
        }
        let silent = self.plan_of(alarm).is_some_and(super::Plan::is_silence);
        Some(match alarm.priority {
            Priority::Critical | Priority::High => DeviceState::Alarm,
            Priority::Medium | Priority::Low if silent => DeviceState::Offline,
            Priority::Medium | Priority::Low => DeviceState::Fault,
        })
    }

    /// The slots of a device's points.
    pub(super) fn slots_of(
        &self,
        cx: &Context<'_>,
        device: DeviceId,
    ) -> impl Iterator<Item = usize> + use<'_> {
        let points = cx.registry.device(device).and_then(|d| {
            let count = cx.registry.profile_of(d)?.points.len();
            let first = d.first_point.index();
            self.points.get(first..first.checked_add(count)?)
        });
        points.unwrap_or(&[]).iter().flat_map(|point: &PointState| {
            let count = self.kinds.get(point.kind as usize).map_or(0, |kind| kind.plans.len());
            let base = point.base as usize;
            base..base + count
        })
    }
}
