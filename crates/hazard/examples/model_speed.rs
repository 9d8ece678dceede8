//! Measures how long each model takes on this machine: median and 99th of a hundred, in microseconds.
//!
//! `cargo run --release -p helan-hazard --example model_speed`

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring tool")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measuring tool")]

#[path = "../tests/questions/mod.rs"]
mod questions;

use std::{collections::BTreeMap, hint::black_box, time::Instant};

use helan_hazard::{Value, catalogue};

fn main() {
    const RUNS: usize = 1_000;
    println!("{:<22} {:>9} {:>9}", "model", "p50 µs", "p99 µs");
    for (key, inputs) in questions::questions() {
        let model = catalogue::find(key).unwrap();
        let inputs: BTreeMap<String, Value> =
            inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut took: Vec<f64> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                black_box(model.answer(black_box(&inputs)).unwrap());
                start.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        took.sort_by(f64::total_cmp);
        println!("{key:<22} {:>9.1} {:>9.1}", took[RUNS / 2], took[RUNS * 99 / 100]);
    }
}
