use std::collections::BTreeSet;

use super::*;
use crate::{
    Answer, Position, Refusal,
    event::ActionKind,
    registry::{Facility, Person, Post, RegistryChange},
    testing::*,
    watch::AlarmState,
};

fn names(out: &[Effect], action: Protective) -> Vec<String> {
    sent(out).into_iter().filter(|(_, a, _)| *a == action).map(|(name, ..)| name).collect()
}

#[test]
fn a_leak_tells_each_recipient_once_and_leave_first() {
    let mut world = World::town();
    let (alarm, out) = world.raise("d-block-7", false);
    assert_eq!(alarm.incident, Some(IncidentId(1)));
    assert_eq!(names(&out, Protective::Leave), ["ANN", "BOB", "EVE", "block-7"]);
    assert_eq!(names(&out, Protective::Shelter), ["CHO", "DAI"]);
    assert_eq!(names(&out, Protective::StayAway), ["FAY"]);
    assert_eq!(
        names(&out, Protective::Task),
        ["grid-worker P-grid-worker", "gas-company P-gas-company"]
    );
    let order: Vec<Protective> = sent(&out).into_iter().map(|(_, a, _)| a).collect();
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(world.push.notices_of(IncidentId(1)).count(), 9);
    assert_eq!(world.push.summary(IncidentId(1)), BTreeMap::from([(NoticeState::Targeted, 9)]));
}

#[test]
fn the_words_fit_the_recipient() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    let ann = world.notice("ANN");
    assert_eq!(ann.text.zh, "1 East Street block-7 1-302 燃气泄漏 21.5 %LEL  ");
    assert_eq!(ann.text.en, "Gas leak 21.5 %LEL");
    assert_eq!(&*ann.place, "1 East Street block-7 1-302");
    let eve = world.notice("EVE");
    assert_eq!(eve.text.zh, "协助 1 East Street block-7 1-302");
    assert_eq!(*eve.needs, ["wheelchair".to_owned()]);
}

#[test]
fn a_further_alarm_tells_only_the_new_and_those_who_must_do_more() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    let (second, out) = world.raise("d-block-8", false);
    assert_eq!(second.incident, Some(IncidentId(1)));
    // Fay had been told to stay away; she must leave now. Everybody in block 7 knows enough.
    assert_eq!(names(&out, Protective::Leave), ["FAY"]);
    assert_eq!(sent(&out).len(), 1, "{:?}", sent(&out));
    let (_, out) = world.raise("d-block-8", false);
    assert!(sent(&out).is_empty());
    // What she was told before climbs no further.
    let out = world.wait(Ms::seconds(31));
    assert!(!sent(&out).iter().any(|(n, a, _)| n == "FAY" && *a == Protective::StayAway));
}

#[test]
fn silence_climbs_the_ladder_then_calls_the_visitor_then_names_the_unreachable() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    assert_eq!(world.notice("ANN").state, NoticeState::Targeted);
    let out = world.wait(Ms::seconds(20));
    assert!(sent(&out).contains(&("ANN".into(), Protective::Leave, Channel::Sms)));
    // A loudspeaker does not speak to one person: that rung is passed over, and the grid worker goes there.
    let out = world.wait(Ms::seconds(30));
    let ann = world.notice("ANN");
    assert_eq!(ann.state, NoticeState::Visiting);
    assert_eq!(&*ann.visitor, "grid-worker P-grid-worker 12-grid-worker");
    let details: Vec<&str> = ann.receipts.iter().map(|r| r.detail.as_str()).collect();
    assert_eq!(details, ["no-receipt", "no-receipt", "not-for-one-recipient"]);
    let lists = out.iter().filter(|e| match e {
        Effect::Notice { notice, .. } => {
            notice.text.zh.contains("上门") && notice.created == ann.changed
        }
        _ => false,
    });
    assert_eq!(lists.count(), 1, "one list for all who wait since then");
    let list = world.notice("grid-worker P-grid-worker").text.zh.clone();
    assert!(list.contains("ANN") && list.contains("BOB") && list.contains("EVE"), "{list}");
    assert!(list.contains("wheelchair"), "{list}");
    world.wait(Ms::seconds(600 - 50));
    assert_eq!(world.notice("ANN").state, NoticeState::Unreachable, "within ten minutes");
}

