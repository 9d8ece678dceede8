//! The command line.

mod account;

use std::{
    io::{IsTerminal, Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use helan_protocol::{cap, device};
use helan_store::History;

use crate::{
    clock,
    config::{Config, TEMPLATE},
    serve::{self, Options},
};

/// Helan 贺兰: open digital emergency platform.
#[derive(Parser)]
#[command(name = "helan", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the platform.
    Run(Run),
    /// Print the commented configuration with all defaults.
    Config,
    /// Read a payload from the standard input and print how it is understood, as JSON.
    Decode(Decode),
    /// Walk the audit chain: any changed, moved or missing row is found. May run beside the platform.
    Verify(Verify),
    /// Accounts, for whoever has the machine.
    #[command(subcommand)]
    Account(account::Account),
    /// Print the description of the console API (OpenAPI).
    Openapi,
}

#[derive(Args)]
struct Run {
    /// Configuration file; without it the defaults hold (see `helan config`).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Data folder; made when it is new.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Folder of packs.
    #[arg(long, default_value = "packs")]
    packs: PathBuf,
    /// Address of the console, instead of the configured one.
    #[arg(long)]
    http: Option<SocketAddr>,
    /// Address of the device endpoint, instead of the configured one.
    #[arg(long)]
    mqtt: Option<SocketAddr>,
    /// Go on when the journal replays to something else than was recorded, after a change of the program (see
    /// docs/operations.md).
    #[arg(long)]
    accept_divergence: bool,
    /// Let the simulator register virtual devices and start drills: writes simulator.token into the data folder.
    #[arg(long)]
    demo: bool,
}

#[derive(Args)]
struct Verify {
    /// Data folder.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// A link that was noted elsewhere (the head of an earlier walk): it must still be in the chain.
    #[arg(long)]
    contains: Option<String>,
}

#[derive(Args)]
struct Decode {
    /// How the payload is to be read.
    #[arg(long)]
    protocol: Protocol,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Protocol {
    /// Readings of a device: JSON object, batch or SenML (docs/protocols/device-api.md).
    Device,
    /// A warning: CAP 1.2 or 1.1.
    Cap,
}

/// Does what the command line asks for.
///
/// # Errors
/// When it could not be done.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Run(run) => platform(run),
        Command::Config => print(TEMPLATE),
        Command::Decode(what) => decode(what.protocol),
        Command::Verify(what) => verify(&what),
        Command::Account(what) => account::run(what),
        Command::Openapi => {
            let mut text = crate::api::openapi().to_pretty_json()?;
            text.push('\n');
            print(&text)
        }
    }
}

fn platform(run: Run) -> Result<()> {
    let mut config = Config::read(run.config.as_deref())?;
    config.http.listen = run.http.unwrap_or(config.http.listen);
    config.mqtt.listen = run.mqtt.unwrap_or(config.mqtt.listen);
    log(&config)?;
    let options = Options {
        config,
        data: run.data,
        packs: run.packs,
        demo: run.demo,
        accept_divergence: run.accept_divergence,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let say = |line: &str| {
        // A closed terminal must not stop the platform.
        drop(print(&format!("{line}\n")));
    };
    runtime.block_on(serve::serve(options, &say))
}

fn log(config: &Config) -> Result<()> {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_new(&config.log.filter).context("log.filter")?;
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let result = if config.log.json { lines.json().try_init() } else { lines.try_init() };
    match result {
        Ok(()) => Ok(()),
        Err(error) => bail!("log: {error}"),
    }
}

fn verify(what: &Verify) -> Result<()> {
    let report = helan_store::verify(&what.data)?;
    print(&format!("rows: {}\nhead: {}\n", report.rows, report.head))?;
    if let Some(bad) = report.first_bad {
        bail!("the chain is broken at turn {bad}");
    }
    if let Some(noted) = &what.contains
        && *noted != report.head.to_string()
        && !contains(&what.data, noted)?
    {
        bail!("the noted link is not in the chain: what it stood for was replaced or cut off");
    }
    print("the chain is whole\n")
}

/// Rows read at once.
const PORTION: u32 = 1_000;

fn contains(data: &Path, noted: &str) -> Result<bool> {
    let history = History::open(data)?;
    let mut before = None;
    loop {
        let rows = history.audit(before, PORTION)?;
        if rows.iter().any(|row| row.link.to_string() == noted) {
            return Ok(true);
        }
        match rows.last() {
            Some(last) => before = Some(last.seq),
            None => return Ok(false),
        }
    }
}

/// Most bytes of a payload that are read.
const MAX_PAYLOAD: u64 = 16 * 1024 * 1024;

fn decode(protocol: Protocol) -> Result<()> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_PAYLOAD).read_to_end(&mut bytes)?;
    let value = match protocol {
        Protocol::Cap => serde_json::to_value(cap::parse(&bytes, &cap::Limits::default())?)?,
        Protocol::Device => samples(&bytes)?,
    };
    print(&format!("{}\n", serde_json::to_string_pretty(&value)?))
}

/// A payload of readings as it is understood; a `ts` of null means: the moment of arrival.
fn samples(bytes: &[u8]) -> Result<serde_json::Value> {
    let mut readings = Vec::new();
    let format = device::read(bytes, clock::now(), &mut |sample| {
        readings.push(serde_json::json!({
            "point": sample.name,
            "ts": sample.at.map(|at| at.0),
            "value": sample.value,
            "quality": crate::api::wire::quality(sample.quality),
            "unit": sample.unit,
        }));
    })?;
    let format = match format {
        device::Format::Json => "json",
        device::Format::SenMl => "senml",
    };
    Ok(serde_json::json!({ "format": format, "readings": readings }))
}

/// Writes to the standard output.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
