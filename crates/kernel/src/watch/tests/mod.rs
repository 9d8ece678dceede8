//! The world of the tests: one profile, a few devices, rules as each test needs them.

mod aside;
mod base;
mod clock;
mod conditions;
mod cycle;
mod drills;
mod evidence;
mod gateway;
mod random;

use crate::{
    Answer, AreaCode, DeviceId, Effect, Engine, Event, Ms, PointId, Position, Quality, Reading,
    Refusal, Text,
    event::{Action, ActionKind, Actor},
    registry::{CommandKind, DeviceSpec, PointKind, RegistryChange},
    testing,
    watch::{Alarm, AlarmChange, AlarmState, Condition, Level, Priority, Rule, Side, Within},
};

pub(super) struct World {
    pub engine: Engine,
    pub now: i64,
    pub out: Vec<Effect>,
}

impl World {
    /// Devices `d0`, `d1`… in room `r` of facility `f`, with the points `a`, `b` and `c`, each 0 to 100.
    pub fn new(devices: u32, rules: Vec<Rule>) -> Self {
        let mut world = Self { engine: Engine::default(), now: 0, out: Vec::new() };
        let points = ["a", "b", "c"].map(|name| testing::point_kind(name, "%LEL"));
        let profile = testing::profile("p", points.into(), Vec::new());
        world.put(RegistryChange::PutProfile(profile));
        for rule in rules {
            assert_eq!(world.put(RegistryChange::PutRule(rule)), Answer::Done);
        }
        for device in 0..devices {
            world.put(RegistryChange::PutDevice(spec(device)));
        }
        world.out.clear();
        world
    }

    pub fn put(&mut self, change: RegistryChange) -> Answer {
        self.step(Event::Registry(Box::new(change)))
    }

    pub fn step(&mut self, event: Event) -> Answer {
        self.engine.step(Ms(self.now), &event, &mut self.out)
    }

    /// Lets time pass as a node does: every timer runs when it is due.
    pub fn wait_until(&mut self, now: i64) {
        while let Some(due) = self.engine.next_timer().filter(|due| due.0 <= now) {
            self.now = self.now.max(due.0);
            self.step(Event::Tick);
        }
        self.now = now;
        self.step(Event::Tick);
    }

    pub fn read(&mut self, point: u32, value: f64) -> Answer {
        self.read_at(point, self.now, value, Quality::Good)
    }

    pub fn read_at(&mut self, point: u32, at: i64, value: f64, quality: Quality) -> Answer {
        self.step(Event::Reading(Reading { point: PointId(point), at: Ms(at), value, quality }))
    }

    /// Steps of a second: each value is read after waiting.
    pub fn each_second(&mut self, point: u32, values: &[f64]) {
        for value in values {
            self.wait_until(self.now + 1000);
            assert_eq!(self.read(point, *value), Answer::Done);
        }
    }

    pub fn act(&mut self, kind: ActionKind) -> Answer {
        self.act_because("because", kind)
    }

    pub fn act_because(&mut self, reason: &str, kind: ActionKind) -> Answer {
        let by = Actor { account: "li".into(), name: "Li".into() };
        self.step(Event::Action(Box::new(Action { by, reason: reason.into(), kind })))
    }

    /// The changes of alarms since the last call, in words: `Raised Unacknowledged 0`.
    pub fn told(&mut self) -> Vec<String> {
        let told = self.alarm_effects();
        told.iter().map(|(change, a)| format!("{change:?} {:?} {}", a.state, a.level)).collect()
    }

    pub fn alarm_effects(&mut self) -> Vec<(AlarmChange, Alarm)> {
        std::mem::take(&mut self.out)
            .into_iter()
            .filter_map(|e| match e {
                Effect::Alarm(change, alarm) => Some((change, *alarm)),
                _ => None,
            })
            .collect()
    }

    pub fn only(&self) -> &Alarm {
        let mut alarms = self.engine.watch().alarms();
        let alarm = alarms.next().expect("an alarm");
        assert!(alarms.next().is_none(), "one alarm only");
        alarm
    }

    pub fn state(&self) -> Option<AlarmState> {
        self.engine.watch().alarms().next().map(|a| a.state)
    }
}

pub(super) fn spec(device: u32) -> DeviceSpec {
    DeviceSpec {
        key: format!("d{device}"),
        profile: "p".into(),
        area: AreaCode(640_104_001),
        position: Position { lon: 106.2 + f64::from(device) * 0.001, lat: 38.5 },
        facility: "f".into(),
        room: "r".into(),
        ..DeviceSpec::default()
    }
}

/// A rule on point `a` that is raised and returns at once.
pub(super) fn rule(key: &str, condition: Condition) -> Rule {
    testing::plain_rule(key, "p", "a", condition)
}

pub(super) fn high(limits: &[f64], deadband: f64) -> Condition {
    let priorities = [Priority::High, Priority::Critical, Priority::Critical];
    let levels: Vec<(f64, Priority)> = limits.iter().copied().zip(priorities).collect();
    testing::limits(&levels, deadband)
}
