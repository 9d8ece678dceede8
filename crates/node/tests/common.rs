//! A small region and a workload that is the same for the same seed.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::sync::Arc;

use helan_kernel::{
    AreaCode, DeviceId, Event, Ms, PointId, Position, Quality, Reading, Text,
    event::{Action, ActionKind, Actor, AuditNote, Call},
    registry::{DeviceSpec, PointKind, Profile, RegistryChange},
    watch::{Condition, IncidentKind, Level, Priority, Rule, Side},
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
    }
}

fn rule() -> Rule {
    Rule {
        key: "test/ch4-high".into(),
        name: Text::new("燃气浓度高", "gas concentration high"),
        source: "test".into(),
        profile: "gas".into(),
        point: "ch4".into(),
        condition: Condition::Limit {
            side: Side::High,
            levels: vec![
                Level { limit: 10.0, priority: Priority::High },
                Level { limit: 20.0, priority: Priority::Critical },
            ],
            deadband: 1.0,
        },
        priority: Priority::High,
        on_delay: Ms(0),
        off_delay: Ms(0),
        latched: false,
        acknowledge: false,
        escalation: Vec::new(),
        incident: Some(IncidentKind {
            key: "gas-leak".into(),
            code: String::new(),
            name: Text::new("燃气泄漏", "gas leak"),
            join_metres: 50.0,
            join_window: Ms::seconds(600),
        }),
        programs: Vec::new(),
        policy: None,
        advice: Text::default(),
        enabled: true,
    }
}

/// A region with so many devices of three points each.
pub fn region(devices: u32) -> Vec<Event> {
    let profile = Profile {
        key: "gas".into(),
        name: Text::new("燃气探测器", "gas detector"),
        points: vec![point("ch4", "%LEL"), point("temperature", "Cel"), point("battery", "%")],
        commands: Vec::new(),
    };
    let mut changes = vec![RegistryChange::PutProfile(profile), RegistryChange::PutRule(rule())];
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
        let value = dice.roll(250) as f64 / 10.0;
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
