//! How a run walks its steps.
//!
//! Steps come strictly one after another: the next one begins when every target of the present one shows its effect (or
//! the otherwise-branch says so). Within a step each target has tries of its own, so that one device that refuses does not
//! disturb the others. The end of the alarm does not stop a run: half a disposal is no safe state, and gas that falls
//! because the valve is shut is no reason to leave the fan off. A person can hold it or take it over.

use serde::{Deserialize, Serialize};

use super::{
    Command, CommandState, Otherwise, Program, Proof, Run, RunState, Step, StepResult, StepState,
    outbox::{Guard, Hands, Heard},
    readers::Reader,
    scene::{self, Scene},
};
use crate::{
    CommandId, DeviceId, Effect, Ms, PointId, ProgramId, Quality, Reading, RunId, Text, Timer,
    effect::Call, event::Actor, registry::Device, watch::Alarm,
};

/// A run under way, with what it waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Active {
    pub run: Run,
    /// Highest level that the alarm has reached.
    pub level: u8,
    /// Targets of the present step; empty between steps.
    aims: Vec<Aim>,
    /// Points of other devices that prove the present step, and whether they have.
    shown: Vec<(PointId, bool)>,
    /// When its timer is due.
    wake: Option<Ms>,
    /// Since when a person holds it.
    held: Option<Ms>,
    /// Whether it changed since it was told.
    changed: bool,
}

/// One target of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Aim {
    device: DeviceId,
    /// The point of the target that proves the effect, where there is one.
    point: Option<PointId>,
    /// The command of the present try.
    command: CommandId,
    issued: Ms,
    deadline: Ms,
    tries: u8,
    state: AimState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum AimState {
    /// A command is out.
    Waiting,
    /// The device would not or could not: the next try may begin.
    TryFailed,
    /// The effect is there.
    Reached,
    /// An interlock forbids it.
    Interlocked,
    /// All tries are over.
    Failed,
}

impl Active {
    /// A device may stamp a reading earlier than it was: its clock may be behind by this much. So a proof may bear a time up
    /// to this long before its command; it still must have come after the command was issued, because the engine
    /// looks at it then. Devices synchronise by NTP to better than a second; two leave room for the resolution of a second
    /// that some payloads have.
    const CLOCK_TOLERANCE: Ms = Ms::seconds(2);

    /// A new run, before its first step.
    pub fn new(
        id: RunId,
        program: (ProgramId, &Program),
        alarm: &Alarm,
        hands: &Hands<'_>,
    ) -> Self {
        let run = Run {
            id,
            program: program.0,
            program_key: program.1.key.clone(),
            version: program.1.version,
            alarm: alarm.id,
            incident: alarm
                .incident
                .or_else(|| hands.watch.alarm(alarm.id).and_then(|a| a.incident)),
            device: alarm.device,
            state: RunState::Running,
            step: 0,
            results: Vec::new(),
            started: hands.now,
            changed: hands.now,
            by: None,
            reason: String::new(),
            drill: alarm.drill,
        };
        Self {
            run,
            level: alarm.level,
            aims: Vec::new(),
            shown: Vec::new(),
            wake: None,
            held: None,
            changed: true,
        }
    }

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

