//! Observations and what they judge.

use super::*;
use crate::desk::Form;

const AREA: AreaCode = AreaCode(640_104_000);
const MINUTE: i64 = 60_000;

fn made(version: u32, at: i64) -> Forecast {
    Forecast {
        id: 0,
        model: "wildfire".into(),
        what: GROUND.into(),
        form: Form::Outline,
        against: "persistence".into(),
        incident: 7,
        version,
        detail: "burnt".into(),
        device: format!("{POLICY}fire"),
        area: AREA,
        at: Ms(at),
        drill: false,
        unit: "1".into(),
        step_s: 0.0,
        before: None,
        inputs: "{}".into(),
        notes: String::new(),
        values: Vec::new(),
    }
}

fn ring(size: f64) -> Vec<Vec<Position>> {
    let at = |lon, lat| Position { lon, lat };
    vec![vec![at(106.0, 38.0), at(106.0 + size, 38.0), at(106.0, 38.0 + size), at(106.0, 38.0)]]
}

fn outlines() -> Vec<Outline> {
    let outline =
        |minutes: f64| Outline { after_s: Some(minutes * 60.0), rings: ring(minutes / 1_000.0) };
    vec![outline(30.0), outline(60.0), outline(120.0)]
}

fn seen(at: i64, seen: Seen) -> Observed {
    Observed {
        id: 0,
        incident: 7,
        area: AREA,
        drill: false,
        policy: "fire".into(),
        level: "burnt".into(),
        at: Ms(at),
        seen,
        means: "drone".into(),
        note: "北侧".into(),
        by: "duty".into(),
        told: Ms(at + MINUTE),
        withdrawn: None,
        judged: false,
    }
}

fn all_waiting(desk: &Desk) -> Vec<Waiting> {
    let waiting = desk.waiting_observed(10).unwrap();
    waiting.into_iter().map(|id| desk.to_judge(id).unwrap().unwrap()).collect()
}

fn pair(waiting: &Waiting, forecast: u64, reference: Option<(u64, f64)>) -> GroundPair {
    GroundPair {
        forecast,
        model: "wildfire".into(),
        version: 1,
        made: Ms(0),
        observed: waiting.observed.id,
        after_s: Some(1_800.0),
        place: false,
        foretold: 0.5,
        came: 1.0,
        missed: Some(0.25),
        in_vain: None,
        reference,
    }
}

#[test]
fn an_observation_is_judged_by_the_outline_of_its_moment() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path()).unwrap();
    assert!(!desk.knows_ground(7, "fire", 1).unwrap());
    assert_eq!(desk.keep_ground(&[(made(1, 0), outlines())]).unwrap().new, 1);
    assert_eq!(desk.keep_ground(&[(made(1, 0), outlines())]).unwrap().new, 0, "once");
    assert!(desk.knows_ground(7, "fire", 1).unwrap());
    let stands = Outline { after_s: None, rings: ring(0.1) };
    desk.keep_ground(&[(made(2, 10 * MINUTE), vec![stands])]).unwrap();
    let other = Forecast { detail: "intensity-8".into(), ..made(1, 0) };
    desk.keep_ground(&[(other, outlines())]).unwrap();

    let place = Seen::Place { at: Position { lon: 106.0, lat: 38.0 }, holds: true };
    let times = [29, 34, 5, 57, 129].map(|minute| minute * MINUTE);
    for at in times {
        let seen = if at == times[0] { Seen::Ground(ring(0.03)) } else { place.clone() };
        desk.observe(&self::seen(at, seen), None).unwrap().unwrap();
    }
    let waiting = all_waiting(&desk);
    let spoken: Vec<Vec<(u32, Option<f64>)>> = waiting
        .iter()
        .map(|one| one.speaks.iter().map(|s| (s.forecast.version, s.outline.after_s)).collect())
        .collect();
    let (first, second) = ((1, Some(1_800.0)), (2, None));
    assert_eq!(spoken[0], [first, second]);
    assert_eq!(spoken[1], [second], "four minutes off half an hour");
    assert!(spoken[2].is_empty(), "before it says anything");
    assert_eq!(spoken[3], [(1, Some(3_600.0)), second]);
    assert_eq!(spoken[4], [second], "nine minutes off two hours");
    assert_eq!(waiting[0].speaks[0].outline.rings, ring(0.03));
    let before: Vec<u64> = waiting[3].before.iter().map(|one| one.id).collect();
    assert_eq!(before, [2, 1, 3], "the newest first");
    let (kept, damaged) = desk.observed(7).unwrap();
    assert!(damaged.is_empty());
    let first = Observed { id: 1, ..seen(times[0], Seen::Ground(ring(0.03))) };
    assert_eq!(kept.iter().find(|one| one.id == 1), Some(&first));
    assert_eq!(kept[0].seen, place);
}

