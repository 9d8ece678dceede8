//! Intelligent disposal 智能处置: programs that alarms start, with interlocks and proof of effect.
//!
//! Start at [`Dispose::on_alarm`]. A run (`active`) walks its steps (`walk`), asks what is true at its place (`scene`), and puts
//! commands into the outbox (`outbox`), which watches over them until they are final. Readings and replies come back to
//! the run through `readers`. People act on runs and commands (`manual`), try programs against recorded readings ([`dry_run`]) and bring
//! them into use (`signing`).

mod active;
mod call;
mod dry_run;
mod manual;
mod outbox;
mod program;
mod readers;
mod run;
mod scene;
mod signing;
#[cfg(test)]
mod tests;
mod walk;
mod withdraw;

pub use dry_run::*;
pub use program::*;
pub use run::*;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::{
    active::Active,
    outbox::{Hands, Heard, Outbox},
    readers::{Reader, Readers},
};
use crate::{
    AlarmId, Answer, CommandId, Context, DeviceId, Ms, PointId, ProgramId, Reading, Refusal, RunId,
    Timer,
    event::{Action, ActionKind, ReplyOutcome},
    watch::{Alarm, AlarmChange, AlarmState, Watch},
};

/// Runs that are under way and commands that wait for their reply: the outbox of commands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dispose {
    last_run: u64,
    runs: BTreeMap<RunId, Box<Active>>,
    outbox: Outbox,
    readers: Readers,
    /// Runs that an open alarm has started, also those that are over: one cause, one run of a program.
    causes: BTreeMap<(AlarmId, ProgramId), Cause>,
}

/// What an alarm has started.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cause {
    run: RunId,
    /// Whether the cause was gone since. When it comes back, the same alarm speaks of a new danger.
    gone: bool,
}

impl Dispose {
    /// Passes numbers over: see [`crate::Event::Restored`].
    pub fn skip_numbers(&mut self, count: u64) {
        self.outbox.skip(count);
    }

    /// An alarm changed: starts the programs of its rule.
    ///
    /// Each program runs once for a cause, in the version that is live when it starts. An alarm that comes back from the
    /// shelf, from maintenance or from out of service with its cause still there counts as raised. When the cause was gone
    /// and comes back before the alarm was closed (nobody noted or reset it), the valve may have been opened again: the
    /// program runs again, unless its run is still under way.
    pub fn on_alarm(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        change: AlarmChange,
        alarm: &Alarm,
    ) {
        if change == AlarmChange::Cleared {
            self.causes.range_mut(of_alarm(alarm.id)).for_each(|(_, cause)| cause.gone = true);
        }
        match alarm.state {
            AlarmState::Closed => return self.forget(alarm.id),
            AlarmState::Shelved | AlarmState::Suppressed | AlarmState::OutOfService => return,
            AlarmState::Unacknowledged
            | AlarmState::Acknowledged
            | AlarmState::ReturnedUnacknowledged
            | AlarmState::Latched => {}
        }
        match change {
            AlarmChange::Raised | AlarmChange::RaisedLevel | AlarmChange::Returned => {}
            AlarmChange::Unshelved | AlarmChange::Unsuppressed | AlarmChange::InService => {}
            AlarmChange::LoweredLevel
            | AlarmChange::Cleared
            | AlarmChange::Acknowledged
            | AlarmChange::Reset
            | AlarmChange::Shelved
            | AlarmChange::Suppressed
            | AlarmChange::OutOfService
            | AlarmChange::Escalated
            | AlarmChange::Chattering
            | AlarmChange::Withdrawn => return,
        }
        if alarm.active {
            self.note_level(alarm);
            self.start(cx, watch, alarm);
        }
    }

