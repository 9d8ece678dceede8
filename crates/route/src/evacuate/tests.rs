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
        let transit: Vec<u32> =
            paths.iter().map(|path| path["transit"].as_u64().unwrap() as u32).collect();
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