#[test]
fn a_recipient_without_any_channel_is_visited_at_once() {
    let mut world = World::town();
    let policy = Policy {
        zones: vec![zone(
            "leave",
            Shape::Facility,
            Protective::Leave,
            vec![rung(Channel::Sms, 30), rung(Channel::Visit, 30)],
        )],
        posts: Vec::new(),
        ..gas_policy()
    };
    world.put(RegistryChange::PutPolicy(policy));
    let mute = Person { phone: String::new(), ..person("ann", "block-7", "1", 3) };
    world.put(RegistryChange::PutPerson(mute));
    let (_, out) = world.raise("d-block-7", false);
    let ann = world.notice("ANN");
    assert_eq!((ann.state, ann.rung), (NoticeState::Visiting, 2));
    assert_eq!(ann.receipts[0].detail, "no-telephone");
    // Everybody who can be told is told before the visitor is.
    assert_eq!(sent(&out).last().map(|(n, ..)| n.as_str()), Some("grid-worker P-grid-worker"));
}

#[test]
fn delivery_alone_does_not_end_a_protective_notice() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    let (ann, fay) = (world.notice("ANN"), world.notice("FAY"));
    for notice in [&ann, &fay] {
        let answer = world.receipt(notice, Channel::Screen, ReceiptState::Delivered);
        assert_eq!(answer, Answer::Done);
    }
    let out = world.wait(Ms::seconds(59));
    assert!(!sent(&out).iter().any(|(n, ..)| n == "ANN" || n == "FAY"));
    let out = world.wait(Ms::seconds(2));
    assert!(sent(&out).contains(&("ANN".into(), Protective::Leave, Channel::Sms)));
    assert_eq!(world.notice("ANN").state, NoticeState::Delivered, "what is known stays known");
    world.wait(Ms::seconds(1000));
    assert_eq!(world.notice("FAY").state, NoticeState::Delivered);
    assert_eq!(world.notice("ANN").state, NoticeState::Unreachable);
}

#[test]
fn receipts_are_idempotent_and_never_step_back() {
    use ReceiptState as R;
    let mut world = World::town();
    world.raise("d-block-7", false);
    let ann = world.notice("ANN");
    let mut check = |channel: Channel, state: R, answer: Answer, after: NoticeState| {
        assert_eq!(world.receipt(&ann, channel, state), answer, "{channel:?} {state:?}");
        assert_eq!(world.notice("ANN").state, after, "{channel:?} {state:?}");
    };
    let refused = Answer::Refused(Refusal::WrongState);
    check(Channel::Sms, R::Delivered, refused, NoticeState::Targeted);
    check(Channel::Screen, R::Sent, Answer::Done, NoticeState::Sent);
    check(Channel::Screen, R::Sent, Answer::Duplicate, NoticeState::Sent);
    check(Channel::Screen, R::Read, Answer::Done, NoticeState::Read);
    check(Channel::Screen, R::Delivered, Answer::Done, NoticeState::Read);
    check(Channel::Screen, R::Failed, Answer::Done, NoticeState::Read);
    check(Channel::Screen, R::Acknowledged, Answer::Done, NoticeState::Acknowledged);
    check(Channel::Screen, R::Acknowledged, Answer::Duplicate, NoticeState::Acknowledged);
    check(Channel::Screen, R::Delivered, Answer::Duplicate, NoticeState::Acknowledged);
    check(Channel::Screen, R::NeedsHelp, Answer::Done, NoticeState::NeedsHelp);
    check(Channel::Screen, R::NeedsHelp, Answer::Duplicate, NoticeState::NeedsHelp);
    check(Channel::Screen, R::Acknowledged, Answer::Duplicate, NoticeState::NeedsHelp);
    let unknown =
        world.step(|cx, push, _| push.receipt(cx, NoticeId(999), Channel::Screen, R::Read, ""));
    assert_eq!(unknown.0, Answer::Refused(Refusal::Unknown));
}

#[test]
fn at_most_32_receipts_are_kept() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    let ann = world.notice("ANN");
    for n in 0..100 {
        let detail = format!("{n}{}", "字".repeat(300));
        world.step(|cx, push, _| {
            push.receipt(cx, ann.id, Channel::Screen, ReceiptState::Delivered, &detail)
        });
    }
    let ann = world.notice("ANN");
    assert_eq!(ann.receipts.len(), 32);
    assert!(ann.receipts.iter().all(|r| r.detail.chars().count() == 200));
}