#[test]
fn a_pair_is_judged_once_and_goes_with_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Desk::open(folder.path()).unwrap();
    let desk = open();
    desk.keep_ground(&[(made(1, 0), outlines())]).unwrap();
    for (at, number) in [(30, 1), (31, 2), (31, 2)] {
        let told = desk.observe(&seen(at * MINUTE, Seen::Ground(ring(0.03))), None);
        assert_eq!(told.unwrap(), Some(number), "told twice is told once");
    }
    let [one, two] = &all_waiting(&desk)[..] else { panic!("two wait") };
    let judged =
        |desk: &Desk| desk.observed(7).unwrap().0.iter().map(|one| one.judged).collect::<Vec<_>>();
    assert!(desk.judge_ground(one, &[pair(one, 1, None)]).unwrap());
    assert_eq!(judged(&desk), [true, false], "one waits");
    assert!(desk.judge_ground(two, &[pair(two, 1, Some((1, 0.75)))]).unwrap());
    drop(desk);
    let desk = open();
    assert!(desk.waiting_observed(10).unwrap().is_empty(), "judged once");
    let other = GroundPair { foretold: 0.9, ..pair(two, 1, Some((1, 0.75))) };
    desk.judge_ground(two, &[other]).unwrap();
    let (pairs, left_out) = desk.ground_pairs(7).unwrap();
    assert_eq!(left_out, 0);
    assert_eq!(pairs, [pair(one, 1, None), pair(two, 1, Some((1, 0.75)))], "what was stays");
    assert_eq!(desk.ground_pairs_of(1).unwrap(), pairs);
    assert_eq!(desk.ground_judged(AREA, false, 10).unwrap().len(), 2);
    assert_eq!(desk.ground_judged(AREA, false, 1).unwrap()[0].observed, 2, "the newest");
    assert!(desk.ground_judged(AREA, true, 10).unwrap().is_empty(), "drills apart");
    assert!(desk.ground_judged(AreaCode(640_221_000), false, 10).unwrap().is_empty());
    assert_eq!(desk.ground_unjudged(AREA, false).unwrap()[0].open, 0);

    // Another forecast that speaks of them: they wait again, and whoever judged without it is not at the end.
    desk.keep_ground(&[(made(2, 5), outlines())]).unwrap();
    assert_eq!(desk.waiting_observed(10).unwrap().len(), 2);
    assert!(!desk.judge_ground(one, &[]).unwrap());
    assert_eq!(desk.ground_unjudged(AREA, false).unwrap()[0].open, 1);
    for one in all_waiting(&desk) {
        let left: Vec<u32> = one.speaks.iter().map(|speaks| speaks.forecast.version).collect();
        assert_eq!(left, [2], "what is judged is not read again");
        assert!(desk.judge_ground(&one, &[]).unwrap());
    }

    // The first was wrong: the second waits for another reference.
    let better = seen(30 * MINUTE, Seen::Ground(ring(0.02)));
    assert_eq!(desk.observe(&better, Some(9)).unwrap(), None, "no such one");
    assert_eq!(desk.observed(7).unwrap().0.len(), 2, "and nothing is kept");
    assert_eq!(desk.observe(&better, Some(1)).unwrap(), Some(3));
    assert!(desk.ground_pairs(7).unwrap().0.is_empty());
    assert_eq!(desk.waiting_observed(10).unwrap(), [2, 3]);
    assert_eq!(desk.to_judge(1).unwrap(), None, "it was withdrawn");
    let gone = &desk.observed(7).unwrap().0[0];
    assert_eq!(gone.withdrawn, Some((Ms(31 * MINUTE), "duty".to_owned(), Some(3))));
    assert!(!desk.judge_ground(two, &[pair(two, 1, Some((1, 0.75)))]).unwrap(), "it is gone");
    assert!(!desk.judge_ground(one, &[pair(one, 1, None)]).unwrap(), "so is this");
    assert!(!desk.withdraw_observed(8, 2, "duty", Ms(9)).unwrap(), "of another incident");
    assert!(desk.withdraw_observed(7, 2, "duty", Ms(9)).unwrap());
    assert!(!desk.withdraw_observed(7, 2, "duty", Ms(9)).unwrap());
    assert_eq!(desk.waiting_observed(10).unwrap().len(), 1);
}

