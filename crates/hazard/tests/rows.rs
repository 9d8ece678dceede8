//! The rows of the catalogue: every one answers, its areas are whole and nested, and it refuses what makes no sense.

mod questions;

use std::collections::{BTreeMap, BTreeSet};

use helan_hazard::{HazardError, Report, Value, catalogue, model::Takes};
use questions::{n, questions, w};

fn ask(key: &str, inputs: &[(&str, Value)]) -> Result<Report, HazardError> {
    let inputs: BTreeMap<String, Value> =
        inputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    catalogue::find(key)?.answer(&inputs)
}

#[test]
fn every_model_answers_and_its_areas_are_whole_and_nested() {
    let mut answered = BTreeSet::new();
    for (key, inputs) in questions() {
        let report = ask(key, &inputs).unwrap_or_else(|e| panic!("{key}: {e}"));
        answered.insert(key);
        assert!(!report.outputs.is_empty(), "{key} gives figures");
        assert!(!report.sources.is_empty() && !report.validity.is_empty(), "{key}");
        for output in &report.outputs {
            if let Value::Number(value) = output.value {
                assert!(value.is_finite(), "{key}: {} is {value}", output.name);
            }
        }
        let groups = report.frames.iter().map(|f| &f.areas).chain([&report.areas]);
        for areas in groups {
            for area in areas {
                assert!(!area.rings.is_empty() && area.surface_m2 > 0.0, "{key} {:?}", area.level);
                for ring in &area.rings {
                    assert!((3..=helan_hazard::area::MOST_CORNERS).contains(&ring.len()), "{key}");
                }
            }
            // Distances from a table have no threshold, and levels of different kinds need not lie in each other.
            for one in areas.iter().filter(|area| area.level.threshold > 0.0) {
                let same = areas.iter().skip_while(|area| *area != one).skip(1);
                for other in same.filter(|other| other.level.unit == one.level.unit) {
                    assert!(
                        one.surface_m2 <= other.surface_m2 + 1e-6,
                        "{key}: worst level first, {:?} {:?}",
                        one.level,
                        other.level
                    );
                }
            }
        }
        let names: BTreeSet<&str> = report.outputs.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names.len(), report.outputs.len(), "{key}: a figure has one name");
    }
    for model in catalogue::models() {
        assert!(answered.contains(model.key), "no question for {}", model.key);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (key, inputs) in questions() {
        let model = catalogue::find(key).unwrap();
        let given: BTreeMap<String, Value> =
            inputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for field in model.fields {
            let bad = match field.takes {
                Takes::Number { min, max } => {
                    vec![n(f64::NAN), n(min - 1.0), n(max * 2.0 + 1.0), w("x")]
                }
                Takes::Word { .. } => vec![n(1.0), w("nonsense")],
                Takes::Name => vec![n(1.0)],
                Takes::List { .. } => vec![n(1.0), Value::List(vec![f64::INFINITY])],
                Takes::Table { .. } => vec![n(1.0), Value::Table(vec![vec![f64::NAN; 40]])],
            };
            for value in bad {
                let mut asked = given.clone();
                asked.insert(field.name.to_owned(), value.clone());
                let answer = model.answer(&asked);
                assert!(answer.is_err(), "{key}: {} = {value:?} is taken", field.name);
            }
        }
        let mut asked = given.clone();
        asked.insert("nobody_knows_it".to_owned(), n(1.0));
        assert!(matches!(model.answer(&asked), Err(HazardError::Surplus { .. })), "{key}");
    }
}

#[test]
fn who_is_reached_within_the_hour_is_in_the_worst_level_however_long_it_is_looked() {
    for (lasts_s, severity) in
        [(1_800.0, 3), (3_600.0, 3), (5_000.0, 2), (10_800.0, 2), (30_000.0, 1)]
    {
        for (key, mut inputs) in questions().into_iter().filter(|(k, _)| k.starts_with("wildfire"))
        {
            if catalogue::find(key).unwrap().fields.iter().all(|f| f.name != "lasts_s") {
                continue;
            }
            inputs.push(("lasts_s", n(lasts_s)));
            let report = ask(key, &inputs).unwrap();
            let last = report.areas.last().unwrap();
            assert_eq!((last.level.threshold, last.level.severity), (lasts_s, severity), "{key}");
            for frame in &report.frames {
                let wanted = report.areas.iter().find(|a| a.level.threshold >= frame.at_s).unwrap();
                assert_eq!(
                    frame.areas[0].level.severity, wanted.level.severity,
                    "{key} {}",
                    frame.at_s
                );
            }
        }
    }
}

