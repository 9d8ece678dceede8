//! Conditions and interlocks.

use super::*;

fn fan() -> Step {
    step("fan", "start")
}

fn low_gas() -> Check {
    value("gas.ch4", Compare::Below, 50.0, true)
}

#[test]
fn an_interlock_must_be_known_to_hold() {
    let air = || value("flow.air", Compare::Below, 5.0, true);
    let check = |reading: &str, safe: bool| {
        let expected = if safe {
            "> c1 fan start Issued until 25000\n> r1 Running 0:Waiting"
        } else {
            "> r1 Done 0:Interlocked [air]"
        };
        World::new(&[live("p", vec![fan().lock(air(), "air")])])
            .check(&format!("{reading}\n20000 gas=30\n{expected}"));
    };
    check("19999 flow=1", true);
    check("19999 flow=5", false);
    check("19999 flow=1 bad", false);
    check("10000 flow=1", true);
    check("9999 flow=1", false);
    check("19999 flow=1 of=9999", false);
    // A clock that is ahead does not keep a value fresh.
    check("9999 flow=1 of=30000", false);
    check("19999 valve=1", false);
}

#[test]
fn a_condition_says_itself_what_unknown_means() {
    let check = |unknown: bool, reading: &str, expected: &str| {
        let steps = vec![fan().when(value("flow.air", Compare::Below, 5.0, unknown))];
        World::new(&[live("p", steps)]).check(&format!("{reading}\n2 gas=30\n{expected}"));
    };
    let sent = "> c1 fan start Issued until 5002\n> r1 Running 0:Waiting";
    let skipped = "> r1 Done 0:Skipped [condition does not hold: flow.air < 5]";
    check(true, "1 tick", sent);
    check(false, "1 tick", skipped);
    check(true, "1 flow=9", skipped);
    check(false, "1 flow=1", sent);
}

#[test]
fn several_devices_must_all_fulfil_it() {
    let check = |readings: &[(&str, f64)], safe: bool| {
        let lock = value("flow.air", Compare::Below, 5.0, true);
        let mut world = World::new(&[live("p", vec![fan().lock(lock, "air")])])
            .with(&[("flow-2", "flow", "101", false, false)]);
        for (device, value) in readings {
            world.read(1, device, *value);
        }
        world.read(2, "gas", 30.0);
        assert_eq!(world.engine.dispose().commands().count() == 1, safe, "{readings:?}");
    };
    check(&[("flow", 1.0), ("flow-2", 1.0)], true);
    check(&[("flow", 1.0), ("flow-2", 9.0)], false);
    check(&[("flow", 1.0)], false);
}

#[test]
fn levels_facts_and_any_of() {
    let fact = || Check::Attribute { name: "explosion_proof".into(), value: "yes".into() };
    let check = |lock: Check, gas: f64, expected: &str| {
        let steps = vec![fan().within(Within::Facility).lock(lock, "unsafe")];
        let mut world = World::new(&[live("p", steps)])
            .with(&[("ex", "fan", "101", false, true), ("no-ex", "fan", "101", false, false)]);
        world.read(1, "gas", gas);
        let keys: Vec<String> =
            world.engine.dispose().commands().map(|c| c.device_key.to_string()).collect();
        assert_eq!(keys.join(" "), expected);
    };
    check(fact(), 30.0, "ex");
    check(Check::Level(1), 30.0, "");
    check(Check::Level(1), 60.0, "fan ex no-ex");
    check(Check::Any(vec![Check::Level(1), fact()]), 30.0, "ex");
    check(Check::Any(vec![low_gas(), fact()]), 60.0, "ex");
}

#[test]
fn a_target_that_an_interlock_forbids_makes_the_step_interlocked_in_the_end() {
    let fact = Check::Attribute { name: "explosion_proof".into(), value: "yes".into() };
    let steps = vec![fan().lock(fact, "spark").call("gas-company")];
    World::new(&[live("p", steps)]).with(&[("ex", "fan", "101", false, true)]).check(
        "1 gas=30
         > c1 ex start Issued until 5001
         > r1 Running 0:Waiting [spark]
         2 reply ex 1 done
         > c1 ex start Done until 5001
         > call gas-company Li 120
         > r1 Failed 0:Interlocked [spark]",
    );
}

#[test]
fn a_command_is_withdrawn_when_its_interlock_ends() {
    World::new(&[live("p", vec![fan().lock(low_gas(), "explosive")])]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         2 gas=49
         3 gas=55
         > c1 fan start Withdrawn until 5001 (withdrawn: explosive)
         > r1 Done 0:Interlocked [explosive]
         4 reply fan 1 done
         > c1 fan start Withdrawn until 5001 (withdrawn: explosive · late reply: done)
         > Late",
    );
}

#[test]
fn a_command_is_withdrawn_when_its_interlock_becomes_unknown() {
    let long = Step { time_limit: Ms::seconds(60), ..fan() };
    let lock = value("flow.air", Compare::Below, 5.0, true);
    World::new(&[live("p", vec![long.lock(lock, "air")])]).check(
        "0 flow=1
         1 gas=30
         > c1 fan start Issued until 60001
         > r1 Running 0:Waiting
         9000 flow=1
         10001 tick
         19000 tick
         19001 tick
         > c1 fan start Withdrawn until 60001 (withdrawn: air)
         > r1 Done 0:Interlocked [air]",
    );
}

#[test]
fn a_command_that_the_device_has_cannot_be_withdrawn() {
    World::new(&[live("p", vec![fan().lock(low_gas(), "explosive")])]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         2 reply fan 1 received
         > c1 fan start Received until 5001
         3 gas=55
         4 reply fan 1 done
         > c1 fan start Done until 5001
         > r1 Done 0:Proved",
    );
}

#[test]
fn each_try_asks_the_interlocks_again() {
    World::new(&[live("p", vec![fan().lock(low_gas(), "explosive").retries(2)])]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         2 reply fan 1 received
         > c1 fan start Received until 5001
         3 gas=55
         4 reply fan 1 failed
         > c1 fan start Failed until 5001
         > r1 Done 0:Interlocked [explosive]",
    );
}

#[test]
fn a_held_run_asks_its_interlocks_again() {
    World::new(&[live("p", vec![fan().lock(low_gas(), "explosive")])]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         2 hold 1 op look first
         > c1 fan start Withdrawn until 5001 (withdrawn: the run is held)
         > r1 Held 0:Waiting
         3 gas=55
         4 resume 1 op go on
         > r1 Done 0:Interlocked [explosive]",
    );
}

#[test]
fn a_level_that_the_alarm_reaches_later_counts() {
    let steps =
        vec![step("valve", "close").proof("valve", "closed", 1.0), fan().when(Check::Level(1))];
    World::new(&[live("p", steps)]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         2 gas=60
         3 gas=30
         4 valve=1
         > c2 fan start Issued until 5004
         > r1 Running 0:Proved, 1:Waiting",
    );
}
