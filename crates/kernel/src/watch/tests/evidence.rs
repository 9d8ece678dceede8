//! What an alarm says of itself: the readings that raised it.

use super::*;

fn readings(world: &World) -> Vec<(u32, i64, f64)> {
    world.only().readings.iter().map(|r| (r.point.0, r.at.0, r.value)).collect()
}

fn agree(on_delay: i64) -> Rule {
    let condition = Condition::Neighbours {
        side: Side::High,
        limit: 10.0,
        deadband: 0.0,
        m: 2,
        within: Within::Room,
        window: Ms(60_000),
    };
    Rule { on_delay: Ms(on_delay), ..rule("r", condition) }
}

#[test]
fn neighbours_are_named_also_after_a_delay() {
    let mut world = World::new(2, vec![agree(3000)]);
    world.each_second(0, &[20.0]);
    world.each_second(3, &[30.0, 31.0, 32.0, 33.0]);
    assert_eq!(
        readings(&world),
        [(0, 1000, 20.0), (3, 2000, 30.0), (3, 3000, 31.0), (3, 4000, 32.0), (3, 5000, 33.0)]
    );
    // Over by the time alone.
    let mut world = World::new(2, vec![agree(3000)]);
    world.each_second(0, &[20.0]);
    world.each_second(3, &[30.0]);
    world.wait_until(10_000);
    assert_eq!(readings(&world), [(0, 1000, 20.0), (3, 2000, 30.0)]);
    // A long delay leaves room for the others.
    let mut world = World::new(2, vec![agree(20_000)]);
    world.each_second(0, &[20.0]);
    world.each_second(3, &[30.0; 21]);
    let told = readings(&world);
    assert_eq!(told.len(), 8);
    assert_eq!((told[0], told[1], told[7]), ((0, 1000, 20.0), (3, 2000, 30.0), (3, 22_000, 30.0)));
}

#[test]
fn an_expression_shows_its_readings_with_their_own_moments() {
    let formula = Condition::Expression { cel: "value > 10 && points.b > 5".into() };
    for on_delay in [0, 2000] {
        let mut world =
            World::new(1, vec![Rule { on_delay: Ms(on_delay), ..rule("r", formula.clone()) }]);
        world.each_second(0, &[20.0]);
        world.each_second(1, &[6.0]);
        world.wait_until(10_000);
        assert_eq!(readings(&world), [(0, 1000, 20.0), (1, 2000, 6.0)], "{on_delay}");
        assert_eq!(world.only().since, Ms(2000), "{on_delay}");
    }
}

#[test]
fn silence_shows_the_last_that_was_heard() {
    let mut world = World::new(1, vec![rule("s", Condition::Silence { after: Ms(60_000) })]);
    world.wait_until(60_000);
    assert_eq!(readings(&world), []);
    world.act(ActionKind::AcknowledgeAlarm(world.only().id));
    world.each_second(0, &[7.0]);
    world.wait_until(200_000);
    assert_eq!(readings(&world), [(0, 61_000, 7.0)]);
    assert_eq!(world.only().since, Ms(121_000));
}
