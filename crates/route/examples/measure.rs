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

use helan_route::{
    Block, Closures, EdgeId, Evacuation, Matrix, Need, Network, NodeId, RoadGraph, Router, Shelter,
    Spot, Team, VehicleClass, Ways, assign, evacuate,
};

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
                drop(std::hint::black_box(router.time_ms(from, to)));
                start.elapsed()
            })
            .collect();
        show(what, &mut times);
        let mut times: Vec<Duration> = (0..5_000)
            .map(|n| {
                let (from, to) = (spot(n), spot(n + 7_777_777));
                let start = Instant::now();
                drop(std::hint::black_box(router.route(from, to)));
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
    evacuation(&ways, &spot);
    dispatch();
    let mut times: Vec<Duration> = (0..50)
        .map(|n| {
            let router = Router::new(&ways);
            let start = Instant::now();
            std::hint::black_box(router.isochrone(spot(n), 600_000).unwrap());
            start.elapsed()
        })
        .collect();
    show("isochrone of 10 minutes", &mut times);
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

/// 100 000 people of 200 blocks to 40 shelters.
fn evacuation(ways: &Ways, spot: &dyn Fn(u32) -> Spot) {
    let blocks: Vec<Block> = (0..200)
        .map(|n| Block {
            key: n.to_string(),
            at: spot(n * 3 + 1),
            by_car: 400.0,
            without_car: 100.0,
            cannot_walk: 0.0,
        })
        .collect();
    let shelters: Vec<Shelter> = (0..40)
        .map(|n| Shelter { key: n.to_string(), at: spot(n * 7 + 100_000), places: 3_000.0 })
        .collect();
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let plan = evacuate(&Evacuation {
            blocks: &blocks,
            shelters: &shelters,
            car: ways,
            foot: ways,
            fleets: &[],
            people_per_car: 2.5,
            walk_limit_s: 3_600.0,
            dislike_s: None,
            flow_s: None,
        })
        .unwrap();
        times.push(start.elapsed());
        let streams: usize = plan.blocks.iter().map(|block| block.streams.len()).sum();
        println!("cleared {:.0} s, left {:.1}, {streams} streams", plan.cleared_s, plan.left);
    }
    show("evacuation of 100 000 people", &mut times);
}

fn dispatch() {
    let needs: Vec<Need> = (0..50)
        .map(|n| Need {
            key: n.to_string(),
            capability: (n % 5).to_string(),
            units: 1 + n % 7,
            priority: 1 + n % 4,
            latest_ms: None,
        })
        .collect();
    let teams: Vec<Team> = (0..200_u32)
        .map(|n| Team {
            key: n.to_string(),
            can: [(n % 5).to_string(), (n % 3).to_string()].into(),
            units: 1 + n % 3,
        })
        .collect();
    let cell = |t: u32, n: u32| Some((t * 7_919 + n * 104_729) % 3_600_000);
    let rows_ms = (0..200).map(|t| (0..50).map(|n| cell(t, n)).collect()).collect();
    let times_ms = Matrix { rows_ms };
    let mut times: Vec<Duration> = (0..50)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(assign(&needs, &teams, &times_ms, None).unwrap());
            start.elapsed()
        })
        .collect();
    show("dispatch of 50 needs and 200 teams", &mut times);
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
