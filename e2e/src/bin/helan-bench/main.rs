//! The bench: Helan and its peers, side by side in one run, on this machine. `docs/benchmarks.md` explains the figures.
//!
//! `helan-bench [GROUP…] [--runs N] [--seconds S]` with the groups `chain`, `rate`, `store`, `capacity`, `base`, `danger`; without
//! one, all.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is the result")]

mod base;
mod capacity;
mod chain;
mod disk;
mod footprint;
mod inside;
mod load;
mod measure;
mod peers;
mod postgres;
mod protect;
mod storage;
mod table;
mod ways;

use std::process::Command;

use clap::Parser;
use helan_e2e::root;

use crate::table::Row;

#[derive(Parser)]
struct Args {
    /// Groups to run: chain, rate, store, capacity, base, danger.
    groups: Vec<String>,
    /// Runs of each load; the medians are shown.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Seconds of each load.
    #[arg(long, default_value = "5")]
    seconds: String,
    /// Small sizes: shows in a minute that everything works; its figures say nothing (group danger only).
    #[arg(long)]
    small: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let wanted = |group: &str| args.groups.is_empty() || args.groups.iter().any(|g| g == group);
    let folder = tempfile::tempdir_in(root().join("target"))?;
    let disk = disk::measure(folder.path(), 5_000)?;
    println!("{}", machine(&disk)?);

    let mut rows = Vec::new();
    if wanted("chain") || wanted("rate") {
        let mosquitto = peers::Mosquitto::start(folder.path())?;
        if wanted("chain") {
            let node_red = peers::NodeRed::start(folder.path(), mosquitto.port)?;
            let helan = load::Helan::start()?;
            let (port, runs, seconds) = (mosquitto.port, args.runs, args.seconds.as_str());
            note(&mut rows, chain::rare(&helan, port, &disk, runs, seconds)?);
            note(&mut rows, chain::storm(&helan, port, &disk, runs, seconds)?);
            note(&mut rows, chain::most(&helan, port, port, runs, seconds)?);
            drop(node_red);
        }
        if wanted("rate") {
            let helan = load::Helan::start()?;
            let (runs, seconds) = (args.runs, args.seconds.as_str());
            note(&mut rows, chain::single(&helan, mosquitto.port, runs, seconds)?);
            let postgres = peers::Postgres::start()?;
            let copied = (
                postgres::copy(&postgres, 1_000, 1_000_000, runs)?,
                postgres::copy(&postgres, 10_000, 1_000_000, runs)?,
            );
            drop(postgres);
            note(&mut rows, chain::batched(&helan, copied, runs, seconds)?);
        }
    }
    if wanted("store") {
        let postgres = peers::Postgres::start()?;
        note(&mut rows, storage::size_and_range(folder.path(), &postgres, 10_000_000)?);
    }
    if wanted("capacity") {
        note(&mut rows, capacity::memory(100_000).await?);
        note(&mut rows, capacity::start(10_000_000, 1_000, args.runs).await?);
    }
    if wanted("base") {
        let postgres = peers::Postgres::start()?;
        for row in base::questions(&postgres, 1_000_000)? {
            note(&mut rows, row);
        }
        drop(postgres);
        for row in base::import(1_000_000, args.runs).await? {
            note(&mut rows, row);
        }
    }
    if wanted("danger") {
        let small = args.small;
        let calls = if small { 100 } else { 2_000 };
        note(&mut rows, footprint::row(args.runs, calls)?);
        let objects = if small { 20_000 } else { 1_000_000 };
        for row in inside::rows(objects, u64::from(calls))? {
            note(&mut rows, row);
        }
        let size = ways::Size { rounds: args.runs, pairs: if small { 1_000 } else { 20_000 } };
        for row in ways::rows(size)? {
            note(&mut rows, row);
        }
        note(&mut rows, protect::row(if small { 10 } else { 100 }, args.runs).await?);
    }
    println!("\n{}", table::markdown(&rows));
    Ok(())
}

/// Shows a row as soon as it is there: the whole takes a quarter of an hour.
fn note(rows: &mut Vec<Row>, row: Row) {
    eprintln!("{}: {} | {}", row.what, row.ours, row.beside);
    rows.push(row);
}

/// Commit, machine and disk.
fn machine(disk: &disk::Disk) -> anyhow::Result<String> {
    let git = Command::new("git").args(["describe", "--always", "--dirty"]).output()?;
    let info = std::fs::read_to_string("/proc/cpuinfo")?;
    let processor = info.lines().find_map(|l| l.strip_prefix("model name"));
    let cores = std::thread::available_parallelism()?;
    Ok(format!(
        "commit {}, {cores} cores ({}), fdatasync of 256 B: p50 {:.2?}, p99 {:.2?}",
        String::from_utf8_lossy(&git.stdout).trim(),
        processor.unwrap_or("unknown").trim_start_matches(['\t', ' ', ':']),
        disk.p50,
        disk.p99
    ))
}
