use super::*;

fn need(key: &str, units: u32, priority: u32) -> Need {
    Need { key: key.into(), capability: "pump".into(), units, priority, latest_ms: None }
}

fn team(key: &str, units: u32) -> Team {
    Team { key: key.into(), can: BTreeSet::from(["pump".to_owned()]), units }
}

fn matrix(rows: &[&[u32]]) -> Matrix {
    Matrix { rows_ms: rows.iter().map(|row| row.iter().map(|t| Some(*t)).collect()).collect() }
}

#[test]
fn equals_the_table() {
    let table: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/data/dispatch_cases.json")).unwrap();
    let rows = table["assignment_cost"].as_array().unwrap().iter();
    let rows = rows
        .map(|row| row.as_array().unwrap().iter().map(|c| u32::try_from(c.as_u64().unwrap()).ok()));
    let times = Matrix { rows_ms: rows.map(Iterator::collect).collect() };
    let keys: Vec<String> = (0..times.rows_ms.len()).map(|n| n.to_string()).collect();
    let needs: Vec<Need> = keys.iter().map(|key| need(key, 1, 1)).collect();
    let teams: Vec<Team> = keys.iter().map(|key| team(key, 1)).collect();
    let plan = assign(&needs, &teams, &times, None).unwrap();
    assert_eq!(plan.total_ms, table["assignment_optimal"].as_u64().unwrap());
    assert_eq!((plan.sent.len(), plan.short.len()), (12, 0));
}

#[test]
fn the_more_important_need_goes_first_even_when_it_is_far() {
    let (needs, teams) = ([need("near", 2, 1), need("far", 2, 9)], [team("a", 3)]);
    let plan = assign(&needs, &teams, &matrix(&[&[1, 1_000_000]]), None).unwrap();
    let sent = |need, units, time_ms| Sent { need, team: 0, units, time_ms };
    assert_eq!(plan.sent, [sent(0, 1, 1), sent(1, 2, 1_000_000)]);
    assert_eq!(plan.short, [(0, 1, Short::AllBusy)]);
}

#[test]
fn says_why_units_are_missing() {
    let mut needs = [need("late", 1, 1), need("odd", 1, 1), need("cut off", 1, 1)];
    needs[0].latest_ms = Some(10);
    needs[1].capability = "boat".into();
    let times = Matrix { rows_ms: vec![vec![Some(11), Some(1), None]] };
    let plan = assign(&needs, &[team("a", 5)], &times, None).unwrap();
    let why: Vec<Short> = plan.short.iter().map(|(.., why)| *why).collect();
    assert_eq!(why, [Short::NobodyInTime, Short::NobodyCan, Short::NobodyInTime]);
    assert!(assign(&needs, &[], &times, None).is_err());
    assert!(assign(&[need("x", 1, 0)], &[], &matrix(&[]), None).is_err());
    assert!(assign(&[], &[], &matrix(&[]), None).unwrap().sent.is_empty());
}

#[test]
fn a_lost_team_moves_nobody_else_without_need() {
    let needs = [need("x", 1, 1), need("y", 1, 1)];
    let teams = [team("a", 1), team("b", 1), team("c", 1)];
    let times = matrix(&[&[10, 30], &[20, 10], &[50, 35]]);
    let first = assign(&needs, &teams, &times, None).unwrap();
    assert_eq!(first.total_ms, 20);
    // Team a is lost: b to x and c to y would take 55, but b is on its way to y: c goes to x.
    let fewer = [teams[1].clone(), teams[2].clone()];
    // In the numbers of those who are left: b is the first of them.
    let sent = [Sent { need: 1, team: 0, units: 1, time_ms: 10 }];
    assert!(first.sent.contains(&Sent { team: 1, ..sent[0] }));
    let times = matrix(&[&[20, 10], &[50, 35]]);
    let again =
        |change| assign(&needs, &fewer, &times, Some(Before { sent: &sent, change })).unwrap();
    let plan = again(Change::Fewest);
    assert_eq!((plan.total_ms, plan.changed), (60, 1));
    let plan = again(Change::Worth(1));
    assert_eq!((plan.total_ms, plan.changed), (55, 2));
}

#[test]
fn a_change_must_win_as_much_time_for_an_important_need_as_for_another() {
    let teams = [team("a", 1), team("b", 1)];
    let times = matrix(&[&[600_000], &[540_000]]);
    let sent = [Sent { need: 0, team: 0, units: 1, time_ms: 600_000 }];
    for priority in [1, 400, 1_000] {
        let again = |worth_ms| {
            let before = Before { sent: &sent, change: Change::Worth(worth_ms) };
            assign(&[need("x", 1, priority)], &teams, &times, Some(before)).unwrap().changed
        };
        // The other team is a minute earlier.
        assert_eq!([300_000, 60_001, 59_999].map(again), [0, 0, 1], "priority {priority}");
    }
}

/// All ways to send single units, for small questions: least cost, or most units.
fn by_trying(needs: &[Need], teams: &[Team], times: &Matrix) -> (u64, u64) {
    fn go(places: &[usize], free: &mut [u32], needs: &[Need], times: &Matrix) -> (u64, u64) {
        let Some((need, rest)) = places.split_first() else { return (0, 0) };
        let mut best = go(rest, free, needs, times);
        best.0 += u64::from(needs[*need].priority);
        for team in 0..free.len() {
            if let (Some(time), true) = (times.rows_ms[team][*need], free[team] > 0) {
                free[team] -= 1;
                let (missing, cost) = go(rest, free, needs, times);
                free[team] += 1;
                best = best.min((missing, cost + u64::from(time * needs[*need].priority)));
            }
        }
        best
    }
    let places = needs.iter().enumerate().flat_map(|(n, need)| (0..need.units).map(move |_| n));
    let mut free: Vec<u32> = teams.iter().map(|team| team.units).collect();
    go(&places.collect::<Vec<_>>(), &mut free, needs, times)
}

proptest::proptest! {
    #[test]
    fn equals_trying_everything(
        wanted in proptest::collection::vec((1_u32..3, 1_u32..4), 1..4),
        there in proptest::collection::vec(1_u32..3, 1..4),
        cells in proptest::collection::vec(proptest::option::weighted(0.8, 0_u32..40), 16),
    ) {
        let needs: Vec<Need> = wanted.iter().map(|(units, priority)| need("n", *units, *priority)).collect();
        let teams: Vec<Team> = there.iter().map(|units| team("t", *units)).collect();
        let rows = cells.chunks(4).take(teams.len()).map(|row| row[..needs.len()].to_vec());
        let times = Matrix { rows_ms: rows.collect() };
        let plan = assign(&needs, &teams, &times, None).unwrap();
        let missing: u64 = plan.short.iter().map(|(n, units, _)| u64::from(units * needs[*n].priority)).sum();
        let cost = plan.sent.iter().map(|s| u64::from(s.units * s.time_ms * needs[s.need].priority)).sum();
        proptest::prop_assert_eq!((missing, cost), by_trying(&needs, &teams, &times));
        for (number, team) in teams.iter().enumerate() {
            let gone: u32 = plan.sent.iter().filter(|s| s.team == number).map(|s| s.units).sum();
            proptest::prop_assert!(gone <= team.units);
        }
    }
}
