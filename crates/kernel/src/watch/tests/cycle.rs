//! The life of alarms with people, devices and time.

use super::*;
use crate::{effect::DeviceState, watch::Escalation};

fn limit() -> Rule {
    rule("r", high(&[10.0, 25.0], 0.0))
}

fn id(world: &World) -> crate::AlarmId {
    world.only().id
}

#[test]
fn an_alarm_is_acknowledged_and_closes_on_return() {
    let mut world = World::new(1, vec![limit()]);
    world.each_second(0, &[20.0]);
    let id = id(&world);
    assert_eq!(world.act(ActionKind::AcknowledgeAlarm(id)), Answer::Done);
    assert_eq!(world.act(ActionKind::AcknowledgeAlarm(id)), Answer::Refused(Refusal::WrongState));
    world.each_second(0, &[5.0]);
    assert_eq!(
        world.told(),
        ["Raised Unacknowledged 0", "Acknowledged Acknowledged 0", "Cleared Closed 0"]
    );
    assert_eq!(world.state(), None);
    assert_eq!(world.act(ActionKind::AcknowledgeAlarm(id)), Answer::Refused(Refusal::Unknown));
}

#[test]
fn a_returned_alarm_comes_again_as_the_same_one() {
    let mut world = World::new(1, vec![limit()]);
    world.each_second(0, &[20.0]);
    let first = id(&world);
    world.each_second(0, &[5.0, 30.0]);
    assert_eq!(id(&world), first);
    assert_eq!(
        world.told(),
        [
            "Raised Unacknowledged 0",
            "Cleared ReturnedUnacknowledged 0",
            "Returned Unacknowledged 1"
        ]
    );
    world.each_second(0, &[5.0]);
    world.act(ActionKind::AcknowledgeAlarm(first));
    assert_eq!(world.state(), None);
    world.each_second(0, &[20.0]);
    assert!(id(&world) > first);
}

#[test]
fn a_worse_level_asks_for_attention_anew() {
    let mut world = World::new(1, vec![limit()]);
    world.each_second(0, &[20.0]);
    world.act(ActionKind::AcknowledgeAlarm(id(&world)));
    world.each_second(0, &[26.0, 20.0]);
    assert_eq!(
        world.told()[2..],
        ["RaisedLevel Unacknowledged 1", "LoweredLevel Unacknowledged 0"]
    );
    assert_eq!((world.only().peak, world.only().acknowledged), (26.0, false));
}

#[test]
fn a_latched_alarm_waits_for_its_reset() {
    let mut world = World::new(1, vec![Rule { latched: true, ..limit() }]);
    world.each_second(0, &[20.0]);
    let id = id(&world);
    assert_eq!(world.act(ActionKind::ResetAlarm(id)), Answer::Refused(Refusal::WrongState));
    world.each_second(0, &[5.0]);
    assert_eq!(world.act(ActionKind::ResetAlarm(id)), Answer::Refused(Refusal::WrongState));
    assert_eq!(world.act(ActionKind::AcknowledgeAlarm(id)), Answer::Done);
    world.each_second(0, &[20.0]);
    world.act(ActionKind::AcknowledgeAlarm(id));
    world.each_second(0, &[5.0]);
    assert_eq!(world.act(ActionKind::ResetAlarm(id)), Answer::Done);
    assert_eq!(
        world.told(),
        [
            "Raised Unacknowledged 0",
            "Cleared Unacknowledged 0",
            "Acknowledged Latched 0",
            "Returned Unacknowledged 0",
            "Acknowledged Acknowledged 0",
            "Cleared Latched 0",
            "Reset Closed 0"
        ]
    );
}

