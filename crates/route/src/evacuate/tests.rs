use std::sync::Arc;

use super::*;
use crate::{Edge, GraphBuilder, Network, NodeId, VehicleClass};

/// Origin 0, shelter 1, and an edge for each way.
fn ways(transit_min: &[u32]) -> Ways {
    let mut made = GraphBuilder::default();
    let (from, to) = (made.node(None), made.node(None));
    for minutes in transit_min {
        let middle = made.node(None);
        made.edge(Edge::timed(from, middle, 0), &[]);
        made.edge(Edge::timed(middle, to, minutes * 60_000), &[]);
    }
    let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
    Ways::new(&network, VehicleClass::car()).unwrap()
}

fn ask<'a>(ways: &'a Ways, blocks: &'a [Block], shelters: &'a [Shelter]) -> Evacuation<'a> {
    Evacuation {
        blocks,
        shelters,
        car: ways,
        foot: ways,
        fleets: &[],
        people_per_car: 1.0,
        walk_limit_s: 1_800.0,
        dislike_s: None,
        flow_s: None,
    }
}

fn block(node: u32, by_car: f64) -> Block {
    let at = Spot::Node(NodeId(node));
    Block { key: node.to_string(), at, by_car, without_car: 0.0, cannot_walk: 0.0 }
}

fn shelter(node: u32, places: f64) -> Shelter {
    Shelter { key: node.to_string(), at: Spot::Node(NodeId(node)), places }
}

#[test]
fn quickest_flow_over_disjoint_paths() {
    let table: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/data/quickest_flow_cases.json")).unwrap();
    for case in table["cases"].as_array().unwrap() {
        let number = |value: &serde_json::Value| value.as_f64().unwrap();
        let paths = case["paths"].as_array().unwrap();
        let minutes =
            |path: &serde_json::Value| u32::try_from(path["transit"].as_u64().unwrap()).unwrap();
        let transit: Vec<u32> = paths.iter().map(minutes).collect();
        let ways = ways(&transit);
        let flow = |_, edge: EdgeId| number(&paths[edge.at() / 2]["cap"]) / 60.0;
        let (blocks, shelters) = ([block(0, number(&case["people"]))], [shelter(1, 1e6)]);
        let ask = Evacuation { flow_s: Some(&flow), ..ask(&ways, &blocks, &shelters) };
        let plan = evacuate(&ask).unwrap();
        let (minutes, expected) = (plan.cleared_s / 60.0, number(&case["T"]));
        assert!((minutes / expected - 1.0).abs() < 1e-6, "{minutes} instead of {expected}");
        assert!(plan.left < 1e-6);
        assert!((plan.filled[0] - number(&case["people"])).abs() < 1e-6);
    }
}

/// What each edge carries at most at any moment, from the streams of a plan.
fn loads(ways: &Ways, plan: &EvacuationPlan, per_unit: f64) -> Vec<f64> {
    let graph = ways.network().graph();
    let mut windows = vec![Vec::new(); graph.edge_count()];
    for stream in plan.blocks.iter().flat_map(|block| &block.streams) {
        let units = stream.people_min / 60.0 / per_unit;
        let mut offset = 0.0;
        for edge in &stream.edges {
            let (from, until) = (stream.leave_from_s + offset, stream.leave_until_s + offset);
            windows[edge.at()].push((from, until, units));
            offset += f64::from(graph.edge(*edge).unwrap().time_ms) / 1_000.0;
        }
    }
    let load = |windows: &Vec<(f64, f64, f64)>| {
        let at = |moment: f64| -> f64 {
            let here = windows
                .iter()
                .filter(|(from, until, _)| moment >= *from + 1e-6 && moment <= *until - 1e-6);
            here.map(|(.., units)| units).sum()
        };
        let moments = windows.iter().flat_map(|(from, until, _)| [*from, (from + until) / 2.0]);
        moments.map(|moment| at(moment + 2e-6)).fold(0.0, f64::max)
    };
    windows.iter().map(load).collect()
}

