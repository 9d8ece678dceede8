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
    wanted(there, program, "./dev setup e2e")
}

/// The same for anything else that a test needs: `there` tells whether it is there, `remedy` what brings it.
///
/// # Panics
/// Under `HELAN_E2E`, when it is missing.
#[must_use]
pub fn wanted(there: bool, what: &str, remedy: &str) -> bool {
    assert!(there || std::env::var_os("HELAN_E2E").is_none(), "{what}: missing; {remedy}");
    if !there {
        eprintln!("SKIP: {what}: missing ({remedy})");
    }
    there
}
