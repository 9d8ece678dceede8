//! Runs of programs, and the commands they send.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AlarmId, CommandId, DeviceId, IncidentId, Ms, ProgramId, Reading, RunId, Text, event::Actor,
    registry::Key,
};

/// One execution of a program, complete in itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Number.
    pub id: RunId,
    /// Program version.
    pub program: ProgramId,
    /// Key of the program.
    pub program_key: Key,
    /// Version of the program.
    pub version: u32,
    /// The alarm that started it.
    pub alarm: AlarmId,
    /// Incident of that alarm.
    pub incident: Option<IncidentId>,
    /// Device of that alarm: the place of the run.
    pub device: DeviceId,
    /// State now.
    pub state: RunState,
    /// Step it is at, from 0.
    pub step: u8,
    /// What became of each step so far.
    pub results: Vec<StepResult>,
    /// When it started.
    pub started: Ms,
    /// When it changed last.
    pub changed: Ms,
    /// Who held, resumed or took over last, and why.
    pub by: Option<Actor>,
    /// Reason given by that person.
    pub reason: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// State of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RunState {
    /// Under way.
    Running,
    /// Held by a person.
    Held,
    /// A person does the rest.
    TakenOver,
    /// All steps done or rightly skipped.
    Done,
    /// Ended with a failed step.
    Failed,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// Which step, from 0.
    pub step: u8,
    /// How it stands.
    pub state: StepState,
    /// When.
    pub at: Ms,
    /// Tries so far.
    pub tries: u8,
    /// Commands sent, one for each target and try.
    pub commands: Vec<CommandId>,
    /// Why: interlock, failed condition, no target, words of the device.
    pub why: Text,
    /// The reading that proved the effect.
    pub proof: Option<Reading>,
}

/// State of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StepState {
    /// Commands are out; waiting for proof.
    Waiting,
    /// The effect is proved (or the device said done where nothing can be measured).
    Proved,
    /// The wanted state was there already: nothing was sent.
    Already,
    /// Its conditions did not hold.
    Skipped,
    /// An interlock forbade it.
    Interlocked,
    /// No proof in time, or the device refused.
    Failed,
    /// No device to speak to.
    NoTarget,
}

/// A command 控制指令, complete in itself. Its number is its idempotency key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Number.
    pub id: CommandId,
    /// To which device.
    pub device: DeviceId,
    /// Key of that device.
    pub device_key: Key,
    /// Name, as in the profile.
    pub name: Key,
    /// Argument; 0 where it has none.
    pub argument: f64,
    /// When it was issued.
    pub issued: Ms,
    /// After this moment nobody may execute it.
    pub expires: Ms,
    /// State now.
    pub state: CommandState,
    /// The run and step that sent it; none when a person did.
    pub run: Option<(RunId, u8)>,
    /// The person who sent it.
    pub by: Option<Actor>,
    /// Second person who agreed.
    pub second: Option<Actor>,
    /// Reason given by the person, or words of the device.
    pub reason: Arc<str>,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// State of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CommandState {
    /// Waits for the second person; not sent.
    Waiting,
    /// To be sent: in the outbox until the device replies or it expires.
    Issued,
    /// The device has it.
    Received,
    /// The device did it.
    Done,
    /// The device will not.
    Refused,
    /// The device tried and could not.
    Failed,
    /// Expired before the device answered.
    Expired,
    /// Taken back before the device had it, as far as is known: an answer that comes all the same is shown with it.
    Withdrawn,
}

impl CommandState {
    /// Whether nothing more will come.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Waiting | Self::Issued | Self::Received => false,
            Self::Done | Self::Refused | Self::Failed | Self::Expired | Self::Withdrawn => true,
        }
    }
}
