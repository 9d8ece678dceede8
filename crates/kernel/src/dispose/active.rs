//! A run under way: what it waits for, and what it hears meanwhile from devices, readings and people. Where it goes from
//! there is decided in `walk`.

use serde::{Deserialize, Serialize};

use super::{
    Program, Run, RunState, Step, StepResult, StepState,
    outbox::{Hands, Heard},
    readers::Reader,
    scene::Scene,
};
use crate::{
    CommandId, DeviceId, Ms, PointId, ProgramId, Quality, Reading, RunId, Text, Timer,
    event::Actor, registry::Device, watch::Alarm,
};

/// A run under way, with what it waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Active {
    pub run: Run,
    /// Highest level that the alarm has reached.
    pub level: u8,
    /// Targets of the present step; empty between steps.
    pub aims: Vec<Aim>,
    /// Points of other devices that prove the present step, and whether they have.
    pub shown: Vec<(PointId, bool)>,
    /// When its timer is due.
    pub wake: Option<Ms>,
    /// Set while a person holds it.
    pub held: Option<Held>,
    /// Whether it changed since it was told.
    pub changed: bool,
}

/// A run that a person holds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Held {
    /// Since when.
    since: Ms,
    /// When the next post is called because it is still held.
    pub due: Ms,
    /// How many posts were called.
    pub calls: usize,
}

impl Held {
    /// A run held for longer calls a post: held programs must not be forgotten. Five minutes are what it takes to look at a
    /// place by camera and to ask whoever is there; whoever needs longer does the rest by hand (takes over).
    const LIMIT: Ms = Ms::seconds(300);

    /// The next post is called when the hold has lasted twice as long: 5, 10, 20, 40 … minutes after its beginning.
    pub const fn called(self, now: Ms, calls: usize) -> Self {
        Self { due: now.after(now.since(self.since)), calls, ..self }
    }
}

/// One target of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Aim {
    pub device: DeviceId,
    /// The point of the target that proves the effect, where there is one.
    pub point: Option<PointId>,
    /// The command of the present try.
    pub command: CommandId,
    pub issued: Ms,
    pub deadline: Ms,
    pub tries: u8,
    pub state: AimState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum AimState {
    /// A command is out.
    Waiting,
    /// The device would not or could not: the next try may begin.
    TryFailed,
    /// The command was withdrawn because a person holds the run: that try does not count.
    Withdrawn,
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

    /// Whether nothing more will come.
    pub fn is_final(&self) -> bool {
        match self.run.state {
            RunState::Running | RunState::Held => false,
            RunState::TakenOver | RunState::Done | RunState::Failed => true,
        }
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
            if let Some(held) = self.held.filter(|held| held.due <= hands.now) {
                let calls = self.call_about_hold(hands, held.calls);
                self.held = Some(held.called(hands.now, calls));
            }
            self.walk(hands);
        }
    }

    /// A person stops it where it stands: what no device has received is withdrawn, its time limits stand still; what a
    /// device has received expires as it says.
    pub fn hold(&mut self, hands: &mut Hands<'_>, by: &Actor, reason: &str) {
        self.held = Some(Held { since: hands.now, due: hands.now.after(Held::LIMIT), calls: 0 });
        self.withdraw(hands, &Text::new("处置程序已暂停", "the run is held"));
        self.turn(hands, RunState::Held, by, reason);
    }

    /// A person lets it go on: what was withdrawn is asked for again, with a new number and its full time.
    pub fn resume(&mut self, hands: &mut Hands<'_>, by: &Actor, reason: &str) {
        let held = self.held.take().map_or(Ms(0), |held| hands.now.since(held.since));
        for aim in &mut self.aims {
            aim.deadline = aim.deadline.after(held);
        }
        self.turn(hands, RunState::Running, by, reason);
    }

    /// A person does the rest: the run ends, and what no device has received is withdrawn.
    pub fn take_over(&mut self, hands: &mut Hands<'_>, by: &Actor, reason: &str) {
        self.held = None;
        self.withdraw(hands, &Text::new("已转人工处置", "a person took over"));
        let points = self.aims.iter().filter_map(|aim| aim.point);
        for point in points.chain(self.shown.iter().map(|(point, _)| *point)) {
            hands.readers.remove(point, Reader::Run(self.run.id));
        }
        self.turn(hands, RunState::TakenOver, by, reason);
    }

    fn withdraw(&mut self, hands: &mut Hands<'_>, why: &Text) {
        let withdrawn = hands.withdraw_all_of(self.run.id, why);
        let waits =
            |aim: &&mut Aim| aim.state == AimState::Waiting && withdrawn.contains(&aim.command);
        for aim in self.aims.iter_mut().filter(waits) {
            aim.state = AimState::Withdrawn;
        }
    }

    fn turn(&mut self, hands: &mut Hands<'_>, state: RunState, by: &Actor, reason: &str) {
        self.run.state = state;
        self.run.by = Some(by.clone());
        reason.clone_into(&mut self.run.reason);
        self.changed = true;
        self.walk(hands);
    }

    /// Sets the timer to the first deadline of a try; while a person holds it, to the next call.
    pub fn schedule(&mut self, hands: &mut Hands<'_>) {
        let running = self.run.state == RunState::Running;
        let waiting = self.aims.iter().filter(|aim| running && aim.state == AimState::Waiting);
        let held = self.held.map(|held| held.due);
        let wake = waiting.map(|aim| aim.deadline).chain(held).min();
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

    pub fn step<'a>(&self, hands: &Hands<'a>) -> Option<&'a Step> {
        hands.registry.program(self.run.program)?.steps.get(usize::from(self.run.step))
    }

    pub fn scene<'a>(&self, hands: &Hands<'a>, place: &'a Device) -> Scene<'a> {
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
    pub fn result(&mut self, at: Ms, why: Text) {
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

    pub fn why(&mut self, why: Text) {
        self.changed = true;
        if let Some(result) = self.run.results.last_mut() {
            result.why = why;
        }
    }
}

impl Aim {
    /// A target before its first try.
    pub const fn new(device: DeviceId, point: Option<PointId>, state: AimState) -> Self {
        let (issued, deadline) = (Ms(0), Ms(0));
        Self { device, point, command: CommandId(0), issued, deadline, tries: 0, state }
    }
}

impl AimState {
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::TryFailed | Self::Withdrawn)
    }
}
