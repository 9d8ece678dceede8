//! Programs, runs, commands.

use helan_kernel::{
    dispose::{self, CommandState, ProgramStatus, RunState, StepState},
    registry::Registry,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Actor, ReadingRow, Text, reading_row};

/// One execution of a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Run {
    /// Number.
    pub id: u64,
    /// Key of the program.
    pub program: String,
    /// Version of the program.
    pub version: u32,
    /// Name of the program.
    pub name: Text,
    /// Alarm that started it.
    pub alarm: u64,
    /// Incident of that alarm.
    pub incident: Option<u64>,
    /// Key of the device of that alarm.
    pub device: String,
    /// `running`, `held`, `taken-over`, `done` or `failed`.
    pub state: &'static str,
    /// Step it is at, from 0.
    pub step: u8,
    /// What became of each step so far.
    pub results: Vec<StepResult>,
    /// When it started, ms UTC.
    pub started: i64,
    /// When it changed last, ms UTC.
    pub changed: i64,
    /// Who held, resumed or took over last.
    pub by: Option<Actor>,
    /// Why.
    pub reason: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// What became of a step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepResult {
    /// Which, from 0.
    pub step: u8,
    /// Its name.
    pub name: Text,
    /// `waiting`, `proved`, `already`, `skipped`, `interlocked`, `failed` or `no-target`.
    pub state: &'static str,
    /// When, ms UTC.
    pub at: i64,
    /// Tries so far.
    pub tries: u8,
    /// Commands sent.
    pub commands: Vec<u64>,
    /// Why.
    pub why: Text,
    /// The reading that proved the effect.
    #[schema(value_type = Option<Vec<serde_json::Value>>)]
    pub proof: Option<ReadingRow>,
}

impl Run {
    /// A run with the names that the base data has for it.
    #[must_use]
    pub fn of(registry: &Registry, run: &dispose::Run) -> Self {
        let program = registry.programs.get(run.program.index());
        let step_name = |step: u8| {
            let step = program.and_then(|p| p.steps.get(usize::from(step)));
            step.map(|s| Text::from(&s.name)).unwrap_or_default()
        };
        Self {
            id: run.id.0,
            program: run.program_key.to_string(),
            version: run.version,
            name: program.map(|p| Text::from(&p.name)).unwrap_or_default(),
            alarm: run.alarm.0,
            incident: run.incident.map(|id| id.0),
            device: registry.device(run.device).map_or_else(String::new, |d| d.key.to_string()),
            state: run_state(run.state),
            step: run.step,
            results: run
                .results
                .iter()
                .map(|result| StepResult {
                    step: result.step,
                    name: step_name(result.step),
                    state: step_state(result.state),
                    at: result.at.0,
                    tries: result.tries,
                    commands: result.commands.iter().map(|id| id.0).collect(),
                    why: Text::from(&result.why),
                    proof: result.proof.as_ref().map(reading_row),
                })
                .collect(),
            started: run.started.0,
            changed: run.changed.0,
            by: run.by.as_ref().map(Actor::from),
            reason: run.reason.clone(),
            drill: run.drill,
        }
    }
}

/// A command 控制指令.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Command {
    /// Number: its idempotency key.
    pub id: u64,
    /// Key of the device.
    pub device: String,
    /// Name, as in the profile.
    pub name: String,
    /// Argument; 0 where it has none.
    pub argument: f64,
    /// When it was issued, ms UTC.
    pub issued: i64,
    /// After this moment nobody may execute it, ms UTC.
    pub expires: i64,
    /// `waiting`, `issued`, `received`, `done`, `refused`, `failed`, `expired` or `withdrawn`.
    pub state: &'static str,
    /// The run that sent it.
    pub run: Option<u64>,
    /// The person who sent it.
    pub by: Option<Actor>,
    /// The second person.
    pub second: Option<Actor>,
    /// Why, or words of the device.
    pub reason: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

