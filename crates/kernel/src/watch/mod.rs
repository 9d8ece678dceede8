//! Monitoring and early warning 监测预警: from readings to alarms. Start at [`Watch::reading`].

mod alarm;
mod rule;

pub use alarm::*;
pub use rule::*;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    AlarmId, Answer, Context, DeviceId, IncidentId, Ms, PointId, Quality, Reading, Refusal, Timer,
    effect::DeviceState, event::Action, registry::RegistryChange,
};

/// The newest value of a point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latest {
    /// When it was measured.
    pub at: Ms,
    /// When it came.
    pub received: Ms,
    /// The value in the unit of the point.
    pub value: f64,
    /// How far it can be trusted.
    pub quality: Quality,
}

/// State of all points, rules and alarms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    latest: Vec<Option<Latest>>,
    alarms: BTreeMap<AlarmId, Alarm>,
}

impl Watch {
    /// Takes a reading: known or new, late or in order; then asks every rule of its point.
    pub fn reading(&mut self, cx: &mut Context<'_>, reading: &Reading) -> Answer {
        let _ = (cx, reading);
        Answer::Refused(Refusal::Unknown)
    }

    /// A device connected or was lost.
    pub fn link(&mut self, cx: &mut Context<'_>, device: DeviceId, up: bool) -> Answer {
        let _ = (cx, device, up);
        Answer::Done
    }

    /// A timer of this part is due.
    pub fn timer(&mut self, cx: &mut Context<'_>, at: Ms, timer: Timer) {
        let _ = (cx, at, timer);
    }

    /// A person did something to an alarm or device.
    pub fn action(&mut self, cx: &mut Context<'_>, action: &Action) -> Answer {
        let _ = (cx, action);
        Answer::Refused(Refusal::Unknown)
    }

    /// Base data changed: states of new points, withdrawal of alarms whose rule or device is gone.
    pub fn registry_changed(&mut self, cx: &mut Context<'_>, change: &RegistryChange) {
        let _ = (cx, change);
    }

    /// Notes the incident of an alarm.
    pub fn set_incident(&mut self, alarm: AlarmId, incident: IncidentId) {
        if let Some(alarm) = self.alarms.get_mut(&alarm) {
            alarm.incident = Some(incident);
        }
    }

    /// The newest value of a point.
    #[must_use]
    pub fn latest(&self, point: PointId) -> Option<Latest> {
        self.latest.get(point.index()).copied().flatten()
    }

    /// An alarm that is not closed.
    #[must_use]
    pub fn alarm(&self, id: AlarmId) -> Option<&Alarm> {
        self.alarms.get(&id)
    }

    /// All alarms that are not closed, oldest first.
    pub fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.values()
    }

    /// How a device looks on the map.
    #[must_use]
    pub fn device_state(&self, device: DeviceId) -> DeviceState {
        let _ = device;
        DeviceState::Unknown
    }
}
