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
