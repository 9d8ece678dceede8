use super::*;
use crate::{
    Answer, CommandId, DeviceId, Effect, Ms, PointId, Position, ProgramId, Quality, Reading,
    Refusal, Text,
    dispose::{Command, CommandState, Run, RunState, StepResult, StepState},
    event::{ActionKind as K, Joins},
    testing::*,
    watch::{AlarmChange, AlarmState},
};

const ONE: IncidentId = IncidentId(1);

fn said(out: &[Effect]) -> Vec<&str> {
    lines(out).into_iter().map(|line| line.text.en.as_str()).collect()
}

#[test]
fn an_alarm_opens_an_incident_and_every_change_adds_a_line() {
    let mut world = World::town();
    let (mut alarm, out) = world.raise("d-block-7", false);
    let incident = world.incident(1);
    assert_eq!((incident.state, incident.active, incident.calls), (IncidentState::Open, 1, 0));
    assert_eq!((&*incident.kind, &*incident.code), ("gas-leak", "12P12"));
    assert_eq!(incident.alarms, [alarm.id]);
    assert_eq!(incident.zones.len(), 3);
    assert_eq!(
        said(&out),
        [
            "Incident opened: Household gas leak, 1 East Street block-7 1-302",
            "Alarm: Gas leak, 21.5 %LEL, 1 East Street block-7 1-302",
            "9 recipients targeted, leave 4, shelter 2, stay away 1, task 2",
            "Warning published: Warning: Household gas leak at 1 East Street block-7",
        ]
    );
    assert_eq!(lines(&out)[1].happened, alarm.since, "by the clock of the device");
    alarm.by = Some(actor("duty"));
    alarm.acknowledged = true;
    alarm.state = AlarmState::Acknowledged;
    let out = world.change(AlarmChange::Acknowledged, &mut alarm);
    assert!(said(&out)[0].ends_with("(duty)"), "{:?}", said(&out));
    assert_eq!(lines(&out)[0].by, Some(actor("duty")));
    world.clear(&mut alarm);
    assert_eq!(world.incident(1).active, 0);
    let numbers: Vec<u32> = lines(&world.log).iter().map(|l| l.line).collect();
    assert_eq!(numbers, (1..=6).collect::<Vec<_>>());
}

#[test]
fn alarms_of_rules_without_an_incident_leave_no_trace() {
    let mut world = World::town();
    let mut alarm = world.alarm_of("battery", "d-block-7", 9.0, false);
    let out = world.change(AlarmChange::Raised, &mut alarm);
    assert_eq!(out.len(), 1);
    assert_eq!(world.desk, Desk::default());
}

#[test]
fn what_is_near_in_place_and_time_joins_and_nothing_else() {
    let mut world = World::town();
    let mut check = |device: &str, drill: bool, wait: i64, expected: u64| {
        world.wait(Ms::seconds(wait));
        let (alarm, _) = world.raise(device, drill);
        assert_eq!(alarm.incident, Some(IncidentId(expected)), "{device} {drill} {wait}");
    };
    check("d-block-7", false, 0, 1);
    check("d-block-8", false, 10, 1); // 40 m away
    check("d-block-9", false, 10, 2); // 5 km away
    check("d-block-7", true, 10, 3); // a drill is another world
    check("d-block-8", true, 10, 3);
    check("d-block-7", false, 7170, 1); // just within the window since the last one
    check("d-block-7", false, 7201, 4);
    assert_eq!(world.incident(1).alarms.len(), 3);
    assert_eq!(world.incident(1).active, 3);
}

