//! Water against worked values, and what must hold for any of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use common::{near, table};
use helan_hazard::water::{
    channel::Channel,
    gully::{Gully, areal_mm, weights},
    hand::{Hand, Reach},
    routing::{Muskingum, nash},
    runoff::{self, CurveNumber, Moisture},
    terrain::{Drainage, Grid},
    unit_graph::{Shape, UnitGraph},
};
use proptest::prelude::*;

/// `name=value` of a row, with the unit behind the value dropped.
fn figure(inputs: &str, name: &str) -> f64 {
    let part = inputs.split_whitespace().find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
    let part = part
        .or_else(|| inputs.split(',').find_map(|p| p.trim().strip_prefix(name)?.strip_prefix('=')));
    let text: String = part
        .unwrap_or_else(|| panic!("no {name} in {inputs}"))
        .chars()
        .take_while(|c| c.is_ascii_digit() || ".-".contains(*c))
        .collect();
    text.parse().unwrap()
}

fn series(text: &str) -> Vec<f64> {
    text.split(';').map(|v| v.trim().parse().unwrap()).collect()
}

#[test]
fn worked_cases_come_out() {
    for row in table("flood_cases.csv") {
        let (quantity, inputs) = (row.text("quantity"), row.text("inputs"));
        let f = |name: &str| figure(inputs, name);
        match quantity {
            "SCS-CN runoff mm" => {
                let ground = CurveNumber::new(f("CN"), f("lambda")).unwrap();
                near(inputs, ground.depth_mm(f("P")), row.number("expected"), 1e-4);
            }
            "rational peak m3/s" => {
                let got = runoff::rational_m3_s(f("C"), f("i"), f("A")).unwrap();
                near(inputs, got, row.number("expected"), 1e-4);
            }
            "Manning discharge m3/s" => {
                let channel = Channel::new(f("b"), f("z"), f("n"), f("S")).unwrap();
                near(inputs, channel.discharge_m3_s(f("y")), row.number("expected"), 1e-4);
                let depth = channel.depth_m(row.number("expected")).unwrap();
                near(inputs, depth, f("y"), 1e-4);
            }
            "Muskingum coefficients" => {
                let reach = Muskingum::new(f("K"), f("x"), f("dt")).unwrap();
                for (got, expected) in reach.weights.iter().zip(series(row.text("expected"))) {
                    near(inputs, *got, expected, 1e-4);
                }
            }
            "Muskingum outflow" => {
                let reach = Muskingum::new(f("K"), f("x"), f("dt")).unwrap();
                let given = inputs.strip_prefix("inflow ").unwrap();
                let inflow = series(given.split_whitespace().next().unwrap());
                let out = reach.outflow(&inflow, f("O0"));
                let expected = series(row.text("expected"));
                assert_eq!(out.len(), expected.len());
                for (got, expected) in out.iter().zip(expected) {
                    // Two digits are printed.
                    assert!((got - expected).abs() <= 0.005_1, "{got} {expected}");
                }
            }
            "Kirpich tc min" => {
                let got = runoff::kirpich_min(f("L"), f("S")).unwrap();
                near(inputs, got, row.number("expected"), 1e-4);
            }
            other => panic!("unknown quantity {other}"),
        }
    }
}

fn gully(area_km2: f64, concentration_s: f64) -> Gully {
    Gully {
        ground: CurveNumber::moist(78.0, 0.2, Moisture::Average).unwrap(),
        graph: UnitGraph::new(Shape::Curved, area_km2, concentration_s, 600.0).unwrap(),
        base_m3_s: 0.0,
    }
}

#[test]
fn the_storm_of_suyukou_is_told_before_it_comes() {
    // 167.8 mm in six hours (1998-05-20), heaviest in the middle, over a valley of some 50 km².
    let shape: Vec<f64> =
        (0..36).map(|i| 1.0 + 5.0 * (-(f64::from(i) - 12.0).powi(2) / 30.0).exp()).collect();
    let whole: f64 = shape.iter().sum();
    let rain: Vec<f64> = shape.iter().map(|s| s / whole * 167.8).collect();
    let gully = gully(50.0, 5_400.0);
    let flood = gully.flood(&rain).unwrap();
    assert!(flood.peak_m3_s > 200.0 && flood.peak_m3_s < 900.0, "{}", flood.peak_m3_s);
    // What has fallen tells twenty minutes before; when the rain is taken to go on for half an hour, it is forty.
    let fallen = gully.told(&rain, 100.0, 0).unwrap().unwrap();
    assert!(fallen.lead_s(600.0) >= 1_200.0, "{fallen:?}");
    let told = gully.told(&rain, 100.0, 3).unwrap().unwrap();
    assert!(told.known_step < fallen.known_step && told.lead_s(600.0) >= 1_800.0, "{told:?}");
    let came = flood.discharge_m3_s.iter().position(|q| *q >= 100.0).unwrap();
    assert!(came >= told.known_step + 4, "half an hour before it came: {came} {told:?}");
    assert!(gully.told(&rain, 1e5, 3).unwrap().is_none());
    assert!(gully.told(&rain, 100.0, 100).is_err());
}

