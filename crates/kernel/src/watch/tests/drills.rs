//! Drills beside what is real: neither hides the other, speaks for it, or leaves it unwatched.

use super::*;

fn drill(device: u32, until: i64) -> ActionKind {
    ActionKind::StartDrill { name: "s1".into(), devices: vec![DeviceId(device)], until: Ms(until) }
}

fn virtual_device(device: u32, drill: bool) -> RegistryChange {
    RegistryChange::PutDevice(DeviceSpec { drill, ..spec(device) })
}

fn marks(world: &World) -> Vec<bool> {
    world.engine.watch().alarms().map(|a| a.drill).collect()
}

#[test]
fn a_device_that_fell_silent_in_a_drill_is_watched_after_it() {
    let mut world = World::new(1, vec![rule("s", Condition::Silence { after: Ms(60_000) })]);
    world.act(drill(0, 100_000));
    world.wait_until(60_000);
    assert_eq!((world.told(), marks(&world)), (vec!["Raised Unacknowledged 0".into()], vec![true]));
    // Still silent when the drill is over: told in earnest, though no reading ever comes.
    world.wait_until(160_000);
    assert_eq!(world.told(), ["Withdrawn Closed 0", "Raised Unacknowledged 0"]);
    assert_eq!(marks(&world), [false]);
    // And one that speaks again in between, and falls silent later.
    world.read(0, 1.0);
    world.act(ActionKind::AcknowledgeAlarm(world.only().id));
    assert_eq!(world.act(drill(0, 230_000)), Answer::Done);
    world.told();
    world.wait_until(260_000);
    assert_eq!(
        world.told(),
        ["Raised Unacknowledged 0", "Withdrawn Closed 0", "Raised Unacknowledged 0"]
    );
}

#[test]
fn a_delay_that_ran_in_a_drill_does_not_end_in_earnest() {
    let slow = Rule { on_delay: Ms(5000), ..rule("r", high(&[10.0], 0.0)) };
    let mut world = World::new(1, vec![slow]);
    world.act(drill(0, 3000));
    world.each_second(0, &[20.0]);
    world.wait_until(60_000);
    assert!(world.told().is_empty(), "the value of the drill alone raises nothing");
    world.each_second(0, &[20.0, 20.0, 20.0, 20.0, 20.0, 20.0]);
    assert_eq!(
        (world.told(), marks(&world)),
        (vec!["Raised Unacknowledged 0".into()], vec![false])
    );
}

#[test]
fn a_virtual_device_that_becomes_real_keeps_no_mark() {
    let mut world = World::new(1, vec![rule("r", high(&[10.0], 0.0))]);
    world.put(virtual_device(0, true));
    world.each_second(0, &[20.0]);
    assert_eq!(marks(&world), [true]);
    world.told();
    world.put(virtual_device(0, false));
    assert_eq!(world.told(), ["Withdrawn Closed 0"]);
    world.each_second(0, &[20.0]);
    assert_eq!(marks(&world), [false]);
    // The other way a real alarm stays what it is.
    world.told();
    world.put(virtual_device(0, true));
    world.each_second(0, &[20.0]);
    assert_eq!((world.told(), marks(&world)), (vec![], vec![false]));
    // While a drill runs at the device its alarms stay marked.
    let mut world = World::new(1, vec![rule("r", high(&[10.0], 0.0))]);
    world.put(virtual_device(0, true));
    world.act(drill(0, 100_000));
    world.each_second(0, &[20.0]);
    world.put(virtual_device(0, false));
    assert_eq!(marks(&world), [true]);
}

#[test]
fn neither_speaks_for_the_other() {
    let agree = rule(
        "r",
        Condition::Neighbours {
            side: Side::High,
            limit: 10.0,
            deadband: 0.0,
            m: 2,
            within: Within::Room,
            window: Ms(5000),
        },
    );
    let room = rule("x", Condition::Expression { cel: "value > 10 && room.a > 50".into() });
    let check = |first: bool, second: bool, expected: usize| {
        let mut world = World::new(2, vec![agree.clone(), room.clone()]);
        world.put(virtual_device(0, first));
        world.put(virtual_device(1, second));
        world.each_second(0, &[60.0]);
        world.out.clear();
        world.each_second(3, &[20.0]);
        let raised: Vec<bool> = world.alarm_effects().iter().map(|(_, a)| a.drill).collect();
        assert_eq!(raised, vec![second; expected], "{first} {second}");
    };
    check(false, false, 2);
    check(true, true, 2);
    check(true, false, 0);
    check(false, true, 0);
    // A real device in a drill is on the side of the drill, as long as it takes part.
    let mut world = World::new(2, vec![agree]);
    world.act(drill(0, 10_000));
    world.each_second(0, &[60.0]);
    world.each_second(3, &[20.0]);
    assert!(world.told().is_empty());
    world.wait_until(10_000);
    world.each_second(0, &[60.0]);
    assert_eq!(world.told(), Vec::<String>::new(), "the other one is too old by now");
    world.each_second(3, &[20.0]);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
}

