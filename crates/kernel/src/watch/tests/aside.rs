//! Alarms that are set aside, for more than one reason at a time.

use super::*;

fn world() -> World {
    let mut world = World::new(1, vec![rule("r", high(&[10.0, 25.0], 0.0))]);
    world.each_second(0, &[20.0]);
    let shelf = ActionKind::ShelveAlarm(world.only().id, Ms(3_600_000));
    assert_eq!(world.act(shelf), Answer::Done);
    world
}

fn check(begin: ActionKind, end: ActionKind) {
    // Worse than the person knew who shelved it: shown when the work ends.
    let mut one = world();
    one.act(begin.clone());
    one.each_second(0, &[30.0]);
    one.told();
    one.act(end.clone());
    assert_eq!(one.state(), Some(AlarmState::Unacknowledged), "{end:?}");
    // The shelf is over with that: the next work does not bring it back.
    one.each_second(0, &[20.0]);
    one.act(begin.clone());
    one.act(end.clone());
    assert_eq!((one.state(), one.only().until), (Some(AlarmState::Unacknowledged), None));
    // As bad as the person knew, or worse only for a while: back on the shelf.
    for values in [&[20.0][..], &[30.0, 20.0], &[5.0], &[30.0, 5.0]] {
        let mut one = world();
        one.act(begin.clone());
        one.each_second(0, values);
        one.act(end.clone());
        assert_eq!(one.state(), Some(AlarmState::Shelved), "{values:?}");
    }
}

#[test]
fn what_got_worse_during_maintenance_does_not_go_back_on_the_shelf() {
    check(
        ActionKind::SuppressDevice(DeviceId(0), Ms(600_000)),
        ActionKind::UnsuppressDevice(DeviceId(0)),
    );
    check(
        ActionKind::SetOutOfService(DeviceId(0), true),
        ActionKind::SetOutOfService(DeviceId(0), false),
    );
}