#[test]
fn a_shelf_needs_a_reason_and_an_end_and_is_over_by_itself() {
    let mut world = World::new(1, vec![limit()]);
    world.each_second(0, &[20.0]);
    let id = id(&world);
    let until = |world: &World, s: i64| ActionKind::ShelveAlarm(id, Ms(world.now + s * 1000));
    let act = until(&world, 60);
    assert_eq!(world.act_because(" ", act), Answer::Refused(Refusal::ReasonRequired));
    let act = until(&world, 0);
    assert_eq!(world.act(act), Answer::Refused(Refusal::OutOfRange));
    let act = until(&world, 24 * 3600 + 1);
    assert_eq!(world.act(act), Answer::Refused(Refusal::OutOfRange));
    assert_eq!(world.act(ActionKind::UnshelveAlarm(id)), Answer::Refused(Refusal::WrongState));
    let act = until(&world, 60);
    assert_eq!(world.act(act), Answer::Done);
    let alarm = world.only();
    assert_eq!((alarm.until, alarm.reason.as_str()), (Some(Ms(world.now + 60_000)), "because"));
    assert_eq!(world.engine.watch().figures().shelved, 1);
    world.each_second(0, &[5.0, 20.0]);
    assert!(world.only().active);
    world.told();
    world.wait_until(world.now + 60_000);
    assert_eq!(world.told(), ["Unshelved Unacknowledged 0"]);
    // What is worse than the person knew is not put aside.
    let act = until(&world, 60);
    world.act(act);
    world.each_second(0, &[30.0]);
    assert_eq!(world.told(), ["Shelved Shelved 0", "RaisedLevel Unacknowledged 1"]);
    assert_eq!(world.only().until, None);
    // Gone while it was shelved: nothing is left.
    let act = until(&world, 60);
    world.act(act);
    world.each_second(0, &[5.0]);
    assert_eq!(world.act(ActionKind::UnshelveAlarm(id)), Answer::Done);
    assert_eq!(world.told(), ["Shelved Shelved 1", "Cleared Shelved 1", "Unshelved Closed 1"]);
    assert!(world.engine.next_timer().is_some_and(|t| t.0 <= world.now + 10_000), "flood only");
}

#[test]
fn maintenance_suppresses_and_ends_by_itself() {
    let mut world = World::new(1, vec![limit()]);
    let until = Ms(100_000);
    let suppress = ActionKind::SuppressDevice(DeviceId(0), until);
    assert_eq!(world.act_because("", suppress.clone()), Answer::Refused(Refusal::ReasonRequired));
    assert_eq!(
        world.act(ActionKind::UnsuppressDevice(DeviceId(0))),
        Answer::Refused(Refusal::WrongState)
    );
    assert_eq!(
        world.act(ActionKind::SuppressDevice(DeviceId(7), until)),
        Answer::Refused(Refusal::Unknown)
    );
    assert_eq!(world.act(suppress), Answer::Done);
    // Test gas during the work leaves no trace on the desk.
    world.each_second(0, &[30.0, 5.0]);
    assert_eq!(world.told(), ["Raised Suppressed 1", "Cleared Suppressed 1"]);
    assert_eq!(world.engine.watch().figures().recent, 0);
    world.wait_until(100_000);
    assert_eq!(world.told(), ["Unsuppressed Closed 1"]);
    // A danger that is there when the work ends is shown then.
    world.act(ActionKind::SuppressDevice(DeviceId(0), Ms(200_000)));
    world.each_second(0, &[30.0]);
    let alarm = world.only();
    assert_eq!((alarm.until, alarm.reason.as_str()), (Some(Ms(200_000)), "because"));
    world.act(ActionKind::SuppressDevice(DeviceId(0), Ms(300_000)));
    assert_eq!(world.only().until, Some(Ms(300_000)));
    world.wait_until(200_000);
    assert_eq!(world.state(), Some(AlarmState::Suppressed));
    world.told();
    world.act(ActionKind::UnsuppressDevice(DeviceId(0)));
    assert_eq!(world.told(), ["Unsuppressed Unacknowledged 1"]);
    assert_eq!((world.only().until, world.engine.watch().figures().recent), (None, 1));
}

#[test]
fn out_of_service_is_stronger_than_maintenance_and_shelf() {
    let mut world = World::new(1, vec![limit()]);
    let device = DeviceId(0);
    world.each_second(0, &[20.0]);
    let id = id(&world);
    let hour = Ms(world.now + 3_600_000);
    world.act(ActionKind::ShelveAlarm(id, hour));
    world.act(ActionKind::SuppressDevice(device, hour));
    world.act(ActionKind::SetOutOfService(device, true));
    assert_eq!(
        world.act(ActionKind::SetOutOfService(device, true)),
        Answer::Refused(Refusal::WrongState)
    );
    world.each_second(0, &[5.0, 20.0]);
    world.act(ActionKind::SetOutOfService(device, false));
    world.act(ActionKind::UnsuppressDevice(device));
    world.act(ActionKind::UnshelveAlarm(id));
    assert_eq!(
        world.told(),
        [
            "Raised Unacknowledged 0",
            "Shelved Shelved 0",
            "Suppressed Suppressed 0",
            "OutOfService OutOfService 0",
            "Cleared OutOfService 0",
            "Returned OutOfService 0",
            "InService Suppressed 0",
            "Unsuppressed Shelved 0",
            "Unshelved Unacknowledged 0"
        ]
    );
}

