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
