use super::*;

#[test]
fn an_alarm_is_acknowledged_and_closes_on_return() {
    let mut world = World::new(1, vec![rule("r", high(&[10.0], 0.0))]);
    world.each_second(0, &[20.0]);
    let id = world.only().id;
    assert_eq!(world.act(ActionKind::AcknowledgeAlarm(id)), Answer::Done);
    world.each_second(0, &[5.0]);
    assert_eq!(
        world.told(),
        ["Raised Unacknowledged 0", "Acknowledged Acknowledged 0", "Cleared Closed 0"]
    );
    assert_eq!(world.state(), None);
}
