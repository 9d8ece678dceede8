use super::*;

/// Reads the values a second apart and compares what was told.
fn check(rule: Rule, values: &[f64], expected: &[&str]) {
    let mut world = World::new(1, vec![rule]);
    world.each_second(0, values);
    assert_eq!(world.told(), expected, "{values:?}");
}

#[test]
fn a_limit_raises_rises_falls_and_clears() {
    check(rule("r", high(&[10.0, 25.0], 1.0)), &[5.0, 9.9], &[]);
    check(rule("r", high(&[10.0, 25.0], 1.0)), &[10.0], &["Raised Unacknowledged 0"]);
    check(
        rule("r", high(&[10.0, 25.0], 1.0)),
        &[12.0, 26.0, 24.5, 23.0, 9.5, 8.0],
        &[
            "Raised Unacknowledged 0",
            "RaisedLevel Unacknowledged 1",
            "LoweredLevel Unacknowledged 0",
            "Cleared ReturnedUnacknowledged 0",
        ],
    );
    check(
        Rule { acknowledge: false, ..rule("r", high(&[10.0], 1.0)) },
        &[12.0, 8.0, 12.0],
        &["Raised Unacknowledged 0", "Cleared Closed 0", "Raised Unacknowledged 0"],
    );
}

#[test]
fn votes_need_m_of_n() {
    let votes = |levels: Vec<Level>| {
        rule(
            "r",
            Condition::Votes {
                side: Side::High,
                limit: 10.0,
                deadband: 2.0,
                m: 3,
                n: 5,
                window: Ms(10_000),
                levels,
            },
        )
    };
    check(votes(vec![]), &[1.0, 50.0, 1.0, 1.0], &[]);
    check(votes(vec![]), &[50.0, 50.0, 1.0, 1.0, 1.0, 50.0, 50.0], &[]);
    check(votes(vec![]), &[50.0, 1.0, 50.0, 1.0, 50.0], &["Raised Unacknowledged 0"]);
    check(
        votes(vec![]),
        &[50.0, 50.0, 50.0, 9.0, 9.0, 9.0, 1.0, 1.0, 1.0],
        &["Raised Unacknowledged 0", "Cleared ReturnedUnacknowledged 0"],
    );
    // While it holds, a gap between readings is no return, though the window has run empty.
    let mut world = World::new(1, vec![votes(vec![])]);
    world.each_second(0, &[50.0, 50.0, 50.0]);
    world.wait_until(60_000);
    world.each_second(0, &[50.0]);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    world.wait_until(120_000);
    world.each_second(0, &[1.0]);
    assert_eq!(world.told(), ["Cleared ReturnedUnacknowledged 0"]);
    let level = Level { limit: 40.0, priority: Priority::Critical };
    check(
        votes(vec![level]),
        &[60.0, 60.0, 20.0, 60.0, 20.0],
        &[
            "Raised Unacknowledged 0",
            "RaisedLevel Unacknowledged 1",
            "LoweredLevel Unacknowledged 0",
        ],
    );
}

#[test]
fn delays_run_by_the_time_of_the_readings() {
    let slow =
        || Rule { on_delay: Ms(3000), off_delay: Ms(2000), ..rule("r", high(&[10.0, 25.0], 0.0)) };
    check(slow(), &[20.0, 20.0, 20.0, 5.0], &[]);
    check(slow(), &[20.0, 20.0, 20.0, 20.0], &["Raised Unacknowledged 0"]);
    check(
        slow(),
        &[20.0, 30.0, 30.0, 30.0, 30.0],
        &["Raised Unacknowledged 0", "RaisedLevel Unacknowledged 1"],
    );
    check(
        slow(),
        &[20.0, 20.0, 20.0, 20.0, 5.0, 20.0, 5.0, 5.0, 5.0],
        &["Raised Unacknowledged 0", "Cleared ReturnedUnacknowledged 0"],
    );
    // A delayed upload: an hour old, all at once.
    let mut world = World::new(1, vec![slow()]);
    world.now = 3_600_000;
    for at in [1000, 2000, 3000] {
        world.read_at(0, at, 20.0, Quality::Good);
    }
    assert!(world.told().is_empty());
    world.read_at(0, 4000, 20.0, Quality::Good);
    let told = world.alarm_effects();
    assert_eq!((told.len(), told[0].1.since, told[0].1.readings.len()), (1, Ms(1000), 4));
}

