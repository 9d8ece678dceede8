//! Trying a program against recorded readings before it goes live.
//!
//! The readings are replayed in an engine of their own, that knows the devices they come from and what stands around them,
//! the rules that start the program, and no people. Every command finds a device that does it at once; where a reading is to prove the
//! effect, it comes. So what does not work in a dry-run cannot work at the site: no target, an interlock that forbids, a
//! proof that nothing shows. What works may still fail there: that is what time limits and branches are for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Command, CommandState, Otherwise, Program, ProgramStatus, Run, StepState};
use crate::{
    DeviceId, Effect, Engine, Event, Ms, PointId, Quality, Reading,
    event::ReplyOutcome,
    registry::{Device, Registry, RegistryChange},
    watch::Within,
};

/// What a dry-run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DryRunReport {
    /// Recorded readings that were replayed. Those of devices that are gone are not.
    pub readings: u64,
    /// Runs of the program that started.
    pub runs: u32,
    /// What did not work, for people, in Chinese and English; empty when the program passed.
    pub problems: Vec<String>,
}

/// Most readings of one dry-run: a day of a hundred detectors; 64 MB.
pub const MAX_READINGS: usize = 2_000_000;
/// Most problems that are told: more say nothing new.
const MAX_PROBLEMS: usize = 100;
/// Most steps after the last reading until all runs are over.
const MAX_TAIL: usize = 100_000;

/// Replays recorded readings against a program as if it were live. `template` gives the base data and is not touched.
///
/// The readings may come in any order. Works for as long as replay takes (about a second for a million readings) and
/// copies the devices concerned: not a thing for the thread of the engine.
#[must_use]
pub fn dry_run(
    template: &Engine,
    program: &Program,
    readings: impl Iterator<Item = Reading>,
) -> DryRunReport {
    let registry = template.registry();
    let mut problems = Problems::default();
    look(registry, program, &mut problems);
    let mut recorded: Vec<Reading> =
        readings.filter(|r| registry.device_of(r.point).is_some()).take(MAX_READINGS + 1).collect();
    if recorded.len() > MAX_READINGS {
        recorded.pop();
        problems.add(
            format!("读数超过 {MAX_READINGS} 条，未全部回放"),
            format!("more than {MAX_READINGS} readings: not all were replayed"),
        );
    }
    recorded.sort_by_key(|reading| reading.at);
    let Some(first) = recorded.first() else { return problems.report(0, 0) };
    let mut trial = Trial::new(registry, program, &recorded, first.at, problems);
    for reading in &recorded {
        trial.replay(reading);
    }
    trial.finish();
    let runs = u32::try_from(trial.runs.len()).unwrap_or(u32::MAX);
    if runs == 0 {
        trial.problems.add("没有启动".into(), "no run was started".into());
    }
    trial.problems.report(u64::try_from(recorded.len()).unwrap_or(u64::MAX), runs)
}

/// What can be seen without a replay: names that nobody has.
fn look(registry: &Registry, program: &Program, problems: &mut Problems) {
    for (number, step) in (1_u32..).zip(&program.steps) {
        let mut add = |zh: &str, en: &str, what: &str| {
            problems
                .add(format!("第{number}步：{zh} {what}"), format!("step {number}: {en} {what}"));
        };
        let Some(profile) = registry.profiles.by_key(&step.target.profile) else {
            add("没有这种设备", "no such kind of device", &step.target.profile);
            continue;
        };
        match profile.commands.iter().find(|command| command.name == step.command) {
            None => add("设备没有这条指令", "the device has no such command", &step.command),
            Some(command) if !command.takes(step.argument) => {
                add("参数超出范围", "argument out of range", &step.argument.to_string());
            }
            Some(_) => {}
        }
        if let Some(proof) = &step.proof {
            let shows = registry.profiles.by_key(&proof.profile).is_some_and(|profile| {
                profile.points.iter().any(|point| point.name == proof.point)
            });
            if !shows {
                add("没有这个测点", "no such point", &format!("{}.{}", proof.profile, proof.point));
            }
        }
        if let Otherwise::Call(role) = &step.otherwise
            && registry.posts_with(role).next().is_none()
        {
            add("没有人担任岗位", "no post has the role", role);
        }
    }
}

#[derive(Default)]
struct Problems {
    found: BTreeSet<String>,
}

impl Problems {
    fn add(&mut self, zh: String, en: String) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.insert(format!("{zh} | {en}"));
        }
    }

    fn report(self, readings: u64, runs: u32) -> DryRunReport {
        DryRunReport { readings, runs, problems: self.found.into_iter().collect() }
    }
}

/// The engine of a dry-run, with its simulated devices.
struct Trial<'a> {
    program: &'a Program,
    engine: Engine,
    /// Points of the real engine → points here.
    points: BTreeMap<PointId, PointId>,
    runs: BTreeSet<crate::RunId>,
    problems: Problems,
}

impl<'a> Trial<'a> {
    fn new(
        registry: &Registry,
        program: &'a Program,
        recorded: &[Reading],
        start: Ms,
        problems: Problems,
    ) -> Self {
        let mut trial = Self {
            program,
            engine: Engine::default(),
            points: BTreeMap::new(),
            runs: BTreeSet::new(),
            problems,
        };
        for (_, profile) in registry.profiles.iter() {
            trial.put(start, RegistryChange::PutProfile(profile.clone()));
        }
        for (_, post) in registry.posts.iter() {
            trial.put(start, RegistryChange::PutPost(post.clone()));
        }
        let started = registry.rules.iter().filter(|(_, r)| r.programs.contains(&program.key));
        for (_, rule) in started {
            trial.put(start, RegistryChange::PutRule(rule.clone()));
        }
        let live = Program { status: ProgramStatus::Live, ..program.clone() };
        trial.engine.registry_mut().add_program(&live);
        for id in concerned(registry, program, recorded) {
            if let Some(device) = registry.device(id) {
                trial.put_device(start, registry, device);
            }
        }
        trial
    }

