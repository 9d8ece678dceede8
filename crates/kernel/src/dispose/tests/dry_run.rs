//! Dry-runs against recorded readings.

use super::*;

fn close() -> Step {
    step("valve", "close").proof("valve", "closed", 1.0)
}

fn draft(steps: Vec<Step>) -> Program {
    Program { version: 2, status: ProgramStatus::Draft, signed_by: None, ..live("p", steps) }
}

/// A minute of gas that rises to 60, with a valve and a fan that say what they have always said.
fn recorded(world: &World) -> Vec<Reading> {
    let reading = |device: &str, second: i64, value: f64| Reading {
        point: world.point(device),
        at: Ms(START - 86_400_000 + second * 1000),
        value,
        quality: Quality::Good,
    };
    let ramp = (0..60_i32).map(|s| reading("gas", s.into(), f64::from(s)));
    let valve = (0..60).map(|s| reading("valve", s, 0.0));
    let air = (0..60).map(|s| reading("flow", s, 0.0));
    ramp.chain(valve).chain(air).collect()
}

fn check(world: &World, steps: Vec<Step>, readings: Vec<Reading>, expected: (u64, u32, &[&str])) {
    let before = world.engine.save().unwrap();
    let report = dry_run(&world.engine, &draft(steps), readings.into_iter());
    let (readings, runs, problems) = expected;
    assert_eq!((report.readings, report.runs), (readings, runs), "{:?}", report.problems);
    let english: Vec<&str> =
        report.problems.iter().map(|p| p.split_once(" | ").unwrap().1.trim()).collect();
    assert_eq!(english, problems);
    assert_eq!(world.engine.save().unwrap(), before, "the real engine was touched");
}

#[test]
fn a_program_that_works() {
    let mut world = World::new(&[live("p", vec![close()])]);
    // What is open now has nothing to do with what was recorded yesterday.
    world.read(0, "gas", 90.0);
    let lock = value("flow.air", Compare::Below, 5.0, true);
    let steps = vec![
        close().retries(1).call("gas-company"),
        step("fan", "start").lock(lock, "air").proof("flow", "air", 9.0),
    ];
    check(&world, steps, recorded(&world), (180, 1, &[]));
}

#[test]
fn what_does_not_work() {
    let world = World::new(&[live("p", vec![close()])]);
    let run = |step: Step, problems: &[&str]| {
        check(&world, vec![step, close()], recorded(&world), (180, 1, problems));
    };
    run(
        step("fan", "start").lock(value("gas.ch4", Compare::Below, 5.0, true), "explosive"),
        &["gas step 1  interlocked: explosive"],
    );
    run(
        step("flow", "start"),
        &[
            "gas step 1  without target: no device flow here that takes the command",
            "step 1: the device has no such command start",
        ],
    );
    run(
        step("absent", "start"),
        &[
            "gas step 1  without target: no device absent here that takes the command",
            "step 1: no such kind of device absent",
        ],
    );
    run(
        close().proof("valve", "open", 1.0),
        &[
            "gas step 1  failed: no proof of effect within the time limit",
            "step 1: no such point valve.open",
        ],
    );
    run(step("fan", "speed").call("nobody"), &["step 1: no post has the role nobody"]);
    run(
        Step { argument: 11.0, ..step("fan", "speed") },
        &[
            "gas step 1  without target: no device fan here that takes the command",
            "step 1: argument out of range 11",
        ],
    );
}

#[test]
fn no_reading_no_run() {
    let world = World::new(&[live("p", vec![close()])]);
    check(&world, vec![close()], Vec::new(), (0, 0, &[]));
    let mut calm = recorded(&world);
    calm.retain(|reading| reading.value < 20.0);
    check(&world, vec![close()], calm, (140, 0, &["no run was started"]));
    let mut unknown = recorded(&world);
    unknown.iter_mut().for_each(|reading| reading.point = PointId(99));
    check(&world, vec![close()], unknown, (0, 0, &[]));
}

#[test]
fn readings_in_any_order_and_with_repeats() {
    let world = World::new(&[live("p", vec![close()])]);
    let mut readings = recorded(&world);
    readings.reverse();
    readings.extend(recorded(&world));
    check(&world, vec![close()], readings, (360, 1, &[]));
}

#[test]
fn points_keep_their_device_when_others_are_gone() {
    let mut world = World::new(&[live("p", vec![close()])]).with(&[
        ("old", "fan", "101", false, false),
        ("gas-2", "gas", "202", false, false),
        ("valve-2", "valve", "202", false, false),
    ]);
    world.change(RegistryChange::RemoveDevice("old".into()));
    let point = world.point("gas-2");
    let at = Ms(START);
    let reading = Reading { point, at, value: 30.0, quality: Quality::Good };
    check(&world, vec![close()], vec![reading], (1, 1, &[]));
}
