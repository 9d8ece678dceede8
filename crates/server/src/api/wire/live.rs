//! Messages of the live connection.

use serde::Serialize;

use super::{Alarm, Command, Danger, Incident, Notice, Run, TimelineEntry};

/// One message of the server to a live client.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Live {
    /// First message.
    Hello {
        /// Now, ms UTC.
        now: i64,
    },
    /// An alarm changed.
    Alarm {
        /// What moved it.
        change: &'static str,
        /// The alarm.
        alarm: Box<Alarm>,
    },
    /// An incident changed.
    Incident {
        /// The incident.
        incident: Box<Incident>,
    },
    /// A timeline got a line.
    Timeline {
        /// The line.
        entry: Box<TimelineEntry>,
    },
    /// A danger reaches there now.
    Danger {
        /// How far.
        danger: Box<Danger>,
    },
    /// A notice changed.
    Notice {
        /// The notice.
        notice: Box<Notice>,
    },
    /// A run changed.
    Run {
        /// The run.
        run: Box<Run>,
    },
    /// A command changed.
    Command {
        /// The command.
        command: Box<Command>,
    },
    /// A program version changed its status.
    Program {
        /// Key of the program.
        key: String,
        /// Version.
        version: u32,
        /// Status now.
        status: &'static str,
    },
    /// The state of a device changed.
    Device {
        /// Key of the device.
        key: String,
        /// State now.
        state: &'static str,
        /// When, ms UTC.
        at: i64,
    },
    /// The flood figure changed sides.
    Flood {
        /// Whether there is a flood now.
        on: bool,
        /// Alarms raised in the last ten minutes.
        alarms: u32,
    },
    /// A post is called because nobody acted in time.
    Escalation {
        /// The call.
        call: Escalation,
    },
    /// Messages were lost: fetch anew.
    Resync,
    /// The connection lives.
    Tick {
        /// Now, ms UTC.
        now: i64,
    },
}

/// Somebody is called because a time ran out.
#[derive(Clone, Debug, Serialize)]
pub struct Escalation {
    /// Role of the post.
    pub role: String,
    /// Name of whoever fills it; empty when nobody does.
    pub person: String,
    /// Telephone; empty when none.
    pub phone: String,
    /// About which alarm.
    pub alarm: Option<u64>,
    /// About which incident.
    pub incident: Option<u64>,
    /// About which run.
    pub run: Option<u64>,
    /// When, ms UTC.
    pub at: i64,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

impl From<&helan_kernel::effect::Call> for Escalation {
    fn from(call: &helan_kernel::effect::Call) -> Self {
        Self {
            role: call.role.to_string(),
            person: call.person.to_string(),
            phone: call.phone.to_string(),
            alarm: call.alarm.map(|id| id.0),
            incident: call.incident.map(|id| id.0),
            run: call.run.map(|id| id.0),
            at: call.at.0,
            drill: call.drill,
        }
    }
}