#[test]
fn only_alarms_that_are_heard_open_incidents() {
    let mut world = World::town();
    for state in [AlarmState::Shelved, AlarmState::Suppressed, AlarmState::OutOfService] {
        let mut alarm = world.alarm("d-block-7", 21.0, false);
        alarm.state = state;
        world.change(AlarmChange::Raised, &mut alarm);
        assert_eq!(alarm.incident, None, "{state:?}");
    }
    // Back from maintenance with the cause still there: now it counts.
    let mut alarm = world.alarm("d-block-7", 21.0, false);
    let out = world.change(AlarmChange::Unsuppressed, &mut alarm);
    assert_eq!(alarm.incident, Some(ONE));
    assert!(!sent(&out).is_empty());
    // Under maintenance again it no longer keeps the incident open.
    alarm.state = AlarmState::Suppressed;
    world.change(AlarmChange::Suppressed, &mut alarm);
    assert_eq!(world.incident(1).active, 0);
}

#[test]
fn fifty_calls_for_one_fire_are_one_incident() {
    let mut world = World::town();
    for n in 0..50 {
        let position = (n % 2 == 0).then(|| at(f64::from(n), f64::from(n)));
        let place = if n % 4 == 1 { "East Street 1" } else { " east street  1" };
        assert_eq!(world.call("fire", position, place), Answer::Created(1), "{n}");
        world.wait(Ms::seconds(20));
    }
    assert_eq!(world.incident(1).calls, 50);
    assert_eq!(world.call("fire", Some(at(3000.0, 0.0)), "West Street"), Answer::Created(2));
    assert_eq!(world.call("flood", Some(at(0.0, 0.0)), "East Street 1"), Answer::Created(3));
    assert_eq!(world.call("fire", None, ""), Answer::Created(4), "a call without a place counts");
    world.wait(Ms::seconds(1801));
    assert_eq!(world.call("fire", Some(at(0.0, 0.0)), "East Street 1"), Answer::Created(5));
}

#[test]
fn a_call_and_an_alarm_of_one_event_meet() {
    let mut world = World::town();
    assert_eq!(world.call("gas-leak", Some(at(20.0, 0.0)), "Block 7"), Answer::Created(1));
    assert_eq!(world.incident(1).name.en, "Household gas leak", "named by the rule of that kind");
    let (alarm, _) = world.raise("d-block-7", false);
    assert_eq!(alarm.incident, Some(ONE));
    assert_eq!(world.call("gas-leak", None, "block 7"), Answer::Created(1));
    let incident = world.incident(1);
    assert_eq!((incident.calls, incident.alarms.len(), &*incident.place), (2, 1, "Block 7"));
}

#[test]
fn calls_out_of_bounds_are_refused() {
    let mut world = World::town();
    let long = "长".repeat(201);
    for (kind, position, place) in [
        ("", None, "here"),
        ("fire", None, long.as_str()),
        ("fire", Some(Position { lon: 500.0, lat: 0.0 }), ""),
        ("fire", Some(Position { lon: f64::NAN, lat: 38.0 }), ""),
    ] {
        let answer = world.call(kind, position, place);
        assert_eq!(answer, Answer::Refused(Refusal::OutOfRange), "{kind} {position:?} {place}");
    }
    assert_eq!(world.desk, Desk::default());
}

#[test]
fn the_queue_calls_one_post_after_another_until_somebody_takes_it() {
    let mut world = World::town();
    world.call("fire", None, "somewhere");
    let mut check = |seconds: i64, expected: &[&str]| {
        let out = world.wait(Ms::seconds(seconds));
        assert_eq!(called(&out), expected, "{seconds}");
    };
    check(59, &[]);
    check(1, &["duty-officer"]);
    check(119, &[]);
    check(1, &["duty-leader"]);
    // Nobody fills the director's post: the first one is called again at once.
    check(120, &["emergency-director", "duty-officer"]);
    check(119, &[]);
    check(1, &["duty-leader"]);
    check(120, &["emergency-director", "duty-officer"]);
    let first_hour = world.incident(1).escalated;
    world.wait(Ms::seconds(30 * 86_400));
    let calls = world.incident(1).escalated - first_hour;
    assert!((2_000..4_000).contains(&calls), "never quiet, and not without end: {calls}");
    world.act("ann", K::TakeIncident(ONE), "");
    assert!(!world.wait(Ms::seconds(86_400)).iter().any(|e| matches!(e, Effect::Escalation(_))));
    assert!(said(&world.log).iter().any(|l| l.contains("nobody fills that post")));
}

