//! The bench: Helan and its peers, side by side in one run, on this machine. `docs/benchmarks.md` explains the figures.

#![expect(clippy::print_stdout, reason = "the table is the result")]

mod disk;
mod measure;
mod peers;

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let disk = disk::measure(folder.path(), 2_000)?;
    println!("fdatasync of 256 B: p50 {:?}, p99 {:?}", disk.p50, disk.p99);
    let mosquitto = peers::Mosquitto::start(folder.path())?;
    let _node_red = peers::NodeRed::start(folder.path(), mosquitto.port)?;
    let postgres = peers::Postgres::start()?;
    println!("{}", postgres.run("select version();")?);
    println!("{} {}", measure::median(vec![1.0]), measure::figure(1));
    Ok(())
}
