//! A run from its alarm to its end.

use super::*;

fn close() -> Step {
    step("valve", "close").proof("valve", "closed", 1.0)
}

fn vent() -> Step {
    step("fan", "start")
}

#[test]
fn steps_come_strictly_one_after_another() {
    World::new(&[live("p", vec![close(), vent()])]).check(
        "0 gas=10
         1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         50 reply valve 1 received
         > c1 valve close Received until 5001
         60 reply valve 1 done
         > c1 valve close Done until 5001
         70 valve=0
         80 valve=1
         > c2 fan start Issued until 5080
         > r1 Running 0:Proved, 1:Waiting
         90 reply fan 2 done
         > c2 fan start Done until 5080
         > r1 Done 0:Proved, 1:Proved",
    );
}

#[test]
fn a_proof_may_come_before_the_word_of_the_device() {
    World::new(&[live("p", vec![close()])]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         80 valve=1
         > r1 Done 0:Proved
         90 reply valve 1 done
         > c1 valve close Done until 5001
         95 reply valve 1 done
         > Duplicate",
    );
}

#[test]
fn one_cause_starts_a_program_once() {
    World::new(&[live("p", vec![vent()])]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         2 gas=60
         3 reply fan 1 done
         > c1 fan start Done until 5001
         > r1 Done 0:Proved
         4 gas=30
         5 gas=60
         6 ack 1
         7 gas=10
         8 gas=30
         > c2 fan start Issued until 5008
         > r2 Running 0:Waiting",
    );
}

#[test]
fn a_cause_that_comes_back_is_met_again() {
    // Nobody noted the alarm: it is the same one, but somebody opened the valve again.
    World::new(&[live("p", vec![close()])]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         2 valve=1
         > r1 Done 0:Proved
         3 gas=10
         4 valve=0
         5 gas=30
         > c2 valve close Issued until 5005
         > r2 Running 0:Waiting
         6 gas=10
         7 gas=30
         8 valve=1
         > r2 Done 0:Proved
         9 gas=10
         10 gas=30
         > r3 Done 0:Already [in the wanted state already]",
    );
    // Gone and back while the device was under maintenance.
    World::new(&[live("p", vec![vent()])]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         2 reply fan 1 done
         > c1 fan start Done until 5001
         > r1 Done 0:Proved
         3 maintain gas
         4 end-maintenance gas
         5 maintain gas
         6 gas=10
         7 gas=30
         8 end-maintenance gas
         > c2 fan start Issued until 5008
         > r2 Running 0:Waiting",
    );
}

#[test]
fn a_program_waits_for_its_level() {
    let program = Program { from_level: 1, ..live("p", vec![vent()]) };
    World::new(&[program, live("q", vec![close()])]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         2 gas=60
         > c2 fan start Issued until 5002
         > r2 Running 0:Waiting",
    );
}

#[test]
fn no_program_while_the_device_is_under_maintenance() {
    World::new(&[live("p", vec![vent()])]).check(
        "0 maintain gas
         1 gas=30
         2 gas=60
         3 end-maintenance gas
         > c1 fan start Issued until 5003
         > r1 Running 0:Waiting",
    );
}

#[test]
fn no_proof_in_time_is_tried_again_with_a_new_command() {
    World::new(&[live("p", vec![close().retries(1).call("gas-company"), vent()])]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         10 reply valve 1 done
         > c1 valve close Done until 5001
         5000 tick
         5001 tick
         > c2 valve close Issued until 10001
         > r1 Running 0:Waiting x2
         10001 tick
         > c2 valve close Expired until 10001
         > call gas-company Li 120
         > r1 Failed 0:Failed x2 [no proof of effect within the time limit]
         10002 reply valve 2 done closed by hand
         > c2 valve close Expired until 10001 (late reply: done closed by hand)
         > Late
         10003 reply valve 2 done
         > Duplicate",
    );
}

#[test]
fn without_proof_the_reply_counts() {
    World::new(&[live("p", vec![vent()])]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         5001 tick
         > c1 fan start Expired until 5001
         > r1 Failed 0:Failed [no reply of the device within the time limit]",
    );
}