#[test]
fn a_failed_channel_is_left_at_once() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    let ann = world.notice("ANN");
    let (_, out) = world.step(|cx, push, _| {
        push.receipt(cx, ann.id, Channel::Screen, ReceiptState::Failed, "no session")
    });
    assert_eq!(sent(&out), [("ANN".into(), Protective::Leave, Channel::Sms)]);
    // The timer of the first channel is gone with it.
    let out = world.wait(Ms::seconds(20));
    assert!(!sent(&out).iter().any(|(n, ..)| n == "ANN"));
}

#[test]
fn whoever_needs_help_is_visited_and_never_forgotten() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    world.act("duty", ActionKind::TakeIncident(IncidentId(1)), "");
    let eve = world.notice("EVE");
    let (answer, out) = world.act(
        "nurse",
        ActionKind::AnswerNotice(eve.id, ReceiptState::NeedsHelp),
        "cannot get down",
    );
    assert_eq!(answer, Answer::Done);
    assert_eq!(names(&out, Protective::Task), ["grid-worker P-grid-worker"]);
    assert_eq!(world.notice("EVE").state, NoticeState::NeedsHelp);
    for post in ["grid-worker P-grid-worker", "gas-company P-gas-company"] {
        for notice in world.push.notices().filter(|n| &*n.name == post).cloned().collect::<Vec<_>>()
        {
            world.receipt(&notice, Channel::Screen, ReceiptState::Read);
        }
    }
    let others: Vec<NoticeId> = world
        .push
        .notices()
        .filter(|n| n.action < Protective::Task && n.id != eve.id)
        .map(|n| n.id)
        .collect();
    for id in others {
        world.act("duty", ActionKind::AnswerNotice(id, ReceiptState::Acknowledged), "");
    }
    let out = world.wait(Ms::seconds(3600));
    let rounds = ["duty-officer", "duty-leader", "emergency-director"];
    assert_eq!(called(&out), [rounds, rounds].concat(), "until somebody goes there");
    assert_eq!(world.notice("EVE").state, NoticeState::NeedsHelp);
    let (answer, _) = world.act("grid", ActionKind::RecordVisit(eve.id, true), "carried down");
    assert_eq!(answer, Answer::Done);
    assert_eq!(world.notice("EVE").state, NoticeState::Visited);
    let (answer, _) = world.act("grid", ActionKind::RecordVisit(eve.id, false), "");
    assert_eq!(answer, Answer::Refused(Refusal::WrongState));
}

#[test]
fn a_visit_that_finds_nobody_names_the_unreachable_and_may_be_mended() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    let ann = world.notice("ANN").id;
    world.wait(Ms::seconds(60));
    let visit =
        |world: &mut World, reached| world.act("grid", ActionKind::RecordVisit(ann, reached), "").0;
    assert_eq!(visit(&mut world, false), Answer::Done);
    assert_eq!(world.notice("ANN").state, NoticeState::Unreachable);
    assert_eq!(visit(&mut world, false), Answer::Duplicate);
    assert_eq!(visit(&mut world, true), Answer::Done);
    assert_eq!(world.notice("ANN").state, NoticeState::Visited);
}

#[test]
fn answers_for_people_are_bounded() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    let ann = world.notice("ANN").id;
    let mut check = |id: NoticeId, state: ReceiptState, expected: Answer| {
        let (answer, _) = world.act("duty", ActionKind::AnswerNotice(id, state), "");
        assert_eq!(answer, expected, "{id} {state:?}");
    };
    check(NoticeId(0), ReceiptState::Acknowledged, Answer::Refused(Refusal::Unknown));
    check(ann, ReceiptState::Failed, Answer::Refused(Refusal::OutOfRange));
    check(ann, ReceiptState::Sent, Answer::Refused(Refusal::OutOfRange));
    check(ann, ReceiptState::Acknowledged, Answer::Done);
    check(ann, ReceiptState::Acknowledged, Answer::Duplicate);
}

