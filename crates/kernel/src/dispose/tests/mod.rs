//! A flat with a detector, two valves, a fan and a flow meter, driven by transcripts: lines of what happens, and below
//! each (after `>`) what the engine decides.

mod drills;
mod dry_run;
mod interlocks;
mod maintenance;
mod manual;
mod people;
mod properties;
mod runs;
mod signing;

use super::*;
use crate::{
    AreaCode, Effect, Engine, Event, PointId, Position, Quality, Refusal, Text,
    registry::{CommandKind, Device, DeviceSpec, Facility, Key, Post, Profile, RegistryChange},
    testing::{self, actor},
    watch::{Priority, Rule, Within},
};

/// A moment in November 2026; the transcripts count from here.
pub(super) const START: i64 = 1_795_000_000_000;

pub(super) fn profile(key: &str, points: &[&str], commands: &[(&str, bool)]) -> Profile {
    let points = points.iter().map(|name| testing::point_kind(name, "1")).collect();
    let command = |(name, irreversible): &(&str, bool)| CommandKind {
        argument: name.ends_with("speed").then_some((0.0, 10.0)),
        irreversible: *irreversible,
        ..testing::command_kind(name)
    };
    testing::profile(key, points, commands.iter().map(command).collect())
}

pub(super) fn spec(key: &str, profile: &str, room: &str) -> DeviceSpec {
    DeviceSpec {
        key: key.into(),
        profile: profile.into(),
        area: AreaCode(640_104_001),
        position: Position { lon: 106.23, lat: 38.48 },
        facility: "block".into(),
        room: room.into(),
        ..DeviceSpec::default()
    }
}

fn rule(programs: &[&str]) -> Rule {
    let levels = [(20.0, Priority::High), (50.0, Priority::Critical)];
    Rule {
        programs: programs.iter().map(|p| Key::from(*p)).collect(),
        ..testing::plain_rule("leak", "gas", "ch4", testing::limits(&levels, 0.0))
    }
}

pub(super) fn live(key: &str, steps: Vec<Step>) -> Program {
    Program {
        key: key.into(),
        version: 1,
        name: Text::default(),
        from_level: 0,
        steps,
        status: ProgramStatus::Live,
        author: actor("ann"),
        dry_run: Some(DryRun { by: actor("ann"), at: Ms(START), readings: 1, runs: 1 }),
        signed_by: Some(actor("bob")),
    }
}

pub(super) fn step(profile: &str, command: &str) -> Step {
    Step {
        name: Text::default(),
        target: Target { profile: profile.into(), within: Within::Room },
        command: command.into(),
        argument: 0.0,
        conditions: Vec::new(),
        interlocks: Vec::new(),
        proof: None,
        time_limit: Ms(5000),
        retries: 0,
        otherwise: Otherwise::Continue,
    }
}

impl Step {
    pub(super) fn proof(self, profile: &str, point: &str, value: f64) -> Self {
        let (profile, point) = (profile.into(), point.into());
        let proof = Some(Proof { profile, point, compare: Compare::Equal, value });
        Self { proof, ..self }
    }

    pub(super) fn retries(self, retries: u8) -> Self {
        Self { retries, ..self }
    }

    pub(super) fn otherwise(self, otherwise: Otherwise) -> Self {
        Self { otherwise, ..self }
    }

    pub(super) fn call(self, role: &str) -> Self {
        self.otherwise(Otherwise::Call(role.into()))
    }

    pub(super) fn within(mut self, within: Within) -> Self {
        self.target.within = within;
        self
    }

    pub(super) fn when(mut self, check: Check) -> Self {
        self.conditions.push(check);
        self
    }

    pub(super) fn lock(mut self, check: Check, why: &str) -> Self {
        self.interlocks.push(Interlock { check, why: Text::new(why, why) });
        self
    }
}

/// `profile.point compare value`, in the room, at most 10 s old, unknown = `unknown`.
pub(super) fn value(what: &str, compare: Compare, value: f64, unknown: bool) -> Check {
    let (profile, point) = what.split_once('.').unwrap();
    Check::Value {
        profile: profile.into(),
        within: Within::Room,
        point: point.into(),
        compare,
        value,
        max_age: Ms::seconds(10),
        unknown,
    }
}

/// The flat, and what was decided.
#[derive(Clone)]
pub(super) struct World {
    pub engine: Engine,
    pub out: Vec<Effect>,
}

