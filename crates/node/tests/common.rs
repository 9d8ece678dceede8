//! A small region and a workload that is the same for the same seed.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::sync::Arc;

use helan_kernel::{
    AreaCode, DeviceId, Event, Ms, PointId, Position, Quality, Reading, Text,
    dispose::{DryRun, Otherwise, Program, ProgramStatus, Step, Target},
    event::{Action, ActionKind, Actor, AuditNote, Call, Joins},
    registry::{CommandKind, DeviceSpec, PointKind, Profile, RegistryChange},
    watch::{Condition, IncidentKind, Level, Priority, Rule, Side, Within},
};
use helan_node::{Node, Submission};

/// First moment of every workload.
pub const START: Ms = Ms(1_750_000_000_000);

/// The same numbers for the same seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

fn point(name: &str, unit: &str) -> PointKind {
    PointKind {
        name: name.into(),
        label: Text::new(name, name),
        unit: unit.into(),
        min: 0.0,
        max: 100.0,
        states: Vec::new(),
        quantity: None,
    }
}

fn rule(key: &str, point: &str, limits: [f64; 2]) -> Rule {
    let [high, critical] = limits;
    Rule {
        key: key.into(),
        name: Text::new(key, key),
        source: "test".into(),
        profile: "gas".into(),
        point: point.into(),
        condition: Condition::Limit {
            side: Side::High,
            levels: vec![
                Level { limit: high, priority: Priority::High },
                Level { limit: critical, priority: Priority::Critical },
            ],
            deadband: 1.0,
        },
        priority: Priority::High,
        on_delay: Ms(0),
        off_delay: Ms(0),
        latched: false,
        acknowledge: false,
        escalation: Vec::new(),
        incident: None,
        programs: Vec::new(),
        policy: None,
        advice: Text::default(),
        enabled: true,
    }
}

/// Gas opens an incident; heat only shuts the valve.
fn rules() -> [Rule; 2] {
    let gas = Rule {
        incident: Some(IncidentKind {
            key: "gas-leak".into(),
            code: String::new(),
            name: Text::new("燃气泄漏", "gas leak"),
            join_metres: 50.0,
            join_window: Ms::seconds(600),
        }),
        ..rule("test/ch4-high", "ch4", [10.0, 20.0])
    };
    let heat = Rule {
        programs: vec!["test/shut".into()],
        ..rule("test/temperature-high", "temperature", [60.0, 80.0])
    };
    [gas, heat]
}

fn program() -> Program {
    Program {
        key: "test/shut".into(),
        version: 1,
        name: Text::new("关阀", "shut the valve"),
        from_level: 0,
        steps: vec![Step {
            name: Text::new("关阀", "shut the valve"),
            target: Target { profile: "gas".into(), within: Within::Room },
            command: "valve.close".into(),
            argument: 0.0,
            conditions: Vec::new(),
            interlocks: Vec::new(),
            proof: None,
            time_limit: Ms::seconds(30),
            retries: 0,
            otherwise: Otherwise::Continue,
        }],
        status: ProgramStatus::Live,
        author: actor(1),
        dry_run: Some(DryRun { by: actor(1), at: START, readings: 1, runs: 1 }),
        signed_by: Some(actor(2)),
    }
}

/// A region with so many devices of three points each.
pub fn region(devices: u32) -> Vec<Event> {
    let profile = Profile {
        key: "gas".into(),
        name: Text::new("燃气探测器", "gas detector"),
        points: vec![point("ch4", "%LEL"), point("temperature", "Cel"), point("battery", "%")],
        commands: vec![CommandKind {
            name: "valve.close".into(),
            label: Text::new("关阀", "shut the valve"),
            argument: None,
            irreversible: false,
        }],
    };
    let mut changes =
        vec![RegistryChange::PutProfile(profile), RegistryChange::PutProgram(program())];
    changes.extend(rules().map(RegistryChange::PutRule));
    changes.extend((0..devices).map(|n| {
        RegistryChange::PutDevice(DeviceSpec {
            key: format!("gas-{n}"),
            profile: "gas".into(),
            name: format!("探测器 {n}"),
            area: AreaCode(640_104_001 + n % 7 * 1000),
            position: Position { lon: 106.2 + f64::from(n % 300) * 0.001, lat: 38.4 },
            ..DeviceSpec::default()
        })
    }));
    changes.into_iter().map(|change| Event::Registry(Box::new(change))).collect()
}

fn actor(n: u64) -> Actor {
    Actor { account: format!("person-{n}").into(), name: Arc::from("值班员") }
}

/// What one sender hands in at some turn.
pub fn submission(dice: &mut Dice, devices: u32, now: Ms) -> Submission<()> {
    let mut readings = Vec::new();
    for _ in 0..dice.roll(40) {
        // One in sixteen comes from a point that nobody knows.
        let point = u32::try_from(dice.roll(u64::from(devices) * 3 * 17 / 16)).unwrap();
        let back = i64::try_from(dice.roll(20) * dice.roll(200)).unwrap();
        let value = dice.roll(if point % 3 == 0 { 250 } else { 620 }) as f64 / 10.0;
        let quality = if dice.roll(30) == 0 { Quality::Bad } else { Quality::Good };
        readings.push(Reading { point: PointId(point), at: Ms(now.0 - back), value, quality });
    }
    let mut events = Vec::new();
    let device = DeviceId(u32::try_from(dice.roll(u64::from(devices))).unwrap());
    match dice.roll(12) {
        0 => events.push(Event::Link { device, up: dice.roll(2) == 0 }),
        1 => events.push(Event::Call(Box::new(Call {
            kind: "fire".into(),
            area: AreaCode(640_104_001),
            position: None,
            place: "中山街".into(),
            caller: "王".into(),
            contact: String::new(),
            text: "冒烟".into(),
            by: actor(1),
            drill: false,
            joins: Joins::default(),
            facility: String::new(),
            credible: false,
        }))),
        2 => events.push(Event::Action(Box::new(Action {
            by: actor(dice.roll(3)),
            reason: "检修".into(),
            kind: ActionKind::SuppressDevice(device, now.after(Ms::seconds(60))),
        }))),
        3 => events.push(Event::Audit(Box::new(AuditNote {
            by: actor(dice.roll(3)),
            what: "sign-in".into(),
            object: "console".into(),
            done: true,
            from: "127.0.0.1".into(),
        }))),
        _ => {}
    }
    Submission { readings, events, ticket: () }
}

/// Runs a workload of so many turns; gives the last moment.
pub fn work(node: &mut Node, dice: &mut Dice, devices: u32, turns: u32, from: Ms) -> Ms {
    let mut now = from;
    for _ in 0..turns {
        now = now.after(Ms(i64::try_from(dice.roll(900)).unwrap()));
        let count = dice.roll(5);
        let batch: Vec<_> = (0..count).map(|_| submission(dice, devices, now)).collect();
        node.turn(now, &batch).unwrap();
        if dice.roll(4) == 0 {
            node.rest().unwrap();
        }
    }
    now
}

/// Puts a region into a node.
pub fn settle(node: &mut Node, devices: u32) {
    let events = region(devices);
    node.turn(START, &[Submission { readings: Vec::new(), events, ticket: () }]).unwrap();
}

/// The whole state, to compare.
pub fn state(node: &Node) -> Vec<u8> {
    node.engine().save().unwrap()
}
