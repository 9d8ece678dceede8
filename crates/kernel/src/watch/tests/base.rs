//! Alarms and slots while the base data changes under them.

use super::*;

fn limit(key: &str, limit: f64) -> Rule {
    rule(key, high(&[limit], 0.0))
}

fn put(world: &mut World, rule: Rule) {
    assert_eq!(world.put(RegistryChange::PutRule(rule)), Answer::Done);
}

#[test]
fn a_rule_may_come_after_its_devices() {
    let mut world = World::new(2, vec![limit("r", 10.0)]);
    world.each_second(0, &[20.0]);
    world.each_second(3, &[5.0]);
    put(&mut world, limit("s", 15.0));
    put(&mut world, Rule { point: "b".into(), ..limit("t", 15.0) });
    world.each_second(0, &[21.0, 5.0]);
    world.each_second(4, &[30.0]);
    assert_eq!(
        world.told(),
        [
            "Raised Unacknowledged 0",
            "Raised Unacknowledged 0",
            "Cleared ReturnedUnacknowledged 0",
            "Cleared ReturnedUnacknowledged 0",
            "Raised Unacknowledged 0"
        ]
    );
    let keys: Vec<&str> = world.engine.watch().alarms().map(|a| &*a.rule_key).collect();
    assert_eq!(keys, ["r", "s", "t"]);
    // Silence is waited for from the moment the rule is known.
    put(&mut world, rule("u", Condition::Silence { after: Ms(60_000) }));
    world.wait_until(world.now + 60_000);
    assert_eq!(world.told().len(), 2);
}

#[test]
fn a_rule_in_other_words_keeps_its_alarms() {
    let mut world = World::new(1, vec![limit("r", 10.0)]);
    world.each_second(0, &[20.0]);
    world.told();
    put(&mut world, Rule { name: Text::new("燃气", "gas"), ..limit("r", 10.0) });
    put(&mut world, limit("other", 50.0));
    assert!(world.told().is_empty());
    assert_eq!(world.only().level, 0);
}

#[test]
fn a_rule_that_asks_something_else_withdraws_its_alarms() {
    let mut world = World::new(1, vec![limit("r", 10.0)]);
    world.each_second(0, &[20.0]);
    world.told();
    // Where the new rule holds as well, nobody has to wait for the next reading.
    put(&mut world, limit("r", 15.0));
    assert_eq!(world.told(), ["Withdrawn Closed 0", "Raised Unacknowledged 0"]);
    assert_eq!(world.only().since, Ms(1000));
    world.each_second(0, &[20.0]);
    put(&mut world, limit("r", 21.0));
    assert_eq!(world.told(), ["Withdrawn Closed 0"]);
    put(&mut world, limit("r", 15.0));
    world.each_second(0, &[20.0]);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    put(&mut world, Rule { enabled: false, ..limit("r", 15.0) });
    world.each_second(0, &[20.0]);
    assert_eq!(world.told(), ["Withdrawn Closed 0"]);
    put(&mut world, limit("r", 15.0));
    world.each_second(0, &[20.0]);
    put(&mut world, Rule { point: "b".into(), ..limit("r", 15.0) });
    world.each_second(0, &[20.0]);
    world.each_second(1, &[20.0]);
    assert_eq!(
        world.told(),
        ["Raised Unacknowledged 0", "Withdrawn Closed 0", "Raised Unacknowledged 0"]
    );
}

#[test]
fn a_removed_device_takes_its_alarms_and_timers_along() {
    let silence = rule("s", Condition::Silence { after: Ms(60_000) });
    let slow = Rule { on_delay: Ms(5000), ..limit("t", 10.0) };
    let mut world = World::new(2, vec![limit("r", 10.0), silence, slow]);
    world.each_second(0, &[20.0]);
    world.act(ActionKind::SuppressDevice(DeviceId(0), Ms(600_000)));
    world.told();
    assert_eq!(world.put(RegistryChange::RemoveDevice("d0".into())), Answer::Done);
    assert_eq!(world.told(), ["Withdrawn Closed 0"]);
    assert_eq!(world.read(0, 20.0), Answer::Refused(Refusal::Unknown));
    let link = Event::Link { device: DeviceId(0), up: true };
    assert_eq!(world.step(link), Answer::Refused(Refusal::Unknown));
    world.wait_until(1_000_000);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"], "silence of the other one");
    // Under the same name it is a new device.
    assert_eq!(world.put(RegistryChange::PutDevice(spec(0))), Answer::Created(2));
    assert_eq!(world.read(0, 20.0), Answer::Refused(Refusal::Unknown));
    assert_eq!(world.read(6, 20.0), Answer::Done);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
}

