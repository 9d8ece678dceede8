//! The simulator: virtual regions, scenarios and load.

use std::{
    io::{IsTerminal as _, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use helan_kernel::Ms;
use helan_sim::{
    api::Api,
    base::{self, Ground, Maker},
    load,
    mqtt::Dialer,
    region::{self, FaultPlan, areas::Areas},
    scenario::{self, file::Scenario, run::Options},
    tokens::Tokens,
};
use tokio::signal::unix::{SignalKind, signal};

/// A measure does not hold.
const MISSED: u8 = 1;
/// It could not be done: wrong arguments, no server, refused. The same as for a wrong option.
const FAILED: u8 = 2;
/// Stopped by Ctrl-C or SIGTERM.
const STOPPED: u8 = 130;

/// Virtual devices, people and faults for Helan; load generator and runner of scenarios.
///
/// Needs a running server that was started with --demo, which writes the token of the simulator into its data folder.
#[derive(Parser)]
#[command(name = "helan-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Plays a region of virtual devices until it is stopped.
    ///
    /// Registers the region (all of it marked as drill: it never reaches real devices or people), connects every device over
    /// MQTT and lets small faults happen: lost links, silence, stuck and bad values, wrong clocks, spikes.
    Region(RegionArgs),
    /// Brings a made-up base database to a server: objects of every kind and households with gas sets, all marked as synthetic.
    ///
    /// The same seed gives the same objects; what is there already is not doubled.
    Base(BaseArgs),
    /// Runs a scenario and writes a report with value, target and verdict of each measure.
    ///
    /// Exit codes: 0 every measure holds, 1 a measure does not hold, 2 it could not be run, 130 stopped.
    Run(RunArgs),
    /// Loads a server and prints the figures as JSON.
    Load(load::Args),
}
/// Where the server is.
#[derive(clap::Args)]
struct ServerArgs {
    /// Console API of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// MQTT endpoint of the server.
    #[arg(long, default_value = "127.0.0.1:1883")]
    mqtt: SocketAddr,
    /// File with the token of the simulator's service account.
    #[arg(long, default_value = "data/simulator.token")]
    token_file: PathBuf,
}

#[derive(clap::Args)]
struct RunArgs {
    /// Scenario file.
    scenario: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
    /// World time against real time, 1 to 600: gas, people and events run faster; rules, ladders and proofs keep their time.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Where the report goes (JSON); standard output when missing.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Binary of the site agent; the one beside this program when missing.
    #[arg(long)]
    edge: Option<PathBuf>,
    /// Packs for the site agent.
    #[arg(long, default_value = "packs")]
    packs: PathBuf,
}

#[derive(clap::Args)]
struct RegionArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Number of devices, 1 to 100 000: each is a connection and a task of this process.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    devices: u64,
    /// Seed: the same seed gives the same region and the same faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds between two readings of a device.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    rate: u32,
    /// Outlines of the counties (GeoJSON).
    #[arg(long, default_value = "packs/ningxia/areas.geojson")]
    areas: PathBuf,
    /// No faults.
    #[arg(long)]
    quiet: bool,
}

#[derive(clap::Args)]
struct BaseArgs {
    /// Console API of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// File with the token of the simulator's service account.
    #[arg(long, default_value = "data/simulator.token")]
    token_file: PathBuf,
    /// Objects, without the households.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(0..=2_000_000))]
    facilities: u64,
    /// Households with a gas set.
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(0..=2_000_000))]
    households: u64,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Packs with the kinds, and the region in them.
    #[arg(long, default_value = "packs")]
    packs: PathBuf,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let code = work(Cli::parse()).unwrap_or_else(|error| {
        // Whole cause in one line; a backtrace helps nobody who mistyped an address.
        drop(writeln!(std::io::stderr(), "helan-sim: {error:#}"));
        FAILED
    });
    ExitCode::from(code)
}

fn work(cli: Cli) -> Result<u8> {
    match cli.command {
        Task::Region(args) => {
            tokio::runtime::Runtime::new()?.block_on(until_stopped(region(&args)))
        }
        Task::Base(args) => tokio::runtime::Runtime::new()?.block_on(until_stopped(base(args))),
        Task::Run(args) => tokio::runtime::Runtime::new()?.block_on(until_stopped(run(args))),
        Task::Load(args) => {
            let figures = load::run(&args)?;
            writeln!(std::io::stdout(), "{}", serde_json::to_string(&figures)?)?;
            Ok(0)
        }
    }
}

/// Does something until it is done or somebody stops it; then it is dropped, and with it a site agent that it started.
async fn until_stopped(work: impl Future<Output = Result<u8>>) -> Result<u8> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = work => done,
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| STOPPED).map_err(Into::into),
        _ = terminate.recv() => Ok(STOPPED),
    }
}

async fn run(args: RunArgs) -> Result<u8> {
    anyhow::ensure!((1.0..=600.0).contains(&args.speed), "--speed {}: 1 to 600", args.speed);
    let scenario = Scenario::read(&args.scenario)?;
    let beside = std::env::current_exe()?.with_file_name("helan-edge");
    let options = Options {
        server: args.server.server,
        mqtt: args.server.mqtt,
        token_file: args.server.token_file,
        speed: args.speed,
        edge: args.edge.unwrap_or(beside),
        packs: args.packs,
    };
    let report = scenario::run::run(&scenario, &options).await?;
    let json = serde_json::to_string_pretty(&report)?;
    match args.report {
        Some(path) => std::fs::write(&path, json).with_context(|| path.display().to_string())?,
        None => writeln!(std::io::stdout(), "{json}")?,
    }
    write!(std::io::stderr(), "{}", report.table())?;
    Ok(if report.ok { 0 } else { MISSED })
}

async fn base(args: BaseArgs) -> Result<u8> {
    let packs = helan_protocol::pack::load(&args.packs)?;
    let kinds: Vec<_> = packs.into_iter().flat_map(|pack| pack.kinds).collect();
    let ground = Ground::read(&args.packs.join("ningxia"))?;
    let api = Api::open(&args.server, &args.token_file)?;
    let mut maker = Maker::new(ground, args.seed, args.facilities, args.households);
    let rows = base::bring(&mut maker, &kinds, &api).await?;
    writeln!(std::io::stderr(), "{rows} objects")?;
    Ok(0)
}

async fn region(args: &RegionArgs) -> Result<u8> {
    let areas = Areas::read(&args.areas).context("outlines of the counties (--areas)")?;
    let api = Api::open(&args.server.server, &args.server.token_file)?;
    let tokens = Tokens::beside(&args.server.token_file)?;
    let period = Ms::seconds(i64::from(args.rate));
    let region = region::build(args.devices, args.seed, period, &areas);
    let faults = (!args.quiet).then(|| FaultPlan::new(args.seed, Ms(0), &region.world));
    let dialer = Dialer::new(args.server.mqtt, args.seed);
    match region::play::play(region, &api, tokens, &dialer, faults).await? {}
}