/// A grid of two-way roads with lengths of all kinds.
fn grid(side: u32, times: &[u32]) -> Ways {
    let mut made = GraphBuilder::default();
    for _ in 0..side * side {
        made.node(None);
    }
    let mut times = times.iter().cycle();
    for at in 0..side * side {
        let right = (at % side + 1 < side).then_some(at + 1);
        let below = (at / side + 1 < side).then_some(at + side);
        for to in right.into_iter().chain(below) {
            let there = Edge::timed(NodeId(at), NodeId(to), *times.next().unwrap());
            made.road(there, Edge { from: there.to, to: there.from, ..there }, &[]);
        }
    }
    let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
    Ways::new(&network, VehicleClass::car()).unwrap()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn plans_keep_to_roads_and_shelters_and_lose_nobody(
        times in proptest::collection::vec(0_u32..300_000, 60),
        flows in proptest::collection::vec(0.01..0.5_f64, 120),
        people in proptest::collection::vec(1.0..900.0_f64, 1..6),
        places in proptest::collection::vec(10.0..1_200.0_f64, 1..4),
        dislikes in proptest::collection::vec(0.0..200.0_f64, 120),
        shut in proptest::collection::vec(0_u32..60, 0..12),
    ) {
        let mut ways = grid(6, &times);
        let network = ways.network().clone();
        let mut closures = crate::Closures::default();
        let shut: Vec<EdgeId> = shut.into_iter().map(EdgeId).collect();
        closures.close_edges(&network, "fire", &shut).unwrap();
        ways.set_closures(&closures);
        let blocks: Vec<Block> = (0..).zip(&people).map(|(n, p)| block(n * 7 % 36, *p)).collect();
        let shelters: Vec<Shelter> = (0..).zip(&places).map(|(n, p)| shelter(35 - n * 5, *p)).collect();
        let flow = |_: Mode, edge: EdgeId| flows[edge.at()];
        let dislike = |_: Mode, edge: EdgeId| dislikes[edge.at()];
        let ask = Evacuation {
            flow_s: Some(&flow),
            dislike_s: Some(&dislike),
            people_per_car: 2.5,
            ..ask(&ways, &blocks, &shelters)
        };
        let plan = evacuate(&ask).unwrap();
        for (edge, load) in loads(&ways, &plan, 2.5).into_iter().enumerate() {
            proptest::prop_assert!(load <= flows[edge] + 1e-6, "edge {edge}: {load} of {}", flows[edge]);
        }
        for (filled, shelter) in plan.filled.iter().zip(&shelters) {
            proptest::prop_assert!(*filled <= shelter.places + 1e-6);
        }
        for (told, block) in plan.blocks.iter().zip(&blocks) {
            let gone: f64 = told.streams.iter().map(|stream| stream.people).sum();
            let left: f64 = told.left.iter().map(|(people, _)| people).sum();
            proptest::prop_assert!((gone + left - block.by_car).abs() < 1e-5);
            for stream in &told.streams {
                proptest::prop_assert!(stream.leave_from_s >= 0.0);
                proptest::prop_assert!(stream.edges.iter().all(|edge| !shut.contains(edge)));
            }
        }
        let again = evacuate(&ask).unwrap();
        proptest::prop_assert_eq!(plan, again);
    }
}

#[test]
fn shelters_fill_and_the_rest_is_told() {
    let ways = ways(&[1, 1]);
    let (blocks, shelters) = ([block(0, 100.0)], [shelter(1, 60.0)]);
    let plan = evacuate(&ask(&ways, &blocks, &shelters)).unwrap();
    assert!((plan.filled[0] - 60.0).abs() < 1e-6);
    assert_eq!(plan.blocks[0].left.len(), 1);
    let (people, why) = plan.blocks[0].left[0];
    assert!((people - 40.0).abs() < 1e-6 && why == Left::ShelterFull);
    assert!((plan.left - 40.0).abs() < 1e-6);
}

/// A road between 0 and 1 that takes so long in both directions.
fn road(minutes: u32) -> Ways {
    let mut made = GraphBuilder::default();
    let (from, to) = (made.node(None), made.node(None));
    made.road(
        Edge::timed(from, to, minutes * 60_000),
        Edge::timed(to, from, minutes * 60_000),
        &[],
    );
    let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
    Ways::new(&network, VehicleClass::car()).unwrap()
}

fn carrier(seats: u32, lifts: bool) -> Carrier {
    Carrier {
        key: if lifts { "ambulance" } else { "bus" }.into(),
        at: Spot::Node(NodeId(1)),
        free_s: 60.0,
        seats,
        lifts,
        boarding_s: if lifts { 300.0 } else { 2.0 },
    }
}

fn on_foot(plan: &BlockPlan) -> f64 {
    let streams = plan.streams.iter().filter(|stream| stream.mode == Mode::Foot);
    streams.map(|stream| stream.people).sum()
}

