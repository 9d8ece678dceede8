//! The binary `helan`: the platform, and what its administrator needs on the command line.

use clap::Parser;
use helan_server::cli::{self, Cli};

/// A storm makes and drops a dozen small pieces of memory for each alarm, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    cli::run(Cli::parse())
}