#[test]
fn a_task_that_reaches_nobody_calls_the_duty_officer_once() {
    let mut world = World::town();
    world.raise("d-block-7", false);
    world.act("duty", ActionKind::TakeIncident(IncidentId(1)), "");
    let out = world.wait(Ms::seconds(95));
    let calls = out.iter().filter(|e| matches!(e, Effect::Escalation(_))).count();
    assert_eq!(calls, 1, "gas company and grid worker failed together: one call");
    assert_eq!(world.notice("gas-company P-gas-company").state, NoticeState::Unreachable);
    let called = names(&out, Protective::Task);
    let officer = called.iter().filter(|n| n.starts_with("duty-officer"));
    assert_eq!(officer.count(), 1, "{called:?}");
}

#[test]
fn the_all_clear_goes_to_the_same_set_over_the_channel_that_worked() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    let ann = world.notice("ANN");
    world.wait(Ms::seconds(21));
    world.receipt(&ann, Channel::Sms, ReceiptState::Delivered);
    world.clear(&mut alarm);
    let told: BTreeSet<Party> = world.push.notices_of(IncidentId(1)).map(|n| n.party).collect();
    let (answer, out) = world.all_clear(1);
    assert_eq!(answer, Answer::Done);
    let cleared: Vec<Party> = out
        .iter()
        .filter_map(|e| match e {
            Effect::Notice { notice, .. } if notice.action == Protective::AllClear => {
                Some(notice.party)
            }
            _ => None,
        })
        .collect();
    assert_eq!(cleared.len(), told.len());
    assert_eq!(cleared.into_iter().collect::<BTreeSet<_>>(), told);
    assert!(sent(&out).contains(&("ANN".into(), Protective::AllClear, Channel::Sms)));
    // Nobody is told to leave after the all-clear.
    let out = world.wait(Ms::seconds(3600));
    assert!(sent(&out).iter().all(|(_, a, _)| *a > Protective::StayAway), "{:?}", sent(&out));
    assert!(!world.push.owes_all_clear(IncidentId(1)));
}

#[test]
fn danger_again_after_the_all_clear_tells_everybody_again() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    world.clear(&mut alarm);
    world.all_clear(1);
    alarm.active = true;
    alarm.state = AlarmState::Unacknowledged;
    let out = world.change(AlarmChange::Returned, &mut alarm);
    assert_eq!(names(&out, Protective::Leave), ["ANN", "BOB", "EVE", "block-7"]);
    assert!(!world.incident(1).all_clear);
    let out = world.wait(Ms::seconds(3600));
    assert!(names(&out, Protective::AllClear).is_empty(), "no all-clear while people must leave");
    let warnings: Vec<(u32, bool, usize)> = warnings(&world.log);
    assert_eq!(warnings, [(1, false, 0), (2, true, 1), (3, false, 0)]);
}

fn warnings(log: &[Effect]) -> Vec<(u32, bool, usize)> {
    log.iter()
        .filter_map(|e| match e {
            Effect::Warning(w) => Some((w.sequence, w.cancel, w.earlier.len())),
            _ => None,
        })
        .collect()
}

#[test]
fn the_warning_is_published_updated_and_lifted() {
    let mut world = World::town();
    let (mut alarm, out) = world.raise("d-block-7", false);
    let Some(Effect::Warning(first)) = out.iter().find(|e| matches!(e, Effect::Warning(_))) else {
        panic!("no warning");
    };
    assert_eq!(&*first.place, "1 East Street block-7", "the public learns the house, not the flat");
    assert_eq!(first.code, "12P12");
    assert_eq!(first.circle.map(|(_, metres)| metres), Some(60.0));
    assert_eq!(first.headline.en, "Warning: Household gas leak at 1 East Street block-7");
    assert!(!first.instruction.zh.contains("12-"), "no private telephone: {first:?}");
    world.wait(Ms::seconds(5));
    world.change(AlarmChange::RaisedLevel, &mut alarm);
    // A second place 40 m away makes the circle grow.
    let (mut second, out) = world.raise("d-block-8", false);
    let grown = out.iter().find_map(|e| match e {
        Effect::Warning(w) => w.circle,
        _ => None,
    });
    assert!(grown.is_some_and(|(_, metres)| (metres - 100.0).abs() < 1.0), "{grown:?}");
    world.raise("d-block-8", false);
    assert_eq!(warnings(&world.log), [(1, false, 0), (2, false, 1), (3, false, 2)]);
    world.clear(&mut alarm);
    world.clear(&mut second);
    let third = AlarmId(3);
    let mut third = crate::watch::Alarm { id: third, ..second.clone() };
    world.clear(&mut third);
    let (answer, _) = world.all_clear(1);
    assert_eq!(answer, Answer::Done);
    assert_eq!(warnings(&world.log).last(), Some(&(4, true, 3)));
}

