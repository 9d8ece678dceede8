//! The binary `helan`: the platform, and what its administrator needs on the command line.

use std::process::ExitCode;

use clap::Parser;
use helan_server::cli::{self, Cli};

/// A storm makes and drops a dozen small pieces of memory for each alarm, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line for whoever typed the command, whatever the environment says about backtraces.
            eprintln!("helan: {error:#}");
            ExitCode::FAILURE
        }
    }
}
