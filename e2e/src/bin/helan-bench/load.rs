//! Runs of the load generator, as a child process of its own.

use std::{cell::Cell, process::Command};

use anyhow::{Context, ensure};
use helan_e2e::{Platform, Setup, binary};
use serde_json::Value;

use crate::measure::median;

/// Packs of the load test.
pub const PACKS: &str = "scenarios/bench/packs";

/// Our server under load.
pub struct Helan {
    pub platform: Platform,
    /// Loads so far: each has moments of its own, later than those before, so that no reading is an old one.
    part: Cell<u32>,
}

impl Helan {
    /// Starts it with the packs of the load test.
    pub fn start() -> anyhow::Result<Self> {
        let setup = Setup { packs: PACKS, ..Setup::default() };
        Ok(Self { platform: Platform::start(setup)?, part: Cell::new(0) })
    }

    /// Seconds before now at which the next load's moments begin: within what intake takes, an hour apart.
    fn back(&self) -> u32 {
        let part = self.part.replace(self.part.get() + 1);
        2_000_000 - 3_600 * part.min(500)
    }
}

/// Whom a load goes to.
pub enum Target<'a> {
    Helan(&'a Helan),
    Mosquitto(u16),
    NodeRed(u16),
}

/// Figures of several runs of one load.
pub struct Runs(Vec<Value>);

impl Runs {
    /// Median of a figure, named by its path in the generator's JSON.
    pub fn median(&self, path: &str) -> f64 {
        median(self.0.iter().filter_map(|v| v.pointer(path)?.as_f64()).collect())
    }

    /// Sum of a figure: for what must be zero in every run.
    pub fn sum(&self, path: &str) -> f64 {
        self.0.iter().filter_map(|v| v.pointer(path)?.as_f64()).sum()
    }
}

/// Loads a target several times.
pub fn load(target: &Target<'_>, mode: &str, runs: usize, more: &[&str]) -> anyhow::Result<Runs> {
    let mut figures = Vec::new();
    for _ in 0..runs {
        let mut command = Command::new(binary("helan-sim")?);
        command.args(["load", "--mode", mode]);
        match target {
            Target::Helan(helan) => {
                let platform = &helan.platform;
                command.args(["--back", &helan.back().to_string()]);
                command.args(["--server", &format!("http://127.0.0.1:{}", platform.http)]);
                command.args(["--mqtt", &format!("127.0.0.1:{}", platform.mqtt)]);
                command.arg("--token-file").arg(platform.folder().join("simulator.token"));
            }
            Target::Mosquitto(port) => {
                command.args(["--peer", "mosquitto", "--mqtt", &format!("127.0.0.1:{port}")]);
            }
            Target::NodeRed(port) => {
                command.args(["--peer", "nodered", "--mqtt", &format!("127.0.0.1:{port}")]);
            }
        }
        let output = command.args(more).output()?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "helan-sim load --mode {mode}: {error}");
        let text = String::from_utf8(output.stdout)?;
        let line = text.lines().last().context("the generator printed nothing")?;
        figures.push(serde_json::from_str(line)?);
    }
    Ok(Runs(figures))
}
