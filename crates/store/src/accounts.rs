//! Who may sign in: accounts, their sessions, and the secrets of devices. Kept apart from operations, in `accounts.db`.
//!
//! Passwords come here as hashes made elsewhere; session tokens and device tokens are random and come as text, of which
//! only SHA-256 is kept. Every method takes the present moment where it needs one.

mod devices;
mod locks;
mod pending;
mod sessions;

use std::{
    fmt,
    path::Path,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use helan_kernel::{AreaCode, Ms};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub use pending::Pending;
pub use sessions::{Session, TokenHash};

use crate::{StoreError, db};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS account (
    account       TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    area          BIGINT NOT NULL,
    language      TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled      BIGINT NOT NULL DEFAULT 0,
    failed        BIGINT NOT NULL DEFAULT 0,
    locked_until  BIGINT,
    must_change   BIGINT NOT NULL DEFAULT 1,
    created       BIGINT NOT NULL,
    changed       BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS session (
    token_hash BLOB PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES account (account),
    created    BIGINT NOT NULL,
    last_used  BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS session_account ON session (account);
CREATE TABLE IF NOT EXISTS device_secret (
    device     TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL,
    changed    BIGINT NOT NULL
) WITHOUT ROWID;
";

/// What a person may do; where, says the area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Accounts, devices, everything technical.
    Admin,
    /// Alarms, incidents, runs, notices, drills.
    Duty,
    /// Devices, programs, commands.
    Engineer,
    /// Brings and changes records of the base database.
    Steward,
    /// The audit chain.
    Auditor,
    /// Looks on.
    Viewer,
    /// A simulator: registers virtual devices and starts drills.
    Simulator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 7] = [
        Self::Admin,
        Self::Duty,
        Self::Engineer,
        Self::Steward,
        Self::Auditor,
        Self::Viewer,
        Self::Simulator,
    ];

    /// The stable word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Duty => "duty",
            Self::Engineer => "engineer",
            Self::Steward => "steward",
            Self::Auditor => "auditor",
            Self::Viewer => "viewer",
            Self::Simulator => "simulator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such role")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or(UnknownRole)
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Sign-in name; unique and never reused (accounts are disabled, not deleted).
    pub account: String,
    /// Name for people.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Where.
    pub area: AreaCode,
    /// Language of the console: `zh` or `en`.
    pub language: String,
    /// Hash of the password, as its maker wrote it (PHC string).
    pub password_hash: String,
    /// Whether sign-in is closed.
    pub disabled: bool,
    /// Wrong passwords from strange addresses since the last right one (see `locks.rs`).
    pub failed: u32,
    /// Until when sign-in is closed for strange addresses after too many wrong passwords.
    pub locked_until: Option<Ms>,
    /// Whether the password must be changed before anything else.
    pub must_change: bool,
    /// When it was made.
    pub created: Ms,
    /// When its role, area, name or password changed last.
    pub changed: Ms,
}

/// What is told about a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount<'a> {
    /// Sign-in name.
    pub account: &'a str,
    /// Name for people.
    pub name: &'a str,
    /// What the person may do.
    pub role: Role,
    /// Where.
    pub area: AreaCode,
    /// Language of the console.
    pub language: &'a str,
    /// Hash of the first password.
    pub password_hash: &'a str,
    /// Whether that password must be changed at the first sign-in.
    pub must_change: bool,
}

/// What may change about an account; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Name for people.
    pub name: Option<String>,
    /// What the person may do.
    pub role: Option<Role>,
    /// Where.
    pub area: Option<AreaCode>,
    /// Language of the console.
    pub language: Option<String>,
    /// Whether sign-in is closed. Closing it ends the sessions.
    pub disabled: Option<bool>,
}

/// The accounts of a node. Shared: every method takes `&self`.
#[derive(Debug)]
pub struct Accounts {
    db: Mutex<Connection>,
}

const COLUMNS: &str = "account, name, role, area, language, password_hash, disabled, failed, \
                       locked_until, must_change, created, changed";

