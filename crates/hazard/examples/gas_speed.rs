//! How long a gas footprint takes: `cargo run --release -p helan-hazard --example gas_speed`.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures and tells")]

use std::time::Instant;

use helan_hazard::{
    HazardError,
    gas::{
        footprint::{Release, Site, Wind, release},
        level::Levels,
        source::{Source, State},
    },
    substance,
};

const ROUNDS: u32 = 200;

fn main() -> Result<(), HazardError> {
    for (name, levels) in [("usual levels", Levels::Usual), ("all levels", Levels::All)] {
        for (air, known) in [("known wind", true), ("unknown wind", false)] {
            let mut micros = Vec::new();
            for round in 0..ROUNDS {
                for substance in substance::all() {
                    let step = f64::from(round);
                    let rate_kg_s = 0.01 * 1.06_f64.powf(step);
                    let source = match round % 2 {
                        0 => Source::Rate {
                            rate_kg_s,
                            duration_s: Some(1200.0),
                            state: State::Usual,
                        },
                        _ => Source::Burst {
                            mass_kg: rate_kg_s * 100.0,
                            temperature_k: None,
                            state: State::Usual,
                        },
                    };
                    let case = Release { substance, source, height_m: 1.0, levels: levels.clone() };
                    let wind = match known {
                        true => Wind::Known {
                            speed_m_s: 1.0 + step * 0.05,
                            from_deg: step,
                            sigma_deg: None,
                            age_s: 0.0,
                            height_m: 10.0,
                        },
                        false => Wind::Unknown,
                    };
                    // The best of five: what the machine does beside is not counted.
                    let mut best = f64::INFINITY;
                    for _ in 0..5 {
                        let begin = Instant::now();
                        let answer = release(&case, &wind, &Site::default())?;
                        best = best.min(begin.elapsed().as_secs_f64() * 1e6);
                        drop(answer);
                    }
                    micros.push(best);
                }
            }
            micros.sort_by(f64::total_cmp);
            let at = |part: usize| micros.get(micros.len() * part / 1000).copied().unwrap_or(0.0);
            println!(
                "{name}, {air}: p50 {:.0} µs, p99 {:.0} µs, p99.9 {:.0} µs of {} footprints",
                at(500),
                at(990),
                at(999),
                micros.len()
            );
        }
    }
    Ok(())
}