#[test]
fn profiles_may_come_and_grow_while_alarms_are_open() {
    let mut world = World::new(1, vec![limit("r", 10.0)]);
    world.each_second(0, &[20.0]);
    let profile = |key: &str, names: &[&str]| {
        let points = names.iter().map(|name| testing::point_kind(name, "")).collect();
        RegistryChange::PutProfile(testing::profile(key, points, Vec::new()))
    };
    world.put(profile("q", &["x"]));
    world.put(profile("z", &["x"]));
    put(&mut world, Rule { profile: "z".into(), point: "x".into(), ..limit("z", 10.0) });
    let last = DeviceSpec { key: "dz".into(), profile: "z".into(), ..spec(0) };
    world.put(RegistryChange::PutDevice(last));
    world.read(3, 50.0);
    assert_eq!(world.put(profile("q", &["x", "y", "w"])), Answer::Done);
    world.told();
    world.each_second(0, &[5.0]);
    world.each_second(3, &[5.0]);
    assert_eq!(
        world.told(),
        ["Cleared ReturnedUnacknowledged 0", "Cleared ReturnedUnacknowledged 0"]
    );
}

#[test]
fn a_break_of_the_engine_is_not_silence_of_the_devices() {
    let mut world = World::new(2, vec![rule("s", Condition::Silence { after: Ms(60_000) })]);
    world.each_second(0, &[1.0]);
    world.each_second(3, &[1.0]);
    // The node stood still for an hour, then the timers run late.
    world.now = 3_600_000;
    world.step(Event::Tick);
    assert!(world.told().is_empty());
    world.each_second(0, &[1.0]);
    world.wait_until(3_660_000);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    assert_eq!(world.only().device, DeviceId(1));
}

#[test]
fn too_many_rules_of_one_point_are_refused() {
    let mut world = World::new(1, vec![]);
    for i in 0..64 {
        put(&mut world, limit(&format!("r{i}"), 10.0));
    }
    let one_more = RegistryChange::PutRule(limit("more", 10.0));
    assert_eq!(world.put(one_more), Answer::Refused(Refusal::LimitReached));
    world.each_second(0, &[20.0]);
    assert_eq!(world.told().len(), 64);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut world = World::new(1, vec![]);
    let profile = |points: &[(&str, f64, f64)], argument: Option<(f64, f64)>| {
        let point = |(name, min, max): &(&str, f64, f64)| PointKind {
            min: *min,
            max: *max,
            ..testing::point_kind(name, "")
        };
        let command = CommandKind { argument, ..testing::command_kind("go") };
        let points = points.iter().map(point).collect();
        RegistryChange::PutProfile(testing::profile("q", points, vec![command]))
    };
    let refused = Answer::Refused(Refusal::OutOfRange);
    assert_eq!(world.put(profile(&[("x", f64::NAN, 1.0)], None)), refused);
    assert_eq!(world.put(profile(&[("x", 0.0, f64::NAN)], None)), refused);
    assert_eq!(world.put(profile(&[("x", 1.0, 0.0)], None)), refused);
    assert_eq!(world.put(profile(&[("", 0.0, 1.0)], None)), refused);
    assert_eq!(world.put(profile(&[("x", 0.0, 1.0), ("x", 0.0, 1.0)], None)), refused);
    assert_eq!(world.put(profile(&[("x", 0.0, 1.0)], Some((1.0, 0.0)))), refused);
    assert_eq!(world.put(profile(&[("x", 0.0, 1.0); 65], None)), refused);
    assert_eq!(world.put(profile(&[("x", 0.0, 1.0)], Some((0.0, 1.0)))), Answer::Done);

    let kind = |metres: f64, window: i64| crate::watch::IncidentKind {
        key: "k".into(),
        code: String::new(),
        name: Text::default(),
        join_metres: metres,
        join_window: Ms(window),
    };
    let mut rule = |metres, window| {
        world.put(RegistryChange::PutRule(Rule {
            incident: Some(kind(metres, window)),
            ..limit("r", 10.0)
        }))
    };
    assert_eq!(rule(f64::NAN, 1), refused);
    assert_eq!(rule(-1.0, 1), refused);
    assert_eq!(rule(60.0, -1), refused);
    assert_eq!(rule(60.0, i64::MAX), refused);
    assert_eq!(rule(60.0, 7_200_000), Answer::Done);
    let nobody = crate::watch::Escalation { after: Ms(1), role: String::new() };
    let calls = Rule { escalation: vec![nobody], ..limit("r", 10.0) };
    assert_eq!(world.put(RegistryChange::PutRule(calls)), refused);
}

#[test]
fn a_state_of_another_format_is_not_read() {
    let world = World::new(1, vec![limit("r", 10.0)]);
    let mut saved = world.engine.save().unwrap();
    assert!(Engine::load(&saved).is_ok());
    assert!(Engine::load(&saved[..saved.len() / 2]).is_err());
    saved[0] = saved[0].wrapping_add(1);
    let error = Engine::load(&saved).unwrap_err();
    assert!(matches!(error, crate::LoadError::Format { found } if found == Engine::FORMAT + 1));
    assert!(Engine::load(&[]).is_err());
}