#[test]
fn delays_run_by_timer_when_nothing_comes() {
    let slow = Rule { on_delay: Ms(3000), off_delay: Ms(2000), ..rule("r", high(&[10.0], 0.0)) };
    let mut world = World::new(1, vec![slow]);
    world.wait_until(10_000);
    world.read(0, 20.0);
    world.wait_until(12_999);
    assert!(world.told().is_empty());
    world.wait_until(13_000);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    world.read(0, 5.0);
    world.wait_until(15_000);
    assert_eq!(world.told(), ["Cleared ReturnedUnacknowledged 0"]);
}

#[test]
fn silence_is_found_without_touching_timers_at_every_reading() {
    let silence = rule("r", Condition::Silence { after: Ms(60_000) });
    let mut world = World::new(1, vec![silence]);
    for i in 1..=100_i64 {
        world.wait_until(i * 1000);
        world.read(0, 1.0);
        assert_eq!(world.engine.next_timer(), Some(Ms(if i < 60 { 60_000 } else { 119_000 })));
    }
    world.wait_until(159_999);
    assert!(world.told().is_empty());
    world.wait_until(160_000);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    world.read(0, 1.0);
    assert_eq!(world.told(), ["Cleared ReturnedUnacknowledged 0"]);
    world.wait_until(220_000);
    assert_eq!(world.told(), ["Returned Unacknowledged 0"]);
}

#[test]
fn known_late_and_unusable_readings() {
    let mut world = World::new(1, vec![rule("r", high(&[10.0], 0.0))]);
    let good = Quality::Good;
    assert_eq!(world.read_at(0, 1000, 5.0, good), Answer::Done);
    assert_eq!(world.read_at(0, 1000, 5.0, good), Answer::Duplicate);
    assert_eq!(world.read_at(0, 1000, 50.0, good), Answer::Conflict);
    assert_eq!(world.read_at(0, 999, 50.0, good), Answer::Late);
    assert_eq!(world.read_at(99, 999, 50.0, good), Answer::Refused(Refusal::Unknown));
    assert_eq!(world.read_at(0, 2000, f64::NAN, good), Answer::Refused(Refusal::OutOfRange));
    assert_eq!(world.read_at(0, 2000, f64::INFINITY, good), Answer::Refused(Refusal::OutOfRange));
    assert!(world.told().is_empty());
    let latest = world.engine.watch().latest(PointId(0)).unwrap();
    assert_eq!((latest.at, latest.value), (Ms(1000), 5.0));
}

#[test]
fn doubtful_values_raise_but_never_clear_and_bad_ones_say_nothing() {
    let mut world = World::new(1, vec![rule("r", high(&[10.0, 60.0], 0.0))]);
    world.read_at(0, 1, 50.0, Quality::Bad);
    world.read_at(0, 2, 9.0, Quality::Uncertain);
    assert!(world.told().is_empty());
    world.read_at(0, 3, 50.0, Quality::Uncertain);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    world.read_at(0, 4, 1.0, Quality::Uncertain);
    world.read_at(0, 5, 1.0, Quality::Bad);
    assert!(world.told().is_empty());
    // Out of the range 0 to 100: doubtful, but what a detector shows that is driven past its end.
    world.read_at(0, 6, 101.0, Quality::Good);
    assert_eq!(world.engine.watch().latest(PointId(0)).unwrap().quality, Quality::Uncertain);
    assert_eq!(world.told(), ["RaisedLevel Unacknowledged 1"]);
    world.read_at(0, 7, 50.0, Quality::Uncertain);
    world.read_at(0, 8, -1.0, Quality::Good);
    assert!(world.told().is_empty());
    assert_eq!((world.only().level, world.only().peak), (1, 101.0));
    world.read_at(0, 9, 1.0, Quality::Good);
    assert_eq!(world.told(), ["Cleared ReturnedUnacknowledged 1"]);
}