#[test]
fn what_is_told_late_of_an_earlier_moment_is_the_nearer_reference() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path()).unwrap();
    desk.keep_ground(&[(made(1, 0), outlines())]).unwrap();
    let place = |metres: f64| {
        let at = Position { lon: 106.0 + metres / 87_000.0, lat: 38.0 };
        Seen::Place { at, holds: true }
    };
    let tell = |minute: i64, what: Seen| {
        desk.observe(&seen(minute * MINUTE, what), None).unwrap().unwrap()
    };
    let references = || -> Vec<(u64, Option<u64>)> {
        let (pairs, _) = desk.ground_pairs(7).unwrap();
        pairs.iter().map(|pair| (pair.observed, pair.reference.map(|(id, _)| id))).collect()
    };
    // As the server judges them, without ends and places elsewhere.
    let judge = || {
        for one in all_waiting(&desk) {
            let reference = one.before.first().map(|before| (before.id, 0.5));
            assert!(desk.judge_ground(&one, &[pair(&one, 1, reference)]).unwrap());
        }
    };
    let (ground, near, first) = (
        tell(32, Seen::Ground(ring(0.03))),
        tell(31, place(0.0)),
        tell(28, Seen::Ground(ring(0.02))),
    );
    judge();
    let all = [(ground, Some(near)), (near, Some(first)), (first, None)];
    assert_eq!(references().len(), all.len());
    assert!(all.iter().all(|one| references().contains(one)), "{:?}", references());

    // A place says nothing of ground, nor of another place; what is farther away in time is no nearer.
    tell(29, place(60.0));
    assert_eq!(desk.waiting_observed(10).unwrap(), [4]);
    judge();
    tell(27, Seen::Ground(ring(0.01)));
    assert_eq!(desk.waiting_observed(10).unwrap(), [first, 5], "it had none");
    judge();
    // Nearer ones: the same place, and ground for all that were compared with what was before it.
    let stale = desk.to_judge(near).unwrap().unwrap();
    tell(29, place(40.0));
    assert_eq!(desk.waiting_observed(10).unwrap(), [near, 6]);
    assert!(!desk.judge_ground(&stale, &[]).unwrap(), "it does not know of it");
    judge();
    assert!(references().contains(&(near, Some(6))), "{:?}", references());
    tell(30, Seen::Ground(ring(0.025)));
    assert_eq!(desk.waiting_observed(10).unwrap(), [near, 7]);
    judge();
    assert!(references().contains(&(near, Some(7))), "{:?}", references());
    assert_eq!(desk.seen_ground(7).unwrap(), Some(ring(0.025)));
    assert_eq!(desk.seen_ground(6).unwrap(), None, "a place");
    desk.withdraw_observed(7, 7, "duty", Ms(9)).unwrap();
    assert_eq!(desk.seen_ground(7).unwrap(), None, "it was withdrawn");
}

#[test]
fn what_is_damaged_keeps_nothing_else_from_being_judged() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path()).unwrap();
    for version in [1, 2] {
        desk.keep_ground(&[(made(version, i64::from(version)), outlines())]).unwrap();
    }
    for minute in [30, 31] {
        desk.observe(&seen(minute * MINUTE, Seen::Ground(ring(0.03))), None).unwrap().unwrap();
    }
    let spoil = "UPDATE observed SET seen = '[[' WHERE id = 1;
        UPDATE ground_outline SET rings = '{' WHERE forecast = 1;";
    desk.db().execute_batch(spoil).unwrap();
    assert!(matches!(desk.to_judge(1), Err(StoreError::Damaged(_))));
    assert!(matches!(desk.seen_ground(1), Err(StoreError::Damaged(_))));
    let (all, damaged) = desk.observed(7).unwrap();
    assert_eq!((all.len(), damaged), (1, vec![1]));
    desk.pass_over(1).unwrap();
    assert_eq!(desk.waiting_observed(10).unwrap(), [2]);
    let left = desk.to_judge(2).unwrap().unwrap();
    assert_eq!(left.speaks.iter().map(|one| one.forecast.id).collect::<Vec<_>>(), [2]);
    assert_eq!(left.damaged.len(), 1, "{:?}", left.damaged);
}