#[test]
fn whoever_takes_it_has_it() {
    let mut world = World::town();
    world.call("fire", None, "somewhere");
    let check = |world: &mut World, by: &str, kind: K, reason: &str, expected: Answer| {
        assert_eq!(world.act(by, kind.clone(), reason).0, expected, "{by} {kind:?} {reason}");
    };
    let refused = Answer::Refused;
    check(&mut world, "ann", K::TakeIncident(IncidentId(9)), "", refused(Refusal::Unknown));
    check(&mut world, "ann", K::TakeIncident(ONE), "", Answer::Done);
    check(&mut world, "ann", K::TakeIncident(ONE), "", refused(Refusal::WrongState));
    check(&mut world, "bob", K::TakeIncident(ONE), "", Answer::Done);
    assert_eq!(world.incident(1).taken_by, Some(actor("bob")));
    assert!(said(&world.log).contains(&"Took the incident over from: ann"));
    assert!(!world.wait(Ms::seconds(600)).iter().any(|e| matches!(e, Effect::Escalation(_))));
    let note = |text: &str| K::NoteIncident(ONE, text.into());
    check(&mut world, "bob", note("  "), "", refused(Refusal::OutOfRange));
    check(&mut world, "bob", note(&"x".repeat(2001)), "", refused(Refusal::OutOfRange));
    check(&mut world, "bob", note("on my way"), "", Answer::Done);
    check(&mut world, "bob", K::GradeIncident(ONE, 0), "r", refused(Refusal::OutOfRange));
    check(&mut world, "bob", K::GradeIncident(ONE, 5), "r", refused(Refusal::OutOfRange));
    check(&mut world, "bob", K::GradeIncident(ONE, 4), " ", refused(Refusal::ReasonRequired));
    check(&mut world, "bob", K::GradeIncident(ONE, 4), "one flat", Answer::Done);
    assert_eq!(world.incident(1).grade, Some(4));
    check(&mut world, "bob", K::CloseIncident(ONE), "", refused(Refusal::ReasonRequired));
    check(&mut world, "bob", K::CloseIncident(ONE), "false report", Answer::Done);
    check(&mut world, "bob", K::CloseIncident(ONE), "again", refused(Refusal::Unknown));
    let closed = world.log.iter().rev().find_map(|e| match e {
        Effect::Incident(incident) => Some(incident),
        _ => None,
    });
    assert!(closed.is_some_and(|i| i.state == IncidentState::Closed && i.reason == "false report"));
    assert_eq!(world.desk.incidents().count(), 0);
}

#[test]
fn an_incident_ends_only_when_its_danger_is_over_and_people_know() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    let check = |world: &mut World, kind: K, reason: &str, expected: Answer| {
        assert_eq!(world.act("lead", kind.clone(), reason).0, expected, "{kind:?} {reason}");
    };
    let wrong = Answer::Refused(Refusal::WrongState);
    check(&mut world, K::AllClear(ONE), "low", wrong);
    check(&mut world, K::CloseIncident(ONE), "low", wrong);
    world.clear(&mut alarm);
    check(&mut world, K::CloseIncident(ONE), "low", wrong);
    check(&mut world, K::AllClear(ONE), "", Answer::Refused(Refusal::ReasonRequired));
    check(&mut world, K::AllClear(ONE), "low", Answer::Done);
    check(&mut world, K::AllClear(ONE), "low", Answer::Refused(Refusal::SecondPersonRequired));
    check(&mut world, K::CloseIncident(ONE), "done", wrong);
    assert_eq!(world.act("second", K::AllClear(ONE), "I agree").0, Answer::Done);
    check(&mut world, K::AllClear(ONE), "low", wrong);
    check(&mut world, K::CloseIncident(ONE), "done", Answer::Done);
    // The alarm was not acknowledged yet and comes back: a new incident.
    alarm.active = true;
    alarm.state = AlarmState::Unacknowledged;
    let out = world.change(AlarmChange::Returned, &mut alarm);
    assert_eq!(alarm.incident, Some(IncidentId(2)));
    assert_eq!(sent(&out).len(), 9, "and everybody is told anew");
}

