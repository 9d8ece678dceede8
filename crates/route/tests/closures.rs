//! Properties of ways with closures, against a plain search (Dijkstra) over the same roads.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{collections::BTreeMap, sync::Arc};

use helan_route::{
    Area, Closures, Edge, EdgeId, GraphBuilder, Network, NodeId, Place, RouteError, Router, Spot,
    Turn, VehicleClass, Ways,
};
use proptest::prelude::*;

const SIDE: u32 = 7;

fn at(x: f64, y: f64) -> Place {
    Place { lon: 106.0 + x * 0.01, lat: 38.0 + y * 0.01 }
}

/// A town: crossings of a grid, some streets one-way, some missing, some turns forbidden or slow.
fn town(seed: &[u8]) -> Arc<Network> {
    let mut made = GraphBuilder::default();
    let mut dice = seed.iter().copied().cycle();
    let mut roll = move || dice.next().unwrap();
    for n in 0..SIDE * SIDE {
        made.node(Some(at(f64::from(n % SIDE), f64::from(n / SIDE))));
    }
    let (mut into, mut out) = (BTreeMap::new(), BTreeMap::new());
    for n in 0..SIDE * SIDE {
        let right = (n % SIDE + 1 < SIDE).then_some(n + 1);
        let above = (n / SIDE + 1 < SIDE).then_some(n + SIDE);
        for to in right.into_iter().chain(above) {
            let kind = roll() % 10;
            if kind == 0 {
                continue;
            }
            let time = 10_000 * u32::from(roll() % 20);
            let there = Edge::timed(NodeId(n), NodeId(to), time);
            let back = Edge { from: there.to, to: there.from, ..there };
            let edges = match kind {
                1 => vec![made.edge(there, &[])],
                2 => vec![made.edge(back, &[])],
                _ => {
                    let (a, b) = made.road(there, back, &[]);
                    vec![a, b]
                }
            };
            for (edge, ends) in edges.iter().zip([(n, to), (to, n)]) {
                let (from, to) = if kind == 2 { (ends.1, ends.0) } else { ends };
                into.entry(to).or_insert_with(Vec::new).push(*edge);
                out.entry(from).or_insert_with(Vec::new).push(*edge);
            }
        }
    }
    for (node, into) in into {
        for from in into {
            for to in out.get(&node).into_iter().flatten() {
                match roll() % 12 {
                    0 => made.turn(Turn { from, to: *to, delay_ms: None }),
                    1 => made.turn(Turn { from, to: *to, delay_ms: Some(7_000) }),
                    _ => {}
                }
            }
        }
    }
    Arc::new(Network::new(made.build().unwrap()).unwrap())
}

/// Least times over edges, as a plain relaxation until nothing changes; edges and turns as they are.
fn plain(ways: &Ways, from: NodeId, usable: &dyn Fn(EdgeId) -> bool) -> Vec<Option<u32>> {
    let graph = ways.network().graph();
    let turns: BTreeMap<(EdgeId, EdgeId), Option<u32>> =
        graph.turns().iter().map(|turn| ((turn.from, turn.to), turn.delay_ms)).collect();
    let time = |edge: EdgeId| ways.edge_ms(edge).filter(|_| usable(edge));
    let mut end: Vec<Option<u32>> = vec![None; graph.edge_count()];
    for edge in graph.leaving(from) {
        end[edge.0 as usize] = time(edge);
    }
    let mut again = true;
    while again {
        again = false;
        for (id, edge) in (0..).map(EdgeId).zip(graph.edges()) {
            let Some(here) = end[id.0 as usize] else { continue };
            for next in graph.leaving(edge.to) {
                let delay = turns.get(&(id, next)).copied().unwrap_or(Some(0));
                let Some((delay, drive)) = delay.zip(time(next)) else { continue };
                let new = here + delay + drive;
                if end[next.0 as usize].is_none_or(|old| new < old) {
                    end[next.0 as usize] = Some(new);
                    again = true;
                }
            }
        }
    }
    (0..graph.node_count())
        .map(|node| {
            let node = NodeId(u32::try_from(node).unwrap());
            if node == from {
                return Some(0);
            }
            graph.arriving(node).filter_map(|edge| end[edge.0 as usize]).min()
        })
        .collect()
}

/// Time and edges of a route.
type Answer = Result<(u32, Vec<EdgeId>), RouteError>;