#[test]
fn a_called_post_gets_a_task_when_there_is_an_incident() {
    let mut world = World::town();
    let (_, _) = world.raise("d-block-7", false);
    let out = world.wait(Ms::seconds(60));
    assert!(sent(&out).iter().any(|(n, a, c)| {
        n == "duty-officer P-duty-officer" && *a == Protective::Task && *c == Channel::Screen
    }));
    let call = effect::Call {
        role: "duty-officer".into(),
        person: "".into(),
        phone: "".into(),
        alarm: Some(AlarmId(77)),
        incident: None,
        run: None,
        at: world.now,
        before: None,
        drill: false,
    };
    let (_, out) = world.step(|cx, _, _| cx.out.push(Effect::Escalation(Box::new(call))));
    assert_eq!(out.len(), 1, "no incident, nothing to add: {out:?}");
}

#[test]
fn nobody_is_told_below_the_level_of_the_policy_or_while_the_alarm_is_put_aside() {
    let mut world = World::town();
    world.put(RegistryChange::PutPolicy(Policy { from_level: 1, ..gas_policy() }));
    let (mut alarm, out) = world.raise("d-block-7", false);
    assert!(sent(&out).is_empty());
    alarm.level = 1;
    alarm.state = AlarmState::Shelved;
    let out = world.change(AlarmChange::RaisedLevel, &mut alarm);
    assert!(sent(&out).is_empty());
    alarm.state = AlarmState::Unacknowledged;
    let out = world.change(AlarmChange::Unshelved, &mut alarm);
    assert_eq!(sent(&out).len(), 9);
}

#[test]
fn a_drill_speaks_to_no_public_channel_and_to_virtual_loudspeakers_only() {
    let mut world = World::town();
    let (_, out) = world.raise("d-block-7", true);
    assert!(world.push.notices().all(|n| n.text.zh.starts_with("【演练】")));
    assert!(!names(&out, Protective::Leave).contains(&"block-7".to_owned()));
    let out = world.wait(Ms::seconds(3600));
    assert!(sent(&out).iter().all(|(.., channel)| !channel.is_public()));
    assert!(world.notice("ANN").receipts.iter().any(|r| r.detail == "drill"));
    let answer = world.receipt(&world.notice("ANN"), Channel::Sms, ReceiptState::Delivered);
    assert_eq!(answer, Answer::Refused(Refusal::WrongState), "it was never sent");
}

#[test]
fn closing_forgets_the_notices_and_their_timers() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    world.clear(&mut alarm);
    let id = IncidentId(1);
    let close = |world: &mut World| world.act("lead", ActionKind::CloseIncident(id), "over").0;
    assert_eq!(close(&mut world), Answer::Refused(Refusal::WrongState), "all-clear is owed");
    world.all_clear(1);
    assert_eq!(close(&mut world), Answer::Done);
    assert_eq!(world.push.notices().count(), 0);
    assert!(world.push.summary(id).is_empty());
    assert!(!world.push.owes_all_clear(id));
    let out = world.wait(Ms::seconds(7200));
    assert!(out.is_empty(), "{out:?}");
    assert!(world.timers.is_empty());
}

#[test]
fn staff_that_was_called_learns_of_the_all_clear_but_does_not_hold_up_the_end() {
    let mut world = World::town();
    world.put(RegistryChange::PutPolicy(Policy { from_level: 9, ..gas_policy() }));
    let (mut alarm, _) = world.raise("d-block-7", false);
    let out = world.wait(Ms::seconds(60));
    assert_eq!(names(&out, Protective::Task), ["duty-officer P-duty-officer"]);
    world.clear(&mut alarm);
    assert!(!world.push.owes_all_clear(IncidentId(1)));
    let mut closed = world.clone();
    let (answer, _) = closed.act("lead", ActionKind::CloseIncident(IncidentId(1)), "nothing");
    assert_eq!(answer, Answer::Done);
    let (_, out) = world.act("lead", ActionKind::AllClear(IncidentId(1)), "nothing");
    assert_eq!(names(&out, Protective::AllClear), ["duty-officer P-duty-officer"]);
}