impl From<&dispose::Command> for Command {
    fn from(command: &dispose::Command) -> Self {
        Self {
            id: command.id.0,
            device: command.device_key.to_string(),
            name: command.name.to_string(),
            argument: command.argument,
            issued: command.issued.0,
            expires: command.expires.0,
            state: command_state(command.state),
            run: command.run.map(|(run, _)| run.0),
            by: command.by.as_ref().map(Actor::from),
            second: command.second.as_ref().map(Actor::from),
            reason: command.reason.to_string(),
            drill: command.drill,
        }
    }
}

/// A program version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Program {
    /// Same for all versions.
    pub key: String,
    /// Version, from 1.
    pub version: u32,
    /// What it does.
    pub name: Text,
    /// `draft`, `tried`, `live` or `retired`.
    pub status: &'static str,
    /// Smallest alarm level that starts it.
    pub from_level: u8,
    /// Steps.
    #[schema(value_type = Vec<Object>)]
    pub steps: Vec<dispose::Step>,
    /// Who wrote it.
    pub author: Actor,
    /// The dry-run it passed.
    pub dry_run: Option<DryRunNote>,
    /// Who signed it off.
    pub signed_by: Option<Actor>,
}

/// The dry-run that a program passed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DryRunNote {
    /// Who ran it.
    pub by: Actor,
    /// When, ms UTC.
    pub at: i64,
    /// Readings replayed.
    pub readings: u64,
    /// Runs that started.
    pub runs: u32,
}

impl From<&dispose::Program> for Program {
    fn from(program: &dispose::Program) -> Self {
        Self {
            key: program.key.to_string(),
            version: program.version,
            name: Text::from(&program.name),
            status: match program.status {
                ProgramStatus::Draft => "draft",
                ProgramStatus::Tried => "tried",
                ProgramStatus::Live => "live",
                ProgramStatus::Retired => "retired",
            },
            from_level: program.from_level,
            steps: program.steps.clone(),
            author: Actor::from(&program.author),
            dry_run: program.dry_run.as_ref().map(|run| DryRunNote {
                by: Actor::from(&run.by),
                at: run.at.0,
                readings: run.readings,
                runs: run.runs,
            }),
            signed_by: program.signed_by.as_ref().map(Actor::from),
        }
    }
}

/// A new version of a program.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramDraft {
    /// What it does.
    pub name: Text,
    /// Smallest alarm level that starts it.
    #[serde(default)]
    pub from_level: u8,
    /// Steps, as they are shown.
    #[schema(value_type = Vec<Object>)]
    pub steps: Vec<dispose::Step>,
}

/// Recorded readings to try a program on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// From this moment on, ms UTC.
    pub from: i64,
    /// Before this moment, ms UTC.
    pub to: i64,
}

/// What a dry-run showed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DryRun {
    /// Readings replayed.
    pub readings: u64,
    /// Runs that started.
    pub runs: u32,
    /// Problems found; empty when it passed.
    pub problems: Vec<String>,
    /// Devices whose readings were replayed.
    pub devices: usize,
    /// Devices of the same kinds that were left out, because there are too many.
    pub left_out: usize,
}

/// Which commands.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CommandQuery {
    /// Only those to this device.
    pub device: Option<String>,
    /// Rows of a page.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// A command by hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandOrder {
    /// Name, as in the profile.
    pub name: String,
    /// Argument; 0 where it has none.
    #[serde(default)]
    pub argument: f64,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// The command that came of an order.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CommandCreated {
    /// Number of the command.
    pub command: u64,
}

const fn run_state(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Held => "held",
        RunState::TakenOver => "taken-over",
        RunState::Done => "done",
        RunState::Failed => "failed",
    }
}

const fn step_state(state: StepState) -> &'static str {
    match state {
        StepState::Waiting => "waiting",
        StepState::Proved => "proved",
        StepState::Already => "already",
        StepState::Skipped => "skipped",
        StepState::Interlocked => "interlocked",
        StepState::Failed => "failed",
        StepState::NoTarget => "no-target",
    }
}

const fn command_state(state: CommandState) -> &'static str {
    match state {
        CommandState::Waiting => "waiting",
        CommandState::Issued => "issued",
        CommandState::Received => "received",
        CommandState::Done => "done",
        CommandState::Refused => "refused",
        CommandState::Failed => "failed",
        CommandState::Expired => "expired",
        CommandState::Withdrawn => "withdrawn",
    }
}
