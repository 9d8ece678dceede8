//! How long the models take: every one that draws areas, with inputs that differ from call to call.

use std::{collections::BTreeMap, hint::black_box, time::Duration};

use anyhow::ensure;
use helan_hazard::{Value, catalogue, substance};

use crate::{
    measure::{Numbers, spans},
    table::Row,
};

type Inputs = BTreeMap<String, Value>;

/// Inputs of one call.
struct Case {
    what: &'static str,
    model: &'static str,
    inputs: fn(&mut Numbers) -> Vec<(&'static str, Value)>,
}

const fn n(value: f64) -> Value {
    Value::Number(value)
}

fn w(word: &str) -> Value {
    Value::Word(word.to_owned())
}

/// A figure between two others, each doubling as likely as the next.
fn between(numbers: &mut Numbers, least: f64, most: f64) -> Value {
    n(least * (most / least).powf(numbers.part()))
}

fn gas(numbers: &mut Numbers, wind: bool, levels: &str) -> Vec<(&'static str, Value)> {
    let all = substance::all();
    let place = usize::try_from(numbers.next()).unwrap_or(0) % all.len().max(1);
    let key = all.get(place).map_or("ammonia", |substance| substance.key);
    let mut inputs = vec![("substance", w(key)), ("levels", w(levels))];
    match numbers.below(2) {
        0 => {
            let rate = between(numbers, 0.01, 100.0);
            inputs.extend([("source", w("rate")), ("rate_kg_s", rate), ("duration_s", n(1200.0))]);
        }
        _ => {
            let mass = between(numbers, 1.0, 1e5);
            inputs.extend([("source", w("burst")), ("mass_kg", mass)]);
        }
    }
    if wind {
        let speed = between(numbers, 1.0, 15.0);
        inputs.extend([("wind_m_s", speed), ("wind_from_deg", n(360.0 * numbers.part()))]);
    }
    inputs
}

/// Everything that draws areas.
const CASES: &[Case] = &[
    Case {
        what: "gas, usual levels, known wind",
        model: "gas-release",
        inputs: |m| gas(m, true, "usual"),
    },
    Case {
        what: "gas, usual levels, unknown wind",
        model: "gas-release",
        inputs: |m| gas(m, false, "usual"),
    },
    Case {
        what: "gas, all levels, known wind",
        model: "gas-release",
        inputs: |m| gas(m, true, "all"),
    },
    Case {
        what: "gas, all levels, unknown wind",
        model: "gas-release",
        inputs: |m| gas(m, false, "all"),
    },
    Case {
        what: "pool fire",
        model: "fire-pool",
        inputs: |m| {
            let (diameter, wind) = (between(m, 1.0, 50.0), n(12.0 * m.part()));
            vec![("fuel", w("gasoline")), ("diameter_m", diameter), ("wind_m_s", wind)]
        },
    },
    Case {
        what: "jet fire",
        model: "fire-jet",
        inputs: |m| {
            vec![("rate_kg_s", between(m, 0.1, 50.0)), ("towards_deg", n(360.0 * m.part()))]
        },
    },
    Case {
        what: "BLEVE",
        model: "fire-fireball",
        inputs: |m| vec![("mass_kg", between(m, 100.0, 2e5))],
    },
    Case { what: "TNT", model: "blast-tnt", inputs: |m| vec![("mass_kg", between(m, 1.0, 1e5))] },
    Case {
        what: "vapour cloud",
        model: "blast-vapour-cloud",
        inputs: |m| vec![("flammable_kg", between(m, 10.0, 1e5))],
    },
    Case {
        what: "quake ellipses",
        model: "quake-intensity",
        inputs: |m| {
            vec![("magnitude", n(5.0 + 3.5 * m.part())), ("strike_deg", n(180.0 * m.part()))]
        },
    },
    Case {
        what: "wildfire, six hours",
        model: "wildfire-spread",
        inputs: |m| {
            let hour = |h: u32| vec![3600.0 * f64::from(h), 2.0 + 6.0 * m.part(), 360.0 * m.part()];
            let winds = (0..6).map(hour).collect();
            vec![("fuel", n(104.0)), ("slope", n(0.2)), ("winds", Value::Table(winds))]
        },
    },
    Case {
        what: "flood, 2 500 cells of a valley",
        model: "water-inundation",
        inputs: |m| {
            let cell = |c: i32| f64::from(100 - c / 50 + (c % 50 - 25).abs());
            vec![
                ("heights_m", Value::List((0..2_500).map(cell).collect())),
                ("columns", n(50.0)),
                ("cell_m", n(30.0)),
                ("stream_cells", n(40.0)),
                ("stage_m", n(0.5 + 4.0 * m.part())),
            ]
        },
    },
];

/// All models that draw areas: the slowest one is held against the target.
///
/// # Errors
/// When a model refuses its inputs.
pub fn row(rounds: usize, calls: u32) -> anyhow::Result<Row> {
    let mut figures: Vec<(Duration, String)> = Vec::new();
    for case in CASES {
        let model = catalogue::find(case.model)?;
        let mut numbers = Numbers(7);
        let inputs: Vec<Inputs> = (0..calls)
            .map(|_| {
                let inputs = (case.inputs)(&mut numbers).into_iter();
                inputs.map(|(name, value)| (name.to_owned(), value)).collect()
            })
            .collect();
        let drawn = inputs.iter().filter_map(|inputs| model.answer(inputs).ok());
        // Some models draw at moments only.
        let drawn = drawn.filter(|report| {
            let in_time = report.frames.iter().any(|frame| !frame.areas.is_empty());
            in_time || !report.areas.is_empty()
        });
        let drawn = u32::try_from(drawn.count())?;
        ensure!(drawn * 10 >= calls * 9, "{}: {drawn} of {calls} drew an area", case.what);
        let mut next = inputs.iter().cycle();
        let (half, p99) = spans(rounds, calls, |_| {
            if let Some(inputs) = next.next() {
                drop(black_box(model.answer(black_box(inputs))));
            }
        });
        figures.push((p99, format!("{} {half:.1?}/{p99:.1?}", case.what)));
    }
    let most = figures.iter().map(|(p99, _)| *p99).max().unwrap_or_default();
    let words: Vec<&str> = figures.iter().map(|(_, words)| words.as_str()).collect();
    Ok(Row {
        what: format!("footprint of each model, {calls} calls with different inputs (p50/p99)"),
        target: "p99 ≤ 1 ms, any model".into(),
        ours: format!("slowest p99 {most:.1?}: {}", words.join("; ")),
        beside: "–".into(),
        met: Some(most <= Duration::from_millis(1)),
    })
}
