//! Commands that are not final: what still has to reach a device, be answered, or expire.
//!
//! A command is sent again as often as its device reconnects (at least once) and carries a number and an expiry by which
//! the device executes it at most once and never late. While it waits to be taken by its device its interlocks are watched
//! on: when one of them stops to hold, the command is withdrawn.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Command, CommandState,
    readers::{Reader, Readers},
    scene::Scene,
};
use crate::{
    Answer, CommandId, DeviceId, Effect, Ms, PointId, ProgramId, Refusal, Text, Timer, Timers,
    event::ReplyOutcome, registry::Registry, watch::Watch,
};

/// What the parts of a run work with during one step of the engine.
pub(super) struct Hands<'a> {
    pub now: Ms,
    pub registry: &'a Registry,
    pub watch: &'a Watch,
    pub timers: &'a mut Timers,
    pub out: &'a mut Vec<Effect>,
    pub outbox: &'a mut Outbox,
    pub readers: &'a mut Readers,
}

/// The outbox of commands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Outbox {
    last: u64,
    pending: BTreeMap<CommandId, Pending>,
    /// Commands that expired or were withdrawn lately: an answer that comes after all is told, though it changes nothing.
    past: BTreeMap<CommandId, Box<Command>>,
}

/// A command with what watches over it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    /// In a box, as the effect carries it: what is large is not moved when the outbox grows.
    command: Box<Command>,
    /// When its timer is due: expiry, or the moment at which an interlock becomes unknown.
    wake: Ms,
    guard: Option<Box<Guard>>,
}

/// The interlocks of a command, seen from where they must hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Guard {
    /// Steps whose interlocks apply.
    pub steps: Vec<(ProgramId, u8)>,
    /// The place of the run; for a command by hand its target.
    pub place: DeviceId,
    /// Level of the alarm when the command was issued; levels reached stay reached.
    pub level: Option<u8>,
    /// Points whose readings can change the answer.
    pub points: Vec<PointId>,
}

/// What happened to a command of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Heard {
    /// The device did it.
    Done,
    /// The device did not, with its words.
    Not(Text),
    /// An interlock stopped to hold before the device took it.
    Withdrawn(Text),
}

impl Outbox {
    /// Limit of commands by hand that are not final. Commands of programs are never refused.
    pub const MAX_BY_HAND: usize = 1000;
    /// Such commands that are remembered for a late answer.
    const MAX_PAST: usize = 1024;
    /// Longest words of a device that are kept, in characters.
    const MAX_WORDS: usize = 200;

    /// The next number.
    pub fn next(&mut self) -> CommandId {
        self.last += 1;
        CommandId(self.last)
    }

    /// Passes numbers over.
    pub fn skip(&mut self, count: u64) {
        self.last = self.last.saturating_add(count);
    }

    pub fn iter(&self) -> impl Iterator<Item = &Command> {
        self.pending.values().map(|pending| &*pending.command)
    }

    pub fn get(&self, id: CommandId) -> Option<&Command> {
        self.pending.get(&id).map(|pending| &*pending.command)
    }

    /// Whether another command by hand may be added.
    pub fn has_room(&self) -> bool {
        // Counted only when the outbox is long: nearly always there is room at once.
        self.pending.len() < Self::MAX_BY_HAND
            || self.iter().filter(|c| c.run.is_none()).count() < Self::MAX_BY_HAND
    }
}

