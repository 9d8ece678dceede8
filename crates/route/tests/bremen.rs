//! Routes over Bremen, equal to what two other programs computed (routing_bremen_time.csv). The graph is not part of the project;
//! where it is missing the test says so and passes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{path::PathBuf, sync::Arc};

use helan_route::{
    Closures, EdgeId, Network, NodeId, RoadGraph, RouteError, Router, Spot, VehicleClass, Ways,
};

fn shared(file: &str) -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("HELAN_SHARED").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join(file)).ok();
    if text.is_none() {
        eprintln!("SKIP: {file} is missing (set HELAN_SHARED)");
    }
    text
}

fn pairs() -> Vec<(NodeId, NodeId, Result<u32, RouteError>)> {
    let table = include_str!("data/routing_bremen_time.csv");
    let rows = table.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        let node = |cell: &str| NodeId(cell.parse().unwrap());
        let time = match cells[2] {
            "unreachable" => Err(RouteError::NoWay),
            time => Ok(time.parse().unwrap()),
        };
        (node(cells[0]), node(cells[1]), time)
    })
    .collect()
}

#[test]
fn routes_equal_the_table_also_after_closing_and_opening() {
    let Some(text) = shared("data/osm/bremen_time.gr") else { return };
    let network = Arc::new(Network::new(RoadGraph::from_gr(&text).unwrap()).unwrap());
    let mut ways = Ways::new(&network, VehicleClass::car()).unwrap();
    let pairs = pairs();
    assert!(pairs.len() > 400);
    let equal = |ways: &Ways| {
        let mut router = Router::new(ways);
        for (from, to, time) in &pairs {
            let (from, to) = (Spot::Node(*from), Spot::Node(*to));
            assert_eq!(router.time_ms(from, to), *time);
            let route = router.route(from, to);
            assert_eq!(route.clone().map(|route| route.time_ms), *time);
            let Ok(route) = route else { continue };
            let graph = network.graph();
            let sum: u32 = route.edges.iter().map(|e| graph.edge(*e).unwrap().time_ms).sum();
            assert_eq!(sum, route.time_ms, "the edges add up");
            assert!(
                route
                    .edges
                    .windows(2)
                    .all(|w| { graph.edge(w[0]).unwrap().to == graph.edge(w[1]).unwrap().from })
            );
        }
    };
    equal(&ways);
    let spots = |side: &dyn Fn(usize) -> NodeId| -> Vec<Spot> {
        (0..pairs.len()).step_by(8).map(|pair| Spot::Node(side(pair))).collect()
    };
    let (from, to) = (spots(&|pair| pairs[pair].0), spots(&|pair| pairs[pair].1));
    let matrix = Router::new(&ways).matrix(&from, &to).unwrap();
    for (row, from) in matrix.rows_ms.iter().zip(&from) {
        for (cell, to) in row.iter().zip(&to) {
            assert_eq!(*cell, Router::new(&ways).time_ms(*from, *to).ok());
        }
    }
    // Every eleventh edge in one part of the town.
    let shut: Vec<EdgeId> = (0..8_000).step_by(11).map(EdgeId).collect();
    let mut closures = Closures::default();
    closures.close_edges(&network, "flood", &shut).unwrap();
    ways.set_closures(&closures);
    let mut longer = 0;
    for (from, to, time) in &pairs {
        match Router::new(&ways).route(Spot::Node(*from), Spot::Node(*to)) {
            Ok(route) => {
                assert!(route.edges.iter().all(|edge| shut.binary_search(edge).is_err()));
                let before = *time.as_ref().unwrap();
                assert!(route.time_ms >= before);
                longer += usize::from(route.time_ms > before);
            }
            Err(_) => longer += usize::from(time.is_ok()),
        }
    }
    assert!(longer > 0);
    closures.open("flood");
    ways.set_closures(&closures);
    equal(&ways);
}
