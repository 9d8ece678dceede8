//! What reaches the engine. There is no other way to change its state.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AlarmId, AreaCode, CommandId, DeviceId, IncidentId, Ms, NoticeId, PointId, Position, PostId,
    RunId, Text,
    push::{Channel, ReceiptState},
    registry::RegistryChange,
    weather::WeatherReport,
};

/// How far a value can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Quality {
    /// Measured and plausible.
    #[default]
    Good,
    /// Doubtful: the device says so, or it lies outside the range that the point can have.
    Uncertain,
    /// Not to be used: sensor fault.
    Bad,
}

/// One value of one point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which point.
    pub point: PointId,
    /// When it was measured, by the device's clock (bounded by intake).
    pub at: Ms,
    /// The value in the unit of the point; finite.
    pub value: f64,
    /// How far it can be trusted.
    pub quality: Quality,
}

/// Something that happened. Processed one after another; each gives one [`Answer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Nothing but time passed: due timers run.
    Tick,
    /// A value arrived.
    Reading(Reading),
    /// A device connected or was lost.
    Link {
        /// Which device.
        device: DeviceId,
        /// Whether it is connected now.
        up: bool,
    },
    /// A device answered a command.
    Reply {
        /// Which device answered.
        device: DeviceId,
        /// Which command.
        command: CommandId,
        /// What it says.
        outcome: ReplyOutcome,
        /// Words of the device, for people; at most 200 characters.
        detail: String,
    },
    /// A channel or a recipient reports on a notice.
    Receipt {
        /// Which notice.
        notice: NoticeId,
        /// Over which channel.
        channel: Channel,
        /// What is known now.
        state: ReceiptState,
        /// Why it failed, or what was answered; at most 200 characters.
        detail: String,
    },
    /// A person reports something (telephone, citizen, another office).
    Call(Box<Call>),
    /// A signed-in person did something.
    Action(Box<Action>),
    /// Base data changed.
    Registry(Box<RegistryChange>),
    /// Something outside the engine belongs into the audit chain (sign-in, account change, export…).
    Audit(Box<AuditNote>),
    /// The node goes on from a backup: what it decided after the backup is forgotten here, but not in the world. Commands,
    /// notices and incidents get numbers that were never used, because who executed "17" once will not execute another 17.
    Restored,
    /// A feed says how the air is somewhere.
    Weather(Box<WeatherReport>),
}

/// What a device says about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplyOutcome {
    /// It has the command.
    Received,
    /// It did it.
    Done,
    /// It will not (local interlock, local mode).
    Refused,
    /// It tried and could not.
    Failed,
    /// The command came after its expiry and was not executed.
    Expired,
}

/// A report by a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Kind of incident the caller speaks of: the same keys as rules use.
    pub kind: String,
    /// Area of the place.
    pub area: AreaCode,
    /// Where, if known.
    pub position: Option<Position>,
    /// Where, in words.
    pub place: String,
    /// Name of the caller; may be empty.
    pub caller: String,
    /// How to call back; may be empty.
    pub contact: String,
    /// What was said.
    pub text: String,
    /// Who wrote it down, or which system passed it on.
    pub by: Actor,
    /// Whether this belongs to a drill.
    pub drill: bool,
    /// Which incident it belongs to.
    pub joins: Joins,
    /// Key of the facility it speaks of; empty when none.
    pub facility: String,
    /// Whether whoever wrote it down believes it: then people are told at once where a policy asks for that.
    pub credible: bool,
}

/// Which incident a call belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Joins {
    /// One of the same kind near in place and time, else a new one.
    #[default]
    Alike,
    /// A new one, whatever is near: whoever writes it down knows that it is another event.
    New,
    /// This one, whatever its kind and place.
    This(IncidentId),
}

/// Who did something: an account, or a program part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Sign-in name; unique and never reused.
    pub account: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
}

/// What a signed-in person did. Whether the person may, was checked before (role and area); the kernel checks what depends on state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Who.
    pub by: Actor,
    /// Why, in the person's words; required where the kind says so.
    pub reason: String,
    /// What.
    pub kind: ActionKind,
}

