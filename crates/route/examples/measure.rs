//! Measures the questions of a graph: `cargo run --release -p helan-route --example measure -- FILE.gr`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a tool for those who measure"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use helan_route::{Closures, EdgeId, Network, NodeId, RoadGraph, Router, Spot, VehicleClass, Ways};

fn main() {
    let file = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let graph = RoadGraph::from_gr(&text).unwrap();
    let start = Instant::now();
    let network = Arc::new(Network::new(graph).unwrap());
    println!("network {:?}, {} arcs", start.elapsed(), network.arc_count());
    let start = Instant::now();
    let mut ways = Ways::new(&network, VehicleClass::car()).unwrap();
    println!("ways {:?}", start.elapsed());
    let nodes = u32::try_from(network.graph().node_count()).unwrap();
    let spot = |n: u32| Spot::Node(NodeId(n.wrapping_mul(2_654_435_761) % nodes));
    let pairs = |ways: &Ways, what: &str| {
        let mut router = Router::new(ways);
        let mut times: Vec<Duration> = (0..20_000)
            .map(|n| {
                let (from, to) = (spot(n), spot(n + 7_777_777));
                let start = Instant::now();
                let _ = std::hint::black_box(router.time_ms(from, to));
                start.elapsed()
            })
            .collect();
        show(what, &mut times);
        let mut times: Vec<Duration> = (0..5_000)
            .map(|n| {
                let (from, to) = (spot(n), spot(n + 7_777_777));
                let start = Instant::now();
                let _ = std::hint::black_box(router.route(from, to));
                start.elapsed()
            })
            .collect();
        show(&format!("{what}, with edges"), &mut times);
    };
    pairs(&ways, "one to one");
    let mut times: Vec<Duration> = (0..200)
        .map(|n| {
            let from: Vec<Spot> = (0..50).map(|k| spot(n * 100 + k)).collect();
            let to: Vec<Spot> = (0..50).map(|k| spot(n * 100 + 50 + k)).collect();
            let mut router = Router::new(&ways);
            let start = Instant::now();
            std::hint::black_box(router.matrix(&from, &to).unwrap());
            start.elapsed()
        })
        .collect();
    show("matrix 50 x 50", &mut times);
    for size in [30, 300, 1000] {
        let mut times = Vec::new();
        let mut opening = Vec::new();
        for n in 0..100 {
            let shut = ball(&network, n, size);
            let mut closures = Closures::default();
            let start = Instant::now();
            closures.close_edges(&network, "x", &shut).unwrap();
            ways.set_closures(&closures);
            times.push(start.elapsed());
            if n == 50 {
                pairs(&ways, &format!("one to one, {size} edges closed"));
            }
            closures.open("x");
            let start = Instant::now();
            ways.set_closures(&closures);
            opening.push(start.elapsed());
        }
        show(&format!("close {size} edges"), &mut times);
        show(&format!("open {size} edges"), &mut opening);
    }
}

/// Edges around a node.
fn ball(network: &Network, n: u32, size: usize) -> Vec<EdgeId> {
    let nodes = u32::try_from(network.graph().node_count()).unwrap();
    let mut queue = vec![NodeId(n.wrapping_mul(2_654_435_761) % nodes)];
    let mut seen = std::collections::BTreeSet::from([queue[0]]);
    let mut edges = Vec::new();
    let mut next = 0;
    while next < queue.len() && edges.len() < size {
        for edge in network.graph().leaving(queue[next]) {
            edges.push(edge);
            let to = network.graph().edge(edge).unwrap().to;
            if seen.insert(to) {
                queue.push(to);
            }
        }
        next += 1;
    }
    edges
}

fn show(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    println!(
        "{what}: p50 {:?}, p99 {:?}, max {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    );
}