#[test]
fn circles_of_quakes_hold_both_axes_and_a_warning_without_a_blind_zone_says_so() {
    // In the largest quakes intensity V reaches farther across than along.
    let report = ask("quake-intensity", &[("magnitude", n(8.5)), ("region", w("west"))]).unwrap();
    assert!(report.number("short_5_km").unwrap() > report.number("long_5_km").unwrap());
    let motion = |given: &[(&'static str, Value)]| {
        ask("quake-motion", &[given, &[("magnitude", n(8.5)), ("region", w("moderate"))]].concat())
            .unwrap()
    };
    let (circles, outlines) = (motion(&[]), motion(&[("strike_deg", n(30.0))]));
    for (circle, outline) in circles.areas.iter().zip(&outlines.areas) {
        assert!(circle.reach_m >= outline.reach_m * 0.999, "{:?}", circle.level);
    }
    let tibet = ask("quake-motion", &[("magnitude", n(7.5)), ("region", w("tibet"))]).unwrap();
    let ningxia = ask("quake-motion", &[("magnitude", n(7.5))]).unwrap();
    assert!(ningxia.areas[0].reach_m > 1.02 * tibet.areas[0].reach_m, "eastern is stronger here");
    let deep = ask("quake-warning", &[("depth_km", n(50.0)), ("station_km", n(0.0))]).unwrap();
    assert!(deep.areas.is_empty() && deep.warnings.iter().any(|w| w.code == "no-blind-zone"));
    for (magnitude, warned) in [(4.6, true), (5.0, false), (8.5, false)] {
        for key in ["quake-motion", "quake-intensity"] {
            let report = ask(key, &[("magnitude", n(magnitude))]).unwrap();
            assert_eq!(
                report.warnings.iter().any(|w| w.code == "outside-validity"),
                warned,
                "{key} {magnitude}"
            );
        }
    }
}

#[test]
fn where_a_model_is_stretched_it_says_so() {
    let stretched = |key: &str, change: &[(&'static str, f64)]| {
        let (_, mut inputs) = questions().into_iter().find(|(k, _)| *k == key).unwrap();
        inputs.retain(|(name, _)| change.iter().all(|(changed, _)| changed != name));
        inputs.extend(change.iter().map(|(name, value)| (*name, n(*value))));
        ask(key, &inputs).unwrap().warnings.iter().any(|w| w.code == "outside-validity")
    };
    for (key, within, beyond) in [
        ("gaussian-plume", ("x_m", 300.0), ("x_m", 50.0)),
        ("gaussian-plume", ("x_m", 9_999.0), ("x_m", 10_001.0)),
        ("gaussian-puff", ("x_m", 300.0), ("x_m", 20_000.0)),
        ("dense-plume", ("wind_m_s", 3.0), ("wind_m_s", 0.1)),
        ("dense-puff", ("wind_m_s", 3.0), ("wind_m_s", 0.1)),
        // A tonne of TNT: its scaled distance is a tenth of that in metres.
        ("blast-tnt", ("distance_m", 1_580.0), ("distance_m", 1_600.0)),
        ("liquid-hole", ("temperature_k", 293.0), ("temperature_k", 350.0)),
        ("two-phase-hole", ("temperature_k", 293.0), ("temperature_k", 350.0)),
        ("pool-evaporation", ("temperature_k", 290.0), ("temperature_k", 270.0)),
        ("fire-pool", ("diameter_m", 12.0), ("diameter_m", 120.0)),
    ] {
        assert!(!stretched(key, &[within]), "{key} {within:?}");
        assert!(stretched(key, &[beyond]), "{key} {beyond:?}");
    }
    let tank = |kelvin| {
        let given = [
            ("substance", w("氨")),
            ("source", w("vessel")),
            ("mass_kg", n(1_000.0)),
            ("hole_m", n(0.01)),
            ("temperature_k", n(kelvin)),
            ("wind_m_s", n(3.0)),
            ("wind_from_deg", n(0.0)),
        ];
        ask("gas-release", &given).unwrap().warnings.iter().any(|w| w.code == "outside-validity")
    };
    assert!(!tank(293.0) && tank(350.0), "the vapour pressure is extrapolated");
}

#[test]
fn a_network_with_an_endless_number_of_nodes_is_refused() {
    let edges = Value::Table(vec![vec![0.0, 4_294_967_295.0, 0.0]]);
    let given = [("edges", edges), ("sources", Value::List(vec![0.0])), ("leak", n(0.0))];
    assert!(matches!(ask("lifeline-isolation", &given), Err(HazardError::Together { .. })));
}

#[test]
fn a_wildfire_holds_the_turns_of_its_wind() {
    let given = |turn: f64| {
        [("fuel", n(2.0)), ("wind_m_s", n(8.0)), ("wind_from_deg", n(270.0)), ("turn_deg", n(turn))]
    };
    let (narrow, wide) =
        (ask("wildfire", &given(0.0)).unwrap(), ask("wildfire", &given(30.0)).unwrap());
    let warned = |report: &Report| report.warnings.iter().any(|w| w.code == "wind-may-turn");
    assert!(!warned(&narrow) && warned(&wide));
    assert!(wide.areas[0].surface_m2 > 1.5 * narrow.areas[0].surface_m2);
    assert_eq!(
        narrow.number("burnt_m2"),
        wide.number("burnt_m2"),
        "what burns with the wind as told"
    );
    assert!(narrow.number("edge_m").unwrap() > 0.0);
    assert_eq!(ask("wildfire", &given(30.0)[..3]).unwrap().areas, wide.areas, "the default");
}

#[test]
fn no_area_is_empty_in_silence() {
    // Whatever a model that draws areas is told: each number at both of its bounds.
    for (key, inputs) in questions() {
        if ask(key, &inputs).unwrap().areas.is_empty() {
            continue;
        }
        for field in catalogue::find(key).unwrap().fields {
            let Takes::Number { min, max } = field.takes else { continue };
            for value in [min, max] {
                let mut inputs = inputs.clone();
                inputs.retain(|(name, _)| *name != field.name);
                inputs.push((field.name, n(value)));
                let Ok(report) = ask(key, &inputs) else { continue };
                let said = !report.areas.is_empty() || !report.warnings.is_empty();
                assert!(said, "{key} with {} = {value}", field.name);
            }
        }
    }
    // Grass that is too wet to burn.
    let winds = Value::Table(vec![vec![0.0, 5.0, 270.0]]);
    let wet = [("fuel", n(1.0)), ("dead_1h", n(0.5)), ("winds", winds)];
    let report = ask("wildfire-spread", &wet).unwrap();
    assert!(report.areas.is_empty() && report.warnings.iter().any(|w| w.code == "too-wet"));
    // Cold and wet, or nothing that burns, after Wang Zhengfei.
    let cold = [("air_c", n(-10.0)), ("humidity", n(100.0)), ("wind_m_s", n(0.0))];
    let bare =
        [("air_c", n(25.0)), ("humidity", n(30.0)), ("wind_m_s", n(4.0)), ("fuel_factor", n(0.0))];
    for inputs in [&cold[..], &bare[..]] {
        let report = ask("wildfire-wang", inputs).unwrap();
        assert!(report.areas.is_empty() && report.warnings.iter().any(|w| w.code == "too-wet"));
    }
    let storm = [("air_c", n(25.0)), ("humidity", n(30.0)), ("wind_m_s", n(40.0))];
    let report = ask("wildfire-wang", &storm).unwrap();
    assert!(report.warnings.iter().any(|w| w.code == "outside-validity"));
    let both = [("fuel", w("litter")), ("fuel_factor", n(1.0))];
    assert!(ask("wildfire-wang", &[&storm[..], &both].concat()).is_err());
    let litter = ask("wildfire-wang", &[&storm[..], &both[..1]].concat()).unwrap();
    let plain = report.number("rate_m_min").unwrap();
    assert!((litter.number("rate_m_min").unwrap() / plain - 1.2).abs() < 1e-9);
}