    fn start(&mut self, cx: &mut Context<'_>, watch: &Watch, alarm: &Alarm) {
        let registry = &*cx.registry;
        let Some(rule) = registry.rule(alarm.rule) else { return };
        for key in &rule.programs {
            let Some((id, program)) = registry.live_program(key) else { continue };
            let before = self.causes.range(of_alarm(alarm.id)).any(|((_, other), cause)| {
                let over = cause.gone && !self.runs.contains_key(&cause.run);
                !over && registry.program(*other).is_some_and(|other| other.key == program.key)
            });
            if before || alarm.level < program.from_level {
                continue;
            }
            self.last_run += 1;
            let run = RunId(self.last_run);
            self.causes.insert((alarm.id, id), Cause { run, gone: false });
            let mut hands = Hands {
                now: cx.now,
                registry,
                watch,
                timers: cx.timers,
                out: cx.out,
                outbox: &mut self.outbox,
                readers: &mut self.readers,
            };
            let mut active = Box::new(Active::new(run, (id, program), alarm, &hands));
            active.walk(&mut hands);
            if !active.is_final() {
                self.runs.insert(run, active);
            }
        }
    }

    fn note_level(&mut self, alarm: &Alarm) {
        for (_, cause) in self.causes.range(of_alarm(alarm.id)) {
            if let Some(active) = self.runs.get_mut(&cause.run) {
                active.level = active.level.max(alarm.level);
            }
        }
    }

    /// An alarm is closed: its number never comes back.
    fn forget(&mut self, alarm: AlarmId) {
        while let Some((cause, _)) = self.causes.range(of_alarm(alarm)).next() {
            let cause = *cause;
            self.causes.remove(&cause);
        }
    }

    /// A reading came: it may prove the effect of a step, or end the safety of a command.
    pub fn on_reading(&mut self, cx: &mut Context<'_>, watch: &Watch, reading: &Reading) {
        for reader in self.readers.of(reading.point) {
            match reader {
                Reader::Command(id) => {
                    let run = self.run_of(id);
                    let (_, mut hands) = self.hands(cx, watch);
                    let heard = hands.recheck(id);
                    self.tell_run(cx, watch, run, id, heard);
                }
                Reader::Run(id) => self.with_run(cx, watch, id, |active, hands| {
                    active.seen(hands, reading);
                    active.walk(hands);
                }),
            }
        }
    }

    /// A device answered a command.
    ///
    /// A repeated answer is a [`Answer::Duplicate`], one to a command that had expired is [`Answer::Late`] and is told but
    /// changes nothing. A device that answers for another one is refused.
    pub fn reply(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        device: DeviceId,
        command: CommandId,
        outcome: ReplyOutcome,
        detail: &str,
    ) -> Answer {
        let run = self.run_of(command);
        let (_, mut hands) = self.hands(cx, watch);
        let (answer, heard) = hands.reply(device, command, outcome, detail);
        self.tell_run(cx, watch, run, command, heard);
        answer
    }

    /// A timer of this part is due.
    pub fn timer(&mut self, cx: &mut Context<'_>, watch: &Watch, at: Ms, timer: Timer) {
        match timer {
            Timer::Run(id) => {
                self.with_run(cx, watch, id, |active, hands| active.timer(hands, at));
            }
            Timer::Command(id) => {
                let run = self.run_of(id);
                let (_, mut hands) = self.hands(cx, watch);
                let heard = hands.command_timer(id, at);
                self.tell_run(cx, watch, run, id, heard);
            }
            Timer::Rule(..)
            | Timer::Alarm(_)
            | Timer::Device(_)
            | Timer::Notice(_)
            | Timer::Incident(_)
            | Timer::Warning(_)
            | Timer::Danger(..)
            | Timer::Flood => {}
        }
    }