    /// Whether nothing more will come.
    pub fn is_final(&self) -> bool {
        match self.run.state {
            RunState::Running | RunState::Held => false,
            RunState::TakenOver | RunState::Done | RunState::Failed => true,
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
        let mut targets: Vec<&Device> = scene
            .devices(&step.target.profile, step.target.within)
            .filter(|device| {
                let profile = registry.profile_of(device);
                profile.is_some_and(|p| p.commands.iter().any(|c| c.name == step.command))
            })
            .collect();
        if targets.is_empty() {
            let fits = scene.conditions(step, None);
            self.result(hands.now, if fits { no_target(step) } else { not_needed(step) });
            return Some(if fits { StepState::NoTarget } else { StepState::Skipped });
        }
        targets.retain(|device| scene.conditions(step, Some(device)));
        if targets.is_empty() {
            self.result(hands.now, not_needed(step));
            return Some(StepState::Skipped);
        }
        self.shown = shared_points(&scene, step);
        let all_shown = !self.shown.is_empty()
            && step.proof.as_ref().is_some_and(|proof| {
                self.shown.iter().all(|(point, _)| scene.already(proof, *point))
            });
        let mut why = Text::default();
        for device in targets {
            let point = own_point(&scene, step, device);
            let already = all_shown
                || step.proof.as_ref().zip(point).is_some_and(|(p, point)| scene.already(p, point));
            let state = match scene.interlocks(step, device) {
                Err(interlock) => {
                    why.clone_from(&interlock.why);
                    AimState::Interlocked
                }
                Ok(_) if already => AimState::Reached,
                Ok(_) => AimState::TryFailed,
            };
            self.aims.push(Aim {
                device: device.id,
                point,
                command: CommandId(0),
                issued: Ms(0),
                deadline: Ms(0),
                tries: 0,
                state,
            });
        }
        self.result(hands.now, why);
        self.pursue(hands, step)
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
            reason: "".into(),
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

    fn call(&self, hands: &mut Hands<'_>, role: &str) {
        let post = hands.registry.device(self.run.device).and_then(|device| {
            hands.registry.post_for(role, &device.spec.facility, device.spec.area)
        });
        let post = post.map(|(_, post)| post);
        hands.out.push(Effect::Escalation(Box::new(Call {
            role: role.into(),
            person: post.map_or("", |p| p.person.as_str()).into(),
            phone: post.map_or("", |p| p.phone.as_str()).into(),
            alarm: Some(self.run.alarm),
            incident: self.run.incident,
            run: Some(self.run.id),
            at: hands.now,
            before: None,
            drill: self.run.drill,
        })));
    }

    /// A device answered the command of a try, or the command was withdrawn.
    pub fn heard(&mut self, hands: &mut Hands<'_>, command: CommandId, what: Heard) {
        let proof = self.step(hands).is_some_and(|step| step.proof.is_some());
        let open = |aim: &&mut Aim| aim.command == command && aim.state == AimState::Waiting;
        let Some(aim) = self.aims.iter_mut().find(open) else { return };
        match what {
            // Where something can be measured, the word of the device is not enough.
            Heard::Done if proof => {}
            Heard::Done => aim.state = AimState::Reached,
            Heard::Not(why) => {
                aim.state = AimState::TryFailed;
                self.why(why);
            }
            Heard::Withdrawn(why) => {
                aim.state = AimState::Interlocked;
                self.why(why);
            }
        }
    }

    /// A new reading of a point that may prove the step.
    pub fn seen(&mut self, hands: &Hands<'_>, reading: &Reading) {
        let Some(proof) = self.step(hands).and_then(|step| step.proof.as_ref()) else { return };
        // What is kept of it may be worse than what the device said: a value that its point cannot have proves nothing.
        let quality = hands.watch.latest(reading.point).map_or(Quality::Bad, |l| l.quality);
        let good = quality == Quality::Good && proof.compare.holds(reading.value, proof.value);
        let first = self.aims.iter().filter(|aim| aim.tries > 0).map(|aim| aim.issued).min();
        let later = |issued: Ms| reading.at.after(Self::CLOCK_TOLERANCE) >= issued;
        let mut proved = false;
        for (_, shown) in self.shown.iter_mut().filter(|(point, _)| *point == reading.point) {
            // The value must be there at the end, not have been there once.
            *shown = good && first.is_some_and(later);
            proved |= *shown;
        }
        let own = |aim: &&mut Aim| aim.point == Some(reading.point) && aim.state.is_open();
        for aim in self.aims.iter_mut().filter(own) {
            if good && later(aim.issued) {
                aim.state = AimState::Reached;
                proved = true;
            }
        }
        if proved && let Some(result) = self.run.results.last_mut() {
            result.proof = Some(*reading);
            self.changed = true;
        }
    }

    /// Its timer is due. An older one that was set for another moment means nothing.
    pub fn timer(&mut self, hands: &mut Hands<'_>, at: Ms) {
        if self.wake == Some(at) {
            self.wake = None;
            self.walk(hands);
        }
    }

    /// A person stops it where it stands: its time limits stand still, though its commands expire as they say.
    pub fn hold(&mut self, hands: &mut Hands<'_>, by: &Actor, reason: &str) {
        self.held = Some(hands.now);
        self.turn(hands, RunState::Held, by, reason);
    }

    /// A person lets it go on.
    pub fn resume(&mut self, hands: &mut Hands<'_>, by: &Actor, reason: &str) {
        let held = self.held.take().map_or(Ms(0), |since| hands.now.since(since));
        for aim in &mut self.aims {
            aim.deadline = aim.deadline.after(held);
        }
        self.turn(hands, RunState::Running, by, reason);
    }

    /// A person does the rest: the run ends, its commands are left to be answered or to expire.
    pub fn take_over(&mut self, hands: &mut Hands<'_>, by: &Actor, reason: &str) {
        let points = self.aims.iter().filter_map(|aim| aim.point);
        for point in points.chain(self.shown.iter().map(|(point, _)| *point)) {
            hands.readers.remove(point, Reader::Run(self.run.id));
        }
        self.turn(hands, RunState::TakenOver, by, reason);
    }

    fn turn(&mut self, hands: &mut Hands<'_>, state: RunState, by: &Actor, reason: &str) {
        self.run.state = state;
        self.run.by = Some(by.clone());
        reason.clone_into(&mut self.run.reason);
        self.changed = true;
        self.walk(hands);
    }

    /// Sets the timer to the first deadline of a try.
    fn schedule(&mut self, hands: &mut Hands<'_>) {
        let running = self.run.state == RunState::Running;
        let waiting = self.aims.iter().filter(|aim| running && aim.state == AimState::Waiting);
        let wake = waiting.map(|aim| aim.deadline).min();
        if wake != self.wake {
            if let Some(at) = self.wake {
                hands.timers.cancel(at, Timer::Run(self.run.id));
            }
            if let Some(at) = wake {
                hands.timers.set(at, Timer::Run(self.run.id));
            }
            self.wake = wake;
        }
    }

    /// The points that can still prove what a device is told to do.
    pub fn proof_points(&self, device: DeviceId) -> Vec<PointId> {
        let own = self.aims.iter().filter(|aim| aim.device == device).filter_map(|aim| aim.point);
        own.chain(self.shown.iter().map(|(point, _)| *point)).collect()
    }

    fn step<'a>(&self, hands: &Hands<'a>) -> Option<&'a Step> {
        hands.registry.program(self.run.program)?.steps.get(usize::from(self.run.step))
    }

    fn scene<'a>(&self, hands: &Hands<'a>, place: &'a Device) -> Scene<'a> {
        Scene {
            registry: hands.registry,
            watch: hands.watch,
            now: hands.now,
            place,
            level: Some(self.level),
            drill: self.run.drill,
        }
    }

    /// Opens the record of the present step.
    fn result(&mut self, at: Ms, why: Text) {
        self.changed = true;
        self.run.results.push(StepResult {
            step: self.run.step,
            state: StepState::Waiting,
            at,
            tries: 0,
            commands: Vec::new(),
            why,
            proof: None,
        });
    }

    fn why(&mut self, why: Text) {
        self.changed = true;
        if let Some(result) = self.run.results.last_mut() {
            result.why = why;
        }
    }
}

impl AimState {
    const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::TryFailed)
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
        zh: format!("现场没有可执行的设备 {profile}"),
        en: format!("no device {profile} to speak to at this place"),
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