impl Hands<'_> {
    /// Takes a command into the outbox and tells it.
    pub fn send(&mut self, command: Command, guard: Option<Guard>, until: Ms) {
        let id = command.id;
        let wake = command.expires.min(until.after(Ms(1)));
        self.timers.set(wake, Timer::Command(id));
        for point in guard.iter().flat_map(|guard| &guard.points) {
            self.readers.add(*point, Reader::Command(id));
        }
        let command = Box::new(command);
        self.out.push(Effect::Command(command.clone()));
        let guard = guard.map(Box::new);
        self.outbox.pending.insert(id, Pending { command, wake, guard });
    }

    /// What a device says about a command, and what it means for a run.
    pub fn reply(
        &mut self,
        device: DeviceId,
        id: CommandId,
        outcome: ReplyOutcome,
        detail: &str,
    ) -> (Answer, Option<Heard>) {
        let unknown = (Answer::Refused(Refusal::Unknown), None);
        let Some(pending) = self.outbox.pending.get_mut(&id) else {
            return (self.late(device, id, outcome, detail), None);
        };
        let command = &mut pending.command;
        // A command that waits for the second person was never sent: nobody can have an answer to it.
        if command.device != device || command.state == CommandState::Waiting {
            return unknown;
        }
        if outcome == ReplyOutcome::Received && command.state == CommandState::Received {
            return (Answer::Duplicate, None);
        }
        let (state, heard) = match outcome {
            ReplyOutcome::Received => (CommandState::Received, None),
            ReplyOutcome::Done => (CommandState::Done, Some(Heard::Done)),
            ReplyOutcome::Refused => (CommandState::Refused, Some(not("拒绝", "refused", detail))),
            ReplyOutcome::Failed => (CommandState::Failed, Some(not("失败", "failed", detail))),
            ReplyOutcome::Expired => {
                (CommandState::Expired, Some(not("已过期", "came too late", detail)))
            }
        };
        add_words(command, detail);
        self.finish(id, state);
        (Answer::Done, heard)
    }

    /// An answer to a command that is not in the outbox any more.
    fn late(
        &mut self,
        device: DeviceId,
        id: CommandId,
        outcome: ReplyOutcome,
        detail: &str,
    ) -> Answer {
        if id.0 == 0 || id.0 > self.outbox.last {
            return Answer::Refused(Refusal::Unknown);
        }
        if self.outbox.past.get(&id).is_some_and(|command| command.device != device) {
            return Answer::Refused(Refusal::Unknown);
        }
        let Some(mut command) = self.outbox.past.remove(&id) else {
            // Final already: devices and links repeat themselves.
            return Answer::Duplicate;
        };
        let said = match outcome {
            ReplyOutcome::Received => "received",
            ReplyOutcome::Done => "done",
            ReplyOutcome::Refused => "refused",
            ReplyOutcome::Failed => "failed",
            ReplyOutcome::Expired => "expired",
        };
        add_words(&mut command, &format!("late reply: {said} {detail}"));
        self.out.push(Effect::Command(command));
        Answer::Late
    }

    /// A command did not reach its effect in time. Does nothing when it is final already.
    pub fn expire(&mut self, id: CommandId) {
        if self.outbox.pending.contains_key(&id) {
            self.finish(id, CommandState::Expired);
        }
    }

    /// The second person agreed: the command goes out now.
    pub fn approve(&mut self, mut command: Command, guard: Option<Guard>, until: Ms) {
        if let Some(old) = self.outbox.pending.remove(&command.id) {
            self.timers.cancel(old.wake, Timer::Command(command.id));
        }
        command.state = CommandState::Issued;
        self.send(command, guard, until);
    }

    /// The timer of a command is due: it expires, or one of its interlocks may have become unknown.
    pub fn command_timer(&mut self, id: CommandId, at: Ms) -> Option<Heard> {
        let pending = self.outbox.pending.get(&id).filter(|pending| pending.wake == at)?;
        if self.now >= pending.command.expires {
            self.finish(id, CommandState::Expired);
            return None;
        }
        self.recheck(id)
    }

    /// Looks at the interlocks of a command again; withdraws it when they do not hold any more.
    pub fn recheck(&mut self, id: CommandId) -> Option<Heard> {
        let pending = self.outbox.pending.get(&id)?;
        let guard = pending.guard.as_deref()?;
        match self.check(guard, &pending.command) {
            Ok(until) => {
                let wake = pending.command.expires.min(until.after(Ms(1)));
                let before = pending.wake;
                if wake != before {
                    self.timers.cancel(before, Timer::Command(id));
                    self.timers.set(wake, Timer::Command(id));
                    if let Some(pending) = self.outbox.pending.get_mut(&id) {
                        pending.wake = wake;
                    }
                }
                None
            }
            Err(why) => {
                self.withdraw(id, &why);
                Some(Heard::Withdrawn(why))
            }
        }
    }

    /// Takes a command out of the outbox before its device has it.
    pub fn withdraw(&mut self, id: CommandId, why: &Text) {
        if let Some(pending) = self.outbox.pending.get_mut(&id) {
            add_words(&mut pending.command, &format!("withdrawn: {}", why.en));
        }
        self.finish(id, CommandState::Withdrawn);
    }

    /// The moment until which the interlocks of a guard hold, or why one does not.
    pub fn check(&self, guard: &Guard, command: &Command) -> Result<Ms, Text> {
        let gone = || Text::new("设备已移除", "the device is gone");
        let place = self.registry.device(guard.place).ok_or_else(gone)?;
        let target = self.registry.device(command.device).ok_or_else(gone)?;
        let scene = Scene {
            registry: self.registry,
            watch: self.watch,
            now: self.now,
            place,
            level: guard.level,
            drill: command.drill,
        };
        let steps = guard.steps.iter().filter_map(|(program, step)| {
            self.registry.program(*program)?.steps.get(usize::from(*step))
        });
        let mut until = Ms::MAX;
        for step in steps {
            until = until.min(scene.interlocks(step, target).map_err(|i| i.why.clone())?);
        }
        Ok(until)
    }

    /// A command changes its state: told, and gone from the outbox when the state is final.
    fn finish(&mut self, id: CommandId, state: CommandState) {
        let Some(pending) = self.outbox.pending.get_mut(&id) else { return };
        let was_sent = pending.command.state != CommandState::Waiting;
        pending.command.state = state;
        // From here on the device has it: it cannot be withdrawn any more.
        for point in pending.guard.take().iter().flat_map(|guard| &guard.points) {
            self.readers.remove(*point, Reader::Command(id));
        }
        if !state.is_final() {
            let expires = pending.command.expires;
            if pending.wake != expires {
                self.timers.cancel(pending.wake, Timer::Command(id));
                self.timers.set(expires, Timer::Command(id));
                pending.wake = expires;
            }
            self.out.push(Effect::Command(pending.command.clone()));
            return;
        }
        let Some(pending) = self.outbox.pending.remove(&id) else { return };
        self.timers.cancel(pending.wake, Timer::Command(id));
        if matches!(state, CommandState::Expired | CommandState::Withdrawn) && was_sent {
            self.outbox.past.insert(id, pending.command.clone());
            if self.outbox.past.len() > Outbox::MAX_PAST {
                self.outbox.past.pop_first();
            }
        }
        self.out.push(Effect::Command(pending.command));
    }
}

fn not(zh: &str, en: &str, detail: &str) -> Heard {
    let bounded: String = detail.trim().chars().take(Outbox::MAX_WORDS).collect();
    let say = |word: &str| format!("{word} {bounded}").trim_end().to_owned();
    Heard::Not(Text { zh: say(&format!("设备{zh}")), en: say(&format!("the device {en}")) })
}

/// Adds words of the device to the reason of a command; those of a person stay before them.
fn add_words(command: &mut Command, words: &str) {
    let words = words.trim();
    if words.is_empty() {
        return;
    }
    let words: String = words.chars().take(Outbox::MAX_WORDS).collect();
    command.reason = match &*command.reason {
        "" => Arc::from(words),
        before => Arc::from(format!("{before} · {words}")),
    };
}
