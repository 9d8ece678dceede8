//! Tables with expected values, as the files beside the tests hold them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::{collections::BTreeMap, path::Path};

pub struct Row(BTreeMap<String, String>);

impl Row {
    pub fn text(&self, column: &str) -> &str {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }

    pub fn number(&self, column: &str) -> f64 {
        let text = self.text(column);
        text.parse().unwrap_or_else(|_| panic!("{column} is {text:?}, not a number"))
    }
}

pub fn table(name: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    let rows: Vec<Row> = reader.deserialize().map(|row| Row(row.unwrap())).collect();
    assert!(!rows.is_empty(), "{name} holds nothing");
    rows
}

#[track_caller]
pub fn near(what: &str, got: f64, expected: f64, tolerance: f64) {
    let error = (got - expected).abs();
    let allowed = tolerance * expected.abs() + if expected == 0.0 { 1e-12 } else { 0.0 };
    assert!(error <= allowed, "{what}: {got}, expected {expected} within {tolerance}");
}
