//! How a run walks its steps.
//!
//! Steps come strictly one after another: the next one begins when every target of the present one shows its effect (or
//! the otherwise-branch says so). Within a step each target has tries of its own, so that one device that refuses does not
//! disturb the others. The end of the alarm does not stop a run: half a disposal is no safe state, and gas that falls
//! because the valve is shut is no reason to leave the fan off. A person can hold it or take it over.

use std::sync::Arc;

use super::{
    Command, CommandState, Otherwise, Program, Proof, RunState, Step, StepState,
    active::{Active, Aim, AimState},
    outbox::{Guard, Hands},
    readers::Reader,
    scene::{self, Scene},
};
use crate::{Effect, PointId, Text, registry::Device};

impl Active {
    /// Goes on as far as possible, then says what it waits for, and tells the run when it has changed.
    pub fn walk(&mut self, hands: &mut Hands<'_>) {
        let registry = hands.registry;
        if let Some(program) = registry.program(self.run.program) {
            while self.run.state == RunState::Running {
                let Some(step) = program.steps.get(usize::from(self.run.step)) else {
                    self.end(program);
                    break;
                };
                let settled = if self.aims.is_empty() {
                    self.enter(hands, step)
                } else {
                    self.pursue(hands, step)
                };
                let Some(state) = settled else { break };
                self.leave(hands, step, state);
            }
        }
        self.schedule(hands);
        if std::mem::take(&mut self.changed) {
            self.run.changed = hands.now;
            hands.out.push(Effect::Run(Box::new(self.run.clone())));
        }
    }

    /// Begins a step: looks who is there, what is allowed and what is needed. Gives the state of the step unless commands
    /// are out.
    fn enter(&mut self, hands: &mut Hands<'_>, step: &Step) -> Option<StepState> {
        let registry = hands.registry;
        let Some(place) = registry.device(self.run.device) else {
            self.result(hands.now, Text::new("报警设备已移除", "the device of the alarm is gone"));
            return Some(StepState::NoTarget);
        };
        let scene = self.scene(hands, place);
        self.shown = shared_points(&scene, step);
        let shown = |proof: &Proof| {
            !self.shown.is_empty() && self.shown.iter().all(|(p, _)| scene.already(proof, *p))
        };
        let all_shown = step.proof.as_ref().is_some_and(shown);
        let mut why = Text::default();
        let mut found = false;
        for device in scene.targets(step) {
            found = true;
            if !scene.conditions(step, Some(device)) {
                continue;
            }
            let point = own_point(&scene, step, device);
            let shows = |(proof, point)| scene.already(proof, point);
            let state = match scene.interlocks(step, device) {
                Err(interlock) => {
                    why.clone_from(&interlock.why);
                    AimState::Interlocked
                }
                Ok(_) if all_shown || step.proof.as_ref().zip(point).is_some_and(shows) => {
                    AimState::Reached
                }
                Ok(_) => match hands.watch.set_aside_by(device.id) {
                    Some(aside) => {
                        why = aside;
                        AimState::Failed
                    }
                    None => AimState::TryFailed,
                },
            };
            // Nearly always there is one: no room is made for more.
            self.aims.reserve_exact(1);
            self.aims.push(Aim::new(device.id, point, state));
        }
        if !self.aims.is_empty() {
            self.result(hands.now, why);
            return self.pursue(hands, step);
        }
        if found || !scene.conditions(step, None) {
            self.result(hands.now, not_needed(step));
            return Some(StepState::Skipped);
        }
        self.result(hands.now, no_target(step));
        Some(StepState::NoTarget)
    }

    /// Looks at every target of the step: issues what has to be tried (again). Gives the state of the step when every
    /// target is settled.
    fn pursue(&mut self, hands: &mut Hands<'_>, step: &Step) -> Option<StepState> {
        let mut aims = std::mem::take(&mut self.aims);
        if !self.shown.is_empty() && self.shown.iter().all(|(_, shown)| *shown) {
            // Other devices show that the effect is there, whichever target brought it about.
            for aim in aims.iter_mut().filter(|aim| aim.state != AimState::Interlocked) {
                aim.state = AimState::Reached;
            }
        }
        for aim in &mut aims {
            if aim.state == AimState::Waiting && aim.deadline <= hands.now {
                aim.state = AimState::TryFailed;
                if aim.tries > step.retries {
                    self.why(too_late(step));
                }
            }
            if aim.state == AimState::Withdrawn {
                aim.tries = aim.tries.saturating_sub(1);
                self.issue(hands, step, aim);
            }
            if aim.state == AimState::TryFailed {
                // The old command ends before the new one begins: never are two of them in force.
                hands.expire(aim.command);
                if aim.tries > step.retries {
                    aim.state = AimState::Failed;
                    self.changed = true;
                } else {
                    self.issue(hands, step, aim);
                }
            }
        }
        let settled = aims.iter().all(|aim| !aim.state.is_open());
        let state = if !settled {
            None
        } else if aims.iter().any(|aim| aim.state == AimState::Failed) {
            Some(StepState::Failed)
        } else if aims.iter().any(|aim| aim.state == AimState::Interlocked) {
            Some(StepState::Interlocked)
        } else if aims.iter().all(|aim| aim.tries == 0) {
            self.why(Text::new("已处于目标状态", "in the wanted state already"));
            Some(StepState::Already)
        } else {
            Some(StepState::Proved)
        };
        self.aims = aims;
        state
    }