    /// A person did something to a run, a command or a program.
    pub fn action(&mut self, cx: &mut Context<'_>, watch: &Watch, action: &Action) -> Answer {
        use ActionKind as K;
        if action.reason.len() > Watch::MAX_REASON {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let done = match &action.kind {
            K::HoldRun(id) => self.turn(cx, watch, *id, RunState::Held, action),
            K::ResumeRun(id) => self.turn(cx, watch, *id, RunState::Running, action),
            K::TakeOverRun(id) => self.turn(cx, watch, *id, RunState::TakenOver, action),
            K::SendCommand { device, name, argument } => {
                self.hands(cx, watch).1.send_by_hand(action, *device, name, *argument)
            }
            K::ApproveCommand(id) => self.hands(cx, watch).1.approve_by_hand(&action.by, *id),
            K::RecordDryRun { program, readings, runs, problems } => {
                let passed = problems.is_empty() && *readings > 0 && *runs > 0;
                let (by, readings, runs) = (action.by.clone(), *readings, *runs);
                let record = DryRun { by, at: cx.now, readings, runs };
                signing::record_dry_run(cx, program, passed.then_some(record))
            }
            K::SignOffProgram(program) => signing::sign_off(cx, program, &action.by),
            K::RetireProgram(program) => signing::retire(cx, program, &action.reason),
            K::AcknowledgeAlarm(_)
            | K::ShelveAlarm(..)
            | K::UnshelveAlarm(_)
            | K::ResetAlarm(_)
            | K::SuppressDevice(..)
            | K::UnsuppressDevice(_)
            | K::SetOutOfService(..)
            | K::TakeIncident(_)
            | K::NoteIncident(..)
            | K::GradeIncident(..)
            | K::AllClear(_)
            | K::CloseIncident(_)
            | K::AnswerNotice(..)
            | K::RecordVisit(..)
            | K::StartDrill { .. }
            | K::EndDrill(_)
            | K::RestDevices(_)
            | K::CallPosts { .. }
            | K::SendTask { .. }
            | K::ConfirmEvacuated(_)
            | K::SetWeather { .. } => Err(Refusal::Unknown),
        };
        done.unwrap_or_else(Answer::Refused)
    }

    /// Runs under way, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.values().map(|active| &active.run)
    }

    /// A run that is under way.
    #[must_use]
    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.get(&id).map(|active| &active.run)
    }

    /// Commands that are not final, oldest first.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.outbox.iter()
    }

    /// A command that is not final.
    #[must_use]
    pub fn command(&self, id: CommandId) -> Option<&Command> {
        self.outbox.get(id)
    }

    /// The points that a run waits for after a command to this device.
    fn proof_points(&self, run: RunId, device: DeviceId) -> Vec<PointId> {
        self.runs.get(&run).map_or(Vec::new(), |active| active.proof_points(device))
    }

    /// Whether nobody waits for a reading, a reply or a time.
    #[cfg(test)]
    fn is_idle(&self) -> bool {
        self.runs.is_empty() && self.commands().next().is_none() && self.readers.is_empty()
    }

    fn run_of(&self, command: CommandId) -> Option<RunId> {
        self.outbox.get(command)?.run.map(|(run, _)| run)
    }

    /// Tells a run what happened to one of its commands.
    fn tell_run(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        run: Option<RunId>,
        command: CommandId,
        heard: Option<Heard>,
    ) {
        if let (Some(run), Some(heard)) = (run, heard) {
            self.with_run(cx, watch, run, |active, hands| {
                active.heard(hands, command, heard);
                active.walk(hands);
            });
        }
    }

    /// Works on a run; one that is over then leaves.
    fn with_run(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        id: RunId,
        work: impl FnOnce(&mut Active, &mut Hands<'_>),
    ) {
        let (runs, mut hands) = self.hands(cx, watch);
        let Some(active) = runs.get_mut(&id) else { return };
        work(active, &mut hands);
        if active.is_final() {
            runs.remove(&id);
        }
    }

    fn hands<'a>(
        &'a mut self,
        cx: &'a mut Context<'_>,
        watch: &'a Watch,
    ) -> (&'a mut BTreeMap<RunId, Box<Active>>, Hands<'a>) {
        let hands = Hands {
            now: cx.now,
            registry: cx.registry,
            watch,
            timers: cx.timers,
            out: cx.out,
            outbox: &mut self.outbox,
            readers: &mut self.readers,
        };
        (&mut self.runs, hands)
    }
}

fn of_alarm(alarm: AlarmId) -> std::ops::RangeInclusive<(AlarmId, ProgramId)> {
    (alarm, ProgramId(0))..=(alarm, ProgramId(u32::MAX))
}