fn answers(ways: &Ways) -> Vec<Vec<Answer>> {
    let mut router = Router::new(ways);
    let nodes = (0..SIDE * SIDE).map(|n| Spot::Node(NodeId(n)));
    nodes
        .clone()
        .map(|from| {
            let to = nodes.clone();
            to.map(|to| router.route(from, to).map(|route| (route.time_ms, route.edges))).collect()
        })
        .collect()
}

fn square((x, y): (f64, f64), half: f64) -> Area {
    let corner = |dx: f64, dy: f64| at(x + dx * half, y + dy * half);
    Area::new(&[corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)], &[])
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn closing_and_opening_restores_every_answer(
        seed in prop::collection::vec(any::<u8>(), 400),
        shut in prop::collection::vec(0_u32..100, 1..20),
        middle in (0.0..6.0, 0.0..6.0),
    ) {
        let network = town(&seed);
        let mut ways = Ways::new(&network, VehicleClass::car()).unwrap();
        let before = answers(&ways);
        let mut closures = Closures::default();
        let shut: Vec<EdgeId> = shut.into_iter().map(EdgeId).collect();
        closures.close_edges(&network, "edges", &shut).unwrap();
        closures.close_area(&network, "area", square(middle, 0.8)).unwrap();
        closures.close_area(&network, "over it", square(middle, 1.1)).unwrap();
        ways.set_closures(&closures);
        closures.open("area");
        ways.set_closures(&closures);
        let fresh = {
            let mut fresh = Ways::new(&network, VehicleClass::car()).unwrap();
            fresh.set_closures(&closures);
            answers(&fresh)
        };
        prop_assert_eq!(answers(&ways), fresh);
        closures.open("edges");
        closures.open("over it");
        ways.set_closures(&closures);
        prop_assert_eq!(answers(&ways), before);
    }

    #[test]
    fn times_equal_a_plain_search(
        seed in prop::collection::vec(any::<u8>(), 400),
        shut in prop::collection::vec(0_u32..100, 0..20),
    ) {
        let network = town(&seed);
        let mut ways = Ways::new(&network, VehicleClass::car()).unwrap();
        let mut closures = Closures::default();
        let shut: Vec<EdgeId> = shut.into_iter().map(EdgeId).collect();
        closures.close_edges(&network, "edges", &shut).unwrap();
        ways.set_closures(&closures);
        let spots: Vec<Spot> = (0..SIDE * SIDE).map(|n| Spot::Node(NodeId(n))).collect();
        let matrix = Router::new(&ways).matrix(&spots, &spots).unwrap();
        let usable = |edge: EdgeId| !shut.contains(&edge);
        let mut router = Router::new(&ways);
        for (row, from) in matrix.rows_ms.iter().zip(0..) {
            let expected = plain(&ways, NodeId(from), &usable);
            prop_assert_eq!(row, &expected);
            for (time, to) in expected.iter().zip(&spots) {
                prop_assert_eq!(router.time_ms(spots[from as usize], *to).ok(), *time);
            }
            let reached = router.isochrone(spots[from as usize], 300_000).unwrap();
            for (node, time) in (0..).map(NodeId).zip(&expected) {
                let known = reached.nodes.get(&node).copied();
                // The start itself may also be told by the way back to it, which is not wrong but longer.
                if node.0 != from {
                    prop_assert_eq!(known, time.filter(|time| *time <= 300_000));
                }
            }
        }
    }

    #[test]
    fn routes_never_enter_a_closed_area_and_lead_out_of_it(
        seed in prop::collection::vec(any::<u8>(), 400),
        areas in prop::collection::vec(((0.0..6.0, 0.0..6.0), 0.2..1.6), 1..4),
    ) {
        let network = town(&seed);
        let mut ways = Ways::new(&network, VehicleClass::car()).unwrap();
        let mut closures = Closures::default();
        let areas: Vec<Area> = areas.into_iter().map(|(middle, half)| square(middle, half)).collect();
        for (number, area) in areas.iter().enumerate() {
            closures.close_area(&network, &number.to_string(), area.clone()).unwrap();
        }
        ways.set_closures(&closures);
        let mut router = Router::new(&ways);
        let inside = |place: Place| areas.iter().any(|area| area.holds(place));
        for from in (0..SIDE * SIDE).map(NodeId) {
            let start = network.graph().place(from).unwrap();
            let free = plain(&ways, from, &|edge| ways.is_open(edge));
            for to in (0..SIDE * SIDE).map(NodeId) {
                let target = network.graph().place(to).unwrap();
                let found = router.route(Spot::Node(from), Spot::Node(to));
                if inside(target) {
                    prop_assert!(matches!(found, Err(RouteError::TargetClosed(_))));
                    continue;
                }
                if !inside(start) {
                    prop_assert_eq!(found.as_ref().ok().map(|r| r.time_ms), free[to.0 as usize]);
                }
                let Ok(route) = found else { continue };
                let line = router.line(&route);
                let dense: Vec<Place> = line
                    .windows(2)
                    .flat_map(|w| (0..=200).map(|k| w[0].towards(w[1], f64::from(k) / 200.0)))
                    .collect();
                for area in &areas {
                    let within: Vec<bool> = dense.iter().map(|place| area.holds(*place)).collect();
                    prop_assert!(!within.windows(2).any(|w| !w[0] && w[1]), "enters");
                }
            }
        }
    }

    #[test]
    fn spots_on_roads_take_part_of_them(
        seed in prop::collection::vec(any::<u8>(), 400),
        edge in 0_u32..60,
        shares in (0.0..1.0_f64, 0.0..1.0_f64),
    ) {
        let network = town(&seed);
        let ways = Ways::new(&network, VehicleClass::car()).unwrap();
        let mut router = Router::new(&ways);
        let (edge, (a, b)) = (EdgeId(edge), (shares.0.min(shares.1), shares.0.max(shares.1)));
        let route = router.route(Spot::Edge(edge, a), Spot::Edge(edge, b)).unwrap();
        let whole = f64::from(ways.edge_ms(edge).unwrap());
        prop_assert!(f64::from(route.time_ms) <= whole * (b - a) + 1.0);
        let length = router.line(&route).windows(2).map(|w| w[0].distance_m(w[1])).sum::<f64>();
        prop_assert!((length - route.length_m).abs() < 1.0, "{length} {}", route.length_m);
        let place = network.place(Spot::Edge(edge, a)).unwrap();
        let snap = ways.snap(place, 50.0).unwrap();
        prop_assert!(snap.off_m < 0.1 && snap.place.distance_m(place) < 0.1);
    }
}

