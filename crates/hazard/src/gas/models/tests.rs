use std::collections::BTreeMap;

use crate::{HazardError, Report, Value, catalogue};

fn ask(model: &str, given: &[(&str, Value)]) -> Result<Report, HazardError> {
    let given: BTreeMap<String, Value> =
        given.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    catalogue::find(model)?.answer(&given)
}

fn n(value: f64) -> Value {
    Value::Number(value)
}

fn w(word: &str) -> Value {
    Value::Word(word.to_owned())
}

#[test]
fn every_model_answers_with_finite_figures() {
    let ammonia = ("substance", w("氨"));
    let place = [("wind_m_s", n(3.0)), ("x_m", n(300.0))];
    let with = |own: &[(&'static str, Value)]| [own, &place].concat();
    let cases: Vec<(&str, Vec<(&str, Value)>)> = vec![
        (
            "gas-release",
            vec![ammonia.clone(), ("source", w("rate")), ("rate_kg_s", n(2.0)), ("frames", n(5.0))],
        ),
        (
            "explosive-cloud",
            vec![("substance", w("LPG")), ("source", w("stock")), ("mass_kg", n(500.0))],
        ),
        (
            "gas-hole",
            vec![
                ammonia.clone(),
                ("hole_m", n(0.01)),
                ("pressure_pa", n(8e5)),
                ("temperature_k", n(293.0)),
            ],
        ),
        ("liquid-hole", vec![ammonia.clone(), ("hole_m", n(0.01)), ("temperature_k", n(293.0))]),
        ("two-phase-hole", vec![ammonia.clone(), ("hole_m", n(0.01)), ("temperature_k", n(293.0))]),
        ("pool-evaporation", vec![("substance", w("苯")), ("mass_kg", n(1000.0))]),
        (
            "blowdown",
            vec![
                ("substance", w("天然气")),
                ("volume_m3", n(10.0)),
                ("hole_m", n(0.02)),
                ("pressure_pa", n(4e6)),
                ("temperature_k", n(293.0)),
            ],
        ),
        ("gaussian-plume", with(&[("rate_kg_s", n(1.0)), ("stability", w("D"))])),
        ("gaussian-puff", with(&[("mass_kg", n(1.0)), ("stability", w("D"))])),
        ("dense-plume", with(&[("rate_kg_s", n(1.0)), ("density_kg_m3", n(3.0))])),
        ("dense-puff", with(&[("mass_kg", n(1.0)), ("density_kg_m3", n(3.0))])),
        ("stability", vec![("wind_m_s", n(2.0)), ("sun_deg", n(50.0)), ("cloud_tenths", n(3.0))]),
        ("erg-distance", vec![("substance", w("液氯"))]),
        (
            "indoor-gas",
            vec![("substance", w("天然气")), ("volume_m3", n(30.0)), ("leak_m3_s", n(0.001))],
        ),
        ("infiltration", vec![("outside_ppm", Value::List(vec![100.0, 100.0, 0.0, 0.0]))]),
        ("toxic-probit", vec![("substance", w("H2S")), ("ppm", n(500.0)), ("minutes", n(30.0))]),
    ];
    let gas: Vec<_> = catalogue::FAMILIES.iter().copied().flatten().collect();
    assert!(cases.len() <= gas.len());
    for (model, given) in cases {
        let report = ask(model, &given).unwrap_or_else(|e| panic!("{model}: {e}"));
        assert_eq!(report.model, model);
        assert!(!report.outputs.is_empty() && !report.sources.is_empty());
        for output in &report.outputs {
            let finite = match &output.value {
                Value::Number(x) => x.is_finite(),
                Value::List(list) => list.iter().all(|x| x.is_finite()),
                Value::Word(word) => !word.is_empty(),
                Value::Table(rows) => rows.iter().flatten().all(|x| x.is_finite()),
            };
            assert!(finite, "{model}: {output:?}");
        }
    }
}

#[test]
fn wrong_inputs_say_what_is_wrong() {
    let rate = ("source", w("rate"));
    let unknown =
        ask("gas-release", &[("substance", w("浊气")), rate.clone(), ("rate_kg_s", n(1.0))]);
    assert!(matches!(unknown, Err(HazardError::Substance { .. })));
    let negative =
        ask("gas-release", &[("substance", w("氨")), rate.clone(), ("rate_kg_s", n(-1.0))]);
    assert!(matches!(negative, Err(HazardError::Range { .. })));
    let missing = ask("gas-release", &[("substance", w("氨")), rate]);
    assert!(matches!(missing, Err(HazardError::Missing { field }) if field == "rate_kg_s"));
    let surplus = ask("stability", &[("wind_m_s", n(2.0)), ("colour", w("red"))]);
    assert!(matches!(surplus, Err(HazardError::Surplus { .. })));
    let fireproof = ask(
        "explosive-cloud",
        &[("substance", w("氯")), ("source", w("stock")), ("mass_kg", n(1.0))],
    );
    assert!(matches!(fireproof, Err(HazardError::Together { .. })));
    let light =
        [("rate_kg_s", n(1.0)), ("density_kg_m3", n(0.5)), ("wind_m_s", n(2.0)), ("x_m", n(9.0))];
    assert!(matches!(ask("dense-plume", &light), Err(HazardError::Together { .. })));
}

#[test]
fn the_moment_and_the_place_tell_the_class() {
    // 2024-06-21, solar noon in Yinchuan.
    let given = [
        ("wind_m_s", n(2.0)),
        ("at_unix_s", n(1_718_945_880.0)),
        ("latitude_deg", n(38.5)),
        ("longitude_deg", n(106.2)),
        ("cloud_tenths", n(1.0)),
    ];
    let report = ask("stability", &given).unwrap();
    let class = report.outputs.iter().find(|o| o.name == "stability").map(|o| o.value.clone());
    assert_eq!(class, Some(w("A")));
}

#[test]
fn a_house_keeps_gas_out_first_and_in_afterwards() {
    let mut outside = vec![200.0; 30];
    outside.extend([0.0; 60]);
    let report = ask("infiltration", &[("outside_ppm", Value::List(outside))]).unwrap();
    let figure = |name| report.number(name).unwrap();
    assert!(figure("inside_most_ppm") < 0.3 * figure("outside_most_ppm"));
    assert!(figure("inside_dose_ppm_min") < figure("outside_dose_ppm_min"));
    assert!((figure("air_out_s") - 1800.0).abs() < 1e-9, "as soon as it is clean outside");
}
