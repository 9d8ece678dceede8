//! Devices that are silent because the gateway that speaks for them is lost: one cause, one alarm.

use super::*;
use crate::{effect::DeviceState, watch::IncidentKind};

const AFTER: i64 = 180_000;

fn silence() -> Rule {
    rule("s", Condition::Silence { after: Ms(AFTER) })
}

/// Devices 1 to 3 behind device 0, all heard at second 1.
fn world(rules: Vec<Rule>) -> World {
    let mut world = World::new(4, rules);
    for device in 1..4 {
        let spec = DeviceSpec { gateway: "d0".into(), ..spec(device) };
        world.put(RegistryChange::PutDevice(spec));
    }
    world.wait_until(1000);
    for device in 0..4 {
        world.read(device * 3, 1.0);
    }
    world
}

fn link(world: &mut World, up: bool) {
    let event = Event::Link { device: DeviceId(0), up };
    assert_eq!(world.step(event), Answer::Done);
}

/// Alarms that stand before the operators, by device.
fn shown(world: &World) -> Vec<u32> {
    let shown = |a: &&Alarm| a.state == AlarmState::Unacknowledged;
    world.engine.watch().alarms().filter(shown).map(|a| a.device.0).collect()
}

fn look(world: &World) -> Vec<DeviceState> {
    (0..4).map(|device| world.engine.watch().device_state(DeviceId(device))).collect()
}

#[test]
fn a_lost_gateway_is_one_alarm() {
    let mut world = world(vec![silence()]);
    link(&mut world, false);
    world.out.clear();
    world.wait_until(1000 + AFTER);
    assert_eq!(shown(&world), [0]);
    let hidden = world.engine.watch().alarms().filter(|a| a.state == AlarmState::Suppressed);
    let reasons: Vec<String> = hidden.map(|a| a.reason.clone()).collect();
    assert_eq!(reasons, ["gateway lost: d0"; 3]);
    assert_eq!(world.engine.watch().figures().recent, 1);
    // The map shows that nothing is known of them.
    assert_eq!(look(&world)[1..], [DeviceState::Offline; 3]);
    world.wait_until(20 * AFTER);
    assert_eq!(shown(&world), [0]);
}

#[test]
fn who_speaks_again_is_well_and_who_stays_silent_is_missed() {
    let mut world = world(vec![silence()]);
    link(&mut world, false);
    world.wait_until(500_000);
    link(&mut world, true);
    world.each_second(0, &[1.0]);
    world.each_second(3, &[1.0]);
    world.told();
    // Those behind it get their time to be heard through it.
    world.wait_until(500_000 + AFTER - 1);
    world.read(0, 1.0);
    world.read(3, 1.0);
    world.wait_until(500_000 + 2 * AFTER - 1000);
    assert_eq!(shown(&world), [2, 3]);
    let devices: Vec<u32> = world.engine.watch().alarms().map(|a| a.device.0).collect();
    assert_eq!(devices, [0, 2, 3], "the one that spoke has no alarm left");
    assert_eq!(look(&world)[1], DeviceState::Normal);
}

#[test]
fn a_gateway_that_is_silent_itself_is_lost_as_well() {
    let mut world = world(vec![silence()]);
    world.wait_until(AFTER / 2);
    for device in 1..4 {
        world.read(device * 3, 1.0);
    }
    world.wait_until(2 * AFTER);
    assert_eq!(shown(&world), [0]);
    // It speaks again, they do not.
    world.read(0, 1.0);
    world.wait_until(3 * AFTER - 1);
    world.read(0, 1.0);
    assert!(shown(&world).is_empty());
    world.wait_until(4 * AFTER - 1000);
    assert_eq!(shown(&world), [1, 2, 3]);
}

#[test]
fn a_device_that_is_silent_alone_raises_its_alarm() {
    let mut world = world(vec![silence()]);
    world.wait_until(AFTER / 2);
    world.read(0, 1.0);
    world.read(3, 1.0);
    world.wait_until(1000 + AFTER);
    assert_eq!(shown(&world), [2, 3]);
    // Its alarm stays when the gateway is lost later.
    link(&mut world, false);
    world.wait_until(3 * AFTER);
    assert_eq!(shown(&world), [2, 3, 0]);
}

#[test]
fn nothing_is_hidden_behind_a_gateway_that_raises_no_alarm() {
    // Its link is lost, but it speaks over another way.
    let mut one = world(vec![silence()]);
    link(&mut one, false);
    one.wait_until(AFTER / 2);
    one.read(0, 1.0);
    one.wait_until(1000 + AFTER);
    assert_eq!(shown(&one), [1, 2, 3]);
    // It is virtual, they are not.
    let mut one = world(vec![silence()]);
    one.put(RegistryChange::PutDevice(DeviceSpec { drill: true, ..spec(0) }));
    link(&mut one, false);
    one.wait_until(1000 + AFTER);
    assert_eq!(shown(&one), [0, 1, 2, 3]);
    // The gateway is gone.
    let mut one = world(vec![silence()]);
    link(&mut one, false);
    one.wait_until(1000 + AFTER);
    one.put(RegistryChange::RemoveDevice("d0".into()));
    one.wait_until(1000 + 2 * AFTER);
    assert_eq!(shown(&one), [1, 2, 3]);
}

#[test]
fn a_silence_that_does_something_is_never_hidden() {
    let kind = IncidentKind {
        key: "blind".into(),
        code: String::new(),
        name: Text::default(),
        join_metres: 0.0,
        join_window: Ms(0),
    };
    let mut world = world(vec![Rule { incident: Some(kind), ..silence() }]);
    link(&mut world, false);
    world.wait_until(1000 + AFTER);
    assert_eq!(shown(&world).len(), 4);
}

#[test]
fn maintenance_and_a_lost_gateway_do_not_end_each_other() {
    let mut world = world(vec![silence()]);
    world.act(ActionKind::SuppressDevice(DeviceId(1), Ms(10_000_000)));
    link(&mut world, false);
    world.wait_until(500_000);
    world.act(ActionKind::UnsuppressDevice(DeviceId(1)));
    assert_eq!(shown(&world), [0]);
    world.act(ActionKind::SuppressDevice(DeviceId(1), Ms(10_000_000)));
    link(&mut world, true);
    world.read(0, 1.0);
    world.wait_until(500_000 + AFTER - 1);
    world.read(0, 1.0);
    world.wait_until(500_000 + 2 * AFTER - 1000);
    assert!(!shown(&world).contains(&1));
    world.act(ActionKind::UnsuppressDevice(DeviceId(1)));
    assert!(shown(&world).contains(&1));
}