#[test]
fn ground_is_kept_beside_all_sensors_and_what_is_left_out_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path()).unwrap();
    let sensor = |at| Forecast { what: "level-exceeded".into(), ..made(1, at) };
    assert!(desk.keep_forecast(&sensor(0)).unwrap());
    let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1 - 1)
        INSERT INTO forecast (model, device, area, at, drill, unit, step_s, inputs, notes, what, incident)
        SELECT 'gas-release', 's', 0, n, 0, '1', 0, '', '', 'level-exceeded', 7 FROM n";
    desk.db().execute(many, [forecast::MOST_OF_INCIDENT]).unwrap();
    assert!(!desk.keep_forecast(&sensor(1)).unwrap(), "full");
    let most = u32::try_from(MOST_GROUND).unwrap();
    let version = |version: u32| (made(version, i64::from(version)), outlines());
    let all: Vec<_> = (1..=most).map(version).collect();
    let kept = desk.keep_ground(&all).unwrap();
    assert_eq!(kept, GroundKept { new: all.len(), left_out: 0 });
    assert!(!desk.knows_ground(7, "fire", most + 1).unwrap());
    let kept = desk.keep_ground(&[version(most + 1), version(most + 2)]).unwrap();
    assert_eq!(kept, GroundKept { new: 0, left_out: 2 });
    assert!(desk.knows_ground(7, "fire", most + 1).unwrap(), "no model is asked again");
    assert!(!desk.knows_ground(8, "fire", 1).unwrap());
    desk.prune_forecasts(Ms(KEPT_FOR.0 + MINUTE)).unwrap();
    desk.prune_observed(Ms(KEPT_FOR.0 + MINUTE)).unwrap();
    assert!(!desk.knows_ground(7, "fire", most + 1).unwrap());
}

#[test]
fn corners_are_counted_and_at_the_limit_it_can_still_be_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path()).unwrap();
    let corner = |n: i64| Position { lon: 106.0 + n as f64 * 1e-6, lat: 38.0 };
    let fine = Seen::Ground(vec![(0..2_000).map(corner).collect()]);
    let tell = |at: i64, corrects| desk.observe(&seen(at, fine.clone()), corrects);
    for at in 0..MOST_CORNERS / 2_000 {
        tell(at, None).unwrap().unwrap();
    }
    let Err(StoreError::TooMany(what)) = tell(1_000, None) else { panic!("too many corners") };
    assert!(what.contains("corners"), "{what}");
    assert_eq!(tell(3, None).unwrap(), Some(4), "told before");
    let place = Seen::Place { at: corner(0), holds: true };
    assert!(desk.observe(&seen(1, place), None).unwrap().is_some(), "places have none");
    // One for another: until as many were withdrawn again.
    let mut last = 1;
    for at in 2_000..2_000 + MOST_CORNERS / 2_000 {
        last = tell(at, Some(last)).unwrap().unwrap();
    }
    let more = tell(9_000, Some(last));
    assert!(matches!(more, Err(StoreError::TooMany(_))));
    assert!(desk.withdraw_observed(7, last, "duty", Ms(9)).unwrap(), "that is always possible");
}

#[test]
fn a_file_of_an_earlier_program_knows_its_corners() {
    let folder = tempfile::tempdir().unwrap();
    {
        let desk = Desk::open(folder.path()).unwrap();
        desk.observe(&seen(1, Seen::Ground(ring(0.03))), None).unwrap();
        let earlier = "DROP INDEX observed_room; ALTER TABLE observed DROP COLUMN corners;";
        desk.db().execute_batch(earlier).unwrap();
    }
    let desk = Desk::open(folder.path()).unwrap();
    assert_eq!(desk.seen_ground(1).unwrap(), Some(ring(0.03)));
}

#[test]
fn an_incident_has_a_limit_and_what_is_old_goes() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path()).unwrap();
    let place = Seen::Place { at: Position { lon: 106.0, lat: 38.0 }, holds: false };
    for at in 0..MOST_OBSERVED {
        desk.observe(&seen(at, place.clone()), None).unwrap();
    }
    let more = desk.observe(&seen(MOST_OBSERVED, place.clone()), None);
    assert!(matches!(more, Err(StoreError::TooMany(_))));
    assert_eq!(desk.observe(&seen(0, place.clone()), None).unwrap(), Some(1), "told before");
    let corrected = desk.observe(&seen(MOST_OBSERVED, place.clone()), Some(2)).unwrap();
    assert!(corrected.is_some(), "for one that is withdrawn");
    assert!(desk.withdraw_observed(7, 3, "duty", Ms(9)).unwrap());
    assert!(desk.observe(&seen(MOST_OBSERVED + 1, place.clone()), None).unwrap().is_some());
    let drill = Observed { incident: 8, drill: true, ..seen(0, place) };
    desk.observe(&drill, None).unwrap().unwrap();
    assert_eq!(desk.prune_observed(Ms(DRILLS_KEPT_FOR.0 + 2 * MINUTE)).unwrap(), 1);
    assert_eq!(desk.observed(7).unwrap().0.len(), 502);
    desk.keep_ground(&[(made(1, 0), outlines())]).unwrap();
    desk.prune_forecasts(Ms(KEPT_FOR.0 + MINUTE)).unwrap();
    let left = "SELECT count(*) FROM ground_outline";
    let left: i64 = desk.db().query_row(left, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "outlines go with their forecasts");
}
