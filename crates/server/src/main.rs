//! The binary `helan`: the platform, and what its administrator needs on the command line.

use clap::Parser;
use helan_server::cli::{self, Cli};

fn main() -> anyhow::Result<()> {
    cli::run(Cli::parse())
}
