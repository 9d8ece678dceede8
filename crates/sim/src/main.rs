//! The simulator: virtual regions, scenarios and load.

use std::{io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use helan_kernel::Ms;
use helan_sim::{
    api::Api,
    clock, load,
    mqtt::Dialer,
    player::{Player, Seen},
    region::{self, FaultPlan, areas::Areas},
    scenario::{self, file::Scenario, run::Options},
    tokens::Tokens,
};
use tracing::{info, warn};

/// Virtual devices, people and faults for Helan; load generator and runner of scenarios.
#[derive(Parser)]
#[command(name = "helan-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Plays a region of virtual devices until it is stopped.
    Region(RegionArgs),
    /// Runs a scenario and writes a report; ends with 0 only if every measure holds.
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
    /// World time against real time, 1 to 60.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Where the report goes; standard output when missing.
    #[arg(long)]
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
    /// Number of devices.
    #[arg(long, default_value_t = 10_000)]
    devices: u64,
    /// Seed: the same seed gives the same region and the same faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds between two readings of a device.
    #[arg(long, default_value_t = 60)]
    rate: u32,
    /// Outlines of the counties (GeoJSON).
    #[arg(long, default_value = "packs/ningxia/areas.geojson")]
    areas: PathBuf,
    /// No faults.
    #[arg(long)]
    quiet: bool,
}

fn main() -> Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().command {
        Task::Region(args) => tokio::runtime::Runtime::new()?.block_on(region(&args))?,
        Task::Run(args) => return tokio::runtime::Runtime::new()?.block_on(run(args)),
        Task::Load(args) => {
            let figures = load::run(&args)?;
            writeln!(std::io::stdout(), "{}", serde_json::to_string(&figures)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(args: RunArgs) -> Result<ExitCode> {
    anyhow::ensure!((1.0..=60.0).contains(&args.speed), "a speed between 1 and 60");
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
    for measure in report.measures.iter().filter(|m| !m.holds) {
        warn!(what = ?measure.what, of = measure.of, value = measure.value, target = measure.target,
            "does not hold");
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn region(args: &RegionArgs) -> Result<()> {
    let areas = Areas::read(&args.areas).context("outlines of the counties")?;
    let period = Ms::seconds(i64::from(args.rate.max(1)));
    let region = region::build(args.devices, args.seed, period, &areas);
    let api = Api::open(&args.server.server, &args.server.token_file)?;
    let mut tokens = Tokens::beside(&args.server.token_file)?;
    info!(changes = region.changes.len(), "registering");
    tokens.register(&api, &region.changes).await?;
    let mut player = Player::new(region.world, 1.0);
    let dialer = Dialer::new(args.server.mqtt, args.seed);
    for number in 0..player.world.devices().len() {
        let key = player.world.devices().get(number).map(|d| d.key.clone()).unwrap_or_default();
        player.connect(number, &dialer, tokens.of(&key));
    }
    let mut faults = FaultPlan::new(args.seed, Ms(0));
    let mut report = clock::instant();
    loop {
        if !args.quiet {
            let until = player.world.now().after(Ms::seconds(10));
            let devices = player.world.devices().len();
            while let Some((at, change)) = faults.next(until, devices) {
                player.world.schedule(at, change);
            }
        }
        for seen in player.step().await {
            if let Seen::Refused { device, reason } = seen {
                let key = player.world.devices().get(device).map(|d| d.key.clone());
                warn!(device = key.as_deref().unwrap_or_default(), reason, "refused");
            }
        }
        if report.elapsed() > Duration::from_secs(60) {
            report = clock::instant();
            info!("{}", serde_json::to_string(&player.counts)?);
        }
    }
}
