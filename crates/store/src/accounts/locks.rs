//! Locks against guessing of passwords.
//!
//! Wrong passwords lock an account, but not for the addresses from which its owner signs in: those are counted one by one.
//! So whoever only knows a sign-in name can never keep its owner out.

use helan_kernel::Ms;
use rusqlite::{Connection, OptionalExtension, params};

use super::Accounts;
use crate::StoreError;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS known_address (
    account      TEXT NOT NULL,
    address      TEXT NOT NULL,
    last         BIGINT NOT NULL,
    failed       BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    PRIMARY KEY (account, address)
) WITHOUT ROWID;
";

impl Accounts {
    /// An address from which nobody signed in to the account for so long is a stranger again.
    pub const KNOWN_FOR: Ms = Ms::seconds(30 * 24 * 3600);
    /// Addresses remembered of one account; the one used longest ago gives way.
    pub const ADDRESSES: u32 = 20;

    /// Whether sign-in to an account is closed for an address after too many wrong passwords.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_locked(&self, account: &str, address: &str, now: Ms) -> Result<bool, StoreError> {
        let db = self.lock();
        let until: Option<Option<i64>> = if is_known(&db, account, address, now)? {
            db.prepare_cached(
                "SELECT locked_until FROM known_address WHERE account = ?1 AND address = ?2",
            )?
            .query_row([account, address], |row| row.get(0))
            .optional()?
        } else {
            db.prepare_cached("SELECT locked_until FROM account WHERE account = ?1")?
                .query_row([account], |row| row.get(0))
                .optional()?
        };
        Ok(until.flatten().is_some_and(|until| until > now.0))
    }

    /// Counts a wrong password. At the `limit`th in a row the account is locked for `span`: for the address when it is a
    /// known one, else for all strangers. Gives until when.
    ///
    /// # Errors
    /// When the database fails.
    pub fn failed(
        &self,
        account: &str,
        address: &str,
        (limit, span): (u32, Ms),
        now: Ms,
    ) -> Result<Option<Ms>, StoreError> {
        let db = self.lock();
        let known = is_known(&db, account, address, now)?;
        let (table, one) = if known {
            ("known_address", "account = ?1 AND address = ?4")
        } else {
            ("account", "account = ?1 AND ?4 IS NOT NULL")
        };
        let mut count = db.prepare_cached(&format!(
            "UPDATE {table} SET
                 locked_until = CASE WHEN failed + 1 >= ?2 THEN ?3 ELSE locked_until END,
                 failed = CASE WHEN failed + 1 >= ?2 THEN 0 ELSE failed + 1 END
             WHERE {one} RETURNING locked_until"
        ))?;
        let until: Option<Option<i64>> = count
            .query_row(params![account, limit, now.after(span).0, address], |row| row.get(0))
            .optional()?;
        Ok(until.flatten().map(Ms).filter(|until| *until > now))
    }

    /// Notes a right password: the address is known from now on, and its count of wrong ones starts anew.
    ///
    /// # Errors
    /// When the database fails: nothing is noted.
    pub fn succeeded(&self, account: &str, address: &str, now: Ms) -> Result<(), StoreError> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        if !is_known(&tx, account, address, now)? {
            // A stranger who knows the password: the count of strangers starts anew. What others try meanwhile from
            // elsewhere is not forgotten because the owner signs in at the usual place.
            tx.execute(
                "UPDATE account SET failed = 0, locked_until = NULL WHERE account = ?1",
                [account],
            )?;
        }
        tx.execute(
            "INSERT INTO known_address (account, address, last) VALUES (?1, ?2, ?3)
             ON CONFLICT (account, address)
             DO UPDATE SET last = excluded.last, failed = 0, locked_until = NULL",
            params![account, address, now.0],
        )?;
        tx.execute(
            "DELETE FROM known_address WHERE account = ?1 AND address NOT IN
                 (SELECT address FROM known_address WHERE account = ?1
                  ORDER BY last DESC, address LIMIT ?2)",
            params![account, Self::ADDRESSES],
        )?;
        tx.commit()?;
        Ok(())
    }
}

fn is_known(db: &Connection, account: &str, address: &str, now: Ms) -> Result<bool, StoreError> {
    let mut find = db.prepare_cached(
        "SELECT 1 FROM known_address WHERE account = ?1 AND address = ?2 AND last > ?3",
    )?;
    let since = now.since(Accounts::KNOWN_FOR).0;
    Ok(find.query_row(params![account, address, since], |_| Ok(())).optional()?.is_some())
}

/// Opens all locks of an account.
pub(super) fn open_all(db: &Connection, account: &str) -> Result<(), StoreError> {
    db.execute(
        "UPDATE known_address SET failed = 0, locked_until = NULL WHERE account = ?1",
        [account],
    )?;
    Ok(())
}