impl World {
    /// The flat in which a leak starts these programs.
    pub fn new(programs: &[Program]) -> Self {
        let mut world = Self { engine: Engine::default(), out: Vec::new() };
        let changes = [
            RegistryChange::PutProfile(profile("gas", &["ch4"], &[])),
            RegistryChange::PutProfile(profile("valve", &["closed"], &[("close", true)])),
            RegistryChange::PutProfile(profile(
                "fan",
                &["on"],
                &[("start", false), ("speed", false)],
            )),
            RegistryChange::PutProfile(profile("flow", &["air"], &[])),
            RegistryChange::PutFacility(Facility { key: "block".into(), ..Facility::default() }),
            RegistryChange::PutPost(Post {
                key: "gas-co".into(),
                role: "gas-company".into(),
                area: AreaCode(640_000_000),
                person: "Li".into(),
                phone: "120".into(),
                ..Post::default()
            }),
        ];
        changes.into_iter().for_each(|change| world.change(change));
        let keys: Vec<&str> = programs.iter().map(|p| &*p.key).collect();
        world.change(RegistryChange::PutRule(rule(&keys)));
        for program in programs {
            world.change(RegistryChange::PutProgram(program.clone()));
        }
        for (key, profile) in [("gas", "gas"), ("valve", "valve"), ("fan", "fan"), ("flow", "flow")]
        {
            world.change(RegistryChange::PutDevice(spec(key, profile, "101")));
        }
        world
    }

    /// With further devices: key, profile, room, whether virtual, whether explosion-proof.
    pub fn with(mut self, devices: &[(&str, &str, &str, bool, bool)]) -> Self {
        for (key, profile, room, drill, proof) in devices {
            let mut spec = spec(key, profile, room);
            spec.drill = *drill;
            spec.attributes
                .insert("explosion_proof".into(), if *proof { "yes" } else { "no" }.into());
            self.change(RegistryChange::PutDevice(spec));
        }
        self
    }

    pub fn change(&mut self, change: RegistryChange) {
        let answer = self.step(0, &Event::Registry(Box::new(change)));
        assert!(matches!(answer, Answer::Done | Answer::Created(_)), "{answer:?}");
    }

    pub fn step(&mut self, at: i64, event: &Event) -> Answer {
        self.engine.step(Ms(START + at), event, &mut self.out)
    }

    pub fn device(&self, key: &str) -> &Device {
        self.engine.registry().devices.by_key(key).unwrap()
    }

    pub fn point(&self, device: &str) -> PointId {
        self.device(device).first_point
    }

    pub fn read(&mut self, at: i64, device: &str, value: f64) -> Answer {
        self.read_as(at, at, device, value, Quality::Good)
    }

    pub fn read_as(
        &mut self,
        at: i64,
        of: i64,
        device: &str,
        value: f64,
        quality: Quality,
    ) -> Answer {
        let point = self.point(device);
        let reading = Reading { point, at: Ms(START + of), value, quality };
        self.step(at, &Event::Reading(reading))
    }

    pub fn act(&mut self, at: i64, who: &str, reason: &str, kind: ActionKind) -> Answer {
        let action = Action { by: actor(who), reason: reason.into(), kind };
        self.step(at, &Event::Action(Box::new(action)))
    }