#[test]
fn runs_commands_and_recipients_stand_in_the_timeline() {
    let mut world = World::town();
    let (alarm, _) = world.raise("d-block-7", false);
    let step = |step: u8, state: StepState, proof: Option<Reading>| StepResult {
        step,
        state,
        at: world.now,
        tries: 1,
        commands: Vec::new(),
        why: Text::default(),
        proof,
    };
    let proof = Reading { point: PointId(0), at: world.now, value: 3.0, quality: Quality::Good };
    let mut run = Run {
        id: RunId(5),
        program: ProgramId(0),
        program_key: "shut".into(),
        version: 1,
        alarm: alarm.id,
        incident: alarm.incident,
        device: alarm.device,
        state: RunState::Running,
        step: 0,
        results: vec![step(0, StepState::Waiting, None)],
        started: world.now,
        changed: world.now,
        by: None,
        reason: String::new(),
        drill: false,
    };
    let proved = step(0, StepState::Proved, Some(proof));
    let skipped = step(1, StepState::Skipped, None);
    let tell = |world: &mut World, effect: Effect| {
        let ((), out) = world.step(|cx, _, _| cx.out.push(effect));
        said(&out).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut command = Command {
        id: CommandId(8),
        device: DeviceId(0),
        device_key: "d-block-7".into(),
        name: "test".into(),
        argument: 0.0,
        issued: world.now,
        expires: world.now.after(Ms::seconds(5)),
        state: CommandState::Issued,
        run: Some((RunId(5), 0)),
        by: None,
        second: None,
        reason: "".into(),
        drill: false,
    };
    assert_eq!(tell(&mut world, Effect::Run(Box::new(run.clone()))), ["Program runs: shut"]);
    let issued = tell(&mut world, Effect::Command(Box::new(command.clone())));
    assert_eq!(issued, ["Command issued: test → d-block-7"]);
    command.state = CommandState::Received;
    assert!(tell(&mut world, Effect::Command(Box::new(command.clone()))).is_empty());
    run.results = vec![proved, skipped];
    let steps = tell(&mut world, Effect::Run(Box::new(run.clone())));
    assert_eq!(steps, [": proved (3 %LEL)", ": skipped"]);
    assert!(tell(&mut world, Effect::Run(Box::new(run.clone()))).is_empty(), "no line twice");
    run.state = RunState::TakenOver;
    run.by = Some(actor("bob"));
    run.reason = "by hand".into();
    let over = tell(&mut world, Effect::Run(Box::new(run)));
    assert_eq!(over, ["Program taken over by hand: shut, by hand"]);
    // By hand, in the same house.
    let by_hand =
        Command { run: None, by: Some(actor("bob")), state: CommandState::Done, ..command };
    assert_eq!(
        tell(&mut world, Effect::Command(Box::new(by_hand))),
        ["Command done: test → d-block-7"]
    );
    // Recipients.
    let ann = world.notice("ANN").id;
    let answer = K::AnswerNotice(ann, crate::push::ReceiptState::Acknowledged);
    let (_, out) = world.act("duty", answer, "");
    assert_eq!(said(&out), ["ANN 1 East Street block-7 1-302: acknowledged"]);
    let help = K::AnswerNotice(ann, crate::push::ReceiptState::NeedsHelp);
    let (_, out) = world.act("duty", help, "");
    assert_eq!(
        said(&out),
        [
            "ANN 1 East Street block-7 1-302: needs help, grid-worker P-grid-worker 12-grid-worker goes there"
        ]
    );
}

#[test]
fn the_timeline_of_a_mass_push_stays_readable() {
    let mut world = World::town();
    for n in 0..1000 {
        let person = person(&format!("p{n}"), "block-7", "1", 3);
        world.put(crate::registry::RegistryChange::PutPerson(person));
    }
    world.raise("d-block-7", false);
    let before = lines(&world.log).len();
    let ids: Vec<_> = world.push.notices().map(|n| n.id).collect();
    for id in ids {
        world.act("x", K::AnswerNotice(id, crate::push::ReceiptState::Acknowledged), "");
    }
    let after = lines(&world.log).len() - before;
    assert!((200..=210).contains(&after), "{after}");
    assert_eq!(world.push.summary(ONE).values().sum::<u32>(), 1009);
}

#[test]
fn what_the_public_is_told_takes_two_persons() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    world.clear(&mut alarm);
    let clear = |world: &mut World, by: &str| world.act(by, K::AllClear(ONE), "low");
    let (answer, out) = clear(&mut world, "ann");
    assert_eq!((answer, sent(&out).len()), (Answer::Done, 0), "asked, and nobody told");
    assert_eq!(world.incident(1).clear_asked, Some(actor("ann")));
    assert_eq!(said(&out), ["Asks for the all-clear, a second person must agree: low"]);
    // The danger comes back meanwhile: whoever agrees now would agree to something else.
    alarm.active = true;
    world.change(AlarmChange::Returned, &mut alarm);
    world.clear(&mut alarm);
    assert_eq!(world.incident(1).clear_asked, None);
    assert!(sent(&clear(&mut world, "bob").1).is_empty());
    assert_eq!(clear(&mut world, "bob").0, Answer::Refused(Refusal::SecondPersonRequired));
    let (answer, out) = clear(&mut world, "ann");
    assert_eq!((answer, sent(&out).len()), (Answer::Done, 9));
    assert!(world.incident(1).all_clear && world.incident(1).clear_asked.is_none());
    // Nobody outside hears of a drill, and nobody was told of a mere call.
    let (mut drill, _) = world.raise("d-block-9", true);
    world.clear(&mut drill);
    let (answer, _) = world.act("ann", K::AllClear(IncidentId(2)), "low");
    assert_eq!(answer, Answer::Done);
    assert!(world.incident(2).all_clear);
    assert_eq!(world.call("fire", None, "somewhere"), Answer::Created(3));
    world.act("ann", K::AllClear(IncidentId(3)), "false report");
    assert!(world.incident(3).all_clear);
}

