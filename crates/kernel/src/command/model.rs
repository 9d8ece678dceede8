//! The incident and its timeline.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AlarmId, AreaCode, CommandId, IncidentId, Ms, NoticeId, Position, RunId, Text, event::Actor,
    push::Zone, registry::Key,
};

/// An incident 突发事件, complete in itself but for its timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Number.
    pub id: IncidentId,
    /// Kind: key of the rule's incident kind, or of the call.
    pub kind: Key,
    /// Event code of GB/T 35561-2017; empty when unknown.
    pub code: Arc<str>,
    /// Name of the kind, for people.
    pub name: Text,
    /// Where, in words.
    pub place: Arc<str>,
    /// Area.
    pub area: AreaCode,
    /// Where; none when a call could not say.
    pub position: Option<Position>,
    /// State now.
    pub state: IncidentState,
    /// Response level: 1 (highest) to 4; none before somebody graded it.
    pub grade: Option<u8>,
    /// When it was opened.
    pub opened: Ms,
    /// When it changed last.
    pub changed: Ms,
    /// When its last alarm or call joined: for the joining of further ones.
    pub last_joined: Ms,
    /// Its alarms.
    pub alarms: Vec<AlarmId>,
    /// Alarms that are active now.
    pub active: u32,
    /// Calls that joined.
    pub calls: u32,
    /// Who took it from the queue.
    pub taken_by: Option<Actor>,
    /// How often the queue has escalated it.
    pub escalated: u16,
    /// Zones of the danger area, as told.
    pub zones: Arc<[Zone]>,
    /// Whether the all-clear was given.
    pub all_clear: bool,
    /// Who asked for the all-clear, while a second person has to agree.
    pub clear_asked: Option<Actor>,
    /// Who said that everybody who was told to leave has left; none when people were told to leave since.
    pub evacuated: Option<Actor>,
    /// Why it was closed.
    pub reason: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// State of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IncidentState {
    /// In the duty officer's queue.
    Open,
    /// A person has it.
    Taken,
    /// Over.
    Closed,
}

/// One line of an incident's timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Incident.
    pub incident: IncidentId,
    /// Counts the lines, from 1.
    pub line: u32,
    /// When the engine learned it.
    pub at: Ms,
    /// When it happened, by the clock of its source.
    pub happened: Ms,
    /// What it comes from.
    pub source: TimelineSource,
    /// In words.
    pub text: Text,
    /// The person, when one did it.
    pub by: Option<Actor>,
}

impl TimelineSource {
    /// Whether lines of this source name people of the public: not for everybody's eyes.
    #[must_use]
    pub const fn names_people(self) -> bool {
        match self {
            Self::Notice(_) | Self::Call => true,
            Self::Alarm(_)
            | Self::Run(_)
            | Self::Command(_)
            | Self::Warning
            | Self::Person
            | Self::Platform => false,
        }
    }
}

/// What a line of the timeline comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimelineSource {
    /// An alarm changed.
    Alarm(AlarmId),
    /// A run of a program.
    Run(RunId),
    /// A command to a device.
    Command(CommandId),
    /// A notice: the line names its recipient.
    Notice(NoticeId),
    /// A warning was published.
    Warning,
    /// A call: the line names the caller.
    Call,
    /// A person did something.
    Person,
    /// The platform itself: opened, escalated, how many were told.
    Platform,
}
