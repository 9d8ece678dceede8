//! Persons hold, resume and take over runs.

use super::*;

fn close() -> Step {
    step("valve", "close").proof("valve", "closed", 1.0)
}

#[test]
fn what_no_device_has_yet_is_withdrawn_and_asked_anew() {
    World::new(&[live("p", vec![close().retries(1), step("fan", "start")])]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         1000 hold 1 op people inside
         > c1 valve close Withdrawn until 5000 (withdrawn: the run is held)
         > r1 Held 0:Waiting
         5000 tick
         60000 tick
         61000 resume 1 op clear
         > c2 valve close Issued until 66000
         > r1 Running 0:Waiting
         66000 tick
         > c2 valve close Expired until 66000
         > c3 valve close Issued until 71000
         > r1 Running 0:Waiting x2
         71000 tick
         > c3 valve close Expired until 71000
         > c4 fan start Issued until 76000
         > r1 Running 0:Failed x2 [no proof of effect within the time limit], 1:Waiting",
    );
}

#[test]
fn what_a_device_has_is_left_and_the_time_of_a_held_run_stands_still() {
    World::new(&[live("p", vec![close().retries(1), step("fan", "start")])]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         500 reply valve 1 received
         > c1 valve close Received until 5000
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
fn a_command_of_a_step_that_is_over_is_withdrawn_as_well() {
    let steps = vec![close(), step("fan", "start")];
    World::new(&[live("p", steps)]).with(&[("fan-2", "fan", "101", false, false)]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         100 valve=1
         > c2 fan start Issued until 5100
         > c3 fan-2 start Issued until 5100
         > r1 Running 0:Proved, 1:Waiting
         200 reply fan 2 done
         > c2 fan start Done until 5100
         300 hold 1 op people inside
         > c1 valve close Withdrawn until 5000 (withdrawn: the run is held)
         > c3 fan-2 start Withdrawn until 5100 (withdrawn: the run is held)
         > r1 Held 0:Proved, 1:Waiting
         400 reply fan-2 3 done
         > c3 fan-2 start Withdrawn until 5100 (withdrawn: the run is held · late reply: done)
         > Late
         500 resume 1 op clear
         > c4 fan-2 start Issued until 5500
         > r1 Running 0:Proved, 1:Waiting
         600 reply fan-2 4 done
         > c4 fan-2 start Done until 5500
         > r1 Done 0:Proved, 1:Proved",
    );
}

#[test]
fn a_run_held_for_long_calls_one_post_after_another() {
    let mut world = World::new(&[live("p", vec![close()])]);
    for (role, person) in [("duty-officer", "Ma"), ("duty-leader", "Bai")] {
        world.change(RegistryChange::PutPost(Post {
            key: role.into(),
            role: role.into(),
            area: AreaCode(640_000_000),
            person: person.into(),
            ..Post::default()
        }));
    }
    let mut own = spec("gas", "gas", "101");
    own.post = "gas-co".into();
    world.change(RegistryChange::PutDevice(own));
    world.check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         1000 hold 1 op people inside
         > c1 valve close Withdrawn until 5000 (withdrawn: the run is held)
         > r1 Held 0:Waiting
         300999 tick
         301000 tick
         > call gas-company Li 120
         600999 tick
         601000 tick
         > call duty-officer Ma
         1201000 tick
         > call duty-leader Bai
         2401000 tick
         > call emergency-director
         4801000 tick
         > call emergency-director
         4801001 resume 1 op go
         > c2 valve close Issued until 4806001
         > r1 Running 0:Waiting
         4801002 hold 1 op again
         > c2 valve close Withdrawn until 4806001 (withdrawn: the run is held)
         > r1 Held 0:Waiting
         5101002 tick
         > call gas-company Li 120
         5101003 take-over 1 op by hand
         > r1 TakenOver 0:Waiting
         9999999 tick",
    );
}

#[test]
fn what_happens_meanwhile_is_not_lost() {
    World::new(&[live("p", vec![close(), step("fan", "start")])]).check(
        "0 gas=30
         > c1 valve close Issued until 5000
         > r1 Running 0:Waiting
         1000 hold 1 op people inside
         > c1 valve close Withdrawn until 5000 (withdrawn: the run is held)
         > r1 Held 0:Waiting
         2000 valve=1
         > r1 Held 0:Waiting
         3000 reply valve 1 done
         > c1 valve close Withdrawn until 5000 (withdrawn: the run is held · late reply: done)
         > Late
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
         > c1 valve close Withdrawn until 5000 (withdrawn: a person took over)
         > r1 TakenOver 0:Waiting
         2000 valve=1
         5000 tick
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
         900 reply valve 1 received
         > c1 valve close Received until 5000
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
         > c1 valve close Withdrawn until 5001 (withdrawn: the run is held)
         > r1 Held 0:Waiting
         6 hold 1 op again
         > no: WrongState
         7 hold 2 op other
         > no: Unknown",
    );
}