/// The things people do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ActionKind {
    /// Take note of an alarm.
    AcknowledgeAlarm(AlarmId),
    /// Put an alarm aside until a moment (reason required).
    ShelveAlarm(AlarmId, Ms),
    /// Bring a shelved alarm back.
    UnshelveAlarm(AlarmId),
    /// Reset a latched alarm whose cause is gone.
    ResetAlarm(AlarmId),
    /// Maintenance: no alarms of this device until a moment (reason required).
    SuppressDevice(DeviceId, Ms),
    /// End of maintenance.
    UnsuppressDevice(DeviceId),
    /// Take the device out of service, or put it back (reason required).
    SetOutOfService(DeviceId, bool),
    /// Take an incident from the queue: "I have it".
    TakeIncident(IncidentId),
    /// Write a note on an incident's timeline.
    NoteIncident(IncidentId, String),
    /// Set the response level: 1 (highest) to 4 (reason required).
    GradeIncident(IncidentId, u8),
    /// Tell the same set that the danger is over (reason required). Where the public was told, the first one asks and a
    /// second person's gives it.
    AllClear(IncidentId),
    /// Close an incident (reason required; not while its alarms are active, its all-clear is
    /// outstanding, or somebody needs help or is being visited).
    CloseIncident(IncidentId),
    /// Stop a run where it stands (reason required).
    HoldRun(RunId),
    /// Let a held run go on (reason required).
    ResumeRun(RunId),
    /// The person does the rest by hand; the run ends (reason required).
    TakeOverRun(RunId),
    /// Send a command to a device by hand (reason required). An irreversible one waits for a second person.
    SendCommand {
        /// To which device.
        device: DeviceId,
        /// Name of the command, as in the device's profile.
        name: String,
        /// Argument; 0 where the command has none.
        argument: f64,
    },
    /// Second person agrees to a command that waits.
    ApproveCommand(CommandId),
    /// Record a dry-run of a draft program: its key, how many recorded readings it ran over and whether all went as expected.
    RecordDryRun {
        /// Key of the program.
        program: String,
        /// Readings replayed.
        readings: u64,
        /// Runs that started in the replay.
        runs: u32,
        /// Problems found, for people; empty when it passed.
        problems: Vec<String>,
    },
    /// Second person signs a program off: it goes live.
    SignOffProgram(String),
    /// Take a live program out of use (reason required).
    RetireProgram(String),
    /// A recipient answers, or somebody answers for them: got it, safe, need help.
    AnswerNotice(NoticeId, ReceiptState),
    /// The named person has visited a recipient who could not be reached.
    RecordVisit(NoticeId, bool),
    /// Mark what comes from these devices' site as a drill, until the moment.
    StartDrill {
        /// Scenario, for people.
        name: String,
        /// Devices that take part.
        devices: Vec<DeviceId>,
        /// When it ends by itself.
        until: Ms,
    },
    /// End a drill.
    EndDrill(String),
    /// These virtual devices ended with what moved them: nobody waits for them until they are heard again.
    RestDevices(Vec<DeviceId>),
    /// Tell posts of a drill's incident, to see who answers, and how soon. Only their screens are used.
    CallPosts {
        /// The incident; it must belong to a drill.
        incident: IncidentId,
        /// The posts, 1 to [`crate::push::Push::MOST_CALLED`].
        posts: Vec<PostId>,
        /// How long an answer is waited for.
        within: Ms,
        /// What they are told.
        text: Text,
    },
    /// Give posts a task of an incident. One at the place of the danger is refused while people are still to leave it and nobody
    /// has confirmed that they did.
    SendTask {
        /// The incident.
        incident: IncidentId,
        /// The posts, 1 to [`crate::push::Push::MOST_CALLED`].
        posts: Vec<PostId>,
        /// What they shall do.
        text: Text,
        /// Whether it brings them into the danger area.
        on_site: bool,
        /// People where all shall leave whom nobody told one by one: by registers and census, as far as whoever sends this knows.
        uncounted: u32,
    },
    /// A person at the place says that everybody who was told to leave has left (reason required).
    ConfirmEvacuated(IncidentId),
    /// Say how the air is at a place, until a moment: it comes before stations and feeds. A moment that has passed takes it back.
    SetWeather {
        /// How it is.
        report: WeatherReport,
        /// Until when; at most [`crate::weather::Weather::LONGEST_BY_HAND`] from now.
        until: Ms,
    },
}

/// An entry of the audit chain about something outside the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditNote {
    /// Who.
    pub by: Actor,
    /// What was done: a stable word such as `sign-in`.
    pub what: String,
    /// On what: account, device, export…
    pub object: String,
    /// Whether it was done or refused.
    pub done: bool,
    /// From where: address of the peer.
    pub from: String,
}

/// What became of an event; told to its sender after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Done.
    Done,
    /// A new thing came of it, with this number.
    Created(u64),
    /// The same reading is known already: not stored again, not evaluated.
    Duplicate,
    /// Older than the newest of its point: stored, not evaluated.
    Late,
    /// Another value for the same point and moment is known: the first one stays.
    Conflict,
    /// Refused.
    Refused(Refusal),
}

/// Why the kernel does not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// The thing named does not exist (any more).
    #[error("unknown object")]
    Unknown,
    /// Not possible in the state the thing is in.
    #[error("not possible in this state")]
    WrongState,
    /// A reason must be given.
    #[error("a reason is required")]
    ReasonRequired,
    /// A second, different person is required.
    #[error("a second person is required")]
    SecondPersonRequired,
    /// A value is outside its range, or a text too long.
    #[error("value out of range")]
    OutOfRange,
    /// An interlock forbids it now.
    #[error("an interlock forbids it")]
    Interlocked,
    /// A program must pass a dry-run before it is signed off.
    #[error("a dry-run is required first")]
    DryRunRequired,
    /// The limit for things of this kind is reached.
    #[error("limit reached")]
    LimitReached,
    /// A device that is to take part in a drill has a real alarm that is not closed.
    #[error("a device has a real alarm")]
    RealAlarm,
    /// People are still in the danger area: they come first.
    #[error("people are still in the danger area")]
    PeopleFirst,
}