#[test]
fn silent_gauges_are_left_out_and_none_is_said_so() {
    let near = [Some(10.0), None, None];
    let far = [Some(0.0), Some(4.0), None];
    let mean = areal_mm(&[(0.75, &near), (0.25, &far)]).unwrap();
    assert_eq!(mean, [Some(7.5), Some(4.0), None]);
    assert!(areal_mm(&[]).is_err());
    let weights = weights(&[1_000.0, 2_000.0, f64::NAN]);
    assert!((weights[0] - 0.8).abs() < 1e-12 && weights[2] == 0.0);
}

/// A valley that falls to the south with banks rising to both sides.
fn valley() -> Grid {
    let (columns, rows) = (41, 60);
    let heights = (0..rows * columns)
        .map(|cell| {
            let (x, y) = (f64::from(cell % columns), f64::from(cell / columns));
            1200.0 - y * 0.5 + (x - 20.0).abs() * 0.8
        })
        .collect();
    Grid::new(41, 10.0, heights).unwrap()
}

#[test]
fn a_stage_floods_the_bottom_of_a_valley_and_more_water_floods_more() {
    let grid = valley();
    let hand = Hand::of(&grid, &Drainage::of(&grid), 200).unwrap();
    let reach = Reach { length_m: 600.0, slope: 0.05, roughness: 0.05 };
    let mut before = 0.0;
    for discharge in [1.0, 20.0, 200.0, 1_000.0] {
        let stage = hand.stage_m(&reach, discharge).unwrap();
        near("discharge back", hand.discharge_m3_s(&reach, stage), discharge, 1e-6);
        let areas = hand.areas(stage, (205.0, 300.0)).unwrap();
        let wet = areas.last().unwrap().surface_m2;
        assert!(wet > before, "{discharge} m3/s floods {wet} m2");
        before = wet;
    }
    let areas = hand.areas(3.0, (205.0, 300.0)).unwrap();
    assert_eq!(areas.iter().map(|a| a.level.severity).collect::<Vec<_>>(), [3, 2, 1]);
    assert!(areas.windows(2).all(|w| w[0].surface_m2 <= w[1].surface_m2));
    assert!(Hand::of(&grid, &Drainage::of(&grid), 1_000_000).is_err(), "no stream so large");
}

proptest! {
    #[test]
    fn a_unit_graph_carries_what_fell(
        area in 0.1..500.0_f64, concentration in 600.0..20_000.0_f64, triangle: bool,
        excess in proptest::collection::vec(0.0..20.0_f64, 1..30),
    ) {
        let shape = if triangle { Shape::Triangle } else { Shape::Curved };
        let graph = UnitGraph::new(shape, area, concentration, 600.0).unwrap();
        let flow = graph.discharge_m3_s(&excess);
        let out: f64 = flow.iter().sum::<f64>() * 600.0;
        let fallen: f64 = excess.iter().sum::<f64>() * area * 1e3;
        prop_assert!((out - fallen).abs() <= 1e-9 * fallen.max(1.0), "{out} {fallen}");
        prop_assert!(flow.iter().all(|q| *q >= 0.0));
    }

    #[test]
    fn routing_loses_nothing_and_dampens(
        inflow in proptest::collection::vec(0.0..500.0_f64, 1..40), x in 0.0..0.3_f64, n in 1..6_u8,
    ) {
        let mut wave = inflow.clone();
        wave.insert(0, 0.0);
        wave.extend([0.0; 400]);
        let muskingum = Muskingum::new(2.0, x, 1.3).unwrap().outflow(&wave, 0.0);
        let cascade = nash(&wave, n, 3.0, 1.0).unwrap();
        let came: f64 = inflow.iter().sum();
        let peak = inflow.iter().copied().fold(0.0, f64::max);
        for out in [muskingum, cascade] {
            let went: f64 = out.iter().sum();
            prop_assert!((went - came).abs() <= 1e-6 * came.max(1.0), "{went} {came}");
            prop_assert!(out.iter().all(|q| *q >= -1e-9 && *q <= peak + 1e-9));
        }
    }

    #[test]
    fn runoff_grows_with_rain_and_number_and_never_exceeds_rain(
        rain in 0.0..300.0_f64, more in 0.0..50.0_f64, number in 30.0..98.0_f64,
    ) {
        let ground = CurveNumber::new(number, 0.2).unwrap();
        let denser = CurveNumber::new(number + 2.0, 0.2).unwrap();
        let runs = ground.depth_mm(rain);
        prop_assert!(runs <= rain && ground.depth_mm(rain + more) >= runs && denser.depth_mm(rain) >= runs);
        let wet = CurveNumber::moist(number, 0.2, Moisture::Wet).unwrap();
        let dry = CurveNumber::moist(number, 0.2, Moisture::Dry).unwrap();
        prop_assert!(wet.depth_mm(rain) >= runs && dry.depth_mm(rain) <= runs);
    }

    #[test]
    fn a_depth_and_its_discharge_belong_together(
        bottom in 0.5..200.0_f64, bank in 0.0..5.0_f64, depth in 0.01..30.0_f64, slope in 1e-5..0.1_f64,
    ) {
        let channel = Channel::new(bottom, bank, 0.03, slope).unwrap();
        let back = channel.depth_m(channel.discharge_m3_s(depth)).unwrap();
        prop_assert!((back / depth - 1.0).abs() < 1e-9);
    }
}
