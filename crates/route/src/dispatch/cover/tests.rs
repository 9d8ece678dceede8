use super::*;

fn table() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/data/dispatch_cases.json")).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

/// Demands (x, y, weight) and sites (x, y).
fn places() -> (Vec<Vec<u64>>, Vec<Vec<u64>>) {
    let table = table();
    let rows = |name: &str| table[name].as_array().unwrap().iter().map(numbers).collect();
    (rows("demand"), rows("sites"))
}

fn count(case: &serde_json::Value) -> usize {
    usize::try_from(case["p"].as_u64().unwrap()).unwrap()
}

fn apart(a: &[u64], b: &[u64]) -> u64 {
    a[0].abs_diff(b[0]) + a[1].abs_diff(b[1])
}

#[test]
fn covering_and_medians_equal_the_table() {
    let (demands, sites) = places();
    let weights: Vec<u64> = demands.iter().map(|demand| demand[2]).collect();
    for case in table()["maximal_covering"].as_array().unwrap() {
        let radius = case["T"].as_u64().unwrap();
        let near = |site: &Vec<u64>| {
            (0..demands.len()).filter(|d| apart(&demands[*d], site) <= radius).collect()
        };
        let covers: Vec<Vec<usize>> = sites.iter().map(near).collect();
        let count = count(case);
        let choice = largest_cover(&covers, &weights, count).unwrap();
        assert_eq!(format!("{}.0", choice.value), case["optimal_weight"].to_string());
        assert!(choice.proven && choice.sites.len() == count);
    }
    let cost = |site: &Vec<u64>| demands.iter().map(|d| apart(d, site) * d[2]).collect();
    let costs: Vec<Vec<u64>> = sites.iter().map(cost).collect();
    for case in table()["p_median"].as_array().unwrap() {
        let choice = least_distance(&costs, count(case)).unwrap();
        assert_eq!(format!("{}.0", choice.value), case["optimal_cost"].to_string());
        assert!(choice.proven);
    }
}

#[test]
fn more_sites_than_there_are_and_none_at_all() {
    let choice = least_distance(&[vec![3, 4], vec![5, 1]], 9).unwrap();
    assert_eq!((choice.sites, choice.value), (vec![0, 1], 4));
    assert!(least_distance(&[vec![1], vec![]], 1).is_err());
    assert!(largest_cover(&[vec![7]], &[1], 1).is_err());
    assert_eq!(largest_cover(&[], &[5], 2).unwrap().value, 0);
}

proptest::proptest! {
    #[test]
    fn equals_trying_everything(
        costs in proptest::collection::vec(proptest::collection::vec(0_u64..50, 6), 1..9),
        count in 1_usize..4,
    ) {
        let choice = least_distance(&costs, count).unwrap();
        let least = (0_u32..1 << costs.len())
            .filter(|set| set.count_ones() as usize == count.min(costs.len()))
            .map(|set| {
                let chosen = (0..costs.len()).filter(|site| set & (1 << site) != 0);
                let now = chosen.fold(vec![FAR; 6], |now, site| with(&now, &costs[site]));
                now.iter().sum::<u64>()
            })
            .min();
        proptest::prop_assert_eq!(Some(choice.value), least);
    }
}