#[test]
fn who_is_in_nobodys_reach_is_told_so() {
    let network = town(&[5; 400]);
    let ways = Ways::new(&network, VehicleClass::car()).unwrap();
    let far = Place::new(107.0, 39.0).unwrap();
    assert!(matches!(ways.snap(far, 500.0), Err(RouteError::NoRoadNear { .. })));
    assert!(matches!(ways.snap(far, f64::NAN), Err(RouteError::BadNumber { .. })));
    let mut router = Router::new(&ways);
    let nowhere = Spot::Node(NodeId(9_999));
    assert_eq!(router.time_ms(nowhere, nowhere), Err(RouteError::UnknownNode(9_999)));
    assert!(matches!(
        router.route(Spot::Edge(EdgeId(0), 2.0), Spot::Node(NodeId(0))),
        Err(RouteError::BadNumber { .. })
    ));
    assert_eq!(GraphBuilder::default().build().err(), Some(RouteError::EmptyGraph));
}

#[test]
fn nobody_is_led_onto_a_closed_road_and_who_stands_on_it_may_leave() {
    // C -> A -> B, and A -> B is closed.
    let mut made = GraphBuilder::default();
    let [c, a, b] = [0.0, 1.0, 2.0].map(|x| made.node(Some(at(x, 0.0))));
    let before = made.edge(Edge::timed(c, a, 60_000), &[]);
    let shut = made.edge(Edge::timed(a, b, 60_000), &[]);
    let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
    let mut ways = Ways::new(&network, VehicleClass::car()).unwrap();
    let mut closures = Closures::default();
    closures.close_edges(&network, "fire", &[shut]).unwrap();
    ways.set_closures(&closures);
    let mut router = Router::new(&ways);
    let (on, farther) = (Spot::Edge(shut, 0.5), Spot::Edge(shut, 0.9));
    for from in [Spot::Node(c), Spot::Node(a), Spot::Edge(before, 0.5), on] {
        assert_eq!(router.route(from, farther).err(), Some(RouteError::NoWay), "{from:?}");
        assert_eq!(router.time_ms(from, farther).err(), Some(RouteError::NoWay), "{from:?}");
        assert_eq!(router.matrix(&[from], &[farther]).unwrap().rows_ms, [[None]], "{from:?}");
    }
    assert_eq!(router.time_ms(on, on), Ok(0), "there already");
    assert_eq!(router.time_ms(on, Spot::Node(b)), Ok(30_000), "away from it");
}