#[test]
fn nobody_walks_far_when_a_bus_is_earlier_and_who_cannot_walk_comes_first() {
    // An hour by road, five on foot.
    let (ways, foot) = (road(60), road(300));
    let mut village = block(0, 0.0);
    (village.without_car, village.cannot_walk) = (45.0, 3.0);
    let carriers = [carrier(50, false), carrier(3, true)];
    let fleets = [Fleet { ways: &ways, carriers: &carriers }];
    let (blocks, shelters) = ([village], [shelter(1, 100.0)]);
    let ask = Evacuation { foot: &foot, ..ask(&ways, &blocks, &shelters) };
    let plan = evacuate(&Evacuation { fleets: &fleets, ..ask }).unwrap();
    let mut trips: Vec<_> =
        plan.blocks[0].trips.iter().map(|t| (t.carrier.1, t.people, t.lifted)).collect();
    trips.sort_unstable();
    assert_eq!(trips, [(0, 45, false), (1, 3, true)]);
    assert!(plan.left < 1e-9 && plan.blocks[0].streams.is_empty());
    // Two boardings of three people who are lifted, two hours on the road, a minute until it is free.
    assert!((plan.cleared_s - (60.0 + 7_200.0 + 1_800.0)).abs() < 1e-6);
    let plan = evacuate(&ask).unwrap();
    assert_eq!(plan.blocks[0].left, [(3.0, Left::NoVehicle)]);
    assert!((on_foot(&plan.blocks[0]) - 45.0).abs() < 1e-6);
    // A bus that brings them later than they walk is not waited for.
    let late = [Carrier { free_s: 11_000.0, ..carrier(50, false) }];
    let fleets = [Fleet { ways: &ways, carriers: &late }];
    let plan = evacuate(&Evacuation { fleets: &fleets, ..ask }).unwrap();
    assert!(plan.blocks[0].trips.is_empty());
    assert!((on_foot(&plan.blocks[0]) - 45.0).abs() < 1e-6);
}

#[test]
fn ambulances_are_for_those_who_cannot_walk_and_the_others_walk_rather_than_wait() {
    // Forty minutes on foot, more than is asked of people when a bus comes; five by road, in both directions.
    let (ways, foot) = (road(5), road(40));
    let mut town = block(0, 0.0);
    (town.without_car, town.cannot_walk) = (1_800.0, 20.0);
    let mut carriers = vec![carrier(1, true); 10];
    let (blocks, shelters) = ([town], [shelter(1, 1e4)]);
    let ask = Evacuation { foot: &foot, ..ask(&ways, &blocks, &shelters) };
    let plan =
        evacuate(&Evacuation { fleets: &[Fleet { ways: &ways, carriers: &carriers }], ..ask });
    let town = &plan.unwrap().blocks[0];
    assert_eq!(town.trips.len(), 20);
    assert!(town.trips.iter().all(|trip| trip.lifted));
    assert!((on_foot(town) - 1_800.0).abs() < 1e-6);
    // 1.5 people in a second: the last are there an hour from now.
    assert!((town.cleared_s - 3_600.0).abs() < 1.0, "{}", town.cleared_s);
    // A bus takes as many as are with it earlier than on foot, and no more.
    carriers.push(carrier(50, false));
    let plan =
        evacuate(&Evacuation { fleets: &[Fleet { ways: &ways, carriers: &carriers }], ..ask });
    let town = &plan.unwrap().blocks[0];
    let by_bus = || town.trips.iter().filter(|trip| !trip.lifted);
    assert!(by_bus().count() > 0 && by_bus().all(|trip| trip.arrive_s <= 2_400.0));
    let bussed: f64 = by_bus().map(|trip| f64::from(trip.people)).sum();
    assert!((on_foot(town) + bussed - 1_800.0).abs() < 1e-6);
}

