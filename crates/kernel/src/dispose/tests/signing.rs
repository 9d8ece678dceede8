//! How programs come into use.

use super::*;

fn draft(version: u32) -> Program {
    let status = ProgramStatus::Draft;
    Program {
        version,
        status,
        dry_run: None,
        signed_by: None,
        ..live("p", vec![step("fan", "start")])
    }
}

fn put(world: &mut World, program: Program) -> Answer {
    world.step(0, &Event::Registry(Box::new(RegistryChange::PutProgram(program))))
}

fn dry_run(name: &str, readings: u64, runs: u32, problems: &[&str]) -> ActionKind {
    let problems = problems.iter().map(|p| (*p).to_owned()).collect();
    ActionKind::RecordDryRun { program: name.into(), readings, runs, problems }
}

fn sign(name: &str) -> ActionKind {
    ActionKind::SignOffProgram(name.into())
}

fn retire(name: &str) -> ActionKind {
    ActionKind::RetireProgram(name.into())
}

const DONE: Result<(), Refusal> = Ok(());

/// Who, why, what, what comes of it, which programs change.
type Act<'a> = (&'a str, &'a str, ActionKind, Result<(), Refusal>, &'a str);

/// Does things one after another; each gives an answer and the changes of programs.
fn check(world: &mut World, acts: &[Act<'_>]) {
    for (who, reason, kind, expected, changes) in acts {
        world.out.clear();
        let answer = world.act(0, who, reason, kind.clone());
        let expected = expected.map_or_else(Answer::Refused, |()| Answer::Done);
        assert_eq!(answer, expected, "{kind:?}");
        let said: Vec<String> = world.out.iter().filter_map(words_of).collect();
        assert_eq!(said.join(", "), *changes, "{kind:?}");
    }
}

#[test]
fn from_draft_to_use_and_out_of_it() {
    let mut world = World::new(&[]);
    world.change(RegistryChange::PutRule(rule(&["p"])));
    assert_eq!(put(&mut world, draft(1)), Answer::Created(0));
    let again = Refusal::DryRunRequired;
    check(
        &mut world,
        &[
            ("bob", "", sign("p"), Err(again), ""),
            ("ann", "", dry_run("p", 0, 1, &[]), Err(again), ""),
            ("ann", "", dry_run("p", 9, 0, &[]), Err(again), ""),
            ("ann", "", dry_run("p", 9, 1, &["x"]), Err(again), ""),
            ("ann", "", dry_run("q", 9, 1, &[]), Err(Refusal::Unknown), ""),
            ("ann", "", dry_run("p@2", 9, 1, &[]), Err(Refusal::Unknown), ""),
            ("ann", "", dry_run("p", 9, 1, &[]), DONE, "p@1 Tried"),
            ("ann", "", dry_run("p@1", 9, 1, &["x"]), DONE, "p@1 Draft"),
            ("bob", "", sign("p@1"), Err(again), ""),
            ("ann", "", dry_run("p@1", 9, 1, &[]), DONE, "p@1 Tried"),
            ("ann", "", sign("p"), Err(Refusal::SecondPersonRequired), ""),
        ],
    );
    world.read(1, "gas", 30.0);
    assert_eq!(world.engine.dispose().commands().count(), 0, "not live yet");
    world.read(2, "gas", 0.0);
    check(
        &mut world,
        &[
            ("op", "", ActionKind::AcknowledgeAlarm(AlarmId(1)), DONE, ""),
            ("bob", "", sign("p"), DONE, "p@1 Live"),
            ("bob", "", sign("p"), Err(Refusal::WrongState), ""),
            ("ann", "", dry_run("p", 9, 1, &[]), Err(Refusal::WrongState), ""),
        ],
    );
    world.read(3, "gas", 30.0);
    assert_eq!(world.engine.dispose().commands().count(), 1, "live");
    assert_eq!(put(&mut world, draft(2)), Answer::Created(1));
    check(
        &mut world,
        &[
            ("ann", "", dry_run("p", 9, 1, &[]), DONE, "p@2 Tried"),
            ("cid", "", sign("p"), DONE, "p@1 Retired, p@2 Live"),
            ("cid", "", sign("p@1"), Err(Refusal::WrongState), ""),
            ("cid", "", retire("p"), Err(Refusal::ReasonRequired), ""),
            ("cid", "wrong", retire("p"), DONE, "p@2 Retired"),
            ("cid", "wrong", retire("p"), Err(Refusal::WrongState), ""),
            ("cid", "wrong", retire("q"), Err(Refusal::Unknown), ""),
        ],
    );
    assert!(world.engine.registry().live_program("p").is_none());
    let run = world.engine.dispose().runs().next().unwrap();
    assert_eq!(run.version, 1, "a run keeps the version it started with");
}

#[test]
fn what_the_registry_takes() {
    let check = |program: Program, expected: Answer| {
        let mut world = World::new(&[live("p", vec![step("fan", "start")])]);
        let status = program.status;
        assert_eq!(put(&mut world, program), expected, "{status:?}");
    };
    let wrong = Answer::Refused(Refusal::WrongState);
    let created = Answer::Created(1);
    let next = || Program { version: 2, ..live("p", vec![step("fan", "start")]) };
    check(draft(2), created);
    check(draft(1), wrong);
    check(next(), created);
    check(Program { signed_by: None, ..next() }, wrong);
    check(Program { signed_by: Some(actor("ann")), ..next() }, wrong);
    check(Program { dry_run: None, ..next() }, wrong);
    check(Program { status: ProgramStatus::Tried, ..next() }, wrong);
    check(Program { status: ProgramStatus::Retired, ..next() }, wrong);
    check(Program { signed_by: Some(actor("bob")), ..draft(2) }, wrong);
    check(Program { steps: Vec::new(), ..next() }, Answer::Refused(Refusal::OutOfRange));
}

#[test]
fn an_older_version_of_a_pack_does_not_take_over() {
    let mut world = World::new(&[Program { version: 3, ..live("p", vec![step("fan", "start")]) }]);
    let older = Program { version: 2, ..live("p", vec![step("fan", "start")]) };
    assert_eq!(put(&mut world, older), Answer::Refused(Refusal::WrongState));
    let newer = Program { version: 4, ..live("p", vec![step("fan", "start")]) };
    assert_eq!(put(&mut world, newer), Answer::Created(1));
    let live: Vec<u32> = world.engine.registry().live_programs().map(|(_, p)| p.version).collect();
    assert_eq!(live, [4]);
    let old = world.engine.registry().programs.by_key("p@3").unwrap();
    assert_eq!(old.status, ProgramStatus::Retired);
}

#[test]
fn numbers_that_make_sense() {
    let check = |step: Step, valid: bool| {
        let steps = vec![step.clone(), super::step("fan", "start")];
        assert_eq!(live("p", steps).is_valid(), valid, "{step:?}");
    };
    let fan = || step("fan", "start");
    check(fan(), true);
    check(fan().retries(10), true);
    check(fan().retries(11), false);
    check(Step { time_limit: Ms(0), ..fan() }, false);
    check(Step { time_limit: Ms(3_600_001), ..fan() }, false);
    check(Step { argument: f64::NAN, ..fan() }, false);
    check(fan().otherwise(Otherwise::Jump(1)), true);
    check(fan().otherwise(Otherwise::Jump(0)), false);
    check(fan().otherwise(Otherwise::Jump(2)), false);
    check(fan().call(""), false);
    check(fan().within(Within::Metres(-1.0)), false);
    check(fan().proof("fan", "on", f64::INFINITY), false);
    check(fan().when(value("fan.on", Compare::Equal, f64::NAN, true)), false);
    check(fan().when(Check::Any(vec![])), false);
    let any = |check: Check| Check::Any(vec![check]);
    check(fan().when(any(any(any(Check::Level(1))))), true);
    check(fan().when(any(any(any(any(Check::Level(1)))))), false);
    assert!(!Program { key: "a@b".into(), ..live("p", vec![fan()]) }.is_valid());
    assert!(!Program { version: 0, ..live("p", vec![fan()]) }.is_valid());
    assert!(!live("p", vec![fan(); 33]).is_valid());
}