#[test]
fn a_call_does_not_silence_a_task_or_a_warning() {
    let mut world = World::town();
    let low = Policy { zones: Vec::new(), posts: Vec::new(), ..gas_policy() };
    world.put(RegistryChange::PutPolicy(low));
    world.raise("d-block-7", false);
    world.wait(Ms::seconds(60));
    let mut policy = gas_policy();
    policy.posts[0].role = "duty-officer".into();
    world.put(RegistryChange::PutPolicy(policy));
    let (_, out) = world.raise("d-block-7", false);
    assert!(names(&out, Protective::Task).contains(&"duty-officer P-duty-officer".to_owned()));
    let waiting = world.push.notices().filter(|n| &*n.name == "duty-officer P-duty-officer");
    assert_eq!(waiting.count(), 2, "both stand");
}

#[test]
fn who_is_in_two_zones_is_told_what_asks_most_whatever_their_order() {
    let mut world = World::town();
    let mut policy = gas_policy();
    policy.zones.reverse();
    world.put(RegistryChange::PutPolicy(policy));
    let (_, out) = world.raise("d-block-7", false);
    assert_eq!(names(&out, Protective::Leave), ["ANN", "BOB", "EVE", "block-7"]);
    assert_eq!(names(&out, Protective::Shelter), ["CHO", "DAI"]);
    assert_eq!(names(&out, Protective::StayAway), ["FAY"]);
}

#[test]
fn a_circle_around_an_unknown_place_holds_the_facility_of_the_danger() {
    for known in [Position { lon: 0.0, lat: 0.0 }, at(9.0, 9.0)] {
        let mut world = World::bare();
        let circle = Shape::Radius { metres: 100.0 };
        let zones = vec![zone("leave", circle, Protective::Leave, vec![rung(Channel::Sms, 30)])];
        world.put(RegistryChange::PutPolicy(Policy { zones, ..gas_policy() }));
        let plant = Facility { key: "plant".into(), area: STREET, ..Facility::default() };
        world.put(RegistryChange::PutFacility(plant));
        world.put(RegistryChange::PutPerson(person("ann", "plant", "1", 1)));
        world.put(RegistryChange::PutPerson(person("bob", "elsewhere", "1", 1)));
        world.put(RegistryChange::PutPost(post("guard", "plant")));
        world.put(RegistryChange::PutDevice(detector("d-plant", "plant", known)));
        let (_, out) = world.raise("d-plant", false);
        assert_eq!(names(&out, Protective::Leave), ["ANN", "guard P-guard"], "{known:?}");
    }
}

#[test]
fn a_role_that_nobody_fills_is_shown_once() {
    let mut world = World::town();
    let mut policy = gas_policy();
    policy.posts[1].role = "water-company".into();
    world.put(RegistryChange::PutPolicy(policy));
    let vacant = |out: &[Effect]| {
        let of = |e: &&Effect| matches!(e, Effect::Escalation(c) if &*c.role == "water-company");
        out.iter().filter(of).count()
    };
    let (_, out) = world.raise("d-block-7", false);
    assert_eq!(vacant(&out), 1);
    let line = "water-company called, but nobody fills that post";
    assert!(lines(&out).iter().any(|l| l.text.en == line), "{:?}", lines(&out));
    world.wait(Ms::seconds(61));
    let (_, out) = world.raise("d-block-8", false);
    assert_eq!(vacant(&out), 0);
}

#[test]
fn what_a_dossier_says_becomes_a_line_of_the_task() {
    let text = |says: &str, drill: bool| {
        let mut world = World::town();
        let mut policy = gas_policy();
        let says = Says { attribute: "building.stairs".into(), value: says.into() };
        policy.posts.push(PostRule {
            wording: Text::new("一部楼梯", "one stair"),
            only_where: Some(says),
            ..policy.posts[1].clone()
        });
        world.put(RegistryChange::PutPolicy(policy));
        let mut dossier = detector("dossier", "block-7", at(0.0, 0.0));
        dossier.attributes.insert("building.stairs".into(), "1".into());
        dossier.drill = drill;
        world.put(RegistryChange::PutDevice(dossier));
        world.raise("d-block-7", false);
        world.notice("gas-company P-gas-company").text.en.clone()
    };
    assert!(text("1", false).ends_with("\none stair"));
    assert!(!text("2", false).contains("one stair"));
    assert!(!text("1", true).contains("one stair"), "what a virtual device says is no fact");
}

