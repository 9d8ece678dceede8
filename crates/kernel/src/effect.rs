//! What the engine decided. Each effect is complete in itself: it is stored, shown and sent as it is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AlarmId, DeviceId, IncidentId, Ms, RunId,
    command::{Incident, TimelineEntry},
    danger::DangerArea,
    dispose::{Command, Program, Run},
    event::Actor,
    push::{Channel, Notice, Warning},
    watch::{Alarm, AlarmChange},
};

/// A decision. Effects leave the node only after the commit of the turn that made them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// An alarm changed.
    Alarm(AlarmChange, Box<Alarm>),
    /// The state of a command changed; [`crate::dispose::CommandState::Issued`] means: send it.
    Command(Box<Command>),
    /// A run changed.
    Run(Box<Run>),
    /// A program version changed its status.
    Program(Box<Program>),
    /// An incident changed.
    Incident(Box<Incident>),
    /// A line was added to an incident's timeline.
    Timeline(Box<TimelineEntry>),
    /// A notice changed. `send` says over which channel it is to be sent now.
    Notice {
        /// Channel to send it over now; none when only its state changed.
        send: Option<Channel>,
        /// The notice.
        notice: Box<Notice>,
    },
    /// A warning is to be published.
    Warning(Box<Warning>),
    /// A post is called because nobody acted in time.
    Escalation(Box<Call>),
    /// What a device looks like on the map changed.
    Device {
        /// Which.
        device: DeviceId,
        /// What it is now.
        state: DeviceState,
        /// When.
        at: Ms,
    },
    /// The flood figure changed sides: more (or no longer more) alarms in ten minutes than a person can follow.
    Flood {
        /// Whether there is a flood now.
        on: bool,
        /// Alarms raised in the last ten minutes, those of drills apart.
        alarms: u32,
        /// When.
        at: Ms,
    },
    /// A danger reaches there now.
    Danger(Box<DangerArea>),
}

/// Somebody is called because a time ran out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Role of the post.
    pub role: Arc<str>,
    /// Name and telephone of whoever fills it now; empty when nobody does: a defect that is shown.
    pub person: Arc<str>,
    /// Telephone; empty when none.
    pub phone: Arc<str>,
    /// About which alarm.
    pub alarm: Option<AlarmId>,
    /// About which incident.
    pub incident: Option<IncidentId>,
    /// About which run.
    pub run: Option<RunId>,
    /// When.
    pub at: Ms,
    /// Who had the thing before, if anybody.
    pub before: Option<Actor>,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// How a device stands, worst first: one glance at the map.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum DeviceState {
    /// An alarm of high or critical priority is active.
    Alarm,
    /// An alarm of low or medium priority is active.
    Fault,
    /// Its link is lost, or it is silent.
    Offline,
    /// Under maintenance or out of service.
    Maintenance,
    /// Readings come and nothing is wrong.
    Normal,
    /// Nothing came yet.
    #[default]
    Unknown,
}
