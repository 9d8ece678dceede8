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
    assert_eq!(desk.keep_ground(&[(made(1, 0), outlines())]).unwrap(), 1);
    assert_eq!(desk.keep_ground(&[(made(1, 0), outlines())]).unwrap(), 0, "once");
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
    let kept = desk.observed(7).unwrap();
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
    assert!(desk.judge_ground(one, &[pair(one, 1, None)]).unwrap());
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

    // Over is over once, until the danger is made anew.
    for at in [20, 30] {
        desk.ground_over(7, Ms(at)).unwrap();
        desk.ground_over(8, Ms(at)).unwrap();
    }
    assert_eq!(desk.grounds_over(7).unwrap(), [Ms(20)]);
    assert_eq!(desk.grounds_over(8).unwrap(), [], "nothing was foretold");

    // Another forecast that speaks of them: they wait again, and whoever judged without it is not at the end.
    desk.keep_ground(&[(made(2, 5), outlines())]).unwrap();
    assert_eq!(desk.waiting_observed(10).unwrap().len(), 2);
    assert!(!desk.judge_ground(one, &[]).unwrap());
    assert_eq!(desk.ground_unjudged(AREA, false).unwrap()[0].open, 1);
    for one in all_waiting(&desk) {
        assert!(desk.judge_ground(&one, &[]).unwrap());
    }

    // The first was wrong: the second waits for another reference.
    let better = seen(30 * MINUTE, Seen::Ground(ring(0.02)));
    assert_eq!(desk.observe(&better, Some(9)).unwrap(), None, "no such one");
    assert_eq!(desk.observed(7).unwrap().len(), 2, "and nothing is kept");
    assert_eq!(desk.observe(&better, Some(1)).unwrap(), Some(3));
    assert!(desk.ground_pairs(7).unwrap().0.is_empty());
    assert_eq!(desk.waiting_observed(10).unwrap(), [2, 3]);
    assert_eq!(desk.to_judge(1).unwrap(), None, "it was withdrawn");
    let gone = &desk.observed(7).unwrap()[0];
    assert_eq!(gone.withdrawn, Some((Ms(31 * MINUTE), "duty".to_owned(), Some(3))));
    assert!(!desk.judge_ground(two, &[pair(two, 1, Some((1, 0.75)))]).unwrap(), "it is gone");
    assert!(!desk.judge_ground(one, &[pair(one, 1, None)]).unwrap(), "so is this");
    assert!(!desk.withdraw_observed(8, 2, "duty", Ms(9)).unwrap(), "of another incident");
    assert!(desk.withdraw_observed(7, 2, "duty", Ms(9)).unwrap());
    assert!(!desk.withdraw_observed(7, 2, "duty", Ms(9)).unwrap());
    assert_eq!(desk.waiting_observed(10).unwrap().len(), 1);
}

#[test]
fn an_incident_has_a_limit_and_what_is_old_goes() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path()).unwrap();
    let place = Seen::Place { at: Position { lon: 106.0, lat: 38.0 }, holds: false };
    for at in 0..MOST_OBSERVED {
        desk.observe(&seen(at, place.clone()), None).unwrap();
    }
    let more = desk.observe(&seen(0, place.clone()), None);
    assert!(matches!(more, Err(StoreError::TooMany(_))));
    let drill = Observed { incident: 8, drill: true, ..seen(0, place) };
    desk.observe(&drill, None).unwrap().unwrap();
    assert_eq!(desk.prune_observed(Ms(DRILLS_KEPT_FOR.0 + 2 * MINUTE)).unwrap(), 1);
    assert_eq!(desk.observed(7).unwrap().len(), 500);
    desk.keep_ground(&[(made(1, 0), outlines())]).unwrap();
    desk.prune_forecasts(Ms(KEPT_FOR.0 + MINUTE)).unwrap();
    let left = "SELECT count(*) FROM ground_outline";
    let left: i64 = desk.db().query_row(left, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "outlines go with their forecasts");
}
