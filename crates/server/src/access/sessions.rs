//! Sign-in and sessions.
//!
//! A session is a random 256-bit token in a cookie; the store keeps only its SHA-256. It ends after idle time, at the latest
//! after its absolute time, on sign-out, on a new password and when the account is disabled. Failures say the same whatever
//! was wrong, and take the same time. Guessing locks an account for strangers, never for the addresses of its owner
//! (`helan_store::accounts`).

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use helan_kernel::{AreaCode, Ms, event::Actor};
use helan_store::{
    StoreError,
    accounts::{Account, Accounts, Role, TokenHash},
};
use tokio::sync::Semaphore;

use super::{Caller, password};
use crate::clock::Clock;

/// Failures in a row that lock an account for strangers, or one known address of it.
const FAILURES: u32 = 5;
/// How long it stays locked.
const LOCKED: Ms = Ms::seconds(15 * 60);
/// Hashes at once: each takes a core for 20 ms and 19 MiB.
const HASHES_AT_ONCE: usize = 2;
/// Sign-ins that may wait; more are told to come back.
const WAITING: usize = 64;
/// Failures of one address within [`PEER_SPAN`] before it has to wait: whoever tries many accounts.
const PEER_FAILURES: u32 = 30;
/// See [`PEER_FAILURES`].
const PEER_SPAN: Ms = Ms::seconds(300);
/// Addresses that are remembered.
const PEERS: usize = 10_000;

/// Sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Wrong, locked or disabled; not told apart.
    #[error("wrong account or password")]
    Wrong,
    /// Too many at once, or too many failures from one address.
    #[error("too many attempts")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No hash could be made.
    #[error(transparent)]
    Hash(#[from] password::HashError),
    /// The server is stopping.
    #[error("stopping")]
    Stopping,
}

/// Times of sessions.
#[derive(Clone, Copy, Debug)]
pub struct Spans {
    /// Without use.
    pub idle: Ms,
    /// At the latest.
    pub absolute: Ms,
}

/// The door.
pub struct Sessions {
    accounts: Arc<Accounts>,
    clock: Clock,
    spans: Spans,
    hashes: Semaphore,
    waiting: Semaphore,
    peers: Mutex<HashMap<IpAddr, (u32, Ms)>>,
    /// Services that carry a token instead of signing in: few, checked one by one.
    services: Vec<(TokenHash, Caller)>,
    /// Compared with when there is no such account, so that its absence takes as long.
    decoy: String,
}

impl Sessions {
    /// A door for these accounts.
    ///
    /// # Errors
    /// When no hash can be made (no randomness).
    pub fn new(
        accounts: Arc<Accounts>,
        clock: Clock,
        spans: Spans,
    ) -> Result<Self, password::HashError> {
        Ok(Self {
            accounts,
            clock,
            spans,
            hashes: Semaphore::new(HASHES_AT_ONCE),
            waiting: Semaphore::new(WAITING),
            peers: Mutex::default(),
            services: Vec::new(),
            decoy: password::hash("nobody has this password")?,
        })
    }

    /// Lets a service in with a token: everywhere, in the role of the simulator.
    pub fn add_simulator(&mut self, token: &str) {
        let caller = Caller {
            actor: Actor { account: "simulator".into(), name: "helan-sim".into() },
            role: Role::Simulator,
            area: AreaCode::ALL,
            language: "en".into(),
            must_change: false,
            from: "service".into(),
        };
        self.services.push((TokenHash::of(token), caller));
    }