#[test]
fn a_refusal_fails_the_try_at_once() {
    let check = |outcome: &str, state: &str, words: &str| {
        World::new(&[live("p", vec![vent().retries(1)])]).check(&format!(
            "1 gas=30
             > c1 fan start Issued until 5001
             > r1 Running 0:Waiting
             2 reply fan 1 {outcome} local mode
             > c1 fan start {state} until 5001 (local mode)
             > c2 fan start Issued until 5002
             > r1 Running 0:Waiting x2 [the device {words} local mode]
             3 reply fan 2 {outcome}
             > c2 fan start {state} until 5002
             > r1 Failed 0:Failed x2 [the device {words}]"
        ));
    };
    check("refused", "Refused", "refused");
    check("failed", "Failed", "failed");
    check("expired", "Expired", "came too late");
}

#[test]
fn branches_after_a_step_that_does_not_work() {
    let check = |otherwise: Otherwise, expected: &str| {
        let steps = vec![step("absent", "x").otherwise(otherwise), vent(), close()];
        World::new(&[live("p", steps)]).check(&format!("1 gas=30\n{expected}"));
    };
    let gone = "0:NoTarget [no device absent here that takes the command]";
    check(
        Otherwise::Continue,
        &format!("> c1 fan start Issued until 5001\n> r1 Running {gone}, 1:Waiting"),
    );
    check(
        Otherwise::Jump(2),
        &format!("> c1 valve close Issued until 5001\n> r1 Running {gone}, 2:Waiting"),
    );
    check(
        Otherwise::Call("gas-company".into()),
        &format!("> call gas-company Li 120\n> r1 Failed {gone}"),
    );
    // A role that nobody has is called all the same: the gap is shown.
    check(Otherwise::Call("nobody".into()), &format!("> call nobody\n> r1 Failed {gone}"));
}

#[test]
fn a_failed_step_that_was_passed_over_makes_the_run_failed() {
    let check = |otherwise: Otherwise, end: &str| {
        let steps = vec![close().otherwise(otherwise), step("fan", "speed"), vent()];
        let mut world = World::new(&[live("p", steps)]);
        world.read(1, "gas", 30.0);
        world.step(5001, &Event::Tick);
        let mut at = 5002;
        let first = |world: &World| world.engine.dispose().commands().next().cloned();
        while let Some(command) = first(&world) {
            let (device, command) = (command.device, command.id);
            let outcome = ReplyOutcome::Done;
            world.step(at, &Event::Reply { device, command, outcome, detail: String::new() });
            at += 1;
        }
        let last = world.out.iter().rev().find_map(|e| match e {
            Effect::Run(run) => Some(format!("{:?}", run.state)),
            _ => None,
        });
        assert_eq!(last.as_deref(), Some(end));
    };
    check(Otherwise::Continue, "Failed");
    check(Otherwise::Jump(2), "Done");
}

#[test]
fn what_is_there_already_is_not_commanded() {
    let check = |reading: &str, expected: &str| {
        World::new(&[live("p", vec![close()])])
            .check(&format!("{reading}\n60000 gas=30\n{expected}"));
    };
    let sent = "> c1 valve close Issued until 65000\n> r1 Running 0:Waiting";
    check("1 valve=1", "> r1 Done 0:Already [in the wanted state already]");
    check("0 valve=1", "> r1 Done 0:Already [in the wanted state already]");
    check("1 valve=1 of=-1", sent);
    check("1 valve=1 bad", sent);
    check("1 valve=0", sent);
}

#[test]
fn only_a_good_reading_of_after_the_command_is_a_proof() {
    World::new(&[live("p", vec![close()])]).check(
        "9000 valve=0 of=7000
         10000 gas=30
         > c1 valve close Issued until 15000
         > r1 Running 0:Waiting
         10001 valve=1 of=7999
         10002 valve=1 of=8000 bad
         10003 valve=0 of=8001
         10004 valve=1 of=8002
         > r1 Done 0:Proved",
    );
}

