//! The load generator of the benchmark.
//!
//! It speaks to Helan as devices do, or plainly to a peer, and prints its figures as one JSON object. Two ways to load:
//! [`paced`] sends at a fixed rate whatever comes back, and measures times; [`closed`] keeps a window full and measures
//! how much gets through.

mod closed;
mod figures;
mod http;
mod paced;
mod setup;
pub mod wire;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Result, ensure};
use clap::ValueEnum;
use serde::Serialize;

pub use self::figures::{Percentiles, Times};

/// What to load with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Few messages, each crossing its limit (20/s by default): times until the command comes.
    Rare,
    /// The same at 5 000/s by default.
    Storm,
    /// As many crossings as get through.
    Max,
    /// As many single readings as get through, none crossing a limit.
    Readings,
    /// As many readings as get through, 100 in a message, none crossing a limit.
    Batch,
}

/// Who is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Peer {
    /// Helan.
    Helan,
    /// An MQTT broker that forwards: topic `bench/in/N` is published and subscribed.
    Mosquitto,
    /// A rule engine behind a broker: `bench/in/N` is published, `bench/out/N` subscribed.
    Nodered,
}

/// Arguments of `helan-sim load`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to load with.
    #[arg(long, value_enum)]
    pub mode: Mode,
    /// Who is loaded.
    #[arg(long, value_enum, default_value = "helan")]
    pub peer: Peer,
    /// Console API of Helan: the virtual devices are registered there.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub server: String,
    /// MQTT endpoint.
    #[arg(long, default_value = "127.0.0.1:1883")]
    pub mqtt: SocketAddr,
    /// File with the token of the simulator's service account.
    #[arg(long, default_value = "data/simulator.token")]
    pub token_file: PathBuf,
    /// Send over HTTP instead of MQTT (mode `batch` on Helan only).
    #[arg(long)]
    pub http: bool,
    /// Connections, one for each virtual device.
    #[arg(long, default_value_t = 100)]
    pub connections: usize,
    /// Messages in a second (modes `rare` and `storm`).
    #[arg(long)]
    pub rate: Option<f64>,
    /// Messages on their way for each connection (modes `max`, `readings`, `batch`).
    #[arg(long)]
    pub window: Option<usize>,
    /// Seconds that are measured.
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Seconds before that, which are not.
    #[arg(long, default_value_t = 1.0)]
    pub warmup: f64,
    /// Stop after so many messages (modes `rare` and `storm`).
    #[arg(long)]
    pub count: Option<u64>,
    /// Replies to commands at this QoS.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    pub reply_qos: u8,
    /// Moments of readings start so many seconds before now, and go on one millisecond a reading.
    #[arg(long, default_value_t = 3600)]
    pub back: u32,
}

/// The figures of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// What it was loaded with.
    pub mode: Mode,
    /// Who was loaded.
    pub peer: Peer,
    /// Connections.
    pub connections: usize,
    /// Readings in each message.
    pub readings_per_message: usize,
    /// Seconds measured.
    pub seconds: f64,
    /// Messages sent in that time.
    pub sent: u64,
    /// Messages confirmed.
    pub acknowledged: u64,
    /// Messages refused.
    pub refused: u64,
    /// Commands (or forwarded messages) received.
    pub received: u64,
    /// Commands that should have come and did not until the end.
    pub missing: u64,
    /// Commands that came although none was due: doubled ones.
    pub surplus: u64,
    /// Messages confirmed in a second.
    pub acknowledged_per_s: f64,
    /// Commands received in a second.
    pub received_per_s: f64,
    /// Readings confirmed in a second.
    pub readings_per_s: f64,
    /// Published → confirmed, µs.
    pub acknowledged_us: Percentiles,
    /// Published → command received, µs.
    pub received_us: Percentiles,
    /// Processor time of the generator in seconds, from start to end.
    pub generator_cpu_s: f64,
}

/// Runs one load and gives its figures.
///
/// # Errors
/// When the server cannot be reached, refuses, or a connection breaks.
pub fn run(args: &Args) -> Result<Figures> {
    ensure!((1..=15_000).contains(&args.connections), "1 to 15000 connections");
    ensure!(args.seconds > 0.0 && args.warmup >= 0.0, "times must be positive");
    ensure!(!args.http || (args.mode == Mode::Batch && args.peer == Peer::Helan), "see --http");
    let devices = setup::devices(args)?;
    let mut figures = match args.mode {
        Mode::Rare | Mode::Storm => paced::run(args, &devices)?,
        Mode::Batch if args.http => http::run(args, &devices)?,
        Mode::Max | Mode::Readings | Mode::Batch => closed::run(args, &devices)?,
    };
    figures.generator_cpu_s = cpu_seconds();
    Ok(figures)
}

/// Processor time of this process so far: user and system ticks of 10 ms from /proc (Linux).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |place| after.split_whitespace().nth(place).and_then(|t| t.parse::<f64>().ok());
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
}