    fn put(&mut self, now: Ms, change: RegistryChange) {
        self.step(now, &Event::Registry(Box::new(change)));
    }

    fn put_device(&mut self, now: Ms, registry: &Registry, device: &Device) {
        let facility = self.engine.registry().facilities.by_key(&device.spec.facility);
        if facility.is_none()
            && let Some(facility) = registry.facilities.by_key(&device.spec.facility)
        {
            self.put(now, RegistryChange::PutFacility(facility.clone()));
        }
        self.put(now, RegistryChange::PutDevice(device.spec.clone()));
        let Some(here) = self.engine.registry().devices.by_key(&device.key) else { return };
        let count = registry.profile_of(device).map_or(0, |profile| profile.points.len());
        let pairs = (device.first_point.0..).zip(here.first_point.0..).take(count);
        self.points.extend(pairs.map(|(there, here)| (PointId(there), PointId(here))));
    }

    fn replay(&mut self, reading: &Reading) {
        let Some(point) = self.points.get(&reading.point).copied() else { return };
        while let Some(at) = self.engine.next_timer().filter(|at| *at < reading.at) {
            self.step(at, &Event::Tick);
        }
        self.step(reading.at, &Event::Reading(Reading { point, ..*reading }));
    }

    /// Lets the runs that are under way come to their end.
    fn finish(&mut self) {
        for _ in 0..MAX_TAIL {
            if self.engine.dispose().runs().next().is_none() {
                return;
            }
            let Some(at) = self.engine.next_timer() else { break };
            self.step(at, &Event::Tick);
        }
        self.problems.add("运行未结束".into(), "a run did not come to its end".into());
    }

    /// Takes one event, and lets the devices do what they are told.
    fn step(&mut self, now: Ms, event: &Event) {
        let mut out = Vec::new();
        self.engine.step(now, event, &mut out);
        let mut at = 0;
        while let Some(effect) = out.get(at).cloned() {
            if let Effect::Command(command) = &effect
                && command.state == CommandState::Issued
            {
                self.obey(now, command, &mut out);
            }
            if let Effect::Run(run) = &effect {
                self.note(run);
            }
            at += 1;
        }
    }

    /// A device does a command: says so, and shows the wanted value where it or its place can.
    fn obey(&mut self, now: Ms, command: &Command, out: &mut Vec<Effect>) {
        let (device, outcome) = (command.device, ReplyOutcome::Done);
        let detail = String::new();
        self.engine.step(now, &Event::Reply { device, command: command.id, outcome, detail }, out);
        let Some((run, step)) = command.run else { return };
        let Some(proof) =
            self.program.steps.get(usize::from(step)).and_then(|step| step.proof.clone())
        else {
            return;
        };
        for point in self.engine.dispose().proof_points(run, command.device) {
            let Some(kind) = self.engine.registry().point_kind(point) else { continue };
            let value = proof.compare.example(proof.value, (kind.min, kind.max));
            let newest = self.engine.watch().latest(point).map_or(now, |latest| latest.at);
            // A moment after the newest one of the point: else it would count as known.
            let at = now.max(newest).after(Ms(1));
            let reading = Reading { point, at, value, quality: Quality::Good };
            self.engine.step(now, &Event::Reading(reading), out);
        }
    }

    fn note(&mut self, run: &Run) {
        self.runs.insert(run.id);
        let Some(device) = self.engine.registry().device(run.device) else { return };
        let key = device.key.clone();
        for result in &run.results {
            let (zh, en) = match result.state {
                StepState::Waiting
                | StepState::Proved
                | StepState::Already
                | StepState::Skipped => continue,
                StepState::Interlocked => ("被联锁", "interlocked"),
                StepState::Failed => ("失败", "failed"),
                StepState::NoTarget => ("无目标设备", "without target"),
            };
            let number = u32::from(result.step) + 1;
            let name = self.program.steps.get(usize::from(result.step)).map(|step| &step.name);
            let (name_zh, name_en) = name.map_or(("", ""), |n| (n.zh.as_str(), n.en.as_str()));
            self.problems.add(
                format!("{key} 第{number}步 {name_zh} {zh}：{}", result.why.zh),
                format!("{key} step {number} {name_en} {en}: {}", result.why.en),
            );
        }
    }
}

/// The devices that readings come from, and those that steps and rules can see from there, in the order of their numbers.
fn concerned(registry: &Registry, program: &Program, recorded: &[Reading]) -> BTreeSet<DeviceId> {
    let sources: BTreeSet<DeviceId> =
        recorded.iter().filter_map(|r| registry.device_of(r.point)).map(|d| d.id).collect();
    let metres = program.reach();
    let mut concerned = sources.clone();
    for device in sources.iter().filter_map(|id| registry.device(*id)) {
        concerned.extend(registry.devices_around(device, Within::Facility).map(|d| d.id));
        if metres > 0.0 {
            let near = registry.devices_around(device, Within::Metres(metres));
            concerned.extend(near.map(|d| d.id));
        }
    }
    concerned
}
