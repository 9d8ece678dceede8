//! Programs that are not ours and not on every machine.

use std::process::Command;

/// Whether a program is there. Under `./dev test` (which sets `HELAN_E2E` and installs it) a missing one is a failure; a
/// plain `cargo test` skips what needs it, and says so.
///
/// # Panics
/// Under `HELAN_E2E`, when the program is missing.
#[must_use]
pub fn has(program: &str, probe: &str) -> bool {
    let there = Command::new(program).arg(probe).output().is_ok();
    let wanted = std::env::var_os("HELAN_E2E").is_some();
    assert!(there || !wanted, "{program} is not installed: ./dev setup e2e");
    if !there {
        eprintln!("SKIP: {program} is not installed (./dev setup e2e)");
    }
    there
}
