//! Persons hold, resume and take over runs.

use super::*;

fn close() -> Step {
    step("valve", "close").proof("valve", "closed", 1.0)
}

#[test]
fn a_held_run_stands_still_with_its_time() {
    World::new(&[live("p", vec![close().retries(1), step("fan", "start")])]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         1000 hold 1 op people inside
         > r1 Held 0:Waiting
         5000 tick
         > c1 valve close Expired until 5000
         60000 tick
         61000 resume 1 op clear
         > r1 Running 0:Waiting
         64999 tick
         65000 tick
         > c2 valve close Issued until 70000
         > r1 Running 0:Waiting x2",
    );
}

#[test]
fn what_happens_meanwhile_is_not_lost() {
    World::new(&[live("p", vec![close(), step("fan", "start")])]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         1000 hold 1 op people inside
         > r1 Held 0:Waiting
         2000 valve=1
         > r1 Held 0:Waiting
         3000 reply valve 1 done
         > c1 valve close Done until 5000
         60000 resume 1 op clear
         > c2 fan start Issued until 65000
         > r1 Running 0:Proved, 1:Waiting",
    );
}

#[test]
fn who_takes_over_ends_the_run() {
    World::new(&[live("p", vec![close().retries(5), step("fan", "start")])]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         1000 take-over 1 op I am there
         > r1 TakenOver 0:Waiting
         2000 valve=1
         5000 tick
         > c1 valve close Expired until 5000
         6000 hold 1 op late
         > no: Unknown",
    );
}

#[test]
fn a_held_run_can_be_taken_over() {
    World::new(&[live("p", vec![close()])]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         1000 hold 1 op wait
         > r1 Held 0:Waiting
         1001 take-over 1 op by hand
         > r1 TakenOver 0:Waiting
         1002 reply valve 1 done
         > c1 valve close Done until 5000",
    );
}

#[test]
fn what_is_refused() {
    World::new(&[live("p", vec![close()])]).check(
        "0 hold 1 op x
         > no: Unknown
         1 gas=30
         > c1 valve close Issued until 5001
         > r1 Running 0:Waiting
         2 hold 1 op
         > no: ReasonRequired
         3 resume 1 op go
         > no: WrongState
         4 take-over 1 op
         > no: ReasonRequired
         5 hold 1 op wait
         > r1 Held 0:Waiting
         6 hold 1 op again
         > no: WrongState
         7 hold 2 op other
         > no: Unknown",
    );
}
