//! Sessions of signed-in people.

use helan_kernel::Ms;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::{Account, Accounts, account_of};
use crate::StoreError;

/// SHA-256 of a random token. Compared in constant time.
#[derive(Clone, Copy, Debug)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        // Every byte is looked at, so that the time tells nothing of where the first difference lies.
        let differs = self.0.iter().zip(&other.0).fold(0_u8, |seen, (a, b)| seen | (a ^ b));
        std::hint::black_box(differs) == 0
    }
}

impl Eq for TokenHash {}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: Account,
    /// When it was opened.
    pub created: Ms,
    /// When it ends whatever happens.
    pub expires: Ms,
}

impl Accounts {
    /// Use is noted at most this often: a screen that asks every second must not cost a durable write each time.
    pub const NOTE_USE: Ms = Ms::seconds(30);

    /// Opens a session until `expires`.
    ///
    /// # Errors
    /// When the database fails, or there is no such account.
    pub fn open_session(
        &self,
        token: &TokenHash,
        account: &str,
        now: Ms,
        expires: Ms,
    ) -> Result<(), StoreError> {
        let db = self.lock();
        db.prepare_cached(
            "INSERT INTO session (token_hash, account, created, last_used, expires)
             VALUES (?1, ?2, ?3, ?3, ?4)",
        )?
        .execute(params![token.as_bytes(), account, now.0, expires.0])?;
        Ok(())
    }

    /// The session of a token, unless it expired, was idle longer than `idle`, or its account is disabled. Notes the use.
    ///
    /// # Errors
    /// When the database fails.
    pub fn session(
        &self,
        token: &TokenHash,
        idle: Ms,
        now: Ms,
    ) -> Result<Option<Session>, StoreError> {
        let db = self.lock();
        let Some((session, last_used)) = find(&db, token, idle, now)? else { return Ok(None) };
        if now.since(last_used) >= Self::NOTE_USE {
            db.prepare_cached("UPDATE session SET last_used = ?2 WHERE token_hash = ?1")?
                .execute(params![token.as_bytes(), now.0])?;
        }
        Ok(Some(session))
    }

    /// The session of a token like [`Accounts::session`], without noting the use: for what a screen asks by itself.
    ///
    /// # Errors
    /// When the database fails.
    pub fn peek_session(
        &self,
        token: &TokenHash,
        idle: Ms,
        now: Ms,
    ) -> Result<Option<Session>, StoreError> {
        Ok(find(&self.lock(), token, idle, now)?.map(|(session, _)| session))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub fn end_session(&self, token: &TokenHash) -> Result<(), StoreError> {
        self.lock().execute("DELETE FROM session WHERE token_hash = ?1", [token.as_bytes()])?;
        Ok(())
    }

    /// Forgets sessions that expired or were idle too long. Gives how many.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sweep_sessions(&self, idle: Ms, now: Ms) -> Result<usize, StoreError> {
        let gone = self.lock().execute(
            "DELETE FROM session WHERE expires <= ?1 OR last_used <= ?2",
            params![now.0, now.since(idle).0],
        )?;
        Ok(gone)
    }
}

/// The session with the moment of its last use.
fn find(
    db: &Connection,
    token: &TokenHash,
    idle: Ms,
    now: Ms,
) -> Result<Option<(Session, Ms)>, StoreError> {
    // Found by the hash, not by the token: what the time of the look-up tells is of no use to a guesser.
    let mut find = db.prepare_cached(
        "SELECT a.account, name, role, area, language, password_hash, disabled, failed,
                locked_until, must_change, a.created, changed,
                s.created, s.expires, s.last_used
         FROM session s JOIN account a ON a.account = s.account
         WHERE token_hash = ?1 AND expires > ?2 AND last_used > ?3 AND disabled = 0",
    )?;
    let found = find.query_row(params![token.as_bytes(), now.0, now.since(idle).0], |row| {
        let session = Session {
            account: account_of(row)?,
            created: Ms(row.get(12)?),
            expires: Ms(row.get(13)?),
        };
        Ok((session, Ms(row.get(14)?)))
    });
    Ok(found.optional()?)
}