#[test]
fn a_value_outside_the_range_of_its_point_proves_nothing() {
    World::new(&[live("p", vec![close().proof("valve", "closed", 101.0)])]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         2 valve=101",
    );
}

#[test]
fn every_target_has_tries_of_its_own() {
    let steps = vec![close().retries(1)];
    World::new(&[live("p", steps)]).with(&[("valve-2", "valve", "101", false, false)]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > c2 valve-2 close Issued until 5001
         > r1 Running 0:Waiting
         100 reply valve 1 refused
         > c1 valve close Refused until 5001
         > c3 valve close Issued until 5100
         > r1 Running 0:Waiting x2 [the device refused]
         200 valve-2=1
         > r1 Running 0:Waiting x2 [the device refused]
         300 valve=1
         > r1 Done 0:Proved x2 [the device refused]",
    );
}

#[test]
fn targets_that_are_there_already_are_left_alone() {
    World::new(&[live("p", vec![close()])])
        .with(&[("valve-2", "valve", "101", false, false)])
        .check(
            "0 valve=1
         1 gas=30
         > c1 valve-2 close Issued until 5001
         > r1 Running 0:Waiting
         200 valve-2=1
         > r1 Done 0:Proved",
        );
}

#[test]
fn another_device_may_show_the_proof() {
    let steps = vec![vent().proof("flow", "air", 1.0).retries(1)];
    World::new(&[live("p", steps)]).with(&[("flow-2", "flow", "101", false, false)]).check(
        "1 gas=30
         > c1 fan start Issued until 5001
         > r1 Running 0:Waiting
         2 flow=1
         > r1 Running 0:Waiting
         3 flow=0
         4 flow-2=1
         > r1 Running 0:Waiting
         5001 tick
         > c1 fan start Expired until 5001
         > c2 fan start Issued until 10001
         > r1 Running 0:Waiting x2
         5002 flow=1
         > r1 Done 0:Proved x2",
    );
}

#[test]
fn the_place_of_the_alarm_bounds_the_targets() {
    let check = |within: Within, expected: &str| {
        let devices = [
            ("other-room", "valve", "102", false, false),
            ("virtual", "valve", "101", true, false),
        ];
        let mut world = World::new(&[live("p", vec![close().within(within)])]).with(&devices);
        let mut far = spec("far", "valve", "101");
        far.facility = "elsewhere".into();
        far.position.lon += 0.001;
        world.change(RegistryChange::PutDevice(far));
        world.read(1, "gas", 30.0);
        let keys: Vec<String> =
            world.engine.dispose().commands().map(|c| c.device_key.to_string()).collect();
        assert_eq!(keys.join(" "), expected, "{within:?}");
    };
    check(Within::Room, "valve");
    check(Within::Facility, "valve other-room");
    check(Within::Metres(50.0), "valve other-room");
    check(Within::Metres(150.0), "valve other-room far");
}

#[test]
fn a_drill_touches_only_what_takes_part() {
    let devices = [("gas-v", "gas", "101", true, false), ("valve-v", "valve", "101", true, false)];
    World::new(&[live("p", vec![close(), vent()])]).with(&devices).check(
        "1 gas-v=30
         > c1 valve-v close Issued until 5001 drill
         > r1 Running drill 0:Waiting
         2 valve=1
         3 valve-v=1
         > r1 Done drill 0:Proved, 1:NoTarget [no device fan here that takes the command]",
    );
}

#[test]
fn the_end_of_the_alarm_does_not_stop_the_run() {
    World::new(&[live("p", vec![close(), vent()])]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         2 ack 1
         3 gas=0
         4 valve=1
         > c2 fan start Issued until 5004
         > r1 Running 0:Proved, 1:Waiting",
    );
}

#[test]
fn a_device_that_was_removed_fails_its_step() {
    World::new(&[live("p", vec![close().retries(3), vent()])]).check(
        "1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         2 remove valve
         5001 tick
         > c1 valve close Expired until 5001
         > c2 fan start Issued until 10001
         > r1 Running 0:Failed [the device is gone], 1:Waiting",
    );
}
