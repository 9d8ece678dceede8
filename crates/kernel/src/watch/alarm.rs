//! The alarm and its life (ISA-18.2-2016 figure 2 / IEC 62682).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Priority;
use crate::{
    AlarmId, DeviceId, IncidentId, Ms, PointId, Reading, RuleId, event::Actor, registry::Place,
};

/// State of an alarm (letters as in ISA-18.2 figure 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlarmState {
    /// B: active, nobody has taken note.
    Unacknowledged,
    /// C: active, taken note of.
    Acknowledged,
    /// D: the cause is gone, nobody has taken note.
    ReturnedUnacknowledged,
    /// E: latched: the cause is gone, taken note of, waits for a reset. (Before acknowledgement it stays in B.)
    Latched,
    /// F: put aside by a person until a moment.
    Shelved,
    /// G: suppressed by maintenance.
    Suppressed,
    /// H: device out of service.
    OutOfService,
    /// A: over. Not kept by the engine; history has it.
    Closed,
}

impl AlarmState {
    /// Whether people are told of it: neither closed nor silenced by shelving, suppression or being out of service.
    #[must_use]
    pub const fn is_heard(self) -> bool {
        match self {
            Self::Unacknowledged
            | Self::Acknowledged
            | Self::ReturnedUnacknowledged
            | Self::Latched => true,
            Self::Shelved | Self::Suppressed | Self::OutOfService | Self::Closed => false,
        }
    }
}

/// What moved an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlarmChange {
    /// Raised.
    Raised,
    /// Rose to a higher level.
    RaisedLevel,
    /// Fell to a lower level, still active.
    LoweredLevel,
    /// Active again before it was closed.
    Returned,
    /// The cause is gone.
    Cleared,
    /// A person took note.
    Acknowledged,
    /// A person reset a latched alarm.
    Reset,
    /// A person put it aside.
    Shelved,
    /// The time of the shelf is over, or a person brought it back.
    Unshelved,
    /// Maintenance of its device began.
    Suppressed,
    /// Maintenance ended.
    Unsuppressed,
    /// The device was taken out of service.
    OutOfService,
    /// The device is in service again.
    InService,
    /// Nobody took note in time: the next step was told.
    Escalated,
    /// It chatters: more transitions in a minute than a person can follow.
    Chattering,
    /// The rule or device is gone.
    Withdrawn,
}

/// An alarm, complete in itself: what is shown, stored and told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Number.
    pub id: AlarmId,
    /// Rule that raised it.
    pub rule: RuleId,
    /// Key of that rule.
    pub rule_key: Arc<str>,
    /// Point that it speaks of.
    pub point: PointId,
    /// Device of the point.
    pub device: DeviceId,
    /// State now.
    pub state: AlarmState,
    /// Whether the cause holds now, also while shelved or suppressed.
    pub active: bool,
    /// Whether a person has taken note, also while shelved or suppressed.
    pub acknowledged: bool,
    /// Level reached now, from 0.
    pub level: u8,
    /// Priority now.
    pub priority: Priority,
    /// Moment of the reading (or of the silence) that raised it.
    pub since: Ms,
    /// When the engine raised it.
    pub raised: Ms,
    /// When it changed last.
    pub changed: Ms,
    /// The readings that raised it, oldest first; at most 8.
    pub readings: Arc<[Reading]>,
    /// The latest value while active.
    pub value: f64,
    /// The worst value so far.
    pub peak: f64,
    /// Place, person in charge, contact, picture.
    pub place: Arc<Place>,
    /// Who acknowledged, shelved or reset last.
    pub by: Option<Actor>,
    /// Why, in that person's words.
    pub reason: String,
    /// Until when it is shelved or suppressed.
    pub until: Option<Ms>,
    /// Escalation steps told so far.
    pub escalated: u8,
    /// Whether it chatters.
    pub chattering: bool,
    /// Incident it belongs to.
    pub incident: Option<IncidentId>,
    /// Whether it belongs to a drill.
    pub drill: bool,
}