impl Accounts {
    /// Opens `accounts.db` in a folder; makes it when it is new.
    ///
    /// # Errors
    /// When the folder or file cannot be used.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let schema = [SCHEMA, locks::SCHEMA, pending::SCHEMA].concat();
        let db = db::open(&folder.join("accounts.db"), "", &schema)?;
        Ok(Self { db: Mutex::new(db) })
    }

    /// Makes an account. False when the name was ever used.
    ///
    /// # Errors
    /// When the database fails.
    pub fn create(&self, new: &NewAccount<'_>, now: Ms) -> Result<bool, StoreError> {
        let db = self.lock();
        let mut insert = db.prepare_cached(
            "INSERT INTO account (account, name, role, area, language, password_hash, must_change,
                                  created, changed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT (account) DO NOTHING",
        )?;
        let made = insert.execute(params![
            new.account,
            new.name,
            new.role.word(),
            new.area.0,
            new.language,
            new.password_hash,
            new.must_change,
            now.0
        ])?;
        Ok(made == 1)
    }

    /// An account by its sign-in name.
    ///
    /// # Errors
    /// When the database fails.
    pub fn account(&self, account: &str) -> Result<Option<Account>, StoreError> {
        let db = self.lock();
        let mut find =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE account = ?1"))?;
        Ok(find.query_row([account], account_of).optional()?)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let db = self.lock();
        let mut all =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY account"))?;
        let rows = all.query_map([], account_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Changes an account. False when there is none of this name.
    ///
    /// # Errors
    /// When the database fails: nothing is changed.
    pub fn change(
        &self,
        account: &str,
        change: &AccountChange,
        now: Ms,
    ) -> Result<bool, StoreError> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        let changed = tx
            .prepare_cached(
                "UPDATE account SET name = coalesce(?2, name), role = coalesce(?3, role),
                        area = coalesce(?4, area), language = coalesce(?5, language),
                        disabled = coalesce(?6, disabled), changed = ?7 WHERE account = ?1",
            )?
            .execute(params![
                account,
                change.name,
                change.role.map(Role::word),
                change.area.map(|a| a.0),
                change.language,
                change.disabled,
                now.0
            ])?;
        if change.disabled == Some(true) {
            tx.execute("DELETE FROM session WHERE account = ?1", [account])?;
        }
        tx.commit()?;
        Ok(changed == 1)
    }

    /// Sets a password, opens all locks of the account and ends the account's sessions but for `keep`. False when there is no
    /// account of this name.
    ///
    /// # Errors
    /// When the database fails: nothing is changed.
    pub fn set_password(
        &self,
        account: &str,
        password_hash: &str,
        must_change: bool,
        keep: Option<&TokenHash>,
        now: Ms,
    ) -> Result<bool, StoreError> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        let changed = tx.execute(
            "UPDATE account SET password_hash = ?2, must_change = ?3, failed = 0,
                    locked_until = NULL, changed = ?4 WHERE account = ?1",
            params![account, password_hash, must_change, now.0],
        )?;
        locks::open_all(&tx, account)?;
        tx.execute(
            "DELETE FROM session WHERE account = ?1 AND token_hash IS NOT ?2",
            params![account, keep.map(TokenHash::as_bytes)],
        )?;
        tx.commit()?;
        Ok(changed == 1)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A statement that failed was rolled back by SQLite: the connection is whole even after a panic of its user.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn account_of(row: &Row<'_>) -> rusqlite::Result<Account> {
    let role: String = row.get(2)?;
    let role = role.parse().map_err(|e: UnknownRole| {
        rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(e))
    })?;
    Ok(Account {
        account: row.get(0)?,
        name: row.get(1)?,
        role,
        area: AreaCode(row.get(3)?),
        language: row.get(4)?,
        password_hash: row.get(5)?,
        disabled: row.get(6)?,
        failed: row.get(7)?,
        locked_until: row.get::<_, Option<i64>>(8)?.map(Ms),
        must_change: row.get(9)?,
        created: Ms(row.get(10)?),
        changed: Ms(row.get(11)?),
    })
}

#[cfg(test)]
mod tests;
