//! Networks: leaks are seen, and isolation really isolates.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use helan_hazard::lifeline::{
    balance::{Meter, balance},
    cusum::Cusum,
    isolation::{Edge, Kind, Network},
};
use proptest::prelude::*;

fn edge(from: u32, to: u32, kind: Kind) -> Edge {
    Edge { from, to, kind }
}

/// Source 0 – pipe – 1 – valve – 2 – pipe – 3 – valve – 4 – pipe – 5, a second source at 6 behind a valve at 3, a dead end 7 behind a
/// valve at 3.
fn street() -> Network {
    let edges = vec![
        edge(0, 1, Kind::Pipe),
        edge(1, 2, Kind::Valve),
        edge(2, 3, Kind::Pipe),
        edge(3, 4, Kind::Valve),
        edge(4, 5, Kind::Pipe),
        edge(3, 6, Kind::Valve),
        edge(3, 7, Kind::Valve),
    ];
    Network::new(8, edges, [0, 6], [(3, 40), (5, 25), (7, 3), (1, 100)]).unwrap()
}

#[test]
fn the_valves_around_a_leak_are_shut_and_those_behind_it_counted() {
    let isolation = street().isolate(2).unwrap();
    assert_eq!(isolation.shut, [1, 5], "towards both sources");
    assert_eq!(isolation.against_backflow, [3, 6], "dead ends");
    assert_eq!(isolation.dry_nodes, [2, 3, 4, 5, 7]);
    assert_eq!(isolation.cut_off, 68);
    assert!(isolation.sources_to_stop.is_empty());
}

#[test]
fn a_leak_beside_a_source_stops_the_source() {
    let isolation = street().isolate(0).unwrap();
    assert_eq!(isolation.sources_to_stop, [0]);
    assert_eq!(isolation.shut, [1], "the other source presses from behind");
    assert_eq!(isolation.cut_off, 100, "the rest is fed from the other side");
}

#[test]
fn a_stuck_valve_widens_the_segment_and_a_leaking_valve_does_not_hold() {
    let edges = vec![
        edge(0, 1, Kind::Valve),
        edge(1, 2, Kind::StuckValve),
        edge(2, 3, Kind::Pipe),
        edge(3, 4, Kind::Valve),
    ];
    let network = Network::new(5, edges, [0], [(1, 7), (4, 9)]).unwrap();
    let isolation = network.isolate(2).unwrap();
    assert_eq!((isolation.shut.as_slice(), isolation.cut_off), (&[0][..], 16));
    assert_eq!(network.isolate(3).unwrap().shut, [0], "the valve itself leaks");
    assert!(network.isolate(4).is_err());
    assert!(Network::new(2, vec![edge(0, 5, Kind::Pipe)], [0], []).is_err());
}

#[test]
fn a_loss_is_weighed_against_the_error_of_the_meters() {
    let meter = |amount| Meter { amount, error: 0.02 };
    let none = Meter { amount: 0.0, error: 0.0 };
    let tight = balance(&[meter(1000.0)], &[meter(500.0), meter(490.0)], none).unwrap();
    assert!(tight.significance() < 3.0, "{tight:?}");
    let leaking = balance(&[meter(1000.0)], &[meter(500.0), meter(380.0)], none).unwrap();
    assert!(leaking.significance() > 3.0 && (leaking.share - 0.12).abs() < 1e-12);
    assert!(balance(&[meter(-1.0)], &[], none).is_err());
}

#[test]
fn a_small_leak_that_stays_is_seen_and_noise_is_not() {
    // Night flows with some noise of their own.
    let noise = |i: u32| f64::from((i * 7919 + 13) % 101) / 101.0 - 0.5;
    let quiet: Vec<f64> = (0..200).map(|i| 20.0 + noise(i)).collect();
    let cusum = Cusum::learned(&quiet).unwrap();
    assert_eq!(cusum.rise(&quiet).unwrap(), None);
    let series: Vec<f64> =
        (0..100).map(|i| 20.0 + noise(i + 31) + if i >= 60 { 0.4 } else { 0.0 }).collect();
    let change = cusum.rise(&series).unwrap().unwrap();
    assert!(change.seen > 60 && change.seen < 80, "{change:?}");
    assert!(change.began >= 50 && change.began <= 66, "{change:?}");
    assert!(change.size > 0.2 && change.size < 0.7, "{change:?}");
    assert!(Cusum::learned(&[1.0; 3]).is_err());
    assert!(cusum.rise(&[f64::NAN]).is_err());
}

proptest! {
    #[test]
    fn isolation_isolates_and_no_valve_can_be_spared(
        edges in proptest::collection::vec((0..25_u32, 0..25_u32, 0..6_u8), 1..60),
        sources in proptest::collection::btree_set(0..25_u32, 1..4), leak in any::<prop::sample::Index>(),
    ) {
        let kind = |k| match k {
            0 | 1 => Kind::Pipe,
            2 | 3 => Kind::Valve,
            4 => Kind::StuckValve,
            _ => Kind::Shut,
        };
        let edges: Vec<Edge> = edges.into_iter().map(|(a, b, k)| edge(a, b, kind(k))).collect();
        let leak = leak.index(edges.len());
        let customers = (0..25).map(|n| (n, 1));
        let network = Network::new(25, edges, sources.iter().copied(), customers).unwrap();
        let isolation = network.isolate(leak).unwrap();
        prop_assert_eq!(isolation.cut_off, u64::try_from(isolation.dry_nodes.len()).unwrap());
        let fed = network.fed(leak, &isolation.shut).unwrap();
        prop_assert_eq!(fed, !isolation.sources_to_stop.is_empty());
        if isolation.sources_to_stop.is_empty() {
            for spared in 0..isolation.shut.len() {
                let mut rest = isolation.shut.clone();
                rest.remove(spared);
                prop_assert!(network.fed(leak, &rest).unwrap(), "valve {spared} is not needed");
            }
        }
    }
}