#[test]
fn no_drill_begins_over_a_real_alarm() {
    let mut world = World::new(2, vec![rule("r", high(&[10.0], 0.0))]);
    world.each_second(0, &[20.0]);
    let both = ActionKind::StartDrill {
        name: "s1".into(),
        devices: vec![DeviceId(0), DeviceId(1)],
        until: Ms(100_000),
    };
    assert_eq!(world.act(both.clone()), Answer::Refused(Refusal::RealAlarm));
    assert_eq!(world.engine.watch().drills().count(), 0);
    // One that a person has noted, put aside or lets rest during maintenance is as real.
    let alarm = world.only().id;
    world.act(ActionKind::ShelveAlarm(alarm, Ms(50_000)));
    assert_eq!(world.act(both.clone()), Answer::Refused(Refusal::RealAlarm));
    // Beside it a drill may begin.
    assert_eq!(world.act(drill(1, 90_000)), Answer::Done);
    world.act(ActionKind::EndDrill("s1".into()));
    world.act(ActionKind::UnshelveAlarm(alarm));
    world.act(ActionKind::AcknowledgeAlarm(alarm));
    world.each_second(0, &[5.0]);
    assert_eq!(world.act(both), Answer::Done);
    // An alarm of a drill keeps nobody from the next one.
    world.each_second(0, &[20.0]);
    assert_eq!(marks(&world), [true]);
    let second = ActionKind::StartDrill {
        name: "s2".into(),
        devices: vec![DeviceId(0)],
        until: Ms(100_000),
    };
    assert_eq!(world.act(second), Answer::Done);
}

#[test]
fn alarms_of_a_drill_are_no_flood() {
    let mut world = World::new(1, vec![rule("r", high(&[10.0], 0.0))]);
    world.act(drill(0, 200_000));
    for _ in 0..20 {
        world.each_second(0, &[20.0, 5.0]);
    }
    assert!(!world.out.iter().any(|e| matches!(e, Effect::Flood { .. })));
    assert_eq!(world.engine.watch().figures().recent, 0);
    world.act(ActionKind::EndDrill("s1".into()));
    world.each_second(0, &[20.0]);
    assert_eq!(world.engine.watch().figures().recent, 1);
}

#[test]
fn a_virtual_device_that_ends_with_its_drill_is_not_missed() {
    let silent = || rule("s", Condition::Silence { after: Ms(60_000) });
    let mut world = World::new(2, vec![silent()]);
    world.put(virtual_device(0, true));
    // It spoke to the end, and says nothing any more.
    world.act(drill(0, 100_000));
    for now in [50_000, 90_000] {
        world.wait_until(now);
        world.read(0, 1.0);
        world.read(3, 1.0);
    }
    world.wait_until(1_000_000);
    assert_eq!(
        (world.told(), marks(&world)),
        (vec!["Raised Unacknowledged 0".into()], vec![false])
    );
    assert_eq!(world.only().device, DeviceId(1));
    // As soon as it is heard again, it is watched again.
    world.read(0, 2.0);
    world.wait_until(1_059_999);
    assert!(world.told().is_empty());
    world.wait_until(1_060_000);
    assert_eq!(
        (world.told(), marks(&world)),
        (vec!["Raised Unacknowledged 0".into()], vec![false, true])
    );
    // An alarm about its silence ends with the next drill.
    world.act(drill(0, 1_070_000));
    world.wait_until(1_500_000);
    assert_eq!((world.told(), marks(&world)), (vec!["Withdrawn Closed 0".into()], vec![false]));
    // So does the wait of one that was never heard; what else it raised stays to be noted.
    let mut world = World::new(1, vec![silent(), rule("r", high(&[10.0], 0.0))]);
    world.put(virtual_device(0, true));
    world.act(drill(0, 30_000));
    world.wait_until(1000);
    world.read(0, 20.0);
    world.wait_until(500_000);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    assert_eq!(&*world.only().rule_key, "r");
}

#[test]
fn virtual_devices_rest_when_nothing_moves_them() {
    let mut world = World::new(3, vec![rule("s", Condition::Silence { after: Ms(60_000) })]);
    world.put(virtual_device(0, true));
    world.put(virtual_device(1, true));
    let rest = |devices: &[u32]| {
        ActionKind::RestDevices(devices.iter().map(|device| DeviceId(*device)).collect())
    };
    assert_eq!(world.act(rest(&[0, 2])), Answer::Refused(Refusal::Unknown), "a real one");
    assert_eq!(world.act(rest(&[9])), Answer::Refused(Refusal::Unknown));
    world.act(drill(1, 3_600_000));
    assert_eq!(world.act(rest(&[0, 1])), Answer::Done);
    world.wait_until(600_000);
    let devices: Vec<u32> = world.engine.watch().alarms().map(|a| a.device.0).collect();
    assert_eq!(devices, [1, 2], "one of a drill under way, and the real one");
    world.read(0, 1.0);
    world.wait_until(660_000);
    assert_eq!(world.engine.watch().alarms().count(), 3);
    world.told();
    world.act(rest(&[0]));
    assert_eq!(world.told(), ["Withdrawn Closed 0"]);
}