#[test]
fn nobody_acknowledges_and_posts_are_called_in_turn() {
    let step = |s, role: &str| Escalation { after: Ms::seconds(s), role: role.into() };
    let rule = Rule { escalation: vec![step(60, "property"), step(120, "boss")], ..limit() };
    let mut world = World::new(1, vec![rule]);
    world.put(RegistryChange::PutPost(crate::registry::Post {
        key: "x".into(),
        role: "property".into(),
        facility: "f".into(),
        person: "Wang".into(),
        phone: "1".into(),
        ..Default::default()
    }));
    world.each_second(0, &[20.0, 5.0]);
    world.out.clear();
    world.wait_until(61_000);
    let calls = |world: &mut World| -> Vec<String> {
        let out = std::mem::take(&mut world.out);
        let call = |e: &Effect| match e {
            Effect::Escalation(call) => Some(format!("{} {}", call.role, call.person)),
            _ => None,
        };
        out.iter().filter_map(call).collect()
    };
    assert_eq!(calls(&mut world), ["property Wang"]);
    world.each_second(0, &[20.0]);
    world.wait_until(121_000);
    assert_eq!(calls(&mut world), ["boss "]);
    assert_eq!(world.only().escalated, 2);
    world.wait_until(1_000_000);
    assert!(calls(&mut world).is_empty());
    // Noted, and worse afterwards: it starts anew.
    world.act(ActionKind::AcknowledgeAlarm(id(&world)));
    world.each_second(0, &[30.0]);
    assert_eq!(world.only().escalated, 0);
    world.wait_until(world.now + 60_000);
    assert_eq!(calls(&mut world), ["property Wang"]);
    world.act(ActionKind::AcknowledgeAlarm(id(&world)));
    world.wait_until(world.now + 600_000);
    assert!(calls(&mut world).is_empty());
}

#[test]
fn chattering_is_marked() {
    let mut world = World::new(1, vec![limit()]);
    world.each_second(0, &[20.0, 5.0, 20.0, 5.0, 20.0]);
    assert_eq!(world.told()[4..], ["Returned Unacknowledged 0", "Chattering Unacknowledged 0"]);
    assert_eq!(world.engine.watch().figures().chattering, 1);
    // One that closes each time is the same nuisance.
    let mut world = World::new(1, vec![Rule { acknowledge: false, ..limit() }]);
    world.each_second(0, &[20.0, 5.0, 20.0, 5.0, 20.0]);
    assert!(world.only().chattering);
    let slow = [20.0, 5.0, 20.0];
    let mut world = World::new(1, vec![limit()]);
    for value in slow.into_iter().chain([5.0, 20.0]) {
        world.wait_until(world.now + 20_000);
        world.read(0, value);
    }
    assert!(!world.only().chattering);
    // Three within a minute, to the millisecond.
    let last_of_three = |moment: i64| {
        let mut world = World::new(1, vec![limit()]);
        for (at, value) in [(1000, 20.0), (2000, 5.0), (3000, 20.0), (4000, 5.0), (moment, 20.0)] {
            world.wait_until(at);
            world.read(0, value);
        }
        world.only().chattering
    };
    assert!(last_of_three(61_000));
    assert!(!last_of_three(61_001));
}

#[test]
fn a_flood_is_told_once_on_each_side() {
    let mut world = World::new(12, vec![limit()]);
    for device in 0..12 {
        world.each_second(device * 3, &[20.0]);
    }
    let floods = |world: &mut World| -> Vec<(bool, u32)> {
        let out = std::mem::take(&mut world.out);
        out.iter()
            .filter_map(|e| match e {
                Effect::Flood { on, alarms, .. } => Some((*on, *alarms)),
                _ => None,
            })
            .collect()
    };
    assert_eq!(floods(&mut world), [(true, 11)]);
    let figures = world.engine.watch().figures();
    assert_eq!((figures.flood, figures.recent, figures.high), (true, 12, 12));
    world.wait_until(700_000);
    assert_eq!(floods(&mut world), [(false, 3)]);
    assert_eq!(world.engine.watch().figures().recent, 0);
    assert_eq!(world.engine.next_timer(), None);
}

fn device_states(world: &mut World) -> Vec<DeviceState> {
    let out = std::mem::take(&mut world.out);
    out.iter()
        .filter_map(|e| match e {
            Effect::Device { state, .. } => Some(*state),
            _ => None,
        })
        .collect()
}

