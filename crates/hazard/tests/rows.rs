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
            for pair in areas.windows(2) {
                assert!(
                    pair[0].surface_m2 <= pair[1].surface_m2 + 1e-6,
                    "{key}: worst level first"
                );
            }
        }
        let names: BTreeSet<&str> = report.outputs.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names.len(), report.outputs.len(), "{key}: a figure has one name");
    }
    let mine =
        ["fire-", "blast-", "quake-", "water-", "wildfire-", "crowd-", "lifeline-", "forecast-"];
    for model in catalogue::models().filter(|m| mine.iter().any(|p| m.key.starts_with(p))) {
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
fn no_area_is_empty_in_silence() {
    for (key, change) in
        [("quake-motion", ("magnitude", 4.5)), ("water-inundation", ("stage_m", 0.0))]
    {
        let (_, mut inputs) = questions().into_iter().find(|(k, _)| *k == key).unwrap();
        inputs.retain(|(name, _)| *name != change.0);
        inputs.push((change.0, n(change.1)));
        let report = ask(key, &inputs).unwrap();
        assert!(!report.areas.is_empty() || !report.warnings.is_empty(), "{key}");
    }
    // Grass that is too wet to burn.
    let winds = Value::Table(vec![vec![0.0, 5.0, 270.0]]);
    let wet = [("fuel", n(1.0)), ("dead_1h", n(0.5)), ("winds", winds)];
    let report = ask("wildfire-spread", &wet).unwrap();
    assert!(report.areas.is_empty() && report.warnings.iter().any(|w| w.code == "too-wet"));
}