    /// Plays one line of a transcript:
    /// `TIME DEVICE=VALUE [bad] [of=TIME]`, `TIME reply DEVICE ID OUTCOME [words]`, `TIME tick`,
    /// `TIME hold|resume|take-over RUN WHO REASON`, `TIME send DEVICE NAME ARGUMENT WHO REASON`, `TIME approve ID WHO`,
    /// `TIME ack|maintain|end-maintenance|take-out|remove …`.
    fn play(&mut self, line: &str) -> Answer {
        let mut words = line.split_whitespace();
        let at: i64 = words.next().unwrap().parse().unwrap();
        let word: Vec<&str> = words.collect();
        let number = |n: usize| word[n].parse::<u64>().unwrap();
        let rest = |n: usize| word.get(n..).unwrap_or(&[]).join(" ");
        match word[0] {
            "tick" => self.step(at, &Event::Tick),
            "reply" => {
                let outcome = match word[3] {
                    "received" => ReplyOutcome::Received,
                    "done" => ReplyOutcome::Done,
                    "refused" => ReplyOutcome::Refused,
                    "failed" => ReplyOutcome::Failed,
                    _ => ReplyOutcome::Expired,
                };
                let (device, command) = (self.device(word[1]).id, CommandId(number(2)));
                self.step(at, &Event::Reply { device, command, outcome, detail: rest(4) })
            }
            "hold" => self.act(at, word[2], &rest(3), ActionKind::HoldRun(RunId(number(1)))),
            "resume" => self.act(at, word[2], &rest(3), ActionKind::ResumeRun(RunId(number(1)))),
            "take-over" => {
                self.act(at, word[2], &rest(3), ActionKind::TakeOverRun(RunId(number(1))))
            }
            "send" => {
                let device = self.device(word[1]).id;
                let (name, argument) = (word[2].to_owned(), word[3].parse().unwrap());
                let kind = ActionKind::SendCommand { device, name, argument };
                self.act(at, word[4], &rest(5), kind)
            }
            "approve" => {
                self.act(at, word[2], "", ActionKind::ApproveCommand(CommandId(number(1))))
            }
            "ack" => self.act(at, "op", "", ActionKind::AcknowledgeAlarm(AlarmId(number(1)))),
            "maintain" => {
                let (device, until) = (self.device(word[1]).id, Ms(START + at + 3_600_000));
                self.act(at, "op", "repair", ActionKind::SuppressDevice(device, until))
            }
            "take-out" => {
                let device = self.device(word[1]).id;
                self.act(at, "op", "broken", ActionKind::SetOutOfService(device, true))
            }
            "end-maintenance" => {
                let device = self.device(word[1]).id;
                self.act(at, "op", "done", ActionKind::UnsuppressDevice(device))
            }
            "remove" => {
                let change = RegistryChange::RemoveDevice(word[1].into());
                self.step(at, &Event::Registry(Box::new(change)))
            }
            reading => {
                let (device, value) = reading.split_once('=').unwrap();
                let of = word.iter().find_map(|w| w.strip_prefix("of="));
                let of = of.map_or(at, |of| of.parse().unwrap());
                let quality = if word.contains(&"bad") { Quality::Bad } else { Quality::Good };
                self.read_as(at, of, device, value.parse().unwrap(), quality)
            }
        }
    }

    /// Plays the lines of a transcript and compares with what stands below them.
    pub fn check(&mut self, transcript: &str) {
        let mut said = String::new();
        for line in transcript.lines().map(str::trim).filter(|l| !l.is_empty()) {
            if line.starts_with('>') {
                continue;
            }
            said.push_str(line);
            said.push('\n');
            self.out.clear();
            let answer = self.play(line);
            for line in self.out.iter().filter_map(words_of) {
                said.push_str(&format!("> {}\n", line.trim_end()));
            }
            match answer {
                Answer::Done => {}
                Answer::Refused(refusal) => said.push_str(&format!("> no: {refusal:?}\n")),
                other => said.push_str(&format!("> {other:?}\n")),
            }
            self.sound();
        }
        let expected: Vec<&str> =
            transcript.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        assert_eq!(said.trim().lines().collect::<Vec<_>>(), expected, "\n{said}");
    }

    /// What holds after every step.
    pub fn sound(&self) {
        let dispose = self.engine.dispose();
        assert!(dispose.commands().all(|c| !c.state.is_final()), "a final command is kept");
        let under_way = |run: &Run| matches!(run.state, RunState::Running | RunState::Held);
        assert!(dispose.runs().all(under_way), "a run that is over is kept");
        let waits = dispose.runs().next().is_some() || dispose.commands().next().is_some();
        assert!(waits || dispose.is_idle(), "somebody waits for a reading who is gone");
        let loaded = Engine::load(&self.engine.save().unwrap()).unwrap();
        assert_eq!(loaded.save().unwrap(), self.engine.save().unwrap());
    }
}

/// An effect of this part in few words.
fn words_of(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Command(c) => {
            let drill = if c.drill { " drill" } else { "" };
            let reason =
                if c.reason.is_empty() { String::new() } else { format!(" ({})", c.reason) };
            let expires = c.expires.0 - START;
            Some(format!(
                "c{} {} {} {:?} until {expires}{drill}{reason}",
                c.id, c.device_key, c.name, c.state
            ))
        }
        Effect::Run(r) => {
            let drill = if r.drill { " drill" } else { "" };
            let steps: Vec<String> = r.results.iter().map(step_words).collect();
            Some(format!("r{} {:?}{drill} {}", r.id, r.state, steps.join(", ")))
        }
        Effect::Program(p) => Some(format!("{} {:?}", p.full_key(), p.status)),
        Effect::Escalation(call) if call.run.is_some() => {
            Some(format!("call {} {} {}", call.role, call.person, call.phone))
        }
        _ => None,
    }
}

fn step_words(result: &StepResult) -> String {
    let tries = if result.tries > 1 { format!(" x{}", result.tries) } else { String::new() };
    let why =
        if result.why.en.is_empty() { String::new() } else { format!(" [{}]", result.why.en) };
    format!("{}:{:?}{tries}{why}", result.step, result.state)
}
