//! Somebody works on a device: no program moves it.

use super::*;

const ASIDE: &str = "[under maintenance]";

#[test]
fn a_device_under_maintenance_is_not_moved() {
    let check = |otherwise: Otherwise, expected: &str| {
        let steps =
            vec![step("valve", "close").retries(2).otherwise(otherwise), step("fan", "start")];
        World::new(&[live("p", steps)]).check(&format!("0 maintain valve\n1 gas=30\n{expected}"));
    };
    check(
        Otherwise::Continue,
        &format!("> c1 fan start Issued until 5001\n> r1 Running 0:Failed {ASIDE}, 1:Waiting"),
    );
    check(
        Otherwise::Call("gas-company".into()),
        &format!("> call gas-company Li 120\n> r1 Failed 0:Failed {ASIDE}"),
    );
}

#[test]
fn nor_is_one_out_of_service() {
    let steps = vec![step("valve", "close")];
    World::new(&[live("p", steps)]).check(
        "0 take-out valve
         1 gas=30
         > r1 Failed 0:Failed [out of service]",
    );
}

#[test]
fn the_others_of_the_step_are_moved() {
    let steps = vec![step("valve", "close")];
    World::new(&[live("p", steps)]).with(&[("valve-2", "valve", "101", false, false)]).check(
        "0 maintain valve
         1 gas=30
         > c1 valve-2 close Issued until 5001
         > r1 Running 0:Waiting [under maintenance]
         2 reply valve-2 1 done
         > c1 valve-2 close Done until 5001
         > r1 Failed 0:Failed [under maintenance]",
    );
}

#[test]
fn what_is_there_already_is_enough() {
    let steps = vec![step("valve", "close").proof("valve", "closed", 1.0)];
    World::new(&[live("p", steps)]).check(
        "0 maintain valve
         1 valve=1
         2 gas=30
         > r1 Done 0:Already [in the wanted state already]",
    );
}

#[test]
fn what_waits_when_the_work_begins_is_withdrawn() {
    let steps = vec![step("fan", "start").retries(1), step("valve", "close")];
    World::new(&[live("p", steps)]).check(
        "0 gas=30
         > c1 fan start Issued until 5000
         > r1 Running 0:Waiting
         1 send fan speed 1 op air
         > c2 fan speed Issued until 60001 (air)
         > Created(2)
         2 maintain fan
         > c1 fan start Withdrawn until 5000 (withdrawn: under maintenance)
         > c3 valve close Issued until 5002
         > r1 Running 0:Failed [under maintenance], 1:Waiting
         > c2 fan speed Withdrawn until 60001 (air · withdrawn: under maintenance)
         3 send fan speed 2 op testing the fan
         > c4 fan speed Issued until 60003 (testing the fan)
         > Created(4)
         4 take-out valve
         > c3 valve close Withdrawn until 5002 (withdrawn: out of service)
         > r1 Failed 0:Failed [under maintenance], 1:Failed [out of service]",
    );
}

#[test]
fn what_the_device_has_is_left_but_not_tried_again() {
    let steps = vec![step("fan", "start").retries(1)];
    World::new(&[live("p", steps)]).check(
        "0 gas=30
         > c1 fan start Issued until 5000
         > r1 Running 0:Waiting
         1 reply fan 1 received
         > c1 fan start Received until 5000
         2 maintain fan
         5000 tick
         > c1 fan start Expired until 5000
         > r1 Failed 0:Failed [under maintenance]",
    );
}

#[test]
fn a_run_that_goes_on_leaves_it_alone() {
    let steps = vec![step("fan", "start")];
    World::new(&[live("p", steps)]).check(
        "0 gas=30
         > c1 fan start Issued until 5000
         > r1 Running 0:Waiting
         1 hold 1 op look
         > c1 fan start Withdrawn until 5000 (withdrawn: the run is held)
         > r1 Held 0:Waiting
         2 maintain fan
         3 resume 1 op go
         > r1 Failed 0:Failed [under maintenance]",
    );
}