#[test]
fn a_detector_driven_past_its_range_is_voted_for() {
    let votes = Condition::Votes {
        side: Side::High,
        limit: 20.0,
        deadband: 5.0,
        m: 3,
        n: 5,
        window: Ms(10_000),
        levels: Vec::new(),
    };
    let mut world = World::new(1, vec![rule("r", votes)]);
    world.each_second(0, &[5.0, 110.0, 110.0]);
    assert!(world.told().is_empty());
    world.read_at(0, 60_000, 110.0, Quality::Good);
    assert!(world.told().is_empty(), "the others are too old");
    for at in [61_000, 62_000] {
        world.read_at(0, at, 110.0, Quality::Good);
    }
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
}

#[test]
fn a_rate_is_measured_within_its_window() {
    let rate = |side| rule("r", Condition::Rate { side, amount: 10.0, window: Ms(5000) });
    check(rate(Side::High), &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0], &["Raised Unacknowledged 0"]);
    check(rate(Side::High), &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], &[]);
    check(rate(Side::High), &[50.0, 20.0], &[]);
    check(
        rate(Side::Low),
        &[50.0, 39.0, 39.0, 39.0, 39.0, 39.0, 39.0],
        &["Raised Unacknowledged 0", "Cleared ReturnedUnacknowledged 0"],
    );
    let mut world = World::new(1, vec![rate(Side::High)]);
    world.each_second(0, &[5.0, 5.0, 20.0]);
    let values: Vec<f64> = world.only().readings.iter().map(|r| r.value).collect();
    assert_eq!(values, [5.0, 20.0]);
}

#[test]
fn a_stuck_value_is_found_though_readings_come() {
    let stuck = || rule("r", Condition::Stuck { after: Ms(4000), tolerance: 0.5 });
    check(stuck(), &[7.0, 7.5, 6.5, 7.0, 8.0, 8.0, 8.0, 8.0], &[]);
    check(stuck(), &[7.0, 7.0, 7.0, 7.0], &[]);
    check(stuck(), &[7.0, 7.0, 7.0, 7.0, 7.0], &["Raised Unacknowledged 0"]);
    check(
        stuck(),
        &[7.0, 7.5, 6.5, 7.0, 7.0, 7.0, 8.0],
        &["Raised Unacknowledged 0", "Cleared ReturnedUnacknowledged 0"],
    );
}

#[test]
fn bad_quality_is_an_alarm_of_its_own() {
    let bad = || rule("r", Condition::BadQuality { after: Ms(3000) });
    let mut world = World::new(1, vec![bad()]);
    world.each_second(0, &[5.0, 101.0, 101.0, 101.0]);
    assert!(world.told().is_empty());
    world.each_second(0, &[101.0]);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    world.each_second(0, &[5.0]);
    assert_eq!(world.told(), ["Cleared ReturnedUnacknowledged 0"]);
    // One bad reading, and then nothing: the timer finds it.
    world.read_at(0, world.now + 1, 5.0, Quality::Bad);
    world.wait_until(world.now + 3000);
    assert_eq!(world.told(), ["Returned Unacknowledged 0"]);
}

