//! Clocks of devices that are wrong.

use super::*;

fn limit() -> Rule {
    rule("r", high(&[10.0], 0.0))
}

#[test]
fn a_clock_that_was_ahead_and_is_set_right_does_not_blind_the_rules() {
    let mut world = World::new(1, vec![limit()]);
    let good = Quality::Good;
    world.now = 1_000_000;
    // Five minutes ahead, as far as intake lets it be.
    assert_eq!(world.read_at(0, 1_300_000, 5.0, good), Answer::Done);
    world.wait_until(1_010_000);
    // Set right by NTP, within the tolerance of clocks; what comes now is the present.
    assert_eq!(world.read_at(0, 1_010_500, 20.0, good), Answer::Done);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    assert_eq!(world.engine.watch().latest(PointId(0)).unwrap().at, Ms(1_010_500));
    assert_eq!(world.read_at(0, 1_010_500, 20.0, good), Answer::Duplicate);
    assert_eq!(world.read_at(0, 1_010_400, 20.0, good), Answer::Late);
}

#[test]
fn what_was_measured_before_stays_late() {
    let good = Quality::Good;
    let ahead = || {
        let mut world = World::new(1, vec![limit()]);
        world.now = 1_000_000;
        assert_eq!(world.read_at(0, 1_050_000, 5.0, good), Answer::Done);
        world.now = 1_000_100;
        assert_eq!(world.read_at(0, 1_060_000, 5.0, good), Answer::Done);
        world.now = 1_010_000;
        world
    };
    let check = |at: i64, expected: Answer| {
        let mut world = ahead();
        assert_eq!(world.read_at(0, at, 20.0, good), expected, "{at}");
    };
    // Sent again, still with the wrong clock.
    check(1_050_000, Answer::Late);
    check(1_012_001, Answer::Late);
    check(1_012_000, Answer::Done);
    check(1_000_101, Answer::Done);
    // Measured before the newest one came.
    check(1_000_100, Answer::Late);
    // One that is hardly ahead is not wrong: then order counts.
    let mut world = World::new(1, vec![limit()]);
    world.now = 1_000_000;
    world.read_at(0, 1_002_000, 5.0, good);
    assert_eq!(world.read_at(0, 1_001_000, 20.0, good), Answer::Late);
}

#[test]
fn a_rate_is_not_measured_from_a_moment_that_has_not_come() {
    let rate = Condition::Rate { side: Side::High, amount: 10.0, window: Ms(5000) };
    let mut world = World::new(1, vec![rule("r", rate)]);
    world.now = 1_000_000;
    world.read_at(0, 1_200_000, 0.0, Quality::Good);
    world.wait_until(1_060_000);
    world.each_second(0, &[12.0, 13.0, 14.0]);
    assert!(world.told().is_empty(), "a minute lies between, not five seconds");
    world.each_second(0, &[23.0]);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
}

#[test]
fn the_clock_of_the_engine_never_goes_back() {
    let slow = Rule { on_delay: Ms(3000), ..limit() };
    let mut world = World::new(1, vec![slow, rule("s", Condition::Silence { after: Ms(60_000) })]);
    world.each_second(0, &[5.0, 20.0]);
    let before = world.engine.now();
    world.now = -5_000_000;
    world.step(Event::Tick);
    world.read_at(0, 3000, 20.0, Quality::Good);
    assert_eq!(world.engine.now(), before);
    assert_eq!(world.engine.watch().latest(PointId(0)).unwrap().received, before);
    world.now = before.0;
    world.wait_until(6000);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
}

#[test]
fn moments_at_the_ends_of_time_break_nothing() {
    for at in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        let rules = vec![
            Rule { on_delay: Ms(3000), off_delay: Ms(3000), ..limit() },
            rule("s", Condition::Silence { after: Ms(60_000) }),
            rule("t", Condition::Stuck { after: Ms(60_000), tolerance: 0.5 }),
            rule("u", Condition::Rate { side: Side::Low, amount: 5.0, window: Ms(60_000) }),
            rule("v", Condition::BadQuality { after: Ms(60_000) }),
        ];
        let mut world = World::new(1, rules);
        world.now = at;
        for (later, value) in [(0, 5.0), (1, 20.0), (2, f64::MAX), (3, f64::MIN), (4, 20.0)] {
            world.read_at(0, at.saturating_add(later), value, Quality::Good);
            world.read_at(0, at.saturating_sub(later), value, Quality::Good);
        }
        world.act(ActionKind::SuppressDevice(DeviceId(0), Ms(i64::MAX)));
        world.act(drill_until(i64::MAX));
        for _ in 0..100 {
            let Some(due) = world.engine.next_timer() else { break };
            world.now = world.now.max(due.0);
            world.step(Event::Tick);
        }
        let saved = world.engine.save().unwrap();
        assert_eq!(saved, Engine::load(&saved).unwrap().save().unwrap());
    }
}

fn drill_until(until: i64) -> ActionKind {
    ActionKind::StartDrill { name: "d".into(), devices: vec![DeviceId(0)], until: Ms(until) }
}