#[test]
fn a_warning_that_still_holds_is_renewed_before_it_expires() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    world.wait(Ms::seconds(7200 - 600));
    let renewed = world.log.iter().rev().find_map(|e| match e {
        Effect::Warning(warning) => Some(warning.clone()),
        _ => None,
    });
    assert_eq!(warnings(&world.log), [(1, false, 0), (2, false, 1)]);
    let expires = renewed.expect("a warning").expires;
    assert_eq!(expires, world.now.after(Ms::seconds(7200)));
    // A month without an end of the danger: the chain goes on, what it replaces is bounded.
    world.wait(Ms::seconds(30 * 86_400));
    let (sequence, _, earlier) = *warnings(&world.log).last().expect("a warning");
    assert!(sequence > 300 && earlier == 100, "{sequence} {earlier}");
    world.clear(&mut alarm);
    world.all_clear(1);
    let cancel = world.log.iter().rev().find_map(|e| match e {
        Effect::Warning(warning) => Some(warning.clone()),
        _ => None,
    });
    let cancel = cancel.expect("a warning");
    assert!(cancel.cancel && cancel.expires > cancel.sent, "{cancel:?}");
    let before = warnings(&world.log).len();
    world.wait(Ms::seconds(86_400));
    assert_eq!(warnings(&world.log).len(), before, "what is lifted is not renewed");
}

#[test]
fn a_warning_without_an_audience_is_lifted_before_the_incident_is_closed() {
    let mut world = World::town();
    let policy = Policy { zones: Vec::new(), posts: Vec::new(), ..gas_policy() };
    world.put(RegistryChange::PutPolicy(policy));
    let (mut alarm, out) = world.raise("d-block-7", false);
    assert_eq!((sent(&out).len(), warnings(&out).len()), (0, 1));
    world.clear(&mut alarm);
    let close = ActionKind::CloseIncident(IncidentId(1));
    let (answer, _) = world.act("lead", close.clone(), "over");
    assert_eq!(answer, Answer::Refused(Refusal::WrongState), "the public is still warned");
    world.all_clear(1);
    assert_eq!(warnings(&world.log).last(), Some(&(2, true, 1)));
    assert_eq!(world.act("lead", close, "over").0, Answer::Done);
}

#[test]
fn what_waits_in_a_queue_is_not_wanted_after_the_all_clear_or_an_answer() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    let (ann, bob) = (world.notice("ANN").id, world.notice("BOB").id);
    assert!(world.push.is_wanted(ann) && world.push.is_wanted(bob));
    world.act("duty", ActionKind::AnswerNotice(bob, ReceiptState::Acknowledged), "");
    assert!(!world.push.is_wanted(bob));
    world.wait(Ms::seconds(61));
    assert_eq!(world.notice("ANN").state, NoticeState::Visiting);
    assert!(world.push.is_wanted(ann), "a late message is better than none");
    world.clear(&mut alarm);
    world.all_clear(1);
    assert!(!world.push.is_wanted(ann), "nobody is told to leave after the all-clear");
    assert!(world.push.is_wanted(world.notice("ANN").id), "the all-clear is");
    assert!(!world.push.is_wanted(NoticeId(999)));
}

#[test]
fn an_incident_is_not_closed_while_somebody_needs_help_or_is_being_visited() {
    let mut world = World::town();
    let (mut alarm, _) = world.raise("d-block-7", false);
    let (ann, eve) = (world.notice("ANN").id, world.notice("EVE").id);
    world.act("nurse", ActionKind::AnswerNotice(eve, ReceiptState::NeedsHelp), "");
    world.wait(Ms::seconds(55));
    assert_eq!(world.notice("ANN").state, NoticeState::Visiting);
    world.clear(&mut alarm);
    world.all_clear(1);
    let close = |world: &mut World, expected: Answer| {
        let kind = ActionKind::CloseIncident(IncidentId(1));
        assert_eq!(world.act("lead", kind, "over").0, expected);
    };
    let wrong = Answer::Refused(Refusal::WrongState);
    close(&mut world, wrong);
    for notice in [eve, ann] {
        close(&mut world, wrong);
        world.act("grid", ActionKind::RecordVisit(notice, true), "");
    }
    let others: Vec<NoticeId> =
        world.push.notices().filter(|n| n.state == NoticeState::Visiting).map(|n| n.id).collect();
    for notice in others {
        world.act("grid", ActionKind::RecordVisit(notice, false), "");
    }
    close(&mut world, Answer::Done);
}