#[test]
fn whoever_writes_a_call_down_decides_where_it_belongs() {
    let mut world = World::town();
    let here = Some(at(0.0, 0.0));
    assert_eq!(world.call("fire", here, "East Street 1"), Answer::Created(1));
    let mut check = |kind: &str, place: &str, joins: Joins, expected: Answer| {
        assert_eq!(world.call_joining(kind, None, place, joins), expected, "{kind} {joins:?}");
    };
    check("fire", "East Street 1", Joins::Alike, Answer::Created(1));
    check("fire", "East Street 1", Joins::New, Answer::Created(2));
    check("smoke", "the old mill", Joins::This(ONE), Answer::Created(1));
    check("fire", "", Joins::Alike, Answer::Created(3));
    // Neither says where: two events, until somebody knows better.
    check("fire", "", Joins::Alike, Answer::Created(4));
    check("fire", " ", Joins::This(IncidentId(3)), Answer::Created(3));
    check("fire", "x", Joins::This(IncidentId(9)), Answer::Refused(Refusal::Unknown));
    world.raise("d-block-9", true);
    let drill = Joins::This(IncidentId(5));
    let refused = Answer::Refused(Refusal::WrongState);
    assert_eq!(
        world.call_joining("fire", None, "x", drill),
        refused,
        "a real call, a drill's file"
    );
}

#[test]
fn a_post_that_nobody_fills_is_not_waited_for() {
    let mut world = World::bare();
    world.call("fire", None, "somewhere");
    let out = world.wait(Ms::seconds(60));
    assert_eq!(called(&out), ["duty-officer", "duty-leader", "emergency-director"]);
}
