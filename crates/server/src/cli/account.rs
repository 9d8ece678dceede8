//! Accounts from the command line: for whoever has the machine, also when nobody can sign in any more. What is done is
//! noted for the audit chain, which the server writes at its next look.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use helan_kernel::AreaCode;
use helan_store::accounts::{AccountChange, Accounts, NewAccount, Role};

use super::print;
use crate::{access::password, clock};

/// What to do with accounts.
#[derive(Subcommand)]
pub enum Account {
    /// List all accounts.
    List(Data),
    /// Make an account; its first password is printed.
    Add(Add),
    /// Give an account a new password, which is printed; opens a lock and ends its sessions.
    Reset(Reset),
    /// Close an account for sign-in; its sessions end.
    Disable(Reset),
    /// Open a closed account.
    Enable(Reset),
}

/// Where the data lies.
#[derive(Args)]
pub struct Data {
    /// Data folder.
    #[arg(long, default_value = "data")]
    data: PathBuf,
}

/// A new account.
#[derive(Args)]
pub struct Add {
    /// Sign-in name.
    account: String,
    /// Role: admin, duty, engineer, steward, auditor or viewer.
    #[arg(long)]
    role: String,
    /// Area code of nine digits; 0 means everywhere.
    #[arg(long, default_value_t = 0)]
    area: u32,
    /// Name for people; the sign-in name when left out.
    #[arg(long)]
    name: Option<String>,
    /// `zh` or `en`.
    #[arg(long, default_value = "zh")]
    language: String,
    #[command(flatten)]
    data: Data,
}

/// One account.
#[derive(Args)]
pub struct Reset {
    /// Sign-in name.
    account: String,
    #[command(flatten)]
    data: Data,
}

/// Does it.
///
/// # Errors
/// When the accounts cannot be used, or what is asked for makes no sense.
pub fn run(what: Account) -> Result<()> {
    match what {
        Account::List(data) => list(&open(&data)?),
        Account::Add(add) => create(&open(&add.data)?, &add),
        Account::Reset(reset) => give_password(&open(&reset.data)?, &reset.account),
        Account::Disable(one) => close(&open(&one.data)?, &one.account, true),
        Account::Enable(one) => close(&open(&one.data)?, &one.account, false),
    }
}

fn open(data: &Data) -> Result<Accounts> {
    ensure!(data.data.join("accounts.db").is_file(), "no accounts in {}", data.data.display());
    Ok(Accounts::open(&data.data)?)
}

fn list(accounts: &Accounts) -> Result<()> {
    for account in accounts.accounts()? {
        let state = if account.disabled { "closed" } else { "open" };
        let area = account.area.0;
        print(&format!(
            "{}\t{}\t{area}\t{state}\t{}\n",
            account.account, account.role, account.name
        ))?;
    }
    Ok(())
}

fn create(accounts: &Accounts, add: &Add) -> Result<()> {
    let role: Role = add.role.parse()?;
    ensure!(role != Role::Simulator, "the simulator is a service: run with --demo");
    ensure!(crate::access::is_account_name(&add.account), "name: 2 to 32 of a-z 0-9 . _ -");
    ensure!(matches!(add.language.as_str(), "zh" | "en"), "language: zh or en");
    let given = password::random()?;
    let made = accounts.create(
        &NewAccount {
            account: &add.account,
            name: add.name.as_deref().unwrap_or(&add.account),
            role,
            area: AreaCode(add.area),
            language: &add.language,
            password_hash: &password::hash(&given)?,
            must_change: true,
        },
        clock::now(),
    )?;
    if !made {
        bail!("{} was used before", add.account);
    }
    let object = format!("{} {role} {}", add.account, add.area);
    accounts.leave_note("account-create", &object, clock::now())?;
    print(&format!("account: {}  password: {given}\n", add.account))
}

fn give_password(accounts: &Accounts, account: &str) -> Result<()> {
    let given = password::random()?;
    let hash = password::hash(&given)?;
    if !accounts.set_password(account, &hash, true, None, clock::now())? {
        bail!("no account {account}");
    }
    accounts.leave_note("account-password", account, clock::now())?;
    print(&format!("account: {account}  password: {given}\n"))
}

fn close(accounts: &Accounts, account: &str, disabled: bool) -> Result<()> {
    let change = AccountChange { disabled: Some(disabled), ..AccountChange::default() };
    if !accounts.change(account, &change, clock::now())? {
        bail!("no account {account}");
    }
    let what = if disabled { "account-disable" } else { "account-enable" };
    accounts.leave_note(what, account, clock::now())?;
    print(&format!("{account}: {}\n", if disabled { "closed" } else { "open" }))
}
