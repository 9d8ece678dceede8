//! What people do to runs and commands.

use super::{
    Command, CommandState, Dispose, RunState,
    outbox::{Guard, Hands},
    scene::Scene,
};
use crate::{
    Answer, CommandId, Context, DeviceId, Ms, Refusal, RunId,
    event::{Action, Actor},
    registry::{CommandKind, Device},
    watch::Watch,
};

/// A command by hand expires after this: whoever sends it looks at the device, and does not expect it later.
const EXPIRY: Ms = Ms::seconds(60);
/// The second person must agree within this: later the situation is another one.
const APPROVAL: Ms = Ms::seconds(600);

impl Dispose {
    /// Holds, resumes or takes over a run. A run that is over, or was never there, is unknown.
    pub(super) fn turn(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        id: RunId,
        wanted: RunState,
        action: &Action,
    ) -> Result<Answer, Refusal> {
        let run = self.run(id).ok_or(Refusal::Unknown)?;
        let possible = match wanted {
            RunState::Held => run.state == RunState::Running,
            RunState::Running => run.state == RunState::Held,
            RunState::TakenOver | RunState::Done | RunState::Failed => true,
        };
        if !possible {
            return Err(Refusal::WrongState);
        }
        if action.reason.trim().is_empty() {
            return Err(Refusal::ReasonRequired);
        }
        let (by, reason) = (&action.by, action.reason.as_str());
        self.with_run(cx, watch, id, |active, hands| match wanted {
            RunState::Held => active.hold(hands, by, reason),
            RunState::Running => active.resume(hands, by, reason),
            RunState::TakenOver | RunState::Done | RunState::Failed => {
                active.take_over(hands, by, reason);
            }
        });
        Ok(Answer::Done)
    }
}

impl Hands<'_> {
    /// Sends a command by hand. One that cannot be undone from afar waits for a second person.
    pub(super) fn send_by_hand(
        &mut self,
        action: &Action,
        device: DeviceId,
        name: &str,
        argument: f64,
    ) -> Result<Answer, Refusal> {
        let registry = self.registry;
        let device = registry.device(device).ok_or(Refusal::Unknown)?;
        let profile = registry.profile_of(device).ok_or(Refusal::Unknown)?;
        let kind = profile.commands.iter().find(|c| &*c.name == name).ok_or(Refusal::Unknown)?;
        if !kind.takes(argument) {
            return Err(Refusal::OutOfRange);
        }
        if action.reason.trim().is_empty() {
            return Err(Refusal::ReasonRequired);
        }
        if !self.outbox.has_room() {
            return Err(Refusal::LimitReached);
        }
        let guard = self.guard_by_hand(device, kind);
        let wait = if kind.irreversible { APPROVAL } else { EXPIRY };
        let mut command = Command {
            id: CommandId(0),
            device: device.id,
            device_key: device.key.clone(),
            name: kind.name.clone(),
            argument,
            issued: self.now,
            expires: self.now.after(wait),
            state: if kind.irreversible { CommandState::Waiting } else { CommandState::Issued },
            run: None,
            by: Some(action.by.clone()),
            second: None,
            reason: action.reason.trim().into(),
            drill: self.watch.in_drill(device),
        };
        let until = self.allowed(guard.as_ref(), &command)?;
        command.id = self.outbox.next();
        let id = command.id;
        // While it waits for the second person nothing is sent; its interlocks are asked again when it is.
        let (guard, until) = if kind.irreversible { (None, Ms::MAX) } else { (guard, until) };
        self.send(command, guard, until);
        Ok(Answer::Created(id.0))
    }

    /// The second person agrees to a command that waits.
    pub(super) fn approve_by_hand(&mut self, by: &Actor, id: CommandId) -> Result<Answer, Refusal> {
        let command = self.outbox.get(id).ok_or(Refusal::Unknown)?;
        if command.state != CommandState::Waiting {
            return Err(Refusal::WrongState);
        }
        if command.by.as_ref().is_none_or(|first| first.account == by.account) {
            return Err(Refusal::SecondPersonRequired);
        }
        let mut command = command.clone();
        let device = self.registry.device(command.device).ok_or(Refusal::Unknown)?;
        let profile = self.registry.profile_of(device).ok_or(Refusal::Unknown)?;
        let kind = profile.commands.iter().find(|c| c.name == command.name);
        let guard = self.guard_by_hand(device, kind.ok_or(Refusal::Unknown)?);
        let until = self.allowed(guard.as_ref(), &command)?;
        command.second = Some(by.clone());
        command.issued = self.now;
        command.expires = self.now.after(EXPIRY);
        self.approve(command, guard, until);
        Ok(Answer::Done)
    }

    fn allowed(&self, guard: Option<&Guard>, command: &Command) -> Result<Ms, Refusal> {
        let Some(guard) = guard else { return Ok(Ms::MAX) };
        self.check(guard, command).map_err(|_why| Refusal::Interlocked)
    }

    /// What a live program asks before it sends this command to this kind of device, a person must be asked as well.
    fn guard_by_hand(&self, device: &Device, kind: &CommandKind) -> Option<Guard> {
        let registry = self.registry;
        let profile = &registry.profile_of(device)?.key;
        let scene = Scene {
            registry,
            watch: self.watch,
            now: self.now,
            place: device,
            level: None,
            drill: self.watch.in_drill(device),
        };
        let mut guard =
            Guard { steps: Vec::new(), place: device.id, level: None, points: Vec::new() };
        for (id, program) in registry.live_programs() {
            for (number, step) in (0_u8..).zip(&program.steps) {
                let same = step.target.profile == *profile && step.command == kind.name;
                if same && !step.interlocks.is_empty() {
                    guard.steps.push((id, number));
                    scene.interlock_points(step, &mut guard.points);
                }
            }
        }
        (!guard.steps.is_empty()).then_some(guard)
    }
}