#[test]
fn a_device_shows_its_worst() {
    let low = Rule {
        priority: Priority::Low,
        point: "b".into(),
        ..rule("s", Condition::BadQuality { after: Ms(1) })
    };
    let silence = Rule {
        priority: Priority::Low,
        point: "c".into(),
        ..rule("t", Condition::Silence { after: Ms(600_000) })
    };
    let mut world = World::new(1, vec![limit(), low, silence]);
    let device = DeviceId(0);
    use DeviceState as D;
    assert_eq!(world.engine.watch().device_state(device), D::Unknown);
    world.step(Event::Link { device, up: false });
    world.step(Event::Link { device, up: true });
    assert_eq!(device_states(&mut world), [D::Offline, D::Unknown]);
    world.each_second(0, &[1.0, 1.0, 20.0]);
    world.read_at(1, world.now, 500.0, Quality::Good);
    world.wait_until(world.now + 5000);
    assert_eq!(device_states(&mut world), [D::Normal, D::Alarm]);
    world.each_second(0, &[1.0]);
    assert_eq!(device_states(&mut world), [D::Fault]);
    world.act(ActionKind::SuppressDevice(device, Ms(500_000)));
    world.step(Event::Link { device, up: false });
    assert_eq!(device_states(&mut world), [D::Maintenance]);
    world.act(ActionKind::UnsuppressDevice(device));
    world.step(Event::Link { device, up: true });
    world.each_second(1, &[1.0]);
    assert_eq!(device_states(&mut world), [D::Fault, D::Normal]);
    world.wait_until(700_000);
    assert_eq!(device_states(&mut world), [D::Offline]);
    assert_eq!(world.engine.watch().device_state(device), D::Offline);
}

#[test]
fn a_drill_marks_its_alarms_and_takes_them_with_it() {
    let mut world = World::new(2, vec![limit()]);
    let start = |until| ActionKind::StartDrill {
        name: "s1".into(),
        devices: vec![DeviceId(0), DeviceId(0)],
        until: Ms(until),
    };
    let nobody =
        ActionKind::StartDrill { name: "x".into(), devices: vec![DeviceId(9)], until: Ms(1000) };
    assert_eq!(world.act(nobody), Answer::Refused(Refusal::Unknown));
    assert_eq!(world.act(start(0)), Answer::Refused(Refusal::OutOfRange));
    assert_eq!(world.act(start(100_000)), Answer::Done);
    assert_eq!(world.act(start(100_000)), Answer::Refused(Refusal::WrongState));
    world.each_second(0, &[20.0]);
    world.each_second(3, &[20.0]);
    let drills: Vec<bool> = world.engine.watch().alarms().map(|a| a.drill).collect();
    assert_eq!(drills, [true, false]);
    world.told();
    world.wait_until(100_000);
    assert_eq!(world.told(), ["Withdrawn Closed 0"]);
    assert_eq!(world.act(ActionKind::EndDrill("s1".into())), Answer::Refused(Refusal::Unknown));
    // The gas is still there: now it is in earnest.
    world.each_second(0, &[20.0]);
    assert_eq!(world.told(), ["Raised Unacknowledged 0"]);
    assert!(world.engine.watch().alarms().all(|a| !a.drill));
    // Maintenance that would have ended at the same moment does not take the end of the drill with it.
    let until = world.now + 50_000;
    world.act(start(until));
    world.act(ActionKind::SuppressDevice(DeviceId(0), Ms(until)));
    world.act(ActionKind::UnsuppressDevice(DeviceId(0)));
    world.wait_until(until);
    assert_eq!(world.engine.watch().drills().count(), 0);
    // A virtual device is always a drill.
    let mut world = World::new(1, vec![limit()]);
    world.put(RegistryChange::PutDevice(DeviceSpec { drill: true, ..spec(0) }));
    world.each_second(0, &[20.0]);
    assert!(world.only().drill);
}

#[test]
fn an_alarm_carries_its_place() {
    let mut world = World::new(1, vec![limit()]);
    world.each_second(0, &[20.0]);
    let place = world.only().place.clone();
    assert_eq!((&*place.device, &*place.place, &*place.contact), ("d0", "r", ""));
    world.put(RegistryChange::PutDevice(DeviceSpec {
        post: "p".into(),
        name: "kitchen".into(),
        ..spec(0)
    }));
    world.put(RegistryChange::PutPost(crate::registry::Post {
        key: "p".into(),
        phone: "119".into(),
        ..Default::default()
    }));
    world.each_second(0, &[5.0]);
    world.act(ActionKind::AcknowledgeAlarm(id(&world)));
    world.each_second(0, &[20.0]);
    let place = world.only().place.clone();
    assert_eq!((&*place.place, &*place.contact), ("r kitchen", "119"));
}