    /// Sends a command to a target, if its interlocks hold at this very moment.
    fn issue(&mut self, hands: &mut Hands<'_>, step: &Step, aim: &mut Aim) {
        let registry = hands.registry;
        let place = registry.device(self.run.device);
        let (Some(place), Some(device)) = (place, registry.device(aim.device)) else {
            aim.state = AimState::Failed;
            self.why(Text::new("设备已移除", "the device is gone"));
            return;
        };
        let scene = self.scene(hands, place);
        if !scene.counts(device) {
            aim.state = AimState::Failed;
            self.why(Text::new("设备不再参加演练", "the device no longer takes part in the drill"));
            return;
        }
        if let Some(why) = hands.watch.set_aside_by(device.id) {
            aim.state = AimState::Failed;
            self.why(why);
            return;
        }
        let until = match scene.interlocks(step, device) {
            Ok(until) => until,
            Err(interlock) => {
                aim.state = AimState::Interlocked;
                self.why(interlock.why.clone());
                return;
            }
        };
        let guard = (!step.interlocks.is_empty()).then(|| {
            let mut points = Vec::new();
            scene.interlock_points(step, &mut points);
            Guard {
                steps: vec![(self.run.program, self.run.step)],
                place: place.id,
                level: Some(self.level),
                points,
            }
        });
        let expires = hands.now.after(step.time_limit);
        let id = hands.outbox.next();
        let command = Command {
            id,
            device: device.id,
            device_key: device.key.clone(),
            name: step.command.clone(),
            argument: step.argument,
            issued: hands.now,
            expires,
            state: CommandState::Issued,
            run: Some((self.run.id, self.run.step)),
            by: None,
            second: None,
            reason: Arc::default(),
            drill: self.run.drill,
        };
        hands.send(command, guard, until);
        let points = aim.point.iter().chain(self.shown.iter().map(|(point, _)| point));
        for point in points {
            hands.readers.add(*point, Reader::Run(self.run.id));
        }
        aim.command = id;
        aim.issued = hands.now;
        aim.deadline = expires;
        aim.tries = aim.tries.saturating_add(1);
        aim.state = AimState::Waiting;
        self.changed = true;
        if let Some(result) = self.run.results.last_mut() {
            result.commands.reserve_exact(1);
            result.commands.push(id);
            result.tries = result.tries.max(aim.tries);
        }
    }

    /// The step is over: notes how, and takes the branch.
    fn leave(&mut self, hands: &mut Hands<'_>, step: &Step, state: StepState) {
        for aim in std::mem::take(&mut self.aims) {
            if let Some(point) = aim.point {
                hands.readers.remove(point, Reader::Run(self.run.id));
            }
        }
        for (point, _) in std::mem::take(&mut self.shown) {
            hands.readers.remove(point, Reader::Run(self.run.id));
        }
        if let Some(result) = self.run.results.last_mut() {
            result.state = state;
            result.at = hands.now;
        }
        self.changed = true;
        let next = self.run.step.saturating_add(1);
        let good = match state {
            StepState::Proved | StepState::Already | StepState::Skipped => true,
            StepState::Waiting
            | StepState::Interlocked
            | StepState::Failed
            | StepState::NoTarget => false,
        };
        match &step.otherwise {
            _ if good => self.run.step = next,
            Otherwise::Continue => self.run.step = next,
            Otherwise::Jump(to) => self.run.step = next.max(*to),
            Otherwise::Call(role) => {
                self.run.state = RunState::Failed;
                self.call(hands, role);
            }
        }
    }

    /// No step is left. A failed step that was merely passed over makes the run a failed one; one with a branch of its own
    /// was made up for.
    fn end(&mut self, program: &Program) {
        let passed_over = self.run.results.iter().any(|result| {
            result.state == StepState::Failed
                && program
                    .steps
                    .get(usize::from(result.step))
                    .is_some_and(|step| step.otherwise == Otherwise::Continue)
        });
        self.run.state = if passed_over { RunState::Failed } else { RunState::Done };
        self.changed = true;
    }
}

/// The point of the target itself that proves a step.
fn own_point(scene: &Scene<'_>, step: &Step, device: &Device) -> Option<PointId> {
    let proof = step.proof.as_ref().filter(|proof| scene::shows_itself(step, proof))?;
    scene.registry.point(device, &proof.point)
}

/// The points of other devices of the place that prove a step, none of them seen yet.
fn shared_points(scene: &Scene<'_>, step: &Step) -> Vec<(PointId, bool)> {
    let other = |proof: &&Proof| !scene::shows_itself(step, proof);
    let Some(proof) = step.proof.as_ref().filter(other) else { return Vec::new() };
    let devices = scene.devices(&proof.profile, step.target.within);
    let points = devices.filter_map(|device| scene.registry.point(device, &proof.point));
    points.map(|point| (point, false)).collect()
}

fn no_target(step: &Step) -> Text {
    let profile = &step.target.profile;
    Text {
        zh: format!("现场没有可执行该指令的设备 {profile}"),
        en: format!("no device {profile} here that takes the command"),
    }
}

fn too_late(step: &Step) -> Text {
    match step.proof {
        Some(_) => Text::new("时限内无效果证明", "no proof of effect within the time limit"),
        None => Text::new("时限内设备未答复", "no reply of the device within the time limit"),
    }
}

fn not_needed(step: &Step) -> Text {
    let (zh, en): (Vec<_>, Vec<_>) = step.conditions.iter().map(scene::words).unzip();
    Text {
        zh: format!("条件不成立：{}", zh.join("；")),
        en: format!("condition does not hold: {}", en.join("; ")),
    }
}
