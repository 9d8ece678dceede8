//! The command line.

mod account;
mod compute;
mod route;

use std::{
    io::{IsTerminal, Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser, Subcommand};
use helan_kernel::{
    Event,
    event::{Actor, AuditNote},
};
use helan_node::{Node, Submission};
use helan_store::{Difference, History, StoreError};

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
    /// Walk the audit chain and compare the records with it: any changed, moved or missing row is found. May run beside the
    /// platform.
    Verify(Verify),
    /// Copy the data folder, also beside the running platform.
    Backup(Backup),
    /// Put a backup into a data folder.
    Restore(Restore),
    /// Copy the base database into PostgreSQL, as tables with PostGIS geometry in the schema `helan`. May run beside the platform.
    Postgis(Postgis),
    /// Accounts, for whoever has the machine.
    #[command(subcommand)]
    Account(account::Account),
    /// Ask a hazard model: its full answer as JSON with units.
    Compute(compute::Compute),
    /// Routes, travel times, reach and evacuation on a road graph, as JSON. Knows nothing of a running platform.
    Route(route::Route),
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
    /// Do not make the records anew from the chain and compare them, which takes its time on a large history.
    #[arg(long)]
    chain_only: bool,
}

#[derive(Args)]
struct Decode {
    /// How the payload is to be read (docs/protocols).
    #[arg(long, value_parser = protocols())]
    protocol: String,
}

#[derive(Args)]
struct Backup {
    /// Data folder.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Folder of the backup; must not exist.
    #[arg(long)]
    into: PathBuf,
}

#[derive(Args)]
struct Restore {
    /// Folder of the backup.
    #[arg(long)]
    from: PathBuf,
    /// Data folder.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Move the data that is there into a folder `replaced-…` in it.
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
struct Postgis {
    /// Data folder.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Folder of packs.
    #[arg(long, default_value = "packs")]
    packs: PathBuf,
    /// File with the address of the database: `host=… dbname=… user=… password=…`.
    #[arg(long)]
    address: PathBuf,
}

/// Does what the command line asks for.
///
/// # Errors
/// When it could not be done.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Run(run) => platform(run),
        Command::Config => print(TEMPLATE),
        Command::Decode(what) => decode(&what),
        Command::Verify(what) => verify(&what),
        Command::Backup(what) => backup(&what),
        Command::Restore(what) => restore(&what),
        Command::Postgis(what) => postgis(&what),
        Command::Account(what) => account::run(what),
        Command::Compute(what) => compute::run(&what),
        Command::Route(what) => print(&route::run(&what)?),
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
    print("the chain is whole\n")?;
    if what.chain_only {
        return Ok(());
    }
    let different = helan_store::verify_records(&what.data)?;
    for Difference { table, rows, first } in &different {
        print(&format!(
            "{table}: {rows} rows are not what the chain says, the first is {first}\n"
        ))?;
    }
    if !different.is_empty() {
        bail!("records were changed by hand");
    }
    print("the records are what the chain says\n")?;
    let books = helan_store::desk::stock::check_stock(&what.data)?;
    for flaw in &books.flaws {
        print(&format!(
            "stock {} {}: off by {} thousandths\n",
            flaw.what, flaw.number, flaw.amount
        ))?;
    }
    if !books.flaws.is_empty() {
        bail!("the stock ledger does not add up");
    }
    print(&format!("the stock ledger adds up: {} lots, {} entries\n", books.lots, books.entries))
}

fn postgis(what: &Postgis) -> Result<()> {
    let packs = helan_protocol::pack::load(&what.packs)?;
    let kinds = packs.into_iter().flat_map(|pack| pack.kinds).collect();
    let address = std::fs::read_to_string(&what.address)
        .with_context(|| what.address.display().to_string())?;
    let say = |kind: &str, count: u64| {
        // Whoever watches may have gone away; the copy goes on.
        drop(writeln!(std::io::stderr(), "{kind}: {count}"));
    };
    let copy = crate::jobs::postgis::copy(&what.data, kinds, address.trim(), say);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(copy)
}

fn backup(what: &Backup) -> Result<()> {
    let made = helan_store::backup::backup(&what.data, &what.into, clock::now())?;
    let bytes: u64 = made.files.values().map(|sum| sum.bytes).sum();
    print(&format!(
        "backup: {}\nturn: {}\nlink: {}\nbytes: {bytes}\n",
        what.into.display(),
        made.turn,
        made.link
    ))
}

/// Puts a backup back, and lets the engine know: it gives numbers that the world has not seen yet.
fn restore(what: &Restore) -> Result<()> {
    let restored = helan_store::backup::restore(&what.from, &what.data, what.force, clock::now());
    let made = restored.map_err(|error| match error {
        StoreError::HasData(_) => anyhow::Error::new(error)
            .context("nothing was changed; --force moves the present data aside and restores"),
        other => other.into(),
    })?;
    let mut node = Node::open(&what.data)?;
    let note = AuditNote {
        by: Actor { account: "command-line".into(), name: "".into() },
        what: "restore".into(),
        object: format!("turn {} {}", made.turn, made.link),
        done: true,
        from: what.from.display().to_string(),
    };
    let events = vec![Event::Restored, Event::Audit(Box::new(note))];
    node.turn(clock::now(), &[Submission { readings: Vec::new(), events, ticket: () }])?;
    node.stop()?;
    drop(node);
    print(&format!("restored: turn {}\n", made.turn))?;
    let data = what.data.clone();
    verify(&Verify { data, contains: Some(made.link), chain_only: true })
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

/// Most bytes of a payload that are read: more than any protocol takes.
const MAX_PAYLOAD: u64 = 16 * 1024 * 1024;

/// Prints how a payload is read. One that is refused gives the reason, and the exit code 1.
fn decode(what: &Decode) -> Result<()> {
    let bytes = read_bounded(None, MAX_PAYLOAD)?;
    let value = helan_protocol::decode::decode(&what.protocol, &bytes, clock::now())?;
    print(&format!("{}\n", serde_json::to_string_pretty(&value)?))?;
    if value.get("refused").is_some() {
        bail!("refused");
    }
    Ok(())
}

/// The names of protocols, for the help and for what is typed.
fn protocols() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(helan_protocol::decode::names())
}

/// Reads a file, or the standard input when none or `-` is given.
fn read_bounded(file: Option<&Path>, most: u64) -> Result<Vec<u8>> {
    let from: Box<dyn Read> = match file.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            Box::new(std::fs::File::open(path).with_context(|| format!("{}", path.display()))?)
        }
        None => Box::new(std::io::stdin().lock()),
    };
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= most, "more than {most} bytes");
    Ok(bytes)
}

/// Writes to the standard output.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
