//! What the first start makes: accounts, and the simulator's token.

use std::path::Path;

use anyhow::{Context, Result};
use helan_kernel::AreaCode;
use helan_store::accounts::{Accounts, NewAccount, Role};

use crate::{
    access::{password, sessions::new_token},
    clock,
    text::{Language, text},
};

/// How lines reach whoever starts the server.
pub type Say<'a> = &'a (dyn Fn(&str) + Sync);

/// The first start makes the administrator, and for demonstrations a duty officer; their passwords are shown this once.
///
/// # Errors
/// When the accounts cannot be used.
pub fn accounts(accounts: &Accounts, demo: bool, say: Say<'_>) -> Result<()> {
    if !accounts.accounts()?.is_empty() {
        return Ok(());
    }
    let mut first = vec![("admin", "管理员", Role::Admin)];
    if demo {
        first.push(("duty", "值班员", Role::Duty));
    }
    for language in [Language::Zh, Language::En] {
        say(text(language, "start.first"));
    }
    for (account, name, role) in first {
        let given = password::random()?;
        accounts.create(
            &NewAccount {
                account,
                name,
                role,
                area: AreaCode::ALL,
                language: "zh",
                password_hash: &password::hash(&given)?,
                must_change: true,
            },
            clock::now(),
        )?;
        // The password stands last, so that scripts of tests can take it.
        say(&format!("  账号 account: {account}  密码 password: {given}"));
    }
    Ok(())
}

/// A new token of the simulator in its file; without demonstrations an old file is removed, and there is none.
///
/// # Errors
/// When the file cannot be written.
pub fn simulator_token(data: &Path, demo: bool, say: Say<'_>) -> Result<Option<String>> {
    let path = data.join("simulator.token");
    if !demo {
        if path.exists() {
            std::fs::remove_file(&path)?;
        }
        return Ok(None);
    }
    // A new token with every start: an old file is worth nothing.
    let token = new_token()?;
    write_secret(&path, &token).with_context(|| format!("{}", path.display()))?;
    for language in [Language::Zh, Language::En] {
        say(&text(language, "start.token").replace("{path}", &path.display().to_string()));
    }
    Ok(Some(token))
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let fresh = path.with_extension("new");
    if fresh.exists() {
        std::fs::remove_file(&fresh)?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}
