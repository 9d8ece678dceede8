//! Commands by hand, and what devices may say.

use super::*;

#[test]
fn a_command_by_hand() {
    World::new(&[]).check(
        "0 send fan speed 5 op too hot
         > c1 fan speed Issued until 60000 (too hot)
         > Created(1)
         10 reply fan 1 done at 5
         > c1 fan speed Done until 60000 (too hot · at 5)
         20 send fan start 0 op too hot
         > c2 fan start Issued until 60020 (too hot)
         > Created(2)
         60020 tick
         > c2 fan start Expired until 60020 (too hot)",
    );
}

#[test]
fn what_is_refused() {
    World::new(&[]).check(
        "0 send fan start 0 op
         > no: ReasonRequired
         0 send fan stop 0 op why
         > no: Unknown
         0 send fan start 1 op why
         > no: OutOfRange
         0 send fan speed 11 op why
         > no: OutOfRange
         0 send fan speed NaN op why
         > no: OutOfRange
         0 approve 1 op
         > no: Unknown
         0 send gas start 0 op why
         > no: Unknown",
    );
}

#[test]
fn what_cannot_be_undone_needs_two_persons() {
    World::new(&[]).check(
        "0 send valve close 0 op smell
         > c1 valve close Waiting until 600000 (smell)
         > Created(1)
         1 reply valve 1 done
         > no: Unknown
         2 approve 1 op
         > no: SecondPersonRequired
         300000 approve 1 chief
         > c1 valve close Issued until 360000 (smell)
         300001 approve 1 chief
         > no: WrongState
         300002 reply valve 1 done
         > c1 valve close Done until 360000 (smell)
         300003 send valve close 0 op again
         > c2 valve close Waiting until 900003 (again)
         > Created(2)
         900003 tick
         > c2 valve close Expired until 900003 (again)
         900004 approve 2 chief
         > no: Unknown",
    );
}

#[test]
fn interlocks_of_programs_bind_people_too() {
    let lock = value("gas.ch4", Compare::Below, 50.0, true);
    let program = live("p", vec![step("fan", "start").lock(lock.clone(), "explosive")]);
    let shut = live("q", vec![step("valve", "close").lock(lock, "explosive")]);
    World::new(&[program, shut]).check(
        "0 send fan start 0 op air
         > no: Interlocked
         1 gas=10
         2 send fan start 0 op air
         > c1 fan start Issued until 60002 (air)
         > Created(1)
         3 send fan speed 1 op air
         > c2 fan speed Issued until 60003 (air)
         > Created(2)
         4 send valve close 0 op air
         > c3 valve close Waiting until 600004 (air)
         > Created(3)
         5 gas=15
         10006 tick
         > c1 fan start Withdrawn until 60002 (air · withdrawn: explosive)
         10007 approve 3 chief
         > no: Interlocked
         10008 gas=11
         10009 approve 3 chief
         > c3 valve close Issued until 70009 (air)",
    );
}

#[test]
fn no_device_answers_for_another() {
    World::new(&[]).check(
        "0 send fan start 0 op air
         > c1 fan start Issued until 60000 (air)
         > Created(1)
         1 reply valve 1 done
         > no: Unknown
         1 reply fan 7 done
         > no: Unknown
         1 reply fan 0 done
         > no: Unknown
         2 reply fan 1 received
         > c1 fan start Received until 60000 (air)
         3 reply fan 1 received
         > Duplicate
         60000 tick
         > c1 fan start Expired until 60000 (air)
         60001 reply valve 1 done
         > no: Unknown
         60002 reply fan 1 done
         > c1 fan start Expired until 60000 (air · late reply: done)
         > Late",
    );
}

#[test]
fn words_of_a_device_are_bounded() {
    let mut world = World::new(&[]);
    world.play("0 send fan start 0 op air");
    world.play(&format!("1 reply fan 1 failed {}", "风".repeat(1000)));
    let Some(Effect::Command(command)) = world.out.last() else { panic!() };
    assert_eq!(command.reason.chars().count(), 200 + "air · ".len() - 1);
}

#[test]
fn commands_by_hand_are_bounded() {
    let mut world = World::new(&[]);
    for n in 1..=1001 {
        let answer = world.play("0 send fan start 0 op air");
        let full = Answer::Refused(Refusal::LimitReached);
        assert_eq!(answer, if n > 1000 { full } else { Answer::Created(n) });
    }
}

#[test]
fn reasons_are_bounded() {
    let mut world = World::new(&[live("p", vec![step("fan", "start")])]);
    world.play("0 gas=30");
    let (most, long) = ("x".repeat(1000), "x".repeat(1001));
    let refused = Answer::Refused(Refusal::OutOfRange);
    assert_eq!(world.play(&format!("1 hold 1 op {long}")), refused);
    assert_eq!(world.play(&format!("1 send fan start 0 op {long}")), refused);
    assert_eq!(world.play(&format!("1 hold 1 op {most}")), Answer::Done);
}