    /// Checks account and password and opens a session; gives its token.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in(
        self: &Arc<Self>,
        account: String,
        password: String,
        peer: IpAddr,
    ) -> Result<(String, Account), SignInError> {
        let _waits = self.waiting.try_acquire().map_err(|_full| SignInError::TooMany)?;
        if self.is_noisy(peer) {
            return Err(SignInError::TooMany);
        }
        let _hashes = self.hashes.acquire().await.map_err(|_closed| SignInError::Stopping)?;
        let own = self.clone();
        let from = address(peer).to_string();
        let result = blocking(move || own.check(&account, &password, &from)).await?;
        if matches!(result, Err(SignInError::Wrong)) {
            self.note_failure(peer);
        }
        result
    }

    fn check(&self, name: &str, given: &str, from: &str) -> Result<(String, Account), SignInError> {
        let now = (self.clock)();
        let account = self.accounts.account(name)?;
        let hash = account.as_ref().map_or(&self.decoy, |account| &account.password_hash);
        let fits = password::fits(given, hash);
        let Some(account) = account else { return Err(SignInError::Wrong) };
        // While an account is locked even the right password does not count, and attempts do not prolong the lock.
        if account.disabled || self.accounts.is_locked(name, from, now)? {
            return Err(SignInError::Wrong);
        }
        if !fits {
            self.accounts.failed(name, from, (FAILURES, LOCKED), now)?;
            return Err(SignInError::Wrong);
        }
        self.accounts.succeeded(name, from, now)?;
        let token = new_token()?;
        let expires = now.after(self.spans.absolute);
        self.accounts.open_session(&TokenHash::of(&token), name, now, expires)?;
        Ok((token, account))
    }

    /// Whose token this is. `use_it` starts the idle time anew: a screen that refreshes itself is not use.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn caller(
        self: &Arc<Self>,
        token: &str,
        use_it: bool,
        from: &str,
    ) -> Result<Option<Caller>, SignInError> {
        let hash = TokenHash::of(token);
        if let Some((_, caller)) = self.services.iter().find(|(known, _)| *known == hash) {
            return Ok(Some(caller.clone()));
        }
        let own = self.clone();
        let session = blocking(move || {
            let now = (own.clock)();
            if use_it {
                own.accounts.session(&hash, own.spans.idle, now)
            } else {
                own.accounts.peek_session(&hash, own.spans.idle, now)
            }
        })
        .await??;
        Ok(session.map(|session| caller_of(&session.account, from)))
    }

    /// Ends the session of a token.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(self: &Arc<Self>, token: &str) -> Result<(), SignInError> {
        let hash = TokenHash::of(token);
        let own = self.clone();
        Ok(blocking(move || own.accounts.end_session(&hash)).await??)
    }

    /// Changes one's own password; other sessions of the account end. False when the old one is wrong.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn change_password(
        self: &Arc<Self>,
        account: String,
        old: String,
        new: String,
        token: &str,
        peer: IpAddr,
    ) -> Result<bool, SignInError> {
        let _waits = self.waiting.try_acquire().map_err(|_full| SignInError::TooMany)?;
        let _hashes = self.hashes.acquire().await.map_err(|_closed| SignInError::Stopping)?;
        let own = self.clone();
        let keep = TokenHash::of(token);
        let from = address(peer).to_string();
        blocking(move || {
            let now = (own.clock)();
            let Some(known) = own.accounts.account(&account)? else { return Ok(false) };
            if own.accounts.is_locked(&account, &from, now)? {
                return Ok(false);
            }
            if !password::fits(&old, &known.password_hash) {
                // A stolen session must not be a way to guess the password.
                own.accounts.failed(&account, &from, (FAILURES, LOCKED), now)?;
                return Ok(false);
            }
            let hash = password::hash(&new)?;
            Ok(own.accounts.set_password(&account, &hash, false, Some(&keep), now)?)
        })
        .await?
    }

    /// Gives an account a random password that must be changed; gives it. `None` when there is no such account.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn reset(self: &Arc<Self>, account: String) -> Result<Option<String>, SignInError> {
        let _hashes = self.hashes.acquire().await.map_err(|_closed| SignInError::Stopping)?;
        let own = self.clone();
        blocking(move || {
            let given = password::random()?;
            let hash = password::hash(&given)?;
            let done = own.accounts.set_password(&account, &hash, true, None, (own.clock)())?;
            Ok(done.then_some(given))
        })
        .await?
    }

    /// Forgets sessions that are over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(self: &Arc<Self>) -> Result<(), SignInError> {
        let own = self.clone();
        blocking(move || own.accounts.sweep_sessions(own.spans.idle, (own.clock)())).await??;
        Ok(())
    }

    fn is_noisy(&self, peer: IpAddr) -> bool {
        let now = (self.clock)();
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers
            .get(&address(peer))
            .is_some_and(|(count, since)| *count >= PEER_FAILURES && now.since(*since) < PEER_SPAN)
    }

    fn note_failure(&self, peer: IpAddr) {
        let now = (self.clock)();
        let peer = address(peer);
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= PEERS {
            peers.retain(|_, (_, since)| now.since(*since) < PEER_SPAN);
        }
        let room = peers.len() < PEERS || peers.contains_key(&peer);
        if room {
            let entry = peers.entry(peer).or_insert((0, now));
            if now.since(entry.1) >= PEER_SPAN {
                *entry = (0, now);
            }
            entry.0 += 1;
        }
    }
}

/// What counts as one address: of IPv6 a network, because each customer has a whole one.
fn address(peer: IpAddr) -> IpAddr {
    helan_broker::network(SocketAddr::new(peer, 0))
}

fn caller_of(account: &Account, from: &str) -> Caller {
    Caller {
        actor: Actor {
            account: account.account.as_str().into(),
            name: account.name.as_str().into(),
        },
        role: account.role,
        area: account.area,
        language: account.language.as_str().into(),
        must_change: account.must_change,
        from: from.into(),
    }
}

/// A random token of 256 bits, as text that fits a cookie, a header and a file.
///
/// # Errors
/// When the system gives no randomness.
pub fn new_token() -> Result<String, password::HashError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SignInError> {
    tokio::task::spawn_blocking(work).await.map_err(|_stopping| SignInError::Stopping)
}
