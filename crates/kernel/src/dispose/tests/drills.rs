//! Drills in which real devices take part: they really move.

use super::*;

/// A drill of a virtual detector and a virtual flow meter with the real fan and valve; the real flow meter stays outside.
fn world(program: Program, until: i64) -> World {
    let mut world = World::new(&[program])
        .with(&[("gas-v", "gas", "101", true, false), ("flow-v", "flow", "101", true, false)]);
    let devices = ["fan", "valve"].iter().map(|d| world.device(d).id).collect();
    let kind = ActionKind::StartDrill { name: "d".into(), devices, until: Ms(START + until) };
    assert_eq!(world.act(0, "op", "", kind), Answer::Done);
    world
}

fn locked() -> Program {
    let lock = value("flow.air", Compare::Below, 5.0, true);
    live("p", vec![step("fan", "start").lock(lock, "air")])
}

fn slow() -> Program {
    live("p", vec![Step { time_limit: Ms(60_000), ..step("fan", "start") }])
}

#[test]
fn an_interlock_of_a_real_device_must_hold_in_the_world_too() {
    let check = |readings: &[(&str, f64)], expected: &str| {
        let mut world = world(locked(), 600_000);
        for (device, value) in readings {
            world.read(1, device, *value);
        }
        world.check(&format!("3 gas-v=30\n{expected}"));
    };
    let no = "> r1 Done drill 0:Interlocked [air]";
    check(&[], no);
    check(&[("flow-v", 1.0)], no);
    check(&[("flow", 1.0)], no);
    check(&[("flow-v", 1.0), ("flow", 9.0)], no);
    check(&[("flow-v", 9.0), ("flow", 1.0)], no);
    check(
        &[("flow-v", 1.0), ("flow", 1.0)],
        "> c1 fan start Issued until 5003 drill
         > r1 Running drill 0:Waiting
         4 flow=9
         > c1 fan start Withdrawn until 5003 drill (withdrawn: air)
         > r1 Done drill 0:Interlocked [air]",
    );
}

#[test]
fn a_virtual_device_asks_only_its_own_world() {
    World::new(&[locked()])
        .with(&[
            ("gas-v", "gas", "101", true, false),
            ("flow-v", "flow", "101", true, false),
            ("fan-v", "fan", "101", true, false),
        ])
        .check(
            "1 flow=9
             2 flow-v=1
             3 gas-v=30
             > c1 fan-v start Issued until 5003 drill
             > r1 Running drill 0:Waiting
             4 flow=10",
        );
}

#[test]
fn what_waits_for_its_device_when_the_drill_ends_is_withdrawn() {
    world(slow(), 3000).check(
        "1 gas-v=30
         > c1 fan start Issued until 60001 drill
         > r1 Running drill 0:Waiting
         2 send valve close 0 op look
         > c2 valve close Waiting until 600002 drill (look)
         > Created(2)
         3 send fan speed 1 op more
         > c3 fan speed Issued until 60003 drill (more)
         > Created(3)
         4 reply fan 3 received
         > c3 fan speed Received until 60003 drill (more)
         3000 tick
         > c1 fan start Withdrawn until 60001 drill (withdrawn: the drill is over)
         > r1 Failed drill 0:Failed [the drill is over]
         > c2 valve close Withdrawn until 600002 drill (look · withdrawn: the drill is over)
         3001 approve 2 chief
         > no: Unknown
         3002 reply fan 3 done
         > c3 fan speed Done until 60003 drill (more)",
    );
}

#[test]
fn a_person_who_ends_the_drill_withdraws_them_as_well() {
    let mut world = world(slow(), 600_000);
    world.read(1, "gas-v", 30.0);
    world.out.clear();
    assert_eq!(world.act(2, "op", "", ActionKind::EndDrill("d".into())), Answer::Done);
    let states: Vec<CommandState> = world
        .out
        .iter()
        .filter_map(|e| match e {
            Effect::Command(c) => Some(c.state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [CommandState::Withdrawn]);
    assert!(world.engine.dispose().is_idle());
}
