//! Intelligent disposal 智能处置: programs that alarms start, with interlocks and proof of effect.

mod program;
mod run;

pub use program::*;
pub use run::*;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Answer, CommandId, Context, DeviceId, Ms, Reading, Refusal, RunId, Timer,
    event::{Action, ReplyOutcome},
    watch::{Alarm, AlarmChange, Watch},
};

/// Runs that are under way and commands that wait for their reply: the outbox of commands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dispose {
    runs: BTreeMap<RunId, Run>,
    commands: BTreeMap<CommandId, Command>,
}

impl Dispose {
    /// An alarm changed: starts the programs of its rule.
    pub fn on_alarm(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        change: AlarmChange,
        alarm: &Alarm,
    ) {
        let _ = (cx, watch, change, alarm);
    }

    /// A reading came: it may prove the effect of a step.
    pub fn on_reading(&mut self, cx: &mut Context<'_>, watch: &Watch, reading: &Reading) {
        let _ = (cx, watch, reading);
    }

    /// A device answered a command.
    pub fn reply(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        device: DeviceId,
        command: CommandId,
        outcome: ReplyOutcome,
        detail: &str,
    ) -> Answer {
        let _ = (cx, watch, device, command, outcome, detail);
        Answer::Refused(Refusal::Unknown)
    }

    /// A timer of this part is due.
    pub fn timer(&mut self, cx: &mut Context<'_>, watch: &Watch, at: Ms, timer: Timer) {
        let _ = (cx, watch, at, timer);
    }

    /// A person did something to a run, a command or a program.
    pub fn action(&mut self, cx: &mut Context<'_>, watch: &Watch, action: &Action) -> Answer {
        let _ = (cx, watch, action);
        Answer::Refused(Refusal::Unknown)
    }

    /// Runs under way, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.values()
    }

    /// Commands that are not final, oldest first.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.values()
    }

    /// A command that is not final.
    #[must_use]
    pub fn command(&self, id: CommandId) -> Option<&Command> {
        self.commands.get(&id)
    }
}