#[test]
fn neighbours_must_agree() {
    let near = |within| {
        rule(
            "r",
            Condition::Neighbours {
                side: Side::High,
                limit: 10.0,
                deadband: 2.0,
                m: 2,
                within,
                window: Ms(5000),
            },
        )
    };
    for within in [Within::Room, Within::Facility, Within::Metres(200.0)] {
        let mut world = World::new(3, vec![near(within)]);
        world.each_second(0, &[20.0, 20.0, 20.0]);
        assert!(world.told().is_empty(), "{within:?}");
        world.each_second(3, &[20.0]);
        assert_eq!(world.told(), ["Raised Unacknowledged 0"], "{within:?}");
        assert_eq!(world.only().point, PointId(3));
        assert_eq!(world.only().readings.len(), 2);
        world.each_second(3, &[9.0, 7.0]);
        assert_eq!(world.told(), ["Cleared ReturnedUnacknowledged 0"], "{within:?}");
        // The first one's value is too old by now; a doubtful one does not count.
        world.each_second(0, &[1.0]);
        world.each_second(3, &[1.0, 1.0, 1.0, 1.0, 1.0, 30.0]);
        world.read_at(6, world.now, 90.0, Quality::Bad);
        world.each_second(3, &[31.0]);
        assert!(world.told().is_empty(), "{within:?}");
    }
    // Another room does not count, another facility only by distance.
    let mut world = World::new(2, vec![near(Within::Room)]);
    world.put(RegistryChange::PutDevice(DeviceSpec { room: "other".into(), ..spec(1) }));
    world.each_second(0, &[20.0]);
    world.each_second(3, &[20.0]);
    assert!(world.told().is_empty());
}

fn formula(cel: &str) -> Rule {
    rule("r", Condition::Expression { cel: cel.into() })
}

#[test]
fn an_expression_looks_at_the_device_and_the_room() {
    let mut world = World::new(2, vec![formula("value > 10 && (points.b > 5 || room.c > 50)")]);
    world.each_second(0, &[20.0]);
    assert!(world.told().is_empty());
    assert_eq!(world.engine.watch().failures(crate::RuleId(0)), 1);
    world.each_second(1, &[1.0]);
    world.each_second(2, &[1.0]);
    world.each_second(0, &[20.0]);
    assert!(world.told().is_empty());
    // The other point of the same device decides: no reading of the own one is waited for.
    world.each_second(1, &[6.0]);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    assert_eq!(world.only().readings.len(), 3);
    world.each_second(1, &[1.0]);
    assert_eq!(world.told(), ["Cleared ReturnedUnacknowledged 0"]);
    world.each_second(5, &[60.0]);
    world.each_second(0, &[20.0]);
    assert_eq!(world.told(), ["Returned Unacknowledged 0"]);
}

#[test]
fn a_wrong_expression_is_a_refused_rule() {
    let mut world = World::new(1, vec![]);
    let mut put = |cel: &str| world.put(RegistryChange::PutRule(formula(cel)));
    assert_eq!(put("value >"), Answer::Refused(Refusal::OutOfRange));
    assert_eq!(put("value + 1"), Answer::Refused(Refusal::OutOfRange));
    assert_eq!(put("points.nothing > 1"), Answer::Refused(Refusal::Unknown));
    assert_eq!(put("points.b > 1"), Answer::Done);
    assert_eq!(put("room.anything > 1"), Answer::Done);
    // A division by zero is no number to compare: it counts as a failure and changes nothing.
    assert_eq!(put("0 / value > 1"), Answer::Done);
    world.each_second(0, &[0.0]);
    assert!(world.told().is_empty());
    assert_eq!(world.engine.watch().failures(crate::RuleId(0)), 1);
}

#[test]
fn no_timer_is_left_behind() {
    let slow =
        Rule { on_delay: Ms(10_000), off_delay: Ms(2000), ..rule("r", high(&[10.0, 25.0], 0.0)) };
    let mut world = World::new(1, vec![slow]);
    world.wait_until(500);
    world.read(0, 20.0);
    world.wait_until(20_500);
    // On its way up a level, then gone: the shorter delay takes the place of the longer one.
    world.read(0, 30.0);
    assert_eq!(world.engine.timers.len(), 2, "the delay and the flood figure");
    world.wait_until(21_500);
    world.read(0, 5.0);
    assert_eq!(world.engine.timers.len(), 2);
    world.wait_until(23_500);
    assert_eq!(world.told(), ["Raised Unacknowledged 0", "Cleared ReturnedUnacknowledged 0"]);
    assert_eq!(world.engine.timers.len(), 1);
    world.wait_until(700_000);
    assert_eq!(world.engine.timers.len(), 0);
}