#[test]
fn whoever_waits_beyond_the_trips_of_a_plan_is_told_as_left() {
    let (ways, mut foot) = (road(1), road(1));
    let network = foot.network().clone();
    let mut closures = crate::Closures::default();
    closures.close_edges(&network, "fire", &[EdgeId(0), EdgeId(1)]).unwrap();
    foot.set_closures(&closures);
    let mut city = block(0, 0.0);
    (city.without_car, city.cannot_walk) = (500.0, 100_100.0);
    let carriers = [carrier(1, true), carrier(50, false)];
    let (blocks, shelters) = ([city], [shelter(1, 1e6)]);
    let fleets = [Fleet { ways: &ways, carriers: &carriers }];
    let ask = Evacuation { foot: &foot, fleets: &fleets, ..ask(&ways, &blocks, &shelters) };
    let plan = evacuate(&ask).unwrap();
    // Ten trips of the bus: it waits for nobody else's.
    assert_eq!(plan.blocks[0].trips.len(), 100_010);
    assert_eq!(plan.blocks[0].left, [(100.0, Left::NoVehicle)]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let ways = ways(&[1]);
    let shelters = [shelter(1, 60.0)];
    for people in [-1.0, f64::NAN, f64::INFINITY] {
        let blocks = [block(0, people)];
        assert!(evacuate(&ask(&ways, &blocks, &shelters)).is_err());
    }
    let blocks = [block(0, 1.0)];
    let question = ask(&ways, &blocks, &shelters);
    assert!(evacuate(&Evacuation { people_per_car: 0.0, ..question }).is_err());
    let flow = |_: Mode, _: EdgeId| -1.0;
    assert!(evacuate(&Evacuation { flow_s: Some(&flow), ..question }).is_err());
    let blocks = [block(77, 1.0)];
    assert!(evacuate(&ask(&ways, &blocks, &shelters)).is_err());
    let plan = evacuate(&ask(&ways, &[], &[])).unwrap();
    assert!(plan.blocks.is_empty() && plan.left < 1e-9);
}

#[test]
fn a_way_that_ends_where_it_began_takes_the_room_twice() {
    let mut made = GraphBuilder::default();
    let (a, b) = (made.node(None), made.node(None));
    made.edge(Edge::timed(a, b, 100_000), &[]);
    made.edge(Edge::timed(b, a, 100_000), &[]);
    let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
    let ways = Ways::new(&network, VehicleClass::car()).unwrap();
    let ring = |share| Spot::Edge(EdgeId(0), share);
    let blocks = [Block { at: ring(0.75), ..block(0, 30.0) }];
    let shelters = [Shelter { at: ring(0.25), ..shelter(0, 100.0) }];
    let flow = |_: Mode, _: EdgeId| 1.0;
    let plan =
        evacuate(&Evacuation { flow_s: Some(&flow), ..ask(&ways, &blocks, &shelters) }).unwrap();
    let stream = &plan.blocks[0].streams[0];
    assert_eq!(stream.edges, [0, 1, 0].map(EdgeId));
    assert!((stream.people_min - 30.0).abs() < 1e-9 && (stream.travel_s - 150.0).abs() < 1e-9);
    assert!((plan.cleared_s - 210.0).abs() < 1e-6);
}

/// A village road of 3 km without a crossing, in both directions or in one, and a plan for who stands and who takes people on it.
fn on_one_road(both: bool, from: f64, to: f64) -> EvacuationPlan {
    let mut made = GraphBuilder::default();
    let (a, b) = (made.node(None), made.node(None));
    let there = Edge::timed(a, b, 300_000);
    match both {
        true => drop(made.road(there, Edge { from: b, to: a, ..there }, &[])),
        false => drop(made.edge(there, &[])),
    }
    let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
    let ways = Ways::new(&network, VehicleClass::car()).unwrap();
    let spot = |share| Spot::Edge(EdgeId(0), share);
    let blocks = [Block { at: spot(from), ..block(0, 30.0) }];
    let shelters = [Shelter { at: spot(to), ..shelter(0, 100.0) }];
    evacuate(&ask(&ways, &blocks, &shelters)).unwrap()
}

#[test]
fn a_shelter_farther_along_the_same_road_is_reached_along_it() {
    for (both, from, to, edge) in
        [(true, 0.50, 0.52, 0), (true, 0.52, 0.50, 1), (false, 0.50, 0.52, 0)]
    {
        let plan = on_one_road(both, from, to);
        let stream = &plan.blocks[0].streams[0];
        assert_eq!(stream.edges, [EdgeId(edge)], "{from} to {to}");
        assert!((stream.travel_s - 6.0).abs() < 0.1, "{}", stream.travel_s);
        assert!(plan.left < 1e-6);
    }
    let plan = on_one_road(false, 0.52, 0.50);
    assert_eq!(plan.blocks[0].left[0].1, Left::NoWay, "behind, and no way back");
}