#[test]
fn a_task_stands_when_its_post_is_warned_by_a_later_alarm() {
    let mut world = World::town();
    let near = Post { position: Some(at(40.0, 0.0)), ..post("grid-worker", "") };
    world.put(RegistryChange::PutPost(near));
    let (_, out) = world.raise("d-block-7", false);
    let name = "grid-worker P-grid-worker".to_owned();
    assert!(names(&out, Protective::Task).contains(&name));
    world.put(RegistryChange::PutPolicy(Policy { posts: Vec::new(), ..gas_policy() }));
    let (_, out) = world.raise("d-block-8", false);
    assert_eq!(names(&out, Protective::StayAway), std::slice::from_ref(&name));
    let out = world.wait(Ms::seconds(31));
    assert!(sent(&out).contains(&(name, Protective::Task, Channel::Sms)), "{:?}", sent(&out));
}

#[test]
fn whoever_was_warned_still_gets_a_task_and_the_warning_stands() {
    let mut world = World::town();
    let near = Post { position: Some(at(40.0, 0.0)), ..post("grid-worker", "") };
    world.put(RegistryChange::PutPost(near));
    world.put(RegistryChange::PutPolicy(Policy { posts: Vec::new(), ..gas_policy() }));
    let (_, out) = world.raise("d-block-7", false);
    let name = "grid-worker P-grid-worker".to_owned();
    assert!(names(&out, Protective::StayAway).contains(&name));
    world.put(RegistryChange::PutPolicy(gas_policy()));
    let (_, out) = world.raise("d-block-7", false);
    assert!(names(&out, Protective::Task).contains(&name), "{:?}", sent(&out));
    let (_, out) = world.raise("d-block-7", false);
    assert!(sent(&out).is_empty(), "and not twice: {:?}", sent(&out));
    let out = world.wait(Ms::seconds(31));
    for action in [Protective::StayAway, Protective::Task] {
        assert!(sent(&out).contains(&(name.clone(), action, Channel::Sms)), "{:?}", sent(&out));
    }
}

#[test]
fn posts_are_called_in_a_drill_only_and_on_no_public_channel() {
    let mut world = World::town();
    let call = |incident, posts: &[u32]| ActionKind::CallPosts {
        incident: IncidentId(incident),
        posts: posts.iter().map(|id| crate::PostId(*id)).collect(),
        within: Ms::seconds(300),
        text: Text::new("请确认在岗", "say that you are there"),
    };
    let (real, _) = world.raise("d-block-7", false);
    let real = real.incident.unwrap().0;
    assert_eq!(world.act("lead", call(real, &[0]), "").0, Answer::Refused(Refusal::WrongState));
    world.act("lead", ActionKind::TakeIncident(IncidentId(real)), "");
    let (drill, _) = world.raise("d-block-8", true);
    let drill = drill.incident.unwrap().0;
    assert_ne!(drill, real);
    assert_eq!(world.act("lead", call(drill, &[99]), "").0, Answer::Refused(Refusal::Unknown));
    assert_eq!(world.act("lead", call(drill, &[]), "").0, Answer::Refused(Refusal::OutOfRange));
    let before = world.push.notices_of(IncidentId(drill)).count();
    let (answer, out) = world.act("lead", call(drill, &[0, 1, 0]), "");
    assert_eq!(answer, Answer::Done);
    let told = sent(&out);
    assert_eq!(told.len(), 2, "each post once: {told:?}");
    assert!(told.iter().all(|(_, _, channel)| !channel.is_public()), "{told:?}");
    let called: Vec<_> = world.push.notices_of(IncidentId(drill)).skip(before).cloned().collect();
    assert!(called.iter().all(|n| n.drill && n.text.zh.starts_with("【演练】")));
    let answered = ActionKind::AnswerNotice(called[0].id, ReceiptState::Acknowledged);
    assert_eq!(world.act("duty", answered, "").0, Answer::Done);
    world.wait(Ms::seconds(301));
    let state = |n: &Notice| world.push.notice(n.id).map(|n| n.state);
    assert_eq!(state(&called[0]), Some(NoticeState::Acknowledged));
    assert_eq!(state(&called[1]), Some(NoticeState::Unreachable));
}
